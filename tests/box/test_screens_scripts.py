"""Any script on the screen: which typeface a label gets, that it is shaped, and that something is always drawn."""

from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from PIL import features

from device.display.screens import draw
from device.display.screens.typefaces import UNIFONT_GRID_PX, Typeface, typeface_for
from device.display.screens.words import NIGHT_WEIGHT, fitted
from device.rules.view import Scene, View
from firmware.fonts import noto_cjk, noto_of, noto_sans, noto_sans_arabic, noto_sans_devanagari, unifont
from firmware.fonts.coverage import coverage

THAI, CJK, UNIFONT = (
    "truetype/noto/NotoSansThai-Bold.ttf",
    "opentype/noto/NotoSansCJK-Bold.ttc",
    "opentype/unifont/unifont.otf",
)
SHAPED = features.check("raqm") and features.check("fribidi")
LABELS = ["Erinnern", "Détente", "Été", "Sueños", "Niñez", "Ηρεμία", "Ύπνος", "Покой", "Сон"]
HANGING_LABELS = {
    "هدوء": noto_sans_arabic,
    "ذكريات": noto_sans_arabic,
    "शांति": noto_sans_devanagari,
    "नींद": noto_sans_devanagari,
}


def installed(folder: Path, name: str, signs: str) -> Path:
    """A font with these signs, each a black square, where Debian's package would put it."""
    pen = TTGlyphPen(None)
    for step, corner in enumerate([(100, 0), (100, 700), (800, 700), (800, 0)]):
        (pen.lineTo if step else pen.moveTo)(corner)
    pen.closePath()
    square = pen.glyph()
    glyphs = {".notdef": TTGlyphPen(None).glyph(), **{f"u{ord(sign):04X}": square for sign in signs}}
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(list(glyphs))
    font.setupCharacterMap({ord(sign): f"u{ord(sign):04X}" for sign in signs})
    font.setupGlyf(glyphs)
    font.setupHorizontalMetrics(dict.fromkeys(glyphs, (900, 100)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupPost()
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    font.save(path)
    return path


@pytest.mark.parametrize("label", LABELS)
def test_a_label_of_a_european_script_stands_large_on_its_line(label: str) -> None:
    ink = fitted(label)
    assert ink.size_px == (32 if "É" in label else 34)  # 23 px: the accent stays under the two black rows
    assert ink.top >= -30
    assert typeface_for(label).path == noto_sans()


@pytest.mark.parametrize("label", HANGING_LABELS)
def test_a_label_without_a_latin_base_line_fills_its_rows_from_the_middle(label: str) -> None:
    ink = fitted(label)
    assert typeface_for(label).path == HANGING_LABELS[label]()
    assert ink.size_px in range(38, 41)
    assert ink.height <= 37
    over, under = 32 + ink.top - 2, 39 - (32 + ink.bottom)  # of rows 2 to 38
    assert under - over in {0, 1}


@pytest.mark.skipif(not SHAPED, reason="shaping needs raqm and libfribidi0")
def test_arabic_letters_are_joined() -> None:
    joined = fitted("بيت")
    rows = np.asarray(joined.picture)
    assert rows.any(axis=0).all()  # not one empty column from the first letter to the last


@pytest.mark.skipif(not SHAPED, reason="shaping needs raqm and libfribidi0")
def test_a_devanagari_sign_that_is_spoken_after_its_letter_may_stand_before_it() -> None:
    letter, with_sign = np.asarray(fitted("त").picture), np.asarray(fitted("ति").picture)
    assert with_sign.shape[1] > letter.shape[1]
    assert with_sign[:, :4].sum() > letter[:, :4].sum()  # the stem of the short i, left of the letter


@pytest.mark.skipif(not SHAPED, reason="shaping needs raqm and libfribidi0")
def test_a_mark_that_keeps_letters_apart_is_heeded_and_takes_no_room() -> None:
    apart, spaced, joined = (fitted(label).width for label in ("می\u200cروم", "می روم", "میروم"))
    assert joined < apart < spaced


@pytest.mark.parametrize("label", HANGING_LABELS)
def test_the_night_is_thin_in_every_script(label: str) -> None:
    assert np.asarray(fitted(label, weight=NIGHT_WEIGHT).picture).sum() < 0.9 * np.asarray(fitted(label).picture).sum()


@pytest.mark.parametrize("label", ["安静", "深度睡眠", "สงบ", "🕊"])
def test_a_label_that_no_typeface_has_is_seen_all_the_same(label: str) -> None:
    assert np.asarray(draw(View(Scene.READY, word=label)))[:40].any()


def test_a_script_of_an_installed_package_is_drawn_with_its_noto_sans(tmp_path: Path) -> None:
    path = installed(tmp_path, THAI, "สงบ")
    installed(tmp_path, UNIFONT, "สงบ")
    assert noto_of("Thai", tmp_path) == path
    assert typeface_for("สงบ", tmp_path) == Typeface(path)


def test_chinese_japanese_and_korean_are_faces_of_one_file(tmp_path: Path) -> None:
    path = installed(tmp_path, CJK, "安静やすらぎ안")
    faces = TTCollection()
    faces.fonts = [TTFont(path) for _ in range(3)]
    faces.save(path)
    assert noto_cjk(tmp_path) == path
    assert [typeface_for(label, tmp_path) for label in ("やすらぎ", "안", "安静")] == [
        Typeface(path, at) for at in range(3)
    ]
    assert all("静" in coverage(path, at) for at in range(3))


def test_the_last_resort_is_drawn_in_whole_pixels(tmp_path: Path) -> None:
    path = installed(tmp_path, UNIFONT, "安静")
    assert unifont(tmp_path) == path
    assert typeface_for("安静", tmp_path) == Typeface(path, grid_px=UNIFONT_GRID_PX)


def test_a_label_of_two_scripts_gets_the_typeface_with_most_of_its_signs(tmp_path: Path) -> None:
    path = installed(tmp_path, THAI, "สงบ")
    assert typeface_for("A สงบ", tmp_path).path == path
    assert typeface_for("Calm ส", tmp_path).path == noto_sans()


def test_without_any_package_a_foreign_label_is_empty_boxes_of_noto_sans(tmp_path: Path) -> None:
    assert typeface_for("安静", tmp_path).path == noto_sans()


def test_a_font_file_that_is_broken_covers_nothing(tmp_path: Path) -> None:
    for at, content in enumerate([b"", b"\0", b"ttcf", b"\0\1\0\0" + b"\xff" * 200, noto_sans().read_bytes()[:400]]):
        path = tmp_path / f"{at}.ttf"
        path.write_bytes(content)
        assert "A" not in coverage(path)
    assert "A" not in coverage(tmp_path / "missing.ttf")


@pytest.mark.parametrize("path", [noto_sans(), noto_sans_arabic(), noto_sans_devanagari()])
def test_a_typeface_covers_what_its_table_says(path: Path) -> None:
    covered = coverage(path)
    with TTFont(path) as font:
        signs = set(font.getBestCmap())
    assert {
        code for first, last in zip(covered.firsts, covered.lasts, strict=True) for code in range(first, last + 1)
    } == signs
    assert all(chr(code) in covered for code in signs)


def test_signs_beyond_65535_are_found_too(tmp_path: Path) -> None:
    covered = coverage(installed(tmp_path, UNIFONT, "A𐎀🕊"))
    assert [sign in covered for sign in "A𐎀🕊B𐎁"] == [True, True, True, False, False]
