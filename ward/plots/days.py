"""The days of a plot. Each runs from the end of one night to the end of the next, so that no night is split. Pure;
local time, including days of 23 and 25 hours."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY_MIN = 1440
TICK_MIN = 180
CLEAR_MIN = 90  # a label closer to an end than this would overlap it


@dataclass(frozen=True, slots=True)
class Hours:
    """A ward's night in its time zone; a day begins where the night ends."""

    zone: tzinfo
    night_from: time
    night_until: time

    @property
    def begin_min(self) -> int:
        """Minute after midnight at which a day begins."""
        return _minute(self.night_until)

    @property
    def ticks(self) -> tuple[int, ...]:
        """Minutes after the day's first midnight that its axis labels: both ends and every third hour between."""
        first, last = self.begin_min, self.begin_min + DAY_MIN
        inner = range(-(-(first + CLEAR_MIN) // TICK_MIN) * TICK_MIN, last - CLEAR_MIN + 1, TICK_MIN)
        return (first, *inner, last)

    @property
    def night_share(self) -> float:
        """Where the night begins on the axis, from 0 to 1."""
        return (_minute(self.night_from) - self.begin_min) % DAY_MIN / DAY_MIN or 1.0

    def share(self, minute: int) -> float:
        """The place of a minute after the first midnight on the axis, from 0 to 1."""
        return (minute - self.begin_min) / DAY_MIN

    @property
    def has_night(self) -> bool:
        """False where night begins when it ends."""
        return self.night_share < 1

    def day_of(self, at: datetime) -> date:
        """The day whose row contains `at`: before the end of the night it is the day before."""
        local = at.astimezone(self.zone)
        return local.date() if local.time() >= self.night_until else local.date() - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One row. `instants`: its ticks in UTC; `shares`: their places on the axis."""

    date: date
    instants: Sequence[datetime]
    shares: Sequence[float]

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return self.instants[0]

    @property
    def ends(self) -> datetime:
        """The first moment of the next day."""
        return self.instants[-1]

    @property
    def hours(self) -> float:
        """24, or 23 or 25 if the clocks change in its night."""
        return (self.ends - self.begins) / timedelta(hours=1)

    def share(self, at: datetime) -> float:
        """The place of `at` on the axis, from 0 to 1. Ticks show the clock time on every day; where an hour repeats or
        is missing, time runs slower or faster between two of them."""
        if at <= self.begins:
            return 0.0
        if at >= self.ends:
            return 1.0
        place = bisect_right(self.instants, at)
        before, after = self.instants[place - 1], self.instants[place]
        left, right = self.shares[place - 1], self.shares[place]
        return left + (right - left) * ((at - before) / (after - before))

    def part(self, since: datetime, until: datetime) -> float:
        """The share of the time from `since` to `until` that lies within this day, from 0 to 1."""
        whole = (until - since).total_seconds()
        inside = (min(until, self.ends) - max(since, self.begins)).total_seconds()
        if whole <= 0:
            return 1.0 if self.begins <= since < self.ends else 0.0
        return max(0.0, inside) / whole


def days(first: date, last: date, hours: Hours) -> list[Day]:
    """Every day from `first` to `last`, both included."""
    return [_day(first + timedelta(days=place), hours) for place in range((last - first).days + 1)]


def night(first: date, hours: Hours) -> Day:
    """The night that begins on that date, drawn by real time: 9 or 11 hours where the clocks change in it."""
    begins = _instant(first, hours.begin_min + round(hours.night_share * DAY_MIN), hours.zone)
    ends = _instant(first, hours.begin_min + DAY_MIN, hours.zone)
    return Day(first, (begins, ends), (0.0, 1.0))


def _day(day: date, hours: Hours) -> Day:
    instants = tuple(_instant(day, minute, hours.zone) for minute in hours.ticks)
    return Day(day, instants, tuple(hours.share(minute) for minute in hours.ticks))


def _instant(day: date, minute: int, zone: tzinfo) -> datetime:
    """In UTC, because Python subtracts two local times of one zone by their clock times."""
    local = datetime.combine(day + timedelta(days=minute // DAY_MIN), time(minute % DAY_MIN // 60, minute % 60), zone)
    return local.astimezone(UTC)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
