"""The parts of a ward's day. Pure; local time."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from itertools import pairwise

from ward.plots.days import DAY_MIN, Hours

NOON, EVENING = 12 * 60, 17 * 60


class DayPart(StrEnum):
    """A part of the day; the night is the ward's own."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Part:
    """From `begins` up to `ends`, in minutes after the end of the night."""

    name: DayPart
    begins: int
    ends: int


def parts_of(hours: Hours) -> list[Part]:
    """The parts of this ward's day in order; one that its night leaves no time for is left out."""
    night = (_minute(hours.night_from) - hours.begin_min) % DAY_MIN or DAY_MIN
    noon, evening = (min(night, max(0, minute - hours.begin_min)) for minute in (NOON, EVENING))
    edges = (0, noon, evening, night, DAY_MIN)
    return [
        Part(name, begins, ends) for name, (begins, ends) in zip(DayPart, pairwise(edges), strict=True) if begins < ends
    ]


def part_at(at: datetime, hours: Hours) -> DayPart:
    """The part of the day that `at` lies in."""
    minute = (_minute(at.astimezone(hours.zone).time()) - hours.begin_min) % DAY_MIN
    return next(part.name for part in parts_of(hours) if part.begins <= minute < part.ends)


def clock_of(minute: int, hours: Hours) -> str:
    """A minute after the end of the night as a clock time: `07:00`."""
    hour, rest = divmod((minute + hours.begin_min) % DAY_MIN, 60)
    return f"{hour:02}:{rest:02}"


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
