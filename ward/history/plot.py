"""The plot of what was played and when: one row for each day, in percentages of its width. Pure; colours are in the
style sheet.

Every position is a percentage as text, so that the drawing stretches with its page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ward.beds.times import minutes_heard
from ward.history import words
from ward.plots.days import Day, Hours
from ward.plots.marks import Mark, Span, mark, meets, percent, span
from ward.plots.sessions import Played

ROUND_HOURS = 24.0
NOW_TURNS = 0.85  # beyond this the word "now" would not fit to the right of its line


@dataclass(frozen=True, slots=True)
class Now:
    """The line that marks now, and the side of it on which its word is written, under the row: music has just ended
    beside the line."""

    x: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Row:
    """One day. `band`: the part of it within the stay; `hours`: 23 or 25 if the clocks changed, else None."""

    label: str
    hours: int | None
    band: Span
    night: Span | None
    marks: tuple[Mark, ...]
    offline: tuple[Span, ...]
    starts: tuple[str, ...]
    now: Now | None
    minutes: str  # the figure of its column
    sessions: int
    sleep: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the axis. `minor`: its label is left out on narrow pages."""

    x: str
    label: str
    minor: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is drawn. `offline`: when the box was offline; `starts`: when it restarted; `sleep`: the answer about each
    night, by its day."""

    since: datetime
    now: datetime
    sessions: Sequence[Played]
    offline: Sequence[tuple[datetime, datetime]]
    starts: Sequence[datetime]
    sleep: Mapping[date, str]


def rows(days: Sequence[Day], hours: Hours, facts: Facts) -> list[Row]:
    """One row for each day."""
    return [_row(day, hours, facts) for day in days]


def axis(hours: Hours) -> list[Tick]:
    """The lines of the axis with their hours; every second label is left out on narrow pages."""
    minutes = hours.ticks
    last = len(minutes) - 1
    return [
        Tick(percent(hours.share(minute)), f"{minute // 60 % 24:02}", 0 < place < last and place % 2 == 1)
        for place, minute in enumerate(minutes)
    ]


def legend(drawn: Sequence[Row]) -> set[str]:
    """What occurs in the rows: kinds and ends of sessions, `offline`, `starts`."""
    found = {word for row in drawn for mark in row.marks for word in (mark.kind, mark.end)}
    found |= {"offline"} if any(row.offline for row in drawn) else set()
    return found | ({"starts"} if any(row.starts for row in drawn) else set())


def _row(day: Day, hours: Hours, facts: Facts) -> Row:
    parts = [(one, part) for one in facts.sessions if (part := day.part(one.since, one.until))]
    return Row(
        label=words.row_label(day.date),
        hours=round(day.hours) if day.hours != ROUND_HOURS else None,
        band=span(day, facts.since, day.ends),
        night=_night(day, hours, facts.since),
        marks=tuple(mark(day, one) for one, _ in parts),
        offline=tuple(span(day, *away) for away in facts.offline if meets(day, away)),
        starts=tuple(percent(day.share(at)) for at in facts.starts if day.begins <= at < day.ends),
        now=_now(day, facts.now),
        minutes=minutes_heard(sum(one.heard_s * part for one, part in parts)),
        sessions=sum(day.begins <= one.since < day.ends for one, _ in parts),
        sleep=facts.sleep.get(day.date, ""),
    )


def _night(day: Day, hours: Hours, since: datetime) -> Span | None:
    begins = max(hours.night_share, day.share(since))
    return Span(percent(begins), percent(1 - begins)) if begins < 1 else None


def _now(day: Day, now: datetime) -> Now | None:
    if not day.begins <= now < day.ends:
        return None
    share = day.share(now)
    return Now(percent(share), "end" if share > NOW_TURNS else "start")
