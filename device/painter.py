"""Keeps the glass showing the latest view, on a thread of its own. Knows no rule of the box and waits for nobody."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from threading import Condition, Thread

from PIL import ImageChops

from device.events import Event, PartBack, PartLost
from device.screens import draw, warming
from device.view import Scene, View
from firmware import ScreenLost
from firmware.screen import Screen, frame_from_image
from messages import Part

log = logging.getLogger(__name__)

BRIGHT, DIMMED = (0xCF, 0xF1), (0x30, 0xF1)  # contrast and pre-charge
RETRY_FIRST_S, RETRY_MOST_S = 1.0, 30.0
SHIFT_EVERY_S = 60.0
SHIFTS = (0, 1, 2, 1, 0, -1, -2, -1)  # pixels, against burn-in; the black margin is two
SIDEWAYS_EVERY_S = 300.0
COMMAND_BYTES = 2  # address and control byte before a command's own
_OVER = object()


@dataclass(frozen=True, slots=True)
class BusCounters:
    """What went over the bus since the start, but for the opening of the screen: pictures changed, and bytes in all."""

    pictures: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Light:
    """What the chip does to its pixels."""

    on: bool = False
    inverted: bool = False
    dimmed: bool = False


class Painter:
    """Shows views on a screen; a view that is overtaken by a newer one is never drawn.

    `screen_factory` and every call of the screen run on the painter's thread: a bus that hangs stops nothing else.
    `report` is called there too, once when the screen is lost and once when it is back.
    """

    def __init__(
        self,
        screen_factory: Callable[[], Screen],
        report: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._glass = Glass(screen_factory, report, clock)
        self._clock = clock
        self._changed = Condition()
        self._view: View | None = None
        self._is_new = self._is_closing = False
        self._warming = warming(())
        self._has_warm = False
        self._thread = Thread(target=self._run, name="painter", daemon=True)

    @property
    def counters(self) -> BusCounters:
        return self._glass.counters

    def wait_until_warm(self, timeout_s: float) -> bool:
        """Wait until all labels are drawn ahead; whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: self._has_warm, timeout_s)

    def start(self) -> None:
        """Begin; the screen is opened for the first view."""
        self._thread.start()

    def show(self, view: View) -> None:
        """Show this from now on. Any thread; returns at once."""
        with self._changed:
            if view != self._view:
                self._view, self._is_new = view, True
                self._changed.notify_all()

    def warm(self, labels: Iterable[str]) -> None:
        """Draw these labels when there is nothing else to do, so that no press waits for it. Any thread."""
        with self._changed:
            self._warming, self._has_warm = warming(tuple(labels)), False
            self._changed.notify_all()

    def close(self, timeout_s: float = 1.0) -> None:
        """Put the glass out and end, waiting no longer than this for a bus that hangs. May be called twice."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while (view := self._next_view()) is not None:
            self._glass.show(view)
            self._warm_one()
        self._glass.put_out()

    def _next_view(self) -> View | None:
        """The latest view, when it is new or its time has come; None at the end."""
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
        due = self._glass.due
        return None if due is None else due - self._clock()

    def _warm_one(self) -> None:
        with self._changed:
            drawing = self._warming
        try:
            is_over = next(drawing, _OVER) is _OVER
        except Exception:  # drawing ahead is a favour; the press draws for itself
            log.exception("labels could not be drawn ahead")
            is_over = True
        if is_over:
            with self._changed:
                self._has_warm = drawing is self._warming
                self._changed.notify_all()


class Glass:
    """One screen that shows the view it is given, whatever becomes of its bus. One thread owns it."""

    def __init__(
        self, screen_factory: Callable[[], Screen], report: Callable[[Event], None], clock: Callable[[], float]
    ) -> None:
        self._factory = screen_factory
        self._report = report
        self._clock = clock
        self._screen: Screen | None = None
        self._shown: View | None = None  # None: nothing is known of the glass
        self._lit = Light()
        self._is_lost = False
        self._retry_at, self._retry_s = 0.0, RETRY_FIRST_S
        self._shift = self._sideways = 0  # places in SHIFTS
        self._shift_at = self._sideways_at = clock()
        self.counters = BusCounters()

    @property
    def due(self) -> float | None:
        """When `show` should be called again with the same view, on the injected clock; None: it need not."""
        if self._is_lost:
            return self._retry_at
        if self._shown is None or self._shown.scene is Scene.DARK:
            return None
        return self._shift_at + SHIFT_EVERY_S

    def show(self, view: View) -> None:
        """Bring the glass to this view, or try again to find the screen when it is time for that. Never raises."""
        if self._is_lost and self._clock() < self._retry_at:
            return
        try:
            screen = self._screen if self._screen and self._shown else self._open()
            self._bring(screen, view)
        except Exception as error:  # noqa: BLE001  # whatever breaks here, the music plays on and the next try comes
            self._lose(error)
            return
        self._shown = view
        if self._is_lost:
            self._is_lost, self._retry_s = False, RETRY_FIRST_S
            self._report(PartBack(Part.SCREEN))

    def put_out(self) -> None:
        """Dark, if it can be: a glass that nobody keeps must not go on saying what it said. Never raises."""
        if self._screen and self._shown:
            self.show(View(Scene.DARK))

    def _open(self) -> Screen:
        """A screen that is open, dark and known."""
        self._screen = screen = self._screen or self._factory()
        screen.power(False)
        screen.invert(False)
        screen.contrast(*BRIGHT)
        screen.shift(self._rows)
        screen.open()
        self._lit = Light()
        return screen

    def _lose(self, error: Exception) -> None:
        if not isinstance(error, ScreenLost):
            log.error("the glass could not be drawn", exc_info=error)
        self._shown = None
        self._retry_at = self._clock() + self._retry_s
        self._retry_s = min(RETRY_MOST_S, 2 * self._retry_s)
        if not self._is_lost:
            self._is_lost = True
            self._report(PartLost(Part.SCREEN, str(error) or type(error).__name__))

    def _bring(self, screen: Screen, view: View) -> None:
        if view.scene is Scene.DARK:
            self._light(screen, replace(self._lit, on=False))
            return
        self._move(screen, is_other_word=self._shown is None or view.word != self._shown.word)
        if self._shown is None or _pixels(view) != _pixels(self._shown):
            self._send(screen, view)
        self._light(screen, Light(True, view.inverted, view.dimmed))

    def _send(self, screen: Screen, view: View) -> None:
        picture = ImageChops.offset(draw(_pixels(view)), SHIFTS[self._sideways], 0)
        sent = screen.show(frame_from_image(picture))
        self.counters = BusCounters(self.counters.pictures + (sent > 0), self.counters.bytes + sent)

    def _light(self, screen: Screen, light: Light) -> None:
        """What costs a command and no pixels; the glass is lit last, when all is in place."""
        was, self._lit = self._lit, light
        if light.inverted != was.inverted:
            screen.invert(light.inverted)
            self._count(1)
        if light.dimmed != was.dimmed:
            screen.contrast(*(DIMMED if light.dimmed else BRIGHT))
            self._count(4)
        if light.on != was.on:
            screen.power(light.on)
            self._count(1)

    def _move(self, screen: Screen, *, is_other_word: bool) -> None:
        """Up and down once a minute by one command; to the sides only with a picture that is sent anyway."""
        now = self._clock()
        if now - self._shift_at >= SHIFT_EVERY_S:
            self._shift_at, self._shift = now, (self._shift + 1) % len(SHIFTS)
            screen.shift(self._rows)
            self._count(1)
        if is_other_word and now - self._sideways_at >= SIDEWAYS_EVERY_S:
            self._sideways_at, self._sideways = now, (self._sideways + 1) % len(SHIFTS)

    @property
    def _rows(self) -> int:
        return SHIFTS[self._shift]

    def _count(self, codes: int) -> None:
        sent = self.counters.bytes + COMMAND_BYTES + codes
        self.counters = replace(self.counters, bytes=sent)


def _pixels(view: View) -> View:
    """The view as far as it is pixels; light and inversion are the chip's."""
    return replace(view, inverted=False, dimmed=False)
