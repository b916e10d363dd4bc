"""Two wards with data to lose: the one of an afternoon (tests.ward.site), and one elsewhere. Each holds texts and
numbers that stand nowhere else, so that whatever comes out of the wrong one is seen."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User

from messages import Answered, Cause, EntryKind, Moment, Outcome, Question
from tests.ward.people import person
from tests.ward.saying import LOG, entry, log
from tests.ward.site import WORD, Site, make_site
from ward.assignments.assigning import assign
from ward.assignments.models import Assignment, Blocked, Checked, Evening, EveningBed, EveningPlaylist, Took
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Access, Bed, Role, Room, Ward
from ward.fleet.models import Command, Device, OfflineTime
from ward.music.models import Playlist, PlaylistTrack, Track
from ward.notes.models import Note
from ward.people.invitations import hashed
from ward.people.models import Desk, Invitation
from ward.therapy.models import Preferences, Review
from ward.usage.ingest import ingest_log
from ward.usage.models import Answer, Session


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands in one ward only: letters within its texts, digits within its rows' keys."""

    letters: str
    slug: str
    key: int

    @property
    def words(self) -> tuple[str, ...]:
        """What nobody of another ward may ever read."""
        return self.letters, self.slug, str(self.key)


HOME, FAR = Marks("Hqvwkjx", "4-north", 834_900_001), Marks("Zfwvkjx", "elsewhere-9", 734_900_001)
OF_SITE = ("Ward 4 North", "Likes it low", "Asked for the harp", "Rain on a tin roof")  # stand in tests.ward.site


@dataclass(slots=True)
class Place:
    """One ward, by what addresses are made with."""

    ward: Ward
    marks: Marks
    bed: Bed
    device: Device
    person: User
    desk: Desk
    invitation: Invitation
    evening: Evening

    def argument(self, name: str) -> dict[str, Any]:
        """What `name` of an address stands for here; by the address's own name where that decides."""
        return {
            "slug": self.ward.slug,
            "bed_id": self.bed.pk,
            "room_id": self.bed.room_id,
            "person_id": self.person.pk,
            "key": {"desk_revoke": self.desk.pk, "people_revoke": self.invitation.pk}.get(name, self.marks.key),
            "token": "x",
            "provider_id": "hospital",
            "box": self.device.pk,
            "log": 1,
        }


@dataclass(slots=True)
class Wards:
    """Both, and someone of the other one who is everything there; `halfway`: has a second factor."""

    site: Site
    home: Place
    far: Place
    stranger: User
    halfway: User


def make_wards(now: datetime) -> Wards:
    """The whole of it, as it is at `now`."""
    site = make_site(Ward.objects.create(name="Ward 4 North", slug=HOME.slug), now)
    dusk = Playlist.objects.create(
        slug="dusk", title="Dusk", label="DUSK", purpose="sleep", arc="down"
    )  # to choose from
    PlaylistTrack.objects.create(playlist=dusk, track=Track.objects.get(title="Calm, part 1"), place=1)
    elsewhere = Ward.objects.create(name=f"{FAR.letters} ward", slug=FAR.slug)
    home, far = (plant(ward, marks, now) for ward, marks in ((site.ward, HOME), (elsewhere, FAR)))
    stranger = person(elsewhere, Role.NURSE, f"{FAR.letters}-all", WORD)
    for role in set(Role) - {Role.NURSE}:
        Access.objects.create(user=stranger, ward=elsewhere, role=role)
    halfway = person(site.ward, Role.NURSE, "halfway", WORD)
    factor(halfway)
    return Wards(site, home, far, stranger, halfway)


def factor(user: User) -> None:
    """A second factor, and its recovery codes."""
    totp.TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)
    assert Authenticator.objects.filter(user=user).count() == 2


def plant(ward: Ward, marks: Marks, now: datetime) -> Place:
    """A room of this ward with a row of everything that a ward holds."""
    word, key = marks.letters, marks.key
    room = Room.objects.create(pk=key, ward=ward, number=f"{word}1"[:8], position=90)
    bed = Bed.objects.create(pk=key, room=room, letter="A")
    Bed.objects.create(pk=key + 9, room=room, letter="B")
    device = Device.objects.create(
        id=uuid.UUID(int=key), number=f"{word}9"[:8], bed=bed, online=True, contact_at=now, software=word,
        faults={"sound": {"reason": f"{word} is gone", "since": now.isoformat()}}, health={"calibrated_on": None},
    )  # fmt: skip
    user = User.objects.create_user(f"{word}-one", password=WORD, first_name=f"{word} A", last_name=f"{word} B", pk=key)
    Access.objects.create(user=user, ward=ward, role=Role.NURSE)
    assigned = assign(bed, list(Playlist.objects.filter(slug__in=["calm", "sleep"])), user, now - timedelta(hours=9))
    Assignment.objects.filter(pk=assigned.pk).update(refused=f"{word} refused")
    _told(bed, device, word, now)
    _written(bed, user, word, now)
    evening = Evening.objects.create(
        pk=key, key=word, ward=ward, title=f"{word} title", assigned_by=user, assigned_at=now - timedelta(hours=20)
    )
    EveningBed.objects.create(pk=key, evening=evening, bed=bed, refused=f"{word} not")
    desk = Desk.objects.create(
        pk=key, ward=ward, name=f"{word} desk", token_hash=hashed(word), made_by=user, made_at=now
    )
    until = now + timedelta(days=2)
    link = Invitation.objects.create(
        pk=key, token_hash=hashed(word), ward=ward, role=Role.NURSE, name=word, made_at=now, expires_at=until
    )
    _of_ward(ward, user, key, now)
    return Place(ward, marks, bed, device, user, desk, link, evening)


def _told(bed: Bed, device: Device, word: str, now: datetime) -> None:
    """What a box told: a session, an answer, entries, an answered command."""
    at, key = now - timedelta(hours=3), int(bed.pk)
    Session.objects.create(
        pk=key, device=device, bed=bed, stay=bed.stay, session=word, playlist_slug="calm", started_at=at,
        ended_at=at + timedelta(minutes=24), heard_s=1440.0, level_dba=46.0, mean_dba=44.0, cause=Cause.COMPLETED,
    )  # fmt: skip
    asked = Answered(
        question=Question.PAIN, moment=Moment.BEFORE, outcome=Outcome.ANSWERED, score=7, session=word, took_s=5.0
    )
    ingest_log(device, log(1, entry(asked, at=at, stay=bed.stay), log_id=f"{LOG}-{word}"), now)
    Command.objects.create(
        id=f"{word}-stop", device=device, verb="stop", issued_at=now, answered_at=now, done=False, reason=f"{word} no"
    )
    OfflineTime.objects.create(pk=key, bed=bed, since=now - timedelta(days=1), until=now - timedelta(hours=22))
    assert Answer.objects.filter(device=device).exists()


def _written(bed: Bed, user: User, word: str, now: datetime) -> None:
    """What staff wrote at a bed."""
    key, stay = int(bed.pk), str(bed.stay)
    Note.objects.create(pk=key, bed=bed, stay=stay, text=f"{word} note", written_by=user, written_at=now)
    Preferences.objects.create(
        pk=key, bed=bed, stay=stay, ticks={"languages": ["fr"]}, comforts=f"{word} comforts", hurts=f"{word} hurts",
        written_by=user, written_at=now,
    )  # fmt: skip
    Review.objects.create(pk=key, bed=bed, stay=stay, by=user, at=now - timedelta(days=3))
    Checked.objects.create(pk=key, bed=bed, stay=stay, by=user, at=now)


def _of_ward(ward: Ward, user: User, key: int, now: datetime) -> None:
    """What stands on the pages of a whole ward."""
    track = Track.objects.get(title="Calm, part 4")
    Blocked.objects.create(pk=key, ward=ward, track=track, by=user, at=now)
    EveningPlaylist.objects.get_or_create(ward=ward, defaults={"playlist": Playlist.objects.get(slug="sleep")})
    Took.objects.create(pk=key, ward=ward, verb="assign", seconds=7.0, at=now)
    record(AuditVerb.EXPORTED, by=user, ward=ward, after={"what": f"{user.username} audit", "rows": 1}, now=now)


def known_words(wards: Wards) -> list[str]:
    """What a client may have seen or guessed, of both wards: keys, slugs, stays, tracks."""
    words: list[Any] = []
    for place in (wards.home, wards.far):
        words += [place.bed.pk, place.bed.stay, place.ward.slug, place.person.pk, place.desk.pk, place.evening.pk]
    words += ["calm", "sleep", EntryKind.RESET, hashlib.sha256(b"calm1").hexdigest(), "1", "2", "999999"]
    return [str(one) for one in words]
