"""Pages of large wards: as many queries for three hundred rows as for three, and tiles that are drawn once for all."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.ward.large import add_beds, add_people, session_of
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Access, Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.usage.models import Session

FEW, MANY = 3, 300
QUERIES_MOST = 34


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def boss(ward: Ward) -> Client:
    """An administrator: every list page is theirs."""
    return logged_in(person(ward, Role.ADMINISTRATOR, "ao"))


def queries(browser: Client, address: str) -> int:
    """How often a page asks the database."""
    browser.get(address)  # what a session writes once in twenty seconds is written
    with CaptureQueriesContext(connection) as counted:
        assert browser.get(address).status_code == 200
    return len(counted)


def grown(browser: Client, address: str, add: Callable[[int], object]) -> list[int]:
    """The queries of a page with few rows, and with many."""
    counted = []
    for more in (FEW, MANY - FEW):
        add(more)
        counted.append(queries(browser, address))
    return counted


@pytest.mark.parametrize("name", ["ward", "board_pulse", "evening", "devices_of", "reports", "therapy"])
def test_a_page_of_beds_asks_as_often_for_three_hundred_as_for_three(
    name: str, boss: Client, ward: Ward, playlists: list[Playlist], nurse: User
) -> None:
    address = reverse(name.replace("devices_of", "ward_devices"), args=[ward.slug])
    address += "?theme=day" if name == "board_pulse" else ""
    few, many = grown(boss, address, lambda count: add_beds(ward, count, playlists, nurse, NOW))
    assert few == many
    assert few <= QUERIES_MOST


@pytest.mark.parametrize("name", ["bed", "history"])
def test_a_page_of_a_bed_asks_as_often_for_three_hundred_sessions_as_for_three(
    name: str, boss: Client, ward: Ward, playlists: list[Playlist], nurse: User
) -> None:
    bed = add_beds(ward, 1, playlists, nurse, NOW)[0]
    box = Device.objects.get(bed=bed)

    def add(count: int) -> None:
        Session.objects.bulk_create([session_of(box, bed, NOW) for _one in range(count)])

    few, many = grown(boss, reverse(name, args=[bed.pk]), add)
    assert few == many
    assert few <= QUERIES_MOST


def test_the_audit_asks_as_often_for_three_hundred_rows_as_for_three(boss: Client, bed: Bed, nurse: User) -> None:
    def add(count: int) -> None:
        for _one in range(count):
            record(AuditVerb.WROTE_NOTE, by=nurse, bed=bed, after={"user": nurse.pk}, now=NOW)

    few, many = grown(boss, reverse("audit", args=["4-north"]), add)
    assert few == many
    assert few <= QUERIES_MOST


def test_the_people_s_page_asks_as_often_for_three_hundred_people_as_for_three(boss: Client, ward: Ward) -> None:
    few, many = grown(boss, reverse("people", args=["4-north"]), lambda count: add_people(ward, count))
    assert few == many
    assert few <= QUERIES_MOST


def test_a_page_asks_as_often_for_somebody_of_twenty_wards_as_of_one(boss: Client, ward: Ward) -> None:
    address, user = reverse("timings", args=["4-north"]), User.objects.get(username="ao")
    one = queries(boss, address)
    for number in range(20):
        other = Ward.objects.create(name=f"Ward {number}", slug=f"w{number}")
        Access.objects.create(user=user, ward=other, role=Role.ADMINISTRATOR)
    assert queries(boss, address) == one


def test_a_tile_that_was_drawn_for_somebody_carries_the_form_token_of_whoever_sees_it(
    ward: Ward, playlists: list[Playlist], nurse: User
) -> None:
    beds = add_beds(ward, 7, playlists, nurse, NOW)
    for user, bed in ((nurse, beds[3]), (person(ward, Role.NURSE, "rt"), beds[6])):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(user)
        page = browser.get(reverse("ward", args=["4-north"])).content.decode()
        stop = reverse("stop", args=[bed.pk])
        form = page.partition(f'action="{stop}"')[2]
        token = form.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        assert browser.post(stop, {"csrfmiddlewaretoken": token}).status_code == 302


def test_a_tile_that_was_drawn_for_a_nurse_offers_an_auditor_no_stop(
    ward: Ward, playlists: list[Playlist], nurse: User
) -> None:
    add_beds(ward, 2, playlists, nurse, NOW)
    address = reverse("ward", args=["4-north"])
    assert b'class="stop"' in logged_in(nurse).get(address).content
    assert b'class="stop"' not in logged_in(person(ward, Role.AUDITOR)).get(address).content


def test_a_room_that_gets_another_number_is_drawn_with_it(ward: Ward, playlists: list[Playlist], nurse: User) -> None:
    bed = add_beds(ward, 1, playlists, nurse, NOW)[0]
    browser, address = logged_in(nurse), reverse("ward", args=["4-north"])
    browser.get(address)
    bed.room.number = "77"
    bed.room.save()
    assert b"77 A: " in browser.get(address).content
