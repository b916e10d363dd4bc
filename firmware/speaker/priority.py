"""How much the machine lets this process go first; asks the kernel, decides nothing."""

import contextlib
import os
import resource

NICE = -11
REAL_TIME = 10  # under the kernel's own threads, over everything else
LONGEST_RUN_S = 3  # of real time without a pause; rewriting for a knob that is turned and turned takes less


def go_first() -> None:
    """This thread, and what it starts from now on, before other work, where this user may (in a unit: LimitNICE)."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)


def go_in_real_time() -> None:
    """This thread, and threads it starts from now on, before everything; only where a unit says so (LimitRTPRIO).

    One that runs and runs is ended by the kernel.
    """
    allowed, _ = resource.getrlimit(resource.RLIMIT_RTPRIO)
    if allowed <= 0:
        return
    microseconds = LONGEST_RUN_S * 1_000_000
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_RTTIME, (microseconds, microseconds))
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(min(allowed, REAL_TIME)))
