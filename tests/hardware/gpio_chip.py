"""A GPIO chip as libgpiod shows it, whose lines a test pulls: edges come through real files to a real epoll."""

import errno
import os
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from gpiod import EdgeEvent, LineSettings
from gpiod.line import Direction, Edge, Value


class Request:
    """One line that is held."""

    def __init__(self, chip: "GpioChip", pin: int, settings: LineSettings) -> None:
        self._chip, self._pin = chip, pin
        self.fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.settings = settings
        self.events: list[EdgeEvent] = []
        self.levels = [settings.output_value is Value.ACTIVE] if settings.direction is Direction.OUTPUT else []

    def reconfigure_lines(self, config: dict[int, LineSettings]) -> None:
        self.settings = config[self._pin]

    def get_value(self, pin: int) -> Value:
        return Value.ACTIVE if self._chip.levels.get(pin, True) else Value.INACTIVE

    def set_value(self, pin: int, value: Value) -> None:
        if self._chip.is_gone:
            raise OSError(errno.ENODEV, "No such device")
        assert pin == self._pin
        self.levels.append(value is Value.ACTIVE)

    def read_edge_events(self) -> list[EdgeEvent]:
        if self._chip.is_gone:
            raise OSError(errno.ENODEV, "No such device")
        os.eventfd_read(self.fd)
        events, self.events = self.events, []
        return events

    def release(self) -> None:
        os.close(self.fd)
        self.fd = -1
        del self._chip.held[self._pin]

    def edge(self, rises: bool, at_s: float) -> None:
        kind = EdgeEvent.Type.RISING_EDGE if rises else EdgeEvent.Type.FALLING_EDGE
        if self.settings.edge_detection is Edge.BOTH:
            self.events.append(EdgeEvent(kind.value, round(at_s * 1e9), self._pin, 0, 0))


@dataclass
class GpioChip:
    """All of one chip's lines; `users`: who has a line that we may not have."""

    users: dict[int, str] = field(default_factory=dict)
    levels: dict[int, bool] = field(default_factory=dict)
    held: dict[int, Request] = field(default_factory=dict)
    is_gone: bool = False
    is_closed: bool = False

    def request_lines(self, config: dict[int, LineSettings], consumer: str, **_options: Any) -> Request:
        ((pin, settings),) = config.items()
        assert consumer == "nightingale"
        if pin in self.users or pin in self.held:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.held[pin] = Request(self, pin, settings)
        return self.held[pin]

    def get_line_info(self, pin: int) -> Any:
        user = self.users.get(pin, "nightingale" if pin in self.held else "")
        return SimpleNamespace(consumer=user, used=bool(user))

    def get_info(self) -> Any:
        return SimpleNamespace(name="gpiochip0", label="pinctrl-bcm2835", num_lines=54)

    def close(self) -> None:
        assert not self.held, "the chip is closed before its lines"
        self.is_closed = True

    def pull(self, *edges: tuple[int, bool, float]) -> None:
        """Lines go high or low, each at its time; the kernel wakes the reader when all have."""
        for pin, high, at_s in edges:
            self.levels[pin] = high
            if pin in self.held:
                self.held[pin].edge(high, at_s)
        for pin in {pin for pin, _, _ in edges} & set(self.held):
            os.eventfd_write(self.held[pin].fd, 1)

    def wake(self, pin: int) -> None:
        os.eventfd_write(self.held[pin].fd, 1)
