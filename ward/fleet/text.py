"""Makes what a box says fit the columns. Knows no table; what does not fit is changed visibly, never an error."""

from datetime import UTC, datetime

FIRST = datetime(1970, 1, 2, tzinfo=UTC)
LAST = datetime(9000, 1, 1, tzinfo=UTC)  # local time anywhere must still be a date that Python can write
GREATEST = 2**53


def storable(text: str) -> str:
    """PostgreSQL holds no NUL in a text."""
    return text.replace("\x00", "\ufffd")


def storable_time(at: datetime) -> datetime:
    """In UTC, and within the years that every part of the ward can write."""
    try:
        return min(max(at.astimezone(UTC), FIRST), LAST)
    except OverflowError:
        return FIRST if at.year < FIRST.year else LAST


def storable_number(number: int) -> int:
    """What a 64-bit column holds."""
    return min(number, GREATEST)
