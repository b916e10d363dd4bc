"""The ward's table of letters against the typeface of the screen.

After a change of the typeface run `python -m tests.playlists.test_label_width` and put what it prints into the table.
"""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from device.display.screens.words import BOLD, NARROWEST, WORD_WIDTH, fitted
from firmware.fonts import noto_sans
from firmware.fonts.coverage import coverage
from playlists.label_width import ADVANCES, LARGE_PX, ZONE_PX, stays_large, width_px

FONT_PX = 28  # capitals of 20 px
ZERO = ord(" ")


def advances() -> dict[int, str]:
    """For each run of signs, by its first code point: their advances in half pixels, one ASCII sign each."""
    font = ImageFont.truetype(noto_sans(), FONT_PX)
    font.set_variation_by_axes([BOLD, NARROWEST])
    covered = coverage(noto_sans())
    return {
        first: "".join(chr(ZERO + round(2 * font.getlength(chr(code)))) for code in range(first, last + 1))
        for first, last in zip(covered.firsts, covered.lasts, strict=True)
    }


def test_the_table_is_the_typefaces_own() -> None:
    assert advances() == ADVANCES
    assert ZONE_PX == WORD_WIDTH
    assert round(FONT_PX * 0.714) == LARGE_PX


KNOWN = "".join(chr(first + at) for first, run in ADVANCES.items() for at in range(len(run)))
LETTERS = [sign for sign in KNOWN if sign.isalpha()]


@given(label=st.text(st.sampled_from(LETTERS), min_size=1, max_size=8))
@example(label="MMMMMMMM")
@example(label="Memories")
@settings(max_examples=300, deadline=None)
def test_the_table_tells_the_size_on_the_screen_within_a_pixel(label: str) -> None:
    size_px = fitted(label).size_px
    assert size_px >= FONT_PX - 2 if stays_large(label) else size_px <= FONT_PX + 1


@pytest.mark.parametrize(
    "label", ["Calm", "Memories", "Erinnern", "Détente", "Sueños", "Ηρεμία", "Покой", "Sleep", "Garden", ""]
)
def test_an_ordinary_label_stays_large(label: str) -> None:
    assert stays_large(label)


@pytest.mark.parametrize("label", ["MMMMMMMM", "WWWWWWWW", "MAMMMMAM", "Wwwwwwww"])
def test_a_label_of_wide_letters_does_not(label: str) -> None:
    assert not stays_large(label)
    assert fitted(label).size_px < FONT_PX


@pytest.mark.parametrize("label", ["ذكريات", "शांति", "深度睡眠", "A深"])
def test_a_script_that_the_table_does_not_know_is_not_judged(label: str) -> None:
    assert width_px(label) is None
    assert stays_large(label)


if __name__ == "__main__":
    for run_first, run in advances().items():
        print(f'    0x{run_first:04X}: "{run}",')
