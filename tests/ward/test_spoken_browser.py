"""What a screen reader is told after assigning, undoing, discharging and a mistake: kept as text that a person reads.

`SPOKEN=write` writes the texts again; read what changed before it is kept."""

import os
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.ward.people import session_of
from tests.ward.spoken import LIVE, Spoken
from tests.ward.window import Window, alive, falls_silent, say_that_it_plays, without_complaint
from ward.beds.models import Bed
from ward.fleet.models import Command, Device
from ward.music.models import Playlist

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT = Path(__file__).parent / "spoken"


def holds(spoken: Spoken, name: str) -> None:
    """What was said is what stands in the file; times of day differ each time."""
    told = re.sub(r"\b\d\d:\d\d(:\d\d)?\b", "HH:MM", "\n".join(spoken.lines)).strip() + "\n"
    place = KEPT / f"{name}.txt"
    if os.environ.get("SPOKEN") == "write":
        place.parent.mkdir(exist_ok=True)
        place.write_text(told)
    assert told == place.read_text()


def test_assigning_and_undoing_by_keyboard(window: Window, bed: Bed, device: Device, playlists: list[Playlist]) -> None:
    say_that_it_plays(device, playlists[0])
    page, spoken = window.page, Spoken(window.page)
    window.open(reverse("assign", args=[bed.pk]))
    page.locator(".offer-card", has_text="Garden").get_by_role("checkbox").check()
    spoken.does("Assign to bed 1 A")
    with page.expect_navigation():
        page.get_by_role("button", name="Assign to bed 1 A").press("Enter")
    spoken.loaded()
    spoken.press("Tab")
    spoken.does("Enter")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    spoken.loaded()
    spoken.press("Tab")
    holds(spoken, "assign_and_undo")


def test_discharging_by_keyboard(window: Window, bed: Bed, device: Device, playlists: list[Playlist]) -> None:
    alive(device)
    page, spoken = window.page, Spoken(window.page)
    window.open(reverse("assign", args=[bed.pk]))
    page.locator(".offer-card", has_text="Garden").get_by_role("checkbox").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Assign to bed 1 A").press("Enter")
    window.open(reverse("history", args=[bed.pk]))
    page.locator(".end-sure summary").press("Enter")
    spoken.does("Yes, discharge bed 1 A")
    with page.expect_navigation():
        page.get_by_role("button", name="Yes, discharge bed 1 A").press("Enter")
    spoken.loaded()
    spoken.press("Tab")
    holds(spoken, "discharge")


def test_stopping_a_bed_on_the_board_while_another_bed_changes(
    window: Window, bed: Bed, other_bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    """What others do is not read out, unless someone asks for it."""
    other = Device.objects.create(id="00000000-0000-4000-8000-000000000002", number="0402", bed=other_bed)
    say_that_it_plays(device, playlists[0])
    page, spoken = window.page, Spoken(window.page)
    window.open()
    page.evaluate(LIVE)
    say_that_it_plays(other, playlists[1])
    expect(page.locator(f"#bed-{other_bed.pk}")).to_contain_text("Garden")
    spoken.does("Stop bed 1 A")
    page.get_by_role("button", name="Stop bed 1 A").press("Enter")
    expect(page.get_by_role("button", name="Stopping bed 1 A")).to_be_focused()
    spoken.focused()
    Command.objects.update(answered_at=timezone.now(), done=True)
    falls_silent(bed)
    expect(page.locator("#said")).to_contain_text("Bed 1 A")
    spoken.does("(its box confirms)")
    spoken.focused()
    spoken.told()
    holds(spoken, "stop")


def test_a_mistake_in_the_settings(
    browser: Browser, server: str, nurse: User, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    alive(device)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session_of(nurse), "url": server}])
    with without_complaint(context, but="422") as page:
        _mistaken(page, Spoken(page), f"{server}{reverse('assign', args=[bed.pk])}")


def _mistaken(page: Page, spoken: Spoken, address: str) -> None:
    page.goto(address)
    page.locator(".offer-card", has_text="Garden").get_by_role("checkbox").check()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.get_by_label("During the day").fill("200")
    spoken.does("Assign to bed 1 A, with 200 dB")
    with page.expect_navigation():
        page.get_by_role("button", name="Assign to bed 1 A").press("Enter")
    spoken.loaded()
    spoken.press("Tab")
    spoken.press("Enter")
    holds(spoken, "mistake")
