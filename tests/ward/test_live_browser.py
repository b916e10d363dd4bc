"""One live stream for all pages of a browser, and a press that no server answers; in a real Chromium."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.ward.people import session_of
from tests.ward.window import NEWS, Window, alive, falls_silent, say_that_it_plays, serving
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.fleet.models import Command, Device
from ward.music.models import Playlist
from ward.people.late import LATE_S

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "lamps on the quay"  # noqa: S105 - an account of this test's own database
SIX = 6  # connections that a browser opens to one site by HTTP/1.1
WITHOUT_SHARED_WORKERS = "delete window.SharedWorker"
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def one_more(context: BrowserContext, window: Window) -> Page:
    page = context.new_page()
    page.goto(f"{window.address}/")
    return page


def test_stop_in_the_seventh_page_of_a_browser_acts_and_all_seven_see_it(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    """Each page held a connection for its stream: with six of them open, a press waited until one was closed."""
    say_that_it_plays(device, playlists[0])
    window.open()
    pages = [window.page, *(one_more(window.page.context, window) for _ in range(SIX))]
    pages[-1].get_by_role("button", name="Stop bed 1 A").press("Enter")
    for page in pages:
        expect(page.get_by_role("button", name="Stopping bed 1 A")).to_be_visible()


def test_a_page_that_is_left_takes_the_stream_from_nobody(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open()
    first = window.page
    second = one_more(first.context, window)
    first.goto("about:blank")
    say_that_it_plays(device, playlists[0])
    expect(second.locator(f"#bed-{bed.pk}")).to_contain_text("Playing")
    second.goto(f"{window.address}/bed/{bed.pk}/")
    falls_silent(bed)
    expect(second.locator("#now")).to_contain_text("Unassigned")


def test_a_page_that_was_drawn_before_the_news_is_told_it_when_it_joins(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    falls_silent(bed)
    window.open()
    late = window.page.context.new_page()
    late.route("**/live.js", lambda route: (say_that_it_plays(device, playlists[0]), route.continue_()), times=1)
    late.goto(f"{window.address}/")
    expect(window.page.locator(f"#bed-{bed.pk}")).to_contain_text("Playing")
    expect(late.locator(f"#bed-{bed.pk}")).to_contain_text("Playing")


def test_without_shared_workers_a_page_listens_while_it_is_seen_and_catches_up(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.page.add_init_script(WITHOUT_SHARED_WORKERS)
    window.open()
    tile = window.page.locator(f"#bed-{bed.pk}")
    say_that_it_plays(device, playlists[0])
    expect(tile).to_contain_text("Playing")
    window.page.evaluate(HIDE, True)
    falls_silent(bed)
    expect(tile).to_contain_text("Playing")
    window.page.evaluate(HIDE, False)
    expect(tile).to_contain_text("Unassigned")


def test_a_press_on_a_page_that_took_long_to_come_is_taken(
    window: Window, device: Device, playlists: list[Playlist]
) -> None:
    """On a slow network scripts begin long after the page was made; each press counted as late."""
    say_that_it_plays(device, playlists[0])
    network = window.page.context.new_cdp_session(window.page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": 30_000, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", slow)
    window.open()
    took_ms = window.page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventStart")
    assert took_ms > 1000 * LATE_S, "slow enough"
    network.send("Network.emulateNetworkConditions", slow | {"downloadThroughput": -1})
    window.page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    expect(window.page.get_by_role("button", name="Stopping bed 1 A")).to_be_visible()


@dataclass(frozen=True, slots=True)
class Freezing:
    """A page of the nurse's at a server that can be frozen."""

    page: Page
    address: str
    process: subprocess.Popen[bytes]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def has_answered(self) -> None:
        """All that came while it was frozen is answered."""
        for _ in range(3):
            assert self.page.request.get(f"{self.address}/healthz").ok
        with self.page.expect_response("**/pulse*"):
            self.page.evaluate(NEWS, "board")


@pytest.fixture
def freezing(
    nurse: User, other_bed: Bed, device: Device, playlists: list[Playlist], browser: Browser, tmp_path: Path
) -> Iterator[Freezing]:
    with serving(tmp_path) as (address, process):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": session_of(nurse), "url": address}])
        yield Freezing(context.new_page(), address, process)
        context.close()


def test_a_stop_that_nobody_answers_says_so_and_is_not_carried_out_later(
    freezing: Freezing, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    say_that_it_plays(device, playlists[0])
    page = freezing.page
    page.goto(f"{freezing.address}/")
    with freezing.frozen():
        page.get_by_role("button", name="Stop bed 1 A").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("The server is not responding.")
        expect(page.locator(f"#bed-{bed.pk}")).to_contain_text("Playing")
    freezing.has_answered()
    expect(page.get_by_role("alert")).to_be_hidden(timeout=10_000)
    assert not Command.objects.exists()
    page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    expect(page.get_by_role("button", name="Stopping bed 1 A")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    assert Command.objects.count() == 1


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_stop_that_is_refused_says_so(
    status: int, freezing: Freezing, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    say_that_it_plays(device, playlists[0])
    page = freezing.page
    page.goto(f"{freezing.address}/")
    page.route("**/stop", lambda route: route.fulfill(status=status, body="refused"))
    with page.expect_response("**/stop"):
        page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    page.evaluate("new Promise((done) => setTimeout(done, 0))")  # what would hide it again comes in this turn
    expect(page.locator("#unanswered")).to_be_visible()


def test_music_that_nobody_takes_says_so_and_is_not_given_later(freezing: Freezing, bed: Bed, device: Device) -> None:
    alive(device)
    page = freezing.page
    page.goto(f"{freezing.address}/bed/{bed.pk}/assign/")
    page.locator(".offer-card", has_text="Garden").click()
    with freezing.frozen():
        page.locator(".bar button").click(no_wait_after=True)
        expect(page.get_by_role("alert")).to_contain_text("The server is not responding.")
    freezing.has_answered()
    assert not Assignment.objects.exists()
    page.locator(".bar button").click()
    expect(page.locator(".message.can-undo")).to_be_visible()
    assert Assignment.objects.count() == 1


def test_a_log_in_has_the_time_that_a_password_takes(freezing: Freezing, nurse: User) -> None:
    """On a busy server a password is looked at for longer than a press waits: nobody could log in."""
    nurse.set_password(PASSWORD)
    nurse.save()
    page = freezing.page
    page.context.clear_cookies()
    page.goto(f"{freezing.address}/login/")
    page.fill("[name=username]", nurse.username)
    page.fill("[name=password]", PASSWORD)
    with freezing.frozen():
        page.get_by_role("button", name="Sign in").click(no_wait_after=True)
        page.wait_for_timeout(4_000)  # longer than a press waits
    expect(page.locator("#board")).to_be_attached()


@pytest.mark.parametrize("name", ["ward", "bed"])
def test_a_page_that_no_server_answers_says_so_and_offers_no_stop(
    name: str, freezing: Freezing, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    say_that_it_plays(device, playlists[0])
    page = freezing.page
    page.clock.install()
    page.goto(f"{freezing.address}{reverse(name, args=['4-north' if name == 'ward' else bed.pk])}")
    stop, strip = page.get_by_role("button", name="Stop bed 1 A"), page.locator("#away")
    expect(stop).to_be_visible()
    page.context.set_offline(True)
    with page.expect_event("requestfailed", lambda request: "pulse" in request.url):
        page.evaluate(NEWS, "board")
    expect(strip).to_be_hidden()  # a restart of the server is no loss
    page.clock.run_for(12_000)
    expect(strip).to_contain_text("No connection to the server since")
    expect(stop).to_be_hidden()
    page.context.set_offline(False)
    page.clock.run_for(12_000)
    expect(strip).to_be_hidden()
    expect(stop).to_be_visible()
