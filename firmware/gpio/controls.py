"""Every edge of every input line, from gpiozero to one callback. Knows nothing of bounce, presses or detents."""

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from firmware import PinsLost
from firmware.gpio.board import Board
from firmware.gpio.pins import LineLost, open_pins, reason_of
from firmware.inputs.lines import Edge, Line

__all__ = ["Controls", "Edge", "Line"]

logger = logging.getLogger(__name__)


class Controls:
    """The input lines of one board.

    `on_edge` is called on the pins' own thread (the simulator: on the thread of whoever presses), so it must
    only put the edge on a queue; what it raises is logged once and swallowed, because it would end that thread.
    An edge bears the stamp that the kernel gave it, in monotonic seconds; with a `clock` it bears that clock's time.
    Without `pin_factory` the Pi's own GPIO is opened, and closed by `close()`. As a context manager it is all or
    nothing and raises PinsLost.
    """

    def __init__(
        self,
        board: Board,
        on_edge: Callable[[Edge], None],
        *,
        pin_factory: Any = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._board = board
        self._on_edge = on_edge
        self._given_factory = pin_factory
        self._own_factory: Any = None
        self._clock = clock
        self._watched: dict[Line, _WatchedLine] = {}
        self._has_failed = False

    def start(self) -> tuple[LineLost, ...]:
        """Watch each line that is not watched yet; the ones that cannot be, each with its reason. Call it again later.

        Contacts that are closed already are told as `initial` edges. Raises PinsLost where there is no GPIO at all.
        """
        if self._given_factory is None and self._own_factory is None:
            self._own_factory = open_pins()
        tried = (self._watch(line, pin) for line, pin in self._board.lines.items())
        return tuple(lost for lost in tried if lost)

    def close(self) -> None:
        """Stop watching and free the pins. May be called twice."""
        while self._watched:
            self._watched.popitem()[1].close()
        if self._own_factory is not None:
            self._own_factory.close()
            self._own_factory = None

    def __enter__(self) -> Self:
        lost = self.start()
        if lost:
            self.close()
            raise PinsLost(lost[0].reason)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _watch(self, line: Line, pin: int) -> LineLost | None:
        """Nothing if it is watched and well."""
        known = self._watched.get(line)
        if known and known.fault:
            known.close()
            del self._watched[line]
        elif known:
            return None
        try:
            self._watched[line] = _WatchedLine(
                line, pin, self._given_factory or self._own_factory, self._tell, self._clock
            )
        except Exception as error:  # noqa: BLE001  # a pin library raises what it likes; the other lines work on
            return LineLost(line.name.replace("_", " "), pin, reason_of(error))
        return None

    def _tell(self, edge: Edge) -> None:
        try:
            self._on_edge(edge)
        except Exception:  # whatever it is, it must not end the pins' thread
            if not self._has_failed:
                logger.exception("edge lost line=%s active=%s; further ones are not logged", edge.line, edge.active)
            self._has_failed = True


class _WatchedLine:
    """One contact to ground with the Pi's pull-up."""

    def __init__(
        self, line: Line, pin: int, factory: Any, tell: Callable[[Edge], None], clock: Callable[[], float] | None
    ) -> None:
        from gpiozero import InputDevice  # 0.1 s that a test of pure code need not pay

        self._line, self._tell = line, tell
        self._clock = clock
        self._device = InputDevice(pin, pull_up=True, pin_factory=factory)
        try:
            self._device.pin.edges = "both"
            # Not DigitalInputDevice's when_activated, which forgets the stamp: an edge that waited for the processor
            # would seem to have come later than it did, and a short press like a spike.
            self._device.pin.when_changed = self._changed
            if self._device.is_active:
                tell(Edge(line, True, clock() if clock else factory.ticks(), initial=True))
        except BaseException:
            self._device.close()
            raise

    @property
    def fault(self) -> str:
        """Why the kernel took the line away, or nothing."""
        return str(getattr(self._device.pin, "fault", ""))

    def close(self) -> None:
        self._device.pin.when_changed = None
        self._device.close()

    def _changed(self, ticks: float, state: bool) -> None:
        self._tell(Edge(self._line, not state, self._clock() if self._clock else ticks))
