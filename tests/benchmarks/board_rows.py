"""Writes the rows that the board part looks at, in its own process: `python -m tests.benchmarks.board_rows BOXES BEDS`.

Says a nurse's session, then the playlist and the track that a press begins, then each box of the ward `live` and its
bed.
"""

import os
import sys
from datetime import datetime


def main() -> None:
    """Into the empty database that the environment names."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "ward.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    _write(int(sys.argv[1]), int(sys.argv[2]), timezone.now())


def _write(live: int, large: int, now: datetime) -> None:
    from django.conf import settings  # late: Django is set up above

    from tests.ward.conftest import make_playlist
    from tests.ward.large import add_beds
    from tests.ward.people import logged_in, person
    from ward.beds.models import Access, Role, Ward
    from ward.fleet.models import Command, Device
    from ward.music.models import PlaylistTrack

    settings.ALLOWED_HOSTS = ["testserver"]  # only for the log-in here
    playlists = [make_playlist(slug) for slug in ("calm", "garden", "sleep")]
    make_playlist("sea")  # what is assigned in the end
    wards = [Ward.objects.create(name=slug.title(), slug=slug) for slug in ("live", "large")]
    nurse = person(wards[0], Role.NURSE, "km")
    Access.objects.create(user=nurse, ward=wards[1], role=Role.NURSE)
    for ward, count in zip(wards, (live, large), strict=True):
        add_beds(ward, count, playlists, nurse, now)
    there = Device.objects.filter(bed__room__ward=wards[0])
    there.update(playing="silent")
    Command.objects.all().delete()
    print(logged_in(nurse).cookies["sessionid"].value)
    print("calm", PlaylistTrack.objects.get(playlist=playlists[0]).track_id)
    for box in there:
        print(box.pk, box.bed_id)


if __name__ == "__main__":
    main()
