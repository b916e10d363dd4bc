"""The newcomer's first minute in a real Chromium: PLAY on a panel's page, its tile, another playlist for bed 2."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.chromium import chromium
from tests.end_to_end.conftest import House
from tests.end_to_end.pages import PASSWORD
from tests.end_to_end.pcm import last_sound
from tests.end_to_end.processes import until

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def _open(browser: Browser, url: str, complaints: list[str]) -> Page:
    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    return page


def test_press_play_on_the_panel_then_give_bed_2_another_playlist(
    browser: Browser, build: Callable[..., House], tmp_path: Path
) -> None:
    complaints: list[str] = []
    house = build("amqtt")
    first, second = house.box("0401"), house.box("0402")
    board = _open(browser, house.ward.url, complaints)
    board.fill("[name=username]", "km")
    board.fill("[name=password]", PASSWORD)
    board.get_by_role("button", name="Sign in").click()
    panel = _open(browser, f"http://127.0.0.1:{first.port}/", complaints)

    panel.click('[data-button="play"]')
    tile = board.locator("article.tile").filter(has=board.get_by_role("link", name="1", exact=True))
    expect(tile).to_contain_text("Playing", timeout=10_000)
    expect(tile).to_contain_text(first.state()["playlist"])
    until("sound at the sink", lambda: last_sound(house.folder / "0401.raw") > 0)
    assert first.state()["scene"] == "playing"

    board.get_by_role("link", name="2", exact=True).click()
    board.get_by_role("link", name="Assign music").first.click()
    expect(board.get_by_role("button", name="Assign to bed 2")).to_be_visible()
    for box in board.locator("input[name=playlist]").all():
        box.set_checked(box.get_attribute("value") == "garden", force=True)
    board.get_by_role("button", name="Assign to bed 2").click()
    expect(board.locator("body")).to_contain_text("On the box", timeout=10_000)
    until("it reached the box", lambda: second.state()["play_would_play"] == "garden")

    bed = _open(browser, f"http://127.0.0.1:{second.port}/", complaints)
    bed.keyboard.press("p")
    until("it plays what was assigned", lambda: second.state()["playlist_slug"] == "garden")
    board.goto(house.ward.url)
    tile = board.locator("article.tile").filter(has=board.get_by_role("link", name="2", exact=True))
    expect(tile).to_contain_text("Playing", timeout=10_000)
    expect(tile).to_contain_text("Garden")
    assert complaints == []
    for page, name in ((board, "board"), (panel, "panel"), (bed, "panel-2")):
        page.screenshot(path=tmp_path / f"{name}.png")
