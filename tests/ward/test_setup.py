"""The page of set-up: saving, two administrators, beds in use, bad input; and what closed beds and wards still show."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.people import heard, logged_in, person
from tests.ward.saying import NOW
from ward.assignments.assigning import assign, discharge
from ward.assignments.models import Assignment, Evening
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.places.closing import close_beds, close_ward

CODE = Path(__file__).parents[2] / "ward"
FIELDS = {
    "name": "Ward 4 North", "language": "", "beds": "1: A\n2", "night_from": "21:00", "night_until": "07:00",
    "evening_at": "20:30", "comfort": "24", "sleep": "45", "cap_day": "60", "cap_night": "45", "ask_before": "",
    "ask_after": "", "days": "14", "version": "0", "closing": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def boss(ward: Ward, bed: Bed, other_bed: Bed) -> User:
    return person(ward, Role.ADMINISTRATOR, "aw")


def save(browser: Client, **said: str) -> Any:
    """The form, sent."""
    return browser.post(reverse("setup_ward", args=["4-north"]), FIELDS | said)


def labels() -> list[str]:
    """The open beds of the board."""
    return [str(bed) for bed in Bed.objects.open().select_related("room").order_by("room__position", "letter")]


def test_the_page_shows_the_ward_as_text_and_as_the_board_s_map(boss: User) -> None:
    page = logged_in(boss).get(reverse("setup_ward", args=["4-north"])).content.decode()
    assert "1: A\n2</textarea>" in page
    assert "<b>2 beds in 2 rooms.</b>" in page
    assert re.findall(r'class="map-bed"><b>(\d)</b>', page) == ["1", "2"]


def test_saving_makes_beds_and_says_so_once(boss: User) -> None:
    browser = logged_in(boss)
    assert save(browser, beds="1: A\n2\n15: A, B", cap_day="50", ask_after="pain").status_code == 302
    page = browser.get(reverse("setup_ward", args=["4-north"])).content.decode()
    assert "<title>Ward 4 North saved. Set-up" in page
    assert "New on the board: 15 A, 15 B." in page
    assert 'value="50" selected' in page
    browser.get(reverse("setup_rooms", args=["4-north"]))
    assert "4 North saved" not in browser.get(reverse("setup_ward", args=["4-north"])).content.decode()
    assert labels() == ["1 A", "2", "15 A", "15 B"]


def test_a_bed_is_closed_only_after_its_closing_was_read(boss: User, other_bed: Bed) -> None:
    browser = logged_in(boss)
    answer = save(browser, beds="1: A")
    assert (answer.status_code, labels()) == (409, ["1 A", "2"])
    assert b"Bed 2 is not in the list any more and will be closed." in answer.content
    closing = re.search(r'name="closing" value="([^"]+)"', answer.content.decode())
    assert closing is not None
    assert save(browser, beds="1: A", closing=closing[1]).status_code == 302
    assert labels() == ["1 A"]


def test_a_bed_with_a_stay_is_not_closed_and_the_page_leads_to_it(
    boss: User, bed: Bed, playlists: list[Playlist]
) -> None:
    assign(bed, playlists, boss, NOW)
    answer = save(logged_in(boss), beds="2, 3", closing=str(bed.pk))
    text = answer.content.decode()
    assert (answer.status_code, labels()) == (409, ["1 A", "2"])
    assert "stay is there. It cannot be closed." in text
    assert f'href="{reverse("history", args=[bed.pk])}#end"' in text
    assert "2, 3</textarea>" in text


def test_the_second_of_two_administrators_reads_who_was_first_and_loses_nothing(boss: User, ward: Ward) -> None:
    other = logged_in(person(ward, Role.ADMINISTRATOR, "ao"))
    save(logged_in(boss), beds="1: A\n2, 3")
    answer = save(other, beds="1: A\n2\n7: A", evening_at="19:45")
    text = answer.content.decode()
    assert (answer.status_code, labels()) == (409, ["1 A", "2", "3"])
    assert "AW changed this ward at" in text
    assert "Here is the new state; yours is kept below." in text
    assert '<dd class="text">1: A\n2, 3</dd>' in text
    assert ("1: A\n2\n7: A</textarea>" in text, 'value="19:45"' in text) == (True, True)
    version, closing = (re.search(rf'name="{name}" value="([^"]*)"', text) for name in ("version", "closing"))
    assert version is not None
    assert closing is not None
    assert save(other, beds="1: A\n2\n7: A", version=version[1], closing=closing[1]).status_code == 302
    assert labels() == ["1 A", "2", "7 A"]


def test_two_hundred_pasted_beds_with_mistakes_are_said_line_by_line_and_kept(boss: User) -> None:
    text = "\n".join([*(f"{number}: A, B" for number in range(1, 101)), "7: A", "101: ☃", "Isolation ward 3"])
    answer = save(logged_in(boss), beds=text)
    said = answer.content.decode()
    assert (answer.status_code, len(labels())) == (422, 2)
    assert "Line 101: bed 7 A is already in line 7." in said
    assert "Line 102: “☃” cannot be part of a name." in said
    assert "Line 103: “Isolation ward 3” is too long for a room." in said
    assert "Isolation ward 3</textarea>" in said


@override_settings(TIME_ZONE="Europe/Berlin")
def test_an_evening_that_summer_time_skips_is_refused_in_clear_words(boss: User) -> None:
    answer = save(logged_in(boss), evening_at="02:30")
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "28 March 2027" in said
    assert "clocks go forward from 02:00 to 03:00, so there is no 02:30 that day." in said
    assert Ward.objects.get().evening_at is None


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("name", "", "Enter a name"),
        ("night_from", "evening", "Enter a time from 00:00 to 23:59"),
        ("night_until", "21:00", "Night begins and ends at the same time"),
        ("cap_day", "90", "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_saved(boss: User, field: str, value: str, line: str) -> None:
    answer = save(logged_in(boss), **{field: value, "beds": "1: A\n2, 3"})
    assert (answer.status_code, line in answer.content.decode(), labels()) == (422, True, ["1 A", "2"])


def test_the_text_is_answered_while_it_is_written_and_writes_nothing(boss: User) -> None:
    said = logged_in(boss).get(reverse("setup_beds", args=["4-north"]), {"beds": "1: A\n15: A, B"}).content.decode()
    assert "<b>3 beds in 2 rooms.</b> 2 new: 15 A, 15 B." in said
    assert "Bed 2 is not in the list any more and will be closed. Its figures stay in reports." in said
    assert labels() == ["1 A", "2"]


def test_rooms_are_renamed_moved_and_closed_one_by_one(boss: User, bed: Bed, other_bed: Bed) -> None:
    browser, address = logged_in(boss), reverse("setup_rooms", args=["4-north"])

    def send(**said: Any) -> Any:
        return browser.post(address, {"version": Ward.objects.get().version} | said)

    assert send(room=bed.room_id, action="save", number="101", **{f"letter-{bed.pk}": "w"}).status_code == 302
    assert labels() == ["101 W", "2"]
    send(room=bed.room_id, action="down")
    assert labels() == ["2", "101 W"]
    assert b"Room 101, place 2 of 2." in browser.get(address).content
    answer = send(room=other_bed.room_id, action="save", number="101")
    assert (answer.status_code, b'value="101"' in answer.content) == (422, True)
    send(room=other_bed.room_id, action="close")
    assert labels() == ["101 W"]
    assert send(room=0, action="close").status_code == 404


def test_a_room_page_that_is_too_old_changes_nothing(boss: User, bed: Bed) -> None:
    browser = logged_in(boss)
    save(browser, beds="1: A\n2, 3")
    said = {"version": "0", "room": bed.room_id, "action": "save", "number": "9"}
    answer = browser.post(reverse("setup_rooms", args=["4-north"]), said)
    assert (answer.status_code, b"AW changed this ward at" in answer.content) == (409, True)
    assert Room.objects.get(pk=bed.room_id).number == "1"


def test_beds_with_settings_of_their_own_are_named(boss: User, bed: Bed, playlists: list[Playlist]) -> None:
    assign(bed, playlists, boss, NOW)
    browser = logged_in(boss)
    assert b"settings of its own" not in browser.get(reverse("setup_ward", args=["4-north"])).content
    save(browser, cap_day="50")
    assert b"settings of its own keeps them: <b>1 A</b>" in browser.get(
        reverse("setup_ward", args=["4-north"])
    ).content.replace(b"1 bed with ", b"")


def test_one_more_ward_is_added_by_an_administrator_alone(boss: User, nurse: User) -> None:
    assert logged_in(nurse).post(reverse("setup_new"), {"name": "Hospice"}).status_code == 403
    browser = logged_in(boss)
    assert browser.post(reverse("setup_new"), {"name": "ward 4 north"}).status_code == 422
    answer = browser.post(reverse("setup_new"), {"name": "Hospice"})
    assert answer.headers["Location"] == reverse("setup_ward", args=["hospice"])


@pytest.mark.parametrize(
    ("at", "due"),
    [("13:30", True), ("14:02", True), ("14:03", False), ("11:03", True), ("11:02", False), (None, False)],
)
def test_staff_are_reminded_of_the_evening_playlists_for_three_hours(boss: User, at: str | None, due: bool) -> None:
    Ward.objects.update(evening_at=at)
    said = logged_in(boss).get(reverse("ward", args=["4-north"])).content.decode()
    assert (f"due since {at}" in said) == due


def test_an_evening_that_was_assigned_is_not_due(boss: User, ward: Ward) -> None:
    Ward.objects.update(evening_at="13:30")
    Evening.objects.create(key="k", ward=ward, title="Sleep", assigned_by=boss, assigned_at=NOW - timedelta(hours=2))
    assert b"due since" not in logged_in(boss).get(reverse("ward", args=["4-north"])).content


# what is closed


@pytest.fixture
def closed_bed(boss: User, ward: Ward, bed: Bed, device: Device, playlists: list[Playlist]) -> Bed:
    """A bed that a patient heard music at before it was closed."""
    assign(bed, playlists, boss, NOW)
    heard(device, bed, playlists[0], bed.stay)
    discharge(bed, boss, NOW)
    Assignment.objects.update(applied_at=NOW)
    close_beds(ward, [bed], boss, NOW)
    return bed


def test_a_closed_bed_is_offered_for_no_work(boss: User, closed_bed: Bed, playlists: list[Playlist]) -> None:
    browser = logged_in(boss)
    for name in ("ward", "evening", "ward_devices", "therapy"):
        assert f"bed/{closed_bed.pk}/" not in browser.get(reverse(name, args=["4-north"])).content.decode()
    assert browser.get(reverse("bed", args=[closed_bed.pk])).headers["Location"] == reverse(
        "history", args=[closed_bed.pk]
    )
    answer = browser.post(reverse("assign", args=[closed_bed.pk]), {"version": "2", "playlist": "calm"})
    assert (answer.status_code, b"This bed is closed" in answer.content) == (422, True)


def test_a_closed_bed_stays_in_history_log_and_reports(boss: User, closed_bed: Bed) -> None:
    browser = logged_in(boss)
    assert b"This bed is closed." in browser.get(reverse("history", args=[closed_bed.pk])).content
    log = browser.get(reverse("audit", args=["4-north"]), {"bed": closed_bed.pk}).content.decode()
    assert "closed bed <b>1 A</b>" in log
    assert browser.get(reverse("reports", args=["4-north"])).status_code == 200


def test_a_closed_ward_leaves_the_board_and_keeps_reports_and_log(
    boss: User, ward: Ward, nurse: User, closed_bed: Bed
) -> None:
    close_ward(ward, boss, NOW)
    browser = logged_in(boss)
    for name in ("ward", "evening", "ward_devices", "people", "therapy", "timings"):
        assert browser.get(reverse(name, args=["4-north"])).status_code == 404, name
    for name in ("reports", "audit", "setup_ward"):
        assert browser.get(reverse(name, args=["4-north"])).status_code == 200, name
    assert browser.get(reverse("history", args=[closed_bed.pk])).status_code == 200
    page = browser.get(reverse("setup_ward", args=["4-north"])).content.decode()
    assert f'href="{reverse("reports", args=["4-north"])}"' in page
    assert f'href="{reverse("people", args=["4-north"])}"' not in page
    assert browser.post(reverse("setup_close", args=["4-north"]), {"action": "open"}).status_code == 302
    assert browser.get(reverse("ward", args=["4-north"])).status_code == 200


def test_a_ward_is_closed_on_its_page_unless_a_stay_is_there(boss: User, bed: Bed, playlists: list[Playlist]) -> None:
    browser, address = logged_in(boss), reverse("setup_close", args=["4-north"])
    made = assign(bed, playlists, boss, NOW)
    answer = browser.post(address, {"action": "close", "version": "0"})
    assert (answer.status_code, b"stay is at 1 A" in answer.content) == (409, True)
    assert made.stay == Bed.objects.get(pk=bed.pk).stay
    discharge(bed, boss, NOW)
    assert browser.post(address, {"action": "close", "version": "0"}).status_code == 302
    assert not Ward.objects.open().exists()


def test_a_board_that_shows_other_beds_loads_again(boss: User, bed: Bed) -> None:
    browser = logged_in(boss)
    seen = re.findall(
        r'name="seen" id="[^"]+" value="([^"]+)"', browser.get(reverse("ward", args=["4-north"])).content.decode()
    )
    pulse = reverse("board_pulse", args=["4-north"])
    assert "HX-Refresh" not in browser.get(pulse, {"theme": "day", "seen": seen}).headers
    save(browser, beds="2\n1: A, B")
    assert browser.get(pulse, {"theme": "day", "seen": seen}).headers["HX-Refresh"] == "true"


ALL_OF_THEM = {  # files that look at closed beds or wards as well, and why
    "accounts/kept_words.py": "names the bed of a form that was kept",
    "activity/views.py": "the log of what was",
    "assignments/assigning.py": "one bed that is held, and whether it is open",
    "audit/management/commands/audit.py": "the log of what was",
    "beds/access.py": "roles, also on closed wards",
    "beds/models.py": "defines both",
    "board/views.py": "one bed by its key, whose history stays",
    "demo/later.py": "the demo's own beds, of which none is closed",
    "demo/people.py": "refuses any database in use",
    "demo/small.py": "makes its ward",
    "demo/story.py": "makes its ward",
    "demo/tasks.py": "the demo's own beds, of which none is closed",
    "demo/written.py": "the demo's own beds, of which none is closed",
    "bed/assign.py": "where one stay is, by its id or by its bed's key",
    "assignments/restoring.py": "where one stay is, by its id",
    "history/targets.py": "a bed that was chosen; whether it is open is looked at when it is held",
    "night/reading.py": "stays of the ward, and a closed bed has none",
    "fleet/placing.py": "one bed that is held, and whether it is open",
    "people/management/commands/administrator.py": "someone must be able to open a closed ward again",
    "people/roles.py": "groups give roles on any ward; holds one",
    "places/closing.py": "closes",
    "places/holding.py": "holds one",
    "places/hospital_file.py": "says that a ward is closed",
    "places/management/commands/ward.py": "lists all",
    "places/renaming.py": "a closed name stays taken",
    "places/rooms.py": "compares with what was",
    "places/saving.py": "a closed name stays taken",
    "purging/plan.py": "no stay is purged while it is open",
    "purging/steps.py": "purges by bed",
    "reports/counting.py": "reports of weeks in which a bed was open",
    "setup/listing.py": "lists all",
    "setup/views.py": "one ward by its key",
    "setup/views_rooms.py": "rooms by key; closed names",
    "therapy/facts.py": "one bed by its key",
    "tiles/rows.py": "one bed by its key",
}


def test_whoever_asks_for_beds_or_wards_asks_for_open_ones_or_has_a_reason() -> None:
    without = {
        str(file.relative_to(CODE))
        for file in CODE.rglob("*.py")
        if re.search(r"\b(?:Bed|Ward)\.objects\.(?!open\()", file.read_text())
    }
    assert without - ALL_OF_THEM.keys() == set()
    assert ALL_OF_THEM.keys() - without <= {"beds/models.py"}
