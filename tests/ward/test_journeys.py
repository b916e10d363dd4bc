"""What a nurse does in a day, tap by tap: on a phone, a tablet and at a desk, by hand and with the keyboard alone.

Each journey counts what a person does; how long a person needs for that stands in docs/benchmarks.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from tests.ward.people import plays, session_of
from tests.ward.window import without_complaint
from ward.assignments.assigning import assign, newest
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.fleet.models import Command, Device
from ward.music.models import Playlist

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1440, 900)}
TABS_MOST = 60


@dataclass(slots=True)
class Hand:
    """Someone at a screen. `taps`: what they touched, clicked or pressed; the way there by Tab is not counted."""

    page: Page
    way: str
    taps: int = 0

    def press(self, target: Locator) -> None:
        """One tap, one click, or the way there by Tab and one key."""
        self.taps += 1
        if self.way == "touch":
            target.tap()
        elif self.way == "mouse":
            target.click()
        else:
            self._walk_to(target)
            is_box = target.evaluate(
                "one => Boolean(one.matches('label, input') && (one.control || one).type === 'checkbox')"
            )
            self.page.keyboard.press("Space" if is_box else "Enter")

    def _walk_to(self, target: Locator) -> None:
        there = "one => (one.control || one.querySelector('a, button, input') || one) === document.activeElement"
        for _tab in range(TABS_MOST):
            if target.evaluate(there):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"no Tab leads to {target}")


@pytest.fixture
def ready(bed: Bed, other_bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> Bed:
    """A bed with a stay, music assigned a day ago and a box that is heard; the playlists for the evening."""
    now = timezone.now()
    Playlist.objects.filter(slug="sleep").update(purpose="sleep")
    assign(bed, [Playlist.objects.get(slug="calm")], nurse, now)
    Assignment.objects.update(sent_at=now, applied_at=now)
    Device.objects.update(contact_at=now)
    return bed


@pytest.fixture(params=[(size, way) for size in SIZES for way in ("by hand", "keyboard")], ids="-".join)
def hand(request: pytest.FixtureRequest, ready: Bed, nurse: User, server: str, browser: Browser) -> Iterator[Hand]:
    """At the open board; it closes without one complaint of the browser."""
    size, way = request.param
    (width, height), touch = SIZES[size], size != "desktop"
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=touch)
    context.add_cookies([{"name": "sessionid", "value": session_of(nurse), "url": server}])
    with without_complaint(context) as page:
        page.goto(server)
        yield Hand(page, "keyboard" if way == "keyboard" else "touch" if touch else "mouse")


def slugs(bed: Bed) -> list[str]:
    """The playlists of the bed's newest assignment."""
    found = newest(bed)
    return [entry["slug"] for entry in found.message["playlists"]] if found else []


def stay_of(bed: Bed) -> str | None:
    """The bed's stay now."""
    return Bed.objects.get(pk=bed.pk).stay


def test_music_is_assigned_from_the_open_board_in_three_taps_and_undone_in_one(hand: Hand, ready: Bed) -> None:
    page = hand.page
    hand.press(page.locator(f"#open-{ready.pk}"))
    hand.press(page.locator(".suggested").get_by_role("link", name="Garden"))
    expect(page.locator(".bar")).to_contain_text("Bed 1 A will have 2 playlists")
    hand.press(page.get_by_role("button", name="Assign to bed 1 A"))
    expect(page.locator("#way")).to_be_visible()
    assert hand.taps == 3
    assert slugs(ready) == ["calm", "garden"]
    hand.press(page.get_by_role("button", name="Undo"))
    expect(page.locator(".chosen")).not_to_contain_text("Garden")
    assert hand.taps == 4
    assert slugs(ready) == ["calm"]


def test_music_is_stopped_from_the_open_board_in_one_tap(hand: Hand, ready: Bed, playlists: list[Playlist]) -> None:
    plays(Device.objects.get(bed=ready), playlists[0], timezone.now())
    hand.page.reload()
    hand.press(hand.page.get_by_role("button", name="Stop bed 1 A"))
    expect(hand.page.get_by_role("button", name="Stopping bed 1 A")).to_be_visible()
    assert hand.taps == 1
    assert list(Command.objects.values_list("verb", flat=True)) == ["stop"]


def test_evening_music_for_the_ward_is_two_taps_and_undone_in_one(hand: Hand, ready: Bed) -> None:
    page = hand.page
    hand.press(page.get_by_role("link", name="Evening playlists"))
    hand.press(page.get_by_role("button", name="Assign to 1 bed"))
    expect(page.get_by_role("status", name="Assigned to 1 bed")).to_contain_text("SLEEP will start Sleep.")
    assert hand.taps == 2
    assert slugs(ready) == ["calm", "sleep"]
    hand.press(page.get_by_role("button", name="Undo"))
    expect(page.locator("#message")).to_contain_text("Each bed has its previous playlists again.")
    assert slugs(ready) == ["calm"]


def test_a_stay_is_ended_in_two_taps_on_its_page_and_taken_back(hand: Hand, ready: Bed) -> None:
    page = hand.page
    hand.press(page.locator(f"#open-{ready.pk}"))
    hand.press(page.get_by_role("link", name="History").first)
    hand.taps = 0
    hand.press(page.locator(".end-sure summary"))
    hand.press(page.get_by_role("button", name="Yes, discharge bed 1 A"))
    expect(page.locator("#end")).to_contain_text("Waiting for the box to confirm since")
    assert hand.taps == 2
    assert stay_of(ready) is None
    hand.press(page.get_by_role("button", name="Restore the stay"))
    expect(page.locator(".undone")).to_contain_text("The stay continues.")
    assert hand.taps == 3
    assert stay_of(ready) == ready.stay
    assert slugs(ready) == ["calm"]
