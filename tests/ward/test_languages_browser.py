"""The pages in German in a real Chromium, as narrow as a phone: its words are long, and none is cut."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.ward.people import heard, plays
from tests.ward.window import Window, in_database
from ward.assignments.giving import give
from ward.assignments.models import Assignment
from ward.beds.models import Access, Bed, Role
from ward.fleet.models import Device
from ward.music.models import MusicSet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CUT = """() => [...document.querySelectorAll('main *, header *')].filter(part => !part.closest('.unseen, .skip, thead')
    && part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1
    && (part.tagName === 'BUTTON' || getComputedStyle(part).overflowX === 'hidden')).map(part => part.textContent)"""


def german(window: Window) -> Page:
    """The window of somebody who chose German."""
    window.page.context.add_cookies([{"name": "language", "value": "de", "url": window.address}])
    return window.page


@pytest.fixture
def lived_in(bed: Bed, device: Device, sets: list[MusicSet], nurse: User, other_bed: Bed) -> Bed:
    """A bed with music, a history and sets on their way, a box that needs somebody, and a nurse of every role."""

    def begin() -> None:
        now = timezone.now()
        for role in set(Role) - {Role.NURSE}:
            Access.objects.create(user=nurse, ward=bed.room.ward, role=role)
        give(bed, sets, nurse, now - timedelta(days=6))
        Assignment.objects.update(sent_at=now)
        heard(device, bed, sets[0], bed.stay, now)
        plays(device, sets[0], now)
        fault: Any = {"controls": {"reason": "PLAY held down: is something lying on it?", "since": now.isoformat()}}
        number = "00000000-0000-4000-8000-000000000007"
        Device.objects.create(id=number, number="0407", bed=other_bed, online=True, heard_at=now, faults=fault)

    in_database(begin)
    return bed


def test_no_page_in_german_scrolls_sideways_on_a_phone_and_no_word_is_cut(window: Window, lived_in: Bed) -> None:
    page = german(window)
    page.set_viewport_size({"width": 390, "height": 844})
    of_ward = (
        "ward",
        "evening",
        "ward_devices",
        "stopwatch",
        "audit",
        "people",
        "reports",
        "therapy",
        "therapy_blocked",
    )
    paths = [reverse(name, args=["4-north"]) for name in of_ward]
    paths += [reverse(name, args=[lived_in.pk]) for name in ("bed", "given", "history", "therapy_bed")]
    paths += [reverse(name) for name in ("own", "mfa_index", "login")]
    for path in paths:
        answer = page.goto(f"{window.address}{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate(CUT) == [], path


def test_the_language_is_chosen_in_the_menu_and_the_page_is_the_same(window: Window, lived_in: Bed) -> None:
    window.open(f"/bed/{lived_in.pk}/")
    window.page.locator(".who summary").click()
    window.page.get_by_role("button", name="Français").click()
    expect(window.page.locator("html")).to_have_attribute("lang", "fr")
    assert window.page.url == f"{window.address}/bed/{lived_in.pk}/"
    expect(window.page.locator("#now")).to_contain_text("reste 18 min")
