"""Adds a box to the ward and says where it stands. Knows no broker."""

import uuid

from django.db import transaction

from ward.beds.models import Bed
from ward.fleet.models import Device


class FleetError(Exception):
    """The box cannot be added; one line says what to do."""


def add_device(device_id: str, number: str, bed: Bed | None) -> Device:
    """The box `number` stands at `bed` from now on; the one that stood there stands nowhere. Twice changes nothing.

    Raises FleetError where the id is none, or the number is on another box's label.
    """
    try:
        key = uuid.UUID(device_id)
    except ValueError:
        raise FleetError(f"{device_id!r} is no box's id: copy the UUID from the box's configuration") from None
    if not number or len(number) > 8:
        raise FleetError(f"{number!r} is no box's number: use one to eight letters")
    with transaction.atomic():
        if Device.objects.filter(number=number).exclude(pk=key).exists():
            raise FleetError(f"number {number} is another box's: choose another, and write it on the label")
        if bed is not None:
            Device.objects.filter(bed=bed).exclude(pk=key).update(bed=None)
        return Device.objects.update_or_create(pk=key, defaults={"number": number, "bed": bed})[0]
