"""What a bed may be assigned: the playlists as cards and rows, and what a form says. Reads rows, writes none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from playlists.format import Purpose
from ward.assignments.models import Assignment
from ward.music.models import Playlist
from ward.music.purposes import purpose_word
from ward.tiles.pictures import ArcPicture, arc_picture

CARDS = 3
ROWS_SHOWN = 8  # of what is not assigned to the bed, until someone searches
PLAYLISTS_AT_MOST = 12  # in one assignment, on the wire
COMFORT_S, SLEEP_S = 1440, 2700  # a session's length as usual, where an assignment says nothing else


class ChoiceError(Exception):
    """What was ticked cannot be assigned; the text is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One playlist as the page shows it. `on_bed`: on the bed now; `new`: not there before the newest assignment;
    `reason`: why a card suggests it."""

    slug: str
    title: str
    label: str
    purpose: str
    about: str
    minutes: int | None  # None: continuous
    arc: ArcPicture
    on_bed: bool = False
    ticked: bool = False
    new: bool = False
    reason: str = ""

    @property
    def kind(self) -> str:
        """What it is for, as a word."""
        return purpose_word(self.purpose)

    @property
    def length(self) -> str:
        """`24 min`, or that it has no end."""
        return _("%(number)d min") % {"number": self.minutes} if self.minutes else _("no end time")

    def found_by(self, search: "Search") -> bool:
        """Whether a search finds it: by title, label and words, and by purpose."""
        words = f"{self.title} {self.label} {self.about}".casefold()
        return search.purpose in ("", self.purpose) and all(word in words for word in search.words.casefold().split())


@dataclass(frozen=True, slots=True)
class Search:
    """What someone searches for among the playlists; `everything`: without a search all of them, and not the first
    few."""

    words: str = ""
    purpose: str = ""
    everything: bool = False

    @property
    def is_on(self) -> bool:
        """Whether there is a search."""
        return bool(self.words.strip() or self.purpose)


@dataclass(frozen=True, slots=True)
class Choice:
    """The playlists of a bed's page: cards, what is on the bed, all else."""

    cards: list[Offer] = field(default_factory=list)
    on_bed: list[Offer] = field(default_factory=list)
    rows: list[Offer] = field(default_factory=list)

    @property
    def all(self) -> list[Offer]:
        """In the order of the labels beside the button."""
        return [*self.on_bed, *self.cards, *self.rows]


def on_bed(assignment: Assignment | None, before: Assignment | None = None) -> list[Offer]:
    """The playlists of an assignment, in its order, none where it expired; `new` are those that `before` did
    not have."""
    if assignment is None:
        return []
    known = {held["slug"] for held in _playlists(before)}
    return [
        _offer(held, assignment, about="", on_bed=True, ticked=True, new=bool(known) and held["slug"] not in known)
        for held in _playlists(assignment)
    ]


def starts_with_play(assignment: Assignment, before: Assignment | None, playlists: Sequence[Offer]) -> Offer | None:
    """The playlist that PLAY starts next, as the box chooses it: the first new one that is not for sleep, with
    continuous music one made for that. None where none of them is new: then it stays with the last one chosen.
    `playlists`: those of `assignment`."""
    is_same = before is not None and before.stay == assignment.stay
    known = {held["slug"] for held in _playlists(before)} if is_same else set()
    new = [offer for offer in playlists if offer.slug not in known and offer.purpose != Purpose.SLEEP]
    endless = (assignment.message.get("rules") or {}).get("vigil")
    meant = [offer for offer in new if endless and offer.purpose == Purpose.VIGIL]
    return next(iter([*meant, *new]), None)


def starts_with_sleep(playlists: Sequence[Offer]) -> Offer | None:
    """The playlist that SLEEP starts, as the box chooses it. None where there is none for sleep: then it is the box's
    own, the standard sleep music; at night PLAY starts the same, until another is chosen."""
    return next((offer for offer in playlists if offer.purpose == Purpose.SLEEP), None)


def offers(assignment: Assignment | None, ticked: Iterable[str] | None, reasons: Mapping[str, str]) -> Choice:
    """What the page offers. `ticked`: what to keep; None: as it is. `reasons`: by slug, why it is suggested."""
    held = {entry["slug"]: entry for entry in _playlists(assignment)}
    kept = set(held) if ticked is None else set(ticked)
    rows = {row.slug: row for row in Playlist.objects.all()}
    others = [
        _offer(vars(row), assignment, about=row.described, ticked=row.slug in kept)
        for row in rows.values()
        if row.offered and row.slug not in held
    ]
    now = [
        _offer(entry, assignment, about=_about(rows.get(slug)), on_bed=True, ticked=slug in kept)
        for slug, entry in held.items()
    ]
    cards = _cards(others, reasons)
    shown = {card.slug for card in cards}
    ended = assignment is not None and assignment.expired_at is not None
    return Choice(
        cards=[replace(card, reason=_reason(card, reasons, ended=ended)) for card in cards],
        on_bed=now,
        rows=[offer for offer in others if offer.slug not in shown],
    )


def chosen(slugs: Sequence[str], assignment: Assignment | None) -> list[Playlist]:
    """The playlists that a form ticked: those on the bed in their order, then the new ones. Raises ChoiceError."""
    if not slugs:
        raise ChoiceError(_("Select at least one playlist."))
    held = [entry["slug"] for entry in _playlists(assignment)]
    found = {row.slug: row for row in Playlist.objects.filter(slug__in=slugs)}
    missing = [slug for slug in slugs if slug not in found or not (found[slug].offered or slug in held)]
    if missing:
        raise ChoiceError(
            _("A playlist that you selected is no longer offered. Check the playlists below and assign again.")
        )
    if len(found) > PLAYLISTS_AT_MOST:
        facts = {"number": len(found), "most": PLAYLISTS_AT_MOST}
        raise ChoiceError(
            _("%(number)d playlists are selected. A bed can have %(most)d. Deselect some, then assign.") % facts
        )
    order = [slug for slug in held if slug in found] + [slug for slug in found if slug not in held]
    return [found[slug] for slug in order]


def _cards(others: Sequence[Offer], reasons: Mapping[str, str]) -> list[Offer]:
    """What is kept of a choice, what there is a reason for, then one of each purpose: a bed may lack sleep."""
    by_slug = {offer.slug: offer for offer in others}
    wanted = (Purpose.SLEEP, Purpose.MEMORIES, Purpose.COMFORT, Purpose.VIGIL)
    firsts = [next((offer for offer in others if offer.purpose == purpose), None) for purpose in wanted]
    suggested = [by_slug[slug] for slug in reasons if slug in by_slug]
    ticked = [offer for offer in others if offer.ticked]
    return list(dict.fromkeys([*ticked, *suggested, *(offer for offer in firsts if offer), *others]))[:CARDS]


def _reason(card: Offer, reasons: Mapping[str, str], *, ended: bool) -> str:
    if card.slug in reasons:
        return reasons[card.slug]
    about = f"{card.about[:1].upper()}{card.about[1:]}. " if card.about else ""
    return about + (_("Not assigned to this bed now.") if ended else _("Not assigned to this bed."))


def _playlists(assignment: Assignment | None) -> list[dict[str, Any]]:
    if assignment is None or assignment.expired_at is not None:
        return []
    return list(assignment.message.get("playlists") or ())


def _about(row: Playlist | None) -> str:
    return row.described if row is not None else ""


def _offer(
    facts: dict[str, Any],
    assignment: Assignment | None,
    about: str,
    *,
    on_bed: bool = False,
    ticked: bool = False,
    new: bool = False,
) -> Offer:
    minutes = _minutes(facts["purpose"], assignment)
    return Offer(
        slug=facts["slug"],
        title=facts["title"],
        label=facts["label"],
        purpose=facts["purpose"],
        about=about,
        minutes=minutes,
        arc=arc_picture(facts["arc"] if minutes else "wave", 1.0),
        on_bed=on_bed,
        ticked=ticked,
        new=new,
    )


def _minutes(purpose: str, assignment: Assignment | None) -> int | None:
    rules: dict[str, Any] = (assignment.message.get("rules") or {}) if assignment is not None else {}
    if rules.get("vigil"):
        return None
    if purpose == Purpose.SLEEP:
        return round(float(rules.get("sleep_s", SLEEP_S)) / 60)
    return round(float(rules.get("comfort_s", COMFORT_S)) / 60)
