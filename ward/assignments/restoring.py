"""How long what a bed had can be restored. Reads no clock of its own."""

from datetime import datetime, timedelta

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ward.assignments.models import Assignment
from ward.beds.times import clock

RESTORE_FOR = timedelta(minutes=30)  # after a discharge; longer, and the next patient may lie in that bed


def restorable_until(last: Assignment, before: Assignment | None) -> datetime | None:
    """When a stay that `last` ended can be restored no more; None where `last` ended none. `before`: what the bed had
    until then, also where that was purged."""
    if last.stay is not None or before is None or before.stay is None:
        return None
    return last.assigned_at + RESTORE_FOR


def refusal(last: Assignment, before: Assignment | None, now: datetime) -> str:
    """One line why `last` cannot be undone at `now`, and what to do; empty where it can."""
    until = restorable_until(last, before)
    return over_line(until, now) if until is not None and until <= now else ""


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
