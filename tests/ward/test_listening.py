"""What a box says of itself is written down; pages hear only of what they would show."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from messages import Health, Now, Playing, Verb
from tests.ward.saying import HASH, NOW
from ward.assignments import confirming
from ward.assignments.assigning import assign
from ward.assignments.models import Assignment
from ward.beds.changes import KEPT_FOR, changed, prune
from ward.beds.models import Bed, Change
from ward.fleet.commands import ask
from ward.fleet.last_seen import note_contact, note_health, note_now, tell_of_time
from ward.fleet.models import Device
from ward.fleet.online import is_online
from ward.music.models import Playlist

pytestmark = pytest.mark.django_db


def now_says(number: int, **fields: Any) -> Now:
    said = Now(boot="b1", number=number, at=NOW, playing=Playing.PLAYING, level_dba=48.0, cap_dba=60.0, left_s=600.0)
    return msgspec.structs.replace(said, track=HASH, **fields)


def health_says(**fields: Any) -> Health:
    said = Health(
        boot="b1",
        number=1,
        at=NOW,
        software="0.1.0",
        clock_ok=True,
        temperature_c=41.5,
        throttled=None,
        disk_free_mb=900.0,
        memory_mb=80.0,
        unsent=0,
        oldest_unsent_s=0.0,
        sound="ok",
        display="ok",
        calibrated_on=None,
        tracks_held=3,
        tracks_needed=5,
    )
    return msgspec.structs.replace(said, **fields)


def changes() -> int:
    return Change.objects.count()


def test_an_older_now_of_the_same_boot_is_dropped_and_a_new_boot_begins_anew(device: Device, now: datetime) -> None:
    assert note_now(device, now_says(5), now)
    assert not note_now(device, now_says(5, playing=Playing.SILENT), now)
    assert not note_now(device, now_says(4, playing=Playing.SILENT), now)
    device.refresh_from_db()
    assert device.playing == "playing"
    assert note_now(device, now_says(0, boot="b2", playing=Playing.SILENT), now)
    device.refresh_from_db()
    assert (device.playing, device.now_boot, device.now_at) == ("silent", "b2", now)


def test_time_that_runs_as_expected_redraws_no_page(device: Device, now: datetime) -> None:
    note_now(device, now_says(1), now)
    told = changes()
    note_now(device, now_says(2, left_s=570.0), now + timedelta(seconds=30))
    assert changes() == told
    note_now(device, now_says(3, left_s=900.0), now + timedelta(seconds=31))
    assert changes() == told + 1
    note_now(device, now_says(4, left_s=900.0, level_dba=46.0), now + timedelta(seconds=31))
    assert changes() == told + 2


def test_a_strange_but_lawful_now_fits_the_columns(device: Device, now: datetime) -> None:
    note_now(device, now_says(2**53 - 1, playlist="\x00" * 64, session="\x00", place=2**53 - 1, left_s=1e9), now)
    device.refresh_from_db()
    assert device.now_playlist == "\ufffd" * 64


def test_health_is_kept_whole_and_counts_the_tracks_of_the_assignment(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    assign(bed, playlists, None, now)
    Assignment.objects.update(applied_at=now)
    device.assignment_version = 1
    said = health_says(unsent=2**53 - 1, sound="\x00")
    note_health(device, said, now)
    confirming.tracks_held(device, said.tracks_held, said.tracks_needed)
    device.refresh_from_db()
    assert device.health["temperature_c"] == 41.5
    assert device.health["sound"] == "\x00"
    found = Assignment.objects.get()
    assert (found.held, found.needed) == (3, 5)


def test_a_box_that_is_back_tells_its_page_once(device: Device, now: datetime) -> None:
    Device.objects.update(online=False)
    device.refresh_from_db()
    note_contact([device], now)
    note_contact([device], now + timedelta(seconds=1))
    device.refresh_from_db()
    assert (device.online, device.contact_at, changes()) == (True, now + timedelta(seconds=1), 1)


def test_a_box_that_falls_silent_and_a_command_without_answer_are_told_by_time_alone(
    device: Device, now: datetime
) -> None:
    ask(device, Verb.STOP, None, now)
    told = changes()
    moments = [now + timedelta(seconds=second) for second in range(100)]
    for since, until in pairwise(moments):
        tell_of_time(since, until)
        assert changes() == told + (until >= now + timedelta(seconds=30)) + (until >= now + timedelta(seconds=90))
    assert not is_online(device, moments[-1])


def test_old_changes_are_forgotten(bed: Bed) -> None:
    changed([bed.pk, None, bed.pk])
    assert changes() == 1
    at = Change.objects.get().at
    assert prune(at + KEPT_FOR) == 0
    assert prune(at + KEPT_FOR + timedelta(seconds=1)) == 1
