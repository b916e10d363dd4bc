"""The board, a bed and its music as someone of the ward sees them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messages import Code
from tests.ward.people import heard, logged_in, person, plays
from tests.ward.saying import NOW, told_fault
from ward.assignments.assigning import assign, newest
from ward.assignments.models import Assignment
from ward.beds.models import Access, Bed, Role, Room, Ward
from ward.fleet.models import Command, Device
from ward.music.models import Playlist


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(nurse: User) -> Client:
    return logged_in(nurse)


def text(browser: Client, name: str, *args: object, **said: str) -> str:
    """What a page says, without its tags."""
    answer = browser.get(reverse(name, args=args), said)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def seen(browser: Client, bed: Bed) -> str:
    """What a page sends back to say which tile it shows."""
    found = re.search(r'name="seen"[^>]*value="([^"]+)"', browser.get(reverse("tile", args=[bed.pk])).content.decode())
    assert found is not None
    return found[1]


def test_the_board_shows_what_plays_and_the_house_s_own_sentence(
    browser: Client, device: Device, playlists: list[Playlist]
) -> None:
    plays(device, playlists[0])
    said = text(browser, "board")
    assert "Ward 4 North Monday 14:02 . , Day until 21:00" in said
    assert "1 A Playing , 18 min left Calm 18 min left Stop" in said
    assert "Not a medical device, not a monitor, not an alarm." in said
    assert "Updated 14:02:00" in said


def test_every_page_says_that_it_is_no_monitor(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists, nurse, NOW)
    pages = [
        text(browser, "board"),
        text(browser, "bed", bed.pk),
        text(browser, "assigned", bed.pk),
        text(Client(), "login"),
    ]
    for page in pages:
        assert "Not a medical device, not a monitor, not an alarm." in page


def test_stop_has_its_own_name_and_is_no_part_of_the_link(
    browser: Client, device: Device, playlists: list[Playlist]
) -> None:
    plays(device, playlists[0])
    page = browser.get(reverse("board")).content.decode()
    assert 'aria-label="Stop bed 1 A"' in page
    links = re.findall(r"<a class=\"open\".*?</a>", page, re.DOTALL)
    assert links
    assert not [link for link in links if "button" in link]


def test_no_page_has_a_style_attribute_or_an_inline_script(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists, nurse, NOW)
    plays(device, playlists[0])
    addresses = [reverse("board"), reverse("login"), *(reverse(name, args=[bed.pk]) for name in ("bed", "assigned"))]
    for address in addresses:
        page = (browser if "login" not in address else Client()).get(address).content.decode()
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
        assert not re.search(r"<style|<script(?![^>]*\ssrc=)", page)


@pytest.mark.parametrize("address", ["board", "bed", "assigned"])
def test_the_number_of_queries_is_the_same_for_three_and_for_thirty_beds(
    address: str, browser: Client, ward: Ward, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    def queries() -> int:
        args = [] if address == "board" else [bed.pk]
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert browser.get(reverse(address, args=args)).status_code == 200
        return len(counted)

    def add_beds(start: int, count: int) -> None:
        for number in range(start, start + count):
            room = Room.objects.create(ward=ward, number=str(number), position=number)
            added = Bed.objects.create(room=room, letter="A")
            box = Device.objects.create(id=f"00000000-0000-4000-8000-{number:012d}", number=str(number), bed=added)
            plays(box, playlists[0])
            assign(added, playlists[:1], nurse, NOW)
            heard(box, added, playlists[0], added.stay)
            Command.objects.create(id=str(number), device=box, verb="stop", issued_at=NOW)

    assign(bed, playlists, nurse, NOW)
    heard(device, bed, playlists[0], bed.stay)
    Command.objects.create(id="c", device=device, verb="stop", issued_at=NOW)
    add_beds(10, 2)
    few = queries()
    add_beds(100, 27)
    assert queries() == few
    assert few < 34


def test_a_tile_that_is_shown_already_is_not_sent_again(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    plays(device, playlists[0])
    shown = seen(browser, bed)
    address = reverse("tile", args=[bed.pk])
    assert browser.get(address, {"seen": shown}).status_code == 204
    Device.objects.update(playing="silent")
    assert b"Unassigned" in browser.get(address, {"seen": shown}).content


def test_the_board_s_pulse_brings_the_time_and_only_the_tiles_that_changed(
    browser: Client, bed: Bed, other_bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    known = [seen(browser, bed), seen(browser, other_bed)]
    plays(device, playlists[0])
    said = browser.get(reverse("board_pulse", args=["4-north"]), {"theme": "day", "seen": known}).content.decode()
    assert f'id="bed-{bed.pk}"' in said
    assert f'id="bed-{other_bed.pk}"' not in said
    assert "Updated 14:02:00" in said
    assert "theme=day" in said  # it asks again with the theme that it shows


def test_a_ward_whose_boxes_are_all_gone_says_so_once_and_what_still_works(
    browser: Client, other_bed: Bed, device: Device
) -> None:
    Device.objects.create(id="00000000-0000-4000-8000-000000000001", number="0402", bed=other_bed)
    assert "No connection to the boxes" not in text(browser, "board")
    Device.objects.filter(pk=device.pk).update(online=False, contact_at=NOW - timedelta(minutes=31))
    for name in ("ward", "board_pulse"):
        said = text(browser, name, "4-north", theme="day")
        assert said.count("No connection to the boxes since 13:31") == 1
        assert "To stop music, press PLAY at the bed." in said


def test_the_board_loads_itself_anew_when_night_begins_and_only_then(browser: Client, nurse: User) -> None:
    address = reverse("board_pulse", args=["4-north"])
    assert "HX-Refresh" not in browser.get(address, {"theme": "day"}).headers
    with time_machine.travel(NOW.replace(hour=20, minute=50), tick=False):
        browser.force_login(nurse)  # the session of the afternoon has ended
    with time_machine.travel(NOW.replace(hour=21), tick=False):
        assert browser.get(address, {"theme": "day"}).headers["HX-Refresh"] == "true"
        assert "HX-Refresh" not in browser.get(address, {"theme": "night"}).headers


def test_the_theme_follows_the_ward_s_night_until_somebody_chooses_and_then_until_the_next_change(
    browser: Client, nurse: User
) -> None:
    assert b'data-theme="day"' in browser.get(reverse("board")).content
    said = {"theme": "night", "next": reverse("board"), "ward": "4-north"}
    answer = browser.post(reverse("theme"), said)
    assert answer.headers["Location"] == reverse("board")
    assert answer.cookies["theme"]["max-age"] == timedelta(hours=6, minutes=58).total_seconds()
    assert b'data-theme="night"' in browser.get(reverse("board")).content
    del browser.cookies["theme"]
    with time_machine.travel(NOW.replace(hour=22), tick=False):
        browser.force_login(nurse)  # the session of the afternoon has ended
        assert b'data-theme="night"' in browser.get(reverse("board")).content


def test_the_theme_button_leads_to_no_other_site(browser: Client) -> None:
    answer = browser.post(reverse("theme"), {"theme": "night", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == reverse("board")


def test_what_an_earlier_guest_heard_is_shown_nowhere(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[1:], nurse, NOW)
    heard(device, bed, playlists[0], "an-earlier-stay")
    heard(device, bed, playlists[0], None)
    assert "Not used yet" not in text(browser, "board")  # it waits for the box
    Assignment.objects.update(applied_at=NOW)
    assert "Not used yet. Assigned at 14:02" in text(browser, "board")
    assert "No music yet in this stay." in text(browser, "bed", bed.pk)


def test_the_bed_lists_the_sessions_of_this_stay_and_how_they_ended(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists, nurse, NOW)
    heard(device, bed, playlists[0], bed.stay)
    assert "Today 13:02 Calm 12 min stopped at the bed" in text(browser, "bed", bed.pk)


def test_a_bed_says_its_stay_and_when_its_box_was_heard(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists, nurse, NOW - timedelta(days=1))
    Device.objects.update(contact_at=NOW - timedelta(seconds=8))
    assert "1 A Current stay since Sunday 14:02. Box last connected 8 s ago." in text(browser, "bed", bed.pk)


def test_a_box_that_no_longer_says_what_it_plays_has_one_time_on_the_page(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists, nurse, NOW - timedelta(days=1))
    plays(device, playlists[0], NOW - timedelta(minutes=10))
    Device.objects.update(contact_at=NOW - timedelta(seconds=8))
    page = text(browser, "bed", bed.pk)
    assert "Offline since 13:52" in page
    assert "Box last connected" not in page


def test_somebody_of_two_wards_may_choose_between_them(browser: Client, ward: Ward, nurse: User) -> None:
    assert "Hospice" not in text(browser, "board")
    other = Ward.objects.create(name="Hospice", slug="hospice")
    Access.objects.create(user=nurse, ward=other, role=Role.NURSE)
    assert "Hospice Ward 4 North" in text(browser, "ward", "4-north")


def test_somebody_without_a_ward_is_told_what_to_do(db: None) -> None:
    assert "Ask your ward administrator" in text(logged_in(User.objects.create_user("new")), "board")


def test_the_devices_page_puts_first_what_needs_a_person(ward: Ward, bed: Bed, other_bed: Bed, device: Device) -> None:
    fault = {"sound": told_fault(Code.NO_SOUND, NOW - timedelta(hours=1), what="the card is gone")}
    calibrated = {"calibrated_on": "2026-11-03", "temperature_c": 44.4, "clock_ok": True}
    Device.objects.update(unsent=3, oldest_unsent_s=20.0, health=calibrated, software="1.4.2")
    Device.objects.create(id="00000000-0000-4000-8000-000000000001", number="0402", bed=other_bed, faults=fault)
    Device.objects.filter(number="0402").update(online=True, contact_at=timezone.now(), health=calibrated)
    said = text(logged_in(person(ward, Role.FACILITIES)), "ward_devices", "4-north")
    assert "2 boxes. 1 needs action, 1 working normally." in said
    assert "2 0402 No sound since 13:02." in said
    assert "What to do No sound since 13:02. Check the speaker plug." in said
    assert "Working normally 1 at a bed 1 A 0401 Working 0 s ago" in said
    box = text(logged_in(User.objects.get(username="facilities")), "device", "4-north", device.pk)
    assert "Software 1.4.2 Calibrated 3 Nov 2026" in box
    assert "Unsent records 3 (oldest: 20 s) Temperature 44 °C" in box


def test_a_player_that_does_not_come_back_is_told_with_what_the_box_does_about_it(ward: Ward, device: Device) -> None:
    fault = told_fault(Code.PLAYER_FAILED, NOW - timedelta(minutes=5), what="ended by itself")
    Device.objects.update(faults={"player": fault}, health={"calibrated_on": "2026-11-03", "clock_ok": True})
    said = text(logged_in(person(ward, Role.FACILITIES)), "ward_devices", "4-north")
    assert "Player stopped since 13:57. player failed" in said
    assert "Restarting the player automatically." in said


def test_tracks_that_cannot_be_played_are_told_with_what_to_do(ward: Ward, device: Device) -> None:
    fault = told_fault(Code.TRACKS_UNPLAYABLE, NOW - timedelta(minutes=5))
    Device.objects.update(faults={"music": fault}, health={"calibrated_on": "2026-11-03", "clock_ok": True})
    said = text(logged_in(person(ward, Role.FACILITIES)), "ward_devices", "4-north")
    assert "Tracks cannot be played since 13:57." in said
    assert "They are too quiet or cannot be read. Put good files on its memory card." in said


def test_a_box_that_is_gone_says_where_to_look_for_it(ward: Ward, device: Device) -> None:
    Device.objects.update(online=False, contact_at=NOW - timedelta(days=2))
    said = text(logged_in(person(ward, Role.FACILITIES)), "ward_devices", "4-north")
    assert "Offline since Saturday 14:02 (2 days)" in said
    assert "Find the box. It belongs at bed 1 A. Check its plug, then the network socket." in said


def test_a_wrong_password_gets_one_line_that_says_what_to_do(nurse: User) -> None:
    said = Client().post(reverse("login"), {"username": "km", "password": "wrong"}).content.decode()
    assert said.count('id="message-text">User name or password is incorrect.') == 1


def test_a_database_that_fails_has_a_page_in_the_colours_of_the_hour_that_says_what_still_works(nurse: User) -> None:
    browser = logged_in(nurse)
    browser.raise_request_exception = False
    browser.cookies["theme"] = "night"

    def fails(*_asked: Any) -> None:
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(fails):
        answer = browser.get(reverse("ward", args=["4-north"]))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert b'data-theme="night"' in answer.content
    assert b"bedside buttons still work" in answer.content


def test_healthz_answers_without_a_log_in(client: Client) -> None:
    assert client.get(reverse("healthz")).content == b"ok\n"


def test_stop_asks_the_box_and_says_that_it_waits(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    plays(device, playlists[0])
    answer = browser.post(reverse("stop", args=[bed.pk]), headers={"HX-Request": "true"})
    asked = Command.objects.get()
    assert (asked.verb, asked.device, asked.issued_by, asked.issued_at) == ("stop", device, nurse, NOW)
    assert b"Stopping" in answer.content
    with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
        assert "Still playing?" in text(browser, "board")
        assert "No reply from the box. Press PLAY at the bed to stop." in text(browser, "board")


def test_stop_without_htmx_leads_back_to_where_it_was_pressed(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    plays(device, playlists[0])
    stop = reverse("stop", args=[bed.pk])
    assert browser.post(stop).headers["Location"] == reverse("ward", args=["4-north"])
    assert browser.post(stop, {"from": "card"}).headers["Location"] == reverse("bed", args=[bed.pk])


def test_stop_at_a_bed_without_a_box_asks_nobody(browser: Client, other_bed: Bed) -> None:
    assert browser.post(reverse("stop", args=[other_bed.pk])).status_code == 302
    assert not Command.objects.exists()


def test_the_newest_assignment_is_what_the_page_names(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assign(bed, playlists, nurse, NOW)
    made = newest(bed)
    assert made is not None
    page = logged_in(nurse).get(reverse("assign", args=[bed.pk])).content.decode()
    assert f'name="version" value="{made.version}"' in page


def test_a_box_with_older_software_than_the_others_says_so_where_it_works(
    ward: Ward, bed: Bed, other_bed: Bed, device: Device
) -> None:
    well = {"calibrated_on": "2026-11-01", "tracks_held": 1, "tracks_needed": 1, "clock_ok": True}
    Device.objects.filter(pk=device.pk).update(software="0.9.0", health=well)
    newer = {"online": True, "contact_at": timezone.now(), "health": well, "software": "0.10.1"}
    Device.objects.update(contact_at=timezone.now())
    Device.objects.create(id="6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0402", number="0402", bed=other_bed, **newer)
    said = text(logged_in(person(ward, Role.FACILITIES)), "ward_devices", "4-north")
    assert "0.9.0, older than other boxes" in said
    assert "0.10.1, older" not in said
    assert "2 working normally" in said
