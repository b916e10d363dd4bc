"""A shared desk in a real Chromium: the cover, one tap and six digits, and a half-filled form that stays."""

from collections.abc import Iterator

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.ward.people import logged_in, person
from tests.ward.window import without_complaint
from ward.beds.models import Bed, Role, Ward
from ward.people.models import Person
from ward.people.pins import set_pin

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORD, PIN, OTHER_PIN = "lamps on the quay", "472915", "830264"


@pytest.fixture
def desk(ward: Ward, bed: Bed, server: str, browser: Browser) -> Iterator[Page]:
    """A window at a desk where RT and then KM logged in; it closes without a complaint of the browser."""
    client = logged_in(person(ward, Role.ADMINISTRATOR, "boss"))
    client.post(reverse("desk_register", args=[ward.slug]), {"name": "Station"})
    for name, pin in (("rt", OTHER_PIN), ("km", PIN)):
        set_pin(person(ward, Role.NURSE, name, WORD), pin, pin, timezone.now())
        del client.cookies["sessionid"]
        client.post(reverse("login"), {"username": name, "password": WORD})
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    context.add_cookies(
        [{"name": one, "value": client.cookies[one].value, "url": server} for one in ("sessionid", "desk")]
    )
    with without_complaint(context) as page:
        page.clock.install()
        yield page


def test_a_half_filled_form_is_as_it_was_after_one_tap_and_six_digits(desk: Page, server: str) -> None:
    desk.goto(f"{server}{reverse('own')}")
    desk.fill("#pin", "91")
    expect(desk.locator("#cover")).to_be_hidden()
    desk.clock.fast_forward(6 * 60 * 1000)
    expect(desk.locator("#cover")).to_be_visible()
    expect(desk.locator(".faces span")).to_have_text(["KM", "RT"])
    assert desk.evaluate("document.elementFromPoint(300, 300).closest('#cover') !== null")
    desk.locator(".faces label", has_text="KM").click()
    desk.keyboard.type(PIN)
    expect(desk.locator("#cover")).to_be_hidden()
    expect(desk.locator("#pin")).to_have_value("91")
    expect(desk.locator("#pin")).to_be_focused()


def test_escape_opens_nothing_and_a_wrong_pin_says_so_under_the_cover(desk: Page, server: str) -> None:
    desk.goto(f"{server}{reverse('own')}")
    desk.clock.fast_forward(6 * 60 * 1000)
    expect(desk.locator("#desk-pin")).to_be_focused()
    desk.keyboard.press("Escape")
    desk.keyboard.press("Escape")
    expect(desk.locator("#cover")).to_be_visible()
    desk.fill("#desk-pin", "111222")
    expect(desk.locator("#desk-problem")).to_contain_text("Wrong PIN for KM.")
    desk.goto(f"{server}{reverse('own')}")
    assert desk.url.startswith(f"{server}{reverse('desk')}")


def test_another_person_gets_the_board_and_not_the_others_form(desk: Page, server: str) -> None:
    desk.goto(f"{server}{reverse('own')}")
    desk.fill("#pin", "91")
    desk.clock.fast_forward(6 * 60 * 1000)
    desk.locator(".faces label", has_text="RT").click()
    desk.keyboard.type(OTHER_PIN)
    desk.wait_for_url(f"{server}/")
    expect(desk.locator(".who summary")).to_contain_text("RT")


def test_every_target_of_the_lock_is_large_and_nothing_scrolls_sideways(desk: Page, server: str) -> None:
    desk.set_viewport_size({"width": 320, "height": 640})
    desk.goto(f"{server}{reverse('own')}")
    desk.clock.fast_forward(6 * 60 * 1000)
    expect(desk.locator(".faces span")).to_have_count(2)
    small = "[...document.querySelectorAll('#cover button, #cover label:has(input), #cover input.pin')]"
    assert desk.evaluate(f"{small}.every((one) => one.getBoundingClientRect().height >= 44)")
    assert desk.evaluate("document.documentElement.scrollWidth") <= 320


def test_enter_after_the_sixth_digit_is_no_second_try(desk: Page, server: str) -> None:
    desk.goto(f"{server}{reverse('own')}")
    key = next(one["value"] for one in desk.context.cookies() if one["name"] == "sessionid")
    session = SessionStore(key)
    session["locked"] = True
    session.save()
    desk.goto(f"{server}{reverse('desk')}")
    desk.locator(".faces label", has_text="KM").click()
    desk.keyboard.type("111222")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert").first).to_contain_text("Wrong PIN for KM.")
    assert Person.objects.get(user__username="km").wrong == 1
