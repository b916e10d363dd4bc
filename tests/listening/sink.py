"""Where a box's sound goes: a named pipe under SDL's disk driver, read at once. Keeps the last minutes for cuts.

A pipe outlives players: a file is emptied by each that opens it, and what was not read by then is lost.
"""

import fcntl
import os
import threading
import time
import wave
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.listening.records import RATE_HZ

FRAME_BYTES = 4
PIPE_BYTES = 1 << 20  # 5 s of sound: a listener that is late must not stop the box
KEPT_FRAMES = 180 * RATE_HZ
_CHUNK = 1 << 16
_END = b"end!"


class PipeSink:
    """A named pipe that is always read, by a thread of its own. `take` and `cut` are for one other thread."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._end = os.open(path, os.O_RDWR)  # its own writer: no end of file when a player goes
        fcntl.fcntl(self._end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._come: deque[tuple[float, bytes]] = deque()
        self._kept: deque[tuple[int, NDArray[np.int16]]] = deque()
        self._taken = 0
        self._odd = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def take(self) -> list[tuple[float, NDArray[np.int16]]]:
        """What has come since, each with the time when all of it had: frames by 2."""
        taken = []
        while self._come:
            at, data = self._come.popleft()
            data = self._odd + data
            whole = len(data) // FRAME_BYTES * FRAME_BYTES
            self._odd = data[whole:]
            frames = np.frombuffer(data[:whole], np.int16).reshape(-1, 2)
            taken.append((at, frames))
            self._kept.append((self._taken, frames))
            self._taken += len(frames)
        while self._kept and self._kept[0][0] < self._taken - KEPT_FRAMES:
            self._kept.popleft()
        return taken

    def cut(self, first: int, last: int, path: Path) -> bool:
        """Write these frames as a WAV file; whether any of them is still there."""
        runs = [run[max(0, first - at) : max(0, last - at)] for at, run in self._kept]
        runs = [run for run in runs if len(run)]
        if not runs:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(np.concatenate(runs).tobytes())
        return True

    def close(self) -> None:
        """Read no more. The box must have ended before: it would wait for its sound to be taken."""
        os.write(self._end, _END)
        self._thread.join()
        os.close(self._end)

    def _read(self) -> None:
        while not (data := os.read(self._end, _CHUNK)).endswith(_END):
            self._come.append((time.monotonic(), data))
