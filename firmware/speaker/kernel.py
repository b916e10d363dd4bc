"""What the kernel says of a thread: whether it runs, waits for a processor or sleeps; reads /proc, decides nothing."""

import os
from pathlib import Path

from firmware.speaker.vitals import Vitals

PROC = Path("/proc")


def vitals_of(pid: int, proc: Path = PROC) -> Vitals | None:
    """Of a process's main thread; None where the kernel does not tell."""
    task = proc / str(pid) / "task" / str(pid)
    try:
        state = (task / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        return Vitals(state, *_times((task / "schedstat").read_bytes()))
    except (OSError, IndexError, ValueError):
        return None


class OwnTimes:
    """`cpu_s` and `waited_s` of the thread that makes it, for next to nothing."""

    def __init__(self) -> None:
        try:
            self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._file = -1

    def read(self) -> tuple[float, float]:
        """As of now; zeros where the kernel does not tell."""
        try:
            return _times(os.pread(self._file, 100, 0))
        except (OSError, IndexError, ValueError):
            return 0.0, 0.0

    def close(self) -> None:
        """Give the file back."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _times(schedstat: bytes) -> tuple[float, float]:
    cpu_ns, waited_ns = schedstat.split()[:2]
    return int(cpu_ns) / 1e9, int(waited_ns) / 1e9
