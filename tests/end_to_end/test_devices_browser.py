"""Facilities at a box's page in a real Chromium, beside a real box: each answer comes by the page's stream."""

import signal
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium
from tests.end_to_end.conftest import House
from tests.end_to_end.pages import PASSWORD
from tests.end_to_end.processes import Bedside, until

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
NO_POLLING = "window.setInterval = () => 0;"  # what the page shows then came by the stream
STREAM_MS, TIMEOUT_MS = 20_000, 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def house(build: Callable[..., House]) -> House:
    found = build("mosquitto", boxes=1)
    until("what the box can do", lambda: "locate_end" in str(found.ward.rows("SELECT capabilities FROM fleet_device")))
    return found


def box_page(browser: Browser, house: House) -> Page:
    """The page of the one box that runs, signed in as facilities."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(NO_POLLING)
    page.goto(house.ward.url)
    page.fill("[name=username]", "house")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{house.ward.url}/devices/")
    page.goto(f"{page.url}{house.boxes[0].device_id}/")
    return page


def answered(page: Page, words: str, within_ms: int = STREAM_MS) -> None:
    expect(page.locator("#box-answer")).to_contain_text(words, timeout=within_ms)


def restart(page: Page) -> None:
    page.locator(".box-actions summary", has_text="Restart").click()
    page.get_by_role("button", name="Yes, restart box").click()


def test_a_box_is_made_to_blink_and_found(browser: Browser, house: House) -> None:
    page, box = box_page(browser, house), house.boxes[0]
    page.get_by_role("button", name="Make it blink").click()
    answered(page, "Blinking until")
    assert box.state()["scene"] == "here"
    page.get_by_role("button", name="Found it").click()
    answered(page, "Found at")
    assert box.state()["scene"] != "here"
    expect(page.locator(".blinking")).to_have_count(0)


def test_a_box_tests_itself_sends_its_log_and_restarts_only_with_a_reason(browser: Browser, house: House) -> None:
    page, box = box_page(browser, house), house.boxes[0]
    page.get_by_role("button", name="Run self-test").click()
    answered(page, "Self-test finished at")
    page.get_by_role("button", name="Send logs").click()
    answered(page, "Open the log")

    box.press("play")
    expect(page.locator("#box-facts")).to_contain_text("plays until", timeout=STREAM_MS)
    restart(page)
    answered(page, "min left")
    page.get_by_label("Needed now? Say why").fill("It is to be replaced")
    page.get_by_role("button", name="Stop the music and restart").click()
    answered(page, "Back since", TIMEOUT_MS)
    expect(page.locator("#box-facts")).to_contain_text("silent", timeout=STREAM_MS)


def test_by_night_a_box_tests_itself_and_blinks_only_with_a_reason(browser: Browser, house: House) -> None:
    box = house.boxes[0]
    box.end()
    box.environment["TZ"] = _where_it_is_night(box)
    box.start()
    page = box_page(browser, house)
    until("its night", lambda: box.state()["night"])
    page.get_by_role("button", name="Run self-test").click()
    answered(page, "Self-test finished at")
    page.get_by_role("button", name="Make it blink").click()
    answered(page, "Not at night")
    page.get_by_label("Needed now? Say why").fill("It is to be replaced")
    page.get_by_role("button", name="Blink once, at low light").click()
    answered(page, "Blinking until")
    assert box.state()["scene"] == "here"


def test_a_box_that_falls_silent_between_is_waited_for_half_a_minute_and_then_not_asked(
    browser: Browser, house: House
) -> None:
    page, box = box_page(browser, house), house.boxes[0]
    other = box_page(browser, house)
    box.signal(signal.SIGSTOP)
    page.get_by_role("button", name="Run self-test").click()
    answered(page, "Self-test: asked at")
    answered(other, "Self-test: asked at")
    other.get_by_role("button", name="Run self-test").click()
    answered(other, "Someone has just asked for the same.")
    box.kill()
    expect(page.locator("#box-top")).to_contain_text("Offline", timeout=TIMEOUT_MS)
    page.get_by_role("button", name="Make it blink").click()
    answered(page, "Not sent. The box is offline.")


def test_no_answer_is_said_after_half_a_minute_without_asking(browser: Browser, house: House) -> None:
    page, box = box_page(browser, house), house.boxes[0]
    box.signal(signal.SIGSTOP)
    page.get_by_role("button", name="Make it blink").click()
    answered(page, "No reply from the box within 30 seconds", TIMEOUT_MS)


def test_a_box_that_plays_is_moved_with_a_reason_and_stops(browser: Browser, house: House) -> None:
    page, box = box_page(browser, house), house.boxes[0]
    before = box.state()["assignment_version"]
    free_bed_2(page)
    box.press("play")
    until("music plays", lambda: box.state()["playing"])
    expect(page.locator("#box-facts")).to_contain_text("plays until", timeout=STREAM_MS)
    move(page)
    expect(page.locator(".message")).to_contain_text("Music plays there.")
    move(page, "The patient changes rooms")
    expect(page.locator(".message")).to_contain_text("is at bed 2 now")
    until("what bed 2 has reached it", lambda: box.state()["assignment_version"] > before)
    until("the music of bed 1 ended", lambda: not box.state()["playing"])


def free_bed_2(page: Page) -> None:
    """Take the box of bed 2 away, and come back."""
    here = page.url
    page.goto(here.replace("0401/", "0402/"))
    page.locator(".box-place summary", has_text="Not there").click()
    page.get_by_role("button", name="Spare").click()
    page.goto(here)


def move(page: Page, why: str = "") -> None:
    page.locator(".box-place summary", has_text="Move to another bed").click()
    if why:
        page.locator("#why-move").fill(why)
    page.get_by_role("button", name="Yes, move box").click()


def _where_it_is_night(box: Bedside) -> str:
    """A time zone twelve hours from the noon at which the box runs."""
    hours = int(box.environment["TZ"].removeprefix("NOON"))
    return f"NIGHT{hours + 12 if hours < 0 else hours - 12:+d}"
