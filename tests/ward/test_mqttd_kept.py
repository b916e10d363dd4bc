"""What a broker kept is from an unknown time ago: only a presence counts."""

from datetime import datetime

import pytest
from paho.mqtt import publish

import messages
from messages import Now, Playing, Presence, Topic, topic
from tests.servers import Mosquitto
from tests.ward.saying import NOW, entry, hello, log, payload, started
from tests.ward.test_mqttd import House
from ward.fleet.last_seen import MOST_NOWS, note_health, note_now
from ward.fleet.models import Device
from ward.mqttd import handlers
from ward.usage.models import BoxLog, Entry

pytestmark = pytest.mark.django_db(transaction=True)


def playing(number: int = 7, boot: str = "planted") -> Now:
    return Now(
        boot=boot,
        number=number,
        at=NOW,
        playing=Playing.PLAYING,
        level_dba=50.0,
        cap_dba=60.0,
        session="s1",
        playlist="calm",
        left_s=1020.0,
        length_s=1440.0,
    )


KEPT: list[messages.Message] = [playing(), hello(oldest=5, next_seq=9, version=7), log(1, entry(started("s1")))]


def plant(broker: Mosquitto, device: Device, said: dict[Topic, bytes]) -> None:
    """Has the broker keep this; returns when it does."""
    kept = [(topic(str(device.pk), word), what, 1, True) for word, what in said.items()]
    publish.multiple(kept, "127.0.0.1", broker.port)


def test_a_planted_now_is_not_believed_by_a_ward_that_starts_anew(mosquitto: Mosquitto, device: Device) -> None:
    contact_at = device.contact_at
    words = [Topic.NOW, Topic.HELLO, Topic.LOG]
    presence = payload(Presence(online=True, software="0.1.0", boot="planted"))
    planted = dict(zip(words, map(payload, KEPT), strict=True)) | {Topic.PRESENCE: presence}
    plant(mosquitto, device, planted)
    house = House(mosquitto.port)
    house.until("all that was kept is heard", lambda: house.mqttd.complaints.count == len(KEPT))
    house.close()
    plant(mosquitto, device, dict.fromkeys(planted, b""))
    device.refresh_from_db()
    assert (device.playing, device.now_at, device.assignment_version) == ("silent", None, 0)
    assert not BoxLog.objects.exists()
    assert device.contact_at == contact_at


@pytest.mark.parametrize("message", KEPT, ids=lambda message: type(message).__name__)
def test_nothing_but_a_presence_counts_that_was_kept(device: Device, now: datetime, message: messages.Message) -> None:
    assert handlers.take(device, message, now, retained=True) is None
    device.refresh_from_db()
    assert (device.now_at, device.log_id) == (None, "")
    assert not Entry.objects.exists()


def test_a_kept_batch_is_not_joined_to_one_that_just_came() -> None:
    fresh, kept = log(1, entry(started("s1"))), log(2, entry(started("s2")))
    said = [handlers.Decoded("box", fresh, retained=False), handlers.Decoded("box", kept, retained=True)]
    assert handlers.joined(said) == said


def test_a_number_made_up_does_not_silence_a_box(device: Device, now: datetime) -> None:
    assert note_now(device, playing(7, boot="b"), now)
    assert not note_now(device, playing(2**52, boot="b"), now)
    assert note_now(device, playing(8, boot="b"), now)
    assert note_now(device, playing(8 + MOST_NOWS, boot="b"), now)


@pytest.mark.parametrize("age_s", [0.0, 1.8e9, 1e300])
def test_an_age_that_cannot_be_costs_no_health_message(device: Device, now: datetime, age_s: float) -> None:
    told = messages.Health(
        boot="b",
        number=1,
        at=NOW,
        software="0.1.0",
        clock_ok=True,
        temperature_c=40.0,
        throttled=None,
        disk_free_mb=1.0,
        memory_mb=1.0,
        unsent=3,
        oldest_unsent_s=age_s,
        sound="ok",
        display="ok",
        calibrated_on=None,
        tracks_held=0,
        tracks_needed=0,
    )
    note_health(device, messages.decode(messages.Health, payload(told)), now)
    device.refresh_from_db()
    assert device.health["temperature_c"] == 40.0
    assert device.oldest_unsent_s <= 1e9
