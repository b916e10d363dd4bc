"""What the pages of two beds say of a stay that was moved from one to the other. Reads rows, writes none."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ward.assignments import assigning
from ward.assignments.models import Assignment
from ward.assignments.moving import proof_of
from ward.beds.access import Person, may_assign
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.beds.times import clock, seconds_clock
from ward.fleet.models import Device


@dataclass(frozen=True, slots=True)
class Moved:
    """A stay that came to this bed. `proof`: whether the box of the bed `origin` is cleared; `back`: it may be moved
    back there now."""

    heading: str
    origin: Bed
    proof: str
    proven: bool
    back: bool

    @property
    def seen(self) -> str:
        """What a page sends back to say which state it shows."""
        said = repr((self.heading, self.proof, self.back)).encode()
        return f"moved:{hashlib.blake2s(said, digest_size=6).hexdigest()}"


def moved_here(person: Person, bed: Bed, last: Assignment | None, now: datetime) -> Moved | None:
    """None where the newest assignment is not the one with which a stay came. `now` in the ward's time zone."""
    if last is None or last.stay is None or last.other_bed is None:
        return None
    origin = last.other_bed
    old = origin.beside(bed)
    proof, proven = _proof(last, old, now)
    is_free = origin.stay is None and assigning.is_open(origin)
    back = is_free and may_assign(person, origin.room.ward)
    heading = _("Moved from bed %(old)s to bed %(new)s") % {"old": old, "new": bed}
    return Moved(heading, origin, proof, proven, back)


def went(last: Assignment | None, now: datetime) -> str:
    """That a stay went to another bed, when and by whom; empty where the newest assignment says nothing of it."""
    if last is None or last.stay is not None or last.other_bed is None:
        return ""
    when, who = clock(last.assigned_at, now), initials(last.assigned_by)
    facts = {"bed": last.other_bed.beside(last.bed), "when": when, "who": who}
    return _("Moved to bed %(bed)s: %(when)s, %(who)s.") % facts


def _proof(moved: Assignment, bed: str, now: datetime) -> tuple[str, bool]:
    reset = proof_of(moved)
    if reset is not None and reset.applied_at is not None:
        facts = {"bed": bed, "when": seconds_clock(reset.applied_at, now)}
        return _("The box at bed %(bed)s is cleared: %(when)s.") % facts, True
    if not Device.objects.filter(bed=moved.other_bed_id).exists():
        return _("No box at bed %(bed)s to confirm.") % {"bed": bed}, False
    facts = {"bed": bed, "when": seconds_clock(moved.assigned_at, now)}
    return _("Waiting for the box at bed %(bed)s to confirm since %(when)s.") % facts, False
