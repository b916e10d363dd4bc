"""One MQTT connection, from connecting to its end, run by the one thread that owns it. Knows no message.

paho runs here without its own thread (its documented external loop): its errors cannot end a thread unnoticed, its
locks cannot hold up the box, and each connection starts with an empty queue.
"""

import contextlib
import logging
import math
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from device.config.settings import Broker, LinkSettings
from device.link.client import BoundedClient, CertificateError, connect_properties, too_long, use_tls

DIAL_S = 5.0  # TCP and TLS each
PACKET_BYTES = 20  # of a PUBLISH beside topic and payload, at most: fixed header, lengths, number, no properties

_logger = logging.getLogger("device.link.link")


class ConnectionLostError(Exception):
    """The broker cannot be reached, refused or ended the connection; one line."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came."""

    topic: str
    payload: bytes
    retained: bool


class Connection:
    """One connection. Everything is called from one thread; `inbox` fills while `wait` runs."""

    def __init__(
        self, settings: LinkSettings, client_id: str, will: tuple[str, bytes], keepalive_s: int, confirm_s: float
    ) -> None:
        """`will`: topic and payload that the broker publishes, retained, if the box disappears without disconnecting;
        `confirm_s`: how long it may take to confirm a message.

        Raises ConnectionLostError where a certificate file cannot be used.
        """
        self.inbox: deque[Arrived] = deque()
        self.accepted = False
        self.hears = False  # the broker has granted all subscriptions
        self.most_bytes: int | None = None  # the longest packet that the broker says it takes (MQTT 5)
        self._lost = ""
        self._asked: tuple[str, ...] = ()
        self._confirm_s = confirm_s
        self._on_their_way: dict[int, tuple[str, float]] = {}  # topic and moment by the number of their packet
        self._too_long: set[str] = set()
        self._keepalive_s = keepalive_s
        self._protocol = settings.protocol
        self._is_v5 = settings.protocol == 5
        self._client = BoundedClient(
            CallbackAPIVersion.VERSION2,
            refuse=self._refuse,
            client_id=client_id,
            clean_session=None if self._is_v5 else True,
            protocol=paho.MQTTv5 if self._is_v5 else paho.MQTTv311,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = DIAL_S
        self._client.will_set(will[0], will[1], qos=1, retain=True)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._client.on_socket_open = _send_at_once
        if settings.ca is not None:
            self._use_tls(settings)

    def dial(self, broker: Broker) -> None:
        """Connect to the broker; its acceptance comes later, in `wait`. Blocks for seconds.

        Raises ConnectionLostError.
        """
        try:
            self._client.connect(
                broker.host,
                broker.port,
                keepalive=self._keepalive_s,
                clean_start=True if self._is_v5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
                properties=connect_properties(self._protocol),
            )
        except Exception as error:  # OSError, and UnicodeError or ValueError for what is no host name
            raise ConnectionLostError(one_line(error)) from error

    def subscribe(self, topics: tuple[tuple[str, int], ...]) -> None:
        """Ask for topics with their QoS; `hears` says when all are granted, one that is refused ends the connection."""
        self._asked = tuple(topic for topic, _ in topics)
        self._guarded(lambda: self._client.subscribe(list(topics)))

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool = False) -> None:
        """Send a message to the broker, or queue it while the broker accepts nothing (see `is_stuck`).

        A message that is too long for the broker is dropped and logged once: it would end every connection.
        """
        if self.most_bytes is not None and len(payload) + len(topic) + PACKET_BYTES > self.most_bytes:
            self._drop_too_long(topic, len(payload))
            return
        self._guarded(lambda: self._give(topic, payload, qos, retain=retain))

    def deliver(self, topic: str, payload: bytes, waker: socket.socket, within_s: float) -> None:
        """Publish, retained, and wait briefly for the broker to confirm it. Raises ConnectionLostError."""
        sent: list[paho.MQTTMessageInfo] = []
        self._guarded(lambda: sent.append(self._client.publish(topic, payload, qos=1, retain=True)))
        until = time.monotonic() + within_s
        while not sent[0].is_published() and (left_s := until - time.monotonic()) > 0:
            self.wait(left_s, waker)

    def _give(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:
        number = self._client.publish(topic, payload, qos=qos, retain=retain).mid
        if qos:
            self._on_their_way[number] = topic, time.monotonic()

    def _drop_too_long(self, topic: str, size_bytes: int) -> None:
        if topic not in self._too_long:
            self._too_long.add(topic)
            _logger.error("link=too_long topic=%s bytes=%d broker_takes=%d", topic, size_bytes, self.most_bytes)

    @property
    def is_stuck(self) -> bool:
        """Whether the broker accepts nothing now: wait, or unsent messages would fill memory."""
        return self._client.want_write()

    def wait(self, timeout_s: float, waker: socket.socket) -> None:
        """Read and write until something arrives, `waker` is written to or the time is up.

        Raises ConnectionLostError.
        """
        self._check()
        mqtt = self._client.socket()
        if mqtt is None:
            raise ConnectionLostError(self._lost or "closed")
        ready = isinstance(mqtt, ssl.SSLSocket) and mqtt.pending() > 0
        writes = [mqtt] if self.is_stuck else []
        try:
            readable, writable, _ = select.select([mqtt, waker], writes, [], 0.0 if ready else timeout_s)
        except (OSError, ValueError) as error:
            raise ConnectionLostError(one_line(error)) from error
        if waker in readable:
            clear_wake(waker)
        if ready or mqtt in readable:
            self._guarded(self._client.loop_read)
        if mqtt in writable:
            self._guarded(self._client.loop_write)
        self._guarded(self._client.loop_misc)

    def leave(self) -> None:
        """Disconnect properly, so that the broker does not publish the will."""
        with contextlib.suppress(Exception):
            self._client.disconnect()
        self.drop()

    def drop(self) -> None:
        """Close without disconnecting: the broker publishes the will."""
        with contextlib.suppress(Exception):
            mqtt = self._client.socket()
            if mqtt is not None:
                mqtt.close()
        self.inbox.clear()

    def _use_tls(self, settings: LinkSettings) -> None:
        try:
            use_tls(self._client, settings)
        except CertificateError as error:
            raise ConnectionLostError(str(error)) from error

    def _guarded(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # any error from paho ends this connection, not the thread
            raise ConnectionLostError(one_line(error)) from error
        self._check()

    def _check(self) -> None:
        if self._lost:
            raise ConnectionLostError(self._lost)
        _, oldest_at = next(iter(self._on_their_way.values()), ("", math.inf))
        if time.monotonic() - oldest_at > self._confirm_s:  # unconfirmed messages would fill memory
            raise ConnectionLostError(f"the broker has not confirmed any message for {self._confirm_s:g} s")

    # paho's callbacks: they only store what happened.

    def _refuse(self, size_bytes: int) -> None:
        self._lost = self._lost or too_long(size_bytes)

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._lost = f"refused: {reason}"
        else:
            self.most_bytes = getattr(properties, "MaximumPacketSize", None)
            self.accepted = True

    def _on_subscribe(self, _client: Any, _userdata: Any, _number: Any, reasons: Any, _properties: Any) -> None:
        refused = [topic for topic, reason in zip(self._asked, reasons, strict=False) if reason.is_failure]
        if refused or len(reasons) < len(self._asked):
            words = ", ".join(topic.rpartition("/")[2] for topic in refused) or "all topics"
            why = next((str(reason) for reason in reasons if reason.is_failure), "no answer")
            self._lost = f"the broker refuses the subscription to {words} ({why}): fix its access rules"
        else:
            self.hears = True

    def _on_publish(self, _client: Any, _userdata: Any, number: Any, reason: Any, _properties: Any) -> None:
        topic, _ = self._on_their_way.pop(number, ("", 0.0))
        if topic and reason.is_failure:
            word = topic.rpartition("/")[2]
            self._lost = self._lost or f"the broker refuses {word} messages ({reason}): fix its access rules or limits"

    def _on_disconnect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._lost = self._lost or f"lost: {reason}"

    def _on_message(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        self.inbox.append(Arrived(topic, bytes(message.payload), message.retain))


def _send_at_once(_client: Any, _userdata: Any, mqtt: Any) -> None:
    mqtt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # state messages are small and needed at once


def clear_wake(waker: socket.socket) -> None:
    """Empty the waker, so that it can wake again."""
    with contextlib.suppress(BlockingIOError):
        waker.recv(65_536)


def one_line(error: Exception) -> str:
    """An error as one short line."""
    return f"{type(error).__name__} {' '.join(str(error).split())}"[:160]
