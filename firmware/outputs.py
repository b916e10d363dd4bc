"""PLAY's light and the amplifier's mute. Knows not when either is wanted."""

from types import TracebackType
from typing import Any, Self

from firmware import PinsLost
from firmware.board import Board
from firmware.pins import open_pins


class Outputs:
    """The output lines of one board; dark and muted from construction on, and again after `close()`.

    One thread calls it. Without `pin_factory` the Pi's own GPIO is opened. Raises PinsLost.
    """

    def __init__(self, board: Board, pin_factory: Any = None) -> None:
        from gpiozero import DigitalOutputDevice, GPIOZeroError, PWMOutputDevice  # as in controls

        self._own_factory = open_pins() if pin_factory is None else None
        factory = pin_factory if pin_factory is not None else self._own_factory
        self._devices: list[Any] = []
        try:
            # The amplifier first: whatever else fails, it is driven low.
            self._unmute = DigitalOutputDevice(board.unmute_pin, initial_value=False, pin_factory=factory)
            self._devices.append(self._unmute)
            self._light = PWMOutputDevice(board.light_pin, frequency=board.light_hz, pin_factory=factory)
            self._devices.append(self._light)
        except GPIOZeroError as error:
            self.close()
            raise PinsLost(f"GPIO {board.unmute_pin} or {board.light_pin} cannot be driven: {error}") from error

    def light(self, fraction: float) -> None:
        """PLAY's light from 0 (dark) to 1; what lies outside is taken as the nearer end."""
        self._light.value = min(1.0, max(0.0, fraction))

    def unmute(self, sounding: bool) -> None:
        """Let the amplifier sound, or mute it."""
        self._unmute.value = sounding

    def close(self) -> None:
        """Mute, darken, free the pins. May be called twice."""
        for device in self._devices:
            device.off()
        while self._devices:
            self._devices.pop().close()
        if self._own_factory is not None:
            self._own_factory.close()
            self._own_factory = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
