"""The small demo ward: one bed for each box, and music at each. For trials and tests; `make demo` has a large one."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction

from ward.assignments.assigning import assign, newest
from ward.beds.models import Bed, Room, Ward
from ward.demo.people import NAME, SLUG, make_people, refuse_a_real_ward
from ward.fleet.adding import add_device
from ward.music.loading import load_playlists
from ward.music.models import Playlist

PLAYLISTS = ("calm", "garden", "sleep")
DEVICES = (
    ("5b1f6c1e-0d5a-4c86-9a57-3f1d1e8c0a01", "01"),
    ("5b1f6c1e-0d5a-4c86-9a57-3f1d1e8c0a02", "02"),
    ("5b1f6c1e-0d5a-4c86-9a57-3f1d1e8c0a03", "03"),
)


def make_demo(music: Path, devices: Sequence[tuple[str, str]], password: str, now: datetime) -> None:
    """The whole demo in one transaction; a second time it only adds what is missing, and sets the password.

    Raises DemoError, playlists.PlaylistError or ward.fleet.adding.FleetError, one line each.
    """
    refuse_a_real_ward()
    with transaction.atomic():
        load_playlists(music)
        ward, _ = Ward.objects.get_or_create(slug=SLUG, defaults={"name": NAME})
        beds = [_bed(ward, place) for place in range(1, max(3, len(devices)) + 1)]
        for bed, (device_id, number) in zip(beds, devices, strict=False):
            add_device(device_id, number, bed)
        people = make_people(ward, password)
        found = {row.slug: row for row in Playlist.objects.filter(slug__in=PLAYLISTS)}
        playlists = [found[slug] for slug in PLAYLISTS if slug in found]
        for bed in beds:
            if newest(bed) is None:
                assign(bed, playlists, people["km"], now)


def _bed(ward: Ward, place: int) -> Bed:
    room, _ = Room.objects.get_or_create(ward=ward, number=str(place), defaults={"position": place})
    return Bed.objects.get_or_create(room=room, letter="")[0]
