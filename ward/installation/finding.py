"""What the check says of one thing in this installation: one line. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """How a line begins: it is well, somebody must mend it, or it should be known."""

    OK = "ok"
    MEND = "mend"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` there is, and the `remedy`: what to do, empty where there is nothing to do."""

    word: Word
    what: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """As it is printed, whatever an error's text brings along."""
        said = [f"{self.word:<4}", *(" ".join(text.split()) for text in (self.what, self.remedy) if text)]
        return "  ".join(said)


def ok(what: str) -> Finding:
    """It is as it should be."""
    return Finding(Word.OK, what)


def mend(what: str, remedy: str) -> Finding:
    """It is unsafe."""
    return Finding(Word.MEND, what, remedy)


def note(what: str, remedy: str = "") -> Finding:
    """Nothing is wrong with it, or nobody can tell from here."""
    return Finding(Word.NOTE, what, remedy)


def to_mend(found: Iterable[Finding]) -> int:
    """How many must be mended."""
    return sum(one.word is Word.MEND for one in found)
