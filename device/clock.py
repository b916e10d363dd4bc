"""Whether the box's clock can be trusted. Knows no time zone."""

import ctypes
import ctypes.util

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
