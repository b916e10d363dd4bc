"""The ward's MQTT process against a real broker: what boxes say becomes rows, and nothing that they say ends it."""

import random
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from paho.mqtt.enums import CallbackAPIVersion

import messages
from messages import (
    AssignmentApplied,
    Health,
    Now,
    Playing,
    Presence,
    Reply,
    Topic,
    Verb,
    parse_topic,
    subscriptions,
    topic,
    ward_presence_topic,
)
from tests.servers import Mosquitto, free_port
from tests.ward.saying import LOG, NOW, entry, hello, log, payload, story
from ward.assignments.assigning import assign
from ward.beds.models import Bed
from ward.fleet.commands import Stage, ask, outcome
from ward.fleet.models import Command, Device
from ward.mqttd import daemon as daemon_module
from ward.mqttd import handlers
from ward.mqttd import writing as writing_module
from ward.mqttd.connection import Broker
from ward.mqttd.daemon import Mqttd, utc_now
from ward.mqttd.handlers import Received
from ward.mqttd.inbox import MOST_OF_ONE, SHARE
from ward.music.models import Playlist
from ward.usage.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN_S = 30.0


class Box:
    """The other end: what a box would send, and what it was sent."""

    def __init__(self, device_id: str, port: int) -> None:
        self.id = device_id
        self.got: list[tuple[Topic, Any]] = []
        self.ward: list[bool] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, device_id, clean_session=True)
        self._client.on_message = self._hear
        self._client.on_connect = lambda client, *_rest: client.subscribe(list(subscriptions(device_id)))
        self._client.connect("127.0.0.1", port)

    def say(self, message: messages.Message, *, retain: bool = False) -> None:
        word = next(word for word, kind in messages.TYPES.items() if kind is type(message))
        self.raw(topic(self.id, word), payload(message), retain=retain)

    def raw(self, name: str, said: bytes, *, retain: bool = False) -> None:
        self._client.publish(name, said, qos=1, retain=retain)

    def turn(self) -> None:
        self._client.loop(0.01)

    def close(self) -> None:
        self._client.disconnect()

    def words(self, word: Topic) -> list[Any]:
        return [message for heard, message in self.got if heard is word]

    def _hear(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == ward_presence_topic():
            self.ward.append(messages.decode(Presence, message.payload).online)
            return
        found = parse_topic(message.topic)
        assert found is not None
        self.got.append((found[1], messages.decode(messages.TYPES[found[1]], message.payload)))


class House:
    """The process under test and the boxes, turned by hand."""

    def __init__(self, port: int) -> None:
        self.lines: list[str] = []
        self.mqttd = Mqttd([Broker("127.0.0.1", port)], say=self.lines.append)
        self.boxes: list[Box] = []

    def until(self, what: str, condition: Callable[[], object]) -> None:
        ends = time.monotonic() + WITHIN_S
        while not condition():
            assert time.monotonic() < ends, f"never: {what}"
            if not self.mqttd.turn(0.01):
                time.sleep(0.01)
            for box in self.boxes:
                box.turn()

    def close(self) -> None:
        self.mqttd.close()
        for box in self.boxes:
            box.close()


@pytest.fixture
def house(mosquitto: Mosquitto) -> Iterator[House]:
    made = House(mosquitto.port)
    made.until("connected", lambda: made.mqttd.connected)
    yield made
    made.close()


@pytest.fixture
def box(house: House, mosquitto: Mosquitto, device: Device) -> Box:
    made = Box(str(device.pk), mosquitto.port)
    house.boxes.append(made)
    house.until("the box hears the ward's presence", lambda: made.ward == [True])
    return made


@pytest.fixture
def offline() -> Mqttd:
    """One that no broker will ever answer; messages are put into its inbox."""
    return Mqttd([Broker("127.0.0.1", free_port())])


def tell(mqttd: Mqttd, name: str, said: bytes, *, retained: bool = False) -> None:
    mqttd.inbox.append(Received(name, said, retained))


def drain(mqttd: Mqttd) -> None:
    while len(mqttd.inbox):
        mqttd.turn(0.0)


def now_message(number: int, playing: Playing = Playing.PLAYING) -> Now:
    return Now(boot="b", number=number, at=NOW, playing=playing, level_dba=48.0, cap_dba=60.0, left_s=600.0)


def test_hello_brings_the_assignment_and_entries_bring_receipts(
    house: House, box: Box, bed: Bed, playlists: list[Playlist]
) -> None:
    assigned = assign(bed, playlists, None, utc_now())
    box.say(hello())
    house.until("the assignment", lambda: box.words(Topic.ASSIGNMENT))
    got = box.words(Topic.ASSIGNMENT)[0]
    assert messages.assignment_digest(got) == assigned.digest
    said = AssignmentApplied(version=got.version, digest=assigned.digest, held=3, needed=3)
    box.say(log(1, entry(said, stay=got.stay), *story(9)))
    house.until("the receipt", lambda: any(r.through == 10 for r in box.words(Topic.RECEIPT)))
    assert Entry.objects.count() == 10
    assigned.refresh_from_db()
    assert assigned.applied_at is not None


def test_a_command_is_asked_sent_once_and_answered(house: House, box: Box, device: Device, nurse: User) -> None:
    box.say(hello())
    house.until("heard", lambda: box.words(Topic.RECEIPT))
    asked = ask(device, Verb.STOP, nurse, utc_now())
    house.until("the command", lambda: box.words(Topic.COMMAND))
    [got] = box.words(Topic.COMMAND)
    assert (got.id, got.verb) == (asked.pk, Verb.STOP)
    box.say(Reply(id=got.id, done=True))
    house.until("the answer", lambda: Command.objects.get().done)
    assert outcome(Command.objects.get(), utc_now()).stage is Stage.DONE
    assert len(box.words(Topic.COMMAND)) == 1


def test_a_killed_broker_is_said_once_and_nothing_is_lost_when_it_is_back(
    house: House, box: Box, mosquitto: Mosquitto, device: Device
) -> None:
    mosquitto.kill()
    house.until("the loss is said", lambda: any("lost" in line for line in house.lines))
    mosquitto.start()
    house.until("connected again", lambda: house.mqttd.connected)
    again = Box(box.id, mosquitto.port)
    house.boxes[:] = [again]
    again.say(log(1, *story(4)))
    house.until("the receipt", lambda: again.words(Topic.RECEIPT))
    where = f"127.0.0.1:{mosquitto.port}"
    assert house.lines == [f"mqttd: connected to {where}", f"mqttd: lost {where}", f"mqttd: connected to {where}"]


def test_the_ward_says_good_bye_and_its_will_says_so_too(house: House, box: Box) -> None:
    house.mqttd.close()
    ends = time.monotonic() + WITHIN_S
    while box.ward[-1] and time.monotonic() < ends:
        box.turn()
    assert box.ward == [True, False]


def test_a_retained_presence_says_that_a_box_is_there_but_not_that_it_was_heard(offline: Mqttd, device: Device) -> None:
    Device.objects.update(online=False, contact_at=None)
    said = payload(Presence(online=True, software="0.1.0", boot="b"))
    tell(offline, topic(str(device.pk), Topic.PRESENCE), said, retained=True)
    drain(offline)
    device.refresh_from_db()
    assert (device.online, device.contact_at) == (True, None)


def test_a_box_that_speaks_is_there_and_its_will_says_that_it_is_gone(offline: Mqttd, device: Device) -> None:
    Device.objects.update(online=False, contact_at=None)
    tell(offline, topic(str(device.pk), Topic.NOW), payload(now_message(1)))
    drain(offline)
    device.refresh_from_db()
    assert (device.online, device.playing) == (True, "playing")
    assert device.contact_at is not None
    tell(offline, topic(str(device.pk), Topic.PRESENCE), payload(Presence(online=False, software="-", boot="b")))
    drain(offline)
    device.refresh_from_db()
    assert device.online is False


def test_an_unknown_box_is_told_once_gets_no_receipt_and_loses_nothing(
    house: House, mosquitto: Mosquitto, device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Box("6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0499", mosquitto.port)
    known = Box(str(device.pk), mosquitto.port)
    house.boxes += [stranger, known]
    for _ in range(3):
        stranger.say(log(1, *story(2)))
    house.until("three are counted", lambda: house.mqttd.complaints.count == 3)
    known.say(log(1, *story(2)))
    house.until("the known one's receipt", lambda: known.words(Topic.RECEIPT))
    assert stranger.words(Topic.RECEIPT) == []
    told = [record.message for record in caplog.records if "add-device" in record.message]
    assert told == [f"mqttd: box {stranger.id} is not known: add it with nightingale-ward add-device"]
    Device.objects.create(id=stranger.id, number="0499")
    stranger.say(log(1, *story(2)))
    house.until("its receipt", lambda: stranger.words(Topic.RECEIPT))


def garbage(seed: int, device_id: str) -> Iterator[tuple[str, bytes]]:
    """Good messages with bytes changed, cut, doubled and nested, and noise, on topics of this box and around them."""
    dice = random.Random(seed)
    good: dict[str, messages.Message] = {
        Topic.HELLO: hello(next_seq=4),
        Topic.LOG: log(1, *story(3)),
        Topic.NOW: now_message(1),
        Topic.REPLY: Reply(id="x", done=True),
        Topic.PRESENCE: Presence(online=True, software="0", boot="b"),
    }
    words = [*Topic, "nonsense", "log/log"]
    while True:
        word = dice.choice(list(good))
        said = bytearray(payload(good[word]))
        match dice.randrange(6):
            case 0:
                said[dice.randrange(len(said))] = dice.randrange(256)
            case 1:
                del said[dice.randrange(len(said)) :]
            case 2:
                said *= 2
            case 3:
                said = bytearray(dice.randbytes(dice.randrange(60)))
            case 4:
                said = bytearray(b"[" * dice.choice([10, 5_000]) + b"{" * dice.randrange(3))
            case 5:
                said = bytearray(bytes(said).replace(b'"boot"', b'"\\u0000":1,"boot"').replace(b":1", b":-1e400", 1))
        yield f"nightingale/1/{device_id}/{dice.choice([word, word, *words])}", bytes(said)


def test_ten_thousand_malformed_messages_are_survived_and_the_next_good_one_counts(
    offline: Mqttd, device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    made = garbage(7, str(device.pk))
    for _ in range(20):
        for name, said in islice(made, MOST_OF_ONE // 2):
            tell(offline, name, said)
        drain(offline)
    tell(offline, f"nightingale/1/{device.pk}/log", b"x" * (messages.MAX_BYTES + 1))
    tell(offline, f"nightingale/1/{device.pk}/hello", b"\xff\xfe")
    drain(offline)
    assert 5_000 < offline.complaints.count < 9_900  # some of the changed ones still mean something
    assert len(caplog.records) < 100
    seen = Entry.objects.filter(log__log_id="fresh").count()
    tell(offline, topic(str(device.pk), Topic.LOG), payload(log(1, *story(3), log_id="fresh")))
    drain(offline)
    assert Entry.objects.filter(log__log_id="fresh").count() == seen + 3


def test_a_message_that_cannot_be_written_is_dropped_alone(
    offline: Mqttd, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = handlers.take

    def take(device: Device, message: messages.Message, *rest: Any) -> Any:
        if isinstance(message, Health):
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO beds_ward (id) VALUES (NULL)")
        return real(device, message, *rest)

    monkeypatch.setattr(writing_module, "take", take)
    health = {"boot": "b", "number": 1, "at": NOW, "software": "1", "clock_ok": True, "temperature_c": None}
    health |= {"throttled": None, "disk_free_mb": 1, "memory_mb": 1, "unsent": 0, "oldest_unsent_s": 0, "sound": ""}
    health |= {"display": "", "calibrated_on": None, "tracks_held": 0, "tracks_needed": 0}
    tell(offline, topic(str(device.pk), Topic.HEALTH), messages.encode(Health(**health)))  # type: ignore[arg-type]
    tell(offline, topic(str(device.pk), Topic.LOG), payload(log(1, *story(2))))
    drain(offline)
    assert offline.complaints.count == 2  # the broker, and this
    assert Entry.objects.count() == 2


def test_a_failing_database_keeps_what_was_heard_and_receipts_nothing(
    offline: Mqttd, device: Device, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, failures = handlers.take, [OperationalError("disk full")] * 3
    answers: list[object] = []
    monkeypatch.setattr(offline, "_publish", answers.append)

    def take(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(*arguments)

    monkeypatch.setattr(writing_module, "take", take)
    monkeypatch.setattr(daemon_module, "BACK_OFF_S", (0.0, 0.0))
    tell(offline, topic(str(device.pk), Topic.LOG), payload(log(1, *story(2))))
    for _ in range(3):
        offline.turn(0.0)
        assert (len(offline.inbox), answers, Entry.objects.count()) == (1, [], 0)
    drain(offline)
    assert Entry.objects.count() == 2
    assert len(answers) == 1
    assert len([record for record in caplog.records if "database fails" in record.message]) == 1


def test_a_flood_of_large_messages_is_bounded(offline: Mqttd, device: Device) -> None:
    for _ in range(100):
        tell(offline, "nightingale/1/x/log", b"x" * messages.MAX_BYTES)
    assert offline.inbox.lost > 30
    assert len(offline.inbox) < 70


def test_single_entries_heard_together_are_written_together_and_receipted_once(
    offline: Mqttd, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[handlers.Outgoing] = []
    monkeypatch.setattr(offline, "_publish", answers.append)
    for seq, one in enumerate(story(20), 1):
        tell(offline, topic(str(device.pk), Topic.LOG), payload(log(seq, one)))
    tell(offline, topic(str(device.pk), Topic.LOG), payload(log(22, *story(2))))
    drain(offline)
    assert [answer.message for answer in answers] == [messages.Receipt(log_id=LOG, through=20)] * 2
    assert Entry.objects.count() == 20


def test_what_breaks_the_program_does_not_come_again_and_again(
    offline: Mqttd, device: Device, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> None:
        raise ValueError("a mistake of ours")

    with monkeypatch.context() as patched:
        patched.setattr(writing_module, "note_contact", broken)
        tell(offline, topic(str(device.pk), Topic.LOG), payload(log(1, *story(2))))
        offline.turn(0.0)
    assert len(offline.inbox) == 0
    assert any("a mistake of ours" in record.message for record in caplog.records)
    tell(offline, topic(str(device.pk), Topic.LOG), payload(log(1, *story(2))))
    drain(offline)
    assert Entry.objects.count() == 2


def test_a_box_that_floods_the_broker_holds_up_no_other_one(
    house: House, mosquitto: Mosquitto, device: Device, other_bed: Bed
) -> None:
    """What the other one says stands behind the whole flood at the broker, too."""
    quiet = Device.objects.create(id="6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a99", number="99", bed=other_bed)
    box = Box(str(quiet.pk), mosquitto.port)
    house.boxes.append(box)
    house.until("the box hears the ward's presence", lambda: box.ward == [True])
    flood = mqtt.Client(CallbackAPIVersion.VERSION2)
    flood.connect("127.0.0.1", mosquitto.port)
    flood.loop_start()
    said = payload(log(1, *story(2)))
    for place in range(4_000):
        sent = flood.publish(topic(str(device.pk), Topic.LOG), said, qos=place % 100 == 99)
        if place % 100 == 99:  # the broker has so many, and drops none of them
            sent.wait_for_publish(WITHIN_S)
            house.mqttd.turn(0.0)
    flood.disconnect()
    flood.loop_stop()
    box.say(log(1, *story(2)))
    turns = 0
    while messages.Receipt(log_id=LOG, through=2) not in box.words(Topic.RECEIPT):
        house.mqttd.turn(0.01)
        box.turn()
        turns += 1
    assert turns < 10
    assert len(house.mqttd.inbox) > 10 * SHARE, "the flood waits"
