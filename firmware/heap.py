"""Memory that was freed, given back to the system. The C library keeps it where anything lies behind it."""

import contextlib
import ctypes


def give_back() -> None:
    """Ask glibc for it (`man malloc_trim`), where it is the C library; takes some milliseconds, without the
    interpreter's lock. Any thread."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
