"""The scenes of the box: which word, which icon and which band a view is. Knows no bus, no thread and no time."""

from collections.abc import Callable, Iterable, Iterator

from PIL import Image, ImageChops

from device.screens import band
from device.screens.band import minute_digits
from device.screens.icons import BIRD_HEIGHT, BIRD_WIDTH, SIDE, Icon, bird, icon
from device.screens.words import ENGLISH, fitted, great, text
from device.view import Scene, View

WIDTH, HEIGHT = 128, 64
WORD_BASE = 32
PLAY_PX, NEXT_PX, CODE_PX, HERE_PX, MINUTES_PX = 21, 23, 23, 39, 21
GREAT_BASE, GREAT_WITHIN = 57, 88  # round digits reach one row under it, as far as the unit beside them
PIN_TO_WORD = 26
MINUTES_KNOWN = 60  # no session but a vigil is longer


def draw(view: View) -> Image.Image:
    """The whole glass in mode "1", 128 x 64. Any label can be drawn; equal views are equal pixels. Any one thread."""
    sheet = Image.new("1", (WIDTH, HEIGHT))
    _SCENES[view.scene](sheet, view)
    return ImageChops.invert(sheet) if view.inverted else sheet


def warming(labels: Iterable[str]) -> Iterator[None]:
    """Draw these labels, and all that is the same for every bed, beforehand: no press then waits for a typeface.

    Each step takes some milliseconds, so that a press in between is shown at once.
    """
    for label in (*labels, ENGLISH["no_sound"]):
        fitted(label)
        yield
    for scene in Scene:
        draw(View(scene))
        yield
    for minutes in range(MINUTES_KNOWN + 1):
        minute_digits(minutes)
        great(str(minutes))
        yield


def warm(labels: Iterable[str]) -> None:
    """All of `warming` at once."""
    for _ in warming(labels):
        pass


def _word(sheet: Image.Image, word: str) -> None:
    band.put_centred(sheet, fitted(word), WORD_BASE)


def _dark(_sheet: Image.Image, _: View) -> None:
    """Nothing: the painter switches the glass off."""


def _boot(sheet: Image.Image, _: View) -> None:
    band.put(sheet, bird(), (WIDTH - BIRD_WIDTH) // 2, (HEIGHT - BIRD_HEIGHT) // 2 + 2)


def _ready(sheet: Image.Image, view: View) -> None:
    _word(sheet, view.word)
    band.put_offer(sheet, text(ENGLISH["play"], PLAY_PX), Icon.PLAY, icon_first=True)


def _playing(sheet: Image.Image, view: View) -> None:
    _word(sheet, view.word)
    band.put_wave(sheet, view.progress)
    band.put_minutes(sheet, view.minutes)


def _next(sheet: Image.Image, view: View) -> None:
    _word(sheet, view.word)
    band.put_offer(sheet, text(ENGLISH["next"], NEXT_PX), Icon.NEXT, icon_first=False)


def _volume(sheet: Image.Image, view: View) -> None:
    _word(sheet, view.word)
    band.put_bars(sheet, view.bars, view.bars_most, wall=view.wall)


def _choosing(sheet: Image.Image, view: View) -> None:
    _word(sheet, view.word)
    band.put_places(sheet, view.place, view.places)


def _sleep(sheet: Image.Image, view: View) -> None:
    _word(sheet, view.word)
    band.put_moon(sheet, view.progress, setting=view.setting)
    band.put_minutes(sheet, view.minutes)


def _time_left(sheet: Image.Image, view: View) -> None:
    band.put_centred(sheet, great(str(max(0, view.minutes))), GREAT_BASE, within=GREAT_WITHIN)
    unit = text(ENGLISH["min"], MINUTES_PX)
    left = WIDTH - 2 - unit.width
    band.put_ink(sheet, unit, left, GREAT_BASE + 1)
    band.put(sheet, icon(Icon.MOON), left + (unit.width - SIDE) // 2, 10)


def _no_sound(sheet: Image.Image, _: View) -> None:
    _word(sheet, ENGLISH["no_sound"])
    band.put(sheet, icon(Icon.NO_SOUND), (WIDTH - SIDE) // 2, 41)


def _here(sheet: Image.Image, view: View) -> None:
    word = text(ENGLISH["here"], HERE_PX)
    left = (WIDTH - word.width - PIN_TO_WORD + 2) // 2
    band.put(sheet, icon(Icon.PIN), left, 10)
    band.put_ink(sheet, word, left + PIN_TO_WORD, WORD_BASE)
    band.put_centred(sheet, fitted(view.code, CODE_PX), band.BASE - 2)


_SCENES: dict[Scene, Callable[[Image.Image, View], None]] = {
    Scene.DARK: _dark,
    Scene.BOOT: _boot,
    Scene.READY: _ready,
    Scene.PLAYING: _playing,
    Scene.NEXT: _next,
    Scene.VOLUME: _volume,
    Scene.CHOOSING: _choosing,
    Scene.SLEEP: _sleep,
    Scene.TIME_LEFT: _time_left,
    Scene.NO_SOUND: _no_sound,
    Scene.HERE: _here,
}
