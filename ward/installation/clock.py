"""What the kernel says about this computer's clock."""

import ctypes
from collections.abc import Iterator
from datetime import datetime

from ward.installation import rules
from ward.installation.finding import Finding

TIME_ERROR = 5  # adjtimex(2): no time service sets the clock; chrony, ntpd and systemd-timesyncd all tell the kernel
TIMEX_BYTES = 512  # struct timex is 208 bytes on 64-bit Linux; modes = 0 only reads


def kept(_now: datetime) -> Iterator[Finding]:
    """Whether a time service sets it."""
    yield rules.clock_kept(_is_kept())


def _is_kept() -> bool | None:
    """None where the system has no such call, or does not allow it."""
    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.byref(ctypes.create_string_buffer(TIMEX_BYTES))))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state < TIME_ERROR
