"""Keeps the lines of the board open: a line that does not open is reported and tried again; the others still work."""

import logging
from collections.abc import Callable
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any

from device.rules.events import Event, PartBack, PartLost, PlayerDied, SoundReady
from firmware import PinsLost
from firmware.gpio.board import Board
from firmware.gpio.controls import Controls
from firmware.gpio.outputs import AMPLIFIER, Outputs
from firmware.gpio.pins import open_pins, reason_of
from firmware.inputs.lines import Edge
from messages import Code, Part, Reason, because

log = logging.getLogger(__name__)

RETRY_FIRST_S, RETRY_MOST_S = 1.0, 4.0  # the person who plugs a lead in is waiting
LOOKED_EVERY_S = 30.0  # while all lines work: one that fails in use is opened again


class Gpio:
    """Buttons, knobs, light and mute of one board, on one pin factory, which is closed last.

    `put` receives the edges, and PartLost and PartBack of the controls; it is called on the pins' threads and on this
    thread, and must return at once. PartLost comes at every try; the list of faults keeps it once. `amplifier` is
    called at every look with the reason why the amplifier cannot be unmuted, or None. Without `pin_factory` the Pi's
    own is opened, with retries.
    """

    def __init__(
        self,
        board: Board,
        put: Callable[[Edge | Event], None],
        amplifier: Callable[[Reason | None], None],
        *,
        pin_factory: Any = None,
        make_factory: Callable[[], Any] = open_pins,
    ) -> None:
        self._board = board
        self._put = put
        self._amplifier = amplifier
        self._factory = pin_factory
        self._make_factory = None if pin_factory is not None else make_factory
        self._controls: Controls | None = None
        self.outputs = Outputs(board, pin_factory)
        self._told: Reason | None = None
        self._retry_s = RETRY_FIRST_S
        self._over = Flag()
        self._thread = Thread(target=self._run, name="gpio", daemon=True)

    def start(self) -> None:
        """Open all lines, and keep retrying those that fail."""
        self.look()
        self._thread.start()

    def look(self) -> float:
        """Open what is not open and report the result; returns seconds until the next look. Never raises."""
        try:
            lost = self._open()
        except Exception as error:  # noqa: BLE001  # on any error the music plays on and the next try follows
            lost = {"": because(Code.GPIO_BROKEN, what=reason_of(error))}
        self._amplifier(lost.get(AMPLIFIER, lost.get("")))
        reason = _all_of(lost)
        if reason != self._told:
            (log.warning if reason else log.info)("controls=%s", f"lost reason={reason.line}" if reason else "back")
        if reason:
            self._put(PartLost(Part.CONTROLS, reason))
        elif self._told:
            self._put(PartBack(Part.CONTROLS))
        self._told = reason
        return self._wait_s(is_lost=bool(reason))

    def close(self) -> None:
        """Mute, darken, free the pins, and last of all the chip. May be called twice."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._controls:
            self._controls.close()
        self.outputs.close()
        if self._make_factory is not None and self._factory is not None:
            self._factory.close()
            self._factory = None

    def _open(self) -> dict[str, Reason]:
        """Lost lines and reasons by name; "" stands for all of them."""
        if self._factory is None and self._make_factory is not None:
            try:
                self._factory = self._make_factory()
            except PinsLost as error:
                return {"": error.reason}
        if self._controls is None:
            self._controls = Controls(self._board, self._put, pin_factory=self._factory)
        lost = (*self.outputs.open(self._factory), *self._controls.open())
        return {line.name: line.reason for line in lost}

    def _wait_s(self, *, is_lost: bool) -> float:
        if not is_lost:
            self._retry_s = RETRY_FIRST_S
            return LOOKED_EVERY_S
        wait_s, self._retry_s = self._retry_s, min(RETRY_MOST_S, 2 * self._retry_s)
        return wait_s

    def _run(self) -> None:
        wait_s = RETRY_FIRST_S
        while not self._over.wait(wait_s):
            wait_s = self.look()


def _all_of(lost: dict[str, Reason]) -> Reason | None:
    """One reason for all that is lost; None: nothing is."""
    first, *others = lost.values() or (None,)
    if first is None or not others:
        return first
    return because(Code.LINES_LOST, lines=", ".join(lost), what=first.args.get("what", first.line))


class AmplifiedSound:
    """Adjusts the speaker's events: while the amplifier is mute, there is no sound. Any thread."""

    def __init__(self, put: Callable[[Event], None]) -> None:
        self._put = put
        self._lock = Lock()
        self._is_ready = False
        self._muted_by: Reason | None = None

    def heard(self, event: Event) -> None:
        """An event from the speaker."""
        with self._lock:
            if isinstance(event, SoundReady):
                self._is_ready = True
                if self._muted_by is not None:
                    return
            elif isinstance(event, PlayerDied) or (isinstance(event, PartLost) and event.part is Part.SOUND):
                self._is_ready = False
            self._put(event)

    def amplifier(self, lost: Reason | None) -> None:
        """Why the amplifier cannot be unmuted, or None."""
        with self._lock:
            was_muted, self._muted_by = self._muted_by is not None, lost
            if lost is not None:
                self._put(PartLost(Part.SOUND, lost))
            elif was_muted and self._is_ready:
                self._put(SoundReady())
