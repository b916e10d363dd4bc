"""Logging in: waiting after wrong tries, second factors, how long a session holds, and the end of every session."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.beds.models import Role, Ward
from ward.people.attempts import MOST_A_NAME, MOST_AN_ADDRESS, MOST_ELSEWHERE, spend
from ward.people.models import Attempt, KnownBrowser
from ward.people.sessions import end_sessions

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"  # a real one takes a third of a second each time
WORD = "lamps on the quay"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock, override_settings(PASSWORD_HASHERS=[FAST]):
        yield clock


@pytest.fixture
def user(ward: Ward) -> User:
    return person(ward, Role.NURSE, "km", WORD)


def log_in(
    name: str = "km", word: str = WORD, browser: Client | None = None, address: str = "10.0.0.1"
) -> tuple[int, str]:
    """Status, and where it leads or the line that it says."""
    answer = (browser or Client()).post(
        reverse("login"), {"username": name, "password": word}, headers={}, REMOTE_ADDR=address
    )
    if answer.status_code == 302:
        return 302, answer.headers["Location"]
    line = re.search(r'id="message-text">(.*?)</p>', answer.content.decode(), re.DOTALL)
    return answer.status_code, line[1] if line else ""


def test_name_and_password_log_in_and_wrong_ones_are_one_line(user: User) -> None:
    assert log_in() == (302, "/")
    status, line = log_in(word="wrong")
    assert (status, line.startswith("User name or password is incorrect")) == (200, True)
    assert log_in("nobody", "wrong")[1] == line  # whether a name is an account is not said


def test_after_five_wrong_tries_from_a_place_a_name_waits_there_and_the_line_says_until_when(
    user: User, clock: time_machine.Traveller
) -> None:
    for _try in range(5):
        log_in(word="wrong")
    until = (NOW + MINUTE).strftime("%H:%M")
    assert "Try again at " + until in log_in()[1]
    assert until in log_in("KM ")[1], "however it is written"
    assert log_in("rt", "wrong")[1].startswith("User name or password")
    assert log_in(address="10.0.0.2") == (302, "/"), "somebody else's guesses lock nobody out"
    clock.move_to(NOW + MINUTE + timedelta(seconds=1))
    assert log_in() == (302, "/")


def test_each_wrong_try_more_waits_longer_and_trying_on_meanwhile_does_not(
    user: User, clock: time_machine.Traveller
) -> None:
    for _try in range(5):
        log_in(word="wrong")
    waited, now = [], NOW
    while len(waited) < 6:
        clock.move_to(now := now + MINUTE)
        log_in()  # too early, or the right word: it leaves no trace
        if "is incorrect" in log_in(word="wrong")[1]:
            waited.append(now)
    minutes = [round((after - before) / MINUTE) for before, after in zip([NOW, *waited], waited, strict=False)]
    assert minutes == [1, 2, 4, 8, 15, 15]


def test_wrong_tries_from_many_places_leave_the_name_to_the_computers_that_know_it(user: User) -> None:
    at_the_desk = Client()
    assert log_in(browser=at_the_desk) == (302, "/")
    at_the_desk.post(reverse("logout"))
    for number in range(MOST_ELSEWHERE):
        assert log_in(word="wrong", address=f"10.0.1.{number // 4}")[1].startswith("User name or password")
    assert "works only on computers where it was used before" in log_in(address="10.0.0.9")[1]
    assert log_in(browser=at_the_desk) == (302, "/")


def test_a_computer_that_knows_a_name_has_its_own_five_tries(user: User) -> None:
    at_the_desk = Client()
    log_in(browser=at_the_desk)
    at_the_desk.post(reverse("logout"))
    for _try in range(5):
        log_in(word="wrong", browser=at_the_desk)
    assert log_in(browser=at_the_desk)[1].startswith("Too many attempts")
    assert log_in() == (302, "/"), "another one at the same address"


@pytest.mark.parametrize("cookie", ["", "guessed", "x" * 5000])
def test_a_made_up_cookie_is_no_computer_that_knows_a_name(cookie: str, user: User) -> None:
    browser = Client()
    browser.cookies["browser"] = cookie
    for number in range(MOST_ELSEWHERE):
        log_in(word="wrong", address=f"10.0.1.{number // 4}", browser=browser)
    assert log_in(browser=browser)[1].startswith("Too many attempts")


def test_after_everywhere_was_logged_out_every_computer_is_new(user: User) -> None:
    at_the_desk = Client()
    log_in(browser=at_the_desk)
    assert KnownBrowser.objects.count() == 1
    end_sessions(user)
    assert not KnownBrowser.objects.exists()


def test_the_cookie_of_a_computer_is_out_of_reach_of_scripts_and_not_kept_as_it_is(user: User) -> None:
    browser = Client()
    log_in(browser=browser)
    cookie = browser.cookies["browser"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert KnownBrowser.objects.get().key != cookie.value


def test_after_fifty_wrong_tries_an_address_waits_and_others_do_not(user: User) -> None:
    for number in range(MOST_AN_ADDRESS):
        assert log_in(f"name{number}", "wrong")[1].startswith("User name or password")
    assert log_in()[1].startswith("Too many attempts from this network")
    assert log_in(address="10.0.0.2") == (302, "/")


def test_right_tries_are_not_counted_but_wrong_ones_between_them_are(user: User) -> None:
    for _round in range(4):
        log_in(word="wrong")
        assert log_in() == (302, "/")
    log_in(word="wrong")
    assert log_in()[1].startswith("Too many attempts")


def test_what_was_typed_as_a_name_is_not_kept(user: User) -> None:
    log_in("my secret password", "wrong")
    assert "secret" not in str(list(Attempt.objects.values_list()))


@pytest.mark.django_db(transaction=True)
def test_of_many_tries_at_once_no_more_than_five_look_at_the_password(ward: Ward) -> None:
    def one(_number: int) -> bool:
        try:
            return spend("name", "km", MOST_A_NAME, NOW).wait_until is None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        passed = list(threads.map(one, range(24)))
    assert sum(passed) <= MOST_A_NAME


def test_a_log_in_changes_the_sessions_key_and_the_forms_token(user: User) -> None:
    browser = Client()
    browser.get(reverse("login"))
    session = browser.session
    session["planted"] = True
    session.save()
    browser.cookies["sessionid"] = session.session_key
    before = (browser.cookies["sessionid"].value, browser.cookies["csrftoken"].value)
    assert log_in(browser=browser) == (302, "/")
    after = (browser.cookies["sessionid"].value, browser.cookies["csrftoken"].value)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(user: User) -> None:
    browser = Client()
    browser.get(reverse("login"))
    log_in(browser=browser)
    for name in ("sessionid", "csrftoken"):
        assert (browser.cookies[name]["httponly"], browser.cookies[name]["samesite"]) == (True, "Lax")
    assert configured.SESSION_COOKIE_SECURE is configured.HTTPS is configured.CSRF_COOKIE_SECURE


@pytest.mark.parametrize("path", ["signup/", "accounts/signup/", "own/signup/", "login/signup/", "social/signup/"])
def test_there_is_no_sign_up(path: str, db: None) -> None:
    assert Client().get(f"/{path}").status_code == 404


@pytest.mark.parametrize(
    ("after", "status"), [(29 * MINUTE, 200), (31 * MINUTE, 302)], ids=["29 minutes", "31 minutes"]
)
def test_a_browser_that_is_no_desk_logs_out_when_idle(
    user: User, clock: time_machine.Traveller, after: timedelta, status: int
) -> None:
    browser = Client()
    log_in(browser=browser)
    clock.move_to(NOW + after)
    assert browser.get(reverse("own")).status_code == status


def test_what_a_page_asks_for_by_itself_is_no_touch(user: User, clock: time_machine.Traveller) -> None:
    browser = Client()
    log_in(browser=browser)
    for minutes in range(5, 31, 5):
        clock.move_to(NOW + minutes * MINUTE)
        answer = browser.get(reverse("board_pulse", args=["4-north"]), {"theme": "day"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    assert browser.get(reverse("own")).status_code == 302


def test_who_works_on_is_logged_out_after_a_shift(user: User, clock: time_machine.Traveller) -> None:
    browser = Client()
    log_in(browser=browser)
    for minutes in range(20, 12 * 60, 20):
        clock.move_to(NOW + minutes * MINUTE)
        assert browser.post(reverse("here")).status_code == 204
    clock.move_to(NOW + timedelta(hours=12))
    assert browser.get(reverse("own")).status_code == 302


def test_log_out_everywhere_ends_every_browsers_session(user: User) -> None:
    here, there, other = logged_in(user), logged_in(user), logged_in(person(Ward.objects.get(), Role.NURSE, "rt"))
    assert here.post(reverse("own_everywhere")).status_code == 302
    assert [browser.get(reverse("own")).status_code for browser in (here, there, other)] == [302, 302, 200]


def test_a_new_password_needs_the_old_one_and_logs_other_browsers_out(user: User) -> None:
    here, there = logged_in(user), logged_in(user)
    new = {"password1": "ropes on the pier", "password2": "ropes on the pier"}
    assert here.post(reverse("account_change_password"), {"oldpassword": "wrong"} | new).status_code == 200
    answer = here.post(reverse("account_change_password"), {"oldpassword": WORD} | new)
    assert answer.headers["Location"] == reverse("own")
    assert "Password changed" in here.get(reverse("own")).content.decode()
    assert [browser.get(reverse("own")).status_code for browser in (here, there)] == [200, 302]


def test_nobody_guesses_the_old_password_at_an_open_session(user: User) -> None:
    browser = logged_in(user)
    new = {"password1": "ropes on the pier", "password2": "ropes on the pier"}
    for _try in range(5):
        browser.post(reverse("account_change_password"), {"oldpassword": "wrong"} | new)
    browser.post(reverse("account_change_password"), {"oldpassword": WORD} | new)
    user.refresh_from_db()
    assert user.check_password(WORD)


def test_an_account_without_a_password_has_none_to_change(user: User) -> None:
    user.set_unusable_password()
    user.save()
    assert logged_in(user).get(reverse("account_change_password")).status_code == 404


def code_of(secret: str) -> str:
    """What an authenticator shows now."""
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def with_factor(user: User) -> str:
    """Sets a second factor; its secret."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def test_a_second_factor_is_asked_for_and_a_code_opens_once(user: User) -> None:
    secret = with_factor(user)
    first, second = Client(), Client()
    for browser in (first, second):
        assert log_in(browser=browser) == (302, reverse("mfa_authenticate"))
        assert browser.get(reverse("own")).status_code == 302
    assert first.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).headers["Location"] == "/"
    assert first.get(reverse("own")).status_code == 200
    assert b"This code was already used" in second.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).content


def test_after_five_wrong_codes_there_is_a_wait(user: User) -> None:
    secret = with_factor(user)
    browser = Client()
    log_in(browser=browser)
    for number in range(5):
        browser.post(reverse("mfa_authenticate"), {"code": f"00000{number}"})
    assert b"Too many attempts" in browser.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).content


def test_a_recovery_code_opens_once(user: User) -> None:
    with_factor(user)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    for expected in (302, 200):
        browser = Client()
        log_in(browser=browser)
        assert browser.post(reverse("mfa_authenticate"), {"code": code}).status_code == expected


def test_the_secret_of_a_second_factor_is_not_readable_in_the_database(user: User) -> None:
    secret = with_factor(user)
    assert secret not in str(Authenticator.objects.get().data)


def test_somebody_sets_a_second_factor_and_sees_the_recovery_codes(user: User) -> None:
    browser = Client()
    log_in(browser=browser)
    start = browser.get(reverse("mfa_activate_totp"))
    again = browser.post(start.headers["Location"], {"password": WORD}, follow=True)
    page = again.content.decode()
    secret = re.search(r'<code class="link-text">(\w+)</code>', page)
    assert secret is not None
    answer = browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret[1])}, follow=True)
    assert len(re.findall(r"<li><code>\d+</code></li>", answer.content.decode())) == 10


@override_settings(REQUIRE_MFA=True)
@pytest.mark.parametrize("role", list(Role))
def test_where_it_is_required_administrators_set_a_second_factor_first(ward: Ward, role: Role) -> None:
    user = person(ward, role, "somebody", WORD)
    browser = logged_in(user)
    answer = browser.get(reverse("own"))
    asked = role is Role.ADMINISTRATOR
    assert answer.status_code == (302 if asked else 200)
    if asked:
        assert answer.headers["Location"] == reverse("mfa_activate_totp")
        assert browser.post(reverse("people_invite", args=["4-north"]), {"role": "nurse"}).status_code == 302
        with_factor(user)
        assert browser.get(reverse("own")).status_code == 200
