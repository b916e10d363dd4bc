"""What a box says when, by a clock that the test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import messages
from device.link.fitting import Fitting
from device.link.protocol import MOST_ANSWERED, CommandHistory, Facts, Identity, Outbox, Pace, WardProtocol
from device.log.log import Log
from device.rules.events import Event
from messages import Topic
from tests.box.recorded import NOON, Clock, a_log, numbered

DEVICE = "6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a40"
PACE = Pace()


class Wire:
    """The broker's end: what was said, and whether more is taken."""

    def __init__(self) -> None:
        self.is_stuck = False
        self.most_bytes: int | None = None
        self.said: list[Topic] = []

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool = False) -> None:
        address = messages.parse_topic(topic)
        assert address is not None
        assert (qos, retain) == (messages.QOS[address[1]], address[1] in messages.RETAINED)
        messages.decode(messages.TYPES[address[1]], payload)
        self.said.append(address[1])

    def heard(self) -> list[Topic]:
        """What was said since this was last asked."""
        said, self.said = self.said, []
        return said


class Scene:
    """A talk over a wire, with its log and its clock."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.wire, self.clock, self.outbox = Wire(), Clock(), Outbox(facts=Facts(2, "stay-1"))
        self.events: list[Event] = []
        self.talk = WardProtocol(
            self.wire,
            Identity(DEVICE, "0.1.0", "boot-1"),
            log,
            outbox=self.outbox,
            answered=CommandHistory(),
            fitting=Fitting(),
            put=self.events.append,
            utcnow=lambda: NOON,
            clock_ok=lambda: True,
            clock=self.clock,
            pace=PACE,
        )

    def record(self, *numbers: int) -> None:
        for number in numbers:
            self.log.put([(numbered(number), None)])
        assert self.log.flush()

    def spoken_after(self, seconds: float) -> list[Topic]:
        self.clock.seconds += seconds
        self.talk.speak()
        return self.wire.heard()


@contextmanager
def begun(folder: Path) -> Iterator[Scene]:
    """A talk that has said who is there."""
    log = a_log(folder / "log.db")
    log.open()
    scene = Scene(log)
    scene.talk.begin()
    assert scene.wire.heard() == [Topic.PRESENCE, Topic.HELLO]
    yield scene
    log.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with begun(tmp_path) as made:
        yield made


def test_a_batch_without_a_receipt_goes_again_after_5_s_doubling_to_60(scene: Scene) -> None:
    scene.record(0)
    assert scene.spoken_after(0) == [Topic.LOG]
    for pause_s in (5, 10, 20, 40, 60, 60):
        assert scene.spoken_after(pause_s - 0.1) == []
        assert scene.spoken_after(0.1) == [Topic.LOG]


def test_one_batch_is_on_its_way_and_the_next_goes_with_its_receipt(scene: Scene) -> None:
    scene.record(*range(450))
    assert scene.spoken_after(0) == [Topic.LOG]
    assert scene.spoken_after(1) == []
    log_id = scene.log.span().log_id
    scene.talk.take(messages.Receipt(log_id=log_id, through=200))
    assert scene.spoken_after(0) == [Topic.LOG]
    scene.talk.take(messages.Receipt(log_id=log_id, through=200))  # the same receipt again is no reason to hurry
    assert scene.spoken_after(0) == []
    scene.talk.take(messages.Receipt(log_id=log_id, through=400))
    scene.talk.take(messages.Receipt(log_id=log_id, through=450))
    assert scene.spoken_after(0) == []


def test_a_forged_receipt_does_not_hurry_the_next_batch(scene: Scene) -> None:
    scene.record(*range(450))
    assert scene.spoken_after(0) == [Topic.LOG]
    scene.talk.take(messages.Receipt(log_id=scene.log.span().log_id, through=10**9))
    scene.talk.take(messages.Receipt(log_id="another", through=200))
    assert scene.spoken_after(0) == []


def test_the_ward_coming_online_hears_hello_and_the_batch_at_once(scene: Scene) -> None:
    scene.record(0)
    assert scene.spoken_after(0) == [Topic.LOG]
    online = messages.Presence(online=True, software="ward", boot="w")
    scene.talk.take(online)
    assert scene.spoken_after(0) == [Topic.HELLO, Topic.LOG]
    scene.talk.take(online)
    assert scene.spoken_after(0) == []


def test_a_broker_that_takes_nothing_is_told_nothing(scene: Scene) -> None:
    scene.wire.is_stuck = True
    scene.record(0)
    scene.outbox.replies.append(messages.Reply(id="c-1", done=True))
    assert scene.spoken_after(100) == []
    scene.wire.is_stuck = False
    assert scene.spoken_after(0) == [Topic.REPLY, Topic.LOG]


def test_another_log_is_announced_by_a_hello(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("a file where the folder should be")
    clock = Clock()
    log = a_log(tmp_path / "box" / "log.db", clock=clock)
    log.open()
    scene = Scene(log)
    scene.talk.begin()
    assert scene.wire.heard() == [Topic.PRESENCE, Topic.HELLO]
    (tmp_path / "box").unlink()
    clock.seconds += 100.0
    scene.record(0)
    assert scene.spoken_after(0) == [Topic.HELLO, Topic.LOG]
    log.close()


def test_commands_are_remembered_within_bounds() -> None:
    answered = CommandHistory()
    assert all(answered.is_new(str(number)) for number in range(1000))
    assert not answered.is_new("999")
    assert len(answered._replies) == MOST_ANSWERED


def a_screen(number: int) -> messages.Screen:
    return messages.Screen(boot="boot-1", number=number, at=NOON, showing=messages.Showing.DARK)


def test_of_two_screens_that_wait_the_newer_one_goes(scene: Scene) -> None:
    scene.outbox.screen.extend([a_screen(1), a_screen(2)])
    assert scene.spoken_after(0) == [Topic.SCREEN]
    assert scene.spoken_after(0) == []


def test_a_screen_of_a_connection_that_is_gone_is_not_sent_on_the_next_one(scene: Scene) -> None:
    scene.outbox.screen.append(a_screen(1))
    scene.talk.begin()
    assert scene.spoken_after(0) == [Topic.PRESENCE, Topic.HELLO]
