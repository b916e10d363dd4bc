"""When more music has been rendered: the demo's playlists get it, and so do the beds that hold them. Knows no box."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from ward.assignments.assigning import assign, newest, wire
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.demo.people import refuse_a_real_ward
from ward.demo.playlists import load
from ward.music.models import Playlist


def add_music(music: Path, now: datetime) -> int:
    """Loads what is rendered by now; says how many beds were assigned more tracks. Raises DemoError or
    playlists.PlaylistError, one line."""
    refuse_a_real_ward()
    with transaction.atomic():
        playlists = load(music)
        waiting = [(bed, last) for bed in Bed.objects.select_related("room") if (last := newest(bed)) is not None]
        return sum(_add(bed, last, playlists, now) for bed, last in waiting)


def _add(bed: Bed, last: Assignment, playlists: dict[str, Playlist], now: datetime) -> bool:
    message = wire(last)
    slugs = [one.slug for one in message.playlists]
    if last.applied_at is None or not slugs or not set(slugs) <= set(playlists):
        return False  # what is still on its way has its own reason
    grown = any(len(one.tracks) < playlists[one.slug].places.count() for one in message.playlists)
    if grown:
        assign(bed, [playlists[slug] for slug in slugs], last.assigned_by, now, rules=message.rules)
    return grown
