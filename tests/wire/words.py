"""Where the product's texts stand, line by line: what a person reads on pages, screen and terminal, and on the wire."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import msgspec

import messages

ROOT = Path(__file__).parents[2]
# The changelog and the glossary may name a word that is retired.
EXAMPLES = ("deploy/device.example.toml", "deploy/ward.example.env")
DOCS = (
    "README.md",
    "CONTRIBUTING.md",
    *EXAMPLES,
    *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))),
)
CODE = ("device", "firmware", "messages", "playlists", "ward")
SAID_TO_PEOPLE = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
}
COMMENT = re.compile(r"\{% comment.*?endcomment %\}|\{#.*?#\}|<!--.*?-->|<(script|style)\b.*?</\1>", re.DOTALL)
TRANSLATED = re.compile(r"""\{% (?:translate|trans) (["'])(.*?)\1.*?%\}""")
TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
FILLED_IN = re.compile(r"\{\{.*?\}\}|%\(\w+\)[sd]")
ELEMENT = re.compile(r"<[^>]*>", re.DOTALL)
READ_ALOUD = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')
IN_DOCUMENT = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)|<img [^>]*>", re.DOTALL)
IN_SCRIPT = re.compile(r"""(["'`])((?:(?!\1).)*\s(?:(?!\1).)*)\1""")


class Text(NamedTuple):
    """One text of the product and where it stands: file and line."""

    file: str
    line: int
    said: str


@cache
def texts() -> tuple[Text, ...]:
    """Every text that someone reads, one line at a time; `#` stands for what is filled in."""
    return (*_of_python(), *_of_templates(), *_of_screen(), *_of_scripts(), *_of_wire(), *_of_docs())


def _of_python() -> Iterator[Text]:
    """Strings of more than one word, and what is translated: sentences of pages, commands and logs."""
    for file in _files("*.py"):
        tree = ast.parse(file.read_text())
        skipped = _docstrings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID_TO_PEOPLE:
                yield from _constants(file, node, single_words=True)
        yield from _constants(file, tree, single_words=False, skipped=skipped)


def _constants(
    file: Path, tree: ast.AST, *, single_words: bool, skipped: frozenset[int] = frozenset()
) -> Iterator[Text]:
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in skipped)
    for node in strings:
        if isinstance(node.value, str) and (" " not in node.value) is single_words:
            yield _text(file, node.lineno, node.value)


def _docstrings(tree: ast.AST) -> frozenset[int]:
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, owners))
    firsts = (body[0].value for body in bodies if body and isinstance(body[0], ast.Expr))
    return frozenset(id(first) for first in firsts)


def _of_templates() -> Iterator[Text]:
    """What a page says, without its marks; line breaks are kept so that lines count."""
    for file in _files("*.html"):
        text = COMMENT.sub(_only_breaks, file.read_text())
        text = TAG.sub(_only_breaks, TRANSLATED.sub(r"\2", text))
        yield from _lines(file, ELEMENT.sub(_read_aloud, text))


def _only_breaks(found: re.Match[str]) -> str:
    return " " + "\n" * found.group().count("\n")


def _read_aloud(found: re.Match[str]) -> str:
    return " ".join(READ_ALOUD.findall(found.group())) + _only_breaks(found)


def _of_screen() -> Iterator[Text]:
    """The screen's English words, with the comments that translators read."""
    for file in _files("en.toml"):
        yield from _lines(file, file.read_text())


def _of_scripts() -> Iterator[Text]:
    """What the pages' and the simulated box's scripts say."""
    for file in _files("*.js"):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            said = [] if line.lstrip().startswith(("//", "*")) else IN_SCRIPT.findall(line)
            yield from (_text(file, number, one) for _, one in said)


def _of_wire() -> Iterator[Text]:
    """Fields and closed words of the messages; a name is read as a noun."""
    for module in (messages.wire, messages.entries, messages.topics):
        file = Path(str(module.__file__))
        lines = file.read_text().splitlines()
        for name in sorted(_names(module)):
            line = next(number for number, line in enumerate(lines, 1) if re.search(rf"\b{name}\b", line))
            yield _text(file, line, " ".join(f"the {word}" for word in name.split("_")))


def _of_docs() -> Iterator[Text]:
    """The documents' sentences, without code and the names of pictures."""
    for name in DOCS:
        if name != "docs/glossary.md":
            text = IN_DOCUMENT.sub(_only_breaks, (ROOT / name).read_text())
            yield from _lines(ROOT / name, text)


def _names(module: ModuleType) -> set[str]:
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]
    fields = {name for kind in kinds if issubclass(kind, msgspec.Struct) for name in kind.__struct_encode_fields__}
    return fields | {word.value for kind in kinds if issubclass(kind, StrEnum) for word in kind}


def _files(pattern: str) -> Iterator[Path]:
    found = (file for folder in CODE for file in sorted((ROOT / folder).rglob(pattern)))
    return (file for file in found if not {"vendor", "migrations"} & set(file.parts))


def _lines(file: Path, text: str) -> Iterator[Text]:
    return (_text(file, number, line) for number, line in enumerate(text.splitlines(), 1))


def _text(file: Path, line: int, said: str) -> Text:
    return Text(file.relative_to(ROOT).as_posix(), line, FILLED_IN.sub("#", said))
