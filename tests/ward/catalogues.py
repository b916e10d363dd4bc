"""The catalogues of the ward's pages, read without gettext's tools."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOCALE = Path(__file__).parents[2] / "ward" / "locale"
LANGUAGES = ("de", "fr", "es")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|<[^>]+>")


@dataclass(frozen=True, slots=True)
class Entry:
    """One text: what stands in the code, and what a page says instead; two texts where there is a plural."""

    context: str
    text: str
    plural: str
    said: tuple[str, ...]
    fuzzy: bool

    @property
    def key(self) -> tuple[str, str]:
        """By what the code finds it."""
        return self.context, self.text


def entries(file: Path) -> list[Entry]:
    """All of a .po file but its head and what nobody uses any more."""
    blocks = file.read_text(encoding="utf-8").split("\n\n")
    return [entry for entry in map(_entry, blocks) if entry.text]


def catalogue(language: str) -> Path:
    """A language's .po file."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def placeholders(text: str) -> list[str]:
    """What is filled in, and the marks, in an order that languages share."""
    return sorted(PLACEHOLDER.findall(text))


def _entry(block: str) -> Entry:
    said = dict(_fields(block))
    texts = tuple(text for name, text in said.items() if name.startswith("msgstr"))
    fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines())
    return Entry(said.get("msgctxt", ""), said.get("msgid", ""), said.get("msgid_plural", ""), texts, fuzzy)


def _fields(block: str) -> Iterator[tuple[str, str]]:
    for name, quoted in re.findall(r'^(msg\w+(?:\[\d\])?) ((?:".*"(?:\n|$))+)', block, re.MULTILINE):
        yield name, "".join(ast.literal_eval(line) for line in quoted.splitlines())
