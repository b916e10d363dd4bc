"""Reads what is known of a ward's night, in a fixed number of queries however many beds. Judges nothing.

Every row is of the stay that its bed has now: nothing of an earlier patient is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Q

from messages import Question
from ward.assignments.moving import came_at
from ward.beds.models import Bed, Ward
from ward.fleet.models import Device, OfflineTime
from ward.fleet.online import is_online
from ward.night.nights import AFTER_END
from ward.notes.models import Note
from ward.plots.days import Day
from ward.plots.marks import Time, joined
from ward.plots.sessions import Played, played
from ward.tiles.rows import playlist_facts
from ward.tiles.status import PlaylistFacts, is_at_bed
from ward.usage.models import Answer, FaultTime, Session

MORNING = timedelta(days=1)  # until then the question about the night may be answered
BRIEF = timedelta(minutes=1)  # a fault that was over sooner needs no word in the morning
OfStay = TypeVar("OfStay", Session, Answer, Note)
OfBed = TypeVar("OfBed", OfflineTime, FaultTime)


@dataclass(frozen=True, slots=True)
class Told:
    """A bed's night as far as the ward knows it. `sleep`: the answers about it; `notes`: newest first; `offline`: when
    the box was offline, in order; `faults`: of the box that are over, in order."""

    bed: Bed
    device: Device | None
    sessions: Sequence[Played]
    sleep: Sequence[Answer]
    notes: Sequence[Note]
    offline: Sequence[Time]
    faults: Sequence[FaultTime]


def beds_of(ward: Ward) -> list[Bed]:
    """All beds in the board's order, with their rooms and boxes."""
    found = Bed.objects.open().filter(room__ward=ward).select_related("room", "device")
    return list(found.order_by("room__position", "letter"))


def told_of(ward: Ward, beds: Sequence[Bed], night: Day, now: datetime) -> list[Told]:
    """The night of each bed."""
    playlists = playlist_facts()
    sessions, answers = _by_stay(_sessions(ward, night)), _by_stay(_answers(ward, night))
    notes, offline, came = _by_stay(_notes(ward, night)), _by_bed(_offline(ward, night)), came_at(beds)
    faults = _by_bed(_faults(ward, night))
    return [
        Told(
            bed=bed,
            device=(box := getattr(bed, "device", None)),  # the reverse side of a one-to-one raises where there is none
            sessions=_played(sessions[bed.stay], playlists, night, now),
            sleep=answers[bed.stay],
            notes=notes[bed.stay],
            offline=_away(offline[bed.pk], box, night, now, came.get(bed.pk)),
            faults=[one for one in faults[bed.pk] if bed.pk not in came or one.until > came[bed.pk]],
        )
        for bed in beds
    ]


def _this_stay(ward: Ward) -> dict[str, Any]:
    """By the stay and not by the bed: a stay that was moved may have slept at another bed."""
    return {"stay__in": Bed.objects.filter(room__ward=ward).exclude(stay=None).values("stay")}


def _sessions(ward: Ward, night: Day) -> Iterable[Session]:
    still = Q(ended_at=None) | Q(ended_at__gt=night.begins)
    found = Session.objects.filter(still, started_at__lt=night.ends, **_this_stay(ward))
    return found.select_related("device")


def _answers(ward: Ward, night: Day) -> Iterable[Answer]:
    morning = {"asked_at__gte": night.ends, "asked_at__lt": night.ends + MORNING}
    return Answer.objects.filter(question=Question.SLEEP, **morning, **_this_stay(ward))


def _notes(ward: Ward, night: Day) -> Iterable[Note]:
    written = {"written_at__gte": night.begins, "written_at__lt": night.ends + AFTER_END}
    return Note.objects.filter(**written, **_this_stay(ward)).select_related("written_by")


def _offline(ward: Ward, night: Day) -> Iterable[OfflineTime]:
    return OfflineTime.objects.filter(bed__room__ward=ward, since__lt=night.ends, until__gt=night.begins)


def _by_stay(rows: Iterable[OfStay]) -> defaultdict[str | None, list[OfStay]]:
    found: defaultdict[str | None, list[OfStay]] = defaultdict(list)
    for row in rows:
        found[row.stay].append(row)
    return found


def _faults(ward: Ward, night: Day) -> Iterable[FaultTime]:
    here = {"bed__room__ward": ward, "since__lt": night.ends, "until__gt": night.begins}
    found = FaultTime.objects.filter(**here)
    return [one for one in found if one.until - one.since >= BRIEF and is_at_bed(one.part, one.told)]


def _by_bed(rows: Iterable[OfBed]) -> defaultdict[int | None, list[OfBed]]:
    found: defaultdict[int | None, list[OfBed]] = defaultdict(list)
    for row in rows:
        found[row.bed_id].append(row)
    return found


def _played(rows: Sequence[Session], playlists: Mapping[str, PlaylistFacts], night: Day, now: datetime) -> list[Played]:
    return [one for one in played(rows, playlists, now) if night.part(one.since, one.until)]


def _away(
    rows: Sequence[OfflineTime], device: Device | None, night: Day, now: datetime, came: datetime | None
) -> list[Time]:
    """`came`: when the stay came from another bed; before that the box here had nothing to do with it."""
    found: list[Time] = [(row.since, row.until) for row in rows]
    if device is not None and device.contact_at is not None and not is_online(device, now):
        found.append((device.contact_at, now))
    begins = max(night.begins, came or night.begins)
    within = ((max(since, begins), min(until, night.ends)) for since, until in found)
    return joined((since, until) for since, until in within if since < until)
