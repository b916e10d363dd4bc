"""docs/bedside.md shows every screen and every language, as the box draws them."""

import re
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from device.display.screens.languages import Word, languages
from device.rules.view import Scene
from tests.box.test_screens_languages import SHOWN_IN

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "bedside.md").read_text(encoding="utf-8")
SHOWN = re.findall(r'(?:src="|\]\()bedside/([\w.-]+\.png)', PAGE)


@cache
def maker() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "make_bedside.py"))


@cache
def pictures() -> dict[str, Image.Image]:
    drawn: dict[str, Image.Image] = maker()["pictures"]()
    return drawn


def test_the_page_shows_each_picture_once_and_none_is_left_over() -> None:
    drawn = set(pictures())
    assert sorted(SHOWN) == sorted(drawn)
    assert {path.name for path in (DOCS / "bedside").iterdir()} == drawn


@pytest.mark.parametrize("name", sorted(set(SHOWN)))
def test_a_picture_of_the_page_is_what_the_box_draws(name: str) -> None:
    with Image.open(DOCS / "bedside" / name) as picture:
        shown = np.asarray(picture.convert("RGB"))
    assert np.array_equal(shown, np.asarray(pictures()[name])), "run python docs/make_bedside.py"


def test_the_page_shows_every_scene_under_its_number() -> None:
    screens = maker()["SCREENS"]
    assert {view.scene for view in screens.values()} == set(Scene)
    assert [int(name[:2]) for name in screens] == list(range(1, 29))
    for name in screens:
        (row,) = re.findall(rf"^\|.*bedside/{name}\.png.*$", PAGE, re.MULTILINE)
        assert f"**{int(name[:2])}" in row


def test_the_page_shows_every_word_of_every_language() -> None:
    assert {name for name in SHOWN if name.startswith("words-")} == {f"words-{each}.png" for each in languages()}
    shown = {(view.scene, view.question, view.change) for view in maker()["SPOKEN"]}
    words = {(view.scene, view.question, view.change) for word, view in SHOWN_IN.items() if word is not Word.PLAY}
    assert words <= shown  # and PLAY's word stands on the reminder


def test_what_a_picture_shows_is_said_in_words_too() -> None:
    assert all(re.findall(r'alt="([^"]*)"', PAGE))
    assert len(re.findall(r"<img [^>]*alt=", PAGE)) == len(re.findall(r"<img ", PAGE))
