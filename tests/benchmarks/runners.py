"""The players that are a Python process of ours: Nightingale's speaker and pygame's music, driven line by line."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tests.benchmarks.players import Player, PlayerError, wait_for_line


class Runner(Player):
    """A runner sleeps until a line comes; to each it answers when it gave the command, in ns."""

    paced = False  # SDL's disk driver keeps the time
    module: ClassVar[str]

    def _spawn_player(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", self.module, str(self.fifo)]
        return self._spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _greet(self) -> None:
        self._answer()

    def play(self, tracks: Sequence[Path], volume: int = 100) -> int:
        return self._say("play", str(volume), *map(str, tracks))

    def begin_fade(self, fade_s: float) -> None:
        self._say("fade", str(fade_s))

    def stop(self) -> None:
        self._say("stop")

    def _say(self, *words: str) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(("\t".join(words) + "\n").encode())
        self.process.stdin.flush()
        return int(self._answer())

    def _answer(self) -> str:
        try:
            return wait_for_line(self.process, self.name)
        except PlayerError as error:
            raise PlayerError(f"{error}: {self.last_words()}") from None


class Ours(Runner):
    """Nightingale's speaker: the runner stands for the bedside process, below it are the player and its standby."""

    name = "ours"
    module = "tests.benchmarks.ours"


class PygameMusic(Runner):
    """What most Python programs play music with."""

    name = "pygame.mixer.music"
    module = "tests.benchmarks.pygame_music"

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
