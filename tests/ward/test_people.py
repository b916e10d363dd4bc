"""The page People: who may open it, what it changes, and what it never says to a stranger."""

from collections.abc import Iterator

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.audit.models import AuditRow
from ward.beds.models import Access, Role, Ward
from ward.people.desks import hashed
from ward.people.invitations import invite
from ward.people.models import Desk, Invitation
from ward.people.roles import PeopleError, give_role, switch_off, take_role

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"  # a real one takes a third of a second each time
SECRETS = (b"4 North", b"Station", b"Quill", b"quill", b"nurse-of-4")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), override_settings(PASSWORD_HASHERS=[FAST]):
        yield


@pytest.fixture
def boss(ward: Ward) -> User:
    return person(ward, Role.ADMINISTRATOR, "boss")


@pytest.fixture
def somebody(ward: Ward) -> User:
    made = person(ward, Role.NURSE, "nurse-of-4", "lamps on the quay")
    User.objects.filter(pk=made.pk).update(first_name="Ada", last_name="Quill")
    made.refresh_from_db()
    return made


@pytest.fixture
def invitation(ward: Ward, boss: User) -> Invitation:
    return invite(ward, boss, NOW, role=Role.NURSE)[0]


@pytest.fixture
def desk(ward: Ward, boss: User) -> Desk:
    return Desk.objects.create(ward=ward, name="Station", token_hash=hashed("x"), made_by=boss, made_at=NOW)


@pytest.fixture
def stranger(db: None) -> User:
    """An administrator of another ward: the strongest stranger that there is."""
    return person(Ward.objects.create(name="Hospice", slug="hospice"), Role.ADMINISTRATOR, "rt")


def changes(somebody: User, invitation: Invitation, desk: Desk) -> list[tuple[str, dict[str, str]]]:
    """Every POST of the page with what it needs to do something."""
    one = [somebody.pk]
    return [
        (reverse("people_invite", args=["4-north"]), {"role": "nurse"}),
        (reverse("people_role", args=["4-north", *one]), {"role": "auditor", "action": "assign"}),
        (reverse("people_role", args=["4-north", *one]), {"role": "nurse", "action": "take"}),
        (reverse("people_switch", args=["4-north", *one]), {"action": "off"}),
        (reverse("people_factor", args=["4-north", *one]), {}),
        (reverse("people_link", args=["4-north", *one]), {}),
        (reverse("people_revoke", args=["4-north", invitation.pk]), {}),
        (reverse("desk_register", args=["4-north"]), {"name": "Corridor"}),
        (reverse("desk_revoke", args=["4-north", desk.pk]), {}),
    ]


def everything() -> tuple[object, ...]:
    """All that a POST of this page could change."""
    return (
        sorted(Access.objects.values_list("user", "ward", "role")),
        sorted(User.objects.values_list("pk", "is_active", "password")),
        sorted(Invitation.objects.values_list("pk", "revoked_at")),
        sorted(Desk.objects.values_list("pk", "revoked_at")),
        AuditRow.objects.exclude(verb__startswith="log").count(),
    )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_see_and_change_people(
    role: Role, ward: Ward, somebody: User, invitation: Invitation, desk: Desk
) -> None:
    browser = logged_in(person(ward, role, "reader"))
    before = everything()
    page = browser.get(reverse("people", args=["4-north"]))
    assert page.status_code == 403
    assert b"Quill" not in page.content
    assert {browser.post(path, said).status_code for path, said in changes(somebody, invitation, desk)} == {403}
    assert everything() == before


def test_an_administrator_of_another_ward_learns_nothing_and_changes_nothing(
    stranger: User, somebody: User, invitation: Invitation, desk: Desk
) -> None:
    browser = logged_in(stranger)
    before = everything()
    answers = [browser.get(reverse("people", args=["4-north"]))]
    answers += [browser.post(path, said) for path, said in changes(somebody, invitation, desk)]
    assert {answer.status_code for answer in answers} == {404}
    assert not [secret for secret in SECRETS for answer in answers if secret in answer.content]
    assert everything() == before


def test_an_administrator_reaches_nobody_of_another_ward_through_the_own_ward(
    stranger: User, somebody: User, invitation: Invitation, desk: Desk
) -> None:
    browser = logged_in(stranger)
    before = everything()
    paths = [(path.replace("4-north", "hospice"), said) for path, said in changes(somebody, invitation, desk)]
    answers = [browser.post(path, said) for path, said in paths if "invite" not in path and not path.endswith("desk")]
    assert {answer.status_code for answer in answers} == {404}
    assert not [secret for secret in SECRETS for answer in answers if secret in answer.content]
    assert everything() == before


def test_whoever_is_not_logged_in_gets_the_log_in_page(somebody: User, invitation: Invitation, desk: Desk) -> None:
    before = everything()
    answers = [Client().get(reverse("people", args=["4-north"]))]
    answers += [Client().post(path, said) for path, said in changes(somebody, invitation, desk)]
    assert {answer.status_code for answer in answers} == {302}
    assert all(answer.headers["Location"].startswith("/login/") for answer in answers)
    assert everything() == before


def test_a_post_from_another_site_changes_nobody(
    boss: User, somebody: User, invitation: Invitation, desk: Desk
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(boss)
    before = everything()
    assert {browser.post(path, said).status_code for path, said in changes(somebody, invitation, desk)} == {403}
    assert everything() == before


def test_what_changes_people_cannot_be_a_link(boss: User, somebody: User, invitation: Invitation, desk: Desk) -> None:
    browser = logged_in(boss)
    assert {browser.get(path).status_code for path, _said in changes(somebody, invitation, desk)} == {405}


def test_a_pin_is_not_enough_to_change_people(boss: User, somebody: User, invitation: Invitation, desk: Desk) -> None:
    browser = logged_in(boss)
    session = browser.session
    session["by_pin"] = True
    session.save()
    before = everything()
    answers = [browser.post(path, said) for path, said in changes(somebody, invitation, desk)]
    assert {answer.status_code for answer in answers} == {403}
    assert b"You unlocked with a PIN" in answers[0].content
    assert everything() == before


def test_every_change_is_said_on_the_page_and_kept_in_the_audit(
    boss: User, somebody: User, invitation: Invitation, desk: Desk
) -> None:
    browser = logged_in(boss)
    for path, said in changes(somebody, invitation, desk):
        before, rows = everything(), AuditRow.objects.exclude(verb__startswith="log").count()
        answer = browser.post(path, said, follow=True)
        assert answer.status_code == 200, path
        assert b'role="status"' in answer.content.replace(b'id="said" role="status"', b""), path
        assert AuditRow.objects.exclude(verb__startswith="log").count() > rows, path
        assert everything() != before
        if "take" in said.values():
            Access.objects.create(user=somebody, ward=somebody.access.first().ward, role=Role.NURSE)  # type: ignore[union-attr]


def test_what_was_said_is_said_once(boss: User, somebody: User) -> None:
    browser = logged_in(boss)
    path = reverse("people_role", args=["4-north", somebody.pk])
    said = browser.post(path, {"role": "auditor", "action": "assign"}, follow=True).content
    assert b"AQ now has the role auditor (reads only)." in said
    assert b"from now on" not in browser.get(reverse("people", args=["4-north"])).content


def test_a_person_has_roles_on_several_wards(boss: User, somebody: User, ward: Ward) -> None:
    other = Ward.objects.create(name="Ward 5", slug="5")
    Access.objects.create(user=boss, ward=other, role=Role.ADMINISTRATOR)
    give_role(somebody, other, Role.THERAPIST, boss, NOW)
    take_role(somebody, ward, Role.NURSE, boss, NOW)
    assert list(Access.objects.filter(user=somebody).values_list("ward__slug", "role")) == [("5", "therapist")]


def test_the_last_administrator_of_a_ward_keeps_the_role_and_the_account(boss: User, ward: Ward) -> None:
    browser = logged_in(boss)
    answer = browser.post(
        reverse("people_role", args=["4-north", boss.pk]), {"role": "administrator", "action": "take"}
    )
    assert answer.status_code == 409
    assert b"Add another administrator first" in answer.content
    second = person(ward, Role.ADMINISTRATOR, "second")
    switch_off(second, ward, boss, NOW)
    with pytest.raises(PeopleError, match="last administrator"):  # who is switched off does not count
        take_role(boss, ward, Role.ADMINISTRATOR, boss, NOW)
    with pytest.raises(PeopleError, match="last administrator"):
        switch_off(boss, ward, boss, NOW)
    assert Access.objects.filter(user=boss, role=Role.ADMINISTRATOR).exists()


def test_nobody_is_switched_off_who_is_the_last_administrator_elsewhere(boss: User, ward: Ward) -> None:
    other = Ward.objects.create(name="Ward 5", slug="5")
    alone = person(other, Role.ADMINISTRATOR, "alone")
    Access.objects.create(user=alone, ward=ward, role=Role.NURSE)
    with pytest.raises(PeopleError, match="last administrator"):
        switch_off(alone, ward, boss, NOW)


def test_an_account_with_a_role_elsewhere_is_changed_only_by_who_administers_both(
    boss: User, stranger: User, somebody: User
) -> None:
    hospice = Ward.objects.get(slug="hospice")
    Access.objects.create(user=somebody, ward=hospice, role=Role.NURSE)
    browser = logged_in(boss)
    page = browser.get(reverse("people", args=["4-north"])).content
    assert b"You can only change the roles here" in page
    assert b"Hospice" not in page
    for name in ("people_switch", "people_factor", "people_link"):
        assert browser.post(reverse(name, args=["4-north", somebody.pk]), {"action": "off"}).status_code == 403
    Access.objects.create(user=boss, ward=hospice, role=Role.ADMINISTRATOR)
    assert browser.post(reverse("people_switch", args=["4-north", somebody.pk]), {"action": "off"}).status_code == 302


def test_who_is_switched_off_is_out_at_once_and_comes_back_when_switched_on(boss: User, somebody: User) -> None:
    theirs, mine = logged_in(somebody), logged_in(boss)
    assert theirs.get(reverse("own")).status_code == 200
    path = reverse("people_switch", args=["4-north", somebody.pk])
    mine.post(path, {"action": "off"})
    assert theirs.get(reverse("own")).status_code == 302
    said = {"username": "nurse-of-4", "password": "lamps on the quay"}
    assert Client().post(reverse("login"), said).headers["Location"] == reverse("account_inactive")
    mine.post(path, {"action": "on"})
    assert Client().post(reverse("login"), said).headers["Location"] == "/"


def test_a_reset_second_factor_ends_every_session_and_the_codes(boss: User, somebody: User) -> None:
    totp.TOTP.activate(somebody, totp.generate_totp_secret())
    theirs = logged_in(somebody)
    assert theirs.get(reverse("own")).status_code == 200
    logged_in(boss).post(reverse("people_factor", args=["4-north", somebody.pk]))
    assert not Authenticator.objects.filter(user=somebody).exists()
    assert theirs.get(reverse("own")).status_code == 302


def test_an_administrator_who_gives_the_own_role_up_lands_on_the_board(boss: User, ward: Ward) -> None:
    person(ward, Role.ADMINISTRATOR, "second")
    path = reverse("people_role", args=["4-north", boss.pk])
    answer = logged_in(boss).post(path, {"role": "administrator", "action": "take"})
    assert answer.headers["Location"] == reverse("board")


def test_a_role_that_there_is_not_is_refused_in_a_line(boss: User, somebody: User) -> None:
    answer = logged_in(boss).post(reverse("people_role", args=["4-north", somebody.pk]), {"role": "wizard"})
    assert (answer.status_code, b"Choose a role first" in answer.content) == (409, True)


def test_two_hundred_people_cost_as_many_queries_as_two(boss: User, somebody: User, ward: Ward) -> None:
    browser = logged_in(boss)
    browser.get(reverse("people", args=["4-north"]))
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get(reverse("people", args=["4-north"]))
    for number in range(20):
        user = person(ward, Role.NURSE, f"nurse{number}")
        Access.objects.create(user=user, ward=ward, role=Role.AUDITOR)
        invite(ward, boss, NOW, user=user)
        Desk.objects.create(ward=ward, name=f"d{number}", token_hash="", made_by=user, made_at=NOW)
    with CaptureQueriesContext(connection) as many:
        assert b"nurse19" in browser.get(reverse("people", args=["4-north"])).content
    assert len(many) == len(few)
