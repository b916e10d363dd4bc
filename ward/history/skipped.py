"""Pieces that were skipped soon after they began, as a sign for whoever curates; counted within one stay. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from messages import Data, PieceSkipped, PieceStarted

SOON_S = 30.0  # evidence section 2.2: a skip within 30 s counts as a dislike
SHOWN_MOST = 6


@dataclass(frozen=True, slots=True)
class Skipped:
    """A piece (by its hash): skipped soon so often, of so often begun; the set where it was skipped last."""

    piece: str
    skipped: int
    begun: int
    set_slug: str


def skipped(entries: Iterable[Data]) -> list[Skipped]:
    """From entries, oldest first; the most skipped first, then what is skipped whenever it begins."""
    begun, soon, where = Counter[str](), Counter[str](), dict[str, str]()
    for data in entries:
        match data:
            case PieceStarted(start_s=0):  # what resumes does not begin
                begun[data.piece] += 1
            case PieceSkipped() if data.heard_s < SOON_S:
                soon[data.piece] += 1
                where[data.piece] = data.set
    found = [Skipped(piece, number, max(number, begun[piece]), where[piece]) for piece, number in soon.items()]
    return sorted(found, key=lambda one: (-one.skipped, one.begun, one.piece))[:SHOWN_MOST]
