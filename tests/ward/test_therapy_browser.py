"""The therapist's pages and the reports in a real Chromium: by day and night, wide and narrow, text twice as large."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page

from tests.ward.people import person, session_of
from tests.ward.window import without_complaint
from ward.assignments.assigning import assign
from ward.assignments.models import Blocked
from ward.beds.models import Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.therapy.models import Preferences
from ward.usage.models import Session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SMALL = """() => [...document.querySelectorAll("main a, main button, main summary, main input:not([type=hidden])")]
    .map(one => [one, (one.closest("label") || one).getBoundingClientRect()])
    .filter(([one, box]) => box.width && (box.width < 43.5 || box.height < 43.5))
    .map(([one]) => one.outerHTML.slice(0, 80))"""
SIDEWAYS = "() => document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def addresses(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> list[str]:
    """Each page, with something of everything on it."""
    now = timezone.now()
    assign(bed, playlists, nurse, now - timedelta(days=5))
    track = playlists[0].tracks.get()
    Blocked.objects.create(ward=bed.room.ward, track=track, by=nurse, at=now)
    told = {"ticks": {"languages": ["fr", "de"]}, "comforts": "Rain on a tin roof, and nobody singing"}
    Preferences.objects.create(bed=bed, stay=bed.stay, written_by=nurse, written_at=now, **told)
    began = now - timedelta(days=8)
    Session.objects.create(
        device=device, bed=bed, stay=bed.stay, session="s", playlist_slug="calm", started_at=began, heard_s=1440
    )
    ward = bed.room.ward.slug
    pages = [reverse(name, args=[ward]) for name in ("therapy", "therapy_blocked", "reports")]
    week = (began - timedelta(days=1)).isocalendar()
    return [*pages, f"{pages[2]}?week={week.year}-W{week.week:02}", f"{reverse('therapy_bed', args=[bed.pk])}?track=g"]


def widen(page: Page, width: int, percent: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(f"() => document.documentElement.style.fontSize = '{percent}%'")
    page.evaluate("() => document.querySelectorAll('main details').forEach(one => one.open = true)")


@pytest.mark.parametrize("theme", ["day", "night"])
def test_every_page_fits_every_width_and_no_target_is_small(
    theme: str, ward: Ward, addresses: list[str], server: str, browser: Browser
) -> None:
    cookies = {"sessionid": session_of(person(ward, Role.THERAPIST, "rt")), "theme": theme}
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": value, "url": server} for name, value in cookies.items()])
    with without_complaint(context) as page:
        for address in addresses:
            page.goto(f"{server}{address}")
            assert page.locator("html").get_attribute("data-theme") == theme
            for width, percent in ((1440, 100), (820, 100), (390, 100), (320, 100), (820, 200), (320, 200)):
                widen(page, width, percent)
                assert not page.evaluate(SIDEWAYS), (address, width, percent)
                assert page.evaluate(SMALL) == [], (address, width, percent)
