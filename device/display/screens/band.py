"""The band, rows 40-63: what moves while the word above it stays. Draws onto a picture; knows no view."""

from PIL import Image, ImageDraw

from device.display.screens.icons import SIDE, Icon, icon
from device.display.screens.words import Ink, fitted

LIT = 255  # in mode "1" every other value comes back changed from ImageChops
SCREEN_WIDTH = 128
TOP, BOTTOM = 40, 62  # its first row, and the one under its last
BASE = 61  # the row under the words that have no neighbour below
RIGHT = SCREEN_WIDTH - 2
DIGITS_PX, UNIT_PX = 25, 16  # 18 and 12 px high
DIGITS_WIDTH, DIGITS_GAP, UNIT_WIDTH = 28, 4, 30
GAP = 8  # between a word and its icon
OFFER_WIDTH = 124 - SIDE - GAP

BARS_LEFT, BARS_WIDTH, BARS_BOTTOM = 28, 91, 61
LOWEST_BAR, HIGHEST_BAR, FOOT = 4, 18, 2
WALL = (122, 40, 125, 61)

DOTS_ROW = 52
DISC_RADIUS, RING_RADIUS, HOLE_RADIUS = 6.5, 3.5, 1.5
DOTS_PITCH, DOTS_WIDTH, DOTS_MOST = 16, 88, 8
CHEVRON_LEFT, CHEVRON_RISE, CHEVRON_STROKE = 3, 6, 3

BLOCKS_LEFT, BLOCKS_PITCH, BLOCK_WIDTH, BLOCKS_MOST = 28, 5, 3, 8
BLOCK_TOP, BLOCK_FOOT_TOP, BLOCK_BOTTOM = 48, 56, 59
SOON_BASE, SOON_WIDTH = 59, 50

TANK, TANK_RADIUS = (30, 47, 70, 58), 4
TANK_INNER = (32, 49, 68, 56)


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
    base = max(min(BASE - 2, BOTTOM - word.bottom), TOP - word.top)
    left = (SCREEN_WIDTH - word.width - GAP - SIDE) // 2
    put(sheet, icon(name), left if icon_first else left + word.width + GAP, min(base - 17, BOTTOM - SIDE))
    put_ink(sheet, word, left + SIDE + GAP if icon_first else left, base)


def count_digits(count: int, weight: int) -> Ink:
    """The digits beside a unit; three of them are narrower, for the picture on their left stays where it is."""
    return fitted(str(max(0, count)), DIGITS_PX, DIGITS_WIDTH, weight)


def put_count(sheet: Image.Image, count: int, unit: str, weight: int) -> None:
    """So many minutes or seconds, at the right end."""
    word = fitted(unit, UNIT_PX, UNIT_WIDTH, weight)
    left = RIGHT - word.width
    put_ink(sheet, word, left, BASE)
    digits = count_digits(count, weight)
    put_ink(sheet, digits, left - DIGITS_GAP - digits.width, BASE)


def put_bars(sheet: Image.Image, bars: int, most: int, *, wall: bool) -> None:
    """The level: one bar a detent, feet for those not reached, and the wall that ends them."""
    put(sheet, icon(Icon.VOLUME), 2, 42)
    pen = ImageDraw.Draw(sheet)
    for bar in range(most):
        rise = LOWEST_BAR + round((HIGHEST_BAR - LOWEST_BAR) * bar / max(1, most - 1))
        left = BARS_LEFT + round(bar * BARS_WIDTH / most)
        right = max(left, BARS_LEFT + round((bar + 1) * BARS_WIDTH / most) - 3)
        pen.rectangle((left, BARS_BOTTOM + 1 - (rise if bar < bars else FOOT), right, BARS_BOTTOM), LIT)
    if wall:
        pen.rectangle(WALL, LIT)


def put_places(sheet: Image.Image, place: int, places: int) -> None:
    """Which of the playlists is shown (from 0 on): a disc among rings."""
    shown = max(1, min(places, DOTS_MOST))
    # More playlists than dots: the disc keeps its share of the way, and only the ends stand for one playlist each.
    marked = place if places <= shown else round(place * (shown - 1) / (places - 1))
    pitch = min(DOTS_PITCH, DOTS_WIDTH // max(1, shown - 1))
    for at in range(shown):
        x = SCREEN_WIDTH // 2 + round((at - (shown - 1) / 2) * pitch)
        disc(sheet, x, DOTS_ROW, DISC_RADIUS if at == marked else RING_RADIUS)
        if at != marked:
            disc(sheet, x, DOTS_ROW, HOLE_RADIUS, lit=0)


def put_chevrons(sheet: Image.Image, left: int = CHEVRON_LEFT, row: int = DOTS_ROW, rise: int = CHEVRON_RISE) -> None:
    """The knob turns both ways. `left` is the tip of the left one; the other is its mirror."""
    for dy in range(-rise, rise + 1):
        for across in range(CHEVRON_STROKE):
            x = left + abs(dy) + across
            sheet.putpixel((x, row + dy), LIT)
            sheet.putpixel((SCREEN_WIDTH - 1 - x, row + dy), LIT)


def put_held(sheet: Image.Image, held: int, needed: int, soon: Ink) -> None:
    """Tracks being loaded: one block a track; with more than eight tracks, each block is a share."""
    put(sheet, icon(Icon.SOON), 2, 41)
    blocks = max(0, min(needed, BLOCKS_MOST))
    whole = max(0, held) * blocks // max(1, needed)
    for block in range(blocks):
        left = BLOCKS_LEFT + block * BLOCKS_PITCH
        top = BLOCK_TOP if block < whole else BLOCK_FOOT_TOP
        sheet.paste(LIT, (left, top, left + BLOCK_WIDTH, BLOCK_BOTTOM + 1))
    put_ink(sheet, soon, RIGHT - soon.width, min(SOON_BASE, BOTTOM - soon.bottom))


def put_tank(sheet: Image.Image, left: int, most: int) -> None:
    """Time left: a bar that empties."""
    ImageDraw.Draw(sheet).rounded_rectangle(TANK, TANK_RADIUS, outline=LIT)
    full = TANK_INNER[2] + 1 - TANK_INNER[0]
    width = -(-full * max(0, min(left, most)) // max(1, most))
    if width:
        sheet.paste(LIT, (TANK_INNER[0], TANK_INNER[1], TANK_INNER[0] + width, TANK_INNER[3] + 1))


def thousandth(progress: int) -> float:
    """A progress of 0 to 1000 as a share; what is beyond is the end."""
    return max(0, min(1000, progress)) / 1000


def disc(sheet: Image.Image, x: int, y: int, radius: float, lit: int = LIT) -> None:
    """A disc about the middle of a pixel."""
    reach = int(radius)
    for dy in range(-reach, reach + 1):
        half = int((radius**2 - dy**2) ** 0.5)
        sheet.paste(lit, (x - half, y + dy, x + half + 1, y + dy + 1))
