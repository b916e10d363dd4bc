"""The three shifts of a ward, derived from its night: two equal shifts by day, and the night. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from ward.plots.days import DAY_MIN, Hours


@dataclass(frozen=True, slots=True)
class Shift:
    """Which shift (0 early, 1 late, 2 night) and when it began."""

    place: int
    begins: datetime


def shift_of(at: datetime, hours: Hours) -> Shift:
    """The shift at `at`."""
    day = hours.day_of(at)
    turns = [hours.begin_min + minute for minute in _turns(hours)]
    begun = [datetime.combine(day + timedelta(days=m // DAY_MIN), _clock(m), hours.zone) for m in turns]
    place = max(place for place, begins in enumerate(begun) if place == 0 or begins.astimezone(UTC) <= at)
    return Shift(place, begun[place])


def _turns(hours: Hours) -> tuple[int, int, int]:
    night = round(hours.night_share * DAY_MIN)
    return 0, night // 2, night


def _clock(minute: int) -> time:
    return time(minute % DAY_MIN // 60, minute % 60)
