"""Who may do what on which ward: a row of the table for each role."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.ward.people import logged_in
from ward.beds.access import may_assign, may_see_board, may_see_devices, may_stop, roles, roles_read_once, wards_of
from ward.beds.models import Access, Bed, Role, Ward

pytestmark = pytest.mark.django_db

MATRIX = {
    Role.NURSE: (True, True, True, False),
    Role.THERAPIST: (True, True, True, False),
    Role.FACILITIES: (False, False, False, True),
    Role.ADMINISTRATOR: (True, True, True, True),
    Role.AUDITOR: (True, False, False, True),
}
NOTHING = (False, False, False, False)


def may(user: User | AnonymousUser, ward: Ward) -> tuple[bool, ...]:
    return (
        may_see_board(user, ward),
        may_assign(user, ward),
        may_stop(user, ward),
        may_see_devices(user, ward),
    )


@pytest.mark.parametrize("role", list(Role))
def test_a_role_allows_what_the_table_says_and_only_on_its_ward(ward: Ward, role: Role) -> None:
    other = Ward.objects.create(name="Ward 5", slug="5")
    person = User.objects.create_user("x")
    Access.objects.create(user=person, ward=ward, role=role)
    assert may(person, ward) == MATRIX[role]
    assert may(person, other) == NOTHING
    assert list(wards_of(person)) == [ward]


def test_two_roles_add_up_and_the_ward_is_listed_once(ward: Ward) -> None:
    person = User.objects.create_user("x")
    for role in (Role.NURSE, Role.FACILITIES):
        Access.objects.create(user=person, ward=ward, role=role)
    assert roles(person, ward) == {Role.NURSE, Role.FACILITIES}
    assert may(person, ward) == (True, True, True, True)
    assert wards_of(person).count() == 1


def test_a_superuser_without_a_role_sees_no_ward(ward: Ward) -> None:
    person = User.objects.create_superuser("root")
    assert may(person, ward) == NOTHING
    assert not wards_of(person).exists()


def test_an_account_that_was_switched_off_may_nothing(ward: Ward) -> None:
    person = User.objects.create_user("x", is_active=False)
    Access.objects.create(user=person, ward=ward, role=Role.ADMINISTRATOR)
    assert may(person, ward) == NOTHING
    assert not wards_of(person).exists()


def test_nobody_in_particular_may_nothing(ward: Ward) -> None:
    assert may(AnonymousUser(), ward) == NOTHING
    assert not wards_of(AnonymousUser()).exists()


def test_a_role_that_this_version_does_not_know_allows_nothing(ward: Ward) -> None:
    person = User.objects.create_user("x")
    Access.objects.create(user=person, ward=ward, role="wizard")
    assert may(person, ward) == NOTHING


def test_a_page_reads_roles_once_and_the_next_one_reads_them_again(ward: Ward, nurse: User) -> None:
    with roles_read_once(), CaptureQueriesContext(connection) as asked:
        assert all(may_assign(nurse, ward) and may_stop(nurse, ward) for _each in range(3))
    assert len(asked) == 1
    Access.objects.filter(user=nurse).delete()
    assert not may_assign(nurse, ward)
    with roles_read_once():
        assert not may_stop(nurse, ward)


def test_what_changes_something_never_relies_on_roles_that_a_page_read(bed: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    assert browser.get(reverse("assign", args=[bed.pk])).status_code == 200
    Access.objects.filter(user=nurse).update(role=Role.AUDITOR)
    assert browser.post(reverse("assign", args=[bed.pk]), {"version": "0", "playlist": "calm"}).status_code == 403
    assert browser.get(reverse("assign", args=[bed.pk])).status_code == 403
