"""The first start of a new installation: a code, an account, a ward, beds, and colleagues."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.at_once import at_once
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.audit.models import AuditRow
from ward.beds.models import Access, Bed, Role, Ward
from ward.people.first import begin, matching, new_code
from ward.people.models import FirstCode
from ward.people.roles import PeopleError

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"  # a real one takes a third of a second each time
SAID = {
    "first_name": "Ada",
    "last_name": "Weiss",
    "username": "aw",
    "password": "lamps on the quay",
    "again": "lamps on the quay",
}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), override_settings(PASSWORD_HASHERS=[FAST]):
        yield


def begun() -> Client:
    """A browser of the first administrator's, signed in."""
    browser = Client()
    answer = browser.post(reverse("first"), SAID | {"code": new_code(NOW)})
    assert answer.headers["Location"] == reverse("setup_first")
    return browser


def field(page: bytes, name: str) -> str:
    """What a hidden field of a page holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.decode())
    assert found is not None
    return found[1]


def test_on_an_empty_database_every_way_leads_to_the_first_account(db: None) -> None:
    answer = Client().get("/", follow=True)
    assert answer.redirect_chain[-1][0] == reverse("first")
    assert "Code from the server" in answer.content.decode()


def test_as_soon_as_there_is_an_account_the_first_page_leads_to_the_sign_in(nurse: User) -> None:
    code = new_code(NOW)
    assert Client().get(reverse("first")).headers["Location"] == reverse("login")
    assert Client().post(reverse("first"), SAID | {"code": code}).headers["Location"] == reverse("login")
    assert User.objects.count() == 1


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA", "' OR 1=1"])
def test_a_stranger_without_the_code_makes_no_account(db: None, code: str) -> None:
    new_code(NOW)
    answer = Client().post(reverse("first"), SAID | {"code": code})
    assert (answer.status_code, User.objects.exists()) == (400, False)
    assert b"lamps on the quay" not in answer.content


def test_codes_cannot_be_guessed_one_after_the_other(db: None) -> None:
    code = new_code(NOW)
    for _wrong in range(5):
        Client().post(reverse("first"), SAID | {"code": "AAAA-AAAA-AAAA"})
    assert Client().post(reverse("first"), SAID | {"code": code}).status_code == 400
    assert not User.objects.exists()


def test_a_code_is_typed_in_any_case_and_kept_as_a_hash_alone(db: None) -> None:
    code = new_code(NOW)
    assert re.fullmatch(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){2}", code)
    assert matching(f" {code.lower().replace('-', ' ')} ") == FirstCode.objects.get()
    assert code.replace("-", "") not in str(FirstCode.objects.values())


def test_each_start_has_a_code_and_the_newest_five_count(db: None) -> None:
    codes = [new_code(NOW) for _start in range(7)]
    assert [matching(code) is not None for code in codes] == [False, False, *[True] * 5]


def test_a_mistake_in_the_form_uses_no_code_up(db: None) -> None:
    code = new_code(NOW)
    assert Client().post(reverse("first"), SAID | {"code": code, "again": "else"}).status_code == 400
    assert Client().post(reverse("first"), SAID | {"code": code}).status_code == 302


def test_the_first_administrator_gets_the_wards_that_a_command_made(ward: Ward) -> None:
    begun()
    assert list(Access.objects.values_list("user__username", "ward", "role")) == [("aw", ward.pk, Role.ADMINISTRATOR)]
    assert AuditRow.objects.filter(verb="first_administrator").count() == 1


def test_before_a_ward_stands_the_menu_is_empty_and_every_way_leads_to_the_first_start(db: None) -> None:
    browser = begun()
    answer = browser.get("/", follow=True)
    assert answer.redirect_chain[-1][0] == reverse("setup_first")
    assert '<nav aria-label="Pages"></nav>' in answer.content.decode()
    assert "What is your ward called?" in answer.content.decode()


def test_five_steps_make_a_ward_with_beds_and_a_link_for_a_colleague(db: None) -> None:
    browser = begun()
    first = reverse("setup_first")
    page = browser.get(first).content
    answer = browser.post(
        first, {"step": "ward", "name": "Ward 4 North", "language": "de", "once": field(page, "once")}
    )
    assert answer.headers["Location"] == f"{first}?step=beds"
    page = browser.get(first).content
    assert b"Which beds does Ward 4 North have?" in page
    said = {"step": "beds", "beds": "1-9: A, B\n10, 11\n12, 14: A, B", "night_from": "21:30", "night_until": "6"}
    answer = browser.post(first, said | {"version": field(page, "version")})
    assert answer.headers["Location"] == f"{first}?step=box"
    assert b"24 beds in 13 rooms." in browser.get(f"{first}?step=box").content
    page = browser.post(first, {"step": "colleagues", "role": "nurse"}, follow=True).content.decode()
    link = re.search(r"http://testserver(/invitation/[\w-]+/)", page)
    assert link is not None
    assert link[1] not in browser.get(f"{first}?step=colleagues").content.decode()
    ward = Ward.objects.get()
    assert (f"{ward.night_from:%H:%M}", f"{ward.night_until:%H:%M}", Bed.objects.count()) == ("21:30", "06:00", 24)
    assert Client().get(link[1], follow=True).status_code == 200
    assert b'id="board"' in browser.get("/").content


def test_a_step_is_taken_up_where_it_was_left(db: None) -> None:
    browser = begun()
    browser.post(reverse("setup_first"), {"step": "ward", "name": "Ward 4 North", "language": ""})
    browser.logout()
    again = logged_in(User.objects.get())
    assert b"Which beds does Ward 4 North have?" in again.get(reverse("setup_first")).content
    assert b"The first start is not finished." in again.get(reverse("setup_ward", args=["ward-4-north"])).content


def test_a_step_with_a_mistake_keeps_what_was_typed_and_does_nothing(db: None) -> None:
    browser = begun()
    assert browser.post(reverse("setup_first"), {"step": "ward", "name": " "}).status_code == 422
    browser.post(reverse("setup_first"), {"step": "ward", "name": "Ward 4 North", "language": ""})
    said = {"step": "beds", "beds": "1-3: A\n2: A", "night_from": "25", "night_until": "07:00", "version": "0"}
    answer = browser.post(reverse("setup_first"), said)
    text = answer.content.decode()
    assert (answer.status_code, Bed.objects.exists()) == (422, False)
    assert "Line 2: bed 2 A is already in line 1." in text
    assert "Enter a time from 00:00 to 23:59" in text
    assert "1-3: A\n2: A</textarea>" in text


def test_the_text_of_beds_is_answered_while_it_is_written(db: None) -> None:
    browser = begun()
    said = browser.get(reverse("setup_first_beds"), {"beds": "1-9: A, B\n10, 11\n12, 14: A, B"}).content.decode()
    assert "<b>24 beds in 13 rooms.</b> No room 13." in said
    assert "Make 24 beds" in said


def test_who_sets_up_no_ward_has_no_first_start(ward: Ward, nurse: User) -> None:
    for name in ("setup_first", "setup_first_beds"):
        assert logged_in(nurse).get(reverse(name)).status_code == 403
    assert logged_in(person(ward, Role.ADMINISTRATOR)).get(reverse("setup_first")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_codes_at_once_one_is_the_first(db: None) -> None:
    codes = [matching(new_code(NOW)) for _start in range(2)]

    def use(place: int) -> bool:
        code = codes[place]
        assert code is not None
        try:
            begin(code, User(username=f"person{place}"), NOW)
        except PeopleError:
            return False
        return True

    assert sorted(at_once(lambda: use(0), lambda: use(1))) == [False, True]
    assert User.objects.count() == 1
