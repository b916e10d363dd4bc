"""Counts a ward's sessions and answers in the database, using the indexes by bed and time. A fixed number of queries,
however many sessions. Hides nothing: ward.reports.small must check every figure before it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Round

from messages import Moment, Outcome, Question
from ward.assignments.models import Assignment
from ward.beds.models import Bed, Ward
from ward.reports.small import Counted
from ward.reports.weeks import Part, Week
from ward.usage.models import Answer, Session
from ward.usage.questions import PAIRED

CHANGES = range(-10, 11)
TENTHS = 10  # levels are counted in tenths of a decibel


@dataclass(frozen=True, slots=True)
class Often:
    """How often each value occurred, and at how many beds."""

    histogram: Mapping[float, int]
    beds: int


def minutes_by_part(ward: Ward, parts: Sequence[Part]) -> dict[tuple[int, int], float]:
    """Minutes of music by bed and by place in `parts`; a session counts where it began."""
    places = _places(parts, 0, len(parts))
    rows = _heard(ward, parts[0].begins, parts[-1].ends).annotate(place=places).values_list("bed", "place")
    return {(bed, at): seconds / 60 for bed, at, seconds in rows.annotate(seconds=Sum("heard_s"))}


def ends(ward: Ward, week: Week) -> dict[str, Counted]:
    """Sessions by the cause that ended them; empty if unknown."""
    rows = _heard(ward, week.begins, week.ends).filter(ended_at__isnull=False).values_list("cause")
    counted = rows.annotate(number=Count("pk"), beds=Count("bed", distinct=True))
    return {cause: Counted(number, beds) for cause, number, beds in counted}


def skipped(ward: Ward, week: Week) -> Counted:
    """Sessions in which NEXT was pressed."""
    found = _heard(ward, week.begins, week.ends).filter(skips__gt=0)
    return Counted(**found.aggregate(number=Count("pk"), beds=Count("bed", distinct=True)))


def levels(ward: Ward, week: Week) -> Often:
    """Mean levels of sessions in dB(A), as the boxes estimated them."""
    found = _heard(ward, week.begins, week.ends).filter(mean_dba__isnull=False)
    rows = found.annotate(tenths=Round(F("mean_dba") * TENTHS)).values_list("tenths").annotate(number=Count("pk"))
    beds: int = found.aggregate(beds=Count("bed", distinct=True))["beds"]
    return Often({tenths / TENTHS: number for tenths, number in rows}, beds)


def pairs(ward: Ward, week: Week) -> dict[str, Often]:
    """Changes from before to after, by question, of sessions with both answers."""
    scored = _answers(ward, week).filter(score__isnull=False, session__isnull=False, question__in=PAIRED)
    both = (
        scored.values("bed", "device", "session", "question")
        .annotate(
            before=Max("score", filter=Q(moment=Moment.BEFORE)), after=Max("score", filter=Q(moment=Moment.AFTER))
        )
        .filter(before__isnull=False, after__isnull=False)
    )
    # The field of scores cannot be negative, and a change can.
    signed = both.annotate(by=ExpressionWrapper(F("after") - F("before"), output_field=IntegerField()))
    found = signed.aggregate(**_counts())
    return {
        question: Often({change: found[f"{question}_{change}"] for change in CHANGES}, found[f"{question}_beds"])
        for question in PAIRED
    }


def unanswered(ward: Ward, week: Week) -> dict[str, Counted]:
    """Questions that got no answer or were declined."""
    rows = _answers(ward, week).exclude(outcome=Outcome.ANSWERED).values_list("question")
    counted = rows.annotate(number=Count("pk"), beds=Count("bed", distinct=True))
    return {question: Counted(number, beds) for question, number, beds in counted}


def words(ward: Ward, week: Week) -> dict[str, Counted]:
    """The three-way answers."""
    rows = _answers(ward, week).filter(question=Question.CHANGE, change__isnull=False).values_list("change")
    counted = rows.annotate(number=Count("pk"), beds=Count("bed", distinct=True))
    return {change: Counted(number, beds) for change, number, beds in counted}


def nights(ward: Ward, week: Week) -> Often:
    """The morning answers about the night, from 0 to 10."""
    found = _answers(ward, week).filter(question=Question.SLEEP, score__isnull=False)
    rows = found.values_list("score").annotate(number=Count("pk"))
    beds: int = found.aggregate(beds=Count("bed", distinct=True))["beds"]
    return Often({float(score): number for score, number in rows}, beds)


def beds_of(ward: Ward, week: Week) -> "QuerySet[Bed, Any]":
    """The ward's beds that were open then. `was_stay`: the stay when the week began; `had_stay`: whether one was
    assigned music in the week; `has_music`: whether this stay had music in the week."""
    assigned = Assignment.objects.filter(bed=OuterRef("pk"))
    before = assigned.filter(assigned_at__lt=week.begins).order_by("-version").values("stay")[:1]
    within = assigned.filter(assigned_at__gte=week.begins, assigned_at__lt=week.ends, stay__isnull=False)
    music = Session.objects.filter(stay=OuterRef("stay"), started_at__gte=week.begins)
    was_open = Q(closed_at=None) | Q(closed_at__gt=week.begins)
    beds = Bed.objects.filter(was_open, room__ward=ward).select_related("room", "device")
    beds = beds.order_by("room__position", "letter")
    return beds.annotate(was_stay=Subquery(before), had_stay=Exists(within), has_music=Exists(music))


def _heard(ward: Ward, begins: datetime, ends: datetime) -> QuerySet[Session]:
    """Sessions that began then and had sound."""
    began = Session.objects.filter(bed__room__ward=ward, started_at__gte=begins, started_at__lt=ends)
    return began.filter(heard_s__gt=0).order_by()


def _places(parts: Sequence[Part], first: int, last: int) -> Case | Value:
    """The part in which a session began, found by halving, so that 56 parts cost six comparisons."""
    if last - first == 1:
        return Value(first)
    middle = (first + last) // 2
    earlier = When(started_at__lt=parts[middle].begins, then=_places(parts, first, middle))
    return Case(earlier, default=_places(parts, middle, last))


def _answers(ward: Ward, week: Week) -> QuerySet[Answer]:
    found = Answer.objects.filter(bed__room__ward=ward, answered_at__gte=week.begins, answered_at__lt=week.ends)
    return found.order_by()


def _counts() -> dict[str, Count]:
    """How often each change occurred, and at how many beds, for each question."""
    changes = {
        f"{question}_{change}": Count("by", filter=Q(question=question, by=change))
        for question in PAIRED
        for change in CHANGES
    }
    return changes | {f"{one}_beds": Count("bed", distinct=True, filter=Q(question=one)) for one in PAIRED}
