"""The link on a real broker: every entry arrives, whatever broker and ward do."""

import random
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

import messages
from device.config.settings import Broker
from device.rules.events import Assigned, Commanded, LinkChanged
from messages import Topic
from tests.box.deaf_proxy import DeafProxy
from tests.box.linked_box import DEVICE, QUICK, Box, a_box, a_now, all_arrived
from tests.box.recorded import NOON
from tests.box.scripted_ward import Ward, a_ward, whole_receipt
from tests.servers import Mosquitto, free_port, mosquitto

ASSIGNMENT = messages.Assignment(version=3, stay="stay-1", assigned_at=NOON, playlists=())


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as broker:
        yield broker


@pytest.fixture
def ward(broker: Mosquitto) -> Iterator[Ward]:
    with a_ward(broker.port, DEVICE) as ward:
        yield ward


def check_once_in_order(ward: Ward, box: Box, count: int) -> None:
    assert list(ward.entries.values()) == list(range(count))
    assert [seq for _, seq in ward.entries] == list(range(1, count + 1))
    ward.until(lambda: box.log.unsent().waiting == 0)


@pytest.mark.parametrize("protocol", [4, 5])
def test_a_box_says_presence_then_hello_then_its_entries(
    tmp_path: Path, broker: Mosquitto, ward: Ward, protocol: int
) -> None:
    with a_box(tmp_path, broker.port, protocol=protocol) as box:
        box.record(0, 3)
        ward.until(all_arrived(ward, 3))
        words = [word for word, _, _ in ward.heard]
        assert words[:2] == [Topic.PRESENCE, Topic.HELLO]
        assert ward.heard[0][1] == messages.Presence(online=True, software="0.1.0", boot="boot-1")
        hello = ward.heard[1][1]
        assert isinstance(hello, messages.Hello)
        assert (hello.log_id, hello.assignment_version, hello.stay) == (box.log.span().log_id, 2, "stay-1")
        assert box.event(LinkChanged) == LinkChanged(up=True, ward_up=False)
        check_once_in_order(ward, box, 3)


def test_presence_is_retained_and_says_goodbye_at_close(tmp_path: Path, broker: Mosquitto, ward: Ward) -> None:
    with a_box(tmp_path, broker.port):
        ward.until(lambda: ward.messages_of(Topic.HELLO))
        with a_ward(broker.port, DEVICE) as late_comer:
            late_comer.until(lambda: late_comer.heard)
            topic, presence, retained = late_comer.heard[0]
            assert (topic, retained) == (Topic.PRESENCE, True)
            assert isinstance(presence, messages.Presence)
            assert presence.online
            assert len(late_comer.heard) == 1, "nothing but presence may be retained"
    ward.until(lambda: len(ward.messages_of(Topic.PRESENCE)) == 2)
    last = ward.messages_of(Topic.PRESENCE)[-1]
    assert isinstance(last, messages.Presence)
    assert not last.online


def test_the_broker_speaks_the_will_of_a_box_that_is_cut_off_and_the_box_comes_back(
    tmp_path: Path, broker: Mosquitto, ward: Ward
) -> None:
    with a_box(tmp_path, broker.port) as box:
        box.event_like(LinkChanged(up=True, ward_up=False))
        usurper = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"nightingale-{DEVICE}", protocol=paho.MQTTv311)
        usurper.connect("127.0.0.1", broker.port)
        usurper.loop_read()
        box.event_like(LinkChanged(up=False, ward_up=False))
        box.event_like(LinkChanged(up=True, ward_up=False))
        ward.until(lambda: len(ward.messages_of(Topic.PRESENCE)) >= 3)
        online = [message.online for message in ward.messages_of(Topic.PRESENCE)[:3]]  # type: ignore[attr-defined]
        assert online == [True, False, True]
        usurper.loop_read()


def test_a_broker_whose_answers_to_pings_are_late_is_there_as_long_as_it_speaks(
    tmp_path: Path, broker: Mosquitto, ward: Ward
) -> None:
    """A long queue on a slow network stands before the answer; a silent broker is given up."""
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as server,
        a_box(tmp_path, (proxy := DeafProxy(server, broker.port)).port, pace=replace(QUICK, keepalive_s=1)) as box,
    ):
        box.event_like(LinkChanged(up=True, ward_up=False))
        while proxy.pings < 3:
            ward.say_raw(messages.topic(DEVICE, Topic.COMMAND), b"{")
            box.link._closing.wait(0.1)
        assert box.events.empty()
        assert box.event(LinkChanged) == LinkChanged(up=False, ward_up=False)
        server.shutdown(socket.SHUT_RDWR)


def test_entries_arrive_once_in_order_under_lost_late_repeated_and_forged_receipts(
    tmp_path: Path, broker: Mosquitto, ward: Ward
) -> None:
    chance, held = random.Random(3), list[messages.Receipt]()

    def receipts(batch: messages.Log) -> list[messages.Receipt]:
        honest = whole_receipt(batch)
        held.append(honest)
        match chance.choice(["honest", "lost", "late", "twice", "forged", "partial"]):
            case "honest":
                return [honest]
            case "lost":
                return []
            case "late":
                return [chance.choice(held)]
            case "twice":
                return [honest, honest]
            case "forged":
                beyond = messages.Receipt(log_id=batch.log_id, through=10**9)
                return [beyond, messages.Receipt(log_id="another", through=honest.through)]
            case _:
                return [messages.Receipt(log_id=batch.log_id, through=batch.first_seq)]

    ward.receipts = receipts
    with a_box(tmp_path, broker.port) as box:
        box.record(0, 3000)
        ward.until(all_arrived(ward, 3000))
        ward.receipts = lambda batch: [whole_receipt(batch)]
        check_once_in_order(ward, box, 3000)


def test_nothing_is_deleted_without_a_receipt(tmp_path: Path, broker: Mosquitto, ward: Ward) -> None:
    ward.receipts = lambda _: []
    with a_box(tmp_path, broker.port) as box:
        box.record(0, 10)
        ward.until(lambda: len(ward.messages_of(Topic.LOG)) >= 4)
        assert box.log.unsent().waiting == 10


def test_entries_arrive_though_the_broker_is_killed_frozen_and_restarted(
    tmp_path: Path, broker: Mosquitto, ward: Ward
) -> None:
    with a_box(tmp_path, broker.port) as box:
        box.record(0, 500)
        ward.until(all_arrived(ward, 200))
        broker.kill()
        box.record(500, 500)
        broker.start()
        ward.until(all_arrived(ward, 700))
        broker.freeze()
        box.record(1000, 500)
        broker.thaw()
        ward.until(all_arrived(ward, 1200))
        broker.kill()
        box.record(1500, 500)
        broker.start()
        ward.until(all_arrived(ward, 2000))
        check_once_in_order(ward, box, 2000)


def test_a_broker_frozen_for_long_is_given_up_and_found_again(tmp_path: Path, broker: Mosquitto, ward: Ward) -> None:
    with a_box(tmp_path, broker.port) as box:
        box.event_like(LinkChanged(up=True, ward_up=False))
        broker.freeze()
        box.record(0, 10)
        box.event_like(LinkChanged(up=False, ward_up=False))
        broker.thaw()
        box.event_like(LinkChanged(up=True, ward_up=False))
        ward.until(all_arrived(ward, 10))
        check_once_in_order(ward, box, 10)


def test_the_next_broker_of_the_list_is_tried(tmp_path: Path, broker: Mosquitto, ward: Ward) -> None:
    with a_box(tmp_path, free_port(), broker.port, free_port()) as box:
        box.record(0, 1)
        ward.until(all_arrived(ward, 1))


def test_the_ward_coming_back_hears_hello_and_the_batch_again(tmp_path: Path, broker: Mosquitto, ward: Ward) -> None:
    with a_box(tmp_path, broker.port) as box:
        ward.until(lambda: ward.messages_of(Topic.HELLO))
        ward.say_presence(online=True)
        box.event_like(LinkChanged(up=True, ward_up=True))
        ward.until(lambda: len(ward.messages_of(Topic.HELLO)) == 2)
        ward.say_presence(online=False)
        box.event_like(LinkChanged(up=True, ward_up=False))


def test_an_assignment_and_a_command_become_events(tmp_path: Path, broker: Mosquitto, ward: Ward) -> None:
    with a_box(tmp_path, broker.port) as box:
        ward.until(lambda: ward.messages_of(Topic.HELLO))
        ward.say(Topic.ASSIGNMENT, ASSIGNMENT)
        assigned = box.event(Assigned)
        assert isinstance(assigned, Assigned)
        assert (assigned.version, assigned.digest) == (3, messages.assignment_digest(ASSIGNMENT))
        late = messages.Command(id="c-1", verb=messages.Verb.STOP, issued_at=NOON - timedelta(seconds=40))
        ward.say(Topic.COMMAND, late)
        assert box.event(Commanded) == Commanded("c-1", messages.Verb.STOP, late_s=10.0)


def test_a_command_that_comes_twice_is_done_once_and_answered_twice(
    tmp_path: Path, broker: Mosquitto, ward: Ward
) -> None:
    command = messages.Command(id="c-1", verb=messages.Verb.LOCATE, issued_at=NOON)
    with a_box(tmp_path, broker.port) as box:
        ward.until(lambda: ward.messages_of(Topic.HELLO))
        ward.say(Topic.COMMAND, command)
        box.event(Commanded)
        box.link.reply(messages.Reply(id="c-1", done=True))
        ward.until(lambda: ward.messages_of(Topic.REPLY))
        ward.say(Topic.COMMAND, command)
        ward.until(lambda: len(ward.messages_of(Topic.REPLY)) == 2)
        ward.say(Topic.COMMAND, messages.Command(id="c-2", verb=messages.Verb.LOCATE, issued_at=NOON))
        assert box.event(Commanded) == Commanded("c-2", messages.Verb.LOCATE)


def test_what_a_broker_kept_of_a_stay_is_refused(tmp_path: Path, broker: Mosquitto, ward: Ward) -> None:
    ward.say(Topic.ASSIGNMENT, ASSIGNMENT, retain=True)
    ward.say(Topic.COMMAND, messages.Command(id="old", verb=messages.Verb.LOCATE, issued_at=NOON), retain=True)
    with a_ward(broker.port, DEVICE) as witness, a_box(tmp_path, broker.port) as box:
        witness.until(lambda: witness.messages_of(Topic.HELLO))
        fresh = messages.Assignment(version=4, stay="stay-2", assigned_at=NOON, playlists=())
        ward.say(Topic.ASSIGNMENT, fresh)
        assigned = box.event(Assigned)
        assert isinstance(assigned, Assigned)
        assert assigned.version == 4
        assert box.link.dropped == 2
        assert box.events.empty()


def test_now_and_health_are_said_and_only_the_latest_waits(tmp_path: Path, broker: Mosquitto, ward: Ward) -> None:
    box = Box(tmp_path, Broker("127.0.0.1", broker.port))
    for number in range(100):
        box.link.say_now(a_now(number))
    box.link.start()
    ward.until(lambda: ward.messages_of(Topic.NOW))
    assert ward.messages_of(Topic.NOW) == [a_now(99)]
    box.link.close()
    box.log.close()


def test_a_frozen_broker_neither_fills_memory_nor_keeps_the_box_from_closing(
    tmp_path: Path, broker: Mosquitto, ward: Ward
) -> None:
    with a_box(tmp_path, broker.port) as box:
        box.event_like(LinkChanged(up=True, ward_up=False))
        broker.freeze()
        for number in range(20_000):
            box.link.say_now(a_now(number))
            box.link.reply(messages.Reply(id="c-1", done=True))
        assert len(box.link._outbox.now) <= 1
        assert len(box.link._outbox.replies) <= 100
    box.link._thread.join(20.0)
    assert not box.link._thread.is_alive()
    broker.thaw()


def test_without_brokers_the_link_keeps_silent(tmp_path: Path) -> None:
    with a_box(tmp_path) as box:
        box.record(0, 3)
        box.link.say_now(a_now(1))
        assert box.log.flush()
        assert box.log.unsent().waiting == 3
        assert box.events.empty()
