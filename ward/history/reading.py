"""Reads what is known of a bed's stay, in a fixed number of queries however long it was. Judges nothing.

Every row is of this stay, also from a bed where it was before: nothing of an earlier patient is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from django.db.models import F, Q

from messages import Data, EntryKind
from messages.entries import DATA
from ward.assignments.models import Assignment
from ward.assignments.moving import spells_of
from ward.beds.models import Bed
from ward.fleet.models import Device, OfflineTime
from ward.fleet.online import SILENT_AFTER, is_online
from ward.notes.models import Note
from ward.plots.marks import joined
from ward.plots.sessions import Played, played
from ward.tiles.rows import playlist_facts
from ward.tiles.status import PlaylistFacts
from ward.usage.models import Answer, Entry, Session

TRACKS = (EntryKind.TRACK_STARTED, EntryKind.TRACK_SKIPPED)
KNOWN = (*TRACKS, EntryKind.BOX_STARTED)


@dataclass(frozen=True, slots=True)
class Told:
    """A stay as far as the ward knows it. `tracks`: entries of tracks, oldest first; `offline`: when the box was
    offline; `starts`: when it restarted; `notes`: newest first."""

    since: datetime
    sessions: Sequence[Played]
    answers: Sequence[Answer]
    tracks: Sequence[Data]
    offline: Sequence[tuple[datetime, datetime]]
    starts: Sequence[datetime]
    notes: Sequence[Note]
    playlists: Mapping[str, PlaylistFacts]


def told_of(bed: Bed, now: datetime) -> Told | None:
    """What is known of the bed's stay at `now`; None if there is no stay."""
    if bed.stay is None:
        return None
    sessions = list(Session.objects.filter(stay=bed.stay).select_related("device"))
    device = Device.objects.filter(bed=bed).first()
    entries = _entries(bed, {row.device_id for row in sessions} | _boxes(bed) | ({device.pk} if device else set()))
    playlists = playlist_facts()
    since = _since(bed, sessions, now)
    return Told(
        since=since,
        sessions=played(sessions, playlists, now),
        answers=list(Answer.objects.filter(stay=bed.stay)),
        tracks=[data for entry in entries if entry.kind in TRACKS and (data := _data(entry)) is not None],
        offline=_offline(bed, device, entries, since, now),
        starts=[_at(entry) for entry in entries if entry.kind == EntryKind.BOX_STARTED],
        notes=list(Note.objects.filter(stay=bed.stay).select_related("written_by")),
        playlists=playlists,
    )


def _since(bed: Bed, sessions: Sequence[Session], now: datetime) -> datetime:
    begun = [row.started_at for row in sessions]
    return min([*begun, bed.stay_since or now])


def _boxes(bed: Bed) -> set[UUID]:
    """Those that were sent music of this stay."""
    sent = Assignment.objects.filter(stay=bed.stay).exclude(sent_to=None)
    return set(sent.order_by().values_list("sent_to", flat=True).distinct())


def _entries(bed: Bed, boxes: set[UUID]) -> list[Entry]:
    """Entries about tracks and restarts, and those that arrived late, from the boxes used in this stay."""
    late = Q(clock_ok=True, received__gt=F("at") + SILENT_AFTER)
    told = Entry.objects.filter(late | Q(kind__in=KNOWN), log__device__in=boxes, stay=bed.stay)
    return list(told.order_by("log", "seq"))


def _data(entry: Entry) -> Data | None:
    """None for an entry whose data does not fit its kind."""
    try:
        return msgspec.convert(entry.data, DATA[EntryKind(entry.kind)])
    except msgspec.ValidationError:
        return None


def _at(entry: Entry) -> datetime:
    return entry.at if entry.clock_ok else entry.received


def _offline(
    bed: Bed, device: Device | None, entries: Sequence[Entry], since: datetime, now: datetime
) -> list[tuple[datetime, datetime]]:
    """Offline times that the ward recorded, that late entries show, and that last until now; merged and sorted."""
    spells = spells_of(bed)
    rows = OfflineTime.objects.filter(bed__in={spell.bed for spell in spells}, until__gt=since)
    parts = (spell.part(row.since, row.until) for row in rows for spell in spells if spell.bed == row.bed_id)
    found = [part for part in parts if part is not None]
    found += [(entry.at, entry.received) for entry in entries if entry.clock_ok and _is_late(entry)]
    if device is not None and device.contact_at is not None and not is_online(device, now):
        found.append((max(device.contact_at, spells[-1].since or since), now))
    within = joined((max(begins, since), ends) for begins, ends in found)
    return [(begins.astimezone(UTC), ends.astimezone(UTC)) for begins, ends in within]


def _is_late(entry: Entry) -> bool:
    return entry.received - entry.at > SILENT_AFTER
