"""The board: one tile a bed, and the parts of it that are fetched when something changed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from ward.beds.access import may_give, may_see_board, may_see_devices, may_stop, wards_of
from ward.beds.models import Bed, Room, Ward
from ward.beds.pictures import ArcPicture, Bar, arc_picture, bars
from ward.beds.rows import rows_of_bed, rows_of_ward
from ward.beds.status import Face, Rows, Stop, face, no_link_since
from ward.beds.stream import newest_change
from ward.beds.times import clock
from ward.beds.views_frame import local_now, page, person, staff_only, theme_of, until, ward_for


@dataclass(frozen=True, slots=True)
class Tile:
    """A bed and its face; `digest` tells whether a page shows this face already."""

    bed: Bed
    face: Face
    digest: str

    @property
    def arc(self) -> ArcPicture | None:
        """The set's arc up to now."""
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
    """A bed of a ward whose board this person may see; 404 to strangers, whether or not there is such a bed."""
    bed = get_object_or_404(Bed.objects.select_related("room__ward"), pk=bed_id)
    ward_for(request, bed.room.ward.slug, may_see_board)
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
    return page(request, "no_ward.html", None, {})


@require_GET
@staff_only
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """The board of one ward."""
    return _board(request, ward_for(request, slug, may_see_board))


@require_GET
@staff_only
def board_pulse(request: HttpRequest, slug: str) -> HttpResponse:
    """Every 15 s: the time, and the tiles that the page does not show. At the turn of night it loads anew."""
    ward = ward_for(request, slug, may_see_board)
    now = local_now()
    if request.GET.get("theme") != (theme := theme_of(request, ward, now)):
        return HttpResponseClientRefresh()
    seen = set(request.GET.getlist("seen"))
    stops = may_stop(person(request), ward)
    found = rows_of_ward(ward)
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
            "no_link": _no_link(found),
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


def _board(request: HttpRequest, ward: Ward) -> HttpResponse:
    user = person(request)
    newest = newest_change()  # before the rows are read: what changes in between is told again, never missed
    stops = may_stop(user, ward)
    found = rows_of_ward(ward)
    tiles = [tile_of(rows, stops) for rows in found]
    others = [other for other in wards_of(user).order_by("name") if may_see_board(user, other)]
    now = local_now()
    context = {
        "here": "board",
        "rooms": _rooms(tiles),
        "wards": others if len(others) > 1 else [],
        "since": newest,
        "now": now,
        "until": until(ward, now),
        "no_link": _no_link(found),
        "may_give": may_give(user, ward),
    }
    return page(request, "board.html", ward, context)


def _no_link(found: Sequence[Rows]) -> str:
    now = local_now()
    since = no_link_since(found, now)
    return clock(since, now) if since else ""


def _rooms(tiles: Sequence[Tile]) -> list[tuple[Room, list[Tile]]]:
    return [(room, list(beds)) for room, beds in groupby(tiles, lambda tile: tile.bed.room)]
