"""PLAY's light and the amplifier's mute. Knows not when either is wanted."""

import logging
from collections.abc import Callable
from threading import RLock
from types import TracebackType
from typing import Any, Self

from firmware import PinsLost
from firmware.gpio.board import Board
from firmware.gpio.pins import LineLost, open_pins, reason_of

log = logging.getLogger(__name__)

AMPLIFIER, LIGHT = "the amplifier", "PLAY's light"


class Outputs:
    """The output lines of one board; dark and muted from opening on, and again after `close()`.

    Any thread may call it. A line that cannot be driven keeps what is asked of it until `open()` finds it again; it
    costs neither the other line nor its caller. Without a pin factory the Pi's own GPIO is opened, and closed by
    `close()`. As a context manager it is all or nothing and raises PinsLost.
    """

    def __init__(self, board: Board, pin_factory: Any = None) -> None:
        self._given_factory = pin_factory
        self._own_factory: Any = None
        self._lock = RLock()
        # The amplifier first: whatever else fails, it is driven low.
        self._amplifier = _Output(AMPLIFIER, board.unmute_pin, _switch)
        self._light = _Output(LIGHT, board.light_pin, lambda pin, factory: _dimmer(pin, board.light_hz, factory))

    def open(self, pin_factory: Any = None) -> tuple[LineLost, ...]:
        """Drive each line that is not driven yet; the ones that cannot be, each with its reason. Call it again later.

        `pin_factory`: one that was not there before. Raises PinsLost where there is no GPIO at all.
        """
        with self._lock:
            self._given_factory = pin_factory or self._given_factory
            if self._given_factory is None and self._own_factory is None:
                self._own_factory = open_pins()
            factory = self._given_factory or self._own_factory
            tried = [output.open(factory) for output in (self._amplifier, self._light)]
            return tuple(lost for lost in tried if lost)

    def light(self, fraction: float, *, steady: bool = False) -> None:
        """PLAY's light from 0 (dark) to 1; what lies outside is taken as the nearer end.

        `steady`: it stays so for hours. Where only a thread of ours can dim it, which wakes 200 times a second, it is
        wholly lit then.
        """
        with self._lock:
            self._light.set(min(1.0, max(0.0, fraction)), steady=steady)

    def unmute(self, sounding: bool) -> None:
        """Let the amplifier sound, or mute it."""
        with self._lock:
            self._amplifier.set(float(sounding))

    def close(self) -> None:
        """Mute, darken, free the pins. May be called twice."""
        with self._lock:
            for output in (self._amplifier, self._light):
                output.set(0.0)
            for output in (self._amplifier, self._light):
                output.close()
            if self._own_factory is not None:
                self._own_factory.close()
                self._own_factory = None

    def __enter__(self) -> Self:
        lost = self.open()
        if lost:
            self.close()
            raise PinsLost(lost[0].reason)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Output:
    """One line and what is asked of it."""

    def __init__(self, name: str, pin: int, make: Callable[[int, Any], Any]) -> None:
        self._name, self._pin, self._make = name, pin, make
        self._device: Any = None
        self._asked, self._is_steady = 0.0, False

    def open(self, factory: Any) -> LineLost | None:
        """Nothing if it is driven."""
        if self._device is not None:
            return None
        try:
            self._device = self._make(self._pin, factory)
            if self._asked:
                self._device.value = self._value
        except Exception as error:  # noqa: BLE001  # a pin library raises what it likes; the other line works on
            self.close()
            return LineLost(self._name, self._pin, reason_of(error))
        return None

    def set(self, value: float, *, steady: bool = False) -> None:
        self._asked, self._is_steady = value, steady
        if self._device is None:
            return
        try:
            self._device.value = self._value
        except Exception as error:  # noqa: BLE001  # as above; it is opened again by whoever calls `open`
            log.warning("%s on GPIO %d is lost: %s", self._name, self._pin, reason_of(error))
            self.close()

    @property
    def _value(self) -> float:
        """What is asked, as the open line can hold it."""
        wakes_to_dim = self._is_steady and getattr(self._device.pin, "wakes_to_dim", False)
        return 1.0 if wakes_to_dim and self._asked else self._asked

    def close(self) -> None:
        device, self._device = self._device, None
        if device is None:
            return
        try:
            device.close()
        except Exception as error:  # noqa: BLE001  # as above
            log.warning("%s on GPIO %d does not close: %s", self._name, self._pin, reason_of(error))


def _switch(pin: int, factory: Any) -> Any:
    from gpiozero import DigitalOutputDevice  # as in controls

    return DigitalOutputDevice(pin, initial_value=False, pin_factory=factory)


def _dimmer(pin: int, hz: float, factory: Any) -> Any:
    from gpiozero import PWMOutputDevice  # as in controls

    return PWMOutputDevice(pin, frequency=hz, pin_factory=factory)
