"""A pipe under SDL's disk driver that remembers when each sample came."""

import time
from bisect import bisect_right
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.sound.pipe_sink import PipeSink

_PERIOD = 48  # frames, 1 ms: of the tone that the bench plays


class Arrivals(PipeSink):
    """The pipe, and the time of each read."""

    def __init__(self, path: Path) -> None:
        self._counts: list[int] = []  # frames that had come ...
        self._times: list[float] = []  # ... at this time
        super().__init__(path)

    @property
    def loudness(self) -> int:
        """The highest sample on the left of the last few ms."""
        return int(self._envelope(self.frames - 5 * _PERIOD)[-1])

    def over(self, threshold: int, first: int) -> float:
        """When the first sample from frame `first` on came that is over it."""
        return self._time_of(first + _first(np.abs(self._left(first)) > threshold))

    def under(self, threshold: float, first: int) -> float:
        """When the first period of the tone from frame `first` on came that stays under it."""
        return self._time_of(first + _PERIOD * _first(self._envelope(first) < threshold))

    def came(self) -> None:
        """Remember when."""
        self._times.append(time.monotonic())
        self._counts.append(self.frames)

    def _left(self, first: int) -> NDArray[np.int16]:
        return self.pcm(first)[:, 0]

    def _envelope(self, first: int) -> NDArray[np.int16]:
        left = np.abs(self._left(first))
        whole = len(left) // _PERIOD * _PERIOD
        return left[:whole].reshape(-1, _PERIOD).max(axis=1)

    def _time_of(self, frame: int) -> float:
        return self._times[bisect_right(self._counts, frame)]


def _first(found: NDArray[np.bool_]) -> int:
    if not found.any():
        raise ValueError("no such sample came")
    return int(np.argmax(found))
