"""Which assignments have to go out now. The row is the queue; claiming is a conditional UPDATE. Knows no broker."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import F, OuterRef, Q, Subquery

from ward.assignments.models import Assignment
from ward.beds.changes import changed
from ward.fleet.models import Device
from ward.limits import is_held_up

SENT_AGAIN_AFTER = timedelta(seconds=10)


def unsent(now: datetime, skip: Collection[str] = frozenset(), held_up: list[str] | None = None) -> list[Assignment]:
    """Claims, and returns, the newest assignments that no box has confirmed, of beds whose box is there.

    Never sent, or sent more than 10 s ago, or sent to another box. One that is returned is no one else's for 10 s.
    `skip`: boxes, by id, that are skipped. `held_up` gets those whose rows someone else has locked; without
    it, the error is raised.
    """
    found = []
    for waiting in _waiting(now):
        device_id = str(waiting.bed.device.pk)
        try:
            if device_id not in skip and _claim(waiting, now):
                found.append(waiting)
        except OperationalError as error:
            if held_up is None or not is_held_up(error):
                raise
            held_up.append(device_id)
    return found


def _waiting(now: datetime) -> list[Assignment]:
    newest = Assignment.objects.filter(bed=OuterRef("bed")).order_by("-version").values("version")[:1]
    return list(
        Assignment.objects.filter(applied_at=None, refused="", bed__device__online=True)
        .filter(Q(tried_at=None) | Q(tried_at__lt=now - SENT_AGAIN_AFTER) | ~Q(sent_to=F("bed__device")))
        .filter(version=Subquery(newest))
        .select_related("bed__device")
    )


@transaction.atomic
def _claim(found: Assignment, now: datetime) -> bool:
    """Pages show when this box was first sent it: sent again each 10 s, it would be always just now."""
    device: Device = found.bed.device
    is_first = found.sent_at is None or found.sent_to_id != device.pk
    sent_at = now if is_first else found.sent_at
    unclaimed = Assignment.objects.filter(
        pk=found.pk, tried_at=found.tried_at, sent_to=found.sent_to_id, applied_at=None
    )
    if not unclaimed.update(tried_at=now, sent_at=sent_at, sent_to=device):
        return False
    found.tried_at, found.sent_at, found.sent_to = now, sent_at, device
    if is_first:
        changed([found.bed_id])
    return True


def send_again(assignment: Assignment) -> None:
    """The box does not have it, whatever it said before: the next look sends it."""
    Assignment.objects.filter(pk=assignment.pk).update(
        sent_at=None, sent_to=None, tried_at=None, applied_at=None, refused="", coded={}
    )
