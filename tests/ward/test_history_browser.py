"""The history in a real Chromium: copying with one tap, discharge in two, widths, large text, the keyboard."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from tests.ward.people import heard
from tests.ward.window import Window, alive, say_that_it_plays, small_targets
from ward.assignments.assigning import assign, newest
from ward.assignments.models import Assignment
from ward.beds.changes import changed
from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.notes.models import Note

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> Bed:
    """A bed with a stay, a session and two notes."""

    now = timezone.now()
    assign(bed, playlists, nurse, now - timedelta(days=6))
    Assignment.objects.update(applied_at=now)
    heard(device, bed, playlists[0], bed.stay, now)
    for text in ("Likes it low.", "Door closed first."):
        Note.objects.create(bed=bed, stay=str(bed.stay), text=text, written_by=nurse, written_at=now)
    return bed


def test_the_text_for_the_chart_is_copied_with_one_tap(window: Window, stay: Bed, device: Device) -> None:
    alive(device)
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.open(f"/bed/{stay.pk}/history/")
    window.page.get_by_role("button", name="Copy").click()
    expect(window.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = window.page.evaluate("navigator.clipboard.readText()")
    assert copied == window.page.locator("#chart-text").text_content()
    assert copied.endswith("stopped at the bed. Nightingale, not a medical device.")


def test_where_the_clipboard_is_not_allowed_the_text_is_selected(window: Window, stay: Bed, device: Device) -> None:
    alive(device)
    window.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")  # as without TLS
    window.open(f"/bed/{stay.pk}/history/")
    window.page.get_by_role("button", name="Copy").click()
    expect(window.page.get_by_role("button", name="Selected: copy it now")).to_be_visible()
    selected = window.page.evaluate("getSelection().toString()")
    assert selected == window.page.locator("#chart-text").text_content()


def test_discharge_is_two_presses_and_the_boxs_confirmation_reaches_the_page(
    window: Window, stay: Bed, device: Device
) -> None:
    alive(device)
    window.open(f"/bed/{stay.pk}/history/")
    window.page.get_by_text("Discharge bed 1 A", exact=True).click()
    window.page.get_by_role("button", name="Yes, discharge bed 1 A").click()
    expect(window.page.locator("#end")).to_contain_text("Waiting for the box to confirm since")

    last = newest(stay)
    assert last is not None
    Assignment.objects.filter(pk=last.pk).update(applied_at=timezone.now())
    changed([stay.pk])
    expect(window.page.locator("#end")).to_contain_text("Box cleared:")
    expect(window.page.locator("#said")).to_have_text(re.compile(r"^Bed 1 A: Box cleared: \d\d:\d\d\.$"))


def test_a_note_is_written_with_the_keyboard_and_survives_what_the_box_tells_meanwhile(
    window: Window, stay: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    window.open(f"/bed/{stay.pk}/history/")
    window.page.locator(".write summary").press("Enter")
    window.page.get_by_label("Note for the next shift", exact=True).last.fill("Asks for harps.")

    heard(device, stay, playlists[1], stay.stay, timezone.now())
    changed([stay.pk])
    expect(window.page.locator("#played")).to_contain_text("Garden", timeout=30_000)  # by polling at the latest
    expect(window.page.locator("#note-text")).to_have_value("Asks for harps.")
    window.page.get_by_role("button", name="Save note").press("Enter")
    expect(window.page.locator("#note .note").first).to_have_text("Asks for harps.")


@pytest.mark.parametrize("width", [320, 390, 599, 760, 820, 1100, 1440])
def test_nothing_scrolls_sideways_and_every_target_is_large_enough(
    width: int, window: Window, stay: Bed, device: Device
) -> None:
    alive(device)
    window.page.set_viewport_size({"width": width, "height": 900})
    for query in ("", "?as=table&days=stay&text=stay"):
        window.open(f"/bed/{stay.pk}/history/{query}")
        expect(window.page.get_by_role("heading", name="Text for patient record")).to_be_visible()
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width
        assert small_targets(window.page) == []


def test_text_of_twice_the_size_loses_nothing(window: Window, stay: Bed, device: Device) -> None:
    alive(device)
    window.page.set_viewport_size({"width": 640, "height": 900})
    window.open(f"/bed/{stay.pk}/history/")
    window.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 640


def test_on_paper_the_tables_are_there(window: Window, stay: Bed, device: Device) -> None:
    alive(device)
    window.open(f"/bed/{stay.pk}/history/")
    table = window.page.locator(".sessions-told")
    screen = table.bounding_box()
    window.page.emulate_media(media="print")
    paper = table.bounding_box()
    assert screen is not None
    assert paper is not None
    assert screen["height"] <= 1
    assert paper["height"] > 40


def test_a_picture_on_the_history_is_as_large_as_what_it_tells(
    window: Window, stay: Bed, device: Device, playlists: list[Playlist]
) -> None:
    """The page's styles reached into them: hours of sleep music that nobody heard, and a level without bars."""
    Playlist.objects.filter(pk=playlists[1].pk).update(purpose="sleep")
    heard(device, stay, playlists[1], stay.stay, timezone.now() - timedelta(hours=2))
    say_that_it_plays(device, playlists[0])
    window.open(f"/bed/{stay.pk}/history/")
    bars = window.page.locator("#now .level .now")
    assert bars.count() > 0
    expect(bars.first).to_be_visible()
    wedge, day = window.page.locator(".plot .wedge polygon"), window.page.locator(".plot svg.day")
    drawn, whole = wedge.first.bounding_box(), day.last.bounding_box()
    assert drawn is not None
    assert whole is not None
    assert drawn["width"] < whole["width"] * 12 / (24 * 60) + 8, "twelve minutes of a day, and its stroke's corners"


def test_the_word_now_stands_clear_of_music_that_has_just_ended(
    window: Window, stay: Bed, device: Device, playlists: list[Playlist]
) -> None:
    now = timezone.now()
    heard(device, stay, playlists[1], stay.stay, now + timedelta(minutes=47))  # it ended a minute ago
    alive(device)
    window.open(f"/bed/{stay.pk}/history/")
    word, row = window.page.locator(".now-word").bounding_box(), window.page.locator(".today svg.day").bounding_box()
    legend = window.page.locator(".played .legend").bounding_box()
    assert word is not None
    assert row is not None
    assert legend is not None
    assert row["y"] + row["height"] <= word["y"] + 3, "it stands under the row"
    assert word["y"] + word["height"] <= legend["y"]


@pytest.mark.parametrize("opens", ["Discharge bed 1 A", "Move from bed 1 A", "Write a note"])
def test_what_a_press_opens_stands_on_the_screen_with_its_button(
    opens: str, window: Window, stay: Bed, device: Device
) -> None:
    Bed.objects.create(room=stay.room, letter="Z")
    alive(device)
    window.page.set_viewport_size({"width": 1440, "height": 900})
    window.open(f"/bed/{stay.pk}/history/")
    summary = window.page.locator("summary", has_text=opens)
    summary.evaluate("one => one.scrollIntoView({ block: 'end' })")
    summary.press("Enter")
    expect(summary.locator("xpath=..").locator("form button").last).to_be_in_viewport(ratio=1)
