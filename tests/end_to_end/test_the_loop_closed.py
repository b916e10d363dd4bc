"""Press -> sound, screen, log -> row -> receipt -> tile; and back: assign -> row -> box -> entry. On each broker."""

import json
import random
import string

import paho.mqtt.client as mqtt
import pytest

from messages import Presence, Topic, decode, topic
from tests.end_to_end.conftest import House
from tests.end_to_end.pages import Nurse
from tests.end_to_end.pcm import last_sound
from tests.end_to_end.processes import Bedside, until

pytestmark = pytest.mark.e2e


def test_a_press_is_heard_shown_logged_received_and_on_the_tile(house: House) -> None:
    box, nurse = house.box("0401"), Nurse(house.ward.url)
    until("the assignment is on the box", lambda: box.state()["assignment_version"] == 1)
    dark = box.screen()
    box.press("play")
    until("sound at the sink", lambda: last_sound(house.folder / "0401.raw") > 0)
    until("the track is on", lambda: box.state()["sounding"])
    assert box.state()["scene"] == "playing"
    until("the screen changed", lambda: box.screen() != dark)
    until("the tile says it", lambda: "Playing" in nurse.tile("1"))
    assert box.state()["playlist"] in nurse.tile("1")
    until("no entry waits", lambda: box.state()["unsent"] == 0)
    kinds = [kind for _, _, kind in house.ward.entries(box.device_id)]
    assert kinds[0] == "box_started"
    assert kinds[-2:] == ["session_started", "track_started"]
    box.press("play")
    until("the tile is quiet", lambda: "No music" in nurse.tile("1"))
    until("the session ended", lambda: house.ward.entries(box.device_id)[-1][2] == "session_ended")
    numbers = [seq for _, seq, _ in house.ward.entries(box.device_id)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_another_playlist_given_on_the_page_plays_at_the_next_press(house: House) -> None:
    box, nurse = house.box("0402"), Nurse(house.ward.url)
    until("the first assignment is on the box", lambda: box.state()["assignment_version"] == 1)
    nurse.assign("2", ["garden"])
    until("the page says it is on the box", lambda: box.state()["assignment_version"] == 2)
    applied = "SELECT 1 FROM assignments_assignment WHERE version = 2 AND applied_at IS NOT NULL"
    until("its entry confirmed it", lambda: house.ward.rows(applied))
    assert not box.state()["playing"], "the ward never starts music"
    box.press("play")
    until("it plays what was assigned", lambda: box.state()["playlist_slug"] == "garden")
    until("the tile says so", lambda: "Garden" in nurse.tile("2") and "Playing" in nurse.tile("2"))


def test_stop_on_the_board_silences_the_bed(house: House) -> None:
    box, nurse = house.box("0401"), Nurse(house.ward.url)
    box.press("play")
    until("the tile offers Stop", lambda: "Playing" in nurse.tile("1"))
    nurse.stop("1")
    until("silence", lambda: not box.state()["playing"])
    until("the tile is quiet", lambda: "No music" in nurse.tile("1"))


def test_a_box_used_without_network_tells_it_all_later(house: House) -> None:
    box = house.box("0401")
    house.broker.kill()
    until("the box noticed", lambda: box.state()["linked"] is False)
    for _ in range(3):
        box.press("play")
        until("it plays without a network", lambda: box.state()["sounding"])
        box.press("play")
        until("and stops", lambda: not box.state()["playing"])
        box.turn("volume", 1)
    assert box.state()["unsent"] >= 9
    house.broker.start()
    until("everything is receipted", lambda: box.state()["unsent"] == 0, within_s=60)
    told = house.ward.entries(box.device_id)
    assert [seq for _, seq, _ in told] == list(range(1, len(told) + 1))
    assert [kind for _, _, kind in told].count("session_ended") == 3


def test_the_ward_is_told_when_a_box_dies(house: House) -> None:
    box, nurse = house.box("0402"), Nurse(house.ward.url)
    until("it is heard", lambda: "Offline" not in nurse.tile("2"))
    box.kill()
    until("its will is read", lambda: "Offline" in nurse.tile("2"))
    assert "Playing" not in nurse.tile("2")


def test_nothing_of_a_stay_is_kept_by_the_broker(house: House) -> None:
    box, nurse = house.box("0402"), Nurse(house.ward.url)
    nurse.assign("2", ["garden"])
    until("it is on the box", lambda: box.state()["assignment_version"] == 2)
    retained: dict[str, bytes] = {}
    listener = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    listener.on_message = lambda _client, _data, message: retained.update({message.topic: message.payload})
    listener.connect("127.0.0.1", house.broker.port)
    listener.subscribe("nightingale/#", qos=1)
    presence = topic(box.device_id, Topic.PRESENCE)
    until("its presence", lambda: listener.loop(0.05) == 0 and presence in retained)
    listener.disconnect()
    assert all(name.endswith("/presence") for name in retained)
    assert decode(Presence, retained[presence]).online


def test_ten_thousand_malformed_messages_change_nothing_and_the_next_good_one_counts(mosquitto_house: House) -> None:
    house = mosquitto_house
    box = house.box("0401")
    until("its assignment is on the box", lambda: box.state()["assignment_version"] == 1)
    until("and every entry receipted", lambda: box.state()["unsent"] == 0)
    before, version = house.ward.entries(box.device_id), box.state()["assignment_version"]
    chance = random.Random(7)
    publisher = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    publisher.connect("127.0.0.1", house.broker.port)
    publisher.loop_start()
    to_ward = [Topic.HELLO, Topic.LOG, Topic.NOW, Topic.HEALTH, Topic.REPLY, Topic.PRESENCE]
    to_box = [Topic.ASSIGNMENT, Topic.COMMAND, Topic.RECEIPT]
    for number in range(10_000):
        words = to_ward if number % 2 else to_box
        sent = publisher.publish(topic(box.device_id, chance.choice(words)), _garbage(chance), qos=1)
        if number % 200 == 199:
            sent.wait_for_publish(30)
    publisher.loop_stop()
    publisher.disconnect()
    assert house.ward.mqttd.running is not None
    assert house.ward.mqttd.running.poll() is None
    assert box.state()["assignment_version"] == version
    box.press("play")
    until("a good entry counts", lambda: house.ward.entries(box.device_id)[-1][2] == "track_started")
    assert house.ward.entries(box.device_id)[: len(before)] == before
    nurse = Nurse(house.ward.url)
    nurse.assign("1", ["garden"])
    until("a good assignment counts", lambda: box.state()["assignment_version"] == version + 1)


def _garbage(chance: random.Random) -> bytes:
    """Bytes that are no message: noise, cut JSON, wrong types, deep nesting, numbers out of range."""
    good = {"log_id": "a", "through": 10**30, "first_seq": -1, "entries": [{}], "version": 2**40, "online": "yes"}
    text = json.dumps(good)
    kinds = (
        lambda: chance.randbytes(chance.randrange(400)),
        lambda: bytes(text[: chance.randrange(1, len(text))], "utf-8"),
        lambda: b"[" * chance.randrange(1, 3000),
        lambda: b'{"a":' * 500,
        lambda: "".join(chance.choices(string.printable, k=60)).encode(),
        lambda: b"\xff\xfe" + text.encode("utf-16-le"),
        lambda: b"",
        lambda: b"null",
    )
    return chance.choice(kinds)()


def test_an_unknown_box_is_named_and_keeps_its_entries(house: House) -> None:
    strange = house.boxes[0].device_id.replace("0401", "0499")
    box = Bedside(house.folder, strange, house.ward.music, house.broker.port)
    try:
        box.start()
        box.press("play")
        until("it plays all the same", lambda: box.state()["sounding"])
        until("the ward says what to do", lambda: strange in house.ward.mqttd.said)
        assert "add-device" in house.ward.mqttd.said
        assert box.state()["unsent"] > 0
    finally:
        box.end()
