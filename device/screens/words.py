"""Words and digits as one-bit pictures, and the rule that makes any label fit. Knows no screen."""

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageFont

from firmware.fonts import noto_sans

WORD_PX = 34  # capitals of 24 px
WORD_WIDTH = 124  # of 128 columns: two on either side stay black for the shift
ACCENTS_ROOM, DESCENDERS_ROOM = 30, 8  # rows over and under the base line of the large word
WEIGHT = 700
WIDEST, NARROWEST = 100.0, 62.5
WIDTH_AXIS = tuple(WIDEST - 2.5 * step for step in range(16))
LETTERS_MOST = 64  # longer is no label; keeps a broken one from costing seconds

GREAT_PX, GREAT_SCALE = 542, 8  # 67.75 px: the largest at which digits are 48 px high
GREAT_WIDTH = 84

ENGLISH = {"play": "Play", "next": "Next", "no_sound": "No sound", "here": "Here", "min": "min"}


@dataclass(frozen=True, slots=True)
class Ink:
    """A drawn word, cut to its lit pixels; `left` and `top` are where they begin, seen from the base line's start."""

    picture: Image.Image
    left: int
    top: int

    @property
    def width(self) -> int:
        return self.picture.width

    @property
    def bottom(self) -> int:
        """The row under the last lit one, seen from the base line: 0 without descenders."""
        return self.top + self.picture.height


NO_INK = Ink(Image.new("1", (0, 0)), 0, 0)


@lru_cache(maxsize=64)
def text(word: str, size_px: int) -> Ink:
    """The word in one bit, hinted, on one line; a sign that the font lacks is its empty box."""
    return _drawn(word, size_px, WIDEST)


@lru_cache(maxsize=256)
def fitted(word: str, size_px: int = WORD_PX, width: int = WORD_WIDTH) -> Ink:
    """The word at most so wide: its letters keep their height and give their width first, then 1 px of height."""
    for size in range(size_px, 1, -1):
        if not _fits(_drawn(word, size, NARROWEST), width):
            continue
        return next(ink for axis in WIDTH_AXIS if _fits(ink := _drawn(word, size, axis), width))
    return NO_INK


@lru_cache(maxsize=128)
def great(digits: str) -> Ink:
    """Digits 48 px high, at most 84 px wide; more than three of them are no taller than a word."""
    inks = (_great(digits, axis) for axis in WIDTH_AXIS)
    fitting = (ink for ink in inks if ink.width <= GREAT_WIDTH)
    return next(fitting, None) or fitted(digits, WORD_PX, GREAT_WIDTH)


def one_bit(picture: Image.Image) -> Image.Image:
    """A grey picture's brighter half, without the dots that `convert` alone would scatter."""
    return picture.point(lambda level: 255 if level >= 128 else 0).convert("1")


def _great(digits: str, width_axis: float) -> Ink:
    """Drawn eight times larger and reduced: hints made for small type deform large digits."""
    large = _ink(_font(GREAT_PX, width_axis), _printable(digits), "L")
    left, top = large.left // GREAT_SCALE, large.top // GREAT_SCALE
    right, bottom = -(-(large.left + large.width) // GREAT_SCALE), -(-large.bottom // GREAT_SCALE)
    sheet = Image.new("L", ((right - left) * GREAT_SCALE, (bottom - top) * GREAT_SCALE))
    sheet.paste(large.picture, (large.left - left * GREAT_SCALE, large.top - top * GREAT_SCALE))
    return _cut(one_bit(sheet.reduce(GREAT_SCALE)), left, top)


def _drawn(word: str, size_px: int, width_axis: float) -> Ink:
    return _ink(_font(size_px, width_axis), _printable(word), "1")


def _fits(ink: Ink, width: int) -> bool:
    return ink.width <= width and -ink.top <= ACCENTS_ROOM and ink.bottom <= DESCENDERS_ROOM


def _printable(word: str) -> str:
    """A lone surrogate cannot be drawn, and a line break would make a second line."""
    line = "".join(sign if sign.isprintable() else " " for sign in word[:LETTERS_MOST])
    return line.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=64)
def _font(size_px: int, width_axis: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(noto_sans(), size_px)
    font.set_variation_by_axes([WEIGHT, width_axis])
    return font


def _ink(font: ImageFont.FreeTypeFont, line: str, mode: str) -> Ink:
    mask, (left, top) = font.getmask2(line, mode, anchor="ls")
    if 0 in mask.size:
        return NO_INK
    picture = Image.new("L", mask.size)
    picture.im.paste(mask, (0, 0, *mask.size))
    return _cut(picture if mode == "L" else picture.convert("1"), int(left), int(top))


def _cut(picture: Image.Image, left: int, top: int) -> Ink:
    box = picture.getbbox()
    if box is None:
        return NO_INK
    return Ink(picture.crop(box), left + box[0], top + box[1])
