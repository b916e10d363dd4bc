"""What a bed may be given: the sets as cards and rows, and what a form says. Reads rows, writes none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ward.assignments.models import Assignment
from ward.beds.pictures import ArcPicture, arc_picture
from ward.music.models import MusicSet

CARDS = 3
SETS_AT_MOST = 12  # what an assignment holds on the wire
COMFORT_S, SLEEP_S = 1440, 2700  # a session's length as usual, where an assignment says nothing else


class ChoiceError(Exception):
    """What was ticked cannot be given; the text is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One set as it stands on the page. `on_bed`: on the bed now; `new`: not there before the newest assignment."""

    slug: str
    title: str
    label: str
    purpose: str
    about: str
    minutes: int | None  # None: no end, in a vigil
    arc: ArcPicture
    on_bed: bool = False
    ticked: bool = False
    new: bool = False

    @property
    def length(self) -> str:
        """`24 min`, or that it has no end."""
        return f"{self.minutes} min" if self.minutes else "no end"


def on_bed(assignment: Assignment | None, before: Assignment | None = None) -> list[Offer]:
    """The sets of an assignment, in its order, none where it ran out; `new` are those that `before` did not hold."""
    if assignment is None:
        return []
    known = {held["slug"] for held in _sets(before)}
    return [
        _offer(held, assignment, about="", on_bed=True, ticked=True, new=bool(known) and held["slug"] not in known)
        for held in _sets(assignment)
    ]


def offers(assignment: Assignment | None, ticked: Iterable[str] | None) -> tuple[list[Offer], list[Offer], list[Offer]]:
    """The cards, the rows of what is on the bed now, the rows of all else. `ticked`: what to keep; None: as it is."""
    held = {entry["slug"]: entry for entry in _sets(assignment)}
    kept = set(held) if ticked is None else set(ticked)
    rows = {row.slug: row for row in MusicSet.objects.all()}
    others = [
        _offer(vars(row), assignment, about=row.about, ticked=row.slug in kept)
        for row in rows.values()
        if row.offered and row.slug not in held
    ]
    now = [
        _offer(entry, assignment, about=_about(rows.get(slug)), on_bed=True, ticked=slug in kept)
        for slug, entry in held.items()
    ]
    cards = _cards(others)
    return cards, now, [offer for offer in others if offer not in cards]


def chosen(slugs: Sequence[str], assignment: Assignment | None) -> list[MusicSet]:
    """The sets that a form ticked: those on the bed in their order, then the new ones. Raises ChoiceError."""
    if not slugs:
        raise ChoiceError("No set is ticked. Tick one or more, then give.")
    held = [entry["slug"] for entry in _sets(assignment)]
    found = {row.slug: row for row in MusicSet.objects.filter(slug__in=slugs)}
    missing = [slug for slug in slugs if slug not in found or not (found[slug].offered or slug in held)]
    if missing:
        raise ChoiceError("A set that was ticked is no longer offered. Look at the sets below and give again.")
    if len(found) > SETS_AT_MOST:
        raise ChoiceError(f"{len(found)} sets are ticked. A bed holds {SETS_AT_MOST}: untick some, then give.")
    order = [slug for slug in held if slug in found] + [slug for slug in found if slug not in held]
    return [found[slug] for slug in order]


def _cards(others: Sequence[Offer]) -> list[Offer]:
    """What is kept of a choice, then one of each purpose: a bed that has comfort may lack sleep."""
    wanted = ("sleep", "memories", "comfort", "vigil")
    firsts = [next((offer for offer in others if offer.purpose == purpose), None) for purpose in wanted]
    ordered = [offer for offer in others if offer.ticked] + [offer for offer in firsts if offer] + list(others)
    return list(dict.fromkeys(ordered))[:CARDS]


def _sets(assignment: Assignment | None) -> list[dict[str, Any]]:
    if assignment is None or assignment.expired_at is not None:
        return []
    return list(assignment.message.get("sets") or ())


def _about(row: MusicSet | None) -> str:
    return row.about if row is not None else ""


def _offer(facts: dict[str, Any], assignment: Assignment | None, about: str, **said: bool) -> Offer:
    minutes = _minutes(facts["purpose"], assignment)
    return Offer(
        slug=facts["slug"],
        title=facts["title"],
        label=facts["label"],
        purpose=facts["purpose"],
        about=about,
        minutes=minutes,
        arc=arc_picture(facts["arc"] if minutes else "wave", 1.0),
        **said,
    )


def _minutes(purpose: str, assignment: Assignment | None) -> int | None:
    rules: dict[str, Any] = (assignment.message.get("rules") or {}) if assignment is not None else {}
    if rules.get("vigil"):
        return None
    if purpose == "sleep":
        return round(float(rules.get("sleep_s", SLEEP_S)) / 60)
    return round(float(rules.get("comfort_s", COMFORT_S)) / 60)
