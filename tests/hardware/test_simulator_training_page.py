"""The training drawer beside the box in a real browser: what a nurse can do there, and that everybody can read it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue

import pytest
from playwright.sync_api import Browser, Page, expect

from device.display.screens.languages import page_words
from firmware.gpio.board import REVISION_A
from firmware.gpio.controls import Controls
from firmware.inputs.lines import Edge
from firmware.simulator import Handles, Panel, SimulatedBox
from tests.chromium import chromium

pytestmark = pytest.mark.browser

# Every visible text with less contrast than WCAG AA asks for; without a ground of its own against the table's two ends.
POOR_TEXT = """() => {
  const style = getComputedStyle(document.documentElement);
  const probe = document.body.appendChild(document.createElement("i"));
  const rgb = (colour) => {
    probe.style.color = colour;
    return getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number);
  };
  const tables = ["--table", "--ground"].map((name) => rgb(style.getPropertyValue(name)));
  const light = (colour) => colour.slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const grounds = (element) => {
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      const ground = rgb(getComputedStyle(each).backgroundColor);
      if (ground.length === 3 || ground[3] === 1) return [ground];
    }
    return tables;
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const texts = [...document.querySelectorAll("body *:not(svg *)")].filter(hasText);
  const told = texts.filter((each) => each.checkVisibility()).map((each) => {
    const ink = rgb(getComputedStyle(each).color);
    return [each.textContent.trim(), Math.min(...grounds(each).map((ground) => ratio(ink, ground)))];
  });
  return [told.length, told.filter(([, contrast]) => contrast < 4.5)];
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter((each) => {
  const { transitionDuration, animationName } = getComputedStyle(each);
  return animationName !== "none" || transitionDuration.split(",").some((time) => parseFloat(time) > 0);
}).map((each) => each.id || each.tagName)"""


@dataclass
class Owner:
    """Runs the box: does what was asked, and reports it in the state."""

    asked: SimpleQueue[tuple[str, object]] = field(default_factory=SimpleQueue)
    state: dict[str, object] = field(
        default_factory=lambda: {
            "name": "Bed 4",
            "playing": False,
            "sounding": False,
            "level_dba": 50.0,
            "cap_dba": 60.0,
            "night": False,
            "clock": "2026-11-25T14:03",
            "clock_moved": False,
            "zone": "Europe/Berlin",
            "power": True,
            "sound_card": True,
            "network": True,
        }
    )

    def next_asked(self, count: int) -> list[tuple[str, object]]:
        return [self.asked.get(timeout=10) for _ in range(count)]

    def set_clock(self, local: datetime | None) -> None:
        self.asked.put(("clock", local.isoformat(timespec="minutes") if local else None))
        if local:
            self.state |= {"clock": local.isoformat(timespec="minutes"), "clock_moved": True, "night": local.hour > 20}

    def know_clock(self, known: bool) -> None:
        self.asked.put(("known", known))
        self.state |= {"clock": "2026-11-25T14:03" if known else None}

    def power(self, plugged: bool) -> None:
        self.state |= {"power": plugged}

    def sound_card(self, plugged: bool) -> None:
        self.state |= {"sound_card": plugged}

    def network(self, plugged: bool) -> None:
        self.state |= {"network": plugged}


@dataclass
class Bedside:
    owner: Owner = field(default_factory=Owner)
    box: SimulatedBox = field(default_factory=lambda: SimulatedBox(REVISION_A))
    edges: SimpleQueue[Edge] = field(default_factory=SimpleQueue)

    def panel(self, handles: Handles | None) -> Panel:
        return Panel(self.box, lambda: {"words": page_words("en")} | self.owner.state, port=0, handles=handles)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def bedside() -> Iterator[Bedside]:
    bedside = Bedside()
    with Controls(REVISION_A, bedside.edges.put, pin_factory=bedside.box.pin_factory):
        yield bedside
    bedside.box.close()


@pytest.fixture
def url(bedside: Bedside) -> Iterator[str]:
    with bedside.panel(bedside.owner) as panel:
        yield panel.url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    page, said = browser.new_page(viewport={"width": 1280, "height": 800}), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(url)
    expect(page.locator("#clock")).to_be_visible()
    yield page
    page.close()
    assert said == [], "the page complained"


# -- plugs


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("Power", "Connected", "Disconnected"),
        ("Screen", "Connected", "Disconnected"),
        ("Sound card", "Connected", "Disconnected"),
        ("Network", "Connected", "Disconnected"),
        ("Nurse call", "Off", "On"),
    ],
)
def test_a_plug_is_pulled_and_put_back_by_keyboard_and_says_how_it_stands(
    page: Page, name: str, before: str, after: str
) -> None:
    plug = page.get_by_role("switch", name=name)
    shape = plug.locator("use")
    expect(plug).to_contain_text(before)
    was, first = plug.get_attribute("aria-checked"), shape.get_attribute("href")
    plug.focus()
    page.keyboard.press("Space")
    expect(plug).to_contain_text(after)
    assert {was, plug.get_attribute("aria-checked")} == {"true", "false"}
    assert shape.get_attribute("href") != first
    page.keyboard.press("Enter")
    expect(plug).to_contain_text(before)


def test_the_screen_and_the_relay_are_the_boxs_own(bedside: Bedside, page: Page) -> None:
    page.get_by_role("switch", name="Screen").click()
    expect(page.get_by_role("switch", name="Screen")).to_contain_text("Disconnected")
    assert not bedside.box.has_screen
    page.get_by_role("switch", name="Nurse call").click()
    edge = bedside.edges.get(timeout=10)
    assert (edge.line, edge.active) == ("nurse_call", True)


def test_a_plug_that_somebody_else_pulls_is_seen(bedside: Bedside, page: Page) -> None:
    bedside.owner.network(False)
    expect(page.get_by_role("switch", name="Network")).to_contain_text("Disconnected")
    expect(page.locator("#status")).to_contain_text("no network")


# -- clock


@pytest.mark.parametrize(
    ("button", "asked"),
    [
        ("Day 14:00", "2026-11-25T14:00"),
        ("Evening 20:58", "2026-11-25T20:58"),
        ("Night 23:00", "2026-11-25T23:00"),
        ("Morning 06:58", "2026-11-25T06:58"),
        ("Clocks change 29 Mar, 01:55", "2026-03-29T01:55"),
        ("Clocks change 25 Oct, 02:55", "2026-10-25T02:55"),
    ],
)
def test_a_time_is_one_click_away_and_is_shown_as_moved(bedside: Bedside, page: Page, button: str, asked: str) -> None:
    expect(page.locator("#clock-now")).to_contain_text("Wednesday 25 November")
    expect(page.locator("#clock-now .how")).to_have_text("Actual time, Europe/Berlin, day")
    page.get_by_role("button", name=button).click()
    assert bedside.owner.next_asked(2) == [("known", True), ("clock", asked)]
    expect(page.locator("#clock-now .time")).to_have_text(asked[11:])
    expect(page.locator("#clock-now .how")).to_contain_text("Changed")


def test_any_time_can_be_typed_and_its_letters_press_nothing(bedside: Bedside, page: Page) -> None:
    page.get_by_label("Another time").focus()
    page.keyboard.type("0930p")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert bedside.owner.next_asked(2) == [("known", True), ("clock", "2026-11-25T21:30")]
    assert bedside.edges.empty()


def test_an_unknown_clock_is_shown_and_known_again_before_it_is_moved(bedside: Bedside, page: Page) -> None:
    unknown, real = (page.get_by_role("button", name=name) for name in ("Not set", "Actual time"))
    expect(real).to_have_attribute("aria-pressed", "true")
    unknown.click()
    assert bedside.owner.next_asked(1) == [("known", False)]
    expect(page.locator("#clock-now")).to_contain_text("Clock not set: night limits apply")
    expect(unknown).to_have_attribute("aria-pressed", "true")
    expect(real).to_have_attribute("aria-pressed", "false")
    real.click()
    assert bedside.owner.next_asked(2) == [("known", True), ("clock", None)]
    expect(unknown).to_have_attribute("aria-pressed", "false")


def test_a_zone_without_summer_time_offers_no_change(bedside: Bedside, page: Page) -> None:
    expect(page.get_by_role("button", name="Clocks change")).to_have_count(2)
    bedside.owner.state["zone"] = "Asia/Tokyo"
    expect(page.locator("[data-change]:visible")).to_have_count(0)


# -- exercises


def test_an_exercise_opens_alone_and_sets_its_own_stage(bedside: Bedside, page: Page) -> None:
    page.get_by_text("Night", exact=True).first.click()
    page.get_by_role("button", name="Set clock to 23:00").click()
    assert bedside.owner.next_asked(2) == [("known", True), ("clock", "2026-11-25T23:00")]
    expect(page.locator("html")).to_have_attribute("data-theme", "night")
    page.get_by_text("No network").click()
    expect(page.locator("#exercises details[open]")).to_have_count(1)
    pull = page.locator("#exercises").get_by_role("button", name="Disconnect the network")
    pull.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#exercises").get_by_role("button", name="Connect the network")).to_be_visible()


def test_there_are_eight_exercises_and_each_says_what_happens(page: Page) -> None:
    titles = page.locator("#exercises summary").all_inner_texts()
    assert titles == [
        "Start music",
        "Stop music",
        "Volume",
        "Sleep",
        "Choose",
        "Night",
        "Clean the box",
        "No network",
    ]
    for exercise in page.locator("#exercises details").all():
        exercise.locator("summary").press("Enter")
        expect(exercise.locator("p")).to_have_count(2)
        expect(exercise.locator("p").last).to_be_visible()


def test_a_key_still_presses_after_a_click_on_the_sheet(bedside: Bedside, page: Page) -> None:
    page.get_by_role("button", name="Night 23:00").click()
    page.keyboard.press("p")
    assert [bedside.edges.get(timeout=10).line for _ in range(2)] == ["play", "play"]


def test_the_sheet_is_put_away_and_taken_out_again(page: Page) -> None:
    toggle = page.locator("#training-toggle")
    was = page.locator("#box").bounding_box()
    toggle.press("Enter")
    expect(page.locator("#training-body")).to_be_hidden()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    now = page.locator("#box").bounding_box()
    assert was is not None
    assert now is not None
    assert now["width"] > was["width"], "the box takes the room"
    toggle.press("Enter")
    expect(page.locator("#training-body")).to_be_visible()


# -- without handles


def test_without_handles_only_what_the_panel_can_do_is_offered(bedside: Bedside, browser: Browser) -> None:
    with bedside.panel(None) as panel:
        page = browser.new_page()
        page.goto(panel.url)
        expect(page.get_by_role("switch", name="Screen")).to_contain_text("Connected")
        assert page.get_by_role("switch").count() == 2
        expect(page.locator("#clock")).to_be_hidden()
        expect(page.locator("#exercises button:visible")).to_have_count(0)
        page.close()


# -- for everybody


@pytest.mark.parametrize("night", [False, True])
def test_every_word_has_the_contrast_that_wcag_aa_asks_for(bedside: Bedside, page: Page, night: bool) -> None:
    bedside.owner.state |= {"night": night, "sound_card": False, "sounding": True, "playing": True, "playlist": "Calm"}
    expect(page.locator("html")).to_have_attribute("data-theme", "night" if night else "day")
    expect(page.get_by_role("switch", name="Sound card")).to_contain_text("Disconnected")
    for details in page.locator("details").all():
        details.evaluate("each => { each.removeAttribute('name'); each.open = true; }")
    count, poor = page.evaluate(POOR_TEXT)
    assert count > 60
    assert poor == []


@pytest.mark.parametrize("width", [320, 390, 820])
def test_no_width_scrolls_sideways_and_every_target_is_large_enough(url: str, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, has_touch=True)
    page.goto(url)
    expect(page.locator("#clock")).to_be_visible()
    for details in page.locator("details").all():
        details.evaluate("each => { each.removeAttribute('name'); each.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for target in page.locator("#training").locator("button:visible, input:visible, summary:visible").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, target.inner_text()
    page.close()


def test_on_a_phone_the_box_stays_in_sight_above_the_sheet(url: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page.goto(url)
    expect(page.locator("#clock")).to_be_visible()
    page.get_by_role("switch", name="Nurse call").focus()
    expect(page.locator("#play")).to_be_in_viewport()
    box, plug = page.locator("#box").bounding_box(), page.get_by_role("switch", name="Nurse call").bounding_box()
    assert box is not None
    assert plug is not None
    assert plug["y"] >= box["y"] + box["height"], "what has the focus is not under the box"
    page.close()


def test_nothing_moves_for_those_who_asked_for_that(url: str, browser: Browser) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(url)
    expect(page.locator("#clock")).to_be_visible()
    assert page.evaluate(MOVING) == []
    page.close()
