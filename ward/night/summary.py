"""The night in figures, and the sentence that carries all of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ward.beds.times import length_heard
from ward.night.rows import Row


@dataclass(frozen=True, slots=True)
class Figures:
    """The night in figures. `beds`: those with a patient; `heard_s`: the median of the beds with music, in seconds,
    None where there was none; `boxes`: those with trouble."""

    beds: int
    heard: int
    heard_s: float | None
    stopped_early: int
    notes: int
    boxes: int


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence of the summary: `strong` stands out, `rest` follows it."""

    strong: str
    rest: str


def figures(drawn: Sequence[Row]) -> Figures:
    """What the first sentence says."""
    heard = [row.heard_s for row in drawn if row.had_music]
    return Figures(
        beds=sum(row.band is not None for row in drawn),
        heard=len(heard),
        heard_s=median(heard) if heard else None,
        stopped_early=sum(row.stopped_early for row in drawn),
        notes=sum(len(row.notes) for row in drawn),
        boxes=sum(bool(row.troubles) for row in drawn),
    )


def summary(found: Figures) -> list[Part]:
    """The night in one line, as short as what there is to say."""
    first = Part(_music(found), f"{_median(found)}.") if found.beds else Part(_("No bed had a patient"), ".")
    return [first, *_early(found), *_more(found)]


def _music(found: Figures) -> str:
    said = ngettext("%(heard)d of %(beds)d bed had music", "%(heard)d of %(beds)d beds had music", found.beds)
    return said % {"heard": found.heard, "beds": found.beds}


def _median(found: Figures) -> str:
    if found.heard_s is None:
        return ""
    return ", " + _("median %(length)s") % {"length": length_heard(found.heard_s)}


def _early(found: Figures) -> list[Part]:
    said = ngettext("%(number)d stopped early", "%(number)d stopped early", found.stopped_early)
    return [Part(said % {"number": found.stopped_early}, ".")] if found.stopped_early else []


def _more(found: Figures) -> list[Part]:
    notes = ngettext("%(number)d note.", "%(number)d notes.", found.notes)
    boxes = ngettext("%(number)d box had trouble.", "%(number)d boxes had trouble.", found.boxes)
    counted = ((found.notes, notes), (found.boxes, boxes))
    return [Part("", said % {"number": number}) for number, said in counted if number]
