"""A form outlives its session, in a real Chromium: typed, sent too late, offered after the log-in, stored once."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.ward.people import person
from tests.ward.window import NEWS, small_targets, without_complaint
from ward.assignments.assigning import assign
from ward.beds.models import Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.notes.models import Note
from ward.people.models import KeptForm

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORD, NOTE = "lamps on the quay", "Breathes easier with the door open."


@pytest.fixture
def stay(ward: Ward, bed: Bed, device: Device, playlists: list[Playlist]) -> Bed:
    """A bed with a stay, and two people who may write there."""
    person(ward, Role.THERAPIST, "rt", WORD)
    assign(bed, playlists, person(ward, Role.NURSE, "km", WORD), timezone.now())
    return bed


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, stay: Bed, server: str, browser: Browser) -> Iterator[Page]:
    """A phone's window that KM is logged in at."""
    phone = {"width": 390, "height": 844}
    context = browser.new_context(viewport=phone, java_script_enabled=request.param, base_url=server)
    with without_complaint(context, "status of 403") as page:
        page.goto(reverse("login"))
        log_in(page, "km")
        yield page


def log_in(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(WORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def send_too_late(page: Page, stay: Bed) -> None:
    """Types a note and sends it when the session is over."""
    page.goto(reverse("history", args=[stay.pk]))
    page.locator("summary", has_text="Write a note").click()
    page.get_by_role("textbox", name="Note for the next shift").fill(NOTE)
    Session.objects.all().delete()
    page.get_by_role("button", name="Save note").click()
    page.wait_for_url("**/login/**")


def test_a_note_is_offered_after_the_log_in_and_stored_once(page: Page, stay: Bed) -> None:
    send_too_late(page, stay)
    expect(page.get_by_role("status").first).to_contain_text("Your entry is saved but not sent.")
    assert NOTE not in page.content() + page.url
    log_in(page, "km")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your entry is saved")
    expect(page.get_by_text(NOTE)).to_be_visible()
    assert small_targets(page) == []
    assert not Note.objects.exists()
    page.get_by_role("button", name="Send now").click()
    page.wait_for_url("**/history/**")
    expect(page.locator(".note")).to_have_text(NOTE)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("No saved entry")
    assert [note.text for note in Note.objects.all()] == [NOTE]
    assert not KeptForm.objects.exists()


def test_another_person_who_logs_in_there_sees_nothing_of_it(page: Page, stay: Bed) -> None:
    send_too_late(page, stay)
    log_in(page, "rt")
    expect(page.get_by_role("heading", level=1)).to_have_text("No saved entry")
    assert NOTE not in page.content()
    typed = page.locator("#note-text")
    while not typed.count():
        page.go_back()
        assert NOTE not in page.content()
    assert typed.input_value() == "", "a browser must not fill in again what was typed"
    page.goto(reverse("board"))
    expect(page.get_by_text("Your entry is saved")).to_have_count(0)
    assert not Note.objects.exists()
    assert KeptForm.objects.get().user == User.objects.get(username="km")


def test_a_log_out_and_in_again_in_another_tab_loses_no_word(page: Page, stay: Bed) -> None:
    page.route("**/pulse*", lambda _route: None)  # this page does not find out by itself that its session is over
    page.goto(reverse("history", args=[stay.pk]))
    page.locator("summary", has_text="Write a note").click()
    page.get_by_role("textbox", name="Note for the next shift").fill(NOTE)
    other = page.context.new_page()
    other.goto(reverse("own"))
    other.locator(".who summary").click()
    other.get_by_role("button", name="Sign out", exact=True).click()
    log_in(other, "km")
    other.wait_for_url("**/")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This page has expired")
    assert NOTE not in page.content()
    page.get_by_role("link", name="View entry").click()
    expect(page.get_by_text(NOTE)).to_be_visible()
    page.get_by_role("button", name="Delete entry").click()
    page.wait_for_url(f"**{reverse('history', args=[stay.pk])}")
    assert not Note.objects.exists()
    assert not KeptForm.objects.exists()


@pytest.mark.parametrize("page", [True], indirect=True)
def test_a_page_that_finds_its_session_over_by_itself_loses_no_word(page: Page, stay: Bed) -> None:
    page.goto(reverse("history", args=[stay.pk]))
    page.locator("summary", has_text="Write a note").click()
    page.get_by_role("textbox", name="Note for the next shift").fill(NOTE)
    Session.objects.all().delete()
    page.evaluate(NEWS, "board")
    page.wait_for_url("**/login/**")
    expect(page.get_by_role("status").first).to_contain_text("Your entry is saved but not sent.")
    log_in(page, "km")
    expect(page.get_by_text(NOTE)).to_be_visible()
    assert not Note.objects.exists()


@pytest.mark.parametrize("page", [True], indirect=True)
def test_a_page_on_which_nothing_was_typed_loads_itself_anew_when_its_session_is_over(page: Page, stay: Bed) -> None:
    page.goto(reverse("history", args=[stay.pk]))
    Session.objects.all().delete()
    page.evaluate(NEWS, "board")
    page.wait_for_url("**/login/**")
    assert not KeptForm.objects.exists()
