"""The moon over its horizon, the band of a playlist that fades. Draws onto a picture; knows no view."""

from PIL import Image

from device.display.screens.band import LIT, put, thousandth
from device.display.screens.icons import SIDE, Icon, icon

MOON_LEFT, MOON_SETS, MOON_RIGHT = 11, 48, 57  # columns: comes, begins to set, is gone
MOON_ROW, MOON_GONE_ROW = 49, 62
HORIZON = (2, 60, 63, 61)
MOON_MIDDLE = 9  # of the icon, both ways
MOON_DOT_STEP = 5


def put_moon(sheet: Image.Image, progress: int, *, setting: bool) -> None:
    """The moon over the horizon: it travels level, then sets, `progress` of 1000 of either part behind."""
    begin, end = (MOON_SETS, MOON_RIGHT) if setting else (MOON_LEFT, MOON_SETS)
    way = thousandth(progress)
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


def _moon_row(column: int) -> int:
    fall = max(0, column - MOON_SETS) / (MOON_RIGHT - MOON_SETS)
    return MOON_ROW + int((MOON_GONE_ROW - MOON_ROW) * fall)
