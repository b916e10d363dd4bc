"""The morning's answer about sleep, by the sleep playlist of the night before. Reads only.

A night with two sleep playlists counts for the one that began last: it is the one that the patient fell asleep with, as
far as a box can tell.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import QuerySet

from messages import Question
from playlists.format import Purpose
from ward.beds.models import Bed, Ward
from ward.history.answered import PAIRS_FEWEST
from ward.plots.days import Day, Hours, night
from ward.reports.small import Counted
from ward.reports.weeks import Week
from ward.tiles.status import PlaylistFacts
from ward.usage.models import Answer, Session

ANSWERED = ("bed_id", "stay", "score", "asked_at")
PLAYED = ("bed_id", "stay", "playlist_slug", "started_at", "ended_at")
ONE_NIGHT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Morning:
    """A score of 0 to 10 at one bed, and the sleep playlist of the night before, by its slug."""

    bed: int | None
    playlist_slug: str
    score: int


@dataclass(frozen=True, slots=True)
class Mornings:
    """All of them, and how many mornings after a sleep playlist had a question without an answer."""

    found: Sequence[Morning]
    unanswered: int


@dataclass(frozen=True, slots=True)
class Slept:
    """One playlist, its scores in order, and at how many beds."""

    slug: str
    scores: Sequence[int]
    beds: int

    @property
    def median(self) -> float | None:
        """None if there are too few."""
        return median_of(self.scores)

    @property
    def is_small(self) -> bool:
        """Whether a ward's page must hide it, since it could tell of one patient."""
        return Counted(len(self.scores), self.beds).is_small


def of_stay(bed: Bed, hours: Hours, playlists: Mapping[str, PlaylistFacts]) -> Mornings:
    """Of this bed's stay; none where there is no stay. Takes two queries."""
    if bed.stay is None:
        return Mornings((), 0)
    this = {"bed": bed, "stay": bed.stay}
    return _mornings(Answer.objects.filter(**this), Session.objects.filter(**this), hours, playlists)


def of_ward(ward: Ward, first: Week, last: Week, hours: Hours, playlists: Mapping[str, PlaylistFacts]) -> Mornings:
    """Of the mornings in these whole weeks of a ward's beds. Takes two queries."""
    here = {"bed__room__ward": ward}
    answers = Answer.objects.filter(asked_at__gte=first.begins, asked_at__lt=last.ends, **here)
    sessions = Session.objects.filter(started_at__gte=first.begins - 2 * ONE_NIGHT, started_at__lt=last.ends, **here)
    return _mornings(answers, sessions, hours, playlists)


def by_playlist(found: Iterable[Morning], playlists: Mapping[str, PlaylistFacts]) -> list[Slept]:
    """By title: never by what was answered."""
    of: dict[str, list[Morning]] = {}
    for one in found:
        of.setdefault(one.playlist_slug, []).append(one)
    slugs = sorted(of, key=lambda slug: (playlists[slug].title.casefold(), slug))
    return [Slept(slug, sorted(one.score for one in of[slug]), len({one.bed for one in of[slug]})) for slug in slugs]


def median_of(scores: Sequence[int]) -> float | None:
    """None if there are too few."""
    return median(scores) if len(scores) >= PAIRS_FEWEST else None


def _mornings(
    answers: QuerySet[Answer], sessions: QuerySet[Session], hours: Hours, playlists: Mapping[str, PlaylistFacts]
) -> Mornings:
    told = answers.filter(question=Question.SLEEP).order_by("asked_at").values(*ANSWERED)
    sleep = [slug for slug, facts in playlists.items() if facts.purpose == Purpose.SLEEP]
    played = list(sessions.filter(playlist_slug__in=sleep).order_by("started_at").values(*PLAYED))
    found, unanswered = [], 0
    for row, before in _once_a_night(told, hours):
        slug = _slug(row, before, played)
        if slug and row["score"] is not None:
            found.append(Morning(row["bed_id"], slug, row["score"]))
        unanswered += bool(slug) and row["score"] is None
    return Mornings(found, unanswered)


def _once_a_night(rows: Iterable[dict[str, Any]], hours: Hours) -> Iterable[tuple[dict[str, Any], Day]]:
    """Each with the night before it: the newest answer, and one with a score before one without."""
    found: dict[Any, tuple[dict[str, Any], Day]] = {}
    for row in rows:
        before = night(hours.day_of(row["asked_at"]) - ONE_NIGHT, hours)
        key = (row["bed_id"], row["stay"], before.date)
        if row["score"] is not None or key not in found:
            found[key] = (row, before)
    return found.values()


def _slug(row: dict[str, Any], before: Day, played: Sequence[dict[str, Any]]) -> str:
    """Empty where no sleep playlist played in that night."""
    of_night = [
        one["playlist_slug"]
        for one in played
        if (one["bed_id"], one["stay"]) == (row["bed_id"], row["stay"])
        and one["started_at"] < before.ends
        and (one["ended_at"] or before.ends) > before.begins
    ]
    return of_night[-1] if of_night else ""
