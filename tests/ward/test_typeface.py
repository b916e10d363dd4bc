"""The pages' typeface: it comes from this server, has every sign of the four languages, and moves no line."""

import gettext
import re
from pathlib import Path

import pytest

from tests.ward.window import Window
from ward.beds.models import Bed

WARD = Path(__file__).resolve().parents[2] / "ward"
SHEET = (WARD / "static" / "fonts.css").read_text()
WEIGHTS = ("400", "600", "700")
LOADED = (
    "() => document.fonts.ready.then(() => [...document.fonts].filter(f => f.status == 'loaded').map(f => f.weight))"
)
TOPS = "() => [...document.querySelectorAll('h1, h2, .tile, header')].map(e => e.getBoundingClientRect().top)"
NOT_LETTERS = {"\n", "\t", "\x04"}  # the last parts a context from its text


def ranges() -> list[set[int]]:
    """The signs that each face says it has."""
    found = []
    for face in re.findall(r"unicode-range: ([^;]+);", SHEET):
        ends = [part.strip().removeprefix("U+").split("-") for part in face.split(",")]
        found.append({code for end in ends for code in range(int(end[0], 16), int(end[-1], 16) + 1)})
    return found


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_the_typeface_has_every_sign_of_a_language(language: str) -> None:
    with (WARD / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    signs = {sign for said in catalog.items() for text in said for sign in str(text)} - NOT_LETTERS
    for face in ranges():
        assert [sign for sign in signs if ord(sign) not in face] == []


def test_each_weight_that_the_pages_use_has_a_face_of_its_own() -> None:
    sheets = "".join(file.read_text() for file in (WARD / "static").glob("*.css") if file.name != "fonts.css")
    used = set(re.findall(r"font(?:-weight)?:\s*(\d{3})\b", sheets))
    assert used <= set(WEIGHTS)
    assert set(re.findall(r"font-weight: (\d+)", SHEET)) == set(WEIGHTS)
    for weight in WEIGHTS:
        assert (WARD / "static" / "fonts" / f"inter-{weight}.woff2").stat().st_size < 32_000


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_typeface_comes_from_this_server_and_moves_nothing(window: Window, bed: Bed) -> None:
    window.open()
    page = window.page
    assert {"400", "700"} <= set(page.evaluate(LOADED))
    with_inter = page.evaluate(TOPS)
    page.evaluate("() => document.documentElement.style.setProperty('--font', '\"Inter stand-in\", sans-serif')")
    assert page.evaluate(TOPS) == pytest.approx(with_inter, abs=1.0)
