"""Which broker is tried when, and what a setting for it may say."""

from pathlib import Path

import paho.mqtt.client as paho
import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion

from messages import MAX_BYTES, topic
from messages.topics import Topic
from tests.hand_clock import HandClock
from tests.servers import mosquitto
from ward.mqttd.complaints import EACH, KINDS, Complaints
from ward.mqttd.connection import Attempts, Broker, Connection, Speech, parse_brokers
from ward.mqttd.handlers import Received
from ward.mqttd.inbox import MOST_OF_ONE, SHARE, Inbox

A, B = Broker("a.example", 1883), Broker("b.example", 1884)


def waits(attempts: Attempts, clock: HandClock, count: int) -> list[tuple[Broker, float]]:
    """The next brokers, and how long each was waited for, in steps of 10 ms."""
    found = []
    for _ in range(count):
        since = clock.at
        while (broker := attempts.next()) is None:
            clock.at += 0.01
        found.append((broker, round(clock.at - since, 1)))
        attempts.failed()
    return found


def test_brokers_are_tried_in_turn_and_later_each_round() -> None:
    clock = HandClock()
    attempts = Attempts([A, B], clock, jitter=lambda: 1.0)
    found = waits(attempts, clock, 7)
    assert [broker for broker, _ in found] == [A, B, A, B, A, B, A]
    assert [wait for _, wait in found] == [0.0, 0.2, 0.2, 0.4, 0.4, 0.8, 0.8]


@pytest.mark.parametrize(("host", "longest_s"), [("127.0.0.1", 5.0), ("a.example", 60.0)])
def test_the_wait_has_an_end_and_begins_anew_after_success(host: str, longest_s: float) -> None:
    clock = HandClock()
    attempts = Attempts([Broker(host, 1)], clock, jitter=lambda: 1.0)
    assert waits(attempts, clock, 14)[-1][1] == longest_s
    attempts.succeeded()
    attempts.failed()
    assert waits(attempts, clock, 1)[0][1] == 0.2


def test_jitter_halves_the_wait_at_most() -> None:
    clock = HandClock()
    attempts = Attempts([A], clock, jitter=lambda: 0.0)
    assert [wait for _, wait in waits(attempts, clock, 3)] == [0.0, 0.1, 0.2]


def test_brokers_are_read_from_one_line() -> None:
    assert parse_brokers("a.example:1883, b.example:1884,") == (A, B)
    assert parse_brokers("[::1]:1883") == (Broker("::1", 1883),)


@pytest.mark.parametrize("text", ["", "a", ":1883", "a:", "a:b", "a:0", "a:70000", "a:1883 b:1884"])
def test_a_broker_that_is_none_is_one_line(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="write host:port"):
        parse_brokers(text)


def test_a_protocol_that_is_none_is_one_line() -> None:
    with pytest.raises(ImproperlyConfigured, match="write 3"):
        Speech("4")


def test_a_complaint_is_told_first_and_each_thousandth_time(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    for _ in range(2 * EACH):
        complaints.add("box", "log", "dropped")
    complaints.add("box", "hello", "dropped")
    told = ["dropped", "dropped (1000 times by now)", "dropped (2000 times by now)", "dropped"]
    assert [record.message for record in caplog.records] == told
    assert complaints.count == 2 * EACH + 1


def test_a_stranger_who_invents_ids_fills_neither_memory_nor_log(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    for number in range(KINDS + 5_000):
        complaints.add(f"box-{number}", "unknown", "who?")
    assert len(caplog.records) <= KINDS + 10


def test_with_mqtt_5_no_message_longer_than_the_contract_reaches_the_ward(tmp_path: Path) -> None:
    inbox, address = Inbox(), topic("6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a40", Topic.LOG)
    with mosquitto(tmp_path) as broker:
        ward = Connection(Broker("127.0.0.1", broker.port), Speech("5"), "boot", inbox)
        ward.open()
        while not any(one.topic.endswith("ward/presence") for one in inbox.first(len(inbox))):
            assert ward.turn(1.0), "it hears what it subscribed to, its own presence first"
        box = paho.Client(CallbackAPIVersion.VERSION2)
        box.connect("127.0.0.1", broker.port)
        box.loop_start()
        for size in (2 * MAX_BYTES, MAX_BYTES):
            box.publish(address, b"[" * size, qos=1).wait_for_publish(20)
        box.disconnect()
        box.loop_stop()
        while inbox.first(len(inbox))[-1].topic != address:
            assert ward.turn(1.0)
        assert [len(one.payload) for one in inbox.first(len(inbox)) if one.topic == address] == [MAX_BYTES]
        ward.close()


def said_by(box: int, number: int, size: int = 0) -> Received:
    return Received(
        topic(f"00000000-0000-4000-8000-{box:012d}", Topic.LOG), b"%d" % number + b" " * size, retained=False
    )


def test_a_box_that_floods_waits_for_itself_alone() -> None:
    inbox = Inbox()
    for number in range(MOST_OF_ONE):
        inbox.append(said_by(1, number))
    inbox.append(said_by(2, 0))
    first = inbox.first(500)
    assert said_by(2, 0) in first
    assert first.count(said_by(1, 0)) == 1
    assert len(first) == SHARE + 1
    inbox.drop(first)
    assert inbox.first(500)[0] == said_by(1, SHARE)
    assert (len(inbox), inbox.lost) == (MOST_OF_ONE - SHARE, 0)
    for number in range(MOST_OF_ONE, MOST_OF_ONE + 2 * SHARE):
        inbox.append(said_by(1, number))
    assert (len(inbox), inbox.lost) == (MOST_OF_ONE, SHARE), "it loses its own oldest"


@given(st.lists(st.integers(0, 3), max_size=300), st.integers(1, 60))
def test_every_message_is_taken_once_and_each_box_s_in_their_order(boxes: list[int], count: int) -> None:
    inbox, taken = Inbox(), list[Received]()
    said = [said_by(box, number) for number, box in enumerate(boxes)]
    for one in said:
        inbox.append(one)
    while len(inbox):
        some = inbox.first(count)
        assert some
        inbox.drop(some)
        taken += some
    assert len(taken) == len(said)
    for box in range(4):
        own = said_by(box, 0).topic
        assert [one for one in taken if one.topic == own] == [one for one in said if one.topic == own]


def test_what_is_too_much_is_lost_to_the_box_that_said_it() -> None:
    inbox = Inbox(limit_bytes=20_000)
    inbox.append(said_by(2, 0))
    for number in range(100):
        inbox.append(said_by(1, number, size=1_000))
    left = inbox.first(500)
    assert said_by(2, 0) in left
    assert inbox.lost == 100 - (len(left) - 1)
    assert left[-1] == said_by(1, 99, size=1_000), "the newest is kept"
