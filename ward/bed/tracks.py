"""The pieces that may be held back from a bed, for its page. Reads rows, writes none."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from ward.assignments.models import Assignment
from ward.music.models import Piece

SHOWN = 400  # more are found by a search


@dataclass(frozen=True, slots=True)
class PieceRow:
    """One piece; `sets`: titles of the sets that hold it."""

    sha256: str
    title: str
    sets: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the page lists: what is held back first, then what is on the bed, then all else; `more` did not fit.
    `known`: every piece that may be ticked; `titles`: of what is held back."""

    rows: list[PieceRow]
    more: int
    known: frozenset[str]
    titles: str


def pieces_of(assignment: Assignment | None, held: Collection[str], ticked: Collection[str], words: str) -> Pieces:
    """The pieces of the sets that are offered or on the bed, and those `held` back or `ticked`. `words` narrows what is
    not ticked. One query."""
    on_bed, kept = _hashes(assignment), set(ticked)
    titles, sets = _named({*on_bed, *kept, *held})
    sought = words.casefold().split()
    wanted = [sha for sha in titles if sha in kept or all(word in titles[sha].casefold() for word in sought)]
    wanted.sort(key=lambda sha: (sha not in kept, sha not in on_bed, titles[sha].casefold()))
    shown = wanted[: max(SHOWN, len(kept))]
    rows = [PieceRow(sha, titles[sha], ", ".join(sets[sha]), sha in kept) for sha in shown]
    barred = ", ".join(row.title for row in rows if row.ticked)
    return Pieces(rows, len(wanted) - len(shown), frozenset(titles), barred)


def _hashes(assignment: Assignment | None) -> set[str]:
    sets = assignment.message.get("sets") or () if assignment is not None else ()
    return {piece["sha256"] for held in sets for piece in held["pieces"]}


def _named(named: Collection[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Of the pieces of sets that are offered, and of those that are named: title, and the titles of their sets."""
    titles: dict[str, str] = {}
    sets: dict[str, list[str]] = {}
    found = Piece.objects.filter(Q(setpiece__music_set__offered=True) | Q(pk__in=named))
    for sha, title, of_set in found.distinct().values_list("sha256", "title", "setpiece__music_set__title"):
        titles[sha] = title
        sets.setdefault(sha, []).extend([of_set] if of_set else [])
    return titles, {sha: sorted(found_in) for sha, found_in in sets.items()}
