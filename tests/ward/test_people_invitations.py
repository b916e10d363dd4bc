"""Links that an administrator hands over: used once, for seven days, revocable, and only their hash is kept."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.audit.models import AuditRow
from ward.beds.models import Access, Role, Ward
from ward.people.invitations import invite
from ward.people.models import Invitation
from ward.people.roles import give_role, switch_off, switch_on, take_role

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"  # a real one takes a third of a second each time
SAID = {
    "first_name": "Noor",
    "last_name": "Adeyemi",
    "username": "noor",
    "password": "lamps on the quay",
    "again": "lamps on the quay",
}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), override_settings(PASSWORD_HASHERS=[FAST]):
        yield


@pytest.fixture
def boss(ward: Ward) -> User:
    return person(ward, Role.ADMINISTRATOR, "boss")


def opened(token: str, browser: Client | None = None) -> Client:
    """A browser that followed the link."""
    browser = browser or Client()
    assert browser.get(reverse("invitation_link", args=[token])).headers["Location"] == reverse("invitation")
    return browser


def test_a_link_makes_an_account_with_its_role_and_logs_it_in(ward: Ward, boss: User) -> None:
    _made, token = invite(ward, boss, NOW, role=Role.THERAPIST)
    browser = opened(token)
    assert b"Your role here: music therapist." in browser.get(reverse("invitation")).content
    assert browser.post(reverse("invitation"), SAID).headers["Location"] == reverse("board")
    user = User.objects.get(username="noor")
    assert list(Access.objects.filter(user=user).values_list("ward", "role")) == [(ward.pk, "therapist")]
    assert b"Your initials are NA." in browser.get(reverse("own")).content
    assert b">NA, music therapist<" in browser.get(reverse("ward", args=[ward.slug])).content


def test_a_link_opens_once(ward: Ward, boss: User) -> None:
    _made, token = invite(ward, boss, NOW, role=Role.NURSE)
    first, second = opened(token), opened(token)
    assert first.post(reverse("invitation"), SAID).status_code == 302
    answer = second.post(reverse("invitation"), SAID | {"username": "another"})
    assert (answer.status_code, User.objects.filter(username="another").exists()) == (410, False)
    assert b"This link no longer works" in opened(token).get(reverse("invitation")).content


def test_looking_at_a_link_does_not_use_it(ward: Ward, boss: User) -> None:
    _made, token = invite(ward, boss, NOW, role=Role.NURSE)
    for _look in range(3):
        assert opened(token).get(reverse("invitation")).status_code == 200


@pytest.mark.parametrize(
    ("later", "status"), [(timedelta(days=7) - timedelta(minutes=1), 200), (timedelta(days=7), 410)]
)
def test_a_link_is_valid_for_seven_days(ward: Ward, boss: User, later: timedelta, status: int) -> None:
    _made, token = invite(ward, boss, NOW, role=Role.NURSE)
    with time_machine.travel(NOW + later, tick=False):
        assert opened(token).get(reverse("invitation")).status_code == status


def test_a_revoked_link_opens_nothing(ward: Ward, boss: User) -> None:
    made, token = invite(ward, boss, NOW, role=Role.NURSE)
    browser = opened(token)
    logged_in(boss).post(reverse("people_revoke", args=[ward.slug, made.pk]))
    assert browser.post(reverse("invitation"), SAID).status_code == 410
    assert not User.objects.filter(username="noor").exists()


def _opens(token: str) -> bool:
    return bool(b"This link no longer works" not in opened(token).get(reverse("invitation")).content)


def test_a_link_to_an_account_does_not_outlive_its_being_switched_off(ward: Ward, boss: User, nurse: User) -> None:
    _made, token = invite(ward, boss, NOW, user=nurse)
    assert _opens(token)
    switch_off(nurse, ward, boss, NOW)
    answer = opened(token).post(reverse("invitation"), {"password": "lamps on the quay", "again": "lamps on the quay"})
    assert (answer.status_code, User.objects.get(pk=nurse.pk).is_active) == (410, False)
    switch_on(nurse, ward, boss, NOW)
    assert not _opens(token)


@pytest.mark.parametrize("how", ["role taken", "switched off"])
def test_a_link_does_not_outlive_its_makers_authority(ward: Ward, boss: User, how: str) -> None:
    second = person(ward, Role.ADMINISTRATOR, "second")
    _made, token = invite(ward, second, NOW, role=Role.ADMINISTRATOR)
    assert _opens(token)
    if how == "role taken":
        take_role(second, ward, Role.ADMINISTRATOR, boss, NOW)
    else:
        switch_off(second, ward, boss, NOW)
    answer = opened(token).post(reverse("invitation"), SAID)
    assert (answer.status_code, User.objects.filter(username="noor").exists()) == (410, False)
    give_role(second, ward, Role.ADMINISTRATOR, boss, NOW)
    User.objects.filter(pk=second.pk).update(is_active=True)
    assert not _opens(token), "what was taken does not come back with the role"


def test_a_link_whose_maker_lost_the_role_in_any_way_opens_nothing(ward: Ward, boss: User) -> None:
    second = person(ward, Role.ADMINISTRATOR, "second")
    _made, token = invite(ward, second, NOW, role=Role.ADMINISTRATOR)
    Access.objects.filter(user=second).delete()
    assert not _opens(token)


def test_links_that_open_nothing_leave_nothing_behind(db: None) -> None:
    for length in (1, 43, 2_000, 60_000):
        assert opened("x" * length).get(reverse("invitation")).status_code == 410
    assert not Session.objects.exists()


def test_a_link_that_opens_nothing_does_not_lead_to_one_that_was_opened_before(ward: Ward, boss: User) -> None:
    browser = opened(invite(ward, boss, NOW, role=Role.NURSE)[1])
    assert opened("guessed", browser).get(reverse("invitation")).status_code == 410


def test_a_guessed_link_says_no_more_than_an_old_one(db: None) -> None:
    assert opened("guessed").get(reverse("invitation")).status_code == 410
    assert Client().get(reverse("invitation")).status_code == 410


def test_the_link_is_shown_once_and_only_its_hash_is_kept(ward: Ward, boss: User) -> None:
    browser = logged_in(boss)
    said = browser.post(reverse("people_invite", args=[ward.slug]), {"role": "nurse"}).content.decode()
    link = re.search(r"http://testserver/invitation/([\w-]+)/", said)
    assert link is not None
    assert link[1] not in browser.get(reverse("people", args=[ward.slug])).content.decode()
    kept = Invitation.objects.get()
    assert link[1] not in {str(getattr(kept, field.attname)) for field in kept._meta.concrete_fields}
    assert link[1] not in " ".join(AuditRow.objects.values_list("after", flat=True))
    assert opened(link[1]).get(reverse("invitation")).status_code == 200


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"password": "short", "again": "short"}, "too short"),
        ({"password": "password12", "again": "password12"}, "too common"),
        ({"password": "8105277394", "again": "8105277394"}, "entirely numeric"),
        ({"password": "nooradeyemi", "again": "nooradeyemi"}, "too similar"),
        ({"again": "something else"}, "do not match"),
        ({"username": "BOSS"}, "Choose another."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_link_holds(
    ward: Ward, boss: User, change: dict[str, str], line: str
) -> None:
    made, token = invite(ward, boss, NOW, role=Role.NURSE)
    answer = opened(token).post(reverse("invitation"), SAID | change)
    assert (answer.status_code, line in answer.content.decode()) == (400, True)
    assert b"lamps on the quay" not in answer.content
    assert Invitation.objects.get(pk=made.pk).used_at is None


def test_who_has_an_account_adds_the_role_to_it(ward: Ward, boss: User, nurse: User) -> None:
    other = Ward.objects.create(name="Ward 5", slug="5")
    Access.objects.create(user=boss, ward=other, role=Role.ADMINISTRATOR)
    _made, token = invite(other, boss, NOW, role=Role.NURSE)
    browser = opened(token, logged_in(nurse))
    assert b"This link adds the role nurse to your account." in browser.get(reverse("invitation")).content
    assert not Access.objects.filter(user=nurse, ward=other).exists()
    browser.post(reverse("invitation"))
    assert list(Access.objects.filter(user=nurse, ward=other).values_list("role", flat=True)) == ["nurse"]


def test_a_link_for_a_password_is_not_taken_by_whoever_is_logged_in(ward: Ward, boss: User, nurse: User) -> None:
    _made, token = invite(ward, boss, NOW, user=boss)
    browser = opened(token, logged_in(nurse))
    assert browser.post(reverse("invitation"), SAID).status_code == 403
    assert not nurse.check_password(SAID["password"])


def test_a_new_password_ends_the_old_one_and_every_session(ward: Ward, boss: User) -> None:
    user = person(ward, Role.NURSE, "noor", "the old one of mine")
    before = logged_in(user)
    _first, older = invite(ward, boss, NOW, user=user)
    _second, token = invite(ward, boss, NOW, user=user)
    assert opened(older).get(reverse("invitation")).status_code == 410  # the newer link ends the older
    assert opened(token).post(reverse("invitation"), SAID).status_code == 302
    user.refresh_from_db()
    assert user.check_password(SAID["password"])
    assert before.get(reverse("own")).status_code == 302


def test_a_link_does_not_go_round_the_second_factor(ward: Ward, boss: User) -> None:
    user = person(ward, Role.NURSE, "noor", "the old one of mine")
    totp.TOTP.activate(user, totp.generate_totp_secret())
    _made, token = invite(ward, boss, NOW, user=user)
    answer = opened(token).post(reverse("invitation"), SAID)
    assert answer.headers["Location"] == reverse("mfa_authenticate")


def test_the_command_line_gives_a_way_in_when_nobody_can_log_in(ward: Ward) -> None:
    out = StringIO()
    call_command(
        "administrator", "noor", "--ward=4-north", "--address=https://ward.test", stdout=out, stderr=StringIO()
    )
    token = re.fullmatch(r"https://ward\.test/invitation/([\w-]+)/\n", out.getvalue())
    assert token is not None
    assert opened(token[1]).post(reverse("invitation"), SAID).status_code == 302
    assert Access.objects.filter(user__username="noor", ward=ward, role=Role.ADMINISTRATOR).exists()
    assert AuditRow.objects.filter(verb="emergency_access", ward=ward.pk, account=None).count() == 1
    assert token[1] not in " ".join(AuditRow.objects.values_list("after", flat=True))


def test_the_command_line_opens_an_account_that_is_off_and_lost_its_second_factor(ward: Ward) -> None:
    user = person(ward, Role.NURSE, "noor", "the old one of mine")
    totp.TOTP.activate(user, totp.generate_totp_secret())
    User.objects.filter(pk=user.pk).update(is_active=False)
    out = StringIO()
    call_command("administrator", "Noor", "--ward=4-north", stdout=out, stderr=StringIO())
    browser = opened(out.getvalue().rstrip("/\n").rpartition("/")[2])
    assert browser.post(reverse("invitation"), SAID).headers["Location"] == reverse("board")
    assert browser.get(reverse("people", args=[ward.slug])).status_code == 200
    assert not Authenticator.objects.filter(user=user).exists()


def test_the_command_line_names_the_wards_where_one_is_misspelt(ward: Ward) -> None:
    with pytest.raises(CommandError, match="Wards: 4-north"):
        call_command("administrator", "noor", "--ward=4north")


def test_open_links_say_whom_they_are_for_and_the_audit_does_not(ward: Ward, boss: User) -> None:
    browser = logged_in(boss)
    for name in ("Noor, night shift", "<b>Rosa</b>"):
        browser.post(reverse("people_invite", args=[ward.slug]), {"role": "nurse", "meant_for": name})
    page = browser.get(reverse("people", args=[ward.slug])).content.decode()
    assert "<b>nurse, for Noor, night shift</b>" in page
    assert "for &lt;b&gt;Rosa&lt;/b&gt;" in page
    assert "Noor" not in " ".join(AuditRow.objects.values_list("after", flat=True))
