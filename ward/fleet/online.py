"""Whether a box is heard: by its presence, and by its last message, because a broken network sends no good-bye."""

from datetime import datetime, timedelta

from ward.fleet.models import Device

SILENT_AFTER = timedelta(seconds=90)  # three missed `now` messages


def is_online(device: Device, now: datetime) -> bool:
    """At `now`; a box that is not heard is not asked anything."""
    return device.online and device.contact_at is not None and now - device.contact_at <= SILENT_AFTER
