"""A sink that outlives players: a pipe under SDL's disk or ALSA driver, and what came through. And who has it open."""

import fcntl
import os
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FRAME_BYTES = 4
_CHUNK = 1 << 16
_END = b"end!"
_PERIOD_BYTES = 4096
_PERIOD_S = _PERIOD_BYTES / FRAME_BYTES / 48_000
_F_SETPIPE_SZ = 1031


class PipeSink:
    """A named pipe that is always read; never ends, whoever writes."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self.data = bytearray()
        self._end = os.open(path, os.O_RDWR)  # its own writer: no end of file when a player goes
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def frames(self) -> int:
        """How many frames have come."""
        return len(self.data) // FRAME_BYTES

    def pcm(self, first: int = 0) -> NDArray[np.int16]:
        """Everything that has come from frame `first` on, frames by 2."""
        whole = self.frames * FRAME_BYTES
        return np.frombuffer(bytes(self.data[first * FRAME_BYTES : whole]), np.int16).reshape(-1, 2)

    def came(self) -> None:
        """Called on the reader's thread after each track of data."""

    def close(self) -> None:
        """Read no more."""
        os.write(self._end, _END)
        self._thread.join()
        os.close(self._end)

    def _read(self) -> None:
        while not (data := os.read(self._end, _CHUNK)).endswith(_END):
            self.data += data
            self.came()


class CardSink(PipeSink):
    """A pipe that takes sound as a card does: at its own pace, two periods ahead, and not at all while it `stands`.

    For SDL's disk driver, or for its ALSA driver by `alsa_card`.
    """

    def __init__(self, path: Path) -> None:
        self._goes = threading.Event()
        self._goes.set()
        super().__init__(path)
        fcntl.fcntl(self._end, _F_SETPIPE_SZ, 2 * _PERIOD_BYTES)

    def stand(self) -> int:
        """Take nothing from now on; says how many frames have come."""
        self._goes.clear()
        return self.frames

    def go_on(self) -> None:
        """Take sound again."""
        self._goes.set()

    def close(self) -> None:
        self.go_on()
        super().close()

    def _read(self) -> None:
        due = time.monotonic()
        while not (data := os.read(self._end, _PERIOD_BYTES)).endswith(_END):
            self.data += data
            self.came()
            due = max(due + _PERIOD_S, time.monotonic() - _PERIOD_S)  # what it missed is missed
            time.sleep(max(0.0, due - time.monotonic()))
            self._goes.wait()


def alsa_card(folder: Path, sink: Path) -> Path:
    """ALSA's configuration of a card `bedside` whose sound goes to a sink; for the variable ALSA_CONFIG_PATH."""
    file = folder / "asound.conf"
    arguments = '@args [ X ]\n@args.X { type string default "1" }'
    file.write_text(
        f'pcm.bedside {{\n{arguments}\ntype file\nfile "{sink}"\nformat raw\nslave.pcm {{ type null }}\n}}\n'
    )
    return file


def players_of(pid: int) -> list[int]:
    """The players that a process has borne and that live, eldest first."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
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
