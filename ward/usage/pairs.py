"""Pairs of answers: before and after one session, with the playlist that played between. Hides nothing: figures of a
ward must go through ward.reports.small before they are shown."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from messages import Moment, Outcome, Question
from ward.beds.models import Bed, Ward
from ward.usage.models import Answer, Session
from ward.usage.questions import PAIRED

ANSWERED = ("bed_id", "device_id", "session", "question", "moment", "outcome", "score")
BEGUN = ("device_id", "session", "playlist_slug", "started_at")
Key = tuple[UUID, str]  # a box and its name for a session


@dataclass(frozen=True, slots=True)
class Pair:
    """Both scores (0 to 10) of one session at one bed. `at`: when the session began, in UTC."""

    bed: int
    playlist_slug: str
    at: datetime
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: its pairs, and how often it was not answered or was declined."""

    pairs: list[Pair] = field(default_factory=list)
    unanswered: int = 0


def of_stay(bed: Bed) -> Mapping[Question, Asked]:
    """By question, of this bed's stay; empty of all where there is no stay. Takes two queries."""
    if bed.stay is None:
        return {question: Asked() for question in PAIRED}
    this = Q(stay=bed.stay)
    return _asked(Answer.objects.filter(this), Session.objects.filter(this))


def of_ward(ward: Ward, since: datetime, until: datetime) -> Mapping[Question, Asked]:
    """By question, of sessions that began at this ward's beds from `since` up to `until`. Takes two queries."""
    here = Q(bed__room__ward=ward)
    sessions = Session.objects.filter(here, started_at__gte=since, started_at__lt=until)
    return _asked(Answer.objects.filter(here, answered_at__gte=since, asked_at__lt=until), sessions)


def _asked(answers: QuerySet[Answer], sessions: QuerySet[Session]) -> Mapping[Question, Asked]:
    rows = list(answers.filter(question__in=PAIRED).order_by("answered_at").values(*ANSWERED))
    begun = {(device, key): (slug, at) for device, key, slug, at in sessions.values_list(*BEGUN)}
    unanswered = Counter(row["question"] for row in rows if row["outcome"] != Outcome.ANSWERED)
    return {question: Asked(_pairs(rows, question, begun), unanswered[question]) for question in PAIRED}


def _pairs(rows: list[dict[str, Any]], question: str, begun: Mapping[Key, tuple[str, datetime]]) -> list[Pair]:
    """Oldest first. A session that the ward knows nothing of has no playlist, so its answers are no pair here."""
    scores: dict[Key, dict[str, dict[str, Any]]] = {}
    for row in rows:
        if row["question"] == question and row["score"] is not None and row["session"] is not None:
            scores.setdefault((row["device_id"], row["session"]), {})[row["moment"]] = row
    found = []
    for key, told in scores.items():
        before, after = told.get(Moment.BEFORE), told.get(Moment.AFTER)
        if before and after and key in begun:
            found.append(Pair(before["bed_id"], *begun[key], before["score"], after["score"]))
    return found
