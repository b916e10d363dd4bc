"""The panel's page in a real browser: mouse, finger and keyboard reach the pins, and the screen reaches the page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue

import pytest
from playwright.sync_api import Browser, Page, expect

from device.display.screens.languages import languages, page_words
from firmware.gpio.board import REVISION_A
from firmware.gpio.controls import Controls
from firmware.gpio.outputs import Outputs
from firmware.inputs.inputs import Inputs, Pressed, Turned
from firmware.inputs.lines import Edge
from firmware.screen.screen import Screen
from firmware.simulator import Panel, SimulatedBox
from tests.chromium import chromium

pytestmark = pytest.mark.browser


@dataclass
class Bedside:
    box: SimulatedBox = field(default_factory=lambda: SimulatedBox(REVISION_A))
    edges: SimpleQueue[Edge] = field(default_factory=SimpleQueue)
    state: dict[str, object] = field(default_factory=lambda: {"name": "Bed 4", "playing": "silent", "level_dba": 50.0})
    url: str = ""
    language: str = "en"

    def told(self) -> dict[str, object]:
        return {"language": self.language, "words": page_words(self.language)} | self.state

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
        outputs.light(0.25)
        with Panel(bedside.box, bedside.told, port=0) as panel:
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


def test_the_page_shows_name_screen_light_and_status(bedside: Bedside, page: Page) -> None:
    assert page.get_attribute("#pixels", "d") == "M0 0h1v1h-1z"
    for part in ("#light-on", "#light-spill"):
        page.wait_for_selector(f'{part}[opacity="0.500"]', state="attached")
    expect(page).to_have_title("Bed 4")
    expect(page.locator("h1")).to_have_text("Bed 4")
    expect(page.locator("#status span")).to_have_text(["Silent"])
    bedside.state = {
        "name": "Bed 4",
        "playing": "playing",
        "playlist": "Calm",
        "track": "Clear water",
        "level_dba": 52.0,
        "left_s": 61.0,
        "linked": False,
    }
    plays = ["Playing Calm", "Clear water", "2 min left", "not connected to the ward"]
    expect(page.locator("#status span")).to_have_text(plays)


@pytest.mark.parametrize(
    ("told", "said", "filled", "dots"),
    [
        ({"sounding": True, "level_dba": 46.0, "cap_dba": 60.0}, "46 dB at the pillow (limit 60)", 8, 2),
        (
            {"sounding": True, "level_dba": 38.0, "cap_dba": 45.0, "night": True},
            "38 dB at the pillow (night limit 45)",
            4,
            10,
        ),
        ({"sounding": False, "level_dba": 50.0, "cap_dba": 60.0}, "Volume 50 dB (limit 60)", 10, 2),
    ],
)
def test_the_meter_tells_the_level_what_it_may_rise_to_and_what_not(
    bedside: Bedside, page: Page, told: dict[str, object], said: str, filled: int, dots: int
) -> None:
    bedside.state = {"name": "Bed 4", "playing": told["sounding"], **told}
    meter = page.get_by_role("meter", name="Sound level at the pillow")
    expect(meter).to_have_text(said)
    assert (meter.locator(".to").count(), meter.locator("circle").count()) == (filled, dots)
    assert meter.get_attribute("aria-valuenow") == (
        str(round(float(str(told["level_dba"])))) if told["sounding"] else "0"
    )


def test_while_the_box_is_cleaned_the_status_counts_down_but_is_not_read_out_each_second(
    bedside: Bedside, page: Page
) -> None:
    bedside.state = {"name": "Bed 4", "playing": False, "scene": "cleaning", "cleaning_s": 119}
    status = page.locator("#status span")
    expect(status).to_have_text(["Cleaning, buttons off", "119 s left"])
    assert [each.get_attribute("aria-hidden") for each in status.all()] == ["false", "true"]


def test_without_power_the_page_tells_no_level(bedside: Bedside, page: Page) -> None:
    bedside.state = {"name": "Bed 4", "power": False, "playing": False, "level_dba": 50.0}
    expect(page.locator("#status span")).to_have_text(["No power"])
    expect(page.locator("#meter")).to_be_hidden()


UNNAMED = """() => [...document.querySelectorAll("[data-word], [data-label]")].filter((each) =>
  each.dataset.word && !each.textContent.trim() || each.dataset.label && !each.getAttribute("aria-label")
).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("language", languages())
def test_the_page_speaks_the_language_of_its_box(bedside: Bedside, page: Page, language: str) -> None:
    bedside.language, words = language, page_words(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#status span")).to_have_text([words["silent"]])
    expect(page.get_by_role("button", name=words["next_track"])).to_be_visible()
    expect(page.get_by_role("meter", name=words["level"])).to_contain_text("50 dB")
    expect(page.locator("footer")).to_contain_text(words["disclaimer"])
    expect(page.locator("#training")).to_have_attribute("lang", "en")
    assert page.evaluate(UNNAMED) == []
    page.locator("#play").click(button="right")
    expect(page.locator("#tag-play")).to_have_text(words["held"])
    page.keyboard.press("Escape")


def test_the_language_is_sent_with_the_page(bedside: Bedside, browser: Browser) -> None:
    bedside.language = "fr"
    page = browser.new_page(java_script_enabled=False)
    page.goto(bedside.url)
    assert page.get_attribute("html", "lang") == "fr"
    expect(page.locator("footer")).to_contain_text(page_words("fr")["disclaimer"])
    expect(page.get_by_role("button", name=page_words("fr")["next_track"])).to_be_visible()
    page.close()


def test_the_knobs_are_sliders_that_say_where_they_stand(bedside: Bedside, page: Page) -> None:
    bedside.state |= {"cap_dba": 60.0, "choose_name": "Memories", "choose_place": 2, "playlists": ["calm", "memories"]}
    volume, choose = (page.get_by_role("slider", name=name) for name in ("Volume", "Choose"))
    expect(volume).to_have_attribute("aria-valuetext", "50 dB (limit 60)")
    expect(volume).to_have_attribute("aria-valuenow", "50")
    expect(volume).to_have_attribute("aria-valuemax", "60")
    expect(choose).to_have_attribute("aria-valuetext", "Memories")
    expect(choose).to_have_attribute("aria-valuenow", "2")
    expect(choose).to_have_attribute("aria-valuemax", "2")
    expect(choose.get_by_role("button")).to_have_count(0)  # a slider's inside is not read out


def test_the_screen_s_words_are_read_out(bedside: Bedside, page: Page) -> None:
    bedside.state |= {"shown": ["Calm", "Play"]}
    read_out = page.locator("#shown")
    expect(read_out).to_have_text("Screen: Calm, Play")
    expect(read_out).to_have_attribute("role", "status")
    bedside.state |= {"shown": []}
    expect(read_out).to_have_text("")
    bedside.state |= {"shown": ["Calm", "Play"]}
    expect(read_out).to_have_text("Screen: Calm, Play")
    bedside.state |= {"power": False}
    expect(read_out).to_have_text("")


def test_a_wheel_over_the_hollow_turns_its_knob(bedside: Bedside, page: Page) -> None:
    page.locator("#choose-push").hover()
    page.mouse.wheel(0, -120)
    assert bedside.turned(12) == [1, 1, 1]


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


def two_down(bedside: Bedside) -> None:
    assert bedside.next_edges(2) == [("play", True), ("next", True)]
    assert bedside.edges.empty()


def test_two_keys_hold_two_buttons_down_together(bedside: Bedside, page: Page) -> None:
    page.keyboard.down("p")
    page.keyboard.down("n")
    two_down(bedside)
    page.keyboard.up("p")
    page.keyboard.up("n")
    assert bedside.next_edges(2) == [("play", False), ("next", False)]


def test_two_fingers_hold_two_buttons_down_together(bedside: Bedside, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(bedside.url)
    page.wait_for_selector("#pixels[d]", state="attached")
    points = []
    for number, button in enumerate(("#play", "#next")):
        box = page.locator(button).bounding_box()
        assert box is not None
        points.append({"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "id": number})
    hand = page.context.new_cdp_session(page)
    for down in (points[:1], points):
        hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": down})
    two_down(bedside)
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert sorted(bedside.next_edges(2)) == [("next", False), ("play", False)]
    page.close()


def test_a_mouse_keeps_buttons_down_until_it_clicks_again_and_the_page_shows_it(bedside: Bedside, page: Page) -> None:
    page.locator("#play").click(button="right")
    page.locator("#next").click(modifiers=["Shift"])
    two_down(bedside)
    expect(page.locator("#status")).to_contain_text("PLAY + NEXT held down")
    for button in ("play", "next"):
        expect(page.locator(f"#tag-{button}")).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    page.locator("#play").click()
    assert bedside.next_edges(1) == [("play", False)], "they stay down though the window was left"
    page.locator("#next").click(button="right")
    assert bedside.next_edges(1) == [("next", False)]
    expect(page.locator(".tag.shown")).to_have_count(0)
    assert bedside.edges.empty()


def test_shift_keeps_a_letters_button_down_and_escape_lets_go(bedside: Bedside, page: Page) -> None:
    page.keyboard.press("Shift+P")
    page.keyboard.press("Shift+N")
    two_down(bedside)
    page.keyboard.press("Escape")
    assert sorted(bedside.next_edges(2)) == [("next", False), ("play", False)]


def test_a_page_that_is_left_lets_go_of_what_it_kept_down(bedside: Bedside, page: Page) -> None:
    page.keyboard.press("Shift+P")
    assert bedside.next_edges(1) == [("play", True)]
    page.goto("about:blank")
    assert bedside.next_edges(1) == [("play", False)]


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


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_has_no_side_scroll_and_fingers_find_everything(bedside: Bedside, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(bedside.url)
    page.wait_for_selector("#pixels[d]", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator("#sleep").tap()
    assert bedside.next_edges(2) == [("sleep", True), ("sleep", False)]
    crescent = page.locator("#sleep").bounding_box()
    assert crescent is not None
    page.touchscreen.tap(crescent["x"] + crescent["width"] - 5, crescent["y"] + crescent["height"] / 2)
    assert bedside.next_edges(2) == [("sleep", True), ("sleep", False)], "its hollow is for fingers, too"
    page.get_by_role("button", name="Louder").tap()
    assert bedside.turned(4) == [1]
    page.get_by_role("button", name="Select this playlist").tap()
    assert bedside.next_edges(2) == [("choose_push", True), ("choose_push", False)]
    for key in [*page.locator("#knobs button").all(), *(page.locator(f"#{one}") for one in ("play", "sleep", "next"))]:
        box = key.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
    page.close()
