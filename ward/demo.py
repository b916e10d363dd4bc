"""A demo ward: three beds, three boxes, four people. Never mixed into a real ward's database."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction

from ward.assignments.assigning import assign, newest
from ward.beds.models import Access, Bed, Role, Room, Ward
from ward.fleet.adding import add_device
from ward.music.loading import load_playlists
from ward.music.models import Playlist

NAME, SLUG = "Ward 4 North", "4-north"
PEOPLE = {"km": Role.NURSE, "rt": Role.THERAPIST, "house": Role.FACILITIES, "admin": Role.ADMINISTRATOR}
PASSWORD = "nightingale"  # noqa: S105 - where no other is named; `check` warns about it
PLAYLISTS = ("calm", "garden", "sleep")
DEVICES = (
    ("5b1f6c1e-0d5a-4c86-9a57-3f1d1e8c0a01", "01"),
    ("5b1f6c1e-0d5a-4c86-9a57-3f1d1e8c0a02", "02"),
    ("5b1f6c1e-0d5a-4c86-9a57-3f1d1e8c0a03", "03"),
)


class DemoError(Exception):
    """This database holds real data; one line says what to do."""


def make_demo(music: Path, devices: Sequence[tuple[str, str]], password: str, now: datetime) -> None:
    """The whole demo in one transaction; a second time it only adds what is missing, and sets the password.

    Raises DemoError, playlists.PlaylistError or ward.fleet.adding.FleetError, one line each.
    """
    _refuse_a_real_ward()
    with transaction.atomic():
        load_playlists(music)
        ward, _ = Ward.objects.get_or_create(slug=SLUG, defaults={"name": NAME})
        beds = [_bed(ward, place) for place in range(1, max(3, len(devices)) + 1)]
        for bed, (device_id, number) in zip(beds, devices, strict=False):
            add_device(device_id, number, bed)
        people = {name: _person(name, role, ward, password) for name, role in PEOPLE.items()}
        found = {row.slug: row for row in Playlist.objects.filter(slug__in=PLAYLISTS)}
        playlists = [found[slug] for slug in PLAYLISTS if slug in found]
        for bed in beds:
            if newest(bed) is None:
                assign(bed, playlists, people["km"], now)


def _refuse_a_real_ward() -> None:
    wards = set(Ward.objects.values_list("slug", flat=True))
    users = set(User.objects.values_list("username", flat=True))
    if wards - {SLUG} or users - set(PEOPLE) or bool(wards) != bool(users):
        raise DemoError("This database is in use. For the demo, set NIGHTINGALE_DATA to an empty folder.")


def _bed(ward: Ward, place: int) -> Bed:
    room, _ = Room.objects.get_or_create(ward=ward, number=str(place), defaults={"position": place})
    return Bed.objects.get_or_create(room=room, letter="")[0]


def _person(name: str, role: Role, ward: Ward, password: str) -> User:
    person, _ = User.objects.get_or_create(username=name)
    if not person.check_password(password):
        person.set_password(password)
        person.save(update_fields=["password"])
    Access.objects.get_or_create(user=person, ward=ward, role=role)
    return person
