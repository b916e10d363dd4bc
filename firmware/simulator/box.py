"""A box at hand: what a hand can do to it and what an eye sees of it. Knows nothing of what runs inside."""

import time
from threading import Lock
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin

from firmware.board import Board
from firmware.lines import BUTTON_LINES, KNOB_LINES, Button, Knob, Line
from firmware.simulator.chip import Ssd1306Chip

# Contacts A and B on the way clockwise, beginning and ending at a detent (see firmware.encoder).
_CLOCKWISE = ((False, False), (True, False), (True, True), (False, True))


class _Contact(MockPin):  # type: ignore[misc]
    """An input with a contact to ground: the pull-up, set when a driver opens the pin, does not lift it."""

    is_closed = False

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.is_closed:
            self.drive_low()

    def close_contact(self, closed: bool) -> None:
        self.is_closed = closed
        if closed:
            self.drive_low()
        else:
            self.drive_high()


class _Pins(MockFactory):  # type: ignore[misc]
    """gpiozero asks for a pin by number only; each of ours is of the kind that is soldered to it."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._kinds = {board.light_pin: MockPWMPin} | dict.fromkeys(board.lines.values(), _Contact)

    def pin(self, name: Any, pin_class: Any = None, **options: Any) -> Any:
        return super().pin(name, pin_class or self._kinds.get(name), **options)


class SimulatedBox:
    """The hardware of one box. `pin_factory` goes to Controls and Outputs, `bus` to Screen.

    Any thread may press and look; edges arrive at Controls on the thread of whoever presses.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self.pin_factory: Any = _Pins(board)
        self.bus = Ssd1306Chip(board.screen_address)
        self._contacts: dict[Line, _Contact] = {line: self.pin_factory.pin(pin) for line, pin in board.lines.items()}
        self._light = self.pin_factory.pin(board.light_pin)
        self._unmute = self.pin_factory.pin(board.unmute_pin)
        self._phases = dict.fromkeys(Knob, 0)
        self._hand = Lock()
        for contact in self._contacts.values():
            contact.pull = "up"

    def press(self, button: Button | str, held_s: float = 0.0) -> None:
        """Down and up again; blocks for `held_s`."""
        self.hold(button)
        if held_s > 0:
            time.sleep(held_s)
        self.release(button)

    def hold(self, button: Button | str) -> None:
        """Down, until `release`."""
        self._close(_line(Button(button)), True)

    def release(self, button: Button | str) -> None:
        """Up; nothing if it is up."""
        self._close(_line(Button(button)), False)

    def turn(self, knob: Knob | str, detents: int) -> None:
        """Turn by detents, clockwise if positive: every edge of both contacts, as fast as they go."""
        knob = Knob(knob)
        step = 1 if detents > 0 else -1
        if knob in self.board.reversed_knobs:
            step = -step
        with self._hand:
            for _ in range(abs(detents) * self.board.edges_per_detent[knob]):
                self._phases[knob] = (self._phases[knob] + step) % len(_CLOCKWISE)
                for line, closed in zip(KNOB_LINES[knob], _CLOCKWISE[self._phases[knob]], strict=True):
                    self._contacts[line].close_contact(closed)

    def hush(self, active: bool) -> None:
        """The nurse-call relay closes, or opens."""
        self._close(Line.HUSH, active)

    @property
    def light(self) -> float:
        """PLAY's light as an eye sees it, 0 to 1."""
        return float(self._light.state) if self._light.function == "output" else 0.0

    @property
    def unmuted(self) -> bool:
        """Whether the amplifier may sound; the board pulls an undriven pin low."""
        return self._unmute.function == "output" and bool(self._unmute.state)

    def close(self) -> None:
        """Free the mock pins; close what uses them first."""
        self.pin_factory.close()

    def _close(self, line: Line, closed: bool) -> None:
        with self._hand:
            self._contacts[line].close_contact(closed)


def _line(button: Button) -> Line:
    return next(line for line, of in BUTTON_LINES.items() if of is button)
