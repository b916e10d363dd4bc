"""What the table of answers says, in the reader's language. Reads no row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ward.helped.grid import Cell, Row, medians
from ward.helped.parts import DayPart, Part, clock_of
from ward.history.pairs import Pairs, drawn
from ward.history.words import listed, score
from ward.music.purposes import purpose_word
from ward.plots.days import Hours
from ward.tiles.pictures import ArcPicture, arc_picture
from ward.tiles.status import PlaylistFacts
from ward.usage.pairs import Pair

PARTS: Mapping[DayPart, Promise] = {
    DayPart.MORNING: gettext_lazy("Morning"),
    DayPart.AFTERNOON: gettext_lazy("Afternoon"),
    DayPart.EVENING: gettext_lazy("Evening"),
    DayPart.NIGHT: gettext_lazy("Night"),
}


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its word and its hours."""

    word: str
    hours: str


@dataclass(frozen=True, slots=True)
class CellWords:
    """A cell. `part`: its column; `change`: the medians in words, empty where there are none; `told`: how many, or that
    there are none; `drawing`: None where there is nothing to draw; `ends`: the medians as figures; `pairs`: each pair
    in words."""

    part: str
    change: str
    told: str
    drawing: Pairs | None
    ends: tuple[str, str] | None
    pairs: str = ""


@dataclass(frozen=True, slots=True)
class RowWords:
    """One playlist and its cells."""

    slug: str
    title: str
    purpose: str
    arc: ArcPicture | None
    cells: Sequence[CellWords]


@dataclass(frozen=True, slots=True)
class StandsOut:
    """What to look at in a stay. `slug`: the playlist to ask about, empty where it is none."""

    head: str
    told: str
    slug: str = ""
    title: str = ""


def heads(parts: Sequence[Part], hours: Hours) -> list[Head]:
    """The columns."""
    return [Head(str(PARTS[one.name]), _span(clock_of(one.begins, hours), clock_of(one.ends, hours))) for one in parts]


def of_stay(rows: Sequence[Row], playlists: Mapping[str, PlaylistFacts]) -> list[RowWords]:
    """The rows with each pair drawn."""
    return [_row(row, playlists, [_stay_cell(cell) for cell in row.cells]) for row in rows]


def of_ward(rows: Sequence[Row], playlists: Mapping[str, PlaylistFacts]) -> list[RowWords]:
    """The rows with medians alone: a line could be one patient."""
    return [_row(row, playlists, [_ward_cell(cell) for cell in row.cells]) for row in rows]


def sentence(question: str, pairs: Sequence[Pair], unanswered: int) -> tuple[str, str]:
    """The first sentence, and how many were not answered."""
    number, found = len(pairs), medians([(pair.before, pair.after) for pair in pairs])
    facts = {"question": question, "number": number}
    if not number:
        first = _("%(question)s: no pairs of answers yet.") % facts
    elif found is None:
        first = ngettext(
            "%(question)s, before and after: n = %(number)d pair, too few to sum up.",
            "%(question)s, before and after: n = %(number)d pairs, too few to sum up.",
            number,
        )
    else:
        facts |= {"change": change(found)}
        first = ngettext(
            "%(question)s, before and after: median %(change)s, n = %(number)d pair.",
            "%(question)s, before and after: median %(change)s, n = %(number)d pairs.",
            number,
        )
    missed = ngettext("%(number)d question was not answered.", "%(number)d questions were not answered.", unanswered)
    return first % facts, missed % {"number": unanswered} if unanswered else ""


def change(found: tuple[float, float]) -> str:
    """`6 to 4`."""
    return _("%(before)s to %(after)s") % {"before": score(found[0]), "after": score(found[1])}


def stands_out(rows: Sequence[Row], parts: Sequence[Part], playlists: Mapping[str, PlaylistFacts]) -> list[StandsOut]:
    """Playlists after which the answers were higher, and parts of the day with too few pairs in each cell."""
    higher = [_higher(row.slug, cell, playlists) for row in rows for cell in row.cells if _is_higher(cell)]
    return higher + [told for place, part in enumerate(parts) if (told := _thin(rows, place, part)) is not None]


def title_of(slug: str, playlists: Mapping[str, PlaylistFacts]) -> str:
    """A playlist's title for staff."""
    return playlists[slug].title if slug in playlists else _("Standard music")


def _row(row: Row, playlists: Mapping[str, PlaylistFacts], cells: list[CellWords]) -> RowWords:
    facts = playlists.get(row.slug)
    purpose, arc = (purpose_word(facts.purpose), arc_picture(facts.arc, 1.0)) if facts else ("", None)
    return RowWords(row.slug, title_of(row.slug, playlists), purpose, arc, cells)


def _stay_cell(cell: Cell) -> CellWords:
    part = str(PARTS[cell.part])
    if not cell.pairs:
        return CellWords(part, "", _("no answers"), None, None)
    pairs, found = listed([change(pair) for pair in cell.pairs]), cell.medians
    drawing = drawn(cell.pairs, found)
    if found is None:
        return CellWords(part, "", _("n = %(number)d, too few to sum up") % _n(cell), drawing, None, pairs)
    ends = (score(found[0]), score(found[1]))
    return CellWords(part, change(found), _("n = %(number)d") % _n(cell), drawing, ends, pairs)


def _ward_cell(cell: Cell) -> CellWords:
    part = str(PARTS[cell.part])
    if not cell.pairs:
        return CellWords(part, "", _("no answers"), None, None)
    if cell.is_small:
        return CellWords(part, "", _("hidden: fewer than 5"), None, None)
    found = cell.medians
    ends = (score(found[0]), score(found[1])) if found else None
    return CellWords(part, change(found) if found else "", _("n = %(number)d") % _n(cell), drawn((), found), ends)


def _n(cell: Cell) -> dict[str, int]:
    return {"number": len(cell.pairs)}


def _is_higher(cell: Cell) -> bool:
    found = cell.medians
    return found is not None and found[1] > found[0]


def _higher(slug: str, cell: Cell, playlists: Mapping[str, PlaylistFacts]) -> StandsOut:
    title, found = title_of(slug, playlists), cell.medians
    head = _("%(playlist)s, %(part)s") % {"playlist": title, "part": PARTS[cell.part]}
    said = {"change": change(found) if found else "", "number": len(cell.pairs)}
    return StandsOut(head, _("%(change)s, higher after. n = %(number)d. Ask the patient.") % said, slug, title)


def _thin(rows: Sequence[Row], place: int, part: Part) -> StandsOut | None:
    cells = [row.cells[place] for row in rows]
    number = sum(len(cell.pairs) for cell in cells)
    if not number or any(cell.medians for cell in cells):
        return None
    told = ngettext(
        "%(number)d pair in all, too few for each playlist.",
        "%(number)d pairs in all, too few for each playlist.",
        number,
    )
    return StandsOut(str(PARTS[part.name]), told % {"number": number})


def _span(begins: str, ends: str) -> str:
    return _("%(from)s to %(until)s") % {"from": begins, "until": ends}
