"""A ward of any size, written in a few statements: beds with a box, a stay, music, a session; and its people."""

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from tests.ward.people import plays
from ward.assignments.assigning import assign
from ward.assignments.models import Assignment
from ward.beds.models import Access, Bed, Role, Room, Ward
from ward.fleet.models import Command, Device
from ward.music.models import Playlist
from ward.usage.models import Session


def add_beds(ward: Ward, count: int, playlists: list[Playlist], nurse: User, now: datetime) -> list[Bed]:
    """More beds, two to a room. Every third one plays, and one in ten was asked to stop."""
    first = Room.objects.count()
    places = range(first, first + (count + 1) // 2)
    rooms = Room.objects.bulk_create([Room(ward=ward, number=str(place), position=place) for place in places])
    made = Bed.objects.bulk_create(
        [
            Bed(room=room, letter=letter, stay=uuid.uuid4().hex, stay_since=now - timedelta(days=2))
            for room in rooms
            for letter in "AB"
        ][:count]
    )
    boxes = _boxes(made, now)
    _assignments(made, playlists, nurse, now)
    Session.objects.bulk_create([session_of(box, box.bed, now - timedelta(hours=2)) for box in boxes])
    for box in boxes[::3]:
        plays(box, playlists[0], now)
    asked = [Command(id=uuid.uuid4().hex, device=box, verb="stop", issued_at=now) for box in boxes[::10]]
    Command.objects.bulk_create(asked)
    return made


def session_of(box: Device, bed: Bed | None, at: datetime) -> Session:
    """A session of 24 minutes, not yet written."""
    stay = bed.stay if bed else None
    ends = at + timedelta(minutes=24)
    return Session(
        device=box, bed=bed, stay=stay, session=uuid.uuid4().hex, playlist_slug="calm", started_at=at, ended_at=ends,
        heard_s=1440.0, mean_dba=44.0, cause="completed",
    )  # fmt: skip


def add_people(ward: Ward, count: int) -> None:
    """More nurses of the ward."""
    names = [f"nurse{uuid.uuid4().hex[:12]}" for _one in range(count)]
    people = User.objects.bulk_create([User(username=name) for name in names])
    Access.objects.bulk_create([Access(user=user, ward=ward, role=Role.NURSE) for user in people])


def _boxes(beds: list[Bed], now: datetime) -> list[Device]:
    health = {"calibrated_on": "2026-11-03", "temperature_c": 41.5, "clock_ok": True}
    known = Device.objects.count()
    return Device.objects.bulk_create(
        [
            Device(
                id=uuid.uuid4(), number=f"{known + place:05}", bed=bed, online=True, contact_at=now, software="1.4.2",
                health=health,
            )
            for place, bed in enumerate(beds)
        ]
    )  # fmt: skip


def _assignments(beds: list[Bed], playlists: list[Playlist], nurse: User, now: datetime) -> None:
    assigned = assign(beds[0], playlists, nurse, now - timedelta(days=1))
    same = {"version": assigned.version, "message": assigned.message, "digest": assigned.digest, "assigned_by": nurse}
    others = [Assignment(bed=bed, stay=bed.stay, assigned_at=assigned.assigned_at, **same) for bed in beds[1:]]
    Assignment.objects.bulk_create(others)
    Assignment.objects.filter(bed__in=[bed.pk for bed in beds]).update(sent_at=now, applied_at=now)
