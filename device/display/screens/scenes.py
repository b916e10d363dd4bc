"""The scenes of the box: which word, which icon and which band a view is. Knows no bus, no thread and no time."""

from collections.abc import Callable

from PIL import Image, ImageChops

from device.display.screens import asking, band, night, staff
from device.display.screens.icons import BIRD_HEIGHT, BIRD_WIDTH, SIDE, Icon, bird, icon
from device.display.screens.languages import Word, said
from device.display.screens.large import HEIGHT, WIDTH, put_offered, put_time, put_word, weight_of
from device.display.screens.moon import put_moon
from device.display.screens.wave import put_wave
from device.display.screens.words import fitted
from device.rules.view import Scene, View

MUSIC_PX, SOON_PX = 39, 19  # capitals of 28 and 13 px


def draw(view: View) -> Image.Image:
    """The whole screen in mode "1", 128 x 64. Any label can be drawn; equal views are equal pixels. Any one thread."""
    sheet = Image.new("1", (WIDTH, HEIGHT))
    _SCENES[view.scene](sheet, view)
    return ImageChops.invert(sheet) if view.inverted else sheet


def _dark(_sheet: Image.Image, _: View) -> None:
    """Nothing: the painter switches the screen off."""


def _boot(sheet: Image.Image, _: View) -> None:
    band.put(sheet, bird(), (WIDTH - BIRD_WIDTH) // 2, (HEIGHT - BIRD_HEIGHT) // 2 + 2)


def _ready(sheet: Image.Image, view: View) -> None:
    put_word(sheet, view.word, weight_of(view))
    put_offered(sheet, Word.PLAY, view)


def _reminder(sheet: Image.Image, view: View) -> None:
    put_word(sheet, said(Word.MUSIC, view.language), weight_of(view), size_px=MUSIC_PX)
    put_offered(sheet, Word.PLAY, view)


def _playing(sheet: Image.Image, view: View) -> None:
    put_word(sheet, view.word, weight_of(view))
    put_wave(sheet, view.progress)
    band.put_count(sheet, view.minutes, said(Word.MINUTES, view.language), weight_of(view))


def _next(sheet: Image.Image, view: View) -> None:
    put_word(sheet, view.word, weight_of(view))
    put_offered(sheet, Word.NEXT, view)


def _volume(sheet: Image.Image, view: View) -> None:
    if not view.night:
        put_word(sheet, view.word, weight_of(view))
    band.put_bars(sheet, view.bars, view.bars_most, wall=view.wall)


def _choosing(sheet: Image.Image, view: View) -> None:
    put_word(sheet, view.word, weight_of(view))
    band.put_places(sheet, view.place, view.places)
    if not view.night:
        band.put_chevrons(sheet)


def _sleep(sheet: Image.Image, view: View) -> None:
    put_word(sheet, view.word, weight_of(view))
    put_moon(sheet, view.progress, setting=view.setting)
    band.put_count(sheet, view.minutes, said(Word.MINUTES, view.language), weight_of(view))


def _on_its_way(sheet: Image.Image, view: View) -> None:
    put_word(sheet, view.word, weight_of(view))
    soon = fitted(said(Word.SOON, view.language), SOON_PX, band.SOON_WIDTH, weight_of(view))
    band.put_held(sheet, view.held, view.needed, soon)


def _no_sound(sheet: Image.Image, view: View) -> None:
    put_word(sheet, said(Word.NO_SOUND, view.language), weight_of(view))
    band.put(sheet, icon(Icon.NO_SOUND), (WIDTH - SIDE) // 2, 41)


def _no_music(sheet: Image.Image, view: View) -> None:
    put_word(sheet, said(Word.NO_MUSIC, view.language), weight_of(view))
    band.put(sheet, icon(Icon.NO_MUSIC), (WIDTH - SIDE) // 2, 41)


_SCENES: dict[Scene, Callable[[Image.Image, View], None]] = {
    Scene.BOOT: _boot,
    Scene.READY: _ready,
    Scene.DARK: _dark,
    Scene.REMINDER: _reminder,
    Scene.PLAYING: _playing,
    Scene.NEXT: _next,
    Scene.VOLUME: _volume,
    Scene.CHOOSING: _choosing,
    Scene.SLEEP: _sleep,
    Scene.TIME_LEFT: put_time,
    Scene.NIGHT: night.put_night,
    Scene.VIGIL: night.put_vigil,
    Scene.ON_ITS_WAY: _on_its_way,
    Scene.QUESTION: asking.put_question,
    Scene.ANSWER: asking.put_answer,
    Scene.THANKS: asking.put_thanks,
    Scene.NO_SOUND: _no_sound,
    Scene.NO_MUSIC: _no_music,
    Scene.CLEANING: staff.put_cleaning,
    Scene.HERE: staff.put_here,
    Scene.METER: staff.put_meter,
    Scene.READING: staff.put_reading,
}
