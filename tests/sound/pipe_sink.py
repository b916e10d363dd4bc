"""A sink that outlives players: a pipe under SDL's disk driver, and what came through it. And who holds it open."""

import os
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_CHUNK = 1 << 16


class PipeSink:
    """A named pipe that is always read; never ends, whoever writes."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._end = os.open(path, os.O_RDWR)  # its own writer: no end of file when a player goes
        self._data = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def frames(self) -> int:
        """How many frames have come."""
        return len(self._data) // 4

    @property
    def pcm(self) -> NDArray[np.int16]:
        """Everything that has come, frames by 2."""
        return np.frombuffer(bytes(self._data[: self.frames * 4]), np.int16).reshape(-1, 2)

    def close(self) -> None:
        """Read no more."""
        os.write(self._end, b"end!")
        self._thread.join()
        os.close(self._end)

    def _read(self) -> None:
        while not (data := os.read(self._end, _CHUNK)).endswith(b"end!"):
            self._data += data


def players_of(pid: int) -> list[int]:
    """The players that a process has borne and that live, eldest first."""
    children = [
        int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()
    ]
    return sorted(child for child in children if is_alive(child) and b"firmware.speaker.player" in _words(child))


def is_alive(pid: int) -> bool:
    """Whether a process is there and more than a name."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def holds(pid: int, path: Path) -> bool:
    """Whether a process has a file open."""
    try:
        return any(fd.resolve() == path for fd in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
