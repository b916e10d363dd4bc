"""What a drain kept: samples, and when each of them reached the end of the pipe. Pure but for reading two files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
BYTES_PER_FRAME = 4

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Recording:
    """`pcm`: frames by 2. `ends`: frames that had come with each read, `times_ns`: when, on CLOCK_MONOTONIC."""

    pcm: Pcm
    ends: NDArray[np.int64]
    times_ns: NDArray[np.int64]

    def frames_at(self, time_ns: int) -> float:
        """Frames that had come at a time, in a straight line between two reads."""
        return float(np.interp(time_ns, self.times_ns, self.ends)) if len(self.ends) else 0.0

    def first_after(self, time_ns: int) -> int:
        """The first frame that came after a time."""
        before = int(np.searchsorted(self.times_ns, time_ns, side="right"))
        return int(self.ends[before - 1]) if before else 0

    def arrival_ns(self, frame: int) -> int:
        """When a frame came: the time of the read that brought it."""
        return int(self.times_ns[np.searchsorted(self.ends, frame, side="right")])

    def longest_wait_ms(self, first: int, last: int) -> float:
        """The longest time between two reads in a row while these frames came."""
        waits_ns = np.diff(self.times_ns)[np.searchsorted(self.ends, first) : np.searchsorted(self.ends, last)]
        return float(waits_ns.max(initial=0)) / 1e6


def load(kept: Path) -> Recording:
    """Read what a drain that has ended kept under this name."""
    reads = np.fromfile(kept.with_suffix(".reads"), np.uint64).astype(np.int64).reshape(-1, 2)
    ends, times_ns = reads[:, 0] // BYTES_PER_FRAME, reads[:, 1]
    frames = int(ends[-1]) if len(ends) else 0
    return Recording(np.fromfile(kept.with_suffix(".pcm"), np.int16, 2 * frames).reshape(-1, 2), ends, times_ns)
