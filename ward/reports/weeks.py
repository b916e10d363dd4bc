"""A ward's weeks: from the end of the night before Monday to the end of Sunday's night, so that no night is split.
Pure; local time, including days of 23 and 25 hours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ward.plots.days import DAY_MIN, Day, Hours, days

DAYS = 7
MONTH_WEEKS, LONG_WEEKS = 4, 12  # whole weeks, so that every weekday counts equally
KEPT_WEEKS = 104  # evidence section 7: counts are kept for 24 months


@dataclass(frozen=True, slots=True)
class Part:
    """The day or the night of one day, in UTC; `place` counts days from the first one."""

    place: int
    night: bool
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a ward. `first` is a Monday."""

    first: date
    hours: Hours

    @property
    def name(self) -> str:
        """The name in addresses and files: `2026-W47`."""
        year, number, _ = self.first.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=DAYS - 1)

    @property
    def begins(self) -> datetime:
        """Its first moment, in UTC."""
        return days(self.first, self.first, self.hours)[0].begins

    @property
    def ends(self) -> datetime:
        """The first moment of the next one, in UTC."""
        return days(self.last, self.last, self.hours)[0].ends

    def beside(self, weeks: int) -> "Week":
        """The week that many weeks later, or earlier if negative."""
        return Week(self.first + timedelta(days=weeks * DAYS), self.hours)


def week_of(at: datetime, hours: Hours) -> Week:
    """The week that contains `at`."""
    day = hours.day_of(at)
    return Week(day - timedelta(days=day.weekday()), hours)


def week_named(name: str, now: datetime, hours: Hours) -> Week | None:
    """The week of that name; the current week if the name is empty. None if there is no such week, its data is no
    longer kept, or it has not begun."""
    running = week_of(now, hours)
    if not name:
        return running
    found = re.fullmatch(r"(\d{4})-W(\d{2})", name, re.ASCII)
    try:
        week = Week(date.fromisocalendar(int(found[1]), int(found[2]), 1), hours) if found else None
    except ValueError:  # a year of 52 weeks has no 53rd
        return None
    oldest = running.beside(-KEPT_WEEKS)
    return week if week is not None and oldest.first <= week.first <= running.first else None


def month_until(week: Week, weeks: int = MONTH_WEEKS) -> list[Day]:
    """The days of the weeks that end with this one, oldest first."""
    return days(week.last - timedelta(days=weeks * DAYS - 1), week.last, week.hours)


def parts(of: Sequence[Day], hours: Hours) -> list[Part]:
    """Day and night of each day, in order. There is no night if day and night begin at the same time."""
    found = []
    for place, day in enumerate(of):
        turns = _night_begins(day.date, hours)
        found += [Part(place, False, day.begins, turns), Part(place, True, turns, day.ends)]
    return [part for part in found if part.begins < part.ends]


def _night_begins(day: date, hours: Hours) -> datetime:
    """In UTC, because Python compares two local times of one zone by their clock times."""
    minute = hours.begin_min + round(hours.night_share * DAY_MIN)
    wall = time(minute % DAY_MIN // 60, minute % 60)
    return datetime.combine(day + timedelta(days=minute // DAY_MIN), wall, hours.zone).astimezone(UTC)
