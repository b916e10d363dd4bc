"""One player's process: born with a channel, ended without mercy. Knows no rule."""

import contextlib
import os
import subprocess
import sys
from threading import Thread

from firmware.speaker.channel import Channel, pair
from firmware.speaker.commands import Word
from firmware.speaker.heartbeat_page import HeartbeatPage
from firmware.speaker.kernel import vitals_of
from firmware.speaker.vitals import Vitals

_ENDS_WITHIN_S = 0.5  # a killed process is gone in a few ms; one in the kernel's hands may take longer


class PlayerProcess:
    """Born by the thread that lives as long as the speaker: the kernel ends a player with the thread that bore it."""

    def __init__(self, number: int) -> None:
        self.number = number
        ours, theirs = pair()
        self.heartbeat_page = HeartbeatPage.make()
        handles = (theirs.fileno(), self.heartbeat_page.handle)
        command = [sys.executable, "-m", "firmware.speaker.player", *map(str, handles), str(os.getpid())]
        with theirs:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=handles)
        self.channel: Channel[Word] = Channel(ours, Word)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def vitals(self) -> Vitals | None:
        """How the kernel sees it."""
        return vitals_of(self.pid)

    def kill(self) -> None:
        """End it, also where it is stopped or hung; returns when it is gone, 0.5 s later at most."""
        self.channel.close()
        self.heartbeat_page.close()
        self._process.kill()
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:  # deep in a driver, or on a machine that has no time for it
            Thread(target=self._process.wait, name="player ends", daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Give it so long to end by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
