"""The players that are programs of their own: MPD by its socket, mpv by its JSON IPC."""

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from tests.benchmarks.players import PATIENCE_S, Player, PlayerError


class Program(Player):
    """A player that is commanded over a socket of its own."""

    program: ClassVar[str]

    @classmethod
    def is_here(cls) -> bool:
        """Whether this machine has it."""
        return shutil.which(cls.program) is not None

    @property
    def socket_path(self) -> Path:
        """Where it listens."""
        return self.folder / "socket"

    def _greet(self) -> None:
        give_up_at = time.monotonic() + PATIENCE_S
        connection = socket.socket(socket.AF_UNIX)
        while connection.connect_ex(str(self.socket_path)):
            if self.process.poll() is not None or time.monotonic() > give_up_at:
                raise PlayerError(f"{self.name} does not start: {self.last_words()}")
            time.sleep(0.02)
        connection.settimeout(PATIENCE_S)
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._ends.callback(connection.close)
        self._ends.callback(self._lines.close)

    def _ask(self, line: str) -> int:
        at_ns = time.monotonic_ns()
        self._connection.sendall(line.encode() + b"\n")
        return at_ns

    def _line(self) -> bytes:
        line = self._lines.readline()
        if not line:
            raise PlayerError(f"{self.name} closed its socket: {self.last_words()}")
        return line


MPD_CONFIGURATION = """
bind_to_address "{socket}"
zeroconf_enabled "no"
audio_output {{
    type "pipe"
    name "pipe"
    command "exec dd bs=4096 status=none of={fifo}"
    format "48000:16:2"
    mixer_type "software"
}}
"""


class Mpd(Program):
    """Music Player Daemon. Its pipe output writes to a program, here dd: that one is the sink's and not counted."""

    name = "MPD"
    paced = True
    program = "mpd"
    sink_processes = ("dd",)

    def _spawn_player(self) -> subprocess.Popen[bytes]:
        configuration = self.folder / "mpd.conf"
        configuration.write_text(MPD_CONFIGURATION.format(socket=self.socket_path, fifo=self.fifo))
        return self._spawn(["mpd", "--no-daemon", "--stderr", str(configuration)])

    def _greet(self) -> None:
        super()._greet()
        self._line()

    def play(self, tracks: Sequence[Path], volume: int = 100) -> int:
        self._do("clear")
        for track in tracks:
            self._do(f"add file://{track}")
        self._do(f"setvol {volume}")
        return self._do("play 0")

    def fade_to(self, percent: int) -> None:
        self._ask(f"setvol {percent}")

    def stop(self) -> None:
        self._do("stop")

    def _do(self, command: str) -> int:
        at_ns = self._ask(command)
        while not (line := self._line()).startswith(b"OK"):
            if line.startswith(b"ACK"):
                raise PlayerError(f"MPD refuses {command!r}: {line.decode().strip()}")
        return at_ns


WITHOUT_SCRIPTS = (
    "--load-scripts=no",
    "--osc=no",
    "--ytdl=no",
    "--load-stats-overlay=no",
    "--load-osd-console=no",
    "--load-auto-profiles=no",
)


class Mpv(Program):
    """mpv without a window and without its scripts; everything else as it comes.

    It writes by SDL's disk driver, 1,024 frames at a time, as ours and pygame do. Its raw file output (ao=pcm) will not
    do: it keeps mpv's lock while it waits for the pipe, and mpv answers no command for a second or more.
    """

    name = "mpv"
    paced = False
    program = "mpv"

    def _spawn_player(self) -> subprocess.Popen[bytes]:
        quiet = ["--no-config", "--no-terminal", "--no-video", "--idle=yes", *WITHOUT_SCRIPTS]
        sink = ["--ao=sdl", f"--sdl-buflen={1024 / 48_000:.4f}"]
        form = ["--audio-format=s16", "--audio-samplerate=48000", "--audio-channels=stereo"]
        return self._spawn(["mpv", *quiet, *sink, *form, f"--input-ipc-server={self.socket_path}"])

    def _greet(self) -> None:
        super()._greet()
        self._ends.callback(self._quit)

    def _quit(self) -> None:
        """Asked to, it ends; a signal while it plays leaves it waiting for SDL for ever."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._ask(json.dumps({"command": ["quit"]}))
            self.process.wait(timeout=PATIENCE_S)

    def play(self, tracks: Sequence[Path], volume: int = 100) -> int:
        self._do("set_property", "volume", volume)
        at_ns = self._do("loadfile", str(tracks[0]), "replace")
        for track in tracks[1:]:
            self._do("loadfile", str(track), "append")
        return at_ns

    def fade_to(self, percent: int) -> None:
        self._ask(json.dumps({"command": ["set_property", "volume", percent]}))

    def stop(self) -> None:
        self._do("stop")

    def _do(self, *command: Any) -> int:
        at_ns = self._ask(json.dumps({"command": command}))
        while "error" not in (answer := json.loads(self._line())):
            pass  # an event
        if answer["error"] != "success":
            raise PlayerError(f"mpv refuses {command}: {answer['error']}")
        return at_ns
