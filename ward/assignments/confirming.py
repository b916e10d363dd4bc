"""What a box says about an assignment, compared with what was assigned. Only the ward's own digest confirms."""

import logging
from datetime import datetime

from django.db.models import Q

from messages import AssignmentApplied, AssignmentRefused, Expired, Hello, Reset
from ward.assignments.assigning import is_believable, is_stale, issue_again, newest
from ward.assignments.models import Assignment
from ward.assignments.sending import send_again
from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.fleet.reasons import NOT_TOLD, coded
from ward.fleet.text import storable, storable_number

logger = logging.getLogger(__name__)


def applied(device: Device, data: AssignmentApplied, at: datetime, now: datetime) -> int | None:
    """The box offers it now. A digest that is not ours confirms nothing, and a fresh version goes out. The bed."""
    _on_box(device, data.version)
    found = _assigned(device, data.version)
    if found is not None and found.digest == data.digest:
        found.applied_at = found.applied_at or at
        found.held, found.needed = storable_number(data.held), storable_number(data.needed)
        found.refused, found.coded = "", {}
        found.save(update_fields=["applied_at", "held", "needed", "refused", "coded"])
        return found.bed_id
    if device.bed is None:
        return None
    last = newest(device.bed)
    if (last is None or data.version >= last.version) and _is_believed(device, data.version, last):
        logger.warning(
            "%s applied version %d, which is not what was assigned: it is assigned again", device, data.version
        )
        issue_again(device.bed, now)
    return device.bed_id


def refused(device: Device, data: AssignmentRefused, now: datetime) -> int | None:
    """The box kept what it had. Where it has that number or a later one, a fresh version goes out. The bed."""
    _on_box(device, data.have)
    found = _assigned(device, data.version)
    if found is None or found.applied_at is not None:
        return device.bed_id
    found.refused, found.coded = storable(data.reason), coded(data)
    if not found.refused:  # an empty one would say that it was not refused
        found.refused, found.coded = NOT_TOLD, found.coded or {"code": NOT_TOLD, "args": {}}
    found.save(update_fields=["refused", "coded"])
    overtaken = data.have >= data.version and not _is_older(found)
    if device.bed is not None and overtaken and _is_believed(device, data.have, found):
        issue_again(device.bed, now)
    return found.bed_id


def reset(device: Device, data: Reset, at: datetime) -> int | None:
    """A stay ended on the box: proves the assignment without a stay that said so. The bed."""
    _on_box(device, data.version)
    found = _assigned(device, data.version)
    if found is not None and found.stay is None and found.applied_at is None:
        found.applied_at = at
        found.save(update_fields=["applied_at"])
    return device.bed_id


def expired(device: Device, data: Expired, at: datetime) -> int | None:
    """Its time ran out on the box, which keeps its version and stay: nothing is assigned automatically. The bed."""
    _on_box(device, data.version)
    found = _assigned(device, data.version)
    if found is None:
        return device.bed_id
    if found.stay is not None and found.expired_at is None:
        found.expired_at = at
        found.save(update_fields=["expired_at"])
    return found.bed_id


def played(device: Device, bed: int | None, stay: str, at: datetime) -> None:
    """A session began: the first one under the assignment that the box had then, unless it had expired. Of what
    another box was assigned it proves nothing."""
    held = Assignment.objects.filter(Q(sent_to=device) | Q(bed=device.bed_id), bed=bed, stay=stay)
    found = held.exclude(applied_at=None).order_by("-version").first()
    if found is not None and found.played_at is None and found.expired_at is None:
        Assignment.objects.filter(pk=found.pk).update(played_at=at)


def hello(device: Device, said: Hello, through: int, now: datetime) -> None:
    """Compares what the box has with what its bed was assigned last, and sends the difference.

    `through`: how far the box's log is in. Where all of it is in and nothing in it confirms what the box has (the
    entry fell into a gap), only a fresh version can bring a confirmation. What has expired meanwhile is not sent as it
    was: a fresh version says so.
    """
    device.assignment_version, device.stay = said.assignment_version, said.stay
    device.save(update_fields=["assignment_version", "stay"])
    if device.bed is None:
        return
    last = newest(device.bed)
    held = (said.assignment_version, said.stay)
    if held == ((last.version, last.stay) if last else (0, None)):
        if last is not None and last.applied_at is None and through >= said.next_seq - 1:
            issue_again(device.bed, now)
        return
    _send_the_difference(device, device.bed, last, now)


def moved(device: Device, now: datetime) -> None:
    """The box came to another bed, whose playlists it gets: it may hold those of the bed where it was."""
    if device.bed is None:
        return
    last = newest(device.bed)
    if (device.assignment_version, device.stay) != (0, None) or last is not None:
        _send_the_difference(device, device.bed, last, now)


def _send_the_difference(device: Device, bed: Bed, last: Assignment | None, now: datetime) -> None:
    if not _is_believed(device, device.assignment_version, last):
        return
    if last is None or device.assignment_version >= last.version:
        logger.warning("%s has version %d, not its bed's: it is assigned again", device, device.assignment_version)
        issue_again(bed, now)
    elif is_stale(last, now):
        issue_again(bed, now)
    else:
        send_again(last)


def tracks_held(device: Device, held: int, needed: int) -> None:
    """Tracks arrive after the assignment did: keeps its count."""
    on_box = Assignment.objects.filter(bed=device.bed_id, version=device.assignment_version).exclude(applied_at=None)
    on_box.update(held=storable_number(held), needed=storable_number(needed))


def _on_box(device: Device, version: int) -> None:
    if device.assignment_version != version:
        device.assignment_version = version
        device.save(update_fields=["assignment_version"])


def _is_believed(device: Device, version: int, last: Assignment | None) -> bool:
    if is_believable(version, last):
        return True
    told = "%s says it has version %d, which no one can have assigned: it is ignored; check its card"
    logger.warning(told, device, version)
    return False


def _assigned(device: Device, version: int) -> Assignment | None:
    """What was assigned under that number: to the box's bed, or to the bed where the box was when it was sent."""
    rows = Assignment.objects.filter(version=version)
    return rows.filter(sent_to=device).order_by("-assigned_at").first() or rows.filter(bed=device.bed_id).first()


def _is_older(found: Assignment) -> bool:
    return Assignment.objects.filter(bed=found.bed_id, version__gt=found.version).exists()
