"""The board narrowed by filter and room, and a room stopped, as someone of the ward sees them without a script."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.ward.page_forms import form_to
from tests.ward.people import logged_in, person, plays
from tests.ward.saying import NOW
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Command, Device
from ward.music.models import Playlist

BOARD = "/w/4-north/"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(nurse: User) -> Client:
    return logged_in(nurse)


@pytest.fixture
def neighbour(bed: Bed) -> Device:
    """The box at 1 B."""
    beside = Bed.objects.create(room=bed.room, letter="B")
    return Device.objects.create(
        id="00000000-0000-4000-8000-000000000002", number="0402", bed=beside, online=True, contact_at=NOW
    )


def page(browser: Client, **asked: str) -> str:
    answer = browser.get(BOARD, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def offered(said: str) -> list[str]:
    """The rooms that may be stopped now."""
    return re.findall(r'<button name="room" value="(\w+)">', said)


def test_the_filter_counts_what_plays_and_what_needs_staff(
    browser: Client, device: Device, other_bed: Bed, playlists: list[Playlist]
) -> None:
    plays(device, playlists[0])
    fault = {"sound": {"reason": "the card is gone", "since": NOW.isoformat()}}
    broken = Device.objects.create(id="00000000-0000-4000-8000-000000000001", number="0402", bed=other_bed)
    Device.objects.filter(pk=broken.pk).update(online=True, contact_at=NOW, faults=fault)
    assert "All 2 With music Music 1 Check box Check 1" in words(page(browser))


def test_a_stop_that_failed_counts_as_music_and_as_needing_staff(
    browser: Client, device: Device, playlists: list[Playlist]
) -> None:
    plays(device, playlists[0])
    Command.objects.create(
        id="s", device=device, verb="stop", issued_at=NOW - timedelta(seconds=40), sent_at=NOW - timedelta(seconds=40)
    )
    assert "All 1 With music Music 1 Check box Check 1" in words(page(browser))


def test_a_filter_stands_in_the_address_and_moves_no_tile(
    browser: Client, bed: Bed, other_bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    plays(device, playlists[0])
    order = re.findall(r'id="bed-(\d+)"', page(browser))
    said = page(browser, show="music", room="1")
    assert re.findall(r'id="bed-(\d+)"', said) == order == [str(bed.pk), str(other_bed.pk)]
    assert 'data-show="music"' in said
    assert re.findall(r'class="room beds-1( aside)?" data-room="(\d)"', said) == [("", "1"), (" aside", "2")]
    assert '<a href="?show=need&amp;room=1" data-show="need">' in said
    assert '<a href="?show=music&amp;room=1" data-show="music" aria-current="true">' in said
    assert 'name="show" value="music"' in said  # the room's field sends it along


def test_a_room_is_found_by_how_its_number_begins(browser: Client, ward: Ward, bed: Bed) -> None:
    for number in ("10", "2", "12a"):
        Bed.objects.create(room=Room.objects.create(ward=ward, number=number, position=20))
    shown = {
        sought: re.findall(r'class="room beds-1" data-room="(\w+)"', page(browser, room=sought))
        for sought in ("1", "12A", "9")
    }
    assert shown == {"1": ["1", "10", "12a"], "12A": ["12a"], "9": []}


@pytest.mark.parametrize(
    ("asked", "told"),
    [({"show": "music"}, "music"), ({"show": "need"}, "need"), ({"room": "9"}, "room"), ({"show": "nonsense"}, None)],
)
def test_where_nothing_is_found_one_sentence_says_so_and_leads_back(
    asked: dict[str, str], told: str | None, browser: Client, bed: Bed
) -> None:
    said = page(browser, **asked)
    shown = re.findall(r'data-none="(\w+)"( hidden)?>', said)
    assert [name for name, hidden in shown if not hidden] == ([told] if told else [])
    assert ('id="board"' in said) is True
    assert bool(re.search(r'id="board"[^>]* hidden', said)) is bool(told)


def test_a_shared_room_may_be_stopped_while_any_bed_of_it_plays(
    browser: Client, device: Device, neighbour: Device, other_bed: Bed, playlists: list[Playlist]
) -> None:
    assert offered(page(browser)) == []
    plays(neighbour, playlists[1])
    assert offered(page(browser)) == ["1"]
    plays(device, playlists[0])
    said = page(browser)
    assert offered(said) == ["1"]
    assert '<details class="single" open>' in said  # one room is one tap


def test_stop_room_asks_each_box_of_the_room_that_plays_for_silence(
    browser: Client, device: Device, neighbour: Device, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    elsewhere = Device.objects.create(id="00000000-0000-4000-8000-000000000003", number="0403", bed=other_bed)
    for box in (device, neighbour, elsewhere):
        plays(box, playlists[0])
    silent = Bed.objects.create(room=neighbour.bed.room, letter="C") if neighbour.bed else None
    Device.objects.create(id="00000000-0000-4000-8000-000000000004", number="0404", bed=silent)
    assert browser.post(reverse("stop_room", args=["4-north"]), {"room": "1"}).headers["Location"] == reverse(
        "room", args=["4-north", device.bed.room_id if device.bed else 0]
    )
    asked = Command.objects.order_by("device__number").values_list("device__number", "verb", "issued_by")
    assert list(asked) == [("0401", "silence", nurse.pk), ("0402", "silence", nurse.pk)]


def test_the_page_of_a_stopped_room_says_box_by_box_what_became_of_it(
    browser: Client, device: Device, neighbour: Device, playlists: list[Playlist]
) -> None:
    for box in (device, neighbour):
        plays(box, playlists[0])
    place = browser.post(reverse("stop_room", args=["4-north"]), {"room": "1"}).headers["Location"]

    def told() -> str:
        return words(browser.get(place).content.decode())

    def confirms(box: Device) -> None:
        Command.objects.filter(device=box).update(done=True, answered_at=NOW)

    assert "Stopping room 1 Waiting for bed 1 A, bed 1 B to confirm." in told()
    confirms(device)
    assert "Stopping room 1 Bed 1 A confirmed at 14:02:00. Waiting for bed 1 B to confirm." in told()
    confirms(neighbour)
    both = "Bed 1 A, bed 1 B confirmed at 14:02:00. To go on, the patient presses PLAY."
    assert f"Room 1 stopped {both}" in told()


def test_a_box_that_does_not_reply_may_still_play_and_is_stopped_again_alone(
    browser: Client, device: Device, neighbour: Device, playlists: list[Playlist]
) -> None:
    for box in (device, neighbour):
        plays(box, playlists[0])
    place = browser.post(reverse("stop_room", args=["4-north"]), {"room": "1"}).headers["Location"]
    Command.objects.filter(device=device).update(done=True, answered_at=NOW)
    Command.objects.filter(device=neighbour).update(done=False, reason="The box is offline. Use its buttons")
    said = browser.get(place).content.decode()
    assert "Room 1: bed 1 A stopped, bed 1 B may still play" in words(said)
    assert "No reply from bed 1 B. Press PLAY at bed 1 B to stop. Stop bed 1 B again" in words(said)
    assert 'role="alert"' in said
    assert neighbour.bed is not None
    again = form_to(said, reverse("stop", args=[neighbour.bed.pk]))
    assert again.fields["from"] == ["room"]
    assert browser.post(again.action, again.filled()).headers["Location"] == place
    assert list(Command.objects.filter(device=neighbour).values_list("verb", flat=True)) == ["silence", "stop"]


def test_a_room_without_music_is_not_called_stopped(browser: Client, device: Device, neighbour: Device) -> None:
    place = browser.post(reverse("stop_room", args=["4-north"]), {"room": "1"}).headers["Location"]
    assert "Room 1: no box reports music Nothing was stopped." in words(browser.get(place).content.decode())


def test_stop_room_is_for_those_who_may_stop(
    ward: Ward, device: Device, neighbour: Device, playlists: list[Playlist]
) -> None:
    for box in (device, neighbour):
        plays(box, playlists[0])
    address = reverse("stop_room", args=["4-north"])
    auditor = logged_in(person(ward, Role.AUDITOR))
    assert 'id="stop-room"' not in page(auditor)
    assert auditor.post(address, {"room": "1"}).status_code == 403
    assert logged_in(User.objects.create_user("stranger")).post(address, {"room": "1"}).status_code == 404
    assert not Command.objects.exists()


def test_the_board_offers_evening_music_to_those_who_give(browser: Client, ward: Ward, bed: Bed) -> None:
    assert words(page(browser)).count("Evening playlists") == 2  # in the head, and at the thumb on a phone
    assert "Evening playlists" not in page(logged_in(person(ward, Role.AUDITOR)))


def test_every_page_explains_itself_in_a_few_short_sentences(browser: Client, bed: Bed) -> None:
    of_bed = [reverse(name, args=[bed.pk]) for name in ("bed", "assign")]
    for address in (BOARD, *of_bed, reverse("evening", args=["4-north"])):
        said = browser.get(address).content.decode()
        found = re.search(r"How this page works.*?<p>(.*?)</p>", said, re.DOTALL)
        assert found is not None
        sentences = re.split(r"(?<=\.) ", found[1])
        assert 2 <= len(sentences) <= 4
        assert max(len(sentence.split()) for sentence in sentences) <= 15


def test_the_board_asks_the_database_as_often_for_three_hundred_beds(browser: Client, ward: Ward, bed: Bed) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            page(browser, show="music", room="1")
        return len(counted)

    few = queries()
    rooms = Room.objects.bulk_create(Room(ward=ward, number=str(n), position=n) for n in range(10, 160))
    Bed.objects.bulk_create(Bed(room=room, letter=letter) for room in rooms for letter in "AB")
    assert queries() == few


def test_enter_opens_the_one_bed_that_a_search_finds(browser: Client, bed: Bed, other_bed: Bed) -> None:
    answered = browser.get(BOARD, {"room": "1a", "open": "1"})
    assert (answered.status_code, answered.headers["Location"]) == (302, reverse("bed", args=[bed.pk]))
    for asked in ({"room": "1a"}, {"room": "", "open": "1"}, {"room": "9", "open": "1"}):
        assert browser.get(BOARD, asked).status_code == 200
    Bed.objects.create(room=bed.room, letter="B")
    assert browser.get(BOARD, {"room": "1", "open": "1"}).status_code == 200
