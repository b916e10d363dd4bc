"""Which night a page shows, and when the handover is. Pure: asks no database and no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from ward.beds.models import Ward
from ward.plots.days import Day, Hours, night

BEFORE_END, AFTER_END = timedelta(minutes=30), timedelta(hours=1)  # the handover, around the end of the night
NIGHT = (time(21), time(7))  # of a ward without a night of its own


@dataclass(frozen=True, slots=True)
class Nights:
    """A ward's nights. `newest`: the one that began last; `oldest`: the first that can be shown."""

    hours: Hours
    newest: Day
    oldest: date

    def named(self, name: str) -> Day | None:
        """The night that began on a date (`2026-11-23`), the newest where `name` is empty; None if it cannot be
        shown."""
        try:
            first = date.fromisoformat(name) if name else self.newest.date
        except ValueError:
            return None
        return self.on(first)

    def on(self, first: date | None) -> Day | None:
        """The night that began on that date; None if it cannot be shown."""
        if first is None or not self.oldest <= first <= self.newest.date:
            return None
        return night(first, self.hours)

    def beside(self, shown: Day, days: int) -> Day | None:
        """The night before (-1) or after (1); None if it cannot be shown."""
        return self.named((shown.date + timedelta(days=days)).isoformat())


def hours_of(ward: Ward) -> Hours:
    """The ward's night in its time zone."""
    hours = Hours(timezone.get_current_timezone(), ward.night_from, ward.night_until)
    return hours if hours.has_night else Hours(hours.zone, *NIGHT)


def newest(hours: Hours, now: datetime) -> Day:
    """The night that began last."""
    found = night(hours.day_of(now), hours)
    return found if found.begins <= now else night(found.date - timedelta(days=1), hours)


def nights(hours: Hours, now: datetime, since: Iterable[datetime | None], keep_days: int) -> Nights:
    """`since`: when the stays began, before which nothing is shown; `keep_days`: what is kept, 0 for ever."""
    last = newest(hours, now)
    begun = [hours.day_of(one) for one in since if one is not None]
    oldest = min([*begun, last.date])
    kept = last.date - timedelta(days=keep_days) if keep_days else oldest
    return Nights(hours, last, max(oldest, kept))


def is_handover(shown: Day, now: datetime) -> bool:
    """Whether the board tells of this night now."""
    return shown.ends - BEFORE_END <= now < shown.ends + AFTER_END


def is_over(shown: Day, now: datetime) -> bool:
    """Whether it is spoken of as the last night: from the handover on."""
    return now >= shown.ends - BEFORE_END
