"""The beds of one's shift and the search by a bed's label, as someone sees them without a script."""

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
from ward.audit.models import AuditRow
from ward.beds.models import Bed, MyBed, Role, Room, Ward
from ward.purging.plan import steps

BOARD = "/w/4-north/"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(nurse: User) -> Client:
    return logged_in(nurse)


def choose(browser: Client, *beds: Bed) -> str:
    """Ticks these beds and saves; the address that it leads to."""
    answered = browser.post(reverse("my_beds", args=["4-north"]), {"bed": [str(bed.pk) for bed in beds]})
    return str(answered.headers["Location"])


def marked(browser: Client, mark: str, **asked: str) -> list[int]:
    """The beds whose tiles carry this class."""
    page = browser.get(BOARD, asked).content.decode()
    found = re.findall(r'<article class="tile ([^"]*)" id="bed-(\d+)"', page)
    return [int(key) for classes, key in found if mark in classes.split()]


def test_what_is_ticked_is_filtered_on_the_board(browser: Client, bed: Bed, other_bed: Bed) -> None:
    assert choose(browser, other_bed) == f"{BOARD}?show=mine"
    assert marked(browser, "mine", show="mine") == [other_bed.pk]
    page = browser.get(BOARD, {"show": "mine"}).content.decode()
    assert 'data-show="mine"' in page
    assert re.search(r"My beds.*?<b>1</b>", page)


def test_a_second_choice_replaces_the_first_and_none_ends_it(browser: Client, bed: Bed, other_bed: Bed) -> None:
    choose(browser, bed, other_bed)
    choose(browser, bed)
    assert marked(browser, "mine") == [bed.pk]
    assert choose(browser) == BOARD
    assert marked(browser, "mine") == []


def test_a_choice_ends_after_thirteen_hours_and_is_purged(browser: Client, bed: Bed) -> None:
    choose(browser, bed)
    with time_machine.travel(NOW + timedelta(hours=13), tick=False):
        assert marked(logged_in(User.objects.get(username="km")), "mine") == []
        ended = {step.what: step.count() for step in steps(NOW + timedelta(hours=13), 0)}
    assert ended["beds chosen for a shift"] == 1


def test_nobody_sees_the_beds_of_another(browser: Client, bed: Bed, ward: Ward) -> None:
    choose(browser, bed)
    assert marked(logged_in(person(ward, Role.NURSE, "other")), "mine") == []


def test_beds_of_another_ward_are_left_out_and_so_is_nonsense(browser: Client, bed: Bed) -> None:
    elsewhere = Ward.objects.create(name="Hospice", slug="hospice")
    strange = Bed.objects.create(room=Room.objects.create(ward=elsewhere, number="1", position=1))
    browser.post(reverse("my_beds", args=["4-north"]), {"bed": [str(strange.pk), "x", "9" * 40, str(bed.pk)]})
    assert list(MyBed.objects.values_list("bed", flat=True)) == [bed.pk]


def test_a_choice_is_in_the_activity_log_by_its_number_alone(browser: Client, bed: Bed, other_bed: Bed) -> None:
    choose(browser, bed, other_bed)
    row = AuditRow.objects.get(verb="chose_beds")
    assert "2" in str(row.after)


def test_without_a_choice_one_sentence_says_so_and_leads_to_it(browser: Client, bed: Bed) -> None:
    page = browser.get(BOARD, {"show": "mine"}).content.decode()
    assert re.search(r'data-none="mine">', page)
    assert reverse("my_beds", args=["4-north"]) in page


def test_an_auditor_has_no_beds_of_their_own(ward: Ward, bed: Bed) -> None:
    auditor = logged_in(person(ward, Role.AUDITOR))
    assert b"My beds" not in auditor.get(BOARD).content
    assert auditor.get(reverse("my_beds", args=["4-north"])).status_code == 403


@pytest.mark.parametrize("sought", ["6 B", "6b", "6B", " 6  b "])
def test_a_bed_is_found_as_its_label_is_shown(browser: Client, ward: Ward, sought: str) -> None:
    room = Room.objects.create(ward=ward, number="6", position=6)
    first, second = (Bed.objects.create(room=room, letter=letter) for letter in "AB")
    assert marked(browser, "aside", room=sought) == [first.pk]
    assert marked(browser, "aside", room="6") == []
    assert marked(browser, "aside", room="6c") == [first.pk, second.pk]
