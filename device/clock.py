"""Whether the box's clock can be trusted, and whether it is night by it. Knows no rule of the night."""

import ctypes
import ctypes.util
from collections.abc import Callable
from datetime import UTC, datetime, time

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # struct timex is 208 bytes on 64-bit Linux; modes = 0 only reads

NIGHT_BEGINS, NIGHT_ENDS = time(21), time(7)


def is_synchronised() -> bool:
    """Whether the kernel says that NTP has set its clock; holds for timesyncd, chrony and ntpd. False where unknown."""
    try:
        libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
        timex = ctypes.create_string_buffer(_TIMEX_BYTES)
        state = int(libc.adjtimex(ctypes.byref(timex)))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR


def is_night(local: datetime, begins: time = NIGHT_BEGINS, ends: time = NIGHT_ENDS) -> bool:
    """Whether this local time lies in the night, from `begins` up to before `ends`; midnight may lie within. Pure."""
    if begins <= ends:
        return begins <= local.time() < ends
    return local.time() >= begins or local.time() < ends


def local_now() -> datetime:
    """The time in the zone that the system is set to."""
    return datetime.now(UTC).astimezone()


def night_by(clock_ok: Callable[[], bool], now: Callable[[], datetime] = local_now) -> Callable[[], bool]:
    """Asks a clock whether it is night. An unknown clock means night."""
    return lambda: not clock_ok() or is_night(now())
