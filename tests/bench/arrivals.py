"""A pipe under SDL's disk driver that remembers when each sample came."""

import os
import threading
import time
from bisect import bisect_right
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FRAME_BYTES = 4
_CHUNK = 1 << 16
_END = b"end!"
_PERIOD = 48  # frames, 1 ms: of the tone that the bench plays


class Arrivals:
    """A named pipe that is always read; never ends, whoever writes."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._end = os.open(path, os.O_RDWR)  # its own writer: no end of file when a player goes
        self._data = bytearray()
        self._counts: list[int] = []  # frames that had come ...
        self._times: list[float] = []  # ... at this time
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def frames(self) -> int:
        """How many frames have come."""
        return len(self._data) // _FRAME_BYTES

    @property
    def loudness(self) -> int:
        """The highest sample on the left of the last few ms."""
        return int(self._envelope(self.frames - 5 * _PERIOD)[-1])

    def over(self, threshold: int, first: int) -> float:
        """When the first sample from frame `first` on came that is over it."""
        return self._came(first + _first(np.abs(self._left(first)) > threshold))

    def under(self, threshold: float, first: int) -> float:
        """When the first period of the tone from frame `first` on came that stays under it."""
        return self._came(first + _PERIOD * _first(self._envelope(first) < threshold))

    def close(self) -> None:
        """Read no more."""
        os.write(self._end, _END)
        self._thread.join()
        os.close(self._end)

    def _left(self, first: int) -> NDArray[np.int16]:
        whole = self.frames * _FRAME_BYTES
        return np.frombuffer(bytes(self._data[first * _FRAME_BYTES : whole]), np.int16)[::2]

    def _envelope(self, first: int) -> NDArray[np.int16]:
        left = np.abs(self._left(first))
        whole = len(left) // _PERIOD * _PERIOD
        return left[:whole].reshape(-1, _PERIOD).max(axis=1)

    def _came(self, frame: int) -> float:
        return self._times[bisect_right(self._counts, frame)]

    def _read(self) -> None:
        while not (data := os.read(self._end, _CHUNK)).endswith(_END):
            self._data += data
            self._times.append(time.monotonic())
            self._counts.append(self.frames)


def _first(found: NDArray[np.bool_]) -> int:
    if not found.any():
        raise ValueError("no such sample came")
    return int(np.argmax(found))
