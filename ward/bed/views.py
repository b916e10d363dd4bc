"""One bed: what plays there and what may be chosen, stopping it, its safety check. What the box does is told live."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from messages import Verb
from ward.assignments import assigning
from ward.assignments.defaults import defaults_of
from ward.assignments.models import PURGED, Assignment
from ward.assignments.stays import mark_of
from ward.bed import overview
from ward.bed.assigned_message import Looking, message_of, playing
from ward.bed.checking import look, looked
from ward.bed.moved import moved_here, went
from ward.bed.playlist_offers import offers, starts_with_sleep
from ward.bed.rules_rows import rules_rows
from ward.bed.stop_words import stop_words
from ward.bed.suggestions import reasons, sessions_of_stay
from ward.beds.access import may_assign, may_curate, may_see_devices, may_stop
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.beds.times import ago, clock, day, length_heard
from ward.board.views import bed_for, tile_of
from ward.fleet.commands import ask
from ward.fleet.models import Device
from ward.frame import local_now, page, person, staff_only, theme_of
from ward.live.stream import newest_change
from ward.message import kept, say
from ward.music.models import Track
from ward.people.once import once
from ward.tiles.rows import rows_of_bed
from ward.tiles.status import Face, PlaylistFacts, Rows, is_in_doubt
from ward.usage import endings
from ward.usage.models import Session

SESSIONS_SHOWN = 8
PLAYLISTS_ENOUGH = 6  # with so many there is choice, and nothing more is suggested
BEGINS = {"timed": gettext_noop("started automatically")}  # a press, the usual cause, needs no word


@dataclass(frozen=True, slots=True)
class Heard:
    """One session as a row of the page."""

    day: str
    time: str
    length: str
    title: str
    ended: str


@require_GET
@staff_only
def bed(request: HttpRequest, bed_id: int) -> HttpResponse:
    """What plays, the note, what may be chosen at the bed, and its settings in words. Changes nothing."""
    found = bed_for(request, bed_id)
    if not assigning.is_open(found):
        return redirect("history", bed_id=found.pk)
    context = frame(request, found) | {"side": "music"}
    context |= choosable(found, context)
    now, newest, of_stay = context["now"], context["newest"], context["of_stay"]
    rules = assigning.rules_of(found, newest)
    context |= {
        "suggested": _suggested(found, context) if context["may_assign"] else [],
        "settings": rules_rows(rules, defaults_of(found.room.ward_id).rules),
        "look": look(found, now),
        "excluded": overview.excluded(found, rules),
        "assigned": _assigned_line(newest),
        "ends": ends_line(newest),
    }
    context |= sessions_part(of_stay, context["facts"], now) | _ways_back(request, found, context)
    return page(request, "bed.html", found.room.ward, context)


@require_POST
@staff_only
def stop(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Asks the box to stop. The tile or card that comes back says whether it did."""
    found = bed_for(request, bed_id)
    if not may_stop(person(request), found.room.ward):
        raise PermissionDenied
    device = Device.objects.filter(bed=found).first()
    made = ask(device, Verb.STOP, person(request), timezone.now()) if device is not None else None
    origin = request.POST.get("from")
    if "HX-Request" in request.headers:
        return render(request, "card.html" if origin == "card" else "tile.html", live(request, found))
    ward = found.room.ward
    if origin == "room":
        return redirect("room", slug=ward.slug, room_id=found.room_id)
    address = reverse("bed", args=[found.pk]) if origin == "card" else reverse("ward", args=[ward.slug])
    return say(request, address, *stop_words(found, made))


@require_POST
@staff_only
@once
def look_at(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Records that this person did the safety check in this stay."""
    found = bed_for(request, bed_id)
    if not may_assign(person(request), found.room.ward):
        raise PermissionDenied
    looked(found, person(request), timezone.now())
    head = _("Safety check recorded for bed %(bed)s") % {"bed": found}
    return say(request, reverse("bed", args=[found.pk]), head, _("None apply."))


def live(request: HttpRequest, found: Bed) -> dict[str, Any]:
    """What updates live on a bed's pages: the card, the stay, when the box last connected."""
    now = local_now()
    rows = rows_of_bed(found)
    tile = tile_of(rows, may_stop(person(request), found.room.ward))
    track = Track.objects.filter(pk=rows.device.now_track).first() if rows.device and rows.device.now_track else None
    return {
        "bed": found,
        "tile": tile,
        "track": track,
        "music_ends": _music_ends(rows, tile.face, now),
        "rows_of_bed": rows,
        "facts": rows.playlists,
        "newest": rows.assignment,
        "stay": _stay(rows, now),
        "note": _note(rows, now),
        "theme": theme_of(request, found.room.ward, now),
        "now": now,
    }


def _ways_back(request: HttpRequest, found: Bed, shown: Mapping[str, Any]) -> dict[str, Any]:
    """What undoes the newest assignment, as on the page of its delivery: the bar while it runs, then a button."""
    newest, now = shown["newest"], shown["now"]
    if newest is None or found.stay is None:
        return {}
    before, looking = assigning.before_of(newest), Looking(person(request), shown["may_assign"], now)
    moved = moved_here(person(request), found, newest, now)
    if moved is not None:
        return {"moved": moved, "stay_mark": mark_of(found)}
    restores = not newest.restored and not (before is not None and before.stay == PURGED)
    said = message_of(found, newest, before, looking, playing=playing(shown["tile"].face))
    runs = said is not None and said.undo_s > 0 and kept(request) is None
    told = {"message": replace(said, takes_focus=False)} if said is not None and runs else {}  # it was said on its page
    return {"restores": restores and shown["may_assign"]} | told


def choosable(found: Bed, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The playlists that may be chosen at the bed, each with its state. `shown`: what `live` found."""
    rows, now = shown["rows_of_bed"], shown["now"]
    of_stay, newest = sessions_of_stay(found), rows.assignment
    before = assigning.before_of(newest) if newest is not None and newest.applied_at is None else None
    playlists = overview.choosable(rows, shown["tile"].face, before, of_stay, now)
    return {
        "playlists": playlists,
        "has_sleep": starts_with_sleep([one.offer for one in playlists]) is not None,
        "playlists_seen": overview.seen(playlists),
        "of_stay": of_stay,
    }


def sessions_part(of_stay: Sequence[Session], facts: Mapping[str, PlaylistFacts], now: datetime) -> dict[str, Any]:
    """The newest sessions of the stay as rows, and how a page says which of them it shows."""
    rows = [_heard(row, facts.get(row.playlist_slug), now) for row in of_stay[:SESSIONS_SHOWN]]
    digest = hashlib.blake2s(repr(rows).encode(), digest_size=6).hexdigest()
    return {"sessions": rows, "sessions_seen": f"sessions:{digest}"}


def frame(request: HttpRequest, found: Bed) -> dict[str, Any]:
    """What each page of a bed begins with."""
    since = newest_change()  # before the rows are read: what changes in between is told again, never missed
    user = person(request)
    ward = found.room.ward
    return live(request, found) | {
        "since": since,
        "may_assign": may_assign(user, ward),
        "may_curate": may_curate(user, ward),
        "box": Device.objects.filter(bed=found).first() if may_see_devices(user, ward) else None,
    }


def _suggested(found: Bed, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title of each playlist that is suggested, and the address that has it selected beside those on the bed: from the
    board it is three taps until it is assigned."""
    held = [one.offer.slug for one in shown["playlists"]]
    if len(held) >= PLAYLISTS_ENOUGH:
        return []
    cards = offers(shown["newest"], None, reasons(found, shown["of_stay"], shown["now"])).cards
    way = reverse("assign", args=[found.pk])
    return [(card.title, f"{way}?{urlencode({'playlist': [*held, card.slug]}, doseq=True)}") for card in cards]


def _music_ends(rows: Rows, face: Face, now: datetime) -> str:
    """The clock time at which what plays ends; empty where nothing plays, or without an end."""
    device = rows.device
    if device is None or device.now_at is None or face.sound is None or face.sound.minutes_left is None:
        return ""
    return clock(device.now_at + timedelta(seconds=device.left_s), now)


def _note(rows: Rows, now: datetime) -> tuple[str, str] | None:
    """The newest note of this stay: its text, who wrote it and when."""
    if rows.note is None:
        return None
    return rows.note.text, f"{initials(rows.note.written_by)}, {clock(rows.note.written_at, now)}"


def ends_line(newest: Assignment | None) -> str:
    """When an assignment expires, or that it did; empty where it has no end."""
    if newest is None:
        return ""
    ended, ends = newest.expired_at, assigning.wire(newest).rules.expires_at
    if ended is not None:
        return _("Expired on %(date)s.") % {"date": _date(ended)}
    return _("Expires on %(date)s.") % {"date": _date(ends)} if ends is not None else ""


def _date(at: datetime) -> str:
    return date_format(at.astimezone(local_now().tzinfo), "MONTH_DAY_FORMAT")


def _assigned_line(newest: Assignment | None) -> str:
    if newest is None:
        return ""
    facts = {"who": initials(newest.assigned_by), "time": clock(newest.assigned_at, local_now())}
    return _("%(time)s, by %(who)s") % facts


def _stay(rows: Rows, now: datetime) -> str:
    parts = []
    if not assigning.is_open(rows.bed):
        return _("This bed is closed. Its history stays.")
    if rows.bed.stay is None:
        parts += [_("No patient assigned."), *filter(None, [went(rows.assignment, now)])]
    elif rows.bed.stay_since is not None:
        parts.append(_("Current stay since %(time)s.") % {"time": clock(rows.bed.stay_since, now)})
    if rows.device is None:
        parts.append(_("No box at this bed."))
    elif rows.device.contact_at is not None and not is_in_doubt(rows.device, now):
        parts.append(_("Box last connected %(when)s.") % {"when": ago(rows.device.contact_at, now)})
    elif rows.device.contact_at is None:
        parts.append(_("Box has never connected."))
    return " ".join(parts)


def _heard(row: Session, facts: PlaylistFacts | None, now: datetime) -> Heard:
    title = facts.title if facts else _("Standard music")
    sounding = row.ended_at is None and row.session == row.device.now_session and row.device.playing != "silent"
    ended = _("playing now") if sounding else endings.words_of(row.cause)
    began = BEGINS.get(row.begun_by)
    told = ", ".join(filter(None, (_(began) if began else "", ended)))
    length = length_heard(row.heard_s) if row.heard_s else ""
    at = row.started_at.astimezone(now.tzinfo)
    return Heard(capfirst(day(row.started_at, now)), f"{at:%H:%M}", length, title, told)
