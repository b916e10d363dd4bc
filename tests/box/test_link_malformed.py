"""Ten thousand messages that are none, and then a good one, which arrives."""

import json
import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import messages
from device.link.connection import Arrived
from device.link.reader import Reader
from device.rules.events import Assigned, LinkChanged
from messages import Topic
from tests.box.linked_box import DEVICE, a_box
from tests.box.recorded import NOON
from tests.box.scripted_ward import a_ward
from tests.servers import mosquitto

FLOOD = 10_000
TOPICS = [
    messages.topic(DEVICE, Topic.ASSIGNMENT),
    messages.topic(DEVICE, Topic.COMMAND),
    messages.topic(DEVICE, Topic.RECEIPT),
    messages.ward_presence_topic(),
]
TRACK = messages.TrackRef(sha256="a" * 64, title="Garden", seconds=180.0)
CALM = messages.PlaylistRef(slug="calm", title="Calm", label="Calm", purpose="comfort", arc="u", tracks=(TRACK,))
GOOD = messages.Assignment(version=9, stay="stay-9", assigned_at=NOON, playlists=(CALM,))


def noise(chance: random.Random) -> bytes:
    return b"\xff" + chance.randbytes(chance.randrange(200))


def nested(chance: random.Random) -> bytes:
    depth = chance.randrange(1000, 20_000)
    return b'{"sets":' + b"[" * depth + b"]" * depth


def huge_number(chance: random.Random) -> bytes:
    digits = "9" * chance.randrange(20, 5000)
    return f'{{"version":{digits},"through":-{digits},"log_id":{digits},"valid_s":1e{digits[:5]}}}'.encode()


def wrong_values(chance: random.Random) -> bytes:
    """A good assignment with one value replaced by what cannot stand there."""
    values: dict[str, Any] = json.loads(messages.encode(GOOD))
    key = chance.choice(["version", "assigned_at", "playlists", "rules"])
    values[key] = chance.choice([None, True, -1, 2**80, "x" * 300, [[]], 1e308, "9999-99-99T99:99:99Z", "\x00"])
    return json.dumps(values).encode()


def cut(chance: random.Random) -> bytes:
    good = messages.encode(GOOD)
    return good[: chance.randrange(len(good) - 1)]


def no_object(chance: random.Random) -> bytes:
    return chance.choice([b"", b"null", b"[]", b'""', b"1", b"true", b"{}", b'{"online":1}', b'{"a":' * 3000])


MAKERS: list[Callable[[random.Random], bytes]] = [noise, nested, huge_number, wrong_values, cut, no_object]


def test_ten_thousand_malformed_messages_and_then_a_good_assignment_arrives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(5)
    caplog.set_level(logging.WARNING, "device.link.link")
    with (
        mosquitto(tmp_path, "allow_anonymous true", "max_queued_messages 0") as broker,
        a_ward(broker.port, DEVICE) as ward,
        a_box(tmp_path, broker.port) as box,
    ):
        box.event_like(LinkChanged(up=True, ward_up=False))
        ward.until(lambda: ward.messages_of(Topic.HELLO))
        for _ in range(FLOOD):
            ward.say_raw(chance.choice(TOPICS), chance.choice(MAKERS)(chance))
        ward.say(Topic.ASSIGNMENT, GOOD)
        assigned = box.event(Assigned)
        assert isinstance(assigned, Assigned)
        assert assigned.digest == messages.assignment_digest(GOOD)
        assert box.link.dropped == FLOOD
        assert box.events.empty()
    lines = [record for record in caplog.records if "link=dropped" in record.message]
    assert 4 <= len(lines) <= 4 + FLOOD // 1000
    assert not [record for record in caplog.records if "link=lost" in record.message]


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "nightingale/1",
        f"nightingale/2/{DEVICE}/command",
        f"nightingale/1/{DEVICE}/presence",
        f"nightingale/1/{DEVICE}/command/x",
        "nightingale/1/00000000-0000-0000-0000-000000000000/command",
    ],
)
def test_a_message_on_a_topic_of_nobody_or_somebody_else_is_dropped(topic: str) -> None:
    reader = Reader(DEVICE)
    command = messages.Command(id="c", verb=messages.Verb.STOP, issued_at=NOON)
    assert reader.read(Arrived(topic, messages.encode(command), retained=False)) is None
    assert reader.dropped == 1


def test_a_message_larger_than_the_contract_allows_is_dropped() -> None:
    reader = Reader(DEVICE)
    payload = messages.encode(GOOD) + b" " * messages.MAX_BYTES
    assert reader.read(Arrived(TOPICS[0], payload, retained=False)) is None
    assert reader.read(Arrived(TOPICS[0], messages.encode(GOOD), retained=False)) == GOOD
