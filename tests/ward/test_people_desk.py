"""Shared desks: the lock, one tap and six digits, and forms that are not lost."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.page_forms import form_to, forms
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.assignments.models import Assignment
from ward.beds.models import Bed, Role, Ward
from ward.people.models import Desk, KeptForm, Person
from ward.people.pins import PeopleError, is_right, set_pin

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"  # a real one takes a third of a second each time
WORD, PIN = "lamps on the quay", "472915"
MINUTE = timedelta(minutes=1)
WIDE = "".join(chr(0xFF10 + digit) for digit in (4, 7, 2, 9, 1, 5))  # digits, but not those of a keypad


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock, override_settings(PASSWORD_HASHERS=[FAST]):
        yield clock


@pytest.fixture
def km(ward: Ward) -> User:
    return with_pin(person(ward, Role.NURSE, "km", WORD))


@pytest.fixture
def rt(ward: Ward) -> User:
    return with_pin(person(ward, Role.THERAPIST, "rt", WORD), "830264")


@pytest.fixture
def desk(ward: Ward) -> Client:
    """A browser that an administrator made a desk, and logged out of."""
    browser = logged_in(person(ward, Role.ADMINISTRATOR, "boss"))
    browser.post(reverse("desk_register", args=[ward.slug]), {"name": "Station"})
    browser.post(reverse("logout"))
    return browser


def with_pin(user: User, pin: str = PIN) -> User:
    set_pin(user, pin, pin, NOW)
    return user


def log_in(browser: Client, name: str) -> None:
    assert browser.post(reverse("login"), {"username": name, "password": WORD}).status_code == 302


def back(browser: Client, user: User, pin: str, **more: str) -> int:
    """Comes back by PIN; the status."""
    return browser.post(reverse("desk"), {"who": str(user.pk), "pin": pin, "way": "pin"} | more).status_code


def faces(browser: Client) -> list[str]:
    """The initials that the desk offers."""
    page = browser.get(reverse("desk")).content.decode()
    return re.findall(r'name="who" value="\d+"(?: checked)?><span>(.*?)</span>', page)


def test_a_desk_locks_when_nobody_touches_it_and_opens_by_one_tap_and_six_digits(
    desk: Client, km: User, clock: time_machine.Traveller
) -> None:
    log_in(desk, "km")
    clock.move_to(NOW + 4 * MINUTE)
    assert desk.get(reverse("ward", args=["4-north"])).status_code == 200
    clock.move_to(NOW + 10 * MINUTE)
    answer = desk.get(reverse("ward", args=["4-north"]))
    assert answer.headers["Location"] == f"{reverse('desk')}?next=%2Fw%2F4-north%2F"
    assert faces(desk) == ["KM"]
    answer = desk.post(reverse("desk"), {"who": str(km.pk), "pin": PIN, "next": "/w/4-north/"})
    assert answer.headers["Location"] == "/w/4-north/"
    assert desk.get(reverse("ward", args=["4-north"])).status_code == 200


@pytest.mark.usefixtures("km")
def test_a_locked_desk_answers_no_page_and_no_part(desk: Client, bed: Bed) -> None:
    log_in(desk, "km")
    desk.post(reverse("desk_lock"))
    htmx = {"HX-Request": "true"}
    for name, assigned in (("tile", [bed.pk]), ("board_pulse", ["4-north"]), ("bed_pulse", [bed.pk])):
        answer = desk.get(reverse(name, args=assigned), headers=htmx)
        assert (answer.status_code, answer.content) == (423, b"")
    assert desk.get(reverse("events")).status_code == 423
    for name in ("own", "people"):
        path = reverse(name, args=["4-north"] if name == "people" else [])
        assert desk.get(path).status_code == 302
    page = desk.get(reverse("desk")).content
    assert not [word for word in (b"4 North", b"Board", b"nurse") if word in page.replace(b"<title>", b"")]


def test_a_browser_that_is_no_desk_has_no_pin(km: User, desk: Client) -> None:
    browser = Client()
    log_in(browser, "km")
    assert browser.get(reverse("desk")).status_code == 404
    assert browser.post(reverse("desk_lock")).status_code == 403
    assert back(browser, km, PIN) == 404


def test_a_word_that_is_sent_with_a_wrong_pin_does_not_undo_that_it_was_counted(desk: Client, km: User) -> None:
    log_in(desk, "km")
    desk.post(reverse("desk_lock"))
    for guess in range(5):
        assert back(desk, km, f"11122{guess}", once=f"word-{guess}") == 200
    assert Person.objects.get(user=km).wrong == 5
    assert back(desk, km, PIN) == 200, "five wrong PINs lock it"


@pytest.mark.parametrize("cookie", ["1:guessed", "1", "x:y", ""])
def test_a_made_up_cookie_is_no_desk(desk: Client, cookie: str) -> None:
    browser = Client()
    browser.cookies["desk"] = cookie
    assert browser.get(reverse("desk")).status_code == 404


def test_the_cookie_is_signed_and_out_of_reach_of_scripts(desk: Client) -> None:
    cookie = desk.cookies["desk"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    key, token, _stamp, _signature = cookie.value.split(":")
    kept = Desk.objects.get(pk=key)
    assert token not in kept.token_hash


def test_only_who_logged_in_fully_at_this_desk_today_comes_back_by_pin(
    desk: Client, km: User, rt: User, clock: time_machine.Traveller
) -> None:
    log_in(desk, "km")
    desk.post(reverse("desk_lock"))
    assert back(desk, rt, "830264") == 200  # never logged in here
    assert desk.get(reverse("own")).status_code == 302
    other = person(Ward.objects.get(), Role.ADMINISTRATOR, "second")
    elsewhere = logged_in(other)
    elsewhere.post(reverse("desk_register", args=["4-north"]), {"name": "Corridor"})
    assert faces(desk) == ["KM"]
    clock.move_to(NOW + timedelta(hours=12))
    assert back(desk, km, PIN) == 200
    assert faces(desk) == []


def test_another_person_takes_the_desk_over_and_gets_a_session_of_their_own(desk: Client, km: User, rt: User) -> None:
    log_in(desk, "rt")
    desk.post(reverse("desk_lock"))
    desk.get(reverse("desk"))
    log_out_of_session_only(desk)
    log_in(desk, "km")
    before = desk.cookies["sessionid"].value
    desk.post(reverse("desk_lock"))
    assert faces(desk) == ["KM", "RT"] or faces(desk) == ["RT", "KM"]
    assert back(desk, rt, "830264") == 302
    assert desk.cookies["sessionid"].value != before
    assert b"Your initials are RT." in desk.get(reverse("own")).content


def log_out_of_session_only(browser: Client) -> None:
    """As when the session ran out: nobody logged out, so the PIN still opens."""
    del browser.cookies["sessionid"]


def test_taking_over_by_pin_does_not_lengthen_the_twelve_hours(
    desk: Client, km: User, clock: time_machine.Traveller
) -> None:
    log_in(desk, "km")
    clock.move_to(NOW + timedelta(hours=11))
    log_out_of_session_only(desk)
    assert back(desk, km, PIN) == 302
    clock.move_to(NOW + timedelta(hours=12))
    assert desk.get(reverse("own")).headers["Location"].startswith(reverse("login"))


def test_five_wrong_pins_lock_it_until_a_full_log_in(desk: Client, km: User) -> None:
    log_in(desk, "km")
    desk.post(reverse("desk_lock"))
    for _try in range(5):
        assert back(desk, km, "111222") == 200
    assert back(desk, km, PIN) == 200
    assert b"Choose your initials first" in desk.post(reverse("desk"), {"who": str(km.pk), "pin": PIN}).content
    assert faces(desk) == []
    desk.post(reverse("logout"))
    log_in(desk, "km")
    desk.post(reverse("desk_lock"))
    assert back(desk, km, PIN) == 302


def test_a_locked_pin_is_wrong_even_when_it_is_right(km: User) -> None:
    assert [is_right(km, "111222") for _try in range(4)] == [False] * 4
    assert is_right(km, PIN)  # and the wrong ones before it are forgotten
    assert [is_right(km, "111222") for _try in range(5)] == [False] * 5
    assert not is_right(km, PIN)


def test_who_logged_out_or_logged_out_everywhere_needs_the_password_again(desk: Client, km: User) -> None:
    for path in ("logout", "own_everywhere"):
        log_in(desk, "km")
        desk.post(reverse(path))
        assert faces(desk) == []
        assert back(desk, km, PIN) == 200


def test_a_revoked_desk_ends_its_locked_sessions_and_every_pin(desk: Client, km: User, ward: Ward) -> None:
    log_in(desk, "km")
    desk.post(reverse("desk_lock"))
    boss = logged_in(User.objects.get(username="boss"))
    boss.post(reverse("desk_revoke", args=[ward.slug, Desk.objects.get().pk]))
    assert desk.get(reverse("own")).headers["Location"].startswith(reverse("login"))
    assert desk.get(reverse("desk")).status_code == 404


def test_who_has_no_pin_comes_back_with_the_password(desk: Client, ward: Ward) -> None:
    person(ward, Role.NURSE, "new", WORD)
    log_in(desk, "new")
    desk.post(reverse("desk_lock"))
    locked = desk.get(reverse("desk")).content.decode()
    assert '<p class="face locked-for">NEW</p>' in locked
    assert "Password of NEW" in locked
    assert "Enter your password to unlock." in locked
    assert "PIN" not in locked, "there is none to enter"
    assert desk.post(reverse("desk"), {"password": "wrong"}).status_code == 200
    assert desk.post(reverse("desk"), {"password": WORD, "next": "/own/"}).headers["Location"] == "/own/"


def chosen(desk: Client, bed: Bed) -> dict[str, list[str]]:
    """What the bed's page sends when Calm and Garden are ticked."""
    address = reverse("assign", args=[bed.pk])
    return form_to(desk.get(address).content, address).filled(playlist=["calm", "garden"])


@pytest.mark.usefixtures("playlists")
def test_a_form_that_arrives_after_the_lock_is_kept_and_sent_once(
    desk: Client, km: User, bed: Bed, clock: time_machine.Traveller
) -> None:
    log_in(desk, "km")
    form, address = chosen(desk, bed), reverse("assign", args=[bed.pk])
    clock.move_to(NOW + 10 * MINUTE)
    answer = desk.post(address, form)
    assert (answer.status_code, Assignment.objects.count()) == (423, 0)
    assert b"Your entry is saved but not sent." in answer.content
    following = form_to(answer.content, reverse("desk")).fields["next"][0]
    there = desk.post(reverse("desk"), {"who": str(km.pk), "pin": PIN, "next": following}).headers["Location"]
    offered = form_to(desk.get(there).content, address)
    assert offered.fields["playlist"] == ["calm", "garden"]
    assert Assignment.objects.count() == 0  # nothing is sent by itself
    desk.post(address, offered.fields)
    assert Assignment.objects.count() == 1


@pytest.mark.usefixtures("playlists", "km")
def test_nobody_sends_what_another_person_wrote(desk: Client, rt: User, bed: Bed) -> None:
    log_in(desk, "rt")
    log_out_of_session_only(desk)
    log_in(desk, "km")
    form, address = chosen(desk, bed), reverse("assign", args=[bed.pk])
    desk.post(reverse("desk_lock"))
    following = form_to(desk.post(address, form).content, reverse("desk")).fields["next"][0]
    there = desk.post(reverse("desk"), {"who": str(rt.pk), "pin": "830264", "next": following}).headers["Location"]
    assert address not in {one.action for one in forms(desk.get(there).content)}


@pytest.mark.usefixtures("km")
def test_passwords_pins_and_files_are_not_kept(desk: Client) -> None:
    log_in(desk, "km")
    desk.post(reverse("desk_lock"))
    said = {"oldpassword": WORD, "password1": "ropes on the pier", "password2": "ropes on the pier"}
    for path, fields in ((reverse("account_change_password"), said), (reverse("own_pin"), {"pin": "918273"})):
        answer = desk.post(path, fields)
        assert answer.status_code == 423
        assert not KeptForm.objects.exists()
        assert b"Nothing was sent." in answer.content


@pytest.mark.parametrize(
    "path", ["https://evil.test/", "//evil.test/own/", "/nowhere", "javascript:alert(1)", "/desk/"]
)
def test_a_desk_leads_to_no_other_site(desk: Client, km: User, path: str) -> None:
    log_in(desk, "km")
    desk.post(reverse("desk_lock"))
    answer = desk.post(reverse("desk"), {"who": str(km.pk), "pin": PIN, "next": path})
    assert answer.headers["Location"] in (reverse("board"), reverse("own"))


def test_the_cover_over_a_page_goes_away_for_the_same_person_and_loads_anew_for_another(
    desk: Client, km: User, rt: User
) -> None:
    log_in(desk, "rt")
    log_out_of_session_only(desk)
    log_in(desk, "km")
    desk.post(reverse("desk_lock"), headers={"HX-Request": "true"})
    answer = desk.post(reverse("desk"), {"who": str(km.pk), "pin": PIN, "panel": "1"})
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "desk-open")
    desk.post(reverse("desk_lock"), headers={"HX-Request": "true"})
    answer = desk.post(reverse("desk"), {"who": str(rt.pk), "pin": "830264", "panel": "1"})
    assert answer.headers["HX-Redirect"] == reverse("board")


@pytest.mark.parametrize(
    ("pin", "again"),
    [
        ("12345", "12345"),
        ("12345a", "12345a"),
        (WIDE, WIDE),
        ("123456", "123456"),
        ("000000", "000000"),
        ("121212", "121212"),
        ("987654", "987654"),
        ("472915", "472916"),
    ],
)
def test_a_pin_that_others_would_try_first_is_refused(km: User, pin: str, again: str) -> None:
    with pytest.raises(PeopleError):
        set_pin(km, pin, again, NOW)


def test_a_pin_is_kept_as_a_hash_and_cannot_replace_itself(desk: Client, km: User) -> None:
    assert PIN not in Person.objects.get(user=km).pin
    log_in(desk, "km")
    desk.post(reverse("desk_lock"))
    back(desk, km, PIN)
    said = {"pin": "918273", "again": "918273"}
    assert desk.post(reverse("own_pin"), said).status_code == 403
    fresh = Client()
    log_in(fresh, "km")
    assert fresh.post(reverse("own_pin"), said).status_code == 302
