"""Asks a person at the terminal or at the box while a noise plays: questions, answers and waiting.

Knows no box's rules. Typed lines, the box's edges and the speaker's reports come through one queue to the one thread
that asks and waits. Each question can be answered at either place; the first answer counts.
"""

import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from device.calibrate.dial import Dial, DialAnswer, Face, PlaceMeter
from device.calibrate.front import Front
from device.calibrate.noise_player import NoisePlayer, NoSoundError
from device.config.calibration import CalibrationError
from device.rules.events import Event, PartLost
from device.rules.view import Scene, View
from firmware.inputs.inputs import Input, NurseCall, Pressed, Turned
from firmware.inputs.lines import Button, Edge, Knob
from firmware.speaker import Report

READY_WITHIN_S = 15.0  # time for a player to start, and for a card that answers at the second try
NOISE_MOST_S = 600.0  # in case the person was called away
ENDING_SHOWN_S = 3.0

T = TypeVar("T")


class EndedError(Exception):
    """The calibration was stopped at the box; a sentence that says how."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A typed line; None: the terminal is closed."""

    text: str | None


@dataclass(frozen=True, slots=True)
class _Heard:
    """A report and the number of its player: reports of a player that has ended are ignored."""

    player: int
    report: Report


Item = _Line | _Heard | Edge | Event


class Dialogue:
    """Writes to and asks at the terminal and at the box. Standard input is not read before the first question.

    The front puts its edges and events on `inbox`; without a front there is only the terminal. Methods that ask or wait
    raise EndedError when PLAY is pressed or the nurse call is on. No question keeps a noise on for longer than
    `noise_most_s`.
    """

    def __init__(self, inbox: "SimpleQueue[Item]", front: Front | None, *, noise_most_s: float = NOISE_MOST_S) -> None:
        self._inbox = inbox
        self._front = front
        self._noise_most_s = noise_most_s
        self._silent_by = 0.0  # monotonic; for the noise that is playing
        self._lines: deque[str] = deque()
        self._face: Face[Any] | None = None
        self._answer: DialAnswer[Any] | None = None
        self._player: NoisePlayer | None = None
        self._players = 0
        self._asks = self._nobody_types = False
        self.answered_at_box = False  # the last question, not at the terminal

    @property
    def has_screen_part(self) -> bool:
        """Whether a question can be seen and answered at the box."""
        return self._front is not None and self._front.is_seen

    def say(self, *lines: str) -> None:
        """Lines of text."""
        print(*lines, sep="\n", flush=True)

    def show(self, scene: Scene) -> None:
        """A scene without a question."""
        if self._front:
            self._front.show(View(scene, language=self._front.language))

    def ask(self, question: str, read: Callable[[str], T], face: Dial[T] | PlaceMeter[T]) -> T:
        """The typed answer as `read` returns it, or the answer pushed on the face. Asks again if `read` refuses.

        Asks only when the noise is at its level. Raises CalibrationError if there is no answer.
        """
        self._turn_to(face)
        if self._player:
            self.wait(0.0)
        self._listen()
        try:
            return self._ask(question, read)
        finally:
            self._face = None

    @contextmanager
    def playing(self, make: Callable[[Callable[[Report], None]], NoisePlayer]) -> Iterator[None]:
        """Plays a noise while the block runs; `make` receives the function that takes the player's reports."""
        self._players += 1
        self._silent_by = time.monotonic() + self._noise_most_s
        number = self._players
        with make(lambda report: self._inbox.put(_Heard(number, report))) as player:
            self._player = player
            try:
                yield
            finally:
                self._player = None
        self._catch_up()

    def wait(self, steady_s: float) -> None:
        """Wait until the noise has been at its level for this long. Raises CalibrationError if it does not start."""
        begins_by = time.monotonic() + READY_WITHIN_S
        self._attend(lambda: begins_by if self._steady_at is None else self._steady_at + steady_s)
        if self._steady_at is None:
            raise NoSoundError("the sound device does not answer: see `nightingale-device check`")

    def end_with(self, scene: Scene) -> None:
        """Shows on the screen for a moment how it ended; any press skips it."""
        if self.has_screen_part:
            self.show(scene)
            over_at = time.monotonic() + ENDING_SHOWN_S
            with suppress(EndedError, KeyboardInterrupt):
                self._attend(lambda: over_at)

    @property
    def _steady_at(self) -> float | None:
        return self._player.steady_at if self._player else None

    def _ask(self, question: str, read: Callable[[str], T]) -> T:
        while True:
            print(f"{question} ", end="", flush=True)
            answer = self._next_answer()
            self.answered_at_box = isinstance(answer, DialAnswer)
            if isinstance(answer, DialAnswer):
                self.say(f"{answer.told}, at the box")
                value: T = answer.value
                return value
            try:
                return read(answer)
            except CalibrationError as error:
                self.say(f"        {error}")

    def _next_answer(self) -> str | DialAnswer[Any]:
        while self._answer is None:
            if self._lines:
                return self._lines.popleft()
            if self._nobody_types and not self.has_screen_part:
                raise CalibrationError("no answer: nothing was saved")
            self._take(self._next_item())
        answer, self._answer = self._answer, None
        return answer

    def _next_item(self) -> Item | None:
        item = self._get(self._silent_by if self._player else math.inf)
        if item is None and self._player and time.monotonic() >= self._silent_by:
            minutes = self._noise_most_s / 60
            raise CalibrationError(f"no answer for {minutes:.0f} minutes: nothing was saved, start again")
        return item

    def _attend(self, until: Callable[[], float]) -> None:
        """Handle what comes until then, in monotonic seconds."""
        while (ends_at := until()) > time.monotonic():
            self._take(self._get(ends_at))

    def _get(self, ends_at: float) -> Item | None:
        """The next item by then; None if only time has passed. Time also shows what a hand did, such as a long hold."""
        due = self._front.next_deadline() if self._front else None
        wakes_at = ends_at if due is None else min(due, ends_at)
        try:
            return self._inbox.get(timeout=None if wakes_at == math.inf else max(0.0, wakes_at - time.monotonic()))
        except Empty:
            self._obey_all(self._front.tick(time.monotonic()) if self._front else ())
            return None

    def _catch_up(self) -> None:
        """A push while the noise faded out must not answer the next question."""
        with suppress(Empty):
            while True:
                self._take(self._inbox.get_nowait())

    def _take(self, item: Item | None) -> None:
        match item:
            case None:
                pass
            case _Line(None):
                self._nobody_types = True
            case _Line(str(text)):
                self._lines.append(text)
            case _Heard(number, report):
                if self._player is not None and number == self._players:
                    self._player.hear(report)
            case Edge() if self._front:
                self._obey_all(self._front.inputs(item))
            case PartLost(_, reason):
                self.say("", f"        The screen is not working ({reason.line}): answer here.")
                self._hear(item)
            case _:
                self._hear(item)

    def _hear(self, event: Any) -> None:
        if self._front:
            self._front.hear(event)

    def _obey_all(self, told: Iterable[Input]) -> None:
        for done in told:
            self._obey(done)

    def _obey(self, done: Input) -> None:
        match done:
            case Pressed(Button.PLAY):
                raise EndedError("Stopped at the box.")
            case NurseCall(active=True):
                raise EndedError("Stopped by the nurse call.")
            case Turned(Knob.CHOOSE, detents) if self._face and self.has_screen_part:
                self._turn_to(self._face.turned(detents))
            case Pressed(Button.CHOOSE) if self._face and self.has_screen_part and self._is_steady():
                self._push(self._face)
            case _:
                pass

    def _push(self, face: Face[Any]) -> None:
        match face.pushed():
            case DialAnswer() as answer:
                self._answer, self._face = answer, None
            case Dial() as dial:
                self._turn_to(dial)

    def _turn_to(self, face: Face[Any]) -> None:
        self._face = face
        if self._front:
            self._front.show(face.view(self._front.language))

    def _is_steady(self) -> bool:
        """Whether a meter's reading is valid: in silence, or when the noise is at its level."""
        return self._player is None or (self._steady_at is not None and time.monotonic() >= self._steady_at)

    def _listen(self) -> None:
        if not self._asks:
            self._asks = True
            threading.Thread(target=self._read_lines, name="person", daemon=True).start()

    def _read_lines(self) -> None:
        # Not sys.stdin.readline: a thread waiting in it holds a lock that the interpreter needs to exit.
        rest, handle = b"", sys.stdin.fileno()
        while block := os.read(handle, 4096):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                self._inbox.put(_Line(line.decode(errors="replace").strip()))
        self._inbox.put(_Line(None))
