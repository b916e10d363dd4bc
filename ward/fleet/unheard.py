"""Remembers when boxes were not heard: only the moment when one is heard again tells both ends. Knows no page."""

from collections.abc import Iterable
from datetime import datetime

from ward.fleet.models import Device, Unheard
from ward.fleet.online import SILENT_AFTER


def remember(devices: Iterable[Device], now: datetime) -> None:
    """These boxes are heard at `now`, and `heard_at` still says when they were heard before that. One INSERT where one
    was away for longer than a box may be."""
    Unheard.objects.bulk_create(
        Unheard(bed_id=device.bed_id, since=device.heard_at, until=now)
        for device in devices
        if device.bed_id is not None and device.heard_at is not None and now - device.heard_at > SILENT_AFTER
    )
