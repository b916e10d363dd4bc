"""Answers before and after music, by playlist and time of day: of one stay, and of a ward. Reads only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from messages import Question
from ward.assignments.assigning import newest
from ward.assignments.on_bed import others
from ward.beds.access import may_assign, may_curate, wards_of
from ward.beds.models import Bed, Ward
from ward.board.views import bed_for
from ward.frame import local_now, page, person, staff_only, ward_for
from ward.helped import morning_words, mornings, words
from ward.helped.grid import grid, hides
from ward.helped.mornings import Slept
from ward.helped.parts import parts_of
from ward.history.pages import hours_of
from ward.night.nights import hours_of as night_hours_of
from ward.reports.weeks import week_of
from ward.tiles.rows import playlist_facts
from ward.tiles.status import PlaylistFacts
from ward.usage import pairs
from ward.usage.pairs import Asked
from ward.usage.questions import PAIRED, label

SHOWN = (*PAIRED, Question.SLEEP)
WEEKS = 12  # whole weeks of a ward: from one day to the next nothing can be found by subtraction


@dataclass(frozen=True, slots=True)
class Segment:
    """A question as a link; `count`: its pairs, empty where that is hidden."""

    word: str
    count: str
    address: str
    is_on: bool


@require_GET
@staff_only
def helped(request: HttpRequest, bed_id: int) -> HttpResponse:
    """One stay, for all who may see its history."""
    found = bed_for(request, bed_id)
    ward, user = found.room.ward, person(request)
    asked, facts = pairs.of_stay(found), playlist_facts()
    question, hours = _question(request, asked), hours_of(ward)
    parts = parts_of(hours)
    slept = mornings.of_stay(found, night_hours_of(ward), facts)
    rows = grid(asked[question].pairs, parts, hours, facts) if question in PAIRED else []
    if question in PAIRED:
        first, missed = words.sentence(label(question), asked[question].pairs, asked[question].unanswered)
    else:
        first, missed = morning_words.sentence(slept.found, slept.unanswered)
    counts = {one: str(len(asked[one].pairs)) for one in PAIRED} | {Question.SLEEP: str(len(slept.found))}
    context: dict[str, Any] = _frame(request, question) | {
        "bed": found,
        "since": found.stay_since,
        "questions": [_segment(request, one, question, counts[one]) for one in SHOWN],
        "sentence": first,
        "missed": missed,
        "heads": words.heads(parts, hours),
        "rows": words.of_stay(rows, facts),
        "mornings": _mornings(question, morning_words.of_stay, slept, facts),
        "stands_out": _with_ways(found, words.stands_out(rows, parts, facts), may_assign(user, ward)),
        "may_curate": may_curate(user, ward),
    }
    return page(request, "helped.html", ward, context)


@require_GET
@staff_only
def helped_ward(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole weeks before this one, for those who curate."""
    ward = ward_for(request, slug, may_curate)
    hours, facts = hours_of(ward), playlist_facts()
    running = week_of(local_now(), hours)
    first_week = running.beside(-WEEKS)
    asked = pairs.of_ward(ward, first_week.begins, running.begins)
    question, parts = _question(request, asked), parts_of(hours)
    tables = {one: grid(asked[one].pairs, parts, hours, facts) for one in PAIRED}
    slept = mornings.of_ward(ward, first_week, running.beside(-1), night_hours_of(ward), facts)
    hidden = {one: hides(tables[one]) for one in PAIRED}
    hidden[Question.SLEEP] = any(row.is_small for row in mornings.by_playlist(slept.found, facts))
    counts = {one: str(len(asked[one].pairs)) for one in PAIRED} | {Question.SLEEP: str(len(slept.found))}
    if question in PAIRED:
        first, _missed = words.sentence(label(question), asked[question].pairs, 0)
    else:
        first, _missed = morning_words.sentence(slept.found, 0)
    context = _frame(request, question) | {
        "side": "helped",
        "wards": _wards(request),
        "questions": [_segment(request, one, question, "" if hidden[one] else counts[one]) for one in SHOWN],
        "sentence": "" if hidden[question] else first,
        "hidden": hidden[question],
        "first_day": first_week.first,
        "last_day": running.beside(-1).last,
        "heads": words.heads(parts, hours),
        "rows": words.of_ward(tables[question], facts) if question in PAIRED else [],
        "mornings": _mornings(question, morning_words.of_ward, slept, facts),
    }
    return page(request, "helped_ward.html", ward, context)


def _mornings(
    question: Question,
    told: Callable[[Sequence[Slept], Mapping[str, PlaylistFacts]], list[morning_words.RowWords]],
    slept: mornings.Mornings,
    facts: Mapping[str, PlaylistFacts],
) -> list[morning_words.RowWords]:
    if question != Question.SLEEP:
        return []
    return told(mornings.by_playlist(slept.found, facts), facts)


def _frame(request: HttpRequest, question: str) -> dict[str, Any]:
    table = request.GET.get("as") == "table"
    here = f"?question={question}"
    return {
        "here": "therapy",
        "is_sleep": question == Question.SLEEP,
        "as_table": table,
        "other_way": here if table else f"{here}&as=table",
    }


def _question(request: HttpRequest, asked: Mapping[Question, Asked]) -> Question:
    """The one in the address, else the first that has pairs."""
    wanted = next((one for one in SHOWN if one == request.GET.get("question")), None)
    return wanted or next((one for one in PAIRED if asked[one].pairs), PAIRED[0])


def _segment(request: HttpRequest, one: str, question: str, count: str) -> Segment:
    table = "&as=table" if request.GET.get("as") == "table" else ""
    return Segment(label(one), count, f"?question={one}{table}", one == question)


def _with_ways(bed: Bed, found: Sequence[words.StandsOut], assigns: bool) -> list[tuple[words.StandsOut, str]]:
    """Each with the address where the other playlists are ticked; empty where there is nothing to leave out."""
    assignment = newest(bed) if assigns else None
    return [(one, _way(bed, others(assignment, one.slug))) for one in found]


def _way(bed: Bed, rest: Sequence[str]) -> str:
    ticked = "&".join(f"playlist={slug}" for slug in rest)
    return f"{reverse('assign', args=[bed.pk])}?{ticked}" if ticked else ""


def _wards(request: HttpRequest) -> list[tuple[Ward, str]]:
    """The wards where this person may curate; empty if there is only one."""
    user = person(request)
    wards = [ward for ward in wards_of(user).order_by("name") if may_curate(user, ward)]
    return [(ward, reverse("helped_ward", args=[ward.slug])) for ward in wards] if len(wards) > 1 else []
