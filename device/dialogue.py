"""A person at the terminal and a noise that plays meanwhile: questions, answers and waiting. Knows no box's rules.

The person's lines and the speaker's reports come through one queue to the one thread that asks and waits.
"""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

from device.calibration import CalibrationError
from device.noise_player import NoisePlayer
from firmware.speaker import Report

READY_WITHIN_S = 15.0  # a player's start, and a card that answers at the second try

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Line:
    """What a person typed; None: nobody can type any more."""

    text: str | None


@dataclass(frozen=True, slots=True)
class _Heard:
    """A report, and of which of the players it was: one that has ended has nothing more to say."""

    player: int
    report: Report


class Dialogue:
    """Says and asks, on standard output and input, which is not touched before the first question."""

    def __init__(self) -> None:
        self._inbox: SimpleQueue[_Line | _Heard] = SimpleQueue()
        self._lines: deque[_Line] = deque()
        self._player: NoisePlayer | None = None
        self._players = 0
        self._asks = False

    def say(self, *lines: str) -> None:
        """Lines of text."""
        print(*lines, sep="\n", flush=True)

    def ask(self, question: str, read: Callable[[str], T]) -> T:
        """An answer that `read` takes; what it refuses is asked again. Raises CalibrationError when nobody answers."""
        self._listen()
        while True:
            print(f"{question} ", end="", flush=True)
            text = self._next_line()
            try:
                return read(text)
            except CalibrationError as error:
                self.say(f"        {error}")

    @contextmanager
    def playing(self, make: Callable[[Callable[[Report], None]], NoisePlayer]) -> Iterator[None]:
        """A noise that plays while the block is at work; `make` is given what the player reports to."""
        self._players += 1
        number = self._players
        with make(lambda report: self._inbox.put(_Heard(number, report))) as player:
            self._player = player
            try:
                yield
            finally:
                self._player = None

    def wait(self, steady_s: float) -> None:
        """Until the noise has stood at its level for so long. Raises CalibrationError when it does not begin."""
        until = time.monotonic() + READY_WITHIN_S
        while (left_s := until - time.monotonic()) > 0:
            try:
                self._take(self._inbox.get(timeout=left_s))
            except Empty:
                break
            if self._player is not None and self._player.steady_at is not None:
                until = self._player.steady_at + steady_s
        if self._player is None or self._player.steady_at is None:
            raise CalibrationError("the sound device does not answer: see `nightingale-device check`")

    def _next_line(self) -> str:
        while not self._lines:
            self._take(self._inbox.get())
        text = self._lines.popleft().text
        if text is None:
            raise CalibrationError("no answer came: nothing is kept")
        return text

    def _take(self, item: _Line | _Heard) -> None:
        if isinstance(item, _Line):
            self._lines.append(item)
        elif self._player is not None and item.player == self._players:
            self._player.hear(item.report)

    def _listen(self) -> None:
        if not self._asks:
            self._asks = True
            threading.Thread(target=self._read_lines, name="person", daemon=True).start()

    def _read_lines(self) -> None:
        # Not sys.stdin.readline: a thread that waits in it holds a lock that the interpreter's end waits for.
        rest, handle = b"", sys.stdin.fileno()
        while block := os.read(handle, 4096):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                self._inbox.put(_Line(line.decode(errors="replace").strip()))
        self._inbox.put(_Line(None))
