"""The catalogues: whole, agreeing with the code, and compiled as they stand."""

import ast
import gettext
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ward.catalogues import LANGUAGES, LOCALE, catalogue, entries, placeholders

EACH = pytest.mark.parametrize("language", LANGUAGES)


@EACH
def test_every_text_is_translated_and_none_is_a_guess(language: str) -> None:
    found = entries(catalogue(language))
    assert len(found) > 900
    assert [entry.text for entry in found if entry.fuzzy or not all(entry.said)] == []
    assert [entry.text for entry in found if len(entry.said) != (2 if entry.plural else 1)] == []


def test_the_three_catalogues_hold_the_same_texts() -> None:
    first, *others = ({entry.key for entry in entries(catalogue(language))} for language in LANGUAGES)
    assert all(other == first for other in others)


@EACH
def test_what_is_filled_in_agrees_with_the_code(language: str) -> None:
    for entry in entries(catalogue(language)):
        asked = [placeholders(text) for text in (entry.text, entry.plural or entry.text)]
        assert placeholders(entry.said[0]) in asked, entry
        assert placeholders(entry.said[-1]) == asked[-1], entry


@EACH
def test_a_text_begins_and_ends_with_a_space_where_the_code_s_text_does(language: str) -> None:
    for entry in entries(catalogue(language)):
        for said in entry.said:
            assert (said[0] == " ", said[-1] == " ") == (entry.text[0] == " ", entry.text[-1] == " "), entry


@EACH
def test_no_page_exclaims(language: str) -> None:
    assert [entry.text for entry in entries(catalogue(language)) if "!" in "".join(entry.said)] == []


def test_french_marks_are_never_alone_on_a_line() -> None:
    torn = re.compile(r" [:;?»]|« ")
    assert [entry.said for entry in entries(catalogue("fr")) if any(map(torn.search, entry.said))] == []


@EACH
def test_the_compiled_catalogue_is_what_the_written_one_says(language: str) -> None:
    found, file = entries(catalogue(language)), catalogue(language).with_suffix(".mo")
    with file.open("rb") as compiled:
        read = gettext.GNUTranslations(compiled)
    for entry in found:
        asked = (entry.text, entry.plural or entry.text)
        for number, said in zip((1, 2), entry.said, strict=False):
            if entry.plural:
                assert read.ngettext(*asked, number) == said
            else:
                assert (read.pgettext(entry.context, entry.text) if entry.context else read.gettext(entry.text)) == said
    assert struct.unpack("<I", file.read_bytes()[8:12])[0] == len(found) + 1  # and its head


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="xgettext is not on this machine")
def test_the_catalogues_hold_every_text_of_the_code_and_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "ward"
    shutil.copytree(LOCALE.parent, folder, ignore=shutil.ignore_patterns("locale", "__pycache__", "vendor"))
    (folder / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "-l", "de", "--no-location"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    fresh = {entry.key for entry in entries(folder / "locale" / "de" / "LC_MESSAGES" / "django.po")}
    assert {entry.key for entry in entries(catalogue("de"))} == fresh


def test_every_text_in_the_code_can_be_found_by_those_who_collect_texts() -> None:
    known = {entry.text for entry in entries(catalogue("de"))}
    calls = [call for file in LOCALE.parent.rglob("*.py") for call in ast.walk(ast.parse(file.read_text()))]
    texts = [text for call in calls if isinstance(call, ast.Call) for text in _texts(call)]
    assert len(texts) > 400
    assert [text for text in texts if text not in known] == []  # xgettext does not look into an f-string


def _texts(call: ast.Call) -> list[str]:
    """The texts of a call of gettext, by whatever name."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name != "_" and "gettext" not in name:
        return []
    argument = call.args[1 if "pgettext" in name else 0]
    return [argument.value] if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else []
