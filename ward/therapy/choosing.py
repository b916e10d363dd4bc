"""The playlists that a therapist can choose for a bed. Assigns nothing: the selection is passed to the bed's page.
Reads rows, writes none."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ward.assignments.on_bed import on_bed
from ward.history.words import listed
from ward.music.models import Playlist
from ward.music.purposes import PURPOSES
from ward.therapy.facts import Facts
from ward.therapy.likes import matches


@dataclass(frozen=True, slots=True)
class Offered:
    """One playlist. `on_bed`: selected already; `held_back`: how many of its `tracks` are excluded for this bed;
    `liked`: what the patient likes of it, in words."""

    slug: str
    title: str
    about: str
    on_bed: bool
    tracks: int
    held_back: int
    liked: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Playlists grouped by purpose, those on the bed first."""

    groups: Sequence[tuple[str, Sequence[Offered]]]


def choice_of(facts: Facts) -> Choice:
    """Takes two queries."""
    held = on_bed(facts.assignment)
    rows = Playlist.objects.prefetch_related("places")
    offered = [_offered(row, held, facts) for row in rows if row.offered or row.slug in held]
    purposes = {row.slug: row.purpose for row in rows}
    return Choice([(word, found) for word, found in _grouped(offered, purposes) if found])


def _grouped(offered: Sequence[Offered], purposes: Mapping[str, str]) -> list[tuple[str, list[Offered]]]:
    ordered = sorted(offered, key=lambda one: (not one.on_bed, one.title.casefold()))
    known = [(str(word), [one for one in ordered if purposes[one.slug] == name]) for name, word in PURPOSES.items()]
    return [*known, (_("Other"), [one for one in ordered if purposes[one.slug] not in PURPOSES])]


def _offered(row: Playlist, held: Collection[str], facts: Facts) -> Offered:
    tracks = [place.track_id for place in row.places.all()]
    held_back = sum(one in facts.never for one in tracks)
    liked = listed(matches(facts.ticks, row.title, row.about))
    return Offered(row.slug, row.title, row.described, row.slug in held, len(tracks), held_back, liked)
