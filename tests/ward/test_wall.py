"""The board on a wall: what a visitor may read there, who may show it, and its colours."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.ward.people import logged_in, person, plays
from tests.ward.saying import NOW
from ward.assignments.assigning import assign
from ward.beds.models import Bed, Role, Room, Ward
from ward.board.wall import columns
from ward.fleet.models import Device
from ward.music.models import Playlist

PART = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> Bed:
    assign(bed, playlists, nurse, NOW)
    plays(device, playlists[0])
    return bed


def wall(browser: Client) -> str:
    answered = browser.get(reverse("wall", args=["4-north"]))
    assert answered.status_code == 200
    return answered.content.decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<body") :]).split())


def desk_browser(boss: User) -> Client:
    """A shared computer of the ward where nobody is signed in."""
    browser = logged_in(boss)
    browser.post(reverse("desk_register", args=["4-north"]), {"name": "Wall"})
    browser.post(reverse("logout"))
    return browser


def test_the_address_of_the_board_leads_to_it(nurse: User, ward: Ward) -> None:
    answered = logged_in(nurse).get("/w/4-north/?wall")
    assert answered.headers["Location"] == "/w/4-north/wall/"


def test_it_shows_the_bed_the_minutes_and_a_word(nurse: User, stay: Bed) -> None:
    assert "Ward 4 North 1 with music 14:02 1 A 18 min Playing" in words(wall(logged_in(nurse)))


def test_it_names_no_playlist_no_person_and_nothing_to_press(nurse: User, stay: Bed, playlists: list[Playlist]) -> None:
    page = wall(logged_in(nurse))
    body = page[page.index("<body") :]
    assert not re.search(r"<(a|button|form|input|select|details)\b", body)
    assert playlists[0].title not in body
    assert not re.search(r"\bKM\b|nurse|0401", words(page))
    assert not re.search(r"style=|<script(?! src)|\son\w+=", page)


def test_continuous_music_reads_playing_without_minutes(nurse: User, stay: Bed, device: Device) -> None:
    Device.objects.filter(pk=device.pk).update(left_s=0.0, length_s=0.0)
    page = wall(logged_in(nurse))
    assert "1 A Playing" in words(page)
    assert "Continuous" not in page
    assert "vigil" not in page
    assert 'class="arc"' not in page


def test_a_box_to_check_an_offline_box_and_an_empty_bed_are_counted(
    nurse: User, bed: Bed, other_bed: Bed, device: Device, ward: Ward, playlists: list[Playlist]
) -> None:
    assign(bed, playlists, nurse, NOW)
    fault = {"sound": {"reason": "the card is gone", "since": NOW.isoformat()}}
    Device.objects.filter(pk=device.pk).update(faults=fault)
    told = NOW - timedelta(minutes=12)
    Device.objects.create(id=uuid.uuid4(), number="9", bed=other_bed, contact_at=told)
    Bed.objects.create(room=Room.objects.create(ward=ward, number="3", position=3))
    page = words(wall(logged_in(nurse)))
    assert "0 with music 1 to check 1 offline 1 empty" in page
    assert "1 A Check box" in page
    assert "2 13:50 Offline" in page
    assert "3 Empty bed" in page


def test_without_a_connection_to_the_boxes_it_says_so(nurse: User, stay: Bed, other_bed: Bed) -> None:
    Device.objects.create(id=uuid.uuid4(), number="9", bed=other_bed)
    Device.objects.update(online=False, contact_at=NOW - timedelta(minutes=5), now_at=NOW - timedelta(minutes=5))
    page = wall(logged_in(nurse))
    assert "No connection to the boxes since 13:57." in words(page)
    assert "pale" in page


def test_its_colours_follow_the_clock_and_no_button(nurse: User, stay: Bed) -> None:
    browser = logged_in(nurse)
    browser.cookies["theme"] = "day"
    with time_machine.travel(NOW.replace(hour=22), tick=False):
        browser = logged_in(nurse)
        browser.cookies["theme"] = "day"
        assert 'data-theme="night"' in wall(browser)
        part = browser.get(reverse("wall_pulse", args=["4-north"]), {"theme": "day"}, headers=PART)
        assert part.headers["HX-Refresh"] == "true"


def test_a_part_is_the_wall_alone(nurse: User, stay: Bed) -> None:
    part = logged_in(nurse).get(reverse("wall_pulse", args=["4-north"]), {"theme": "day"}, headers=PART)
    assert part.content.decode().startswith('<div class="wall')


def test_a_shared_computer_of_the_ward_shows_it_without_a_sign_in(ward: Ward, stay: Bed) -> None:
    browser = desk_browser(person(ward, Role.ADMINISTRATOR, "ao"))
    assert "18 min Playing" in words(wall(browser))
    assert browser.get("/w/4-north/").status_code == 302
    assert "data-live" not in wall(browser)


def test_a_shared_computer_of_another_ward_does_not(ward: Ward, stay: Bed) -> None:
    browser = desk_browser(person(ward, Role.ADMINISTRATOR, "ao"))
    Ward.objects.create(name="Hospice", slug="hospice")
    assert browser.get(reverse("wall", args=["hospice"])).status_code == 302


def test_it_goes_on_while_the_shared_computer_is_locked(ward: Ward, stay: Bed) -> None:
    boss = person(ward, Role.ADMINISTRATOR, "ao")
    browser = desk_browser(boss)
    browser.force_login(boss)
    browser.get("/w/4-north/")
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        Device.objects.update(contact_at=NOW + timedelta(hours=2), now_at=NOW + timedelta(hours=2))
        assert browser.get("/w/4-north/").headers["Location"].startswith(reverse("desk"))
        assert "Playing" in words(wall(browser))


def test_looking_at_the_wall_keeps_no_session_open(nurse: User, stay: Bed) -> None:
    browser = logged_in(nurse)
    browser.get("/w/4-north/")
    for minutes in (10, 20, 29, 31):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            answered = browser.get(reverse("wall_pulse", args=["4-north"]), {"theme": "day"}, headers=PART)
    assert answered.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(("beds", "across"), [(1, 6), (24, 6), (25, 8), (40, 8), (60, 10), (84, 12), (200, 14)])
def test_a_larger_ward_has_more_tiles_in_a_row(beds: int, across: int) -> None:
    assert columns([None] * beds) == across  # type: ignore[list-item]


def test_a_shared_computer_shows_the_wall_for_weeks_after_the_last_session_ended(
    ward: Ward, stay: Bed, nurse: User
) -> None:
    browser = desk_browser(person(ward, Role.ADMINISTRATOR, "ao"))
    for later in (timedelta(minutes=31), timedelta(hours=13), timedelta(weeks=8)):
        with time_machine.travel(NOW + later, tick=False):
            assert browser.get(reverse("wall", args=["4-north"]), headers=PART).status_code == 200
            assert browser.get(reverse("ward", args=["4-north"])).status_code == 302, "and nothing else"


def test_in_any_other_browser_the_wall_ends_with_the_session(stay: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    assert browser.get(reverse("wall", args=["4-north"])).status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=31), tick=False):
        assert browser.get(reverse("wall", args=["4-north"])).headers["Location"].startswith(reverse("login"))


def test_a_bed_with_a_patient_and_no_box_is_not_empty(nurse: User, stay: Bed, device: Device) -> None:
    Device.objects.filter(pk=device.pk).update(bed=None)
    page = words(wall(logged_in(nurse)))
    assert "1 no music" in page
    assert "1 empty" not in page
