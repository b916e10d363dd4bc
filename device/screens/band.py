"""The band, rows 40-63: what moves while the word above it stays. Draws onto a picture; knows no view."""

from functools import cache
from math import hypot, pi, sin

from PIL import Image, ImageDraw

from device.screens.icons import SIDE, Icon, icon
from device.screens.words import ENGLISH, Ink, fitted, one_bit, text

LIT = 255  # in mode "1" every other value comes back changed from ImageChops
SCREEN_WIDTH = 128
BASE = 61  # the row under the words that have no neighbour below
DIGITS_PX, UNIT_PX = 25, 16  # 18 and 12 px high
DIGITS_WIDTH, DIGITS_GAP = 28, 4
GAP = 8  # between a word and its icon

WAVE_LEFT, WAVE_RIGHT, WAVE_ROW, WAVE_RISE, WAVE_PERIOD = 5, 62, 53, 5, 29
WAVE_SCALE, PEN_STEP, PEN_RADIUS = 8, 0.125, 1.375  # the stroke is drawn eight times larger and reduced
DOT_STEP = 6  # px along the wave between two still dots
HEAD_RADIUS = 3.5
HEAD_ROOM = 6  # columns before the head that no dot stands in

BARS_LEFT, BARS_WIDTH, BARS_BOTTOM = 28, 92, 61
LOWEST_BAR, HIGHEST_BAR, FOOT = 4, 18, 2
WALL = (122, 40, 125, 61)

MOON_LEFT, MOON_SETS, MOON_RIGHT = 11, 48, 57  # columns: comes, begins to set, is gone
MOON_ROW, MOON_GONE_ROW = 49, 62
HORIZON = (2, 60, 63, 61)
MOON_MIDDLE = 9  # of the icon, both ways
MOON_DOT_STEP = 5

DOTS_ROW = 52
DISC_RADIUS, RING_RADIUS, HOLE_RADIUS = 6.5, 3.5, 1.5
DOTS_PITCH, DOTS_WIDTH, DOTS_MOST = 16, 88, 8
CHEVRON_LEFT, CHEVRON_RISE, CHEVRON_STROKE = 3, 6, 3


def put(sheet: Image.Image, picture: Image.Image, x: int, y: int) -> None:
    """Light the picture's lit pixels."""
    sheet.paste(LIT, (x, y), picture)


def put_ink(sheet: Image.Image, ink: Ink, x: int, base: int) -> None:
    """The word's ink from column `x` on, its base line over row `base`."""
    put(sheet, ink.picture, x, base + ink.top)


def put_centred(sheet: Image.Image, ink: Ink, base: int, *, within: int = SCREEN_WIDTH) -> None:
    """The word in the middle of the first `within` columns."""
    put_ink(sheet, ink, (within - ink.width) // 2, base)


def put_offer(sheet: Image.Image, word: Ink, name: Icon, *, icon_first: bool) -> None:
    """What a button does: its word and its icon, centred together."""
    base = min(BASE - 2, BASE + 1 - word.bottom)
    left = (SCREEN_WIDTH - word.width - GAP - SIDE) // 2
    put(sheet, icon(name), left if icon_first else left + word.width + GAP, base - 17)
    put_ink(sheet, word, left + SIDE + GAP if icon_first else left, base)


def minute_digits(minutes: int) -> Ink:
    """The digits beside the unit; three of them are narrower, for the picture on their left stays where it is."""
    return fitted(str(max(0, minutes)), DIGITS_PX, DIGITS_WIDTH)


def put_minutes(sheet: Image.Image, minutes: int) -> None:
    """So many minutes and their unit, at the right end."""
    unit = text(ENGLISH["min"], UNIT_PX)
    left = SCREEN_WIDTH - 2 - unit.width
    put_ink(sheet, unit, left, BASE)
    digits = minute_digits(minutes)
    put_ink(sheet, digits, left - DIGITS_GAP - digits.width, BASE)


def put_wave(sheet: Image.Image, progress: int) -> None:
    """The way through a piece, `progress` of 1000 behind: a wave, a head, and still dots for what is to come."""
    head = WAVE_LEFT + round((WAVE_RIGHT - WAVE_LEFT) * _thousandth(progress))
    put(sheet, _wave().crop((0, 0, head + 1, _wave().height)), 0, 0)
    for x, y in _wave_dots():
        if head + HEAD_ROOM < x < WAVE_RIGHT:
            sheet.paste(LIT, (x, y, x + 2, y + 2))
    _disc(sheet, head, round(_wave_row(head)), HEAD_RADIUS)


def put_bars(sheet: Image.Image, bars: int, most: int, *, wall: bool) -> None:
    """The level: one bar a detent, feet for those not reached, and the wall that ends them."""
    put(sheet, icon(Icon.VOLUME), 2, 42)
    pen = ImageDraw.Draw(sheet)
    half_pitch = 2 * BARS_WIDTH // max(1, most)
    for bar in range(most):
        rise = LOWEST_BAR + round((HIGHEST_BAR - LOWEST_BAR) * bar / max(1, most - 1))
        left = BARS_LEFT + bar * half_pitch // 2
        right = max(left, BARS_LEFT + (bar + 1) * half_pitch // 2 - 3)
        pen.rectangle((left, BARS_BOTTOM + 1 - (rise if bar < bars else FOOT), right, BARS_BOTTOM), LIT)
    if wall:
        pen.rectangle(WALL, LIT)


def put_places(sheet: Image.Image, place: int, places: int) -> None:
    """Which of the sets is shown (from 0 on): a disc among rings. The chevrons say that it turns both ways."""
    for dy in range(-CHEVRON_RISE, CHEVRON_RISE + 1):
        for across in range(CHEVRON_STROKE):
            x = CHEVRON_LEFT + abs(dy) + across
            sheet.putpixel((x, DOTS_ROW + dy), LIT)
            sheet.putpixel((SCREEN_WIDTH - 1 - x, DOTS_ROW + dy), LIT)
    shown = max(1, min(places, DOTS_MOST))
    # More sets than dots: the disc keeps its share of the way, and only the ends stand for one set each.
    marked = place if places <= shown else round(place * (shown - 1) / (places - 1))
    pitch = min(DOTS_PITCH, DOTS_WIDTH // max(1, shown - 1))
    for at in range(shown):
        x = SCREEN_WIDTH // 2 + round((at - (shown - 1) / 2) * pitch)
        _disc(sheet, x, DOTS_ROW, DISC_RADIUS if at == marked else RING_RADIUS)
        if at != marked:
            _disc(sheet, x, DOTS_ROW, HOLE_RADIUS, lit=0)


def put_moon(sheet: Image.Image, progress: int, *, setting: bool) -> None:
    """The moon over the horizon: it travels level, then sets, `progress` of 1000 of either part behind."""
    begin, end = (MOON_SETS, MOON_RIGHT) if setting else (MOON_LEFT, MOON_SETS)
    way = _thousandth(progress)
    x = begin + int((end - begin) * way)
    y = MOON_ROW + (int((MOON_GONE_ROW - MOON_ROW) * way) if setting else 0)
    put(sheet, icon(Icon.MOON), x - MOON_MIDDLE, y - MOON_MIDDLE)
    for at in range(MOON_LEFT, MOON_RIGHT, MOON_DOT_STEP):
        if at >= x - MOON_MIDDLE + SIDE:
            for column in (at, at + 1):
                row = _moon_row(column)
                sheet.paste(LIT, (column, row, column + 1, row + 2))
    sheet.paste(0, (0, HORIZON[1], max(x + SIDE, HORIZON[2] + 1), HORIZON[3] + 3))
    sheet.paste(LIT, (HORIZON[0], HORIZON[1], HORIZON[2] + 1, HORIZON[3] + 1))


def _thousandth(progress: int) -> float:
    return max(0, min(1000, progress)) / 1000


def _moon_row(column: int) -> int:
    fall = max(0, column - MOON_SETS) / (MOON_RIGHT - MOON_SETS)
    return MOON_ROW + int((MOON_GONE_ROW - MOON_ROW) * fall)


def _wave_row(x: float) -> float:
    return WAVE_ROW - WAVE_RISE * sin(2 * pi * (x - WAVE_LEFT) / WAVE_PERIOD)


@cache
def _wave_dots() -> tuple[tuple[int, int], ...]:
    """Where dots stand, equally far apart along the wave."""
    fine, walked = 0.02, 0.0
    dots: list[tuple[int, int]] = []
    x, y = float(WAVE_LEFT), float(WAVE_ROW)
    while x <= WAVE_RIGHT:
        if walked >= len(dots) * DOT_STEP:
            dots.append((round(x), round(y)))
        next_y = _wave_row(x + fine)
        walked += hypot(fine, next_y - y)
        x, y = x + fine, next_y
    return tuple(dots)


@cache
def _wave() -> Image.Image:
    """The whole stroke, drawn with a round pen through the middles of the rows."""
    scale, pen_px = WAVE_SCALE, PEN_RADIUS * WAVE_SCALE
    large = Image.new("L", (SCREEN_WIDTH * scale, (BASE + 3) * scale))
    pen = ImageDraw.Draw(large)
    for touch in range(int((WAVE_RIGHT - WAVE_LEFT) / PEN_STEP) + 1):
        x = WAVE_LEFT + touch * PEN_STEP
        at_x, at_y = x * scale, (_wave_row(x) + 0.5) * scale
        pen.ellipse((at_x - pen_px, at_y - pen_px, at_x + pen_px, at_y + pen_px), LIT)
    return one_bit(large.reduce(scale))


def _disc(sheet: Image.Image, x: int, y: int, radius: float, lit: int = LIT) -> None:
    reach = int(radius)
    for dy in range(-reach, reach + 1):
        half = int((radius**2 - dy**2) ** 0.5)
        sheet.paste(lit, (x - half, y + dy, x + half + 1, y + dy + 1))
