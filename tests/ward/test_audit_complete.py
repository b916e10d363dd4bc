"""Whatever someone changes on a page is in the activity log, under a name of its own."""

from collections.abc import Iterator

import pytest
import time_machine
from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.models import User
from django.test import override_settings
from django.urls import reverse

from messages import TrackSkipped
from tests.ward.addresses import ADDRESSES, OPEN, OWN, Address
from tests.ward.people import logged_in, person, plays
from tests.ward.saying import NOW, entry, log
from tests.ward.test_pages_access import FAST, path_of
from tests.ward.test_setup import FIELDS
from ward.assignments.assigning import assign
from ward.assignments.models import Blocked, Evening
from ward.assignments.stays import mark_of
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist, Track
from ward.people.invitations import hashed, invite
from ward.people.models import Desk
from ward.therapy.models import Preferences
from ward.usage.ingest import ingest_log

pytestmark = pytest.mark.django_db
POSTS = [one for one in ADDRESSES if one.method == "post" and one.name != "setup_close"]  # not while beds are in use
WITHOUT_A_ROW = {
    "kept": "shows what was typed: sending it is the action",
    "kept_drop": "throws away what was typed, which changed nothing",
    "theme": "how pages look in one browser",
    "language": "how pages look in one browser",
    "desk_lock": "hides the page of one browser; its session goes on",
    "here": "says that someone is still at a shared computer",
    "desk_panel": "shows a form",
    "account_reauthenticate": "asks for the password again before a change, which is the action",
    "mfa_authenticate": "a step of signing in, which is the action",
    "mfa_reauthenticate": "asks for a code again before a change, which is the action",
    "mfa_generate_recovery_codes": "new codes for a second factor that is there",
    "openid_connect_login": "leads to the hospital's sign-in page",
}
BY_SIGNAL = {  # what Django or allauth tells us, whichever page it came from
    "login", "logout", "account_login", "account_logout", "desk", "openid_connect_callback", "own_everywhere",
    "account_change_password", "mfa_activate_totp", "mfa_deactivate_totp",
}  # fmt: skip
TESTED_HERE = {"own_pin", "setup_new", "setup_first"}
BY_LINK = {"invitation", "first"}  # tests/ward/test_people_invitations.py, test_first_start.py: the rows of each
READ = {
    "own", "healthz", "invitation_link", "mfa_index", "mfa_view_recovery_codes", "mfa_download_recovery_codes",
    "account_inactive", "socialaccount_login_cancelled", "socialaccount_login_error",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), override_settings(PASSWORD_HASHERS=[FAST]):
        yield


@pytest.fixture
def busy(ward: Ward, bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> Bed:
    """A bed where each action has something to change."""
    nurse.set_password("lamps on the quay")
    nurse.save()
    assign(bed, playlists[:2], nurse, NOW)
    plays(device, playlists[0])
    skipped = TrackSkipped(session="s0", playlist="calm", track=track("calm"), heard_s=2.0)
    ingest_log(device, log(1, entry(skipped, stay=bed.stay)), NOW)
    Preferences.objects.create(bed=bed, stay=bed.stay, written_by=nurse, written_at=NOW)
    Blocked.objects.create(ward=ward, track_id=track("sleep"), by=nurse, at=NOW)
    Desk.objects.create(ward=ward, name="Station", token_hash=hashed("x"), made_by=nurse, made_at=NOW)
    invite(ward, None, NOW, role=Role.NURSE)
    return bed


def track(slug: str) -> str:
    return Track.objects.get(title=f"{slug} track").pk


def typed(name: str, bed: Bed) -> dict[str, str]:
    """What is sent so that the action has something to do."""
    said = {
        "history_note": {"text": "Likes it low.", "newest": "0"},
        "history_never": {"track": track("calm")},
        "therapy_never": {"track": track("garden")},
        "therapy_block": {"track": track("calm")},
        "therapy_unblock": {"track": track("sleep")},
        "evening": {"bed": str(bed.pk), "playlist": "sleep", "key": "1"},
        "evening_choose": {"playlist": "sleep"},
        "device_place": {"do": "repair", "shown": str(bed.pk), "why": "No sound"},
        "setup_ward": FIELDS,
        "setup_rooms": {"version": "0", "room": str(bed.room_id), "action": "save", "number": "101"},
        "evening_undo": {"of": str(of.pk) if (of := Evening.objects.first()) else ""},
    }
    if name == "history_move":
        said[name] = {"bed": str(Bed.objects.create(room=bed.room, letter="Z").pk)}
    return {"stay": mark_of(bed)} | said.get(name, {})


def verbs() -> list[str]:
    return list(AuditRow.objects.order_by("number").values_list("verb", flat=True))


@pytest.mark.parametrize("address", POSTS, ids=lambda one: one.name)
def test_each_action_of_a_ward_page_is_logged(address: Address, busy: Bed, ward: Ward) -> None:
    if address.name.startswith("evening"):
        Playlist.objects.filter(slug="sleep").update(purpose="sleep")
    browser = logged_in(person(ward, Role.ADMINISTRATOR, "ad"))
    if address.name == "evening_undo":
        browser.post(reverse("evening", args=[ward.slug]), typed("evening", busy))
        assert Evening.objects.exists()
    before = len(verbs())
    answer = browser.post(path_of(address.name, busy), address.said | typed(address.name, busy))
    assert answer.status_code in {200, 302}, answer.content.decode()
    assert len(verbs()) > before, "changed without a line in the activity log"


def test_what_writes_no_row_stands_in_a_list_with_its_reason() -> None:
    known = WITHOUT_A_ROW.keys() | BY_SIGNAL | TESTED_HERE | BY_LINK | READ
    assert OWN | OPEN.keys() == known


def test_wards_that_are_made_closed_and_opened_are_logged(ward: Ward) -> None:
    browser, begun = logged_in(person(ward, Role.ADMINISTRATOR, "ad")), len(verbs())
    browser.post(reverse("setup_new"), {"name": "Hospice"})
    for action in ("close", "open"):
        browser.post(reverse("setup_close", args=["hospice"]), {"action": action})
    assert [verb for verb in verbs()[begun:] if verb != "signed_in"] == [
        "role_added",
        "ward_added",
        "ward_closed",
        "ward_opened",
    ]


def test_a_safety_check_is_logged_with_the_bed(busy: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    browser.post(reverse("look", args=[busy.pk]))
    newest = AuditRow.objects.latest("number")
    assert (newest.verb, newest.bed_label, newest.initials) == ("safety_checked", "1 A", "KM")
    browser.post(reverse("assign", args=[busy.pk]), {"version": "1", "playlist": "garden", "looked": "1"})
    assert verbs()[-2:] == ["assigned", "safety_checked"]


def test_a_track_excluded_or_allowed_for_a_bed_has_a_name_of_its_own(busy: Bed, nurse: User) -> None:
    browser, begun = logged_in(person(busy.room.ward, Role.THERAPIST, "rt")), len(verbs())
    stay = {"stay": mark_of(busy)}
    browser.post(reverse("history_never", args=[busy.pk]), stay | {"track": track("calm")})
    browser.post(reverse("therapy_never", args=[busy.pk]), stay | {"track": track("garden")})
    browser.post(reverse("therapy_never", args=[busy.pk]), stay | {"track": track("garden"), "again": "yes"})
    told = [verb for verb in verbs()[begun:] if verb != "signed_in"]
    assert told == ["excluded_for_bed", "excluded_for_bed", "allowed_for_bed"]


def test_own_pin_password_and_second_factor_are_logged(ward: Ward) -> None:
    user = person(ward, Role.NURSE, "km", "lamps on the quay")
    browser = logged_in(user)
    browser.post(reverse("own_pin"), {"pin": "402915", "again": "402915"})
    browser.post(reverse("own_pin"), {"action": "take"})
    browser.post(reverse("own_pin"), {"action": "take"})  # there is none any more
    password_changed.send(sender=User, request=None, user=user)
    for kind in ("totp", "recovery_codes"):
        factor = Authenticator(user=user, type=kind)
        authenticator_added.send(sender=Authenticator, request=None, user=user, authenticator=factor)
        authenticator_removed.send(sender=Authenticator, request=None, user=user, authenticator=factor)
    told = [verb for verb in verbs() if verb != "signed_in"]
    assert told == ["pin_set", "pin_removed", "password_changed", "two_step_on", "two_step_off"]
