"""The activity log's page speaks in names: titles, labels and languages, and a code only in quotation marks."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import time_machine
from django.contrib.auth.models import User

from messages import Question, Rules
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from tests.ward.test_audit_page import shown
from ward.activity.wording import NAMES
from ward.assignments.assigning import assign
from ward.audit.models import AuditRow
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed, Role, Ward
from ward.music.models import Playlist, Track
from ward.people.invitations import invite

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def administrator(ward: Ward) -> User:
    return person(ward, Role.ADMINISTRATOR, "ad")


def words(user: User, **search: Any) -> str:
    said = shown(logged_in(user), **search)
    return " ".join(re.sub("<[^>]+>", " ", said[: said.index("Integrity check")]).split())


def test_playlists_tracks_questions_and_languages_are_read_by_name(
    bed: Bed, playlists: list[Playlist], nurse: User, administrator: User
) -> None:
    track = Track.objects.get(title="calm track").pk
    rules = Rules(language="de", never_play=(track,), ask_before=Question.PAIN, ask_after=Question.CHANGE)
    assign(bed, playlists[:1], nurse, NOW)
    assign(bed, playlists[:2], nurse, NOW, rules=rules)
    said = words(administrator)
    assert "Playlists Calm Calm, Garden" in said
    assert "Excluded tracks none calm track" in said
    assert "Question before music none Pain" in said
    assert "Language Same as the box German" in said
    assert not [code for code in (track[:12], " calm ", " de ", "None") if code in said.replace("calm track", "")]


def test_the_evening_playlist_a_role_and_an_export_are_read_by_name(
    ward: Ward, playlists: list[Playlist], nurse: User, administrator: User
) -> None:
    invite(ward, administrator, NOW, role=Role.THERAPIST)
    for verb, after in (
        (AuditVerb.CHOSE_EVENING, {"playlist": "calm"}),
        (AuditVerb.ROLE_ADDED, {"user": nurse.pk, "role": "auditor", "by": "group"}),
        (AuditVerb.EXPORTED, {"what": "audit", "rows": 3, "verb": "excluded_track", "first": "2026-11-02"}),
        (AuditVerb.EXPORTED, {"what": "report 2026-W47, csv", "rows": 3}),
        (AuditVerb.EMERGENCY_ACCESS, {"invitation": 1, "name": "lena"}),
        (AuditVerb.STOPPED, {"box": "0401", "refused": "The box is offline. Use its buttons"}),
    ):
        record(verb, by=administrator, ward=ward, after=after, now=NOW)
    said = words(administrator)
    assert "Playlist Calm" in said
    assert "Role auditor (reads only) Account KM Changed by hospital sign-in group" in said
    assert "What Activity log Records 3 Action Excluded a track (ward) First day 2 Nov 2026" in said
    assert "What Report 2026-W47 (CSV)" in said
    assert "Name lena" in said
    assert "Role music therapist Account no account yet" in said
    assert "None" not in said


def test_what_only_a_code_is_known_of_stands_in_quotation_marks_and_a_hash_is_cut(
    bed: Bed, administrator: User
) -> None:
    gone = {
        "playlists": ["old-list"],
        "rules": {"never_play": ["a1b2c3d4" * 8], "ask_after": "mood", "language": "tlh", "dim_screen": "low"},
        "role": "wizard",
        "user": 999999,
        "verb": "danced",
    }
    record(AuditVerb.ASSIGNED, by=None, bed=bed, after=gone, now=NOW)
    AuditRow.objects.create(number=9, at=NOW, ward=bed.room.ward.pk, verb="danced", bed_label="1 A", hash="x")
    said = words(administrator)
    for code in ("old-list", "a1b2c3d4…", "mood", "tlh", "dim_screen", "low", "wizard", "999999", "danced"):
        assert f"“{code}”" in said, code
    assert "a1b2c3d4a" not in said
    assert "System : “danced”, 1 A ." in said


def test_every_setting_that_an_assignment_has_is_named_on_the_page() -> None:
    assert {field.name for field in msgspec.structs.fields(Rules)} <= NAMES.keys()


def test_no_row_of_an_action_shows_a_code_of_more_than_eight_letters_and_digits(
    bed: Bed, playlists: list[Playlist], nurse: User, administrator: User
) -> None:
    never = tuple(Track.objects.values_list("pk", flat=True))
    assign(bed, playlists, nurse, NOW, rules=Rules(never_play=never))
    Playlist.objects.all().delete()
    Track.objects.all().delete()
    record(AuditVerb.ASSIGNED, by=nurse, bed=bed, after={"odd": "f" * 64}, now=NOW)
    assert re.findall(r"[0-9a-f]{12,}", words(administrator)) == []
