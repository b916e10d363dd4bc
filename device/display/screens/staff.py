"""The scenes for staff: cleaning, locating the box, and calibration. Draws onto a picture."""

from PIL import Image

from device.display.screens import band
from device.display.screens.icons import Icon, icon
from device.display.screens.languages import Word, lines, said
from device.display.screens.large import GREAT_BASE, WIDTH, WORD_BASE, put_word, weight_of
from device.display.screens.words import BOLD, WORD_WIDTH, fitted, great
from device.rules.view import View

CLEANING_BASE = 30
HERE_PX, HERE_BELOW, CODE_PX = 39, 9, 23  # capitals of 28 and 16 px
PIN_TO_WORD = 26
METER_PX, METER_BASES = 30, (27, 55)  # capitals of 22 px, on two lines
METER_PUSH, METER_WITHIN, METER_SECOND_WIDTH, METER_GAP = (102, 40), 96, 100, 4
READING_LEFT, READING_UNIT, READING_PX, READING_BASE, READING_PUSH = 4, "dBA", 19, 26, (104, 38)


def put_cleaning(sheet: Image.Image, view: View) -> None:
    """How long the controls stay off while the box is cleaned."""
    put_word(sheet, said(Word.CLEANING, view.language), weight_of(view), CLEANING_BASE)
    band.put(sheet, icon(Icon.DROP), 4, 42)
    band.put_tank(sheet, view.seconds, view.seconds_most)
    band.put_count(sheet, view.seconds, said(Word.SECONDS, view.language), weight_of(view))


def put_here(sheet: Image.Image, view: View) -> None:
    """Which box this is, for staff who are looking for it."""
    word = fitted(said(Word.HERE, view.language), HERE_PX, WORD_WIDTH - PIN_TO_WORD, weight_of(view), HERE_BELOW)
    left = (WIDTH - word.width - PIN_TO_WORD + 2) // 2
    band.put(sheet, icon(Icon.PIN), left, 10)
    band.put_ink(sheet, word, left + PIN_TO_WORD, WORD_BASE)
    band.put_centred(sheet, fitted(view.code, CODE_PX, weight=weight_of(view)), band.BASE - 2)


def put_meter(sheet: Image.Image, view: View) -> None:
    """Where to put the level meter; a push of the knob starts the noise."""
    first, *more = lines(Word.METER, view.language)
    band.put_centred(sheet, fitted(first, METER_PX), METER_BASES[0])
    second = fitted(more[0] if more else "", METER_PX, METER_SECOND_WIDTH)
    left = max(2, (METER_WITHIN - second.width) // 2)
    band.put_ink(sheet, second, left, METER_BASES[1])
    band.put(sheet, icon(Icon.PUSH), max(METER_PUSH[0], left + second.width + METER_GAP), METER_PUSH[1])


def put_reading(sheet: Image.Image, view: View) -> None:
    """The meter's reading, as set with the knob; a push saves it."""
    band.put_ink(sheet, great(str(max(0, view.reading_dba)), BOLD), READING_LEFT, GREAT_BASE)
    unit = fitted(READING_UNIT, READING_PX)
    band.put_ink(sheet, unit, band.RIGHT - unit.width, READING_BASE)
    band.put(sheet, icon(Icon.PUSH), *READING_PUSH)
