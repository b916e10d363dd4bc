"""What holds whoever gives music and by whichever way: the ward's block list stands in every assignment that is made,
and what was kept of a stay goes when the next one begins."""

from typing import Any

import msgspec
from django.db.models.signals import post_save, pre_save
from django.utils.translation import gettext as _

import messages
from messages import Rules
from ward.assignments.giving import GivingError, wire
from ward.assignments.models import Assignment
from ward.therapy.models import Blocked, Preferences, Review

PIECES_MOST = 500  # what never plays, on the wire


def connect() -> None:
    """Listen from now on; a second call changes nothing."""
    pre_save.connect(_hold_back, sender=Assignment, dispatch_uid="therapy_hold_back")
    post_save.connect(_forget, sender=Assignment, dispatch_uid="therapy_forget")


def blocked(ward_id: int) -> frozenset[str]:
    """The pieces that this ward never plays, by hash."""
    return frozenset(Blocked.objects.filter(ward=ward_id).values_list("piece", flat=True))


def with_blocked(rules: Rules, pieces: frozenset[str]) -> Rules:
    """Rules that hold these pieces back too. Raises GivingError where they are too many for the box."""
    missing = sorted(pieces - set(rules.never_play))
    if len(rules.never_play) + len(missing) > PIECES_MOST:
        most = {"number": PIECES_MOST}
        raise GivingError(_("more than %(number)d pieces would be held back: let some play again") % most)
    return msgspec.structs.replace(rules, never_play=(*rules.never_play, *missing)) if missing else rules


def _hold_back(instance: Assignment, **_signal: Any) -> None:
    """In a new assignment with music, before it is written."""
    if instance.pk is not None or not instance.message["sets"]:
        return
    made = wire(instance)
    rules = with_blocked(made.rules, blocked(instance.bed.room.ward_id))
    if rules is not made.rules:
        made = msgspec.structs.replace(made, rules=rules)
        instance.message, instance.digest = msgspec.to_builtins(made), messages.assignment_digest(made)


def _forget(instance: Assignment, created: bool, **_signal: Any) -> None:
    """Until another stay begins a discharge of the wrong bed can be put back, and finds what was kept."""
    if created and instance.stay is not None:
        for kept in (Preferences, Review):
            kept.objects.filter(bed=instance.bed_id).exclude(stay=instance.stay).delete()
