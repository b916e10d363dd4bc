"""One connection to one of the brokers, and when to try the next. Knows no table; what came is raw bytes in a queue."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import paho.mqtt.client as mqtt
from django.core.exceptions import ImproperlyConfigured
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

import messages
from messages import Presence, ward_presence_topic
from ward import __version__
from ward.mqttd.handlers import Received
from ward.mqttd.inbox import Inbox

AT_ONCE = 1_000  # messages to hear before they are written
KEEPALIVE_S = 20
SILENCE_S = 60.0  # with nothing said to us by QoS 1, the ward says its presence again, to hear itself
ECHO_WITHIN_S = 30.0  # a broker that answers pings and delivers nothing has been seen
LONGEST_TURN_S = 1.0  # of a turn that the database held up, no more counts: what came meanwhile is still to be read
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_PACKET_BYTES = messages.MAX_BYTES + 1_000  # a payload, and what stands before it
PROTOCOLS = {"3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where one broker listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Speech:
    """How the brokers are spoken to; with a `ca` (a PEM file) only by TLS, with `cert` and `key` as the ward itself."""

    protocol: str = "3.1.1"
    ca: str = ""
    cert: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise ImproperlyConfigured(f"NIGHTINGALE_BROKER_PROTOCOL is {self.protocol!r}: write 3.1.1 or 5")


def parse_brokers(text: str) -> tuple[Broker, ...]:
    """host:port, several separated by commas. Raises ImproperlyConfigured, one line."""
    found = []
    for part in filter(None, (word.strip() for word in text.split(","))):
        host, _, port = part.rpartition(":")
        if len(host.split()) != 1 or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ImproperlyConfigured(f"NIGHTINGALE_BROKER: {part!r} is no broker: write host:port, as 127.0.0.1:1883")
        found.append(Broker(host.strip("[]"), int(port)))
    if not found:
        raise ImproperlyConfigured("NIGHTINGALE_BROKER names no broker: write host:port, as 127.0.0.1:1883")
    return tuple(found)


class Attempts:
    """Which broker to try next, and when: in turn, later each time, never at the same moment as everybody else."""

    def __init__(
        self, brokers: Sequence[Broker], clock: Callable[[], float], jitter: Callable[[], float] = random.random
    ) -> None:
        self._brokers = brokers
        self._clock = clock
        self._jitter = jitter
        self._turn = 0
        self._failures = 0
        self._due = clock()
        self._longest_s = 5.0 if all(broker.host in LOCAL for broker in brokers) else 60.0

    def next(self) -> Broker | None:
        """The broker to try now, or None while it is too early."""
        return self._brokers[self._turn % len(self._brokers)] if self._clock() >= self._due else None

    def succeeded(self) -> None:
        """The broker took us: the next loss begins with a short wait again."""
        self._failures = 0

    def failed(self) -> None:
        """The broker did not take us, or left us: the next one in 0.2 s, doubling to 5 s here and 60 s in a network."""
        wait_s = min(self._longest_s, 0.2 * 2.0 ** min(self._failures // len(self._brokers), 20))
        self._due = self._clock() + wait_s * (0.5 + self._jitter() / 2)
        self._turn += 1
        self._failures += 1


def _bound() -> Properties:
    """With MQTT 5 the broker keeps to itself what is longer than any message of ours."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    properties.MaximumPacketSize = MOST_PACKET_BYTES
    return properties


class Connection:
    """One client for one connection: a new one each time, so that nothing old is ever sent again. One thread."""

    def __init__(
        self,
        broker: Broker,
        speech: Speech,
        boot: str,
        inbox: Inbox,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.broker = broker
        self.up = self.is_deaf = False
        self.refused = ""
        self._boot = boot
        self._inbox = inbox
        self._clock = clock
        self._turned_at = clock()
        self._silent_s = 0.0
        self._has_asked = False
        self._asked: tuple[tuple[str, int], ...] = ()
        clean = True if speech.protocol == "3.1.1" else None  # 5 says it at connect
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, f"ward-{boot}", clean_session=clean, protocol=PROTOCOLS[speech.protocol]
        )
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.will_set(ward_presence_topic(), self._presence(online=False), qos=1, retain=True)
        if speech.ca:
            self._client.tls_set(speech.ca, speech.cert or None, speech.key or None)

    def open(self) -> None:
        """Raises OSError where nobody answers there."""
        bound = _bound() if self._client.protocol == mqtt.MQTTv5 else None
        self._client.connect(self.broker.host, self.broker.port, KEEPALIVE_S, properties=bound)

    def turn(self, wait_s: float) -> bool:
        """Reads and writes what there is; waits that long for something to come. False: the connection is lost, or
        nothing comes through it."""
        begun = before = self._inbox.heard
        alive = self._loop(wait_s)
        while alive and before < self._inbox.heard < begun + AT_ONCE:  # paho reads one packet a call
            before = self._inbox.heard
            alive = self._loop(0.0)
        self._listen_to_itself()
        return alive and not self.refused and not self.is_deaf

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Hands it to the broker; if the connection is lost meanwhile, the rows say that it has to go again."""
        self._client.publish(topic, payload, qos)

    def close(self) -> None:
        """Says good-bye where there is someone to say it to; the will is not sent then, so the presence is."""
        if self.up:
            self._client.publish(ward_presence_topic(), self._presence(online=False), qos=1, retain=True)
            for _ in range(20):  # until the broker has it, at most a second
                if not self._client.want_write() and self._loop(0.05):
                    break
        self._client.disconnect()

    def _loop(self, wait_s: float) -> bool:
        return self._client.loop(wait_s) == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _listen_to_itself(self) -> None:
        now = self._clock()
        self._silent_s += min(LONGEST_TURN_S, now - self._turned_at)
        self._turned_at = now
        if self.up and self._silent_s > SILENCE_S and not self._has_asked:
            self._say_presence()
        self.is_deaf = self.up and self._silent_s > SILENCE_S + ECHO_WITHIN_S

    def _say_presence(self) -> None:
        self._silent_s, self._has_asked = SILENCE_S, True
        self._client.publish(ward_presence_topic(), self._presence(online=True), qos=1, retain=True)

    def _presence(self, online: bool) -> bytes:
        return messages.encode(Presence(online=online, software=__version__, boot=self._boot))

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _props: Properties | None
    ) -> None:
        if reason.is_failure:
            self.refused = str(reason)
            return
        self.up = True
        self._asked = messages.subscriptions(None)
        client.subscribe(list(self._asked))
        self._say_presence()

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, _number: int, reasons: list[ReasonCode], _props: Properties | None
    ) -> None:
        """A ward that may not hear is not connected, whatever the broker says."""
        denied = [topic for (topic, _), reason in zip(self._asked, reasons, strict=False) if reason.is_failure]
        if denied:
            why = next(str(reason) for reason in reasons if reason.is_failure)
            self.refused = f"it may not hear {', '.join(topic.rpartition('/')[2] for topic in denied)}: {why}"

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.qos:
            self._silent_s, self._has_asked = 0.0, False
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return  # no topic of ours
        # One byte too many is enough to be refused by.
        self._inbox.append(Received(topic, bytes(message.payload[: messages.MAX_BYTES + 1]), message.retain))
