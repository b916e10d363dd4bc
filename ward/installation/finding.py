"""What the check says of one thing in this installation: one line. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """How a line begins: nothing to do, something to fix, or something to know."""

    OK = "OK"
    FIX = "FIX"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was found, and the `remedy`: what to do, empty where there is nothing to do."""

    word: Word
    what: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """As it is printed: one line, even if an error's text has several."""
        said = [f"{self.word:<4}", *(" ".join(text.split()) for text in (self.what, self.remedy) if text)]
        return "  ".join(said)


def ok(what: str) -> Finding:
    """It is as it should be."""
    return Finding(Word.OK, what)


def fix(what: str, remedy: str) -> Finding:
    """It is unsafe."""
    return Finding(Word.FIX, what, remedy)


def note(what: str, remedy: str = "") -> Finding:
    """Nothing is wrong, or it cannot be checked from here."""
    return Finding(Word.NOTE, what, remedy)


def to_fix(found: Iterable[Finding]) -> int:
    """How many lines there are to fix."""
    return sum(one.word is Word.FIX for one in found)
