"""Every edge of every input line, from gpiozero to one callback. Knows nothing of bounce, presses or detents."""

import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from firmware import PinsLost
from firmware.board import Board
from firmware.lines import Edge, Line
from firmware.pins import open_pins

__all__ = ["Controls", "Edge", "Line"]

logger = logging.getLogger(__name__)


class Controls:
    """The input lines of one board.

    `on_edge` is called on gpiozero's thread (the simulator: on the thread of whoever presses), so it must
    only put the edge on a queue; what it raises is logged once and swallowed, because it would end that thread.
    Without `pin_factory` the Pi's own GPIO is opened, and closed by `close()`.
    """

    def __init__(
        self,
        board: Board,
        on_edge: Callable[[Edge], None],
        *,
        pin_factory: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board = board
        self._on_edge = on_edge
        self._given_factory = pin_factory
        self._own_factory: Any = None
        self._clock = clock
        self._devices: list[Any] = []
        self._has_failed = False

    def start(self) -> None:
        """Watch all lines; contacts that are closed already are told as `initial` edges. Raises PinsLost."""
        from gpiozero import DigitalInputDevice, GPIOZeroError  # 0.1 s that a test of pure code need not pay

        factory = self._given_factory
        if factory is None:
            factory = self._own_factory = open_pins()
        try:
            for line, pin in self._board.lines.items():
                device = DigitalInputDevice(pin, pull_up=True, pin_factory=factory)
                self._devices.append(device)
                self._watch(line, device)
        except GPIOZeroError as error:
            self.close()
            raise PinsLost(f"line {line} on GPIO {pin} cannot be watched: {error}") from error

    def close(self) -> None:
        """Stop watching and free the pins. May be called twice."""
        while self._devices:
            self._devices.pop().close()
        if self._own_factory is not None:
            self._own_factory.close()
            self._own_factory = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _watch(self, line: Line, device: Any) -> None:
        device.when_activated = lambda: self._tell(Edge(line, True, self._clock()))
        device.when_deactivated = lambda: self._tell(Edge(line, False, self._clock()))
        if device.is_active:
            self._tell(Edge(line, True, self._clock(), initial=True))

    def _tell(self, edge: Edge) -> None:
        try:
            self._on_edge(edge)
        except Exception:  # whatever it is, it must not end gpiozero's thread
            if not self._has_failed:
                logger.exception("edge lost line=%s active=%s; further ones are not logged", edge.line, edge.active)
            self._has_failed = True
