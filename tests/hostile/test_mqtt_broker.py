"""The same through a real broker, which keeps what it is told to keep: a hostile box beside honest ones."""

import random
from collections.abc import Iterator
from itertools import islice

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

import messages
from messages import AssignmentApplied, Receipt, Topic, topic, ward_presence_topic
from tests.hostile.aftermath import every_page_answers
from tests.hostile.boxes import box_of, known_of, others, swallowed, tried
from tests.hostile.saying import Maker, heard
from tests.hostile.seeds import SEED, TIMES
from tests.hostile.tally import Tally
from tests.servers import Mosquitto
from tests.ward.saying import entry, hello, log, payload
from tests.ward.site import Site, make_site
from tests.ward.test_mqttd import Box, House
from ward.assignments.assigning import newest
from ward.beds.models import Bed, Ward
from ward.fleet.models import Device
from ward.mqttd.daemon import utc_now

pytestmark = pytest.mark.django_db(transaction=True)
LAST = "the-last-one"


class Shouter:
    """A client that says whatever a broker passes on, and hears nothing."""

    def __init__(self, port: int) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, "shouter", clean_session=True)
        self._client.max_queued_messages_set(0)
        self._client.connect("127.0.0.1", port)

    def shout(self, name: str, said: bytes, retained: bool) -> None:
        """Once the broker has it, whatever it is."""
        self._client.publish(name, said, qos=1, retain=retained)

    def turn(self) -> None:
        """As a box's."""
        self._client.loop(0.01)

    def close(self) -> None:
        """Good-bye."""
        self._client.disconnect()


class Real(Box):
    """As a box does: what a broker had kept is nobody's word, but for the ward's presence."""

    def _hear(self, client: mqtt.Client, data: object, message: mqtt.MQTTMessage) -> None:
        if not message.retain or message.topic == ward_presence_topic():
            super()._hear(client, data, message)


@pytest.fixture
def house(mosquitto: Mosquitto) -> Iterator[House]:
    made = House(mosquitto.port)
    made.until("connected", lambda: made.mqttd.connected)
    yield made
    made.close()


def test_a_ward_hears_out_a_hostile_box_and_serves_the_others(house: House, mosquitto: Mosquitto, tally: Tally) -> None:
    site = make_site(Ward.objects.create(name="Ward 4 North", slug="4-north"), utc_now())
    hostile = box_of(site.beds["1 A"])
    shouter = Shouter(mosquitto.port)
    house.boxes.append(shouter)  # type: ignore[arg-type] # it is turned like one
    said = islice(
        heard(Maker(random.Random(SEED), known_of(site, hostile)), str(hostile.pk), others(hostile)), 600 * TIMES
    )
    passed = [(one, good) for one, good in said if one.topic and "\x00" not in one.topic]
    for one, _good in passed:
        shouter.shout(one.topic, one.payload, one.retained)
    shouter.shout(
        topic(str(hostile.pk), Topic.HELLO), payload(hello(next_seq=9)).replace(b"log-1", LAST.encode()), False
    )
    house.until("all of it", lambda: Device.objects.get(pk=hostile.pk).log_id == LAST)
    tally.update(tried(passed))
    assert not swallowed(house.mqttd)
    every_page_answers(site)
    for name in ("1 A", "1 B", "4"):
        served(house, mosquitto, site.beds[name])
    shouter.close()
    house.boxes.clear()
    house.mqttd.close()
    a_new_process_begins_with_what_the_broker_kept(mosquitto, site)


def a_new_process_begins_with_what_the_broker_kept(mosquitto: Mosquitto, site: Site) -> None:
    """Retained messages come to whoever subscribes."""
    again = House(mosquitto.port)
    again.until("connected", lambda: again.mqttd.connected)
    served(again, mosquitto, site.beds["11 A"])
    assert not swallowed(again.mqttd)
    again.close()


def served(house: House, mosquitto: Mosquitto, bed: Bed) -> None:
    """A box that has just come to this bed gets its assignment, and a receipt for what it writes."""
    device, last = box_of(bed), newest(bed)
    box = Real(str(device.pk), mosquitto.port)
    house.boxes.append(box)
    house.until("the ward is there", lambda: box.ward)
    log_id = f"served-{device.number}"
    box.raw(topic(box.id, Topic.HELLO), payload(hello()).replace(b"log-1", log_id.encode()))
    house.until("the assignment", lambda: box.words(Topic.ASSIGNMENT))
    got = box.words(Topic.ASSIGNMENT)[-1]
    assert last is not None
    assert got.version >= last.version
    said = AssignmentApplied(version=got.version, digest=messages.assignment_digest(got), held=1, needed=1)
    box.say(log(1, entry(said, stay=got.stay), log_id=log_id))
    house.until("the receipt", lambda: Receipt(log_id=log_id, through=1) in box.words(Topic.RECEIPT))
