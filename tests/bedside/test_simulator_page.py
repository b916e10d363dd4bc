"""The panel's page in a real browser: mouse, finger and keyboard reach the pins, and the glass reaches the page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.board import REVISION_A
from firmware.controls import Controls
from firmware.inputs import Inputs, Pressed, Turned
from firmware.lines import Edge
from firmware.outputs import Outputs
from firmware.screen import Screen
from firmware.simulator import Panel, SimulatedBox
from tests.chromium import chromium

pytestmark = pytest.mark.browser


@dataclass
class Bedside:
    box: SimulatedBox = field(default_factory=lambda: SimulatedBox(REVISION_A))
    edges: SimpleQueue[Edge] = field(default_factory=SimpleQueue)
    state: dict[str, object] = field(default_factory=lambda: {"name": "Bed 4", "playing": "silent", "level_dba": 50.0})
    url: str = ""

    def next_edges(self, count: int) -> list[tuple[str, bool]]:
        edges = [self.edges.get(timeout=10) for _ in range(count)]
        return [(edge.line.value, edge.active) for edge in edges]

    def turned(self, edges: int) -> list[int]:
        """The detents in the next `edges` edges."""
        inputs, told = Inputs(REVISION_A), []
        for _ in range(edges):
            told += inputs.feed(self.edges.get(timeout=10))
        assert not [one for one in told if isinstance(one, Pressed)]
        return [one.detents for one in told if isinstance(one, Turned)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def bedside() -> Iterator[Bedside]:
    bedside = Bedside()
    factory = bedside.box.pin_factory
    with Controls(REVISION_A, bedside.edges.put, pin_factory=factory), Outputs(REVISION_A, factory) as outputs:
        screen = Screen(bedside.box.bus)
        screen.open()
        screen.show(b"\x01" + bytes(1023))
        outputs.light(0.5)
        with Panel(bedside.box, lambda: bedside.state, port=0) as panel:
            bedside.url = panel.url
            yield bedside
    bedside.box.close()


@pytest.fixture
def page(browser: Browser, bedside: Bedside) -> Iterator[Page]:
    page, said = browser.new_page(viewport={"width": 1200, "height": 800}), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(bedside.url)
    page.wait_for_selector("#pixels[d]", state="attached")
    yield page
    page.close()
    assert said == [], "the page complained"


def test_the_page_shows_name_glass_light_and_status(bedside: Bedside, page: Page) -> None:
    assert page.get_attribute("#pixels", "d") == "M0 0h1v1h-1z"
    page.wait_for_selector('#light-on[opacity="0.5"]', state="attached")
    expect(page).to_have_title("Bed 4")
    expect(page.locator("h1")).to_have_text("Bed 4")
    expect(page.locator("#status span")).to_have_text(["Silent", "set to 50 dBA"])
    bedside.state = {
        "name": "Bed 4",
        "playing": "playing",
        "set": "Calm",
        "piece": "Clear water",
        "level_dba": 52.0,
        "left_s": 61.0,
        "linked": False,
    }
    plays = ["Plays Calm", "Clear water", "52 dBA", "2 min left", "no link to the ward"]
    expect(page.locator("#status span")).to_have_text(plays)


@pytest.mark.parametrize("button", ["play", "sleep", "next", "choose-push"])
def test_a_mouse_presses_as_long_as_it_is_down(bedside: Bedside, page: Page, button: str) -> None:
    line = button.replace("-", "_")
    page.locator(f"#{button}").hover()
    page.mouse.down()
    assert bedside.next_edges(1) == [(line, True)]
    page.mouse.up()
    assert bedside.next_edges(1) == [(line, False)]
    assert bedside.edges.empty()


@pytest.mark.parametrize(("key", "line"), [("p", "play"), ("S", "sleep"), ("n", "next"), ("c", "choose_push")])
def test_a_letter_presses_and_its_repeats_do_not(bedside: Bedside, page: Page, key: str, line: str) -> None:
    for _ in range(3):
        page.keyboard.down(key)
    page.keyboard.up(key)
    assert bedside.next_edges(2) == [(line, True), (line, False)]
    assert bedside.edges.empty()


def test_tab_and_enter_reach_every_control(bedside: Bedside, page: Page) -> None:
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        page.keyboard.press("Enter")
    assert reached == ["volume", "choose", "choose-push", "sleep", "play", "next"]
    lines = [line for line, _ in bedside.next_edges(8)]
    assert lines == [name for name in ("choose_push", "sleep", "play", "next") for _ in range(2)]


def test_leaving_the_window_lets_go_of_what_is_held(bedside: Bedside, page: Page) -> None:
    page.keyboard.down("p")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    assert bedside.next_edges(2) == [("play", True), ("play", False)]


def test_knobs_turn_by_arrows_wheel_and_halves(bedside: Bedside, page: Page) -> None:
    page.keyboard.press("ArrowDown")
    assert bedside.turned(4) == [-1]
    page.keyboard.press("ArrowRight")
    assert bedside.turned(4) == [1]
    box = page.locator("#volume-turns").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(x - 15, y)
    assert bedside.turned(4) == [-1]
    page.mouse.click(x + 15, y)
    assert bedside.turned(4) == [1]
    page.mouse.wheel(0, -120)
    assert bedside.turned(12) == [1, 1, 1]
    page.mouse.move(x + 20, y)
    page.mouse.down()
    page.mouse.move(x, y + 20, steps=12)  # a quarter turn clockwise, 15 degrees a detent
    page.mouse.up()
    assert bedside.turned(20)[:5] == [1] * 5


def test_a_phone_has_no_side_scroll_and_fingers_find_everything(bedside: Bedside, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(bedside.url)
    page.wait_for_selector("#pixels[d]", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("#sleep").tap()
    assert bedside.next_edges(2) == [("sleep", True), ("sleep", False)]
    page.get_by_role("button", name="Louder").tap()
    assert bedside.turned(4) == [1]
    page.get_by_role("button", name="Take this set").tap()
    assert bedside.next_edges(2) == [("choose_push", True), ("choose_push", False)]
    for key in page.locator("#knobs button").all():
        box = key.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
    page.close()
