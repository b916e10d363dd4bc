"""What the bench asks of every player, and the sink that all of them write to."""

import os
import select
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar

from tests.benchmarks import processes
from tests.benchmarks.recording import Recording, load

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 15.0  # a player that says nothing for longer is broken; nothing is judged by it


class PlayerError(Exception):
    """A player did not do what it was asked for; one line that names it."""


class Player(ABC):
    """One player with its own pipe and drain. Started, it stands ready and silent."""

    name: ClassVar[str]
    paced: ClassVar[bool]  # whether the drain keeps the time, because the player has no clock of its own
    sink_processes: ClassVar[tuple[str, ...]] = ()  # what carries the samples to the pipe and is no part of the player

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fifo = folder / "fifo"
        self._ends = ExitStack()

    def start(self) -> None:
        """Make the pipe, the drain and the player; returns when the player takes commands."""
        self.folder.mkdir()
        os.mkfifo(self.fifo)
        arguments = [self.fifo, self.folder / "kept", *(["--paced"] if self.paced else [])]
        drain = self._spawn(
            [sys.executable, "-m", "tests.benchmarks.drain", *map(str, arguments)], stdout=subprocess.PIPE
        )
        wait_for_line(drain, "the drain")
        self.process = self._spawn_player()
        self._greet()

    @abstractmethod
    def _spawn_player(self) -> subprocess.Popen[bytes]:
        """Start the player's root process."""

    @abstractmethod
    def _greet(self) -> None:
        """Wait until it takes commands."""

    @abstractmethod
    def play(self, tracks: Sequence[Path], volume: int = 100) -> int:
        """Play these tracks without a gap, as the player's own way is; 100 leaves the samples as they are.

        Returns when the command was assigned, on CLOCK_MONOTONIC in ns.
        """

    def begin_fade(self, fade_s: float) -> None:  # noqa: B027 - a player fades in one of two ways
        """Fade to silence by itself, where the player can."""

    def fade_to(self, percent: int) -> None:  # noqa: B027 - the other way
        """The next step of a fade, where someone else has to turn the player's volume down.

        Waits for no answer: a player that is held up by its sink must not hold up the others' steps.
        """

    @abstractmethod
    def stop(self) -> None:
        """Be silent soon."""

    def tree(self) -> tuple[processes.Process, ...]:
        """The player's processes."""
        if self.process.poll() is not None:
            raise PlayerError(f"{self.name} ended: {self.last_words()}")
        return processes.tree(self.process.pid, self.sink_processes)

    def close(self) -> None:
        """End the player, then the drain."""
        self._ends.close()

    def recording(self) -> Recording:
        """What came out; once closed."""
        return load(self.folder / "kept")

    def made_no_sound(self) -> PlayerError:
        """What to raise where the recording is silent."""
        return PlayerError(f"{self.name} made no sound: {self.last_words()}")

    def last_words(self) -> str:
        """The last line that the player wrote to its standard error."""
        lines = (self.folder / "log").read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")

    def _spawn(
        self, command: Sequence[str], stdin: int | None = None, stdout: int | None = None
    ) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, stdin=stdin, stdout=stdout, stderr=log, env=self._environment()
            )
        self._ends.callback(_end, process)
        return process

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "SDL_AUDIODRIVER": "disk",
            "SDL_DISKAUDIOFILE": str(self.fifo),
            "SDL_VIDEODRIVER": "dummy",
        }


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is None:
        process.terminate()
    else:
        process.stdin.close()  # a runner ends by itself, and its own processes with it
    try:
        process.wait(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def wait_for_line(process: subprocess.Popen[bytes], who: str) -> str:
    """The next line of a process; PlayerError where none comes."""
    assert process.stdout is not None
    if not select.select([process.stdout], [], [], PATIENCE_S)[0]:
        raise PlayerError(f"{who} does not answer")
    line = process.stdout.readline().decode()
    if not line:
        raise PlayerError(f"{who} ended")
    return line.strip()


@contextmanager
def running(kinds: Sequence[type[Player]], folder: Path) -> Iterator[list[Player]]:
    """These players, started one after the other and all ended with the block."""
    folder.mkdir(parents=True)
    with ExitStack() as ends:
        players = [kind(folder / f"player-{number}") for number, kind in enumerate(kinds)]
        for player in players:
            ends.callback(player.close)
            player.start()
        yield players
