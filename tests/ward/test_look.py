"""The look's promises that can be computed: contrast from tokens.css, sizes, what is fetched, arcs and bars."""

import re
from pathlib import Path

import pytest

from ward.tiles.pictures import ARCS, arc_picture, bars

STATIC = Path(__file__).resolve().parents[2] / "ward" / "static"
TEMPLATES = STATIC.parent / "templates"
TEXT, SHAPE = 4.5, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11
GROUNDS = ("ground", "surface", "sunk", "play", "sleep", "vigil")
PAIRS = (
    *(("ink", ground, TEXT) for ground in GROUNDS),
    *(("ink-2", ground, TEXT) for ground in (*GROUNDS[:4], "night-band")),
    *((f"{name}-ink", name, TEXT) for name in ("play", "sleep", "vigil")),
    ("on-need", "need", TEXT),
    ("on-bar", "bar", TEXT),
    ("on-act", "act", TEXT),
    ("on-act", "act-2", TEXT),
    *(("act", ground, TEXT) for ground in GROUNDS[:3]),
    *(("edge", ground, SHAPE) for ground in GROUNDS),
    *((f"{name}-edge", ground, SHAPE) for name in ("play", "sleep", "vigil") for ground in (name, "ground")),
    *(("focus", ground, SHAPE) for ground in GROUNDS),
)


def tokens(theme: str) -> dict[str, str]:
    """Colours by name; the night's stand over the day's."""
    sheet = (STATIC / "tokens.css").read_text()
    day, night = (re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", part) for part in sheet.split('[data-theme="night"]'))
    return dict(day) | (dict(night) if theme == "night" else {})


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["day", "night"])
@pytest.mark.parametrize(("name", "ground", "needed"), PAIRS, ids=str)
def test_what_is_read_stands_out_from_what_it_stands_on(theme: str, name: str, ground: str, needed: float) -> None:
    colours = tokens(theme)
    assert contrast(colours[name], colours[ground]) >= needed


def test_contrast_is_computed_as_the_guideline_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#16201d", "#eef1ef") == pytest.approx(14.7, abs=0.05)


def test_by_night_no_fill_is_brighter_than_three_percent() -> None:
    colours = tokens("night")
    assert [name for name in GROUNDS if luminance(colours[name]) > 0.03] == []


def test_a_target_is_at_least_44_pixels() -> None:
    assert "--target: 44px" in (STATIC / "tokens.css").read_text()
    assert "min-height: var(--target); min-width: var(--target)" in (STATIC / "ward.css").read_text()


def test_nothing_is_written_smaller_than_14_pixels() -> None:
    sheets = "".join((STATIC / name).read_text() for name in ("ward.css", "bed.css"))
    sizes = [float(size) for size in re.findall(r"font-size:\s*([\d.]+)rem", sheets)]
    assert all(size >= 0.875 for size in sizes)
    assert not re.search(r"font-size:\s*[\d.]+px", sheets)  # a reader's own size holds everywhere


def test_colours_are_named_in_the_tokens_only() -> None:
    sheets = "".join((STATIC / name).read_text() for name in ("ward.css", "bed.css"))
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", sheets)) <= {"#000", "#fff"}  # the screen at the bed is black and white


def test_nothing_is_fetched_from_outside() -> None:
    own = [*TEMPLATES.glob("*.html"), *STATIC.glob("*.css"), *STATIC.glob("*.js")]
    for file in own:
        assert not re.search(r"(src|href|url\()\W*(https?:)?//", file.read_text()), file.name


@pytest.mark.parametrize("arc", [*ARCS, "unheard-of"])
@pytest.mark.parametrize("progress", [-1.0, 0.0, 0.4, 1.0, 2.0])
def test_an_arc_stays_in_its_box_and_its_past_ends_where_its_rest_begins(arc: str, progress: float) -> None:
    picture = arc_picture(arc, progress)
    points = [tuple(map(float, point.split(","))) for point in f"{picture.past} {picture.rest}".split()]
    assert all(0 <= x <= 150 and 0 <= y <= 30 for x, y in points)
    assert picture.past.split()[-1] == picture.rest.split()[0]


def test_no_arc_is_a_flat_line() -> None:
    for arc in ARCS:
        assert len({point.split(",")[1] for point in arc_picture(arc, 1.0).past.split()}) > 5


def test_the_rest_of_a_vigil_is_dotted_for_it_has_no_end() -> None:
    assert arc_picture("wave", 0.5).dotted
    assert not arc_picture("u", 0.5).dotted


@pytest.mark.parametrize(
    ("level_dba", "cap_dba", "kinds"),
    [
        (46, 60, "now now may may may over"),
        (38, 45, "now may over over over over"),
        (40, 60, "now may may may may over"),
        (65, 65, "now now now now now now"),
        (47, 65, "now now now may may may"),
    ],
)
def test_bars_are_filled_to_the_level_and_outlined_to_the_cap(level_dba: int, cap_dba: int, kinds: str) -> None:
    assert " ".join(bar.kind for bar in bars(level_dba, cap_dba)) == kinds


def test_a_sheet_of_one_page_styles_no_class_of_another_page_by_accident() -> None:
    """Every page loads every sheet: a bare class that stands in two of them draws the wrong page."""
    bare: dict[str, set[str]] = {}
    for sheet in ("night.css", "helped.css", "setup.css", "devices.css", "wall.css", "history.css", "reports.css"):
        for line in (STATIC / sheet).read_text().splitlines():
            for name in re.findall(r"^\s*\.([a-z][\w-]*)(?=[ {:,])[^{]*\{", line):
                bare.setdefault(name, set()).add(sheet)
    assert {name: sheets for name, sheets in bare.items() if len(sheets) > 1} == {}
