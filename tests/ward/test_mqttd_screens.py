"""mqttd asks a box for its screen over a real Mosquitto while someone looks, takes frames in, and deletes them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

import messages
from messages import Screen, Showing, Topic, Verb
from messages.topics import FROM_DEVICE, FROM_WARD
from tests.servers import Mosquitto
from tests.ward.saying import hello
from tests.ward.test_mqttd import Box, House
from tests.wire.golden_messages import FRAME
from ward.fleet import screens
from ward.fleet.models import Device, WatchedScreen

pytestmark = pytest.mark.django_db(transaction=True)
RULES = Path(__file__).parents[2] / "docs" / "running-the-ward.md"
HOSTILE = [
    b"",
    b"{}",
    b"\xff\xfe",
    messages.encode(Screen(boot="b", number=9, at=timezone.now(), showing=Showing.QUESTION, frame=FRAME)),
    messages.encode(Screen(boot="b", number=9, at=timezone.now(), showing=Showing.PICTURE, frame="A" * 1400)),
    messages.encode(
        Screen(boot="b", number=9, at=timezone.now(), showing=Showing.PICTURE, frame=messages.pack(bytes(9_000_000)))
    ),
]


@pytest.fixture
def box(mosquitto: Mosquitto, device: Device) -> Box:
    return Box(str(device.pk), mosquitto.port)


@pytest.fixture
def house(mosquitto: Mosquitto, box: Box) -> Iterator[House]:
    """The ward, and a box that said that it knows how."""
    made = House(mosquitto.port)
    made.boxes.append(box)
    made.until("connected", lambda: made.mqttd.connected)
    made.until("the box hears the ward's presence", lambda: box.ward == [True])
    said = hello()
    box.say(
        messages.Hello(**{name: getattr(said, name) for name in said.__struct_fields__} | {"capabilities": ("watch",)})
    )
    made.until("it is known", lambda: Device.objects.get().capabilities == ["watch"])
    yield made
    made.close()


def picture(number: int, boot: str = "boot-1") -> Screen:
    return Screen(boot=boot, number=number, at=timezone.now(), showing=Showing.PICTURE, frame=FRAME, words=("Calm",))


def test_a_look_asks_the_box_its_frame_is_taken_in_and_nothing_is_left_when_nobody_looks(
    house: House, box: Box, device: Device
) -> None:
    device.refresh_from_db()
    assert screens.look(device, timezone.now()) is None
    house.until("the command", lambda: box.words(Topic.COMMAND))
    assert [command.verb for command in box.words(Topic.COMMAND)] == [Verb.WATCH]
    box.say(picture(1))
    house.until("the frame", lambda: screens.look(device, timezone.now()))
    assert WatchedScreen.objects.get().frame == FRAME
    WatchedScreen.objects.update(until=timezone.now() - timedelta(seconds=1))
    house.until("it is gone", lambda: not WatchedScreen.objects.exists())
    box.say(picture(2))
    count = house.mqttd.inbox.heard
    house.until("the late frame is heard", lambda: house.mqttd.inbox.heard > count and not len(house.mqttd.inbox))
    assert not WatchedScreen.objects.exists()


def test_hostile_frames_end_nothing_and_change_nothing(house: House, box: Box, device: Device) -> None:
    device.refresh_from_db()
    screens.look(device, timezone.now())
    box.say(picture(1))
    house.until("the frame", lambda: WatchedScreen.objects.filter(number=1))
    for said in HOSTILE:
        box.raw(messages.topic(box.id, Topic.SCREEN), said)
    box.raw(messages.topic(box.id, Topic.SCREEN), messages.encode(picture(50)), retain=True)
    box.say(picture(2**53 - 1, boot="other"))
    house.until("the last one", lambda: WatchedScreen.objects.filter(boot="other"))
    assert WatchedScreen.objects.get().frame == FRAME
    box.raw(messages.topic(box.id, Topic.SCREEN), b"", retain=True)


def test_a_box_that_is_offline_or_too_old_is_not_asked(house: House, box: Box, device: Device) -> None:
    now = timezone.now()
    Device.objects.update(online=False)
    WatchedScreen.objects.create(device=device, until=now + timedelta(seconds=30))
    assert screens.claim(now) == []
    device.refresh_from_db()
    assert not screens.can_tell(device, now)


def test_the_brokers_rules_in_the_docs_let_a_box_say_and_hear_what_is_its_own_and_nothing_else() -> None:
    rules = RULES.read_text().split("access rules\n")[1]
    write = {word for word in Topic if f"pattern write nightingale/1/%u/{word}\n" in rules}
    read = {word for word in Topic if f"pattern read nightingale/1/%u/{word}\n" in rules}
    assert (write, read) == (set(FROM_DEVICE), set(FROM_WARD))
    assert f"pattern read {messages.ward_presence_topic()}\n" in rules
