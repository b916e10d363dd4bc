"""The audit's page in a real Chromium: it fits every width and a reader's own size, and needs no mouse."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.ward.saying import NOW
from tests.ward.window import Window, small_targets
from ward.assignments.assigning import assign
from ward.audit.models import AuditRow
from ward.beds.models import Access, Bed, Role
from ward.music.models import Playlist

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/audit/4-north/"
WIDEST = "document.querySelector('main').scrollWidth"


@pytest.fixture(autouse=True)
def _actions(window: Window, nurse: User, bed: Bed, other_bed: Bed, playlists: list[Playlist]) -> None:
    """Music for two beds; who looks is an auditor."""

    Access.objects.filter(user=nurse).update(role=Role.AUDITOR)
    for one in (bed, other_bed):
        assign(one, playlists, nurse, NOW)


@pytest.mark.parametrize("width", [320, 390, 599, 600, 759, 760, 1099, 1100, 1440, 1920])
def test_nothing_is_cut_off_and_every_target_is_large_enough(window: Window, width: int) -> None:
    window.page.set_viewport_size({"width": width, "height": 900})
    window.open(PAGE)
    for row in window.page.locator(".audit-day summary").all():
        row.click()
    expect(window.page.get_by_text("Calm, Garden, Sleep").first).to_be_visible()
    assert window.page.evaluate(WIDEST) <= width + 1
    assert small_targets(window.page) == []


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_with_letters_twice_as_large_nothing_is_cut_off(window: Window, width: int) -> None:
    window.page.set_viewport_size({"width": width, "height": 900})
    window.open(PAGE)
    window.page.evaluate("document.documentElement.style.fontSize = '200%'")
    window.page.locator(".audit-day summary").first.click()
    assert window.page.evaluate(WIDEST) <= width + 1


def test_a_search_and_a_row_open_with_the_keyboard_alone(window: Window, bed: Bed) -> None:
    window.open(PAGE)
    expect(window.page.locator(".audit-day li")).to_have_count(2)
    window.page.get_by_label("Initials").fill("km")
    window.page.get_by_label("Bed").select_option(label="1 A")
    window.page.get_by_label("Initials").press("Enter")
    expect(window.page.locator(".audit-day li")).to_have_count(1)
    window.page.locator(".audit-day summary").press("Enter")
    expect(window.page.get_by_role("columnheader", name="Before")).to_be_visible()
    expect(window.page.get_by_role("row", name="Playlists")).to_contain_text("Calm, Garden, Sleep")


def test_the_file_is_what_the_search_found(window: Window) -> None:
    window.open(f"{PAGE}?verb=assigned")
    with window.page.expect_download() as saved:
        window.page.get_by_role("button", name="Save as CSV").click()
    assert saved.value.suggested_filename.startswith("audit-4-north-")
    lines = saved.value.path().read_text().splitlines()
    assert [line.split(",")[8] for line in lines[1:3]] == ["assigned", "assigned"]
    assert AuditRow.objects.latest("number").verb == "exported"
