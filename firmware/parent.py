"""A child process that must not outlive the one that started it. Knows no sound and no box."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2)


def die_with(parent: int) -> None:
    """From now on the kernel ends this process with its parent, however that ends: also by SIGKILL, also while this one
    is stopped. `parent`: its process id, from itself: ends this process where it is gone already.

    The kernel means the parent's thread that started this process. Elsewhere than on Linux only the second half holds.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before the kernel knew
        sys.exit(1)
