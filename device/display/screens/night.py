"""The scenes of the night and of end-of-life mode: little light, nothing that moves. Draws a view onto a picture."""

from PIL import Image

from device.display.screens import band
from device.display.screens.languages import Word, said
from device.display.screens.large import WIDTH, put_word
from device.display.screens.wave import put_still_wave
from device.display.screens.words import BOLD, NIGHT_WEIGHT, Ink, fitted
from device.rules.view import View

DIGITS_PX, UNIT_PX, BASE = 21, 16, 58  # digits 16 px high, two rows narrower than by day
GAP = 4


def put_night(sheet: Image.Image, view: View) -> None:
    """What a press by night shows: the name and, while music plays, the minutes left."""
    put_word(sheet, view.word, NIGHT_WEIGHT)
    if view.minutes > 0:
        _put_minutes(sheet, view)


def put_vigil(sheet: Image.Image, view: View) -> None:
    """The name over a still wave, the same at all hours: only the light is the night's."""
    put_word(sheet, view.word, BOLD)
    put_still_wave(sheet)


def night_digits(minutes: int) -> Ink:
    """The minutes, thin."""
    return fitted(str(minutes), DIGITS_PX, weight=NIGHT_WEIGHT)


def _put_minutes(sheet: Image.Image, view: View) -> None:
    digits = night_digits(view.minutes)
    unit = fitted(said(Word.MINUTES, view.language), UNIT_PX, weight=NIGHT_WEIGHT)
    left = (WIDTH - digits.width - GAP - unit.width) // 2
    band.put_ink(sheet, digits, left, BASE)
    band.put_ink(sheet, unit, left + digits.width + GAP, BASE)
