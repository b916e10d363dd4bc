"""Filter, search and stop room in a real Chromium: live, without a page loaded again, and no tile moves."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.ward.people import plays
from tests.ward.window import Window, alive, say_that_it_plays, small_targets
from ward.assignments.assigning import assign, newest, wire
from ward.beds.changes import changed
from ward.beds.models import Bed, Ward
from ward.fleet.models import Command, Device
from ward.music.models import Playlist

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_counts_and_what_a_filter_shows_follow_the_tiles(
    window: Window, bed: Bed, other_bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open("/?show=music")
    tile, page = window.page.locator(f"#bed-{bed.pk}"), window.page
    expect(page.get_by_text("No music reported")).to_be_visible()
    say_that_it_plays(device, playlists[0])
    expect(page.locator("#filter [data-show=music] b")).to_have_text("1")
    expect(page.get_by_text("No music reported")).to_be_hidden()
    expect(tile.get_by_role("button", name="Stop bed 1 A")).to_be_visible()
    expect(page.locator(f"#open-{other_bed.pk}")).to_be_hidden()
    place = tile.bounding_box()
    page.locator("#filter [data-show='']").click()
    expect(page.locator(f"#open-{other_bed.pk}")).to_be_visible()
    assert tile.bounding_box() == place  # it stands where it stood
    expect(page).to_have_url(re.compile(r"/$"))


def test_a_bed_that_was_stopped_keeps_the_focus_though_the_filter_would_hide_it(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    say_that_it_plays(device, playlists[0])
    window.open("/?show=music")
    window.page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    expect(window.page.get_by_role("button", name="Stopping bed 1 A")).to_be_focused()

    now = timezone.now()
    Command.objects.update(answered_at=now, done=True)
    Device.objects.update(playing="silent", now_at=now)
    changed([bed.pk])
    expect(window.page.locator(f"#open-{bed.pk}")).to_be_focused()
    expect(window.page.locator("#filter [data-show=music] b")).to_have_text("0")


def test_a_room_is_found_while_its_number_is_typed_and_stands_in_the_address(
    window: Window, bed: Bed, other_bed: Bed, device: Device
) -> None:
    window.open()
    field = window.page.get_by_role("searchbox", name="Bed, for example 6 B")
    field.press_sequentially("2")
    expect(window.page.locator(f"#open-{bed.pk}")).to_be_hidden()
    expect(window.page.locator(f"#open-{other_bed.pk}")).to_be_visible()
    expect(window.page).to_have_url(re.compile(r"\?room=2$"))
    field.press_sequentially("9")
    expect(window.page.get_by_text("No bed found")).to_be_visible()
    field.press("Enter")
    window.page.reload()
    expect(window.page.get_by_text("No bed found")).to_be_visible()


def test_a_slash_leads_to_the_search_and_a_bed_is_found_by_its_label(
    window: Window, bed: Bed, other_bed: Bed, device: Device
) -> None:
    beside = Bed.objects.create(room=bed.room, letter="B")
    window.open()
    window.page.keyboard.press("/")
    field = window.page.get_by_role("searchbox", name="Bed, for example 6 B")
    expect(field).to_be_focused()
    field.press_sequentially("1b")
    expect(window.page.locator(f"#open-{beside.pk}")).to_be_visible()
    expect(window.page.locator(f"#open-{bed.pk}")).to_be_hidden()


def test_my_beds_are_ticked_and_shown_alone(window: Window, bed: Bed, other_bed: Bed, device: Device) -> None:
    window.open("/w/4-north/?show=mine")
    window.page.get_by_role("link", name="Choose my beds").click()
    window.page.get_by_role("checkbox", name="2").check()
    window.page.get_by_role("button", name="Save my beds").click()
    expect(window.page.locator(f"#open-{other_bed.pk}")).to_be_visible()
    expect(window.page.locator(f"#open-{bed.pk}")).to_be_hidden()
    expect(window.page.locator("#filter [data-show=mine] b")).to_have_text("1")


def test_the_wall_follows_the_boxes_and_stands_elsewhere_after_a_while(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open("/w/4-north/wall/")
    expect(window.page.locator(f"#bed-{bed.pk}")).not_to_contain_text("Playing")
    say_that_it_plays(device, playlists[0])
    expect(window.page.locator(f"#bed-{bed.pk}")).to_contain_text("Playing")
    moves = "getComputedStyle(document.getElementById('wall')).animationName"
    assert window.page.evaluate(moves) == "wall-drift"
    assert window.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_a_room_that_begins_to_play_may_be_stopped_in_one_tap(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    beside = Bed.objects.create(room=bed.room, letter="B")
    box = Device.objects.create(id="00000000-0000-4000-8000-000000000002", number="0402", bed=beside)
    alive(device)
    window.open()
    stop = window.page.get_by_role("button", name="Stop room 1")
    expect(stop).to_be_hidden()
    say_that_it_plays(device, playlists[0])
    expect(stop).to_be_visible()
    plays(box, playlists[1], timezone.now())
    stop.click()
    expect(window.page.locator("#message")).to_be_focused()
    expect(window.page.locator("#message")).to_contain_text("Stopping room 1")
    assert list(Command.objects.values_list("verb", flat=True)) == ["silence", "silence"]


def test_playlists_are_found_while_typing_and_a_tick_is_never_hidden(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    for number in range(9):
        made = Playlist.objects.create(
            slug=f"set-{number}", title=f"Tide {number}", label="Tide", purpose="sleep" if number % 2 else "comfort"
        )
        made.places.create(track_id=playlists[0].places.get().track_id, place=1)
    alive(device)
    window.open(f"/bed/{bed.pk}/assign/")
    page = window.page
    page.get_by_role("searchbox", name="Search playlists").press_sequentially("tide 8")
    row = page.locator("#others .offer:visible")
    expect(row).to_have_count(1)
    row.click()
    page.get_by_role("button", name="Sleep", exact=True).click()
    expect(row).to_have_count(1)  # it is ticked
    page.get_by_role("searchbox", name="Search playlists").fill("")
    expect(row).not_to_have_count(1)
    expect(page.locator("#count")).to_have_text("1")


def test_rules_are_changed_and_a_vigil_asks_once_more(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open(f"/bed/{bed.pk}/assign/")
    page = window.page
    page.locator(".offer-card", has_text="Garden").click()
    page.locator("#part-volume summary").click()
    page.get_by_label("During the day").fill("50")
    page.locator("#part-more summary").click()
    expect(page.get_by_label("Yes, use continuous music for this bed")).to_be_hidden()
    page.get_by_label("Continuous music", exact=True).check()
    page.get_by_label("Yes, use continuous music for this bed").check()
    page.get_by_role("button", name="Assign to bed 1 A").click()
    expect(page.locator("#way")).to_be_visible()

    found = newest(bed)
    assert found is not None
    assert (wire(found).rules.cap_day_dba, wire(found).rules.vigil) == (50.0, True)


@pytest.mark.parametrize("width", [320, 390, 820, 1440])
def test_rules_evening_music_and_narrowed_boards_fit_every_width(
    width: int, window: Window, ward: Ward, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    Playlist.objects.filter(slug="sleep").update(purpose="sleep")
    assign(Bed.objects.get(pk=bed.pk), playlists[:1], None, timezone.now())
    say_that_it_plays(device, playlists[0])
    window.page.set_viewport_size({"width": width, "height": 900})
    for path in ("/?show=music", f"/bed/{bed.pk}/", f"/bed/{bed.pk}/assign/", "/w/4-north/evening/"):
        window.open(path)
        window.page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width
        assert small_targets(window.page) == []


def test_enter_in_the_search_opens_the_only_bed_found(window: Window, bed: Bed, other_bed: Bed, device: Device) -> None:
    alive(device)
    window.open()
    field = window.page.locator("#rooms [name=room]")
    field.fill("1 A")
    field.press("Enter")
    expect(window.page).to_have_url(re.compile(rf"/bed/{bed.pk}/$"))
