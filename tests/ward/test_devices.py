"""One box on the devices page: what is asked of it, what became of it, and where it stands. One sentence a test."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from messages import Code, Hello, PartResult, Reply, Verb, because
from tests.ward.at_once import at_once
from tests.ward.people import logged_in, person, plays
from tests.ward.saying import NOW
from ward.assignments.assigning import assign
from ward.assignments.models import Assignment
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Ward
from ward.fleet.commands import TOO_OLD, UNDER_WAY, answered, ask, unsent_commands
from ward.fleet.last_seen import note_hello
from ward.fleet.models import Away, Command, Device, LogExcerpt
from ward.fleet.placing import BED_CLOSED, BED_TAKEN, CHANGED, PLAYS, Asked, PlacingError, move, take_away
from ward.music.models import Playlist

pytestmark = pytest.mark.django_db
KNOWS = ["self_test", "send_logs", "restart", "locate_end"]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house(ward: Ward) -> User:
    return person(ward, Role.FACILITIES)


@pytest.fixture
def box(device: Device) -> Device:
    Device.objects.update(capabilities=KNOWS)
    device.refresh_from_db()
    return device


def page(house: User, device: Device, name: str = "device", **said: str) -> str:
    answer = logged_in(house).get(reverse(name, args=["4-north", device.pk]), said)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def press(house: User, device: Device, name: str, **said: Any) -> Any:
    return logged_in(house).post(reverse(name, args=["4-north", device.pk]), said)


def replied(command: Command, **said: Any) -> None:
    answered(command.device, Reply(id=command.pk, **said), NOW)


def refused(command: Command, code: Code, **args: Any) -> None:
    why = because(code, **args)
    replied(command, done=False, reason=why.line, code=why.code, args=dict(why.args))


def test_what_was_asked_is_said_at_once_and_then_what_became_of_it(box: Device, house: User) -> None:
    assert press(house, box, "device_ask", verb="self_test").status_code == 302
    assert "Self-test: asked at 14:02:00." in page(house, box)
    results = (PartResult(part="sound", well=False, code="no_sound"), PartResult(part="screen", well=True))
    replied(Command.objects.get(), done=True, results=results)
    said = page(house, box)
    assert "Self-test finished at 14:02:00. Sound card: no sound. All else works." in said
    assert "Self-test asked by facilities" in said.replace("FACILITIES", "facilities")


def test_a_part_that_this_ward_does_not_know_is_shown_by_its_own_word(box: Device, house: User) -> None:
    made = ask(box, Verb.SELF_TEST, house, NOW)
    replied(made, done=True, results=(PartResult(part="lamp", well=False, code="lamp_gone"),))
    assert "lamp: does not work." in page(house, box)


def test_an_offline_box_is_not_asked(box: Device, house: User) -> None:
    Device.objects.update(online=False)
    press(house, box, "device_ask", verb="restart")
    assert "Not sent. The box is offline." in page(house, box)
    assert unsent_commands(NOW) == []


def test_a_box_that_goes_offline_between_has_no_answer_after_half_a_minute(box: Device, house: User) -> None:
    press(house, box, "device_ask", verb="restart")
    unsent_commands(NOW)
    Device.objects.update(online=False)
    with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
        assert "No reply from the box within 30 seconds" in page(house, box)


@pytest.mark.parametrize("verb", KNOWS)
def test_a_new_verb_goes_only_to_a_box_that_states_it(device: Device, house: User, verb: str) -> None:
    press(house, device, "device_ask", verb=verb)
    assert TOO_OLD in page(house, device)
    assert unsent_commands(NOW) == []


def test_what_a_box_states_in_its_hello_is_kept(device: Device) -> None:
    said = Hello(
        log_id="l",
        oldest=1,
        next_seq=1,
        assignment_version=0,
        stay=None,
        boot="b",
        software="0.2.0",
        capabilities=("restart", "lamp"),
    )
    note_hello(device, said, NOW)
    device.refresh_from_db()
    assert device.capabilities == ["restart", "lamp"]


def test_a_light_by_night_is_refused_and_a_reason_forces_it_and_stands_in_the_audit(box: Device, house: User) -> None:
    press(house, box, "device_ask", verb="locate")
    refused(Command.objects.get(), Code.NIGHT, until="07:00")
    said = page(house, box)
    assert "Not at night It is 14:02. The light may wake someone. Night ends at 07:00." in said
    assert "Needed now? Say why" in said
    press(house, box, "device_ask", verb="locate", why="Box is to be replaced")
    assert Command.objects.order_by("-forced")[0].forced
    rows = [json.loads(row.after) for row in AuditRow.objects.filter(verb__in=["located", "box_answered"])]
    assert {"box": "0401", "why": "Box is to be replaced"} in rows
    assert any("night" in str(row.get("answer")) for row in rows)


def test_while_it_blinks_the_page_says_since_when_and_until_when_and_ends_it(box: Device, house: User) -> None:
    press(house, box, "device_ask", verb="locate")
    replied(Command.objects.get(), done=True)
    said = page(house, box)
    assert "Blinking until 14:02:30" in said
    assert "The box confirmed at 14:02:00." in said
    assert "Found it" in said
    with time_machine.travel(NOW + timedelta(seconds=4), tick=False):
        press(house, box, "device_ask", verb="locate_end")
        assert "Found it: asked at 14:02:04." in page(house, box)
        replied(Command.objects.get(verb="locate_end"), done=True)
        said = page(house, box)
    assert "Found at 14:02:00." in said
    assert "Blinking until" not in said
    assert AuditRow.objects.filter(verb="found").exists()


def test_the_picture_stays_while_the_box_blinks_whatever_else_is_asked(box: Device, house: User) -> None:
    replied(ask(box, Verb.LOCATE, house, NOW), done=True)
    with time_machine.travel(NOW + timedelta(seconds=5), tick=False):
        ask(box, Verb.SEND_LOGS, house, NOW + timedelta(seconds=5))
        said = page(house, box)
        assert "Blinking until 14:02:30" in said
        assert "Send logs: asked at 14:02:05." in said
    with time_machine.travel(NOW + timedelta(seconds=30), tick=False):
        assert "Blinking until" not in page(house, box)


def test_a_box_with_older_software_stands_first_among_those_that_work_and_is_counted(
    box: Device, other_bed: Bed, house: User
) -> None:
    Device.objects.update(software="1.4.2", faults={}, health={"calibrated_on": "2026-11-03", "clock_ok": True})
    old = {"software": "1.4.1", "health": {"calibrated_on": "2026-11-03", "clock_ok": True}}
    contact = {"online": True, "contact_at": NOW, "health_at": NOW}
    other = Device.objects.create(
        id="00000000-0000-4000-8000-000000000002", number="0402", bed=other_bed, **old, **contact
    )
    said = page(house, other)
    assert "1 with older software" in said
    assert said.index("0402") < said.index("0401")
    assert "1.4.1, older than other boxes" in said


def test_facilities_see_until_when_music_plays_and_not_what(
    box: Device, bed: Bed, house: User, playlists: list[Playlist]
) -> None:
    assert "Music silent" in page(house, box)
    plays(box, playlists[0])
    said = page(house, box)
    assert "Music plays until 14:" in said
    assert playlists[0].title not in said


def test_an_older_box_blinks_to_its_end(box: Device, house: User) -> None:
    Device.objects.update(capabilities=["restart"])
    replied(ask(box, Verb.LOCATE, house, NOW), done=True)
    assert "Blinking until" in page(house, box)
    assert "Found it" not in page(house, box)


def test_a_restart_while_music_plays_says_the_minutes_left(box: Device, house: User) -> None:
    refused(ask(box, Verb.RESTART, house, NOW), Code.MUSIC_PLAYS, minutes=12)
    assert "Restart: not done Music plays, 12 min left." in page(house, box)


def test_the_log_is_kept_and_opened_as_plain_text(box: Device, house: User) -> None:
    replied(ask(box, Verb.SEND_LOGS, house, NOW), done=True, lines=("link=up",))
    assert "Open the log" in page(house, box)
    answer = logged_in(house).get(reverse("device_log", args=["4-north", box.pk, LogExcerpt.objects.get().pk]))
    assert (answer.content, answer["Content-Type"]) == (b"link=up\n", "text/plain; charset=utf-8")


def test_two_people_who_ask_the_same_at_once_ask_the_box_once(box: Device, house: User) -> None:
    ask(box, Verb.RESTART, house, NOW)
    assert ask(box, Verb.RESTART, house, NOW).reason == UNDER_WAY
    assert len(unsent_commands(NOW)) == 1
    assert ask(box, Verb.STOP, house, NOW).done is None, "a stop is never held up"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_asked(box: Device, house: User) -> None:
    at_once(*[lambda: ask(Device.objects.get(), Verb.RESTART, house, NOW)] * 4)
    assert Command.objects.filter(done=None).count() == 1


def test_a_box_in_repair_leaves_its_bed_free_and_keeps_its_note(box: Device, bed: Bed, house: User) -> None:
    browser, place = logged_in(house), reverse("device_place", args=["4-north", box.pk])
    answer = browser.post(place, {"do": "repair", "note": "Speaker", "shown": bed.pk}, follow=True)
    assert b"Box 0401 is at no bed now: In repair" in answer.content
    box.refresh_from_db()
    assert (box.bed, box.home, box.away, box.away_note) == (None, bed.room.ward, Away.REPAIR, "Speaker")
    said = page(house, box)
    assert "Not at a bed 1 No bed 0401 In repair Speaker" in said


def test_a_note_that_is_longer_than_its_field_is_kept_as_far_as_it_fits(box: Device, bed: Bed, house: User) -> None:
    assert press(house, box, "device_place", do="repair", note="ä\x00" * 500, shown=bed.pk).status_code == 302
    box.refresh_from_db()
    assert 0 < len(box.away_note) <= 120


@pytest.mark.parametrize(
    ("name", "said", "status"),
    [
        ("device_ask", {"verb": "explode"}, 404),
        ("device_ask", {"verb": ""}, 404),
        ("device_ask", {"verb": "stop"}, 404),
        ("device_place", {"do": "explode"}, 404),
        ("device_place", {"do": "move", "bed": "-1"}, 404),
        ("device_place", {"do": "move", "bed": "99999999999999999999"}, 404),
        ("device_place", {"do": "repair", "shown": "x"}, 409),
    ],
)
def test_odd_values_of_an_action_do_nothing(
    box: Device, bed: Bed, house: User, name: str, said: dict[str, str], status: int
) -> None:
    assert press(house, box, name, **said).status_code == status
    box.refresh_from_db()
    assert (box.bed, Command.objects.count()) == (bed, 0)


def test_a_box_of_another_ward_is_not_found(box: Device, house: User) -> None:
    there = Bed.objects.create(
        room=Ward.objects.create(name="Other", slug="other").rooms.create(number="9", position=0), letter=""
    )
    Device.objects.update(bed=there)
    assert press(house, box, "device_ask", verb="locate").status_code == 404
    assert press(house, box, "device_place", do="repair", shown=there.pk).status_code == 404
    assert Command.objects.count() == 0


def test_a_double_press_asks_once(box: Device, house: User) -> None:
    browser, address = logged_in(house), reverse("device_ask", args=["4-north", box.pk])
    for _ in range(2):
        assert browser.post(address, {"verb": "locate", "once": "a" * 32}).status_code == 302
    assert [one.done for one in Command.objects.all()].count(None) == 1


def test_a_box_that_moves_gets_the_playlists_of_its_new_bed(
    box: Device, bed: Bed, other_bed: Bed, house: User, nurse: User, playlists: list[Playlist]
) -> None:
    assign(other_bed, playlists[:1], nurse, NOW)
    Assignment.objects.update(applied_at=NOW, sent_at=NOW)
    Device.objects.update(assignment_version=7, stay="old")
    press(house, box, "device_place", do="move", bed=other_bed.pk, shown=bed.pk)
    box.refresh_from_db()
    newest = Assignment.objects.filter(bed=other_bed).order_by("-version")[0]
    assert box.bed == other_bed
    assert newest.applied_at is None, "it goes out again"
    assert newest.version > 7 or newest.sent_to is None


def test_a_bed_that_has_a_box_takes_no_other(box: Device, bed: Bed, other_bed: Bed, house: User) -> None:
    Device.objects.create(id="00000000-0000-4000-8000-000000000002", number="0402", bed=other_bed)
    answer = press(house, box, "device_place", do="move", bed=other_bed.pk, shown=bed.pk)
    assert answer.status_code == 409
    assert BED_TAKEN in answer.content.decode()
    box.refresh_from_db()
    assert box.bed == bed


def test_a_bed_that_is_closed_meanwhile_takes_no_box(box: Device, bed: Bed, other_bed: Bed, house: User) -> None:
    Bed.objects.filter(pk=other_bed.pk).update(closed_at=NOW)  # the page read it before
    with pytest.raises(PlacingError, match=re.escape(BED_CLOSED)):
        move(box, other_bed, Asked(house, NOW, bed.pk))
    box.refresh_from_db()
    assert box.bed == bed


def test_a_box_that_plays_is_moved_only_with_a_reason(
    box: Device, bed: Bed, other_bed: Bed, house: User, playlists: list[Playlist]
) -> None:
    plays(box, playlists[0])
    with pytest.raises(PlacingError, match=re.escape(PLAYS)):
        move(box, other_bed, Asked(house, NOW, bed.pk))
    move(box, other_bed, Asked(house, NOW, bed.pk, "The patient changes rooms"))
    assert json.loads(AuditRow.objects.get(verb="box_moved").after)["why"] == "The patient changes rooms"


def test_the_second_of_two_who_move_a_box_is_told(box: Device, bed: Bed, other_bed: Bed, house: User) -> None:
    move(box, other_bed, Asked(house, NOW, bed.pk))
    with pytest.raises(PlacingError, match=re.escape(CHANGED)):
        take_away(box, Away.REPAIR, "", Asked(house, NOW, bed.pk))


def test_a_box_out_of_service_is_in_no_list_and_takes_no_action(box: Device, bed: Bed, house: User) -> None:
    press(house, box, "device_place", do="retire", shown=bed.pk)
    said = page(house, box)
    assert "Out of service" in said
    assert "Make it blink" not in said
    assert "Not at a bed" not in said
    assert AuditRow.objects.filter(verb="box_retired").exists()


def test_an_auditor_reads_and_asks_nothing(box: Device, ward: Ward) -> None:
    auditor = person(ward, Role.AUDITOR)
    assert "Make it blink" not in page(auditor, box)
    assert press(auditor, box, "device_ask", verb="locate").status_code == 403


def test_a_box_is_found_by_the_number_of_its_bed(box: Device, house: User) -> None:
    found = logged_in(house).get(reverse("ward_devices", args=["4-north"]), {"find": "1a"}).content.decode()
    assert str(box.pk) in found
    none = logged_in(house).get(reverse("ward_devices", args=["4-north"]), {"find": "zz"}).content.decode()
    assert "No bed and no box has this number." in none


def test_the_page_asks_again_only_for_what_it_does_not_show(box: Device, house: User) -> None:
    browser: Client = logged_in(house)
    whole = browser.get(reverse("device", args=["4-north", box.pk])).content.decode()
    theme = re.findall(r'data-theme="(\w+)"', whole)[0]
    seen = re.findall(r'name="seen" id="[\w-]+" value="([\w:]+)"', whole)
    address = reverse("device_pulse", args=["4-north", box.pk])
    assert "box-list" not in browser.get(address, {"theme": theme, "seen": seen}).content.decode()
    assert "box-list" in browser.get(address, {"theme": theme}).content.decode()
