"""What helped: answers before and after music by playlist and time of day, and what is hidden on a ward's page."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.assignments.assigning import assign, discharge
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.helped.parts import DayPart, part_at, parts_of
from ward.music.models import Playlist
from ward.plots.days import Hours
from ward.usage.models import Answer, BoxLog, Session

MORNING, AFTERNOON, EVENING, NIGHT = (NOW.replace(hour=hour, minute=0) for hour in (9, 13, 18, 23))
LAST_WEEK = timedelta(days=5)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> Bed:
    assign(bed, playlists, nurse, NOW - timedelta(days=9))
    return bed


@pytest.fixture
def browser(ward: Ward) -> Client:
    return logged_in(person(ward, Role.THERAPIST, "rt"))


def pair(bed: Bed, at: datetime, before: int, after: int | None, slug: str = "calm", question: str = "pain") -> None:
    """A session with both answers; without `after` the second question was not answered."""
    log, _ = BoxLog.objects.get_or_create(device=bed.device, log_id="log-1")
    key = f"s{Session.objects.count()}"
    which = {"device": bed.device, "bed": bed, "stay": bed.stay, "session": key}
    Session.objects.create(**which, playlist_slug=slug, started_at=at, ended_at=at + timedelta(minutes=24))
    for moment, score in (("before", before), ("after", after)):
        outcome = "not_answered" if score is None else "answered"
        said = {"question": question, "moment": moment, "outcome": outcome, "score": score}
        seq = Answer.objects.count()
        Answer.objects.create(log=log, seq=seq, asked_at=at, answered_at=at, **which, **said)


def beds_of(ward: Ward, number: int) -> list[Bed]:
    """More beds, each with a box and no stay of its own."""
    found = []
    for place in range(number):
        room = Room.objects.create(ward=ward, number=f"2{place}", position=20 + place)
        found.append(Bed.objects.create(room=room))
        Device.objects.create(id=uuid.uuid4(), number=f"9{place}", bed=found[-1])
    return found


def text(browser: Client, name: str, *args: object, **said: str) -> str:
    """What a page says, without its tags."""
    answered = browser.get(reverse(name, args=args), said)
    assert answered.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answered.content.decode()).split())


def test_a_stay_without_answers_says_so_in_words(browser: Client, stay: Bed) -> None:
    page = text(browser, "helped", stay.pk)
    assert "Pain: no pairs of answers yet." in page
    assert "Read with care Self-reported." in page


def test_fewer_than_five_pairs_are_drawn_and_not_summed_up(browser: Client, stay: Bed) -> None:
    for day in range(4):
        pair(stay, AFTERNOON - timedelta(days=day + 1), 6, 4)
    page = text(browser, "helped", stay.pk)
    assert "Pain, before and after: n = 4 pairs, too few to sum up." in page
    assert "n = 4, too few to sum up" in page
    assert "Afternoon 4 pairs in all, too few for each playlist." in page


def test_five_pairs_have_a_median_with_their_number(browser: Client, stay: Bed) -> None:
    for day in range(5):
        pair(stay, MORNING - timedelta(days=day), 6, 4 - day % 2)
    page = text(browser, "helped", stay.pk)
    assert "Pain, before and after: median 6 to 4, n = 5 pairs." in page
    assert re.search(r"6 to 4 , n = 5 no answers no answers no answers", page)


def test_a_playlist_with_higher_answers_is_named_without_a_number_for_the_others(browser: Client, stay: Bed) -> None:
    for day in range(5):
        pair(stay, EVENING - timedelta(days=day + 1), 4, 5, slug="garden")
        pair(stay, MORNING - timedelta(days=day), 6, 1)
    page = text(browser, "helped", stay.pk)
    assert "4 to 5, higher after. n = 5. Ask the patient." in page
    assert "largest" not in page
    assert "%" not in page


def test_pausing_opens_the_bed_with_the_other_playlists_ticked(browser: Client, stay: Bed) -> None:
    for day in range(5):
        pair(stay, EVENING - timedelta(days=day + 1), 4, 5)
    page = browser.get(reverse("helped", args=[stay.pk])).content.decode()
    ways = re.findall(r'class="button" href="([^"]+)"', page)
    assert ways
    assert all("playlist=calm" not in way for way in ways)
    assert all(way.startswith(reverse("assign", args=[stay.pk])) for way in ways)


def test_questions_that_were_not_answered_are_counted(browser: Client, stay: Bed) -> None:
    pair(stay, AFTERNOON - timedelta(days=1), 6, None)
    assert "1 question was not answered." in text(browser, "helped", stay.pk)


def test_the_table_lists_each_pair(browser: Client, stay: Bed) -> None:
    pair(stay, AFTERNOON - timedelta(days=1), 6, 4)
    pair(stay, AFTERNOON - timedelta(days=2), 7, 7)
    assert "7 to 7 and 6 to 4" in text(browser, "helped", stay.pk, **{"as": "table"})
    assert "7 to 7" not in text(browser, "helped", stay.pk)


def test_another_question_is_opened_by_its_address(browser: Client, stay: Bed) -> None:
    pair(stay, AFTERNOON - timedelta(days=1), 8, 3, question="anxiety")
    assert "Anxiety, before and after: n = 1 pair" in text(browser, "helped", stay.pk)
    assert "Pain: no pairs" in text(browser, "helped", stay.pk, question="pain")
    assert "Anxiety" in text(browser, "helped", stay.pk, question="<script>")


def test_answers_of_the_patient_before_are_not_shown(browser: Client, stay: Bed, nurse: User) -> None:
    pair(stay, AFTERNOON - timedelta(days=1), 8, 3)
    discharge(stay, nurse, NOW)
    page = text(browser, "helped", stay.pk)
    assert "No patient assigned" in page
    assert "n = " not in page


def test_a_nurse_sees_the_stay_and_not_the_ward(ward: Ward, stay: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    assert browser.get(reverse("helped", args=[stay.pk])).status_code == 200
    assert browser.get(reverse("helped_ward", args=[ward.slug])).status_code == 403


def test_a_ward_hides_what_fewer_than_five_beds_answered(browser: Client, ward: Ward, stay: Bed) -> None:
    for day in range(8):
        pair(stay, AFTERNOON - LAST_WEEK - timedelta(days=day), 6, 4)
    page = text(browser, "helped_ward", ward.slug)
    assert "hidden: fewer than 5" in page
    assert "The total is hidden" in page
    assert "6 to 4" not in page
    assert "n = " not in page


def test_a_ward_shows_the_median_of_five_beds(browser: Client, ward: Ward, stay: Bed) -> None:
    for one in [stay, *beds_of(ward, 4)]:
        pair(one, AFTERNOON - LAST_WEEK, 6, 4)
    page = text(browser, "helped_ward", ward.slug)
    assert "Pain, before and after: median 6 to 4, n = 5 pairs." in page
    assert "6 to 4 , n = 5" in page


def test_a_total_is_hidden_where_it_would_tell_a_hidden_cell(browser: Client, ward: Ward, stay: Bed) -> None:
    for one in [stay, *beds_of(ward, 4)]:
        pair(one, AFTERNOON - LAST_WEEK, 6, 4)
    pair(stay, NIGHT - LAST_WEEK, 6, 4)
    page = text(browser, "helped_ward", ward.slug)
    assert "6 to 4 , n = 5" in page
    assert "The total is hidden" in page
    assert "n = 6" not in page
    assert "Pain 6" not in page


def test_a_ward_draws_no_single_pair(browser: Client, ward: Ward, stay: Bed) -> None:
    for one in [stay, *beds_of(ward, 5)]:
        pair(one, AFTERNOON - LAST_WEEK, 6, 4)
    page = browser.get(reverse("helped_ward", args=[ward.slug])).content.decode()
    assert 'class="pair' not in page
    assert 'class="median"' in page


def test_a_ward_counts_whole_weeks_alone(browser: Client, ward: Ward, stay: Bed) -> None:
    for one in [stay, *beds_of(ward, 4)]:
        pair(one, NOW, 6, 4)
    assert "no pairs of answers yet" in text(browser, "helped_ward", ward.slug)


def test_a_day_is_parted_by_the_wards_night() -> None:
    hours = Hours(UTC, time(21), time(7))
    told = {hour: part_at(NOW.replace(hour=hour, minute=0), hours) for hour in (6, 7, 12, 17, 21)}
    assert list(told.values()) == [*(DayPart.NIGHT, DayPart.MORNING, DayPart.AFTERNOON, DayPart.EVENING, DayPart.NIGHT)]


@pytest.mark.parametrize("night", [(time(21), time(7)), (time(1), time(6)), (time(16), time(13)), (time(0), time(0))])
def test_every_minute_lies_in_one_part_whatever_the_night(night: tuple[time, time]) -> None:
    parts = parts_of(Hours(UTC, *night))
    assert parts[0].begins == 0
    assert parts[-1].ends == 24 * 60
    assert all(one.ends == other.begins for one, other in pairwise(parts))
