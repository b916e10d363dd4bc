"""One bed: what plays there, giving it music, stopping it. A POST writes a row; what the box does is told live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from messages.wire import Verb
from ward.assignments import giving
from ward.assignments.models import Assignment
from ward.beds.access import may_give, may_stop
from ward.beds.choice import ChoiceError, chosen, offers
from ward.beds.models import Bed
from ward.beds.rows import rows_of_bed, set_facts
from ward.beds.staff import initials
from ward.beds.status import Rows, SetFacts
from ward.beds.stream import newest_change
from ward.beds.times import ago, clock, day, minutes_up
from ward.beds.views import bed_for, tile_of
from ward.beds.views_frame import local_now, page, person, staff_only, theme_of
from ward.fleet.commands import ask
from ward.fleet.models import Device
from ward.music.models import Piece
from ward.usage.models import Session

SESSIONS_SHOWN = 8
ENDS = {
    "completed": "played to its end",
    "button": "stopped at the bed",
    "ward": "stopped from the ward",
    "no_sound": "no sound",
    "no_music": "no music to play",
    "restart": "the box started anew",
    "hush": "hushed by the nurse call",
    "cleaning": "stopped for cleaning",
}
BEGINS = {"timed": "began at its set time"}  # a press, the usual cause, needs no word


@dataclass(frozen=True, slots=True)
class Heard:
    """One session as a row of the page."""

    day: str
    time: str
    length: str
    title: str
    ended: str


@require_http_methods(["GET", "POST"])
@staff_only
def bed(request: HttpRequest, bed_id: int) -> HttpResponse:
    """What plays, and the sets to give. POST gives what is ticked; 403 if the role may not, 422 if nobody can."""
    found = bed_for(request, bed_id)
    if request.method != "POST":
        return _choose(request, found)
    if not may_give(person(request), found.room.ward):
        raise PermissionDenied
    return _give(request, found)


@require_POST
@staff_only
def stop(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Asks the box to be silent. What is drawn anew says whether it was."""
    found = bed_for(request, bed_id)
    if not may_stop(person(request), found.room.ward):
        raise PermissionDenied
    device = Device.objects.filter(bed=found).first()
    if device is not None:
        ask(device, Verb.STOP, person(request), timezone.now())
    from_card = request.POST.get("from") == "card"
    if "HX-Request" in request.headers:
        return render(request, "card.html" if from_card else "tile.html", live(request, found))
    return redirect("bed", bed_id=found.pk) if from_card else redirect("ward", slug=found.room.ward.slug)


def live(request: HttpRequest, found: Bed) -> dict[str, Any]:
    """What changes by itself on a bed's pages: the card, the stay, when the box was heard."""
    now = local_now()
    rows = rows_of_bed(found)
    piece = Piece.objects.filter(pk=rows.device.now_piece).first() if rows.device else None
    return {
        "bed": found,
        "tile": tile_of(rows, may_stop(person(request), found.room.ward)),
        "piece": piece,
        "stay": _stay(rows, now),
        "theme": theme_of(request, found.room.ward, now),
        "now": now,
    }


def frame(request: HttpRequest, found: Bed) -> dict[str, Any]:
    """What both pages of a bed begin with."""
    since = newest_change()  # before the rows are read: what changes in between is told again, never missed
    user = person(request)
    return live(request, found) | {"since": since, "may_give": may_give(user, found.room.ward)}


def ends_line(newest: Assignment | None) -> str:
    """When an assignment ends on its own, or that it did; empty where it says nothing of an end."""
    if newest is None:
        return ""
    ended, ends = newest.expired_at, giving.wire(newest).rules.expires_at
    if ended is not None:
        return f"Ended on its own on {_date(ended)}: its time had run out."
    return f"Ends on its own on {_date(ends)}." if ends is not None else ""


def _date(at: datetime) -> str:
    local = at.astimezone(local_now().tzinfo)
    return f"{local.day} {local:%B}"


def _choose(
    request: HttpRequest, found: Bed, ticked: Sequence[str] | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    newest = giving.newest(found)
    cards, on_bed, rows = offers(newest, ticked)
    offered = [*on_bed, *cards, *rows]
    context = frame(request, found) | {
        "cards": cards,
        "on_bed": on_bed,
        "rows": rows,
        "offered": offered,
        "count": sum(offer.ticked for offer in offered),
        "newest": newest,
        "given": _given_line(newest),
        "ends": ends_line(newest),
        "problem": problem,
        "sessions": _sessions(found),
    }
    return page(request, "bed.html", found.room.ward, context, status)


def _give(request: HttpRequest, found: Bed) -> HttpResponse:
    user, slugs = person(request), list(dict.fromkeys(request.POST.getlist("set")))
    newest = giving.newest(found)
    if request.POST.get("version") != str(newest.version if newest else 0):
        if newest is not None and newest.given_by == user and _slugs(newest) == set(slugs):
            return redirect("given", bed_id=found.pk)  # the second of two taps
        return _choose(request, found, slugs, _somebody_else(newest), 409)
    try:
        sets = chosen(slugs, newest)
        giving.give(found, sets, user, timezone.now())
    except (ChoiceError, giving.GivingError) as refused:
        return _choose(request, found, slugs, _sentence(refused), 422)
    return redirect("given", bed_id=found.pk)


def _sentence(refused: Exception) -> str:
    line = str(refused)
    return f"{line[:1].upper()}{line[1:].rstrip('.')}."


def _slugs(given: Assignment) -> set[str]:
    return {entry["slug"] for entry in given.message.get("sets") or ()}


def _somebody_else(newest: Assignment | None) -> str:
    if newest is None:
        return "This bed's music was reset meanwhile. Your choice is kept below."
    who, when = initials(newest.given_by), clock(newest.given_at, local_now())
    return f"{who} changed these sets at {when}. Here are the new ones; your choice is kept below."


def _given_line(newest: Assignment | None) -> str:
    if newest is None:
        return ""
    return f"{clock(newest.given_at, local_now())}, by {initials(newest.given_by)}"


def _stay(rows: Rows, now: datetime) -> str:
    parts = []
    if rows.bed.stay is None:
        parts.append("No stay here now.")
    elif rows.bed.stay_since is not None:
        parts.append(f"Stay since {clock(rows.bed.stay_since, now)}.")
    if rows.device is None:
        parts.append("No box stands here.")
    elif rows.device.heard_at is not None:
        parts.append(f"Box heard {ago(rows.device.heard_at, now)}.")
    else:
        parts.append("Box not heard yet.")
    return " ".join(parts)


def _sessions(found: Bed) -> list[Heard]:
    """The newest sessions of this stay; what an earlier guest heard is not shown."""
    if found.stay is None:
        return []
    now, titles = local_now(), set_facts()
    rows = Session.objects.filter(bed=found, stay=found.stay).select_related("device")[:SESSIONS_SHOWN]
    return [_heard(row, titles.get(row.set_slug), now) for row in rows]


def _heard(row: Session, facts: SetFacts | None, now: datetime) -> Heard:
    title = facts.title if facts else "Built-in music"
    sounding = row.ended_at is None and row.session == row.device.now_session and row.device.playing != "silent"
    ended = "playing now" if sounding else ENDS.get(row.cause, "end not known")
    told = ", ".join(filter(None, (BEGINS.get(row.begun_by), ended)))
    length = f"{minutes_up(row.heard_s)} min" if row.heard_s else ""
    at = row.started_at.astimezone(now.tzinfo)
    return Heard(day(row.started_at, now).capitalize(), f"{at:%H:%M}", length, title, told)
