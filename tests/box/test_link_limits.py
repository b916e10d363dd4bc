"""A broker that takes only small messages, or refuses some, holds up nothing for ever and is never called well."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import messages
from device.link.fitting import FAILURES, GROWS_AFTER_S, STRIKES, Fitting
from device.log.log import MOST_BYTES
from device.rules.events import LinkChanged
from messages import Topic
from tests.box.linked_box import DEVICE, QUICK, Box, a_box, all_arrived
from tests.box.recorded import Clock, a_log
from tests.box.scripted_ward import a_ward, whole_receipt
from tests.box.test_link_protocol import Scene
from tests.servers import mosquitto

ANYBODY = "allow_anonymous true"
DYNAMIC_SECURITY = Path("/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so")


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name == "device.link.link"]


@pytest.mark.parametrize("protocol", [4, 5])
@pytest.mark.parametrize("limit", ["message_size_limit 4000", "max_packet_size 4000"])
def test_entries_arrive_through_a_broker_that_takes_only_small_messages(
    tmp_path: Path, limit: str, protocol: int
) -> None:
    with mosquitto(tmp_path, ANYBODY, limit) as broker, a_ward(broker.port, DEVICE) as ward:
        ward.say_presence(online=True)
        with a_box(tmp_path, broker.port, protocol=protocol) as box:
            box.record(0, 200)
            ward.until(all_arrived(ward, 200))
            ward.until(lambda: box.log.unsent().waiting == 0)
            assert list(ward.entries.values()) == list(range(200))


def test_no_batch_is_longer_than_small_brokers_take(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker, a_ward(broker.port, DEVICE) as ward, a_box(tmp_path, broker.port) as box:
        box.record(0, 500)
        ward.until(all_arrived(ward, 500))
        sizes = [len(messages.encode(batch)) for batch in ward.messages_of(Topic.LOG)]
        assert max(sizes) <= MOST_BYTES
        assert max(sizes) > MOST_BYTES - 1000, "and not much shorter either"


def test_a_bound_that_was_found_is_believed_for_an_hour() -> None:
    fitting = Fitting()
    for _ in range(FAILURES):
        fitting.failed(("log", 1), 50, MOST_BYTES, now=0.0)
    assert fitting.most_bytes == MOST_BYTES // 2
    fitting.worked(now=GROWS_AFTER_S)
    assert fitting.most_bytes == MOST_BYTES // 2
    for _ in range(3):
        fitting.worked(now=GROWS_AFTER_S + 1)
    assert fitting.most_bytes == MOST_BYTES


def long_second(box: Box) -> None:
    """Three entries of which the second is longer than the broker takes, and the others are not."""
    box.record(0, 1)
    box.log.put([(messages.TrackFailed(playlist="calm", track="0" * 64, reason="é" * 1000), None)])
    box.record(2, 1)
    assert box.log.flush()


@pytest.mark.parametrize("protocol", [4, 5])
@pytest.mark.parametrize("limit", ["message_size_limit 1500", "max_packet_size 1500"])
def test_an_entry_that_alone_is_too_long_is_given_up_and_blocks_none_that_follow(
    tmp_path: Path, limit: str, protocol: int, caplog: pytest.LogCaptureFixture
) -> None:
    with mosquitto(tmp_path, ANYBODY, limit) as broker, a_ward(broker.port, DEVICE) as ward:
        ward.say_presence(online=True)
        ward.answers_hello = True
        with a_box(tmp_path, broker.port, protocol=protocol) as box:
            long_second(box)
            ward.until(lambda: box.log.unsent().waiting == 0)
            arrived = [entry.kind for batch in ward.messages_of(Topic.LOG) for entry in batch.entries]  # type: ignore[attr-defined]
            assert arrived.count("unreadable") >= 1
            assert list(ward.entries.values()) == [0, None, 2]
            assert "log=given_up seq=2" in caplog.text


def test_entries_are_not_given_up_while_the_ward_answers_nothing(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker, a_ward(broker.port, DEVICE) as ward:
        ward.say_presence(online=True)
        ward.receipts = lambda _: []
        with a_box(tmp_path, broker.port) as box:
            box.record(0, 1)
            ward.until(lambda: len(ward.messages_of(Topic.HELLO)) > STRIKES + 3)
            ward.receipts = lambda batch: [whole_receipt(batch)]
            ward.answers_hello = True
            ward.until(lambda: box.log.unsent().waiting == 0)
            assert list(ward.entries.values()) == [0]


def rules(folder: Path, *denied: str) -> tuple[str, ...]:
    """Dynamic security with one role for all: it may do everything but subscribe to topics that end in `denied`."""
    deny = [
        {"acltype": "subscribePattern", "topic": f"{messages.ROOT}/+/{word}", "allow": False, "priority": 9}
        for word in denied
    ]
    every = ["publishClientSend", "publishClientReceive", "subscribePattern", "unsubscribePattern"]
    acls = [*deny, *({"acltype": kind, "topic": "#", "allow": True} for kind in every)]
    config = {
        "defaultACLAccess": dict.fromkeys(
            ("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe"), True
        ),
        "anonymousGroup": "all",
        "groups": [{"groupname": "all", "roles": [{"rolename": "all"}]}],
        "roles": [{"rolename": "all", "acls": acls}],
        "clients": [],
    }
    file = folder / "rules.json"
    file.write_text(json.dumps(config))
    return ANYBODY, f"plugin {DYNAMIC_SECURITY}", f"plugin_opt_config_file {file}"


@pytest.fixture
def needs_rules() -> None:
    if not DYNAMIC_SECURITY.exists():
        pytest.skip(f"{DYNAMIC_SECURITY} is missing: apt-get install mosquitto")


@pytest.mark.usefixtures("needs_rules")
@pytest.mark.parametrize("protocol", [4, 5])
def test_a_refused_subscription_is_a_lost_link_with_its_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, protocol: int
) -> None:
    caplog.set_level(logging.INFO, "device.link.link")
    with (
        mosquitto(tmp_path, *rules(tmp_path, "assignment", "command")) as broker,
        a_box(tmp_path, broker.port, protocol=protocol) as box,
    ):
        assert box.event(LinkChanged) == LinkChanged(up=False, ward_up=False)
        box.link._closing.wait(1.0)  # several more attempts
        assert box.events.empty(), "never linked"
        (line,) = lines_of(caplog)
        assert "refuses the subscription to assignment, command (" in line
        assert "fix its access rules" in line


def test_a_message_that_the_broker_refuses_is_a_lost_link_with_its_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules_file = tmp_path / "acl"
    rules_file.write_text(f"topic read #\ntopic write {messages.ROOT}/+/presence\ntopic write {messages.ROOT}/+/log\n")
    with (
        mosquitto(tmp_path, ANYBODY, f"acl_file {rules_file}") as broker,
        a_box(tmp_path, broker.port, protocol=5) as box,
    ):
        box.event_like(LinkChanged(up=False, ward_up=False))
        assert "the broker refuses hello messages (Not authorized)" in caplog.text


def test_entries_without_a_receipt_for_long_are_a_lost_link_though_the_ward_is_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with mosquitto(tmp_path) as broker, a_ward(broker.port, DEVICE) as ward:
        ward.say_presence(online=True)
        ward.receipts = lambda _: []
        with a_box(tmp_path, broker.port, pace=replace(QUICK, deaf_s=0.3)) as box:
            box.event_like(LinkChanged(up=True, ward_up=True))
            box.record(0, 1)
            box.event_like(LinkChanged(up=False, ward_up=False))
            assert "although the ward is online: check the broker's limits and access rules" in caplog.text
            ward.receipts, ward.answers_hello = lambda batch: [whole_receipt(batch)], True
            ward.until(lambda: box.log.unsent().waiting == 0)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    log = a_log(tmp_path / "log.db", clock=Clock())
    log.open()
    yield Scene(log)
    log.close()


def test_a_box_whose_ward_is_away_is_not_deaf(scene: Scene) -> None:
    scene.talk.begin()
    scene.record(0)
    for _ in range(30):
        scene.spoken_after(60.0)
        assert not scene.talk.is_deaf
    scene.talk.take(messages.Presence(online=True, software="ward", boot="w"))
    assert scene.talk.is_deaf


def test_a_ward_that_holds_other_entries_makes_the_box_begin_a_new_log(scene: Scene) -> None:
    scene.talk.begin()
    scene.record(0, 1, 2)
    scene.spoken_after(0)
    old_id = scene.log.span().log_id
    scene.talk.take(messages.Receipt(log_id=old_id, through=1, differs=True))
    assert scene.log.flush()
    assert scene.log.span().log_id != old_id
    assert scene.spoken_after(0) == [Topic.HELLO, Topic.LOG]


@pytest.mark.parametrize("receipt", [("another", 1), (None, 3), (None, 10**9)])
def test_a_forged_word_of_other_entries_changes_nothing(scene: Scene, receipt: tuple[str | None, int]) -> None:
    scene.talk.begin()
    scene.record(0, 1, 2)
    scene.spoken_after(0)
    log_id = scene.log.span().log_id
    scene.talk.take(messages.Receipt(log_id=receipt[0] or log_id, through=receipt[1], differs=True))
    assert scene.log.flush()
    assert scene.log.span().log_id == log_id
