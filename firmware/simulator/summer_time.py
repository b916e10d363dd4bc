"""When a zone's clocks are put forward or back. Pure but for the zone's table."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

AHEAD = timedelta(minutes=5)


@lru_cache(maxsize=8)
def before_the_changes(zone: str, year: int) -> tuple[datetime, ...]:
    """Naive local times, five minutes before each change of that year; empty where the zone has none or is unknown."""
    try:
        there = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ()
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(367)]
    return tuple(_before(there, *pair) for pair in pairwise(days) if _differ(there, *pair))


def _before(there: ZoneInfo, early: datetime, late: datetime) -> datetime:
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) // 2
        early, late = (early, middle) if _differ(there, early, middle) else (middle, late)
    at = late.replace(second=0, microsecond=0)
    return (at - AHEAD).astimezone(there).replace(tzinfo=None)


def _differ(there: ZoneInfo, one: datetime, other: datetime) -> bool:
    return one.astimezone(there).utcoffset() != other.astimezone(there).utcoffset()
