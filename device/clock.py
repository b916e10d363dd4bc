"""Whether the box's clock can be trusted, and what it shows on the wall. Knows no rule of the night."""

import ctypes
import ctypes.util
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from device.events import Wall

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # struct timex is 208 bytes on 64-bit Linux; modes = 0 only reads


def is_synchronised() -> bool:
    """Whether the kernel says that NTP has set its clock; holds for timesyncd, chrony and ntpd. False where unknown."""
    try:
        libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
        timex = ctypes.create_string_buffer(_TIMEX_BYTES)
        state = int(libc.adjtimex(ctypes.byref(timex)))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR


def local_now() -> datetime:
    """The time in the zone that the system is set to."""
    return datetime.now(UTC).astimezone()


def zone_named(name: str) -> tzinfo | None:
    """The time zone of that name; None, the system's own, where it is empty. Raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone: write it like Europe/Berlin") from error


def wall_at(utc: datetime, zone: tzinfo | None) -> Wall:
    """What the wall's clock shows in this zone (None: the system's) at this moment."""
    local = utc.astimezone(zone)
    return Wall(local.toordinal(), local.hour * 60 + local.minute, utc.timestamp())


def wall_by(
    clock_ok: Callable[[], bool], zone: tzinfo | None, utcnow: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Callable[[], Wall | None]:
    """Reads the wall's clock; None while nobody knows what time it is."""
    return lambda: wall_at(utcnow(), zone) if clock_ok() else None
