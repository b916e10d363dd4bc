"""The self-test of the connection to the ward: the broker's name, TLS and answer, and the ward's presence."""

import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from device.check.finding import Finding
from device.config.settings import Broker, LinkSettings
from device.link.client import BoundedClient, CertificateError, connect_properties, too_long, use_tls
from messages import MessageError, Presence, decode, ward_presence_topic

DIAL_S = 5.0
ANSWERS_WITHIN_S = 5.0
WARD_WITHIN_S = 2.0
KEEPALIVE_S = 30


def broker(at: Broker, settings: LinkSettings) -> Iterator[Finding]:
    """Connect as the box does, but under another name: its own would end the running service's connection."""
    with closing(_Visit(settings)) as visit:
        refused = visit.go(at)
    if refused:
        yield Finding("link", False, f"{at} {refused}")
        return
    how = "TLS and MQTT" if settings.ca else "MQTT without TLS"
    yield Finding("link", True, f"{at} accepts this box ({how})")
    yield Finding("ward", False, visit.too_long) if visit.too_long else _ward(visit.presence)


def _ward(presence: bytes | None) -> Finding:
    if presence is None:
        return Finding("ward", False, "never seen on this broker, or this box may not read it: start the ward's mqttd")
    try:
        online = decode(Presence, presence).online
    except MessageError as error:
        return Finding(
            "ward",
            False,
            f"sends messages that this box cannot read ({error}): update the ward or the box, whichever is older",
        )
    if online:
        return Finding("ward", True, "online, receives log entries")
    return Finding("ward", False, "offline, log entries wait on this box: start the ward's mqttd")


class _Visit:
    """One connection for testing only; it leaves no will, no session and no message."""

    def __init__(self, settings: LinkSettings) -> None:
        self.presence: bytes | None = None
        self.too_long = ""  # a message was longer than the box accepts
        self._settings = settings
        self._is_v5 = settings.protocol == 5
        self._answer = ""
        self._accepted = False
        self._client = BoundedClient(
            CallbackAPIVersion.VERSION2,
            refuse=self._refuse,
            client_id=f"nightingale-check-{secrets.token_hex(4)}",
            clean_session=None if self._is_v5 else True,
            protocol=paho.MQTTv5 if self._is_v5 else paho.MQTTv311,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = DIAL_S
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def go(self, at: Broker) -> str:
        """Empty if the broker accepted the box; otherwise its answer and what to do."""
        try:
            if self._settings.ca:
                use_tls(self._client, self._settings)
        except CertificateError as error:
            return f"was not tried: {error}: fix the file, or its name under [link] in device.toml"
        try:
            self._client.connect(
                at.host, at.port, keepalive=KEEPALIVE_S, properties=connect_properties(self._settings.protocol)
            )
        except (socket.gaierror, UnicodeError) as error:
            return f"has an unknown host name ({_said(error)}): check the spelling, the cable and the DNS"
        except Exception as error:  # noqa: BLE001  # OSError, ssl's, and ValueError for what is no host name
            return f"does not answer ({_said(error)}): check cable, address, firewall and certificates"
        self._wait(ANSWERS_WITHIN_S, lambda: bool(self._accepted or self._answer))
        if not self._accepted:
            said = self._answer or "no MQTT answer"
            return f"refuses this box ({said}): check that the box is enrolled there and the port is for MQTT"
        self._client.subscribe(ward_presence_topic(), qos=1)
        self._wait(WARD_WITHIN_S, lambda: self.presence is not None)
        return ""

    def close(self) -> None:
        """Disconnect."""
        with suppress(Exception):
            self._client.disconnect()
            mqtt = self._client.socket()
            if mqtt is not None:
                mqtt.close()

    def _wait(self, within_s: float, is_done: Any) -> None:
        until = time.monotonic() + within_s
        while not is_done() and (left_s := until - time.monotonic()) > 0:
            if self._client.loop(min(left_s, 0.1)) != paho.MQTT_ERR_SUCCESS:
                self._answer = self._answer or "it closed the connection"
                return

    def _refuse(self, size_bytes: int) -> None:
        self.too_long = too_long(size_bytes)

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._accepted = not reason.is_failure
        self._answer = "" if self._accepted else str(reason)

    def _on_message(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        self.presence = bytes(message.payload)


def _said(error: Exception) -> str:
    return " ".join((getattr(error, "strerror", None) or str(error) or type(error).__name__).split())
