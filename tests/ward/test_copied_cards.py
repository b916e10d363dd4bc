"""Two boxes of one id, and a card that was copied back: what the ward does not hold it never receipts."""

from datetime import datetime, timedelta

import pytest

import messages
from messages import Code, Hello, Receipt
from tests.ward.saying import LOG, NOW, entry, hello, log, started, story, told_fault
from ward.devices.status import Condition, condition
from ward.fleet.last_seen import note_hello
from ward.fleet.models import Device
from ward.usage.ingest import ingest_log, meet
from ward.usage.models import BoxLog, Entry, Session

pytestmark = pytest.mark.django_db
STORY = story(20)
OTHERS = [entry(started(f"other-{n}")) for n in range(20)]


def kept() -> list[object]:
    return list(Entry.objects.order_by("seq").values_list("data", flat=True))


def words(device: Device, now: datetime) -> list[str]:
    device.refresh_from_db()
    Device.objects.update(online=True, contact_at=now)
    device.refresh_from_db()
    found: Condition = condition(device, now)
    return [trouble.word for trouble in found.troubles]


def said_by(boot: str) -> Hello:
    return Hello(log_id=LOG, oldest=1, next_seq=1, assignment_version=0, stay=None, boot=boot, software="0.1.0")


def test_other_entries_under_the_same_numbers_are_never_receipted(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY), now)
    same_then_other = [*STORY[:12], *OTHERS[12:]]
    assert ingest_log(device, log(11, *same_then_other[10:]), now) == Receipt(log_id=LOG, through=12, differs=True)
    assert ingest_log(device, log(13, *OTHERS[12:]), now) == Receipt(log_id=LOG, through=12, differs=True)
    assert kept() == [one.data for one in STORY]
    assert BoxLog.objects.get().differs_from == 13


def test_a_copied_back_card_never_gets_a_receipt_by_its_hello(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY), now)
    assert meet(device, hello(oldest=11, next_seq=31)).through == 10, "it may hold others from there on"


def test_what_a_copied_back_card_goes_on_writing_under_a_new_log_is_kept(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY), now)
    ingest_log(device, log(13, *OTHERS[12:]), now)
    assert ingest_log(device, log(1, *OTHERS[12:], log_id="log-2"), now) == Receipt(log_id="log-2", through=8)
    assert Entry.objects.count() == 28
    assert Session.objects.filter(session__startswith="other-").count() == 8


def test_a_difference_is_shown_to_people_for_a_day(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY), now)
    assert "Log does not match" not in words(device, now)
    ingest_log(device, log(1, *OTHERS), now)
    assert "Log does not match" in words(device, now + timedelta(hours=23))
    assert "Log does not match" not in words(device, now + timedelta(hours=25))


@pytest.mark.parametrize("change", ["at", "clock_ok", "boot", "stay", "kind", "data"])
def test_an_entry_is_another_one_by_any_of_its_fields(device: Device, now: datetime, change: str) -> None:
    ingest_log(device, log(1, STORY[0]), now)
    values: dict[str, object] = {
        "at": NOW + timedelta(microseconds=1),
        "clock_ok": False,
        "boot": "boot-2",
        "stay": "s",
        "kind": "tea_time",
        "data": {**STORY[0].data, "level_dba": 51.0},
    }
    fields = {name: getattr(STORY[0], name) for name in STORY[0].__struct_fields__} | {change: values[change]}
    assert ingest_log(device, log(1, messages.Entry(**fields)), now).differs  # type: ignore[arg-type]


def test_what_fell_into_a_gap_and_comes_after_all_is_stored_and_read(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY[:2]), now)
    assert meet(device, hello(oldest=9, next_seq=9)).through == 8
    assert ingest_log(device, log(1, *STORY), now) == Receipt(log_id=LOG, through=20)
    assert kept() == [one.data for one in STORY]
    assert Session.objects.count() == 10


def test_a_hello_with_a_number_made_up_moves_nothing(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY[:2]), now)
    assert meet(device, hello(oldest=2**52, next_seq=2**52)).through == 2
    assert ingest_log(device, log(3, *STORY[2:]), now).through == 20
    assert BoxLog.objects.get().gap_from is None


def test_two_boxes_that_take_turns_under_one_id_are_shown(device: Device, now: datetime) -> None:
    for boot in ("one", "two", "three", "three"):
        note_hello(device, said_by(boot), now)
    assert "Two boxes, one ID" not in words(device, now), "a box that restarts is one box"
    note_hello(device, said_by("two"), now)
    assert "Two boxes, one ID" in words(device, now + timedelta(minutes=59))
    assert "Two boxes, one ID" not in words(device, now + timedelta(minutes=61))


def test_a_card_of_another_box_says_what_to_do(device: Device, now: datetime) -> None:
    Device.objects.update(faults={"log": told_fault(Code.LOG_OF_ANOTHER_BOX, now)})
    assert "Memory card of another box" in words(device, now)


@pytest.mark.parametrize("code", [Code.GPIO_REFUSED, Code.LINE_LOST, Code.LINES_LOST])
def test_a_fault_of_the_pins_is_no_button_that_is_held(code: Code, device: Device, now: datetime) -> None:
    fault = told_fault(code, now, what="busy", name="PLAY", pin=5, lines="PLAY, NEXT")
    Device.objects.update(faults={"controls": fault})
    assert "Button stuck" not in words(device, now)


def test_entries_that_do_not_arrive_though_the_box_is_linked_need_a_person(device: Device, now: datetime) -> None:
    Device.objects.update(unsent=7, oldest_unsent_s=2000.0, hello_at=now)
    assert "Records are not arriving" not in words(device, now + timedelta(minutes=4)), "it just came back"
    assert "Records are not arriving" in words(device, now + timedelta(minutes=6))
