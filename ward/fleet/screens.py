"""The screens that someone looks at now: one row a box, overwritten by each frame, deleted when nobody looks any more.

A page that looks says so again and again; while one does, mqttd asks the box to send. Many pages are one watch. To
look is no action: no command's row, nothing in the audit. Knows no broker.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from messages import Screen, Verb
from ward.fleet.models import Device, WatchedScreen
from ward.fleet.online import SILENT_AFTER, is_online
from ward.fleet.text import storable, storable_number

LOOKED_AT_FOR = timedelta(seconds=12)  # after a page last said that it looks
SAID_AGAIN_BEFORE = timedelta(seconds=7)  # of it is left: one write in 5 s, however many pages look each second
ASKED_EACH = timedelta(seconds=15)  # a watch lasts 30 s
TOLD_WITHIN = timedelta(seconds=20)  # each watch is answered, so that what is older may no longer be so


def can_tell(device: Device, now: datetime) -> bool:
    """Whether the box is there, and knows how to send its screen."""
    return is_online(device, now) and Verb.WATCH in device.capabilities


def look(device: Device, now: datetime) -> WatchedScreen | None:
    """Someone looks at `now`. What the box told since it was asked; None where it told nothing yet."""
    row = WatchedScreen.objects.filter(pk=device.pk).first()
    until = now + LOOKED_AT_FOR
    if row is None:
        WatchedScreen.objects.bulk_create([WatchedScreen(device=device, until=until)], ignore_conflicts=True)
    elif row.until - now < SAID_AGAIN_BEFORE:
        WatchedScreen.objects.filter(pk=device.pk).update(until=until)
    told = row is not None and row.told_at is not None and now - row.told_at < TOLD_WITHIN
    return row if told else None


def claim(now: datetime) -> list[UUID]:
    """The boxes to be asked now; what is returned is nobody else's."""
    waits = Q(asked_at=None) | Q(asked_at__lte=now - ASKED_EACH)
    there = Q(device__online=True, device__contact_at__gte=now - SILENT_AFTER)
    due = WatchedScreen.objects.filter(waits, there, until__gt=now).values_list("pk", flat=True)
    return [key for key in due if WatchedScreen.objects.filter(waits, pk=key).update(asked_at=now)]


def note_screen(device: Device, said: Screen, now: datetime) -> None:
    """Overwrites what was told before; what nobody looks at, and what comes late, is dropped."""
    older = Q(boot=said.boot, number__gte=said.number)
    WatchedScreen.objects.filter(~older, pk=device.pk, until__gt=now).update(
        boot=said.boot,
        number=storable_number(said.number),
        told_at=now,
        showing=said.showing,
        light=said.light,
        frame=said.frame,
        words=[storable(word) for word in said.words],
    )


def ask_again(device: Device) -> None:
    """The box has connected: it does not know who looks, and what it told before may no longer be so."""
    WatchedScreen.objects.filter(pk=device.pk).update(asked_at=None, told_at=None, showing="", frame="", words=[])


def forget(now: datetime) -> int:
    """Deletes the rows that nobody looks at any more; says how many. Where there is none it writes nothing."""
    over: Collection[UUID] = list(WatchedScreen.objects.filter(until__lte=now).values_list("pk", flat=True))
    return WatchedScreen.objects.filter(pk__in=over, until__lte=now).delete()[0] if over else 0
