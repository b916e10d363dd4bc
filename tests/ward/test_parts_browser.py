"""Parts of a page that fill themselves, in a real Chromium: what stays in them, how often they are fetched, and how
they come back when the server was away."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.servers import free_port
from tests.ward.people import plays, session_of
from tests.ward.window import NEWS, Window, alive, say_that_it_plays, serving
from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.music.models import Playlist

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WATCH_FOCUS = """() => {
  window.held = document.activeElement;
  window.lost = 0;
  window.held.addEventListener("blur", () => { window.lost += 1; });
}"""
FILL = """async ([old, fresh, before, after]) => {
  const { fill } = await import("/static/fill.js");
  const part = document.createElement("section");
  document.getElementById("main").append(part);
  part.innerHTML = old;
  window.kept = [...part.querySelectorAll("*")];
  new Function("part", before)(part);
  const drawn = document.createElement("section");
  drawn.innerHTML = fresh;
  fill(part, drawn);
  return new Function("part", `return ${after}`)(part);
}"""


@pytest.mark.parametrize("target", ["open", "stop"])
def test_a_tile_that_changes_while_it_has_the_focus_keeps_it(
    target: str, window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    say_that_it_plays(device, playlists[0])
    window.open()
    page = window.page
    page.locator(f"#{target}-{bed.pk}").focus()
    page.evaluate(WATCH_FOCUS)
    say_that_it_plays(device, playlists[1])
    expect(page.locator(f"#second-{bed.pk}")).to_contain_text("Garden")
    assert page.evaluate("[window.held === document.activeElement, window.lost]") == [True, 0]


def test_a_press_that_is_held_while_its_tile_changes_still_counts(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    """The button under the finger was another one when the finger left it: nothing was pressed."""
    say_that_it_plays(device, playlists[0])
    window.open()
    page = window.page
    page.get_by_role("button", name="Stop bed 1 A").hover()
    page.mouse.down()
    say_that_it_plays(device, playlists[1])
    expect(page.locator(f"#second-{bed.pk}")).to_contain_text("Garden")
    page.mouse.up()
    expect(page.get_by_role("button", name="Stopping bed 1 A")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/bed/{}/"])
def test_the_answer_to_a_press_fills_its_part_once(
    path: str, window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    """A tile stood in the tile that was stopped."""
    say_that_it_plays(device, playlists[0])
    window.open(path.format(bed.pk))
    window.page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    expect(window.page.get_by_role("button", name="Stopping bed 1 A")).to_have_count(1)
    expect(window.page.locator(f":is(#now #now, #bed-{bed.pk} .tile)")).to_have_count(0)
    expect(window.page.get_by_role("button", name="Stopping bed 1 A")).to_be_focused()


def test_news_for_one_bed_three_times_at_once_is_fetched_twice_and_the_newest_is_shown(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open()
    page, asked = window.page, list[Request]()
    page.on("request", lambda request: asked.append(request) if request.url.split("?")[0].endswith("/tile") else None)
    name = f"bed-{bed.pk}"

    def is_told_twice_more(route: Route) -> None:
        old = route.fetch()
        plays(device, playlists[1], timezone.now())  # the stream tells nothing: this test does
        page.evaluate(NEWS, name)
        page.evaluate(NEWS, name)
        route.fulfill(response=old)

    page.route("**/tile*", is_told_twice_more, times=1)
    plays(device, playlists[0], timezone.now())
    page.evaluate(NEWS, name)
    expect(page.locator(f"#second-{bed.pk}")).to_contain_text("Garden")
    with page.expect_response("**/pulse*"):
        page.evaluate(NEWS, "board")
    assert len(asked) == 2


def test_many_beds_that_change_at_once_are_fetched_a_few_at_a_time(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    """A press must find a connection that is free."""
    beds = Bed.objects.bulk_create(Bed(room=bed.room, letter=letter) for letter in "BCDEFGHJ")
    alive(device)
    window.open()
    page = window.page
    page.evaluate(
        """() => {
          const { fetch } = window;
          Object.assign(window, { asked: 0, open: 0, most: 0 });
          window.fetch = async (...what) => {
            window.asked += 1;
            window.open += 1;
            window.most = Math.max(window.most, window.open);
            try { return await fetch(...what); } finally { window.open -= 1; }
          };
        }"""
    )
    for one in beds:
        page.evaluate(NEWS, f"bed-{one.pk}")
    page.wait_for_function("(count) => window.asked === count && window.open === 0", arg=len(beds))
    assert 1 <= page.evaluate("window.most") <= 3


@pytest.fixture
def pages(nurse: User, device: Device, browser: Browser) -> Iterator[list[Page]]:
    """A board and a bed's page to be, of the nurse's at any server here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session_of(nurse), "url": "http://127.0.0.1"}])
    yield [context.new_page(), context.new_page()]
    context.close()


def test_when_the_server_was_away_all_parts_become_current_without_a_page_load(
    pages: list[Page], bed: Bed, other_bed: Bed, device: Device, playlists: list[Playlist], tmp_path: Path
) -> None:
    beside = Device.objects.create(id="00000000-0000-4000-8000-000000000002", number="0402", bed=other_bed)
    for box in (device, beside):
        alive(box)
    port, board, card = free_port(), *pages
    with ExitStack() as server:
        address, _process = server.enter_context(serving(tmp_path, port))
        for page, path in ((board, "/"), (card, f"/bed/{bed.pk}/")):
            page.goto(f"{address}{path}")
            page.evaluate("window.isSameDocument = true")
    with board.expect_event("requestfailed"), card.expect_event("requestfailed"):
        for page in pages:
            for name in ("board", f"bed-{bed.pk}", f"bed-{other_bed.pk}"):
                page.evaluate(NEWS, name)
    for box in (device, beside):
        plays(box, playlists[0], timezone.now())
    with serving(tmp_path, port):
        for bed_id in (bed.pk, other_bed.pk):
            expect(board.locator(f"#bed-{bed_id}")).to_contain_text("Playing", timeout=30_000)
        expect(card.locator("#now")).to_contain_text("Playing", timeout=30_000)
        say_that_it_plays(device, playlists[1])
        expect(board.locator(f"#second-{bed.pk}")).to_contain_text("Garden", timeout=30_000)  # news come again, too
        assert [page.evaluate("window.isSameDocument") for page in pages] == [True, True]


def test_a_stop_that_a_later_fetch_overtook_is_shown_all_the_same(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    """The answer to a fetch that began after the press, and was read before it was carried out, came first."""
    say_that_it_plays(device, playlists[0])
    window.open()
    page = window.page
    page.route("**/stop", lambda route: (page.evaluate(NEWS, f"bed-{bed.pk}"), route.continue_()))
    page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    expect(page.get_by_role("button", name="Stopping bed 1 A")).to_be_visible()


@pytest.mark.parametrize(
    ("old", "fresh", "before", "after", "expected"),
    [
        (
            "<details><summary>a</summary><p>1</p></details>",
            "<details><summary>a</summary><p>2</p></details>",
            "part.firstChild.open = true",
            "[part.firstChild.open, part.textContent, part.firstChild === window.kept[0]]",
            [True, "a2", True],
        ),
        (
            '<p>1</p><input name="note">',
            '<p>2</p><input name="note">',
            "part.querySelector('input').value = 'half a wo'",
            "[part.querySelector('input').value, part.querySelector('p').textContent]",
            ["half a wo", "2"],
        ),
        (
            '<p role="status"></p>',
            '<p role="status">Asked.</p>',
            "",
            "[part.textContent, part.firstChild === window.kept[0]]",
            ["Asked.", True],
        ),
        (
            '<p id="a">1</p><form><button>Stop</button></form><p id="z">2</p>',
            '<p id="a">1</p><span>new</span><p id="z">3</p>',
            "",
            "[part.innerHTML, part.lastChild === window.kept[3]]",
            ['<p id="a">1</p><span>new</span><p id="z">3</p>', True],
        ),
        (
            '<p class="a" title="gone">1</p>',
            '<p class="b" lang="de">1</p><svg><path d="M0 0"></path></svg>',
            "",
            "[part.innerHTML, part.querySelector('path').namespaceURI]",
            ['<p class="b" lang="de">1</p><svg><path d="M0 0"></path></svg>', "http://www.w3.org/2000/svg"],
        ),
    ],
    ids=[
        "what is open",
        "what is typed",
        "a live region",
        "what stands after a part that went",
        "attributes and shapes",
    ],
)
def test_a_part_is_filled_and_what_may_stay_stays(
    old: str, fresh: str, before: str, after: str, expected: list[object], server: str, browser: Browser
) -> None:
    context = browser.new_context(bypass_csp=True)  # for the test's own words; `fill` itself needs none
    page = context.new_page()
    page.goto(f"{server}/login/")
    assert page.evaluate(FILL, [old, fresh, before, after]) == expected
    context.close()


@pytest.fixture
def complaining(nurse: User, server: str, browser: Browser) -> Iterator[tuple[Window, list[str]]]:
    """A window that may complain, and its complaints."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session_of(nurse), "url": server}])
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    yield Window(page, server), complaints
    context.close()


BREAKS_ONCE = """() => {
  const { process } = htmx;
  window.answered = 0;
  document.addEventListener("answered", () => { window.answered += 1; });
  htmx.process = () => {
    htmx.process = process;
    throw new Error("it cannot be shown");
  };
}"""


def test_a_part_that_fails_waits_alone_and_each_time_longer(
    complaining: tuple[Window, list[str]], bed: Bed, other_bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    """One tile that no server answers held up the whole board."""
    beside = Device.objects.create(id="00000000-0000-4000-8000-000000000002", number="0402", bed=other_bed)
    for box in (device, beside):
        alive(box)
    window, _complaints = complaining  # the browser itself complains of a request that fails
    window.open()
    page, at = window.page, list[float]()

    def fails(route: Route) -> None:
        at.append(time.monotonic())
        route.abort()

    page.route(f"**/bed/{bed.pk}/tile*", fails)
    for box in (device, beside):
        plays(box, playlists[0], timezone.now())
    page.evaluate(NEWS, f"bed-{bed.pk}")
    page.evaluate(NEWS, f"bed-{other_bed.pk}")
    expect(page.locator(f"#bed-{other_bed.pk}")).to_contain_text("Playing")
    expect(page.locator(f"#bed-{bed.pk}")).not_to_contain_text("Playing")
    for _ in range(300):  # the waits are 0.5, 1 and 2 s
        if len(at) >= 4:
            break
        page.wait_for_timeout(50)
    waits = [later - sooner for sooner, later in pairwise(at)]
    assert len(waits) >= 3
    assert waits[0] >= 0.4
    assert waits[1] > 1.5 * waits[0]
    assert waits[2] > 1.5 * waits[1]
    page.unroute(f"**/bed/{bed.pk}/tile*")
    page.evaluate(NEWS, f"bed-{bed.pk}")  # news tries at once
    expect(page.locator(f"#bed-{bed.pk}")).to_contain_text("Playing", timeout=2000)


def test_what_cannot_be_shown_is_logged_and_the_queue_goes_on(
    complaining: tuple[Window, list[str]], bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    """Asking again would bring the same, without end."""
    window, complaints = complaining
    alive(device)
    window.open()
    page, asked = window.page, list[str]()
    page.on("request", lambda request: asked.append(request.url) if f"/bed/{bed.pk}/tile" in request.url else None)
    page.evaluate(BREAKS_ONCE)
    plays(device, playlists[0], timezone.now())
    page.evaluate(NEWS, f"bed-{bed.pk}")
    page.wait_for_function("() => window.answered === 1")
    page.wait_for_timeout(1200)  # it would have been asked again after half a second
    assert len(asked) == 1
    assert len(complaints) == 1
    assert "it cannot be shown" in complaints[0]
    assert "uncaught" not in complaints[0]
    plays(device, playlists[1], timezone.now())
    page.evaluate(NEWS, f"bed-{bed.pk}")
    expect(page.locator(f"#second-{bed.pk}")).to_contain_text("Garden")


def test_an_answer_to_a_press_that_cannot_be_shown_is_logged_and_counts_as_answered(
    complaining: tuple[Window, list[str]], bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    window, complaints = complaining
    say_that_it_plays(device, playlists[0])
    window.open()
    page = window.page
    page.evaluate(BREAKS_ONCE)
    page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    page.wait_for_function("() => window.answered >= 1")
    assert "it cannot be shown" in complaints[0]
    assert "uncaught" not in complaints[0]
    page.evaluate(NEWS, f"bed-{bed.pk}")
    expect(page.get_by_role("button", name="Stopping bed 1 A")).to_be_visible()
