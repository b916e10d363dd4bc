"""The board: one tile a bed, and the parts of it that are fetched when something changed."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from ward.assignments.evening import is_due
from ward.beds.access import (
    may_assign,
    may_see_board,
    may_see_devices,
    may_see_night,
    may_set_up,
    may_stop,
    wards_of,
)
from ward.beds.mine import mine_on
from ward.beds.models import Bed, Room, Ward
from ward.beds.times import clock
from ward.board.narrowing import Narrowing, Sought, is_sought, narrowing, passes
from ward.frame import local_now, page, person, staff_only, theme_of, until, ward_for
from ward.live.stream import newest_change
from ward.night.handover import strip
from ward.people.first import began
from ward.tiles.pictures import ArcPicture, Bar, arc_picture, bars
from ward.tiles.rows import rows_of_bed, rows_of_ward
from ward.tiles.status import Face, Rows, Stop, face, no_link_since

DENSE_FROM = 30  # beds: from here on, a bed without music is one line high


@dataclass(frozen=True, slots=True)
class Tile:
    """A bed and its face; `digest` tells whether a page shows this face already."""

    bed: Bed
    face: Face
    digest: str

    @property
    def arc(self) -> ArcPicture | None:
        """The playlist's arc up to now."""
        return arc_picture(self.face.sound.arc, self.face.sound.progress) if self.face.sound else None

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The level's bars."""
        return bars(self.face.sound.level_dba, self.face.sound.cap_dba) if self.face.sound else ()

    @property
    def seen(self) -> str:
        """What a page sends back to say what it shows."""
        return f"{self.bed.pk}:{self.digest}"


def tile_of(rows: Rows, stops: bool) -> Tile:
    """The tile of a bed; without the right to stop there is no Stop."""
    shown = face(rows, local_now())
    if not stops:
        shown = replace(shown, stop=Stop.NEVER)
    return Tile(rows.bed, shown, hashlib.blake2s(repr(shown).encode(), digest_size=6).hexdigest())


def bed_for(request: HttpRequest, bed_id: int) -> Bed:
    """A bed of a ward whose board this person may see, also a closed one, whose history stays; 404 to strangers,
    whether or not there is such a bed."""
    bed = get_object_or_404(Bed.objects.select_related("room__ward"), pk=bed_id)
    ward_for(request, bed.room.ward.slug, may_see_board, closed=True)
    return bed


@require_GET
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    """The first board that this person may see, else the devices."""
    wards = list(wards_of(person(request)).order_by("name"))
    for ward in wards:
        if may_see_board(request.user, ward):
            return _board(request, ward)
    if any(may_see_devices(request.user, ward) for ward in wards):
        return HttpResponseRedirect(reverse("devices"))
    if began(person(request)):
        return HttpResponseRedirect(reverse("setup_first"))
    return page(request, "no_ward.html", None, {})


@require_GET
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """The board of one ward; `?wall` leads to the one that a screen on the wall shows."""
    if "wall" in request.GET:
        return redirect("wall", slug=slug)
    return _board_of(request, slug)


@staff_only
def _board_of(request: HttpRequest, slug: str) -> HttpResponse:
    return _board(request, ward_for(request, slug, may_see_board))


@require_GET
@staff_only
def board_pulse(request: HttpRequest, slug: str) -> HttpResponse:
    """Every 15 s: the time, and the tiles that the page does not show. When night begins or ends it reloads."""
    ward, user = ward_for(request, slug, may_see_board), person(request)
    now = local_now()
    if request.GET.get("theme") != (theme := theme_of(request, ward, now)):
        return HttpResponseClientRefresh()
    seen = request.GET.getlist("seen")
    stops = may_stop(user, ward)
    found = rows_of_ward(ward)
    if seen and [one.partition(":")[0] for one in seen] != [str(rows.bed.pk) for rows in found]:
        return HttpResponseClientRefresh()  # beds came, went or changed places
    changed = [tile for rows in found if (tile := tile_of(rows, stops)).seen not in seen]
    return render(
        request,
        "board_pulse.html",
        {
            "ward": ward,
            "tiles": changed,
            "now": now,
            "theme": theme,
            "until": until(ward, now),
            "no_link": no_link(found),
            "strip": strip(ward, user, now) if may_see_night(user, ward) else None,
        },
    )


@require_GET
@staff_only
def tile(request: HttpRequest, bed_id: int) -> HttpResponse:
    """One tile, or 204 where the page shows it already."""
    bed = bed_for(request, bed_id)
    shown = tile_of(rows_of_bed(bed), may_stop(person(request), bed.room.ward))
    if shown.seen in request.GET.getlist("seen"):
        return HttpResponse(status=204)
    return render(request, "tile.html", {"tile": shown})


@dataclass(frozen=True, slots=True)
class RoomStops:
    """The rooms of several beds, each with whether any of them plays now; `count`: of those."""

    rooms: list[tuple[Room, bool]]

    @property
    def count(self) -> int:
        """How many rooms can be stopped: with one the button is open."""
        return sum(sounds for _room, sounds in self.rooms)


def room_stops(tiles: Sequence[Tile]) -> RoomStops:
    """What the board may stop now, room by room."""
    rooms = [(room, beds) for room, beds in _rooms(tiles) if len(beds) > 1]
    return RoomStops([(room, any(tile.face.sound is not None for tile in beds)) for room, beds in rooms])


def _board(request: HttpRequest, ward: Ward) -> HttpResponse:
    user = person(request)
    newest = newest_change()  # before the rows are read: what changes in between is told again, never missed
    stops = may_stop(user, ward)
    found = rows_of_ward(ward)
    tiles = [tile_of(rows, stops) for rows in found]
    assigns, own = may_assign(user, ward), mine_on(user, ward, timezone.now())
    sought = [Sought(str(tile.bed), tile.face, tile.bed.pk in own) for tile in tiles]
    narrow = narrowing(request.GET, sought, has_own=assigns)
    if "open" in request.GET and narrow.room and narrow.found == 1:
        return redirect("bed", bed_id=_only(tiles, sought, narrow).pk)
    others = [other for other in wards_of(user).order_by("name") if may_see_board(user, other)]
    now, called = local_now(), _("Room %(number)s")
    context = {
        "here": "board",
        "rooms": [
            (room, _marked(beds, narrow.room, own), _is_aside(beds, narrow.room), called % {"number": room.number})
            for room, beds in _rooms(tiles)
        ],
        "narrow": narrow,
        "is_dense": len(tiles) >= DENSE_FROM,
        "room_stops": room_stops(tiles) if stops else None,
        "wards": others if len(others) > 1 else [],
        "since": newest,
        "now": now,
        "until": until(ward, now),
        "no_link": no_link(found),
        "strip": strip(ward, user, now) if may_see_night(user, ward) else None,
        "may_assign": assigns,
        "may_set_up": may_set_up(user, ward),
        "evening_due": _evening_due(ward, now),
    }
    return page(request, "board.html", ward, context)


def _only(tiles: Sequence[Tile], sought: Sequence[Sought], narrow: Narrowing) -> Bed:
    """The one bed that a search found."""
    found = zip(tiles, sought, strict=True)
    return next(tile.bed for tile, one in found if passes(one, narrow.show) and is_sought(one.label, narrow.room))


def _is_aside(tiles: Sequence[Tile], sought: str) -> bool:
    """Whether a search hides the whole room."""
    return not any(is_sought(str(tile.bed), sought) for tile in tiles)


def _marked(tiles: Sequence[Tile], sought: str, own: Collection[int]) -> list[tuple[Tile, str]]:
    """Each tile with what this page alone says of it: hidden by a search, and this person's own."""
    return [
        (tile, " ".join(["aside"] * (not is_sought(str(tile.bed), sought)) + ["mine"] * (tile.bed.pk in own)))
        for tile in tiles
    ]


def _evening_due(ward: Ward, now: datetime) -> str:
    """The time at which the ward's evening playlists were to be assigned today, until someone has; else empty."""
    return f"{ward.evening_at:%H:%M}" if ward.evening_at and is_due(ward, ward.evening_at, now) else ""


def no_link(found: Sequence[Rows]) -> str:
    """Since when no box of a ward was heard, as a clock time; empty where one is."""
    now = local_now()
    since = no_link_since(found, now)
    return clock(since, now) if since else ""


def _rooms(tiles: Sequence[Tile]) -> list[tuple[Room, list[Tile]]]:
    return [(room, list(beds)) for room, beds in groupby(tiles, lambda tile: tile.bed.room)]
