"""Reads what there is to review, for one bed or a whole ward, in a fixed number of queries. Judges nothing, and reads
nothing of an earlier patient."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import OuterRef, QuerySet, Subquery

from messages import Data, EntryKind
from messages.entries import DATA
from ward.assignments.models import Assignment
from ward.beds.models import Bed, Ward
from ward.fleet.models import Device
from ward.history.reading import TRACKS
from ward.music.models import Playlist, Track
from ward.therapy.models import Preferences, Review
from ward.tiles.rows import playlist_facts
from ward.tiles.status import PlaylistFacts
from ward.usage.models import Answer, Entry, Session

OFFERED = ("slug", "title", "purpose", "about")


@dataclass(frozen=True, slots=True)
class Offer:
    """A playlist that can be assigned. `about`: what it sounds like, as it is stored."""

    slug: str
    title: str
    purpose: str
    about: str


@dataclass(frozen=True, slots=True)
class Facts:
    """One bed's stay. `sessions`, `answers` (three-way), `tracks`: oldest first; `review`: the newest one; `titles`: of
    tracks, by hash; `playlists`: by slug; `ticks`: the preferences that were ticked; `offers`: what can be assigned."""

    bed: Bed
    since: datetime
    device: Device | None
    sessions: Sequence[Session]
    answers: Sequence[Answer]
    tracks: Sequence[tuple[datetime, Data]]
    review: Review | None
    assignment: Assignment | None
    titles: Mapping[str, str]
    playlists: Mapping[str, PlaylistFacts]
    ticks: Mapping[str, Any]
    offers: Sequence[Offer]

    @property
    def never(self) -> frozenset[str]:
        """The tracks that are excluded for this bed, by hash."""
        rules = self.assignment.message.get("rules") or {} if self.assignment else {}
        return frozenset(rules.get("never_play") or ())

    def title_of(self, slug: str) -> str:
        """A playlist's title for staff, or its slug if it no longer exists."""
        return self.playlists[slug].title if slug in self.playlists else slug


def of_ward(ward: Ward, now: datetime) -> list[Facts]:
    """Every bed of the ward that has a stay."""
    return _facts(Bed.objects.open().filter(room__ward=ward, stay__isnull=False), now)


def of_bed(bed: Bed, now: datetime) -> Facts | None:
    """One bed; None if it has no stay."""
    return next(iter(_facts(Bed.objects.filter(pk=bed.pk, stay__isnull=False), now)), None)


def _facts(beds: QuerySet[Bed], now: datetime) -> list[Facts]:
    newest = Assignment.objects.filter(bed=OuterRef("pk")).order_by("-version").values("pk")[:1]
    found = list(
        beds.select_related("room__ward", "device")
        .annotate(newest_pk=Subquery(newest))
        .order_by("room__position", "letter")
    )
    keys = {"stay__in": [bed.stay for bed in found]}
    sessions = _by_stay(Session.objects.filter(**keys).order_by("started_at"))
    answers = _by_stay(Answer.objects.filter(**keys, change__isnull=False).order_by("answered_at"))
    reviews = _by_stay(Review.objects.filter(**keys).select_related("by").order_by("-at", "-pk"))
    assignments = Assignment.objects.in_bulk([bed.newest_pk for bed in found])
    tracks = _tracks(found, [one for of_stay in sessions.values() for one in of_stay])
    titles, playlists = _titles(tracks, assignments.values()), playlist_facts()
    ticks = {one.stay: one.ticks for one in Preferences.objects.filter(**keys)}
    offers = [Offer(*row) for row in Playlist.objects.filter(offered=True).values_list(*OFFERED)]
    return [
        Facts(
            bed=bed,
            since=_since(bed, sessions[bed.stay], now),
            device=getattr(bed, "device", None),
            sessions=sessions[bed.stay],
            answers=answers[bed.stay],
            tracks=tracks.get(bed.stay, ()),
            review=next(iter(reviews[bed.stay]), None),
            assignment=assignments.get(bed.newest_pk),
            titles=titles,
            playlists=playlists,
            ticks=ticks.get(str(bed.stay), {}),
            offers=offers,
        )
        for bed in found
    ]


def _by_stay(rows: Iterable[Any]) -> defaultdict[str | None, list[Any]]:
    found: defaultdict[str | None, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.stay].append(row)
    return found


def _since(bed: Bed, sessions: Sequence[Session], now: datetime) -> datetime:
    return min([bed.stay_since or now, *(row.started_at for row in sessions[:1])])


def _tracks(beds: Sequence[Bed], sessions: Sequence[Session]) -> dict[str | None, list[tuple[datetime, Data]]]:
    """Entries of tracks that began or were skipped, from the boxes used in these stays."""
    boxes = {row.device_id for row in sessions} | {bed.device.pk for bed in beds if getattr(bed, "device", None)}
    kinds = {"kind__in": [str(kind) for kind in TRACKS], "stay__in": [bed.stay for bed in beds]}
    rows = Entry.objects.filter(log__device__in=boxes, **kinds).order_by("log", "seq")
    found: dict[str | None, list[tuple[datetime, Data]]] = {}
    for row in rows.only("at", "received", "clock_ok", "kind", "data", "stay"):
        if (data := _data(row)) is not None:
            found.setdefault(row.stay, []).append((row.at if row.clock_ok else row.received, data))
    return found


def _data(row: Entry) -> Data | None:
    """None for an entry whose data does not fit its kind."""
    try:
        return msgspec.convert(row.data, DATA[EntryKind(row.kind)])
    except msgspec.ValidationError:
        return None


def _titles(
    tracks: Mapping[str | None, Sequence[tuple[datetime, Data]]], assignments: Iterable[Assignment]
) -> dict[str, str]:
    named = {getattr(data, "track", "") for told in tracks.values() for _at, data in told}
    for row in assignments:
        named.update((row.message.get("rules") or {}).get("never_play") or ())
    return dict(Track.objects.filter(pk__in=named).values_list("pk", "title"))
