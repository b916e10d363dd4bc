"""The pages in a real Chromium against a real server: live tiles, three taps, keyboard alone, an empty console."""

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from tests.ward.window import Window, alive, falls_silent, say_that_it_plays, small_targets
from ward.assignments.assigning import newest
from ward.assignments.models import Assignment
from ward.beds.changes import changed
from ward.beds.models import Bed
from ward.fleet.models import Command, Device
from ward.music.models import Playlist

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "lamps on the quay"  # noqa: S105 - an account of this test's own database


def test_a_tile_changes_by_itself_when_the_box_says_so_and_no_page_is_loaded_anew(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open()
    window.page.get_by_text("Read out all changes").check()
    tile = window.page.locator(f"#bed-{bed.pk}")
    expect(tile).to_contain_text("Unassigned")
    window.page.evaluate("window.sameDocument = true")
    say_that_it_plays(device, playlists[0])
    expect(tile).to_contain_text("Playing")
    expect(tile).to_contain_text("18 min left")
    expect(window.page.locator("#said")).to_have_text("Bed 1 A: Playing, Calm.")
    assert window.page.evaluate("window.sameDocument") is True


def test_news_that_comes_while_a_tile_is_fetched_is_not_lost(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    falls_silent(bed)  # a page knows up to where its news goes: to this
    window.open()
    page = window.page
    page.evaluate("window.news = 0; document.addEventListener('news', () => { window.news += 1; });")

    def falls_silent_meanwhile(route: Route) -> None:
        old, news = route.fetch(), page.evaluate("window.news")
        falls_silent(bed)
        page.wait_for_function("(news) => window.news > news", arg=news)
        route.fulfill(response=old)
        page.evaluate("window.overtaken = true")

    page.route("**/tile*", falls_silent_meanwhile, times=1)
    say_that_it_plays(device, playlists[0])
    page.wait_for_function("() => window.overtaken")
    expect(page.locator(f"#bed-{bed.pk}")).to_contain_text("Unassigned")
    expect(page.locator(f"#bed-{bed.pk}")).not_to_contain_text("Playing")


def test_news_that_comes_in_the_moment_after_a_tile_changed_is_not_lost(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open()
    say_that_it_plays(device, playlists[0])
    expect(window.page.locator(f"#bed-{bed.pk}")).to_contain_text("Playing")
    falls_silent(bed)
    expect(window.page.locator(f"#bed-{bed.pk}")).to_contain_text("Unassigned")


def test_an_answer_to_a_press_that_is_older_than_the_news_does_not_stay(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    say_that_it_plays(device, playlists[0])
    window.open()
    page, presses = window.page, list[Route]()
    older = page.request.get(f"{window.address}/bed/{bed.pk}/tile")
    page.evaluate("document.addEventListener('htmx:afterOnLoad', () => { window.isAnswered = true; })")

    def is_overtaken(route: Route) -> None:
        presses[0].fulfill(response=older)
        page.wait_for_function("() => window.isAnswered")
        route.continue_()

    page.route("**/stop", lambda route: presses.append(route))  # noqa: PLW0108 - Playwright marks what it is assigned
    page.route("**/tile*", is_overtaken, times=1)
    with page.expect_request("**/stop"):
        page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    falls_silent(bed)
    expect(page.locator(f"#bed-{bed.pk}")).to_contain_text("Unassigned")


def test_stop_from_the_board_is_one_press_and_the_focus_stays(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    say_that_it_plays(device, playlists[0])
    window.open()
    window.page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    expect(window.page.get_by_role("button", name="Stopping bed 1 A")).to_be_focused()

    Command.objects.update(answered_at=timezone.now(), done=True)
    falls_silent(bed)
    expect(window.page.locator(f"#bed-{bed.pk}")).to_contain_text("Unassigned")
    expect(window.page.locator(f"#open-{bed.pk}")).to_be_focused()  # Stop is gone: its tile has the focus


def test_music_is_given_in_three_taps_and_its_way_is_told_live(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open()
    window.page.locator(f"#bed-{bed.pk}").click()
    window.page.locator(".suggested").get_by_role("link", name="Garden").click()
    expect(window.page.locator(".bar")).to_contain_text("Bed 1 A will have 1 playlist")
    window.page.get_by_role("button", name="Assign to bed 1 A").click()
    expect(window.page.locator("#way")).to_contain_text("not yet")
    expect(window.page.locator("#message")).to_be_focused()
    expect(window.page.locator("#message-head")).to_have_text("Assigned to bed 1 A: 1 playlist")
    expect(window.page.locator("#message-text")).to_have_text("You have 30 seconds to undo.")
    assert window.page.title().startswith("Assigned to bed 1 A: 1 playlist. Ward 4 North")
    window.page.keyboard.press("Tab")
    expect(window.page.get_by_role("button", name="Undo")).to_be_focused()

    found = newest(bed)
    assert found is not None
    assert [entry["slug"] for entry in found.message["playlists"]] == ["garden"]
    now = timezone.now()
    Assignment.objects.filter(pk=found.pk).update(sent_at=now, applied_at=now, held=1, needed=1)
    changed([bed.pk])
    expect(window.page.locator("#way")).to_contain_text("all 1 tracks")


def test_a_half_filled_form_is_left_alone_when_its_bed_changes(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open()
    window.open(f"/bed/{bed.pk}/assign/")
    window.page.locator("input[value=sleep]").check()
    with window.page.expect_response("**/pulse*"):
        say_that_it_plays(device, playlists[0])
    expect(window.page.locator("#stay")).to_contain_text("Box last connected")
    expect(window.page.locator("input[value=sleep]")).to_be_checked()


def test_everything_can_be_done_with_the_keyboard_alone(nurse: User, window: Window, bed: Bed, device: Device) -> None:
    alive(device)
    User.objects.filter(pk=nurse.pk).update(password=make_password(PASSWORD))
    window.page.context.clear_cookies()
    keyboard = window.page.keyboard
    window.open()
    for word in ("km", PASSWORD):
        keyboard.type(word)
        keyboard.press("Tab")
    keyboard.press("Enter")
    expect(window.page.get_by_role("heading", name="Ward 4 North")).to_be_visible()
    walk_to(window.page, f"open-{bed.pk}")
    outline = "getComputedStyle(document.activeElement, '::after').outlineWidth"
    assert window.page.evaluate(outline) == "3px"  # the ring goes around the whole tile
    keyboard.press("Enter")
    expect(window.page.get_by_role("heading", name="Bed 1 A", exact=True)).to_be_visible()
    walk_to_text(window.page, "Assign music")
    keyboard.press("Enter")
    expect(window.page.get_by_role("heading", name="Add playlists")).to_be_visible()
    walk_to_value(window.page, "calm")
    keyboard.press("Space")
    walk_to_text(window.page, "Assign to bed 1 A")
    keyboard.press("Enter")
    expect(window.page.locator("#way")).to_be_visible()
    assert newest(bed) is not None


@pytest.mark.parametrize("width", [320, 390, 599, 600, 959, 960, 1359, 1360, 1920])
def test_nothing_scrolls_sideways_and_every_target_is_large_enough(
    width: int, window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    say_that_it_plays(device, playlists[0])
    window.open()
    window.page.set_viewport_size({"width": width, "height": 900})
    for path, heading in (("/", "Ward 4 North"), (f"/bed/{bed.pk}/", "Bed 1 A"), (f"/bed/{bed.pk}/assign/", "Bed 1 A")):
        window.open(path)
        expect(window.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width
        assert small_targets(window.page) == []


def walk_to(page: Page, element_id: str) -> None:
    """Tab until it has the focus."""
    _walk(page, f"document.activeElement.id === '{element_id}'")


def walk_to_value(page: Page, value: str) -> None:
    _walk(page, f"document.activeElement.value === '{value}'")


def walk_to_text(page: Page, text: str) -> None:
    _walk(page, f"document.activeElement.textContent === '{text}'")


def _walk(page: Page, there: str) -> None:
    for _ in range(40):
        if page.evaluate(there):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no Tab leads to where {there}")
