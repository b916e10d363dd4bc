"""How far an assignment has come: assigned, sent, on the box, playing. Read from rows and the time, stored nowhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import localtime

from ward.assignments.giving import newest
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.fleet.hearing import is_heard
from ward.fleet.models import Device

ANSWERED_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Progress:
    """The newest assignment's way. `held` of `needed` pieces are on the box; `stalled_because`: one line, or None while
    all is as it should be."""

    version: int
    assigned_at: datetime
    by: str  # initials
    sent_at: datetime | None
    applied_at: datetime | None
    held: int
    needed: int
    played_at: datetime | None
    refused: str
    stalled_because: str | None


def progress(bed: Bed, now: datetime) -> Progress | None:
    """Where the bed's newest assignment stands at `now`; None for a bed that was never given anything."""
    found = newest(bed)
    if found is None:
        return None
    device = Device.objects.filter(bed=bed).first()
    return Progress(
        version=found.version,
        assigned_at=found.given_at,
        by=initials(found.given_by),
        sent_at=found.sent_at,
        applied_at=found.applied_at,
        held=found.held,
        needed=found.needed,
        played_at=found.played_at,
        refused=found.refused,
        stalled_because=_stalled_because(found, device, now),
    )


def _stalled_because(found: Assignment, device: Device | None, now: datetime) -> str | None:
    if found.applied_at is not None:
        return None
    if device is None:
        return "No box stands at this bed"
    if found.refused:
        return f"The box refused it: {found.refused}"
    if not is_heard(device, now):
        heard = device.heard_at
        return f"The box has not been heard since {_clock(heard, now)}" if heard else "The box has never been heard"
    return _unanswered_because(found, now)


def _unanswered_because(found: Assignment, now: datetime) -> str | None:
    if now - found.given_at <= ANSWERED_WITHIN:
        return None
    since = _clock(found.given_at, now)
    if found.sent_at is None:
        return f"Not sent since {since}: nightingale-ward mqttd does not run"
    return f"The box has not answered since {since}"


def _clock(at: datetime, now: datetime) -> str:
    """Today's hour and minute; with its day where it was another day, so that no old hour looks like today's."""
    there = localtime(at)
    return there.strftime("%H:%M") if there.date() == localtime(now).date() else there.strftime("%d %b, %H:%M")
