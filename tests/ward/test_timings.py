"""The response times of a ward: what is kept, and what their page says."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.assignments.assigning import assign, discharge
from ward.assignments.models import Assignment, Took
from ward.beds.models import Bed, Role, Ward
from ward.fleet.models import Command, Device
from ward.music.models import Playlist
from ward.timings.timing import LONGEST, Action, opened, took


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def boss(ward: Ward) -> Client:
    return logged_in(person(ward, Role.ADMINISTRATOR))


def rows(browser: Client) -> dict[str, list[str]]:
    """Action and way to number, median, nine of ten, and four weeks."""
    page = browser.get(reverse("timings", args=["4-north"])).content.decode()
    found = {}
    for name, body in re.findall(r"<h2>(.*?)</h2>.*?<tbody>(.*?)</tbody>", page, re.DOTALL):
        for way, cells in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', body, re.DOTALL):
            found[f"{name}: {way}"] = re.findall(r">([^<>]+)<", cells)
    return found


def test_the_time_from_opening_the_page_to_assigning_is_kept_without_a_name_or_a_bed(
    bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    browser = logged_in(nurse)
    page = browser.get(reverse("assign", args=[bed.pk])).content.decode()
    said = re.search(r'name="opened" value="([^"]+)"', page)
    assert said is not None
    with time_machine.travel(NOW + timedelta(seconds=8.4), tick=False):
        browser.post(reverse("assign", args=[bed.pk]), {"version": "0", "playlist": ["calm"], "opened": said[1]})
    found = Took.objects.get()
    assert (found.ward, found.verb, found.seconds) == (bed.room.ward, "assign", 8.4)
    assert {field.name for field in Took._meta.get_fields()} == {"id", "ward", "verb", "seconds", "at"}


def test_the_time_from_the_opened_history_to_the_end_of_the_stay_is_kept(
    bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists, nurse, NOW)
    browser = logged_in(nurse)
    page = browser.get(reverse("history", args=[bed.pk])).content.decode()
    said = dict(re.findall(r'name="(opened|stay)" value="([^"]+)"', page.partition("end-sure")[2]))
    with time_machine.travel(NOW + timedelta(seconds=5), tick=False):
        assert browser.post(reverse("history_discharge", args=[bed.pk]), said).status_code == 302
    found = Took.objects.get()
    assert (found.verb, found.seconds) == ("discharge", 5.0)


def test_nothing_is_kept_of_an_action_that_was_refused(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    logged_in(nurse).post(reverse("assign", args=[bed.pk]), {"version": "0", "opened": opened(NOW)})
    assert not Took.objects.exists()


@pytest.mark.parametrize("said", ["", "1", f"{round(NOW.timestamp() * 1000)}:forged", "x:y:z"])
def test_a_time_that_is_not_the_ward_s_own_is_not_kept(said: str, ward: Ward) -> None:
    took(Action.ASSIGN, ward, said, NOW)
    assert not Took.objects.exists()


def test_a_page_that_stood_open_too_long_or_comes_from_later_is_not_kept(ward: Ward) -> None:
    for shift in (LONGEST + timedelta(seconds=1), timedelta(seconds=-1)):
        took(Action.ASSIGN, ward, opened(NOW), NOW + shift)
    took(Action.ASSIGN, ward, opened(NOW), NOW + LONGEST)
    assert Took.objects.count() == 1


def test_what_is_older_than_a_year_is_forgotten(ward: Ward) -> None:
    for days in (365, 367):
        Took.objects.create(ward=ward, verb="assign", seconds=8.0, at=NOW - timedelta(days=days))
    took(Action.ASSIGN, ward, opened(NOW), NOW)
    assert sorted(Took.objects.values_list("seconds", flat=True)) == [0.0, 8.0]


def test_the_page_tells_number_median_and_nine_of_ten_and_the_median_of_each_week(boss: Client, ward: Ward) -> None:
    for seconds in range(1, 11):
        Took.objects.create(ward=ward, verb="assign", seconds=seconds, at=NOW)
    for seconds in (20, 20, 20, 20, 20):
        Took.objects.create(ward=ward, verb="assign", seconds=seconds, at=NOW - timedelta(days=7))
    Took.objects.create(ward=ward, verb="assign", seconds=99, at=NOW - timedelta(days=40))
    assert rows(boss)["Assign playlists: From opening the page to pressing the button"] == [
        "15",
        "8.0 s",
        "20.0 s",
        "-",
        "-",
        "20.0 s",
        "5.5 s",
    ]


def test_fewer_than_five_are_told_as_a_number_only(boss: Client, ward: Ward) -> None:
    for _ in range(4):
        Took.objects.create(ward=ward, verb="evening", seconds=8.0, at=NOW)
    assert rows(boss)["Evening playlists: From opening the page to pressing the button"] == [
        "4",
        "-",
        "-",
        "-",
        "-",
        "-",
        "-",
    ]


def test_the_ways_to_sent_to_the_box_and_to_sound_are_read_from_the_rows(
    boss: Client, ward: Ward, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    for _ in range(5):
        assign(bed, playlists, nurse, NOW)
        discharge(bed, nurse, NOW)
    Assignment.objects.update(sent_at=NOW + timedelta(seconds=0.2), applied_at=NOW + timedelta(seconds=1.5))
    Assignment.objects.exclude(stay=None).update(played_at=NOW + timedelta(minutes=5))
    answered = {"answered_at": NOW + timedelta(seconds=0.4), "sent_at": NOW + timedelta(seconds=0.1)}
    for number in range(6):
        Command.objects.create(id=str(number), device=device, verb="stop", issued_at=NOW, done=number < 5, **answered)
    Command.objects.create(id="stop-room", device=device, verb="silence", issued_at=NOW, done=True, **answered)
    found = {way: cells[:2] for way, cells in rows(boss).items()}
    assert found == {
        "Assign playlists: From opening the page to pressing the button": ["0", "-"],
        "Assign playlists: Until sent": ["5", "0.2 s"],
        "Assign playlists: Until the box confirms": ["5", "1.5 s"],
        "Assign playlists: Until the first sound at the bed": ["5", "5 min"],
        "Stop: Until sent": ["6", "0.1 s"],
        "Stop: Until the box confirms silence": ["5", "0.4 s"],
        "Discharge: From opening the page to pressing the button": ["0", "-"],
        "Discharge: Until sent": ["5", "0.2 s"],
        "Discharge: Until the box confirms that it is cleared": ["5", "1.5 s"],
        "Evening playlists: From opening the page to pressing the button": ["0", "-"],
    }


def test_only_an_administrator_reads_the_response_times(ward: Ward, nurse: User) -> None:
    address = reverse("timings", args=["4-north"])
    assert logged_in(nurse).get(address).status_code == 403
    assert logged_in(person(ward, Role.FACILITIES)).get(address).status_code == 403
    assert logged_in(User.objects.create_user("stranger")).get(address).status_code == 404
