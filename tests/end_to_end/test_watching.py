"""The bed's page shows a real box's own screen over a real Mosquitto, pixel by pixel, and only while someone looks."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.chromium import chromium
from tests.end_to_end.conftest import House
from tests.end_to_end.pages import PASSWORD, Nurse
from tests.end_to_end.processes import Bedside, until
from tests.servers import listens

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

CANVAS = "document.querySelector('#live-screen canvas')"
LIT = f"() => Array.from({CANVAS}.getContext('2d').getImageData(0, 0, 128, 64).data).filter((_, at) => at % 4 === 0)"
Pixels = NDArray[np.bool_]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def at_bed(browser: Browser, house: House, bed: str = "1") -> Page:
    """A nurse's window at the bed's page."""
    page = browser.new_context().new_page()
    page.goto(f"{house.ward.url}/login/")
    page.fill("[name=username]", "km")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{house.ward.url}/")
    page.goto(house.ward.url + Nurse(house.ward.url).bed_path(bed))
    return page


def on_page(page: Page) -> Pixels:
    """The pixels of the page's canvas."""
    return np.array(page.evaluate(LIT)).reshape(64, 128) > 0


def at_box(box: Bedside) -> Pixels:
    """What an eye sees at the box."""
    picture = np.asarray(Image.open(io.BytesIO(box.screen())).convert("L"))
    return picture[2::4, 2::4] > 0


def is_same(page: Page, box: Bedside) -> bool:
    """Whether both show the same picture, and one that is lit; the box is asked before and after."""
    before, shown, after = at_box(box), on_page(page), at_box(box)
    return bool(before.any() and np.array_equal(before, after) and np.array_equal(before, shown))


def line(page: Page) -> str:
    return page.locator("#live-screen p").inner_text()


def shows(page: Page, words: str) -> None:
    until(words, lambda: words in line(page) or page.wait_for_timeout(50))


def rows(house: House) -> int:
    return len(house.ward.rows("SELECT 1 FROM fleet_watchedscreen"))


def test_the_page_shows_what_the_box_shows_pixel_by_pixel_until_nobody_looks(
    mosquitto_house: House, browser: Browser
) -> None:
    house, box = mosquitto_house, mosquitto_house.boxes[0]
    until(
        "the box said what it can do", lambda: "watch" in str(house.ward.rows("SELECT capabilities FROM fleet_device"))
    )
    commands = house.ward.rows("SELECT count(*) FROM fleet_command")
    audit = house.ward.rows("SELECT count(*) FROM audit_row")
    box.press("play")
    until("music plays", lambda: box.state()["sounding"])

    page, second = at_bed(browser, house), at_bed(browser, house)
    shows(page, "Screen at the bed, live")
    for one in (page, second):
        until("the same picture", lambda: is_same(one, box) or one.wait_for_timeout(50))  # noqa: B023
    label = page.locator("#live-screen canvas").get_attribute("aria-label")
    assert label
    assert label.startswith("Screen: ")
    assert label.endswith(" min")
    box.turn("volume", -3)
    until("the volume", lambda: box.state()["scene"] == "volume")
    until("the volume on the page", lambda: is_same(page, box) or page.wait_for_timeout(50))
    assert rows(house) == 1

    box.end()
    shows(page, "Offline since")
    assert not on_page(page).any()
    box.start()
    shows(page, "Screen at the bed, live")
    until("the same picture", lambda: is_same(page, box) or page.wait_for_timeout(50))

    page.close()
    second.close()
    until("nothing is kept", lambda: rows(house) == 0)
    assert house.ward.rows("SELECT count(*) FROM fleet_command") == commands
    signed_in = 3  # two windows, and the one that looked for the bed's address
    assert house.ward.rows("SELECT count(*) FROM audit_row")[0][0] - audit[0][0] <= 2 * signed_in
    assert listens(house.ward.port)
