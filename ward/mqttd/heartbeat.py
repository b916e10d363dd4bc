"""Writes and reads that mqttd runs. It waits for nobody: a beat that someone is in the way of is left out."""

from datetime import datetime

from django.db import OperationalError, transaction

from ward.limits import free, is_held_up
from ward.mqttd.models import Heartbeat

EACH_S = 10.0
ROW = 1


def beat(*, connected: bool, now: datetime) -> bool:
    """Whether it was written; False where someone holds the row or its table."""
    try:
        with transaction.atomic():
            return _write(connected, now)
    except OperationalError as error:
        if not is_held_up(error):
            raise
        return False


def last_beat() -> Heartbeat | None:
    """The newest one, None where mqttd has never run on this database."""
    return Heartbeat.objects.filter(pk=ROW).first()


def _write(connected: bool, now: datetime) -> bool:
    rows = Heartbeat.objects.filter(pk=ROW)
    if list(free(rows)):
        return bool(rows.update(at=now, connected=connected))
    made = Heartbeat(pk=ROW, at=now, connected=connected)
    Heartbeat.objects.bulk_create([made], ignore_conflicts=True)  # there and held: nothing happens
    return rows.filter(at=now).exists()
