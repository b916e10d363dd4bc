"""A small ward in the database, and a box that says things."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.contrib.auth.models import User

from tests.ward import audit_rows
from tests.ward.saying import NOW
from tests.ward.window import browser, server, window
from ward.beds.models import Access, Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist, PlaylistTrack, Track

__all__ = ["browser", "server", "window"]  # fixtures for whoever asks for one


@pytest.fixture(autouse=True)
def _audit_goes_first(request: pytest.FixtureRequest, _django_db_marker: None) -> Iterator[None]:
    """After a test with transactions of its own Django empties every table, which the audit's would refuse."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        audit_rows.empty()


@pytest.fixture
def now() -> datetime:
    """The ward's clock in tests."""
    return NOW


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward.objects.create(name="Ward 4 North", slug="4-north")


@pytest.fixture
def bed(ward: Ward) -> Bed:
    room = Room.objects.create(ward=ward, number="1", position=1)
    return Bed.objects.create(room=room, letter="A")


@pytest.fixture
def other_bed(ward: Ward) -> Bed:
    room = Room.objects.create(ward=ward, number="2", position=2)
    return Bed.objects.create(room=room)


@pytest.fixture
def device(bed: Bed) -> Device:
    """A box that was heard a moment ago."""
    key = uuid.UUID("6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0401")
    return Device.objects.create(id=key, number="0401", bed=bed, online=True, contact_at=NOW)


@pytest.fixture
def playlists(db: None) -> list[Playlist]:
    return [make_playlist(slug) for slug in ("calm", "garden", "sleep")]


@pytest.fixture
def nurse(ward: Ward) -> User:
    person = User.objects.create_user("km")
    Access.objects.create(user=person, ward=ward, role=Role.NURSE)
    return person


def make_playlist(slug: str) -> Playlist:
    """A playlist of one track."""
    made = Playlist.objects.create(slug=slug, title=slug.title(), label=slug.upper()[:8], purpose="comfort", arc="u")
    track = Track.objects.create(sha256=hashlib.sha256(slug.encode()).hexdigest(), title=f"{slug} track", seconds=60.0)
    PlaylistTrack.objects.create(playlist=made, track=track, place=1)
    return made
