"""A ward of a few lines on a real broker: takes entries in, gives receipts, or loses and forges them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

import messages
from messages import Topic
from tests.box.recorded import number_of

PATIENCE_S = 20.0


class Ward:
    """Everything it heard, in order; `receipts` makes the answers to a batch (none: the receipt is lost)."""

    def __init__(self, port: int, device_id: str) -> None:
        self.device_id = device_id
        self.heard: list[tuple[Topic, messages.Message, bool]] = []
        self.entries: dict[tuple[str, int], int | None] = {}  # with the number that each carries
        self.answers_hello = False
        self.receipts: Callable[[messages.Log], list[messages.Receipt]] = lambda batch: [whole_receipt(batch)]
        self._news = threading.Condition()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self._client.max_inflight_messages_set(100)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._ready = threading.Event()
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(PATIENCE_S)

    def until(self, seen: Callable[[], object]) -> None:
        """Wait until something is so; fails when it does not come to be."""
        with self._news:
            deadline = time.monotonic() + PATIENCE_S
            while not seen():
                assert time.monotonic() < deadline, "the ward waited in vain"
                self._news.wait(0.02)

    def messages_of(self, word: Topic) -> list[messages.Message]:
        """What it heard on one topic."""
        return [message for topic, message, _ in list(self.heard) if topic is word]

    def say(self, word: Topic, message: messages.Message, *, retain: bool = False) -> None:
        """A message to the box."""
        self.say_raw(messages.topic(self.device_id, word), messages.encode(message), retain=retain)

    def say_raw(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Any bytes, anywhere."""
        self._client.publish(topic, payload, qos=1, retain=retain)

    def say_presence(self, *, online: bool) -> None:
        """The ward's own presence, retained."""
        presence = messages.Presence(online=online, software="ward", boot="ward-boot")
        self.say_raw(messages.ward_presence_topic(), messages.encode(presence), retain=True)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(list(messages.subscriptions(None)))

    def _on_message(self, _client: paho.Client, _userdata: Any, arrived: paho.MQTTMessage) -> None:
        address = messages.parse_topic(arrived.topic)
        if address is not None:
            message = messages.decode(messages.TYPES[address[1]], arrived.payload)
            if isinstance(message, messages.Log):
                self._take(message)
            if isinstance(message, messages.Hello) and self.answers_hello:
                self.say(Topic.RECEIPT, messages.Receipt(log_id=message.log_id, through=message.oldest - 1))
            self.heard.append((address[1], message, arrived.retain))
        with self._news:
            self._news.notify_all()

    def _take(self, batch: messages.Log) -> None:
        for place, entry in enumerate(batch.entries):
            number = number_of(entry) if entry.kind == messages.EntryKind.TRACK_FAILED else None
            assert self.entries.setdefault((batch.log_id, batch.first_seq + place), number) == number
        for receipt in self.receipts(batch):
            self.say(Topic.RECEIPT, receipt)


def whole_receipt(batch: messages.Log) -> messages.Receipt:
    """What an honest ward says of a batch."""
    return messages.Receipt(log_id=batch.log_id, through=batch.first_seq + len(batch.entries) - 1)


@contextmanager
def a_ward(port: int, device_id: str) -> Iterator[Ward]:
    """A ward on a broker, which leaves with the block."""
    ward = Ward(port, device_id)
    try:
        yield ward
    finally:
        ward.close()
