"""What became of music that was assigned: its four steps, live, and restoring what was there before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from ward.assignments import assigning
from ward.assignments.models import PURGED, Assignment
from ward.assignments.progress import Progress, progress
from ward.assignments.restoring import told
from ward.assignments.stays import mark_of
from ward.bed.assigned_message import Looking, choice_kept, message_of, moved_message, playing
from ward.bed.assigned_words import changed_line
from ward.bed.moved import moved_here, went
from ward.bed.playlist_offers import on_bed, starts_with_play, starts_with_sleep
from ward.bed.views import choosable, ends_line, frame, live, sessions_part
from ward.beds.access import may_assign
from ward.beds.models import Bed
from ward.beds.times import clock, seconds_clock
from ward.board.views import bed_for
from ward.fleet.reasons import words
from ward.frame import local_now, page, person, staff_only
from ward.message import refused
from ward.people.once import once
from ward.people.typed import number

PLAYING = 3  # the place of the last step


@dataclass(frozen=True, slots=True)
class Step:
    """One step of what was assigned. `kind`: done, now (under way) or later."""

    name: str
    told: str
    kind: str


@require_GET
@staff_only
def assigned(request: HttpRequest, bed_id: int) -> HttpResponse:
    """The delivery of the newest assignment, with 30 s to undo it; a bed without one shows its playlists instead."""
    return _page(request, bed_for(request, bed_id))


def _page(request: HttpRequest, found: Bed, problem: str = "", status: int = 200) -> HttpResponse:
    framed, now = frame(request, found), local_now()  # first: from there on its page hears what changes
    newest = assigning.newest(found)
    if newest is None:
        return redirect("bed", bed_id=found.pk)
    before = assigning.before_of(newest)
    is_purged = before is not None and before.stay == PURGED
    playlists = on_bed(newest, before)
    way = steps(request, found, now)
    until, over = told(newest, before, now)
    context = framed | {
        "until": until,
        "over": over,
        "steps": way,
        "way_seen": way_seen(way),
        "playlists": playlists,
        "screen": next((offer for offer in playlists if offer.new), playlists[0] if playlists else None),
        "play": starts_with_play(newest, before, playlists),
        "sleep": starts_with_sleep(playlists),
        "newest": newest,
        "ends": ends_line(newest),
        "side": "music",
        "what_changed": changed_line(newest, before),
        "before": on_bed(before),
        "before_since": clock(before.assigned_at, now) if before else "",
        "undone": newest.restored,
        "went": went(newest, now),
        "moved": (moved := moved_here(person(request), found, newest, now)),
        "stay_mark": mark_of(found),
        "is_purged": is_purged,
    }
    looking = Looking(person(request), context["may_assign"], now)
    if moved is not None:
        said = moved_message(found, newest, moved, looking, mark_of(found))
    else:
        said = message_of(found, newest, before, looking, playing=playing(context["tile"].face))
    context["message"] = refused(problem, head=_("Not restored")) if problem else said
    context["choice_kept"] = choice_kept(found, newest, before, looking)
    return page(request, "assigned.html", found.room.ward, context, status)


@require_GET
@staff_only
def pulse(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Every 15 s and at each change: when the box last connected, and those parts that the page does not show yet."""
    found = bed_for(request, bed_id)
    seen = request.GET.getlist("seen")
    context = live(request, found) | {"may_assign": may_assign(person(request), found.room.ward)}
    if _is_of_another(seen, context["newest"]):
        return HttpResponseClientRefresh()
    context["card_changed"] = context["tile"].seen not in seen
    if any(part.startswith("playlists:") for part in seen):
        context |= choosable(found, context)
        context["playlists_changed"] = context["playlists_seen"] not in seen
        context |= sessions_part(context["of_stay"], context["facts"], local_now())
        context["sessions_changed"] = context["sessions_seen"] not in seen
    if any(part.startswith("way:") for part in seen):
        way = steps(request, found, local_now())
        context |= {"steps": way, "way_seen": way_seen(way), "way_changed": way_seen(way) not in seen}
    if any(part.startswith("moved:") for part in seen):
        moved = moved_here(person(request), found, context["newest"], local_now())
        context |= {"moved": moved, "moved_changed": moved and moved.seen not in seen, "stay_mark": mark_of(found)}
    return render(request, "bed_pulse.html", context)


def _is_of_another(seen: Sequence[str], newest: Assignment | None) -> bool:
    """Whether the page shows an earlier assignment: its playlists and its Undo are no longer this bed's."""
    said = [one.removeprefix("assigned:") for one in seen if one.startswith("assigned:")]
    return bool(said) and said[0] != str(newest.version if newest else 0)


@require_POST
@staff_only
@once
def put_back(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Assigns again what the bed had before. The version says what is undone: a second tap does nothing more. 409 if
    the page was too old, 422 if it cannot be done."""
    found = bed_for(request, bed_id)
    if not may_assign(person(request), found.room.ward):
        raise PermissionDenied
    version = number(request.POST.get("version", ""))
    try:
        last = assigning.put_back(found, person(request), timezone.now(), version) if version is not None else None
    except assigning.AssigningError as error:
        status = 409 if isinstance(error, assigning.LateError) else 422
        return _page(request, found, capfirst(str(error)), status)
    if last is not None and not (last.restored and last.before == version):  # neither this press did it nor one before
        old = _("Bed %(bed)s was changed after your page was loaded. Nothing was restored.") % {"bed": found}
        return _page(request, found, old, 409)
    return redirect("assigned", bed_id=found.pk)


def steps(request: HttpRequest, found: Bed, now: datetime) -> list[Step]:
    """Assigned, Sent, On the box, Playing, with times; what is under way says what it waits for."""
    way, newest = progress(found, now), assigning.newest(found)
    if way is None or newest is None:
        return []
    by = _("you") if newest.assigned_by == person(request) else way.by
    assigned = {"time": seconds_clock(way.assigned_at, now), "who": by}
    each = [
        (_("Restored") if newest.restored else _("Assigned"), _("%(time)s, by %(who)s") % assigned, True),
        (_("Sent"), *_told(way.sent_at, now, way.stalled_because or _("not yet"))),
        (_("On the box"), *_on_the_box(way, now)),
        (_("Playing"), *_told(way.played_at, now, _("when someone starts it at the bed"))),
    ]
    under_way = next((place for place, (_name, _line, done) in enumerate(each) if not done), len(each))
    return [Step(name, line, _kind(place, under_way, done=done)) for place, (name, line, done) in enumerate(each)]


def way_seen(way: Sequence[Step]) -> str:
    """What a page sends back to say which steps it shows."""
    return f"way:{hashlib.blake2s(repr(way).encode(), digest_size=6).hexdigest()}"


def _kind(place: int, under_way: int, *, done: bool) -> str:
    if done:
        return "done"
    # The ward cannot start music: playing, the last step, is never under way.
    return "now" if place == under_way and place != PLAYING else "later"


def _told(at: datetime | None, now: datetime, otherwise: str) -> tuple[str, bool]:
    return (seconds_clock(at, now), True) if at is not None else (otherwise, False)


def _on_the_box(way: Progress, now: datetime) -> tuple[str, bool]:
    if way.refused:
        return _("rejected: %(reason)s") % {"reason": words(way.refused)}, False
    if way.needed and way.held < way.needed:
        return _("%(held)d of %(needed)d tracks") % {"held": way.held, "needed": way.needed}, False
    if way.applied_at is None:
        return (way.stalled_because or _("not confirmed yet")) if way.sent_at else "", False
    at = seconds_clock(way.applied_at, now)
    return (_("%(time)s, all %(needed)d tracks") % {"time": at, "needed": way.needed} if way.needed else at), True
