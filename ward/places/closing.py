"""Closes beds and wards, and opens a ward again. Nothing is deleted: what is closed stays in history and reports."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from ward.assignments.assigning import lock
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.changes import changed as changed_beds
from ward.beds.models import Bed, Ward
from ward.fleet.models import Device
from ward.places.errors import OccupiedError
from ward.places.holding import changed, hold
from ward.places.rooms import beds_of, occupied


def close_held(beds: Iterable[Bed], by: AbstractBaseUser | None, now: datetime) -> None:
    """Closes these beds of a ward that is held. Raises OccupiedError where one of them is in use: then none is closed.

    Each bed is held, so that a nurse who assigns music there at the same moment either comes first, or finds it closed.
    """
    ordered = sorted(beds, key=lambda bed: bed.pk)
    for bed in ordered:
        lock(bed)
    if any(in_use := occupied(ordered)):
        raise OccupiedError(*in_use)
    for bed in ordered:
        Bed.objects.filter(pk=bed.pk).update(closed_at=now)
        box = Device.objects.filter(bed=bed).values_list("number", flat=True).first()
        Device.objects.filter(bed=bed).update(bed=None)
        record(AuditVerb.BED_CLOSED, by=by, bed=bed, before={"box": box} if box else None, now=now)
    changed_beds(bed.pk for bed in ordered)


def close_beds(
    ward: Ward, beds: Iterable[Bed], by: AbstractBaseUser | None, now: datetime, *, seen: int | None = None
) -> None:
    """Closes beds of this ward. Raises OccupiedError and MeanwhileError; then none is closed."""
    with transaction.atomic():
        hold(ward, seen)
        close_held([bed for bed in beds if bed.room.ward_id == ward.pk and bed.closed_at is None], by, now)
        changed(ward, by, now)


def close_ward(ward: Ward, by: AbstractBaseUser | None, now: datetime, *, seen: int | None = None) -> None:
    """Closes the ward and its beds. Raises OccupiedError and MeanwhileError; then nothing is closed. Twice changes
    nothing."""
    with transaction.atomic():
        hold(ward, seen)
        if ward.closed_at is not None:
            return
        close_held([bed for bed in beds_of(ward) if bed.closed_at is None], by, now)
        ward.closed_at = now
        changed(ward, by, now)
        record(AuditVerb.WARD_CLOSED, by=by, ward=ward, now=now)


def open_ward(ward: Ward, by: AbstractBaseUser | None, now: datetime) -> None:
    """Opens a closed ward again, without its beds: which of them are back, its list of beds says."""
    with transaction.atomic():
        hold(ward)
        if ward.closed_at is None:
            return
        ward.closed_at = None
        changed(ward, by, now)
        record(AuditVerb.WARD_OPENED, by=by, ward=ward, now=now)
