"""Keeps the screen showing the latest view, on a thread of its own. Knows no rule of the box and never waits."""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Condition, Thread

from device.display.screen_owner import ScreenOwner
from device.display.screens import warming
from device.display.screens.spoken import labelled
from device.rules.events import Event, ScreenSeen
from device.rules.view import View
from firmware.heap import give_back
from firmware.screen.screen import CHIPS, Screen, load_driver

log = logging.getLogger(__name__)

_OVER = object()


class Painter:
    """Shows views on a screen; only the newest view is drawn.

    `screen_factory` and every call of the screen run on the painter's thread: a bus that hangs stops nothing else.
    `report` is called once when the screen is lost and once when it is back, on that thread or in `show`, and after
    each drawing while it is watched, on that thread; it must return at once. `chip`: whose driver is loaded ahead.
    """

    def __init__(
        self,
        screen_factory: Callable[[], Screen],
        report: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
        *,
        chip: str = CHIPS[0],
    ) -> None:
        self._chip = chip
        self._report = report
        self._screen = ScreenOwner(screen_factory, report, clock)
        self._clock = clock
        self._changed = Condition()
        self._view: View | None = None
        self._is_new = self._is_closing = self._is_watched = False
        self._warming = warming(())
        self._has_warm = False
        self._thread = Thread(target=self._run, name="painter", daemon=True)

    def wait_until_warm(self, timeout_s: float) -> bool:
        """Wait until all labels are drawn in advance; whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: self._has_warm, timeout_s)

    def start(self) -> None:
        """Begin; the screen is opened for the first view."""
        self._thread.start()

    def show(self, view: View) -> None:
        """Show this from now on, and report a bus that hangs. Any thread; returns at once.

        To be called at least once a minute, even if nothing changes: a hanging program cannot report itself.
        """
        self._screen.look()
        with self._changed:
            if view != self._view:
                self._view, self._is_new = view, True
                self._changed.notify_all()

    def watch(self, on: bool) -> None:
        """From now on report each drawing (`ScreenSeen`), what stands there first; or no more. Any thread."""
        with self._changed:
            if on and not self._is_watched:
                self._is_new = True
                self._changed.notify_all()
            self._is_watched = on

    def warm(self, labels: Iterable[str], language: str = "en") -> None:
        """Draw labels and the words of a language in advance when idle, so that no press waits. Any thread."""
        with self._changed:
            self._warming, self._has_warm = warming(tuple(labels), language), False
            self._changed.notify_all()

    def close(self, timeout_s: float = 1.0) -> None:
        """Switch the screen off and end, waiting no longer than this for a bus that hangs. May be called twice."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        with suppress(Exception):  # a driver that does not load is reported when the screen is opened
            load_driver(self._chip)  # not counted as a drawing: from a slow card it may take seconds
        while (view := self._next_view()) is not None:
            self._screen.show(view)
            if self._is_watched:
                self._report(ScreenSeen(view, self._screen.seen(), labelled(view)))
            self._warm_one()
        self._screen.put_out()

    def _next_view(self) -> View | None:
        """The latest view, if it is new or due; None at the end."""
        with self._changed:
            while not self._is_closing:
                patience_s = self._patience_s()
                if self._view and (self._is_new or (patience_s is not None and patience_s <= 0)):
                    self._is_new = False
                    return self._view
                self._changed.wait(patience_s)
            return None

    def _patience_s(self) -> float | None:
        if self._view is None:
            return None
        if not self._has_warm:
            return 0.0
        due = self._screen.due
        return None if due is None else due - self._clock()

    def _warm_one(self) -> None:
        with self._changed:
            drawing = self._warming
        try:
            is_over = next(drawing, _OVER) is _OVER
        except Exception:  # drawing in advance is optional; the press can draw itself
            log.exception("labels could not be drawn ahead")
            is_over = True
        if is_over:
            give_back()  # 40 MB of typefaces
            with self._changed:
                self._has_warm = drawing is self._warming
                self._changed.notify_all()
