"""Evening playlists for a ward: which beds get the ward's evening playlist and why the others do not; assigned and
undone as one action, one transaction a bed. Knows no page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, Subquery

from playlists.format import Purpose
from ward.assignments import assigning
from ward.assignments.models import Assignment, Evening, EveningBed, EveningPlaylist
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed, Ward
from ward.fleet.models import Device
from ward.limits import is_held_up
from ward.music.models import Playlist

KEPT_FOR = timedelta(days=7)  # what came of an evening is of no use after that
REMINDED_FOR, EARLY = timedelta(hours=3), timedelta(hours=6)  # after its time; what was assigned before it counts
PLAYLISTS_AT_MOST = 12  # in one assignment, on the wire


class Why(StrEnum):
    """What becomes of a bed, and why."""

    GETS = "gets"
    HAS = "has"
    VIGIL = "vigil"
    ENDED = "ended"
    FULL = "full"
    NO_STAY = "no_stay"
    NO_PLAYLISTS = "no_playlists"
    NO_BOX = "no_box"
    HELD_UP = "held_up"  # someone else was changing it; assigning again tries it again


@dataclass(frozen=True, slots=True)
class Plan:
    """One bed of the plan."""

    bed: Bed
    why: Why


def evening_playlists(ward: Ward) -> list[Playlist]:
    """What may be the ward's evening playlist, the playlists for sleep that are offered: first the one that it is, as
    the administrator chose or by its title."""
    chosen = Exists(EveningPlaylist.objects.filter(ward=ward, playlist=OuterRef("pk")))
    offered = Playlist.objects.filter(purpose=Purpose.SLEEP, offered=True)
    return list(offered.annotate(chosen=chosen).order_by("-chosen", "title"))


def evening_playlist(ward: Ward) -> Playlist | None:
    """The ward's evening playlist; None where no playlist for sleep is offered."""
    return next(iter(evening_playlists(ward)), None)


def choose_evening_playlist(ward: Ward, playlist: Playlist, by: AbstractBaseUser, now: datetime) -> None:
    """From now on the ward's evening playlist; the audit keeps what it was. The same again is no action."""
    with transaction.atomic():
        was = evening_playlist(ward)
        _row, made = EveningPlaylist.objects.update_or_create(ward=ward, defaults={"playlist": playlist})
        if made or was != playlist:
            before = {"playlist": was.slug} if was else None
            record(AuditVerb.CHOSE_EVENING, by=by, ward=ward, before=before, after={"playlist": playlist.slug}, now=now)


def plan(ward: Ward) -> list[Plan]:
    """Every bed of the ward in the board's order; a fixed number of queries."""
    newest = Assignment.objects.filter(bed=OuterRef("pk")).order_by("-version").values("pk")[:1]
    beds = Bed.objects.open().filter(room__ward=ward).select_related("room", "device")
    found: list[Any] = list(beds.order_by("room__position", "letter").annotate(newest_pk=Subquery(newest)))
    assigned = Assignment.objects.in_bulk([bed.newest_pk for bed in found])
    return [Plan(bed, _why(bed, hasattr(bed, "device"), assigned.get(bed.newest_pk))) for bed in found]


def assign_evening(
    ward: Ward, beds: Collection[int], playlist: Playlist, by: AbstractBaseUser, now: datetime, *, key: str
) -> Evening:
    """Adds the playlist to each of these beds that lacks one. A second tap with the same `key` finds what the first
    did, and goes on where that was broken off."""
    facts: dict[str, Any] = {"ward": ward, "title": playlist.title, "assigned_by_id": by.pk, "assigned_at": now}
    evening, is_new = Evening.objects.get_or_create(key=key, defaults=facts)
    if is_new:
        Evening.objects.filter(ward=ward, assigned_at__lt=now - KEPT_FOR).delete()
    if evening.undone_at is None:
        evening.beds.filter(refused=Why.HELD_UP).delete()
        told = evening.beds.values("bed")
        open_beds = Bed.objects.open().filter(room__ward=ward, pk__in=beds)
        for bed in open_beds.exclude(pk__in=told).select_related("room"):
            _assign_one(evening, bed, playlist, by, now)
    return evening


def is_due(ward: Ward, at: time, now: datetime) -> bool:
    """Whether staff are to be reminded: from `at` for three hours, unless evening playlists were assigned within six
    hours before that, or since. `now` in the ward's time zone."""
    begins = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if begins > now:
        begins -= timedelta(days=1)
    if now - begins >= REMINDED_FOR:
        return False
    return not Evening.objects.filter(ward=ward, undone_at=None, assigned_at__gt=begins - EARLY).exists()


def undo(evening: Evening, by: AbstractBaseUser, now: datetime) -> None:
    """Restores what each of its beds had, unless it was changed since. A bed that is held up is left to the next press,
    until which the evening is not undone."""
    rows = evening.beds.exclude(version=None).select_related("bed__room")
    done = [_put_back(row, by, now) for row in rows]  # each of them, also after one that is held up
    if all(done):
        Evening.objects.filter(pk=evening.pk, undone_at=None).update(undone_at=now)


def _put_back(row: EveningBed, by: AbstractBaseUser, now: datetime) -> bool:
    try:
        assigning.put_back(row.bed, by, now, row.version)
    except OperationalError as error:
        if not is_held_up(error):
            raise
        return False
    return True


def _assign_one(evening: Evening, bed: Bed, playlist: Playlist, by: AbstractBaseUser, now: datetime) -> None:
    try:
        with transaction.atomic():
            assigning.lock(bed)
            if EveningBed.objects.filter(evening=evening, bed=bed).exists():  # by another tap meanwhile
                return
            why = _why(bed, Device.objects.filter(bed=bed).exists(), assigning.newest(bed))
            if why is Why.GETS:
                made = assigning.add(bed, playlist, by, now, AuditVerb.ASSIGNED_EVENING)
                EveningBed.objects.create(evening=evening, bed=bed, version=made.version)
            else:
                EveningBed.objects.create(evening=evening, bed=bed, refused=why)
    except assigning.AssigningError as refused:
        EveningBed.objects.create(evening=evening, bed=bed, refused=str(refused)[:200])
    except OperationalError as error:
        if not is_held_up(error):
            raise
        EveningBed.objects.create(evening=evening, bed=bed, refused=Why.HELD_UP)


def _why(bed: Bed, has_box: bool, assigned: Assignment | None) -> Why:
    if bed.stay is None:
        return Why.NO_STAY
    if assigned is None:  # the stay began without one
        return Why.NO_PLAYLISTS
    if assigned.expired_at is not None:
        return Why.ENDED
    return _why_kept(assigned) or (Why.GETS if has_box else Why.NO_BOX)


def _why_kept(assigned: Assignment) -> Why | None:
    """Why what the bed has now stays as it is; None where a playlist may be added."""
    playlists = assigned.message.get("playlists") or []
    if not playlists:
        return Why.NO_PLAYLISTS
    if (assigned.message.get("rules") or {}).get("vigil"):
        return Why.VIGIL
    if any(held["purpose"] == Purpose.SLEEP for held in playlists):
        return Why.HAS
    return Why.FULL if len(playlists) >= PLAYLISTS_AT_MOST else None
