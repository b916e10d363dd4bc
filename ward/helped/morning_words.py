"""What the table of mornings says, in the reader's language, and its dots. Reads no row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ward.helped.mornings import Morning, Slept, median_of
from ward.history.words import listed, score
from ward.plots.marks import percent
from ward.tiles.pictures import ArcPicture, arc_picture
from ward.tiles.status import PlaylistFacts

LEFT, WIDE = 0.06, 0.88  # the places of 0 and 10
STEP = 0.13  # between dots of one score
TALL = 0.8  # all dots of one score


@dataclass(frozen=True, slots=True)
class Dots:
    """One dot a morning, and where the median stands; empty where there are too few."""

    dots: Sequence[tuple[str, str]]
    median_x: str


@dataclass(frozen=True, slots=True)
class RowWords:
    """One sleep playlist. `median`: as a figure, empty where there are too few; `told`: how many; `drawing`: None
    where there is nothing to draw; `each`: every score."""

    title: str
    arc: ArcPicture
    median: str
    told: str
    drawing: Dots | None
    each: str = ""


def of_stay(rows: Sequence[Slept], playlists: Mapping[str, PlaylistFacts]) -> list[RowWords]:
    """The rows with each morning drawn."""
    return [_stay_row(row, playlists[row.slug]) for row in rows]


def of_ward(rows: Sequence[Slept], playlists: Mapping[str, PlaylistFacts]) -> list[RowWords]:
    """The rows with medians alone: a dot could be one patient."""
    return [_ward_row(row, playlists[row.slug]) for row in rows]


def sentence(found: Sequence[Morning], unanswered: int) -> tuple[str, str]:
    """The first sentence, and how many were not answered."""
    number, middle = len(found), median_of([one.score for one in found])
    facts = {"number": number, "median": score(middle) if middle is not None else ""}
    if not number:
        first = _("Sleep last night: no answers after a sleep playlist yet.")
    elif middle is None:
        first = ngettext(
            "Sleep last night, after a sleep playlist: n = %(number)d morning, too few to sum up.",
            "Sleep last night, after a sleep playlist: n = %(number)d mornings, too few to sum up.",
            number,
        )
    else:
        first = ngettext(
            "Sleep last night, after a sleep playlist: median %(median)s, n = %(number)d morning.",
            "Sleep last night, after a sleep playlist: median %(median)s, n = %(number)d mornings.",
            number,
        )
    missed = ngettext("%(number)d question was not answered.", "%(number)d questions were not answered.", unanswered)
    return first % facts, missed % {"number": unanswered} if unanswered else ""


def _stay_row(row: Slept, facts: PlaylistFacts) -> RowWords:
    middle, n = row.median, {"number": len(row.scores)}
    told = _("n = %(number)d") if middle is not None else _("n = %(number)d, too few to sum up")
    each = listed([str(one) for one in row.scores])
    return RowWords(facts.title, _arc(facts), _figure(middle), told % n, _drawn(row.scores, middle), each)


def _ward_row(row: Slept, facts: PlaylistFacts) -> RowWords:
    if row.is_small:
        return RowWords(facts.title, _arc(facts), "", _("hidden: fewer than 5"), None)
    told = _("n = %(number)d") % {"number": len(row.scores)}
    return RowWords(facts.title, _arc(facts), _figure(row.median), told, _drawn((), row.median))


def _drawn(scores: Sequence[int], middle: float | None) -> Dots:
    dots = [
        (_x(one), percent(0.5 + (place - (number - 1) / 2) * min(STEP, TALL / number)))
        for one, number in sorted(Counter(scores).items())
        for place in range(number)
    ]
    return Dots(dots, _x(middle) if middle is not None else "")


def _x(one: float) -> str:
    return percent(LEFT + WIDE * one / 10)


def _figure(middle: float | None) -> str:
    return score(middle) if middle is not None else ""


def _arc(facts: PlaylistFacts) -> ArcPicture:
    return arc_picture(facts.arc, 1.0)
