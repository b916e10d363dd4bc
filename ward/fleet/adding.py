"""Adds a box to the ward, at a bed or at none. Knows no broker."""

import uuid

from django.db import transaction

from ward.beds.changes import boxes_changed
from ward.beds.models import Bed
from ward.fleet.models import Away, Device


class FleetError(Exception):
    """The box cannot be added; one line says what to do."""


def add_device(device_id: str, number: str, bed: Bed | None) -> Device:
    """Puts the box `number` at `bed`; the box that was there then has no bed. A second call changes nothing.

    Raises FleetError where the id is not a UUID, or the number is empty, too long or already in use.
    """
    try:
        key = uuid.UUID(device_id)
    except ValueError:
        raise FleetError(f"{device_id!r} is not a valid box ID: copy the UUID from the box's configuration") from None
    if not number or len(number) > 8:
        raise FleetError(f"{number!r} is not a valid box number: use 1 to 8 characters")
    with transaction.atomic():
        if Device.objects.filter(number=number).exclude(pk=key).exists():
            raise FleetError(f"box number {number} is already in use: choose another, and write it on the label")
        if bed is not None:
            Device.objects.filter(bed=bed).exclude(pk=key).update(bed=None)
        defaults = {"number": number, "bed": bed, "away": Away.SPARE}
        made: Device = Device.objects.update_or_create(pk=key, defaults=defaults)[0]
        boxes_changed([made.stands])
    return made
