"""No page, screen, command or message uses a word that the glossary has retired."""

import re
from typing import NamedTuple

import pytest

from tests.wire.words import ROOT, Text, texts


class Retired(NamedTuple):
    """One row of the glossary's table: words, what to say instead, and the phrases and places that stay allowed."""

    words: tuple[str, ...]
    instead: str
    phrases: tuple[str, ...]
    places: tuple[str, ...]


def table() -> list[Retired]:
    """The glossary's retired words."""
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|(.*)\|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    return [_row(words, instead, allowed) for words, instead, allowed in rows]


def findings(said: Text, rows: list[Retired]) -> list[str]:
    """Each retired word in this text, with file and line and what to say instead."""
    where = f"{said.file}:{said.line}"
    return [
        f"{where}: {word!r}, say {row.instead}: {said.said.strip()[:120]}"
        for row in rows
        if not said.file.startswith(row.places)
        for word in _found(row, said.said)
    ]


def test_no_text_of_the_product_uses_a_retired_word() -> None:
    rows = table()
    assert len(rows) >= 18
    found = sorted({finding for text in texts() for finding in findings(text, rows)})
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Assigned to #: the set", "the set"),
        ("Three sets", "sets"),
        ("Give music", "Give"),
        ("Box NOT  heard since", "NOT  heard"),
        ("It starts anew.", "anew"),
    ],
)
def test_a_retired_word_is_found_and_told_with_file_and_line(said: str, word: str) -> None:
    (finding,) = findings(Text("ward/x.html", 7, said), table())
    assert finding.startswith(f"ward/x.html:7: {word!r}, say ")


@pytest.mark.parametrize("said", ["Set up a box", "Where this is set", "Reset", "a setting", "an asset", "give back"])
def test_a_word_that_only_looks_like_a_retired_one_is_allowed(said: str) -> None:
    assert findings(Text("ward/x.html", 7, said), table()) == []


def test_texts_of_every_kind_are_read() -> None:
    kinds = ("device/__main__.py", "ward/templates/", "device/display/", "firmware/simulator/page/", "messages/wire.py")
    read = {text.file for text in texts() if text.said.strip()}
    assert [kind for kind in kinds if not any(file.startswith(kind) for file in read)] == []


def test_a_field_and_a_closed_word_of_a_message_are_read_as_nouns() -> None:
    said = {text.said for text in texts() if text.file.startswith("messages/")}
    assert {"the playlists", "the assigned the at", "the nurse the call"} <= said


def _row(words: str, instead: str, allowed: str) -> Retired:
    exceptions = re.findall(r"`([^`]+)`", allowed)
    places = tuple(one for one in exceptions if "/" in one)
    return Retired(tuple(re.findall(r"`([^`]+)`", words)), instead, tuple(set(exceptions) - set(places)), places)


def _found(row: Retired, said: str) -> list[str]:
    for phrase in row.phrases:
        said = re.sub(_pattern(phrase), " ", said, flags=re.IGNORECASE)
    return [found for word in row.words for found in re.findall(_pattern(word), said, re.IGNORECASE)]


def _pattern(words: str) -> str:
    """These words as whole words, whatever space stands between them."""
    return r"(?<![\w-])" + r"\s+".join(map(re.escape, words.split())) + r"(?![\w-])"
