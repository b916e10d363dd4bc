"""Writes down what a box says of itself: presence, now, health. Knows no broker; one process at a time hears a box."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from messages import Health, Hello, Now, Playing, Presence
from ward.beds.changes import boxes_changed, changed
from ward.fleet.commands import VALID
from ward.fleet.models import Command, Device, OfflineTime
from ward.fleet.online import SILENT_AFTER, is_online
from ward.fleet.text import storable, storable_number

DRIFT_S = 5.0  # the pages count the time left down by themselves; a smaller correction is not worth a redraw
MOST_NOWS = 1_000_000  # that may be lost between two: months of them; a number made up must not silence the box
OLDEST_S = 1e9  # what a page can say of an age
OF_HEALTH = ("calibrated_on", "clock_ok", "tracks_held", "tracks_needed", "player_restarts")
SHOWN = ("playing", "now_session", "now_playlist", "now_track", "place", "tracks", "level_dba", "cap_dba", "length_s")


def note_presence(device: Device, said: Presence, now: datetime, retained: bool) -> None:
    """A retained presence tells of an unknown time ago: it says whether the box is there, not that it was heard."""
    was = is_online(device, now)
    device.online, device.boot, device.software = said.online, said.boot, storable(said.software)
    if said.online and not retained:
        device.contact_at = now
    device.save(update_fields=["online", "boot", "software", "contact_at"])
    if was != is_online(device, now):
        boxes_changed([device.stands])


def note_hello(device: Device, said: Hello, now: datetime) -> None:
    """The box connected; its log may be a new one, and it may be another box that took this one's id."""
    if said.boot != device.hello_boot:
        if said.boot == device.hello_boot_before:
            device.twin_at = now
        device.hello_boot_before, device.hello_boot = device.hello_boot, said.boot
    device.log_id, device.boot, device.software = said.log_id, said.boot, storable(said.software)
    device.hello_at, device.capabilities = now, [storable(word) for word in said.capabilities]
    changed_fields = [
        "capabilities",
        "log_id",
        "boot",
        "software",
        "hello_at",
        "hello_boot",
        "hello_boot_before",
        "twin_at",
    ]
    device.save(update_fields=changed_fields)
    boxes_changed([device.stands])


def note_now(device: Device, said: Now, now: datetime) -> bool:
    """What plays. Older than what is known of the same boot, or so far ahead that no box counted it: dropped, False."""
    if said.boot == device.now_boot and not 0 < said.number - device.now_number <= MOST_NOWS:
        return False
    before = _shown(device, now)
    device.now_boot, device.now_number, device.now_at = said.boot, said.number, now
    device.playing = said.playing
    device.now_session, device.now_playlist = storable(said.session or ""), storable(said.playlist or "")
    device.now_track = said.track or ""
    device.place, device.tracks = said.place, said.tracks
    device.level_dba, device.cap_dba = said.level_dba, said.cap_dba
    device.left_s, device.length_s = said.left_s, said.length_s
    device.save(update_fields=["now_boot", "now_number", "now_at", "left_s", *SHOWN])
    after = _shown(device, now)
    if _differs(before, after):
        plays_on = before[0][0] == after[0][0] and abs(before[1] - after[1]) <= DRIFT_S
        if plays_on:  # whoever tends boxes hears of no track
            changed([device.bed_id])
        else:
            boxes_changed([device.stands])
    return True


def note_health(device: Device, said: Health, now: datetime) -> None:
    """How the box is; the whole message is kept."""
    unsent = storable_number(said.unsent)
    before = _healthy(device)
    device.health_at, device.health = now, msgspec.to_builtins(said)
    device.unsent, device.oldest_unsent_s = unsent, min(said.oldest_unsent_s, OLDEST_S)
    device.software = storable(said.software)
    device.save(update_fields=["health_at", "health", "unsent", "oldest_unsent_s", "software"])
    if before != _healthy(device):
        boxes_changed([device.stands])


def remember(devices: Iterable[Device], now: datetime) -> None:
    """These boxes are heard at `now`, and `contact_at` still says when they were heard before that. One INSERT where
    one was away for longer than a box may be."""
    OfflineTime.objects.bulk_create(
        OfflineTime(bed_id=device.bed_id, since=device.contact_at, until=now)
        for device in devices
        if device.bed_id is not None and device.contact_at is not None and now - device.contact_at > SILENT_AFTER
    )


def note_contact(devices: Iterable[Device], now: datetime) -> None:
    """A message of any kind came from these boxes, so that they are there, whatever an old will said."""
    found = list(devices)
    remember(found, now)
    back = [device for device in found if not is_online(device, now)]
    for device in found:
        device.online, device.contact_at = True, now
    if found:
        Device.objects.filter(pk__in=[device.pk for device in found]).update(online=True, contact_at=now)
        boxes_changed(device.stands for device in back)


def tell_of_time(since: datetime, now: datetime) -> None:
    """Tells the pages what only time has changed after `since`: boxes that fell silent, commands without an answer."""
    silent = Device.objects.filter(contact_at__gt=since - SILENT_AFTER, contact_at__lte=now - SILENT_AFTER)
    late = Command.objects.filter(done=None, issued_at__gt=since - VALID, issued_at__lte=now - VALID)
    boxes_changed(silent.filter(online=True).values_list("bed", "home"))
    boxes_changed(late.values_list("device__bed", "device__home"))


def _healthy(device: Device) -> tuple[object, ...]:
    """What the devices page says at a glance; warmth and room on the card change all the time."""
    return (
        device.health_at is None,
        device.unsent > 0,
        device.software,
        *(device.health.get(name) for name in OF_HEALTH),
    )


def _shown(device: Device, now: datetime) -> tuple[tuple[object, ...], float]:
    """What a page shows, and when the session will end, in seconds from now; 0 where it has no end."""
    ends = device.now_at is not None and (device.length_s > 0 or device.left_s > 0)
    end_s = device.left_s - (now - device.now_at).total_seconds() if ends and device.now_at else 0.0
    return tuple(getattr(device, name) for name in SHOWN), end_s


def _differs(before: tuple[tuple[object, ...], float], after: tuple[tuple[object, ...], float]) -> bool:
    plays = after[0][0] != Playing.SILENT
    return before[0] != after[0] or (plays and abs(before[1] - after[1]) > DRIFT_S)
