"""How a stay ended, read from rows: whether the box has confirmed it. Knows no page."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ward.assignments import assigning
from ward.assignments.models import Assignment
from ward.assignments.restoring import told
from ward.bed.moved import went
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.beds.times import clock, seconds_clock
from ward.fleet.models import Device


@dataclass(frozen=True, slots=True)
class Ending:
    """`ended`: who ended the stay and when, empty if none has ended; `proof`: what the box confirmed, or that it has
    not yet; `proven`: whether the box has confirmed. `until`: until when the stay can be restored; `over`: that this
    time is over. Both are empty where no discharge can be undone. `moved`: the stay goes on at another bed."""

    ended: str
    proof: str
    proven: bool
    until: str = ""
    over: str = ""
    moved: bool = False


def ending(bed: Bed, now: datetime) -> Ending | None:
    """None while the bed has a stay."""
    if bed.stay is not None:
        return None
    last = assigning.newest(bed)
    if last is None or last.stay is not None:
        return Ending("", _("No stay has ended at this bed yet."), proven=False)
    moved = went(last, now)
    ended = moved or _("Stay ended: %(when)s, %(who)s.") % {
        "when": clock(last.assigned_at, now),
        "who": initials(last.assigned_by),
    }
    proof, proven = _proof(bed, last, now)
    return Ending(ended, proof, proven, *told(last, assigning.before_of(last), now), moved=bool(moved))


def _proof(bed: Bed, last: Assignment, now: datetime) -> tuple[str, bool]:
    if last.applied_at is not None:
        return _("Box cleared: %(when)s.") % {"when": clock(last.applied_at, now)}, True
    if not Device.objects.filter(bed=bed).exists():
        return _("No box at this bed to confirm."), False
    return _("Waiting for the box to confirm since %(when)s.") % {"when": seconds_clock(last.assigned_at, now)}, False
