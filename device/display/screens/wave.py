"""The wave: moving with a track, or still where nothing is counted. Draws onto a picture; knows no view."""

from dataclasses import dataclass
from functools import cache
from math import hypot, pi, sin

from PIL import Image, ImageDraw

from device.display.screens.band import BASE, LIT, SCREEN_WIDTH, disc, put, thousandth
from device.display.screens.words import one_bit

WAVE_SCALE, PEN_STEP = 8, 0.125  # the stroke is drawn eight times larger and reduced
DOT_STEP = 6  # px along the wave between two still dots
HEAD_RADIUS = 3.5
HEAD_ROOM = 6  # columns before the head that no dot stands in


@dataclass(frozen=True, slots=True)
class Wave:
    """A sine between two columns, about a row; all in pixels, the rise upwards first."""

    left: float
    right: float
    row: float
    rise: float
    period: int
    pen_radius: float

    def at(self, x: float) -> float:
        """The row at this column."""
        return self.row - self.rise * sin(2 * pi * (x - self.left) / self.period)


OF_A_TRACK = Wave(left=5, right=62, row=53, rise=5, period=29, pen_radius=1.375)
STILL = Wave(left=18.5, right=109.5, row=53.5, rise=2.5, period=46, pen_radius=0.875)


def put_wave(sheet: Image.Image, progress: int) -> None:
    """The way through a track, `progress` of 1000 behind: a wave, a head, and still dots for what is to come."""
    wave = OF_A_TRACK
    head = round(wave.left + (wave.right - wave.left) * thousandth(progress))
    stroke = _stroke(wave)
    put(sheet, stroke.crop((0, 0, head + 1, stroke.height)), 0, 0)
    for x, y in _dots(wave):
        if head + HEAD_ROOM < x < wave.right:
            sheet.paste(LIT, (x, y, x + 2, y + 2))
    disc(sheet, head, round(wave.at(head)), HEAD_RADIUS)


def put_still_wave(sheet: Image.Image) -> None:
    """Nothing moves, counts or asks."""
    put(sheet, _stroke(STILL), 0, 0)


@cache
def _dots(wave: Wave) -> tuple[tuple[int, int], ...]:
    """Where dots stand, equally far apart along the wave."""
    fine, walked = 0.02, 0.0
    dots: list[tuple[int, int]] = []
    x, y = wave.left, wave.row
    while x <= wave.right:
        if walked >= len(dots) * DOT_STEP:
            dots.append((round(x), round(y)))
        next_y = wave.at(x + fine)
        walked += hypot(fine, next_y - y)
        x, y = x + fine, next_y
    return tuple(dots)


@cache
def _stroke(wave: Wave) -> Image.Image:
    """The whole stroke, drawn with a round pen through the middles of the rows."""
    scale, pen_px = WAVE_SCALE, wave.pen_radius * WAVE_SCALE
    large = Image.new("L", (SCREEN_WIDTH * scale, (BASE + 3) * scale))
    pen = ImageDraw.Draw(large)
    for touch in range(int((wave.right - wave.left) / PEN_STEP) + 1):
        x = wave.left + touch * PEN_STEP
        at_x, at_y = x * scale, (wave.at(x) + 0.5) * scale
        pen.ellipse((at_x - pen_px, at_y - pen_px, at_x + pen_px, at_y + pen_px), LIT)
    return one_bit(large.reduce(scale))
