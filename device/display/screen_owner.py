"""Shows a view on a screen and handles its bus: brightness, burn-in, loss and return."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from PIL import ImageChops
from PIL.Image import Image

from device.display.screens import draw
from device.rules.events import Event, PartBack, PartLost
from device.rules.view import Scene, View
from firmware import ScreenLost
from firmware.screen.screen import Screen, frame_from_image
from messages import Code, Part, Reason, because

log = logging.getLogger(__name__)

NIGHT, DIMMED, BRIGHT = (0x00, 0x11), (0x30, 0xF1), (0xCF, 0xF1)  # contrast and pre-charge: contrast alone dims little
RETRY_FIRST_S, RETRY_MOST_S = 1.0, 4.0  # the person who plugs it in is waiting
LOOSE_MOST_S = 30.0  # but one that comes and goes would flash in the dark
WELL_AFTER_S = 60.0  # a screen that fails again sooner has a loose plug
HANGS_AFTER_S = 2.0  # opening and a whole picture take a tenth of a second
CHECKED_EVERY_S = 5.0  # while lit: a screen that briefly lost power is dark, and sending shows no error
HANGS = because(Code.SCREEN_HANGS)

SHIFTS = (0, 1, 2, 1, 0, -1, -2, -1)  # pixels, against burn-in; the black margin is two
SHIFT_EVERY_S = 60.0
SIDEWAYS_EVERY_S = 300.0  # together with a change of the picture
SIDEWAYS_LATEST_S = 1800.0  # a picture that does not change is sent again for it: continuous music's may stay for days


@dataclass(frozen=True, slots=True)
class Light:
    """How the chip shows its pixels."""

    on: bool = False
    inverted: bool = False
    strength: tuple[int, int] = NIGHT

    def no_more_than(self, other: "Light") -> "Light":
        """The lower of both values in each respect."""
        return Light(self.on and other.on, self.inverted and other.inverted, min(self.strength, other.strength))


class Place:
    """The picture's shift on the screen, in pixels up and to the right. Times are monotonic."""

    def __init__(self, now: float) -> None:
        self._rows = self._columns = 0  # steps in SHIFTS
        self._moved_at = self._sideways_at = now

    @property
    def rows(self) -> int:
        return SHIFTS[self._rows]

    @property
    def columns(self) -> int:
        return SHIFTS[self._columns]

    @property
    def due(self) -> float:
        """When to shift a picture that does not change."""
        return self._moved_at + SHIFT_EVERY_S

    def move(self, now: float) -> bool:
        """Shift up or down if due; whether it moved."""
        if now < self.due:
            return False
        self._moved_at, self._rows = now, (self._rows + 1) % len(SHIFTS)
        return True

    def move_sideways(self, now: float, *, is_other_word: bool) -> bool:
        """Shift sideways: soon if the word changes, otherwise late; whether it moved."""
        if now - self._sideways_at < (SIDEWAYS_EVERY_S if is_other_word else SIDEWAYS_LATEST_S):
            return False
        self._sideways_at, self._columns = now, (self._columns + 1) % len(SHIFTS)
        return True


class Watch:
    """Reports once that the screen is lost and once that it is back. Any thread may `look`.

    `report` is called with a lock held, so that "back" is never reported before "lost": it must return at once.
    """

    def __init__(self, report: Callable[[Event], None], clock: Callable[[], float]) -> None:
        self._report = report
        self._clock = clock
        self._lock = Lock()
        self._drawing_since: float | None = None
        self._is_told = False

    @property
    def is_told(self) -> bool:
        """Whether the last report was "lost"."""
        return self._is_told

    def begin(self) -> None:
        """A drawing begins."""
        with self._lock:
            self._drawing_since = self._clock()

    def look(self) -> None:
        """Report a drawing that does not end; its own thread cannot."""
        with self._lock:
            if self._hangs():
                self._tell_lost(HANGS)

    def end(self) -> None:
        """The drawing is done; raises ScreenLost if it took so long that its result is unknown."""
        with self._lock:
            hung, self._drawing_since = self._hangs(), None
        if hung:
            raise ScreenLost(HANGS)

    def lost(self, reason: Reason) -> None:
        """The drawing failed."""
        with self._lock:
            self._drawing_since = None
            self._tell_lost(reason)

    def back(self) -> None:
        """The screen works."""
        with self._lock:
            if self._is_told:
                self._is_told = False
                self._report(PartBack(Part.SCREEN))

    def _hangs(self) -> bool:
        return self._drawing_since is not None and self._clock() - self._drawing_since > HANGS_AFTER_S

    def _tell_lost(self, reason: Reason) -> None:
        if not self._is_told:
            self._is_told = True
            self._report(PartLost(Part.SCREEN, reason))


class ScreenOwner:
    """One screen that shows the latest view. One thread owns it; only `look` may be called by any.

    `report` is called once when the screen is lost and once when it is back. A screen that goes again within a minute
    is loose: it counts as back when it has stayed for a minute, and is looked for less and less often until then.
    """

    def __init__(
        self, screen_factory: Callable[[], Screen], report: Callable[[Event], None], clock: Callable[[], float]
    ) -> None:
        self._factory = screen_factory
        self._clock = clock
        self._watch = Watch(report, clock)
        self._place = Place(clock())
        self._screen: Screen | None = None
        self._shown: View | None = None  # None: the screen's content is unknown
        self._picture: Image | None = None  # what was last drawn, as it was sent
        self._lit = Light()
        self._is_lost = self._is_loose = False
        self._retry_at, self._retry_s = 0.0, RETRY_FIRST_S
        self._well_at = self._checked_at = -math.inf

    @property
    def due(self) -> float | None:
        """When `show` should be called again with the same view, on the injected clock; None: not needed."""
        if self._is_lost:
            return self._retry_at
        owed = self._well_at if self._watch.is_told else math.inf
        lit_due = min(self._place.due, self._checked_at + CHECKED_EVERY_S) if self._lit.on else math.inf
        due = min(owed, lit_due)
        return None if due == math.inf else due

    def look(self) -> None:
        """Report the screen as lost if `show` has not come back for two seconds. Any thread; returns at once."""
        self._watch.look()

    def show(self, view: View) -> None:
        """Show this view, or look for a lost screen again if due. Never raises."""
        now = self._clock()
        if self._is_lost and now < self._retry_at:
            return
        self._watch.begin()
        try:
            screen = self._screen if self._screen and self._shown else self._open()
            self._bring(screen, view, now)
            self._watch.end()
        except Exception as error:  # noqa: BLE001  # on any error the music plays on and the next try follows
            self._lose(error, now)
            return
        self._shown = view
        self._keep(now)

    def seen(self) -> bytes:
        """The pixels as an eye sees them, packed as for the chip; empty where the screen is dark or lost."""
        if self._picture is None or self._shown is None or not self._lit.on:
            return b""
        picture = ImageChops.offset(self._picture, 0, -self._place.rows)
        return frame_from_image(ImageChops.invert(picture) if self._lit.inverted else picture)

    def put_out(self) -> None:
        """Switch the screen off if possible: an unattended screen must not keep showing old text. Never raises."""
        if self._screen and self._shown:
            self.show(View(Scene.DARK))

    def _open(self) -> Screen:
        """Open the screen: dark, with known content."""
        self._screen = screen = self._screen or self._factory()
        self._lit = Light()
        screen.power(self._lit.on)
        screen.invert(self._lit.inverted)
        screen.contrast(*self._lit.strength)
        screen.shift(self._place.rows)
        screen.open()
        return screen

    def _lose(self, error: Exception, began_at: float) -> None:
        """The wait for the next try counts from the start of this one, which may have hung."""
        if not self._is_lost:
            if not isinstance(error, ScreenLost):
                log.error("the screen could not be drawn", exc_info=error)
            self._is_loose = began_at < self._well_at
            self._retry_s = self._retry_s if self._is_loose else RETRY_FIRST_S
        self._is_lost, self._shown = True, None
        self._retry_at = began_at + self._retry_s
        self._retry_s = min(LOOSE_MOST_S if self._is_loose else RETRY_MOST_S, 2 * self._retry_s)
        self._watch.lost(_reason_of(error))

    def _keep(self, now: float) -> None:
        """The screen works. If its plug is loose, this is reported only after a while."""
        if self._is_lost:
            self._is_lost, self._well_at = False, now + WELL_AFTER_S
        if not self._is_loose or now >= self._well_at:
            self._watch.back()

    def _bring(self, screen: Screen, view: View, now: float) -> None:
        """Dim before sending pixels, brighten afterwards: the screen is never too bright in between."""
        if view.scene is Scene.DARK:
            self._darken(screen)
            return
        wanted = Light(True, view.inverted, NIGHT if view.night else DIMMED if view.dimmed else BRIGHT)
        self._light(screen, self._lit.no_more_than(wanted))
        shown = self._shown
        self._check(screen, now, is_other_scene=shown is None or view.scene is not shown.scene)
        if self._move(screen, view, now) or shown is None or _pixels(view) != _pixels(shown):
            self._picture = ImageChops.offset(draw(_pixels(view)), self._place.columns, 0)
            screen.show(frame_from_image(self._picture))
        self._light(screen, wanted)

    def _check(self, screen: Screen, now: float, *, is_other_scene: bool) -> None:
        """Whether the chip still shows the picture."""
        if is_other_scene or now >= self._checked_at + CHECKED_EVERY_S:
            self._checked_at = now
            screen.check()

    def _move(self, screen: Screen, view: View, now: float) -> bool:
        """Shift against burn-in. Whether it moved sideways, which needs the picture sent; up and down is a command."""
        if self._place.move(now):
            screen.shift(self._place.rows)
        is_other_word = self._shown is None or view.word != self._shown.word
        return self._place.move_sideways(now, is_other_word=is_other_word)

    def _darken(self, screen: Screen) -> None:
        """Switch off. The chip's content is not reused: after a loose contact it would be noise at night."""
        if self._lit.on:
            self._light(screen, replace(self._lit, on=False))
            screen.forget()

    def _light(self, screen: Screen, light: Light) -> None:
        """Send the settings that changed; the screen is lit last, when everything is ready."""
        was, self._lit = self._lit, light
        if light.inverted != was.inverted:
            screen.invert(light.inverted)
        if light.strength != was.strength:
            screen.contrast(*light.strength)
        if light.on != was.on:
            screen.power(light.on)


def _pixels(view: View) -> View:
    """The view's pixels only; brightness and inversion are the chip's."""
    return replace(view, inverted=False, dimmed=False)


def _reason_of(error: Exception) -> Reason:
    return (
        error.reason
        if isinstance(error, ScreenLost)
        else because(Code.SCREEN_BROKEN, what=str(error) or type(error).__name__)
    )
