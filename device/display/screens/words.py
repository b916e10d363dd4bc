"""Words and digits as one-bit pictures, and the rule that makes any label fit. Knows no screen."""

from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import Image, ImageFont

from device.display.screens.typefaces import Typeface, typeface_for

WORD_PX = 34  # capitals of 24 px
WORD_WIDTH = 124  # of 128 columns: two on either side stay black for the shift
ACCENTS_ROOM, DESCENDERS_ROOM = 30, 8  # rows over and under the base line of the large word
BOLD, NIGHT_WEIGHT = 700, 500
WIDEST, NARROWEST = 100.0, 62.5
WIDTH_AXIS = tuple(WIDEST - 2.5 * step for step in range(16))
LETTERS_MOST = 64  # longer is no label; keeps a broken one from costing seconds
JOINERS = "\u200c\u200d"  # unprintable, and yet they shape Arabic and Indic letters

HANGING_PX, HANGING_ROOM, HANGING_BOTTOM = 40, 37, 7  # of a word of 34 px, in scripts without a Latin base line

GREAT_PX, GREAT_SCALE = 542, 8  # 67.75 px: the largest at which digits are 48 px high
GREAT_WIDTH = 84


@dataclass(frozen=True, slots=True)
class Ink:
    """A drawn word, cut to its lit pixels; `left` and `top` are where they begin, seen from the base line's start.

    `size_px` is the font's: capitals are 0.714 of it high.
    """

    picture: Image.Image
    left: int
    top: int
    size_px: int = 0

    @property
    def width(self) -> int:
        return self.picture.width

    @property
    def height(self) -> int:
        return self.picture.height

    @property
    def bottom(self) -> int:
        """The row under the last lit one, seen from the base line: 0 without descenders."""
        return self.top + self.picture.height


NO_INK = Ink(Image.new("1", (0, 0)), 0, 0)


@lru_cache(maxsize=1024)
def fitted(
    word: str, size_px: int = WORD_PX, width: int = WORD_WIDTH, weight: int = BOLD, below: int = DESCENDERS_ROOM
) -> Ink:
    """The word within this width: letters become narrower first, then smaller by 1 px at a time.

    `below` rows are free under the base line.
    In one bit, hinted, on one line. A sign that no typeface has is an empty box: it is seen and does not vanish.
    """
    line = _printable(word)
    typeface = typeface_for(line)
    tallest = size_px * HANGING_PX // WORD_PX if typeface.hangs else size_px
    rows = size_px * HANGING_ROOM // WORD_PX if typeface.hangs else None

    def fits(ink: Ink) -> bool:
        stands = ink.height <= rows if rows else -ink.top <= ACCENTS_ROOM and ink.bottom <= below
        return stands and ink.width <= width

    for size in range(tallest, 1, -1):
        if not fits(_drawn(typeface, line, size, weight, NARROWEST)):
            continue
        ink = next(ink for axis in WIDTH_AXIS if fits(ink := _drawn(typeface, line, size, weight, axis)))
        return _hung(ink, rows) if rows else _stood(ink)
    return NO_INK


@lru_cache(maxsize=256)
def great(digits: str, weight: int) -> Ink:
    """Digits 48 px high, at most 84 px wide: three become thinner too, more of them are no taller than a word."""
    fitting = (ink for lighter in (weight, NIGHT_WEIGHT) if (ink := _narrowed(digits, lighter)))
    return next(fitting, None) or fitted(digits, WORD_PX, GREAT_WIDTH, weight)


def one_bit(picture: Image.Image) -> Image.Image:
    """A grey picture's brighter half, without the dots that `convert` alone would scatter."""
    return picture.point(lambda level: 255 if level >= 128 else 0).convert("1")


def close_typefaces() -> None:
    """Give back what drawing needs and words that are drawn do not: a variable typeface takes 0.4 MB for each size,
    weight and width. The next new word opens its own again, in some milliseconds. Any thread."""
    _font.cache_clear()


def _narrowed(digits: str, weight: int) -> Ink | None:
    """The widest that fits; the narrowest is asked early, for each is drawn at great cost."""
    ink = _great(digits, weight, WIDEST)
    if ink.width <= GREAT_WIDTH:
        return ink
    if _great(digits, weight, NARROWEST).width > GREAT_WIDTH:
        return None
    return next(ink for axis in WIDTH_AXIS if (ink := _great(digits, weight, axis)).width <= GREAT_WIDTH)


def _great(digits: str, weight: int, width_axis: float) -> Ink:
    """Drawn eight times larger and reduced: hints made for small type deform large digits."""
    large = _drawn(typeface_for(digits), _printable(digits), GREAT_PX, weight, width_axis, mode="L")
    left, top = large.left // GREAT_SCALE, large.top // GREAT_SCALE
    right, bottom = -(-(large.left + large.width) // GREAT_SCALE), -(-large.bottom // GREAT_SCALE)
    sheet = Image.new("L", ((right - left) * GREAT_SCALE, (bottom - top) * GREAT_SCALE))
    sheet.paste(large.picture, (large.left - left * GREAT_SCALE, large.top - top * GREAT_SCALE))
    return _cut(one_bit(sheet.reduce(GREAT_SCALE)), left, top, GREAT_PX // GREAT_SCALE)


def _hung(ink: Ink, rows: int) -> Ink:
    """In the middle of its rows, which reach as far under a Latin base line as descenders do."""
    return replace(ink, top=HANGING_BOTTOM * rows // HANGING_ROOM - rows + (rows - ink.height) // 2)


def _stood(ink: Ink) -> Ink:
    """Hints lift some narrow letters one row off their line; beside others that is seen."""
    return replace(ink, top=ink.top + 1) if ink.bottom == -1 else ink


def _printable(word: str) -> str:
    """A lone surrogate cannot be drawn, and a line break would make a second line."""
    line = "".join(sign if sign.isprintable() or sign in JOINERS else " " for sign in word[:LETTERS_MOST])
    return line.encode("utf-8", "replace").decode("utf-8")


def _drawn(typeface: Typeface, line: str, size_px: int, weight: int, width_axis: float, *, mode: str = "1") -> Ink:
    font = _font(typeface, size_px, weight, width_axis)
    mask, (left, top) = font.getmask2(line, mode, anchor="ls")
    if 0 in mask.size:
        return NO_INK
    picture = Image.new("L", mask.size)
    picture.im.paste(mask, (0, 0, *mask.size))
    return _cut(picture if mode == "L" else picture.convert("1"), int(left), int(top), size_px)


@lru_cache(maxsize=96)
def _font(typeface: Typeface, size_px: int, weight: int, width_axis: float) -> ImageFont.FreeTypeFont:
    """A grid's pixels are whole in its multiples only. A font without axes has one weight and one width."""
    size = max(typeface.grid_px, size_px - size_px % typeface.grid_px)
    font = ImageFont.truetype(typeface.path, size, typeface.face)
    if typeface.has_axes:
        font.set_variation_by_axes([weight, width_axis])
    return font


def _cut(picture: Image.Image, left: int, top: int, size_px: int) -> Ink:
    box = picture.getbbox()
    if box is None:
        return NO_INK
    return Ink(picture.crop(box), left + box[0], top + box[1], size_px)
