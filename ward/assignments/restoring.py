"""How long what a bed had can be restored. Reads no clock of its own."""

from datetime import datetime, timedelta

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.beds.times import clock

RESTORE_FOR = timedelta(minutes=30)  # after a discharge; longer, and the next patient may lie in that bed


def restorable_until(last: Assignment, before: Assignment | None) -> datetime | None:
    """When a stay that `last` ended can be restored no more; None where `last` ended none. `before`: what the bed had
    until then, also where that was purged. A stay that was moved away goes on elsewhere."""
    if last.stay is not None or before is None or before.stay is None or last.other_bed_id is not None:
        return None
    return last.assigned_at + RESTORE_FOR


def refusal(last: Assignment, before: Assignment | None, now: datetime) -> str:
    """One line why `last` cannot be undone at `now`, and what to do; empty where it can."""
    if last.other_bed_id is not None:
        return came_line(last) if last.stay else went_line(last.bed, before.stay if before else None)
    until = restorable_until(last, before)
    return over_line(until, now) if until is not None and until <= now else ""


def went_line(bed: Bed, stay: str | None) -> str:
    """Where a stay is that was moved away from `bed`."""
    here = Bed.objects.filter(stay=stay).select_related("room").first() if stay else None
    if here is None:
        return _("This patient's stay was moved to another bed.")
    return _("This patient's stay is at bed %(bed)s now.") % {"bed": here.beside(bed)}


def came_line(last: Assignment) -> str:
    """How to undo that a stay came from another bed."""
    name = last.other_bed.beside(last.bed) if last.other_bed else ""
    return _("This stay came from bed %(bed)s. Move it back to undo that.") % {"bed": name}


def over_line(until: datetime, now: datetime) -> str:
    """That the time to restore a stay is over, and what to do instead."""
    said = {"time": clock(until, localtime(now))}
    return _("The 30 minutes to restore this stay are over (since %(time)s). Assign music to begin a new stay.") % said


def told(last: Assignment, before: Assignment | None, now: datetime) -> tuple[str, str]:
    """For a page: until when the stay that `last` ended can be restored, or that this time is over; both empty where
    there is nothing to restore. `now` in the ward's time zone."""
    until = restorable_until(last, before)
    if until is None or last.restored:
        return "", ""
    return (clock(until, now), "") if now < until else ("", over_line(until, now))
