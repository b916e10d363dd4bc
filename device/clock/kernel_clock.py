"""What this machine says of its own clock: the kernel, timesyncd, a clock chip. Believes nothing and keeps nothing."""

import contextlib
import ctypes
import functools
import time
from pathlib import Path

_TIME_ERROR = 5  # adjtimex(2): no time server keeps the clock; the kernel says so again hours after the last answer
_TIMEX_BYTES = 512  # struct timex is 208 bytes on 64-bit Linux; modes = 0 only reads
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
TIMESYNCD_MARK = Path("/run/systemd/timesync/synchronized")  # made at the first answer of a time server in this boot
CLOCK_CHIP = Path("/sys/class/rtc/rtc0")
_CHIP_AGREES_WITHIN_S = 120.0  # what set the clock at boot still shows the same time


def is_synchronised() -> bool:
    """Whether the kernel says that NTP keeps its clock; holds for timesyncd, chrony and ntpd. False where unknown."""
    try:
        state = int(_libc().adjtimex(ctypes.byref(ctypes.create_string_buffer(_TIMEX_BYTES))))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR


@functools.cache
def _libc() -> ctypes.CDLL:
    """The library that is loaded already: `find_library` starts ldconfig, and a compiler, to look for it."""
    return ctypes.CDLL(None)


def since_boot_s() -> float:
    """Seconds since the machine started; what no setting of the clock moves."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """The kernel's name for this boot; empty where it has none."""
    return _text(_BOOT_ID)


def was_set(not_before_s: float, *, mark: Path = TIMESYNCD_MARK, chip: Path = CLOCK_CHIP) -> bool:
    """Whether the clock was set in this boot before anybody asked: by timesyncd, or by the kernel from a clock chip.

    A chip whose battery is empty counts from 1970, so one that is behind `not_before_s` (UTC seconds, when this box was
    last seen alive) does not count; nor does one that shows another time than the clock that it is said to have set.
    """
    return mark.exists() or (time.time() >= not_before_s and _has_set_the_clock(chip))


def _has_set_the_clock(chip: Path) -> bool:
    shown_s = _text(chip / "since_epoch")
    is_number = shown_s.isdigit() and len(shown_s) < 12
    return _text(chip / "hctosys") == "1" and is_number and abs(int(shown_s) - time.time()) <= _CHIP_AGREES_WITHIN_S


def _text(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        return path.read_text(encoding="ascii").strip()
    return ""
