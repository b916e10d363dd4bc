"""How far an assignment has come: assigned, sent, on the box, playing. Read from rows and the time, stored nowhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ward.assignments.assigning import newest
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.fleet.models import Device
from ward.fleet.online import is_online
from ward.fleet.reasons import Kept, words

ANSWERED_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Progress:
    """The newest assignment's delivery. `held` of `needed` tracks are on the box; `stalled_because`: one line, or None
    while all is as it should be."""

    version: int
    assigned_at: datetime
    by: str  # initials
    sent_at: datetime | None
    applied_at: datetime | None
    held: int
    needed: int
    played_at: datetime | None
    refused: Kept  # empty: it was not
    stalled_because: str | None


def progress(bed: Bed, now: datetime) -> Progress | None:
    """How far the bed's newest assignment is at `now`; None for a bed that was never assigned anything."""
    found = newest(bed)
    if found is None:
        return None
    device = Device.objects.filter(bed=bed).first()
    return Progress(
        version=found.version,
        assigned_at=found.assigned_at,
        by=initials(found.assigned_by),
        sent_at=found.sent_at,
        applied_at=found.applied_at,
        held=found.held,
        needed=found.needed,
        played_at=found.played_at,
        refused=found.kept_reason,
        stalled_because=_stalled_because(found, device, now),
    )


def _stalled_because(found: Assignment, device: Device | None, now: datetime) -> str | None:
    if found.applied_at is not None:
        return None
    if device is None:
        return _("No box at this bed")
    if found.refused:
        return _("The box rejected it: %(reason)s") % {"reason": words(found.kept_reason)}
    if not is_online(device, now):
        if device.contact_at is None:
            return _("The box has never connected")
        return _("The box has been offline since %(time)s") % {"time": _clock(device.contact_at, now)}
    return _unanswered_because(found, now)


def _unanswered_because(found: Assignment, now: datetime) -> str | None:
    if now - found.assigned_at <= ANSWERED_WITHIN:
        return None
    since = {"time": _clock(found.assigned_at, now)}
    if found.sent_at is None:
        return _("Not sent since %(time)s. The message service may not be running. Contact IT.") % since
    return _("No reply from the box since %(time)s") % since


def _clock(at: datetime, now: datetime) -> str:
    """Today's hour and minute; with its day where it was another day, so that no old hour looks like today's."""
    there = localtime(at)
    today = there.date() == localtime(now).date()
    return date_format(there, "H:i" if today else pgettext("date format, day and time", "j M, H:i"))
