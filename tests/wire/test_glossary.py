"""The glossary's words live where it says, and the pages and the screen say them in each language."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.ward.catalogues import catalogue, entries

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
SCREEN = ROOT / "device" / "display" / "screens" / "languages"
COLUMNS = {"de": 1, "fr": 2, "es": 3}
NO_WORD = "-"
DESIGN_WORDS = {
    "playlist",
    "track",
    "assignment",
    "stay",
    "session",
    "event",
    "effect",
    "entry",
    "receipt",
    "level",
    "cap",
}


def test_the_glossary_has_the_words_of_the_project_in_alphabetical_order() -> None:
    words = [word for word, _ in _terms()]
    assert set(words) >= DESIGN_WORDS
    assert words == sorted(words)


def test_every_place_that_the_glossary_names_is_there() -> None:
    places = [place for _, row in _terms() for place in re.findall(r"`([\w/]+\.py)` `(\w+)`", row)]
    assert len(places) >= len(_terms())
    missing = [f"{file}: {name}" for file, name in places if name not in _defined(ROOT / file)]
    assert missing == []


@pytest.mark.parametrize("language", COLUMNS)
def test_every_translation_in_the_glossary_is_what_pages_or_screen_say(language: str) -> None:
    said = _said(language)
    words = {word: row.split("|")[COLUMNS[language]].strip() for word, row in _terms()}
    assert {word: other for word, other in words.items() if other != NO_WORD and other.lower() not in said} == {}


def _terms() -> list[tuple[str, str]]:
    """Each word of the glossary with the rest of its row, from the meaning on."""
    return re.findall(r"^\| \*([^*]+)\* \|(.*)$", GLOSSARY.read_text(), re.MULTILINE)


@cache
def _said(language: str) -> str:
    """Everything that the ward's pages and the box's screen say in this language, in lower case."""
    pages = "\n".join(text for entry in entries(catalogue(language)) for text in entry.said)
    return f"{pages}\n{(SCREEN / f'{language}.toml').read_text()}".lower()


def _defined(file: Path) -> set[str]:
    """What a module defines at its top and in its classes."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
    return names
