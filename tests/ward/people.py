"""People of a ward, logged in, and a bed with music; for tests of the pages."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.test import Client

from tests.ward.saying import NOW
from ward.beds.models import Access, Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist, Track
from ward.usage.models import Session


def person(ward: Ward, role: Role, name: str | None = None, password: str | None = None) -> User:
    """An account with one role on one ward."""
    made = User.objects.create_user(name or role.value, password=password)
    Access.objects.create(user=made, ward=ward, role=role)
    return made


def logged_in(user: User) -> Client:
    """A browser of this person's."""
    browser = Client()
    browser.force_login(user)
    return browser


def session_of(user: User) -> str:
    """The key of a session of this person's, as a browser's cookie holds it."""
    return logged_in(user).cookies["sessionid"].value


def plays(device: Device, playlist: Playlist, at: datetime = NOW) -> None:
    """The box says that it plays this playlist: 18 of 24 min are left."""
    track = Track.objects.filter(playlisttrack__playlist=playlist).first()
    Device.objects.filter(pk=device.pk).update(
        online=True,
        contact_at=at,
        now_at=at,
        playing="playing",
        now_playlist=playlist.slug,
        now_session="s1",
        now_track=track.pk if track else "",
        place=1,
        tracks=1,
        level_dba=46.0,
        cap_dba=60.0,
        left_s=1080.0,
        length_s=1440.0,
    )


def heard(device: Device, bed: Bed, playlist: Playlist, stay: str | None, at: datetime = NOW) -> Session:
    """A session of 12 min, an hour before `at`, stopped at the bed."""
    began = at - timedelta(hours=1)
    return Session.objects.create(
        device=device,
        bed=bed,
        stay=stay,
        session=f"{playlist.slug}-{stay}",
        playlist_slug=playlist.slug,
        started_at=began,
        ended_at=began + timedelta(minutes=12),
        heard_s=720.0,
        cause="button",
    )
