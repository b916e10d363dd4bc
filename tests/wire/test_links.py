"""The documents name only files and folders that exist."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*DOCS, *(ROOT / name for name in ("README.md", "CONTRIBUTING.md"))]
# Folders that a path in backticks may begin with. What starts elsewhere (an address, /proc, build/) is no file of ours.
OURS = ("deploy", "device", "docs", "firmware", "messages", "playlists", "tests", "ward")
PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(OURS)})/[\w./*-]*\w\.?(?:/|\b)")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)|<img src=\"([^\"]+)\"")
# What someone who adds a language will make.
NOT_YET = {"tests/box/golden/sv/", "docs/bedside/words-sv.png"}
# The end of a file's path: a sentence may leave out the folder that the one before it named.
SHORT = re.compile(r"`([\w/-]+\.(?:py|js|html|css))`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_document_names_exists(page: Path) -> None:
    assert _missing_paths(page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_document_names_without_its_folder_exists(page: Path) -> None:
    files = _files()
    named = SHORT.findall(page.read_text())
    assert [name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in files)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_document_leads_to_a_file(page: Path) -> None:
    targets = [first or second for first, second in LINK.findall(page.read_text())]
    inside = [target for target in targets if "://" not in target]
    assert [target for target in inside if not (page.parent / target).exists()] == []


def test_a_path_that_does_not_exist_is_found_and_told_with_its_line() -> None:
    assert _missing_paths("see\n`ward/nowhere.py` and `ward/beds/models.py`, `docs/`") == ["2: ward/nowhere.py"]


@cache
def _files() -> frozenset[str]:
    """Every file of ours, from the root on."""
    return frozenset(path.relative_to(ROOT).as_posix() for folder in OURS for path in (ROOT / folder).rglob("*.*"))


def _missing_paths(text: str) -> list[str]:
    """Each path of ours in the text that is not there, with its line."""
    return [
        f"{number}: {path}"
        for number, line in enumerate(text.splitlines(), 1)
        for path in PATH.findall(line)
        if path not in NOT_YET and not any(ROOT.glob(path.rstrip("/")))
    ]
