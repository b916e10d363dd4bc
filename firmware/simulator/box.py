"""A simulated box: what a hand can do to it and what an eye can see. Knows nothing of the program inside."""

import time
from threading import Lock
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin

from firmware.gpio.board import Board
from firmware.inputs.lines import BUTTON_LINES, KNOB_LINES, Button, Knob, Line
from firmware.simulator.chip import Ssd1306Chip

TAP_S = 0.01  # seconds; no finger is shorter, and a shorter contact is a spike to the box
# Contacts A and B on the way clockwise, beginning and ending at a detent (see firmware.inputs.encoder).
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

    Any thread may press and look; edges arrive at Controls on the thread that presses.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self.pin_factory: Any = _Pins(board)
        self.bus = Ssd1306Chip(board.screen_address)
        self._contacts: dict[Line, _Contact] = {line: self.pin_factory.pin(pin) for line, pin in board.lines.items()}
        self._light = self.pin_factory.pin(board.light_pin)
        self._unmute = self.pin_factory.pin(board.unmute_pin)
        self._phases = dict.fromkeys(Knob, 0)
        self._touched_at: dict[Line, float] = {}
        self._hand = Lock()
        self._has_power = self._has_screen = True
        self._is_nurse_call = False
        for contact in self._contacts.values():
            contact.pull = "up"

    def press(self, button: Button | str, held_s: float = TAP_S) -> None:
        """Down and up again; blocks for `held_s`."""
        self.hold(button)
        time.sleep(held_s)
        self.release(button)

    def hold(self, button: Button | str) -> None:
        """Down, until `release`."""
        self._close(_line(Button(button)), True)

    def release(self, button: Button | str) -> None:
        """Up; nothing if it is up. A touch lasts TAP_S at least, for which this blocks."""
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

    def nurse_call(self, active: bool) -> None:
        """The nurse-call relay closes, or opens."""
        self._is_nurse_call = active
        self._close(Line.NURSE_CALL, active)

    def plug_screen(self, plugged: bool) -> None:
        """Disconnect or connect the screen: afterwards its memory is noise and it is dark until a driver lights it."""
        self._plug(self._has_power, plugged)

    def power(self, plugged: bool) -> None:
        """Disconnect or connect the mains: light and screen are dark and the amplifier is mute at once.

        This affects only the hardware: the caller ends and starts the program that runs in the box.
        """
        self._plug(plugged, self._has_screen)

    @property
    def has_power(self) -> bool:
        """Whether the mains plug is in."""
        return self._has_power

    @property
    def has_screen(self) -> bool:
        """Whether the screen's plug is in, with or without power."""
        return self._has_screen

    @property
    def is_nurse_call(self) -> bool:
        """Whether the nurse-call relay is closed."""
        return self._is_nurse_call

    @property
    def light(self) -> float:
        """PLAY's light as seen from outside, 0 to 1."""
        return float(self._light.state) if self._drives(self._light) else 0.0

    @property
    def unmuted(self) -> bool:
        """Whether the amplifier may sound; the board pulls an undriven pin low."""
        return self._drives(self._unmute) and bool(self._unmute.state)

    def close(self) -> None:
        """Free the mock pins and a bus that hangs; close what uses them first."""
        self.bus.resume()
        self.pin_factory.close()

    def _plug(self, has_power: bool, has_screen: bool) -> None:
        with self._hand:
            self._has_power, self._has_screen = has_power, has_screen
            self.bus.plug(has_power and has_screen)

    def _drives(self, pin: Any) -> bool:
        return self._has_power and pin.function == "output"

    def _close(self, line: Line, closed: bool) -> None:
        if not closed:
            time.sleep(max(0.0, self._touched_at.get(line, 0.0) + TAP_S - time.monotonic()))
        with self._hand:
            if closed:
                self._touched_at[line] = time.monotonic()
            self._contacts[line].close_contact(closed)


def _line(button: Button) -> Line:
    return next(line for line, of in BUTTON_LINES.items() if of is button)
