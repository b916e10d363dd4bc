"""Someone holds a row of one box in the database: its messages wait, in order, and the other boxes go on."""

import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from messages import Topic, Verb, topic
from tests.hand_clock import HandClock
from tests.servers import free_port
from tests.ward.people import logged_in, person
from tests.ward.saying import LOG, NOW, log, payload, story
from ward.assignments.assigning import assign
from ward.assignments.models import Assignment
from ward.assignments.sending import unsent
from ward.beds.models import Bed, Change, Role, Ward
from ward.fleet.commands import ask, unsent_commands
from ward.fleet.last_seen import tell_of_time
from ward.fleet.models import Aside, Command, Device
from ward.limits import ANSWER_MS, MQTTD, Limits, limit
from ward.mqttd import writing
from ward.mqttd.aside import FIRST_S, LONGEST_S, MOST
from ward.mqttd.aside import Aside as Waiting
from ward.mqttd.connection import Broker
from ward.mqttd.daemon import Mqttd
from ward.mqttd.handlers import Decoded, Outgoing, Received
from ward.music.models import Playlist
from ward.usage.models import BoxLog, Entry

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN_S = 20.0


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """This process's connections as those of a process that has these limits."""
    options = connections.settings["default"].setdefault("OPTIONS", {})
    before = dict(options)
    limit(limits)
    connection.close()
    yield
    options.clear()
    options.update(before)
    connection.close()


@pytest.fixture
def _holds_rows() -> Iterator[None]:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite holds no rows")
    with limited(MQTTD):
        yield


@contextmanager
def held(rows: QuerySet[Any]) -> Iterator[None]:
    """Another session that has begun a transaction, holds the rows, and is forgotten."""
    begun, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            assert list(rows.select_for_update())
            begun.set()
            assert over.wait(WITHIN_S)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert begun.wait(WITHIN_S)
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def other(other_bed: Bed) -> Device:
    return Device.objects.create(id=uuid.UUID(int=7), number="0402", bed=other_bed, online=True, contact_at=NOW)


class Offline:
    """mqttd without a broker, whose clock is turned by hand."""

    def __init__(self) -> None:
        self.clock = HandClock(100.0)
        self.mqttd = Mqttd([Broker("127.0.0.1", free_port())], clock=self.clock, now=lambda: NOW)
        self.answers: list[Outgoing] = []
        self.mqttd._publish = self.answers.append  # type: ignore[method-assign]

    def says(self, device: Device, first: int, count: int) -> None:
        said = payload(log(first, *story(first + count - 1)[first - 1 :]))
        self.mqttd.inbox.append(Received(topic(str(device.pk), Topic.LOG), said, retained=False))

    def turn(self, later_s: float = 0.0) -> None:
        self.clock.at += later_s
        self.mqttd.turn(0.0)
        assert len(self.mqttd.inbox) == 0


def stored(device: Device) -> int:
    return Entry.objects.filter(log__device=device).count()


def _the_box(device: Device) -> QuerySet[Any]:
    return Device.objects.filter(pk=device.pk)


def _the_bed(device: Device) -> QuerySet[Any]:
    return Bed.objects.filter(pk=device.bed_id)


def _its_log(device: Device) -> QuerySet[Any]:
    return BoxLog.objects.filter(device=device)


@pytest.mark.usefixtures("_holds_rows")
@pytest.mark.parametrize("rows", [_the_box, _the_bed, _its_log])
def test_what_a_box_says_waits_while_its_rows_are_held_and_the_others_go_on(
    rows: Callable[[Device], QuerySet[Any]], device: Device, other: Device, caplog: pytest.LogCaptureFixture
) -> None:
    offline = Offline()
    offline.says(device, 1, 2)
    offline.turn()
    assert stored(device) == 2
    with held(rows(device)):
        for first in (3, 5):
            offline.says(device, first, 2)
            offline.says(other, first - 2, 2)
            offline.turn()
        assert (stored(device), stored(other)) == (2, 4)
        assert Aside.objects.get().device_id == device.pk
        offline.turn(FIRST_S)
        assert stored(device) == 2
    assert len([one for one in caplog.records if "its rows in the database are locked" in one.message]) == 1
    assert not [one for one in caplog.records if "database fails" in one.message]
    offline.turn(2 * FIRST_S)
    assert stored(device) == 6, "in order, without a gap"
    assert not Aside.objects.exists()
    receipts = [one.message.through for one in offline.answers if one.device_id == str(device.pk)]  # type: ignore[attr-defined]
    assert receipts[-1] == 6


@pytest.mark.usefixtures("_holds_rows")
def test_a_box_that_was_heard_while_its_bed_was_held_is_heard_again(device: Device, other: Device) -> None:
    """That it was not heard is written beside the bed: one held bed must not cost the others that they were heard."""
    Device.objects.update(contact_at=NOW - timedelta(hours=2))
    offline = Offline()
    with held(_the_bed(device)):
        offline.says(device, 1, 1)
        offline.says(other, 1, 1)
        offline.turn()
        assert (Device.objects.get(pk=other.pk).contact_at, stored(other)) == (NOW, 1)
    offline.turn(FIRST_S)
    assert (Device.objects.get(pk=device.pk).contact_at, stored(device)) == (NOW, 1)


@pytest.mark.usefixtures("_holds_rows")
def test_mqttd_begins_with_nobody_aside(device: Device) -> None:
    Aside.objects.create(device=device, since=NOW)
    Offline().turn()
    assert not Aside.objects.exists()


@pytest.mark.usefixtures("_holds_rows")
@pytest.mark.parametrize("rows", ["assignment", "box"])
def test_what_the_ward_has_for_a_box_whose_rows_are_held_waits_and_the_rest_goes(
    rows: str, device: Device, other: Device, nurse: User, playlists: list[Playlist]
) -> None:
    for one in (device, other):
        assert one.bed is not None
        assign(one.bed, playlists[:1], nurse, NOW)
    of = Assignment.objects.filter(bed=device.bed) if rows == "assignment" else _the_box(device)
    held_up: list[str] = []
    with held(of):
        assert [one.sent_to_id for one in unsent(NOW, frozenset(), held_up)] == [other.pk]
        assert held_up == [str(device.pk)]
        assert unsent(NOW, frozenset(held_up), held_up) == []
    assert [one.sent_to_id for one in unsent(NOW)] == [device.pk]


@pytest.mark.usefixtures("_holds_rows")
@pytest.mark.parametrize(("rows", "goes_first"), [("command", [1]), ("box", [0, 1])])
def test_only_a_command_whose_own_row_is_held_waits(
    rows: str, goes_first: list[int], device: Device, other: Device, nurse: User
) -> None:
    """A Stop to a box whose row someone holds is sent at once."""
    now = timezone.now()
    Device.objects.update(contact_at=now)
    asked = [ask(one, Verb.STOP, nurse, now).pk for one in (device, other)]
    with held(Command.objects.filter(pk=asked[0]) if rows == "command" else _the_box(device)):
        assert [one.pk for one in unsent_commands(now)] == [asked[place] for place in goes_first]
    assert [one.pk for one in unsent_commands(now)] == [asked[0]][len(goes_first) - 1 :]


@pytest.mark.usefixtures("_holds_rows")
def test_what_breaks_the_program_when_it_is_tried_again_is_given_up(
    device: Device, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each turn would end there: nothing would be sent and no time be told, for ever."""
    offline = Offline()
    with held(_the_box(device)):
        offline.says(device, 1, 1)
        offline.turn()

    def broken(*_arguments: object) -> None:
        raise ValueError("a mistake of ours")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "note_contact", broken)
        offline.turn(FIRST_S)
    assert any("a mistake of ours" in record.message for record in caplog.records)
    assert not offline.mqttd.writer.aside.ids()
    offline.says(device, 1, 1)
    offline.turn()
    assert stored(device) == 1


@pytest.mark.usefixtures("_holds_rows")
def test_who_waits_is_noted_though_somebody_holds_the_note(device: Device, other: Device) -> None:
    Aside.objects.create(device=device, since=NOW)
    offline = Offline()
    offline.mqttd._has_begun = True
    with held(Aside.objects.all()), held(_the_box(device)):
        offline.says(device, 1, 1)
        offline.says(other, 1, 1)
        offline.turn()
        assert stored(other) == 1
    offline.turn(FIRST_S)
    assert stored(device) == 1


@pytest.mark.usefixtures("_holds_rows")
def test_the_time_is_told_though_a_bed_is_held(device: Device, other: Device) -> None:
    Device.objects.update(contact_at=NOW - timedelta(seconds=100))
    with held(_the_bed(device)):
        tell_of_time(NOW - timedelta(hours=1), NOW)
    assert set(Change.objects.values_list("bed", flat=True)) == {device.bed_id, other.bed_id}


@pytest.mark.usefixtures("_holds_rows")
def test_a_press_that_meets_a_held_bed_is_told_what_to_do(
    device: Device, nurse: User, playlists: list[Playlist]
) -> None:
    browser = logged_in(nurse)
    browser.raise_request_exception = False
    with limited(Limits(50, 5_000, 5_000)), held(_the_bed(device)):
        answer = browser.post(reverse("assign", args=[device.bed_id]), {"version": "0", "playlist": playlists[0].slug})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert "Wait a minute, check whether your change was made" in answer.content.decode()
    assert not Assignment.objects.exists()


def test_the_devices_page_says_whose_rows_are_held(device: Device, other: Device, ward: Ward) -> None:
    Aside.objects.create(device=device, since=NOW)
    page = logged_in(person(ward, Role.FACILITIES)).get(reverse("ward_devices", args=[ward.slug])).content.decode()
    assert page.count("Blocked in the database") == 3, "in the list, and twice on its own side"


def said(number: int, device_id: str = "a") -> Decoded:
    return Decoded(device_id, log(number, *story(1), log_id=LOG), retained=False)


def test_who_waits_is_tried_later_each_time_and_a_hundred_messages_wait() -> None:
    clock = HandClock(100.0)
    waiting = Waiting(clock)
    for number in range(1, MOST + 11):
        waiting.put(said(number), NOW)
    assert [one.message.first_seq for one, _ in waiting.said("a")] == list(range(11, MOST + 11))  # type: ignore[attr-defined]
    waits = []
    for _ in range(6):
        before = clock.at
        while not waiting.due():
            clock.at += 0.25
        waits.append(clock.at - before)
        waiting.not_yet("a")
    assert waits == [FIRST_S, 2, 4, 8, LONGEST_S, LONGEST_S]
    waiting.over("a")
    assert "a" not in waiting
    assert (waiting.due(), waiting.ids()) == ([], frozenset())


@pytest.mark.usefixtures("_holds_rows")
def test_a_database_whose_computer_is_gone_is_given_up_within_seconds(db: None) -> None:
    """What was sent to it is answered by nobody, not even by an error."""
    connection.ensure_connection()
    line = socket.socket(fileno=os.dup(connection.connection.fileno()))
    with closing(line):
        if line.family == socket.AF_UNIX:
            pytest.skip("a database on this computer goes with it")
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == MQTTD.statement_ms + ANSWER_MS
        asked = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        assert [line.getsockopt(socket.IPPROTO_TCP, one) for one in asked] == [5, 2, 3]
