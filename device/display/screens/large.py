"""The large word of a screen and the large digits. Draws onto a picture what a view says."""

from PIL import Image

from device.display.screens import band
from device.display.screens.icons import SIDE, Icon, icon
from device.display.screens.languages import Word, said
from device.display.screens.words import BOLD, NIGHT_WEIGHT, WORD_PX, WORD_WIDTH, fitted, great
from device.rules.view import View

WIDTH, HEIGHT = 128, 64
WORD_BASE = 32
OFFERS = {Word.PLAY: (Icon.PLAY, 21), Word.NEXT: (Icon.NEXT, 23)}  # capitals of 15 and 16 px
MINUTES_PX, MINUTES_WIDTH = 21, 38
GREAT_BASE, GREAT_WITHIN = 57, 88  # round digits reach one row under it, as far as the unit beside them


def weight_of(view: View) -> int:
    """By night letters are thin: less light at the same height."""
    return NIGHT_WEIGHT if view.night else BOLD


def put_word(sheet: Image.Image, word: str, weight: int, base: int = WORD_BASE, size_px: int = WORD_PX) -> None:
    """The large word, in the middle."""
    band.put_centred(sheet, fitted(word, size_px, WORD_WIDTH, weight), base)


def put_offered(sheet: Image.Image, word: Word, view: View) -> None:
    """What a button does, in the band: the icon of PLAY stands before its word, that of NEXT after it."""
    name, size_px = OFFERS[word]
    ink = fitted(said(word, view.language), size_px, band.OFFER_WIDTH, weight_of(view))
    band.put_offer(sheet, ink, name, icon_first=word is Word.PLAY)


def put_time(sheet: Image.Image, view: View) -> None:
    """How long the sleep playlist still plays."""
    band.put_centred(sheet, great(str(max(0, view.minutes)), weight_of(view)), GREAT_BASE, within=GREAT_WITHIN)
    unit = fitted(said(Word.MINUTES, view.language), MINUTES_PX, MINUTES_WIDTH, weight_of(view))
    left = band.RIGHT - unit.width
    band.put_ink(sheet, unit, left, GREAT_BASE + 1)
    band.put(sheet, icon(Icon.MOON), min(left + (unit.width - SIDE) // 2, band.RIGHT - SIDE), 10)
