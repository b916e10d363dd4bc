"""Pairs of answers as a table: a row for each playlist, a column for each part of the day. Pure.

It counts and compares medians; it says nothing of a cause and puts no playlist before another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from playlists.format import Purpose
from ward.helped.parts import DayPart, Part, part_at
from ward.history.answered import PAIRS_FEWEST
from ward.plots.days import Hours
from ward.reports.small import Counted
from ward.tiles.status import PlaylistFacts
from ward.usage.pairs import Pair

ORDER = (Purpose.COMFORT, Purpose.MEMORIES, Purpose.SLEEP, Purpose.VIGIL)


@dataclass(frozen=True, slots=True)
class Cell:
    """One playlist in one part of the day: its pairs (before, after), and at how many beds."""

    part: DayPart
    pairs: Sequence[tuple[int, int]]
    beds: int

    @property
    def medians(self) -> tuple[float, float] | None:
        """Median before and after; None if there are too few pairs."""
        return medians(self.pairs)

    @property
    def is_small(self) -> bool:
        """Whether a ward's page must hide it, since it could tell of one patient."""
        return Counted(len(self.pairs), self.beds).is_small


@dataclass(frozen=True, slots=True)
class Row:
    """One playlist by its slug."""

    slug: str
    cells: Sequence[Cell]


def grid(
    pairs: Iterable[Pair], parts: Sequence[Part], hours: Hours, playlists: Mapping[str, PlaylistFacts]
) -> list[Row]:
    """The playlists that have a pair, by purpose and then by title: never by what was answered."""
    found: dict[str, dict[DayPart, list[Pair]]] = {}
    for pair in pairs:
        found.setdefault(pair.playlist_slug, {}).setdefault(part_at(pair.at, hours), []).append(pair)
    slugs = sorted(found, key=lambda slug: _place(slug, playlists))
    return [Row(slug, [_cell(part.name, found[slug].get(part.name, ())) for part in parts]) for slug in slugs]


def medians(pairs: Sequence[tuple[int, int]]) -> tuple[float, float] | None:
    """Median before and after; None if there are too few pairs."""
    if len(pairs) < PAIRS_FEWEST:
        return None
    return median(before for before, _ in pairs), median(after for _, after in pairs)


def hides(rows: Sequence[Row]) -> bool:
    """Whether a cell of these must be hidden: then their total must be, too."""
    return any(cell.is_small for row in rows for cell in row.cells)


def _cell(part: DayPart, pairs: Sequence[Pair]) -> Cell:
    return Cell(part, [(pair.before, pair.after) for pair in pairs], len({pair.bed for pair in pairs}))


def _place(slug: str, playlists: Mapping[str, PlaylistFacts]) -> tuple[int, str]:
    facts = playlists.get(slug)
    if facts is None:
        return len(ORDER), slug
    purposes = [str(purpose) for purpose in ORDER]
    return purposes.index(facts.purpose) if facts.purpose in purposes else len(ORDER), facts.title.casefold()
