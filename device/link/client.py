"""paho's client with a bound on what it takes in, and its TLS. Knows no message and no ward.

paho reads a packet whole before anybody sees it, up to the 256 MB that MQTT allows: on a Pi that is all the memory.
"""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

import messages
from device.config.settings import LinkSettings

MOST_PACKET_BYTES = messages.MAX_BYTES + 1_000  # a payload, and what stands before it: topic, lengths, properties


class CertificateError(Exception):
    """A file of TLS cannot be used; one line that names it."""


class BoundedClient(paho.Client):
    """Reads no packet that is longer than a box takes: `refuse` hears its length in bytes and the connection ends.

    A broker that speaks MQTT 5 is told the bound with `connect_properties` and keeps such a packet to itself.
    """

    def __init__(self, *arguments: Any, refuse: Callable[[int], None], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._refuse = refuse

    def _sock_recv(self, bufsize: int) -> bytes:
        """paho's only way to read. It asks for one byte at a time until it knows a packet's length, then for all that
        is left of it; an OSError ends the connection there."""
        if bufsize > MOST_PACKET_BYTES:
            self._refuse(bufsize)
            raise ConnectionAbortedError(f"a packet of {bufsize} bytes")
        return super()._sock_recv(bufsize)


def connect_properties(protocol: int) -> Properties | None:
    """What to say at `connect`; `protocol`: 4 (MQTT 3.1.1, which has no such word) or 5."""
    if protocol != paho.MQTTv5:
        return None
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    properties.MaximumPacketSize = MOST_PACKET_BYTES
    return properties


def too_long(size_bytes: int) -> str:
    """Why such a connection ended, and what to do."""
    return (
        f"a message of {size_bytes} bytes came, a box takes {messages.MAX_BYTES}: "
        "see who sends it, clear a retained one, and bound the broker (Mosquitto: message_size_limit)"
    )


def use_tls(client: paho.Client, settings: LinkSettings) -> None:
    """Speak TLS with the files of a configuration that names a ca. Raises CertificateError."""
    for key in ("ca", "cert", "key"):
        _refuse_unreadable(key, getattr(settings, key))
    ca, cert, key_file = (str(path) if path else None for path in (settings.ca, settings.cert, settings.key))
    try:
        ssl.create_default_context(cafile=ca)  # by itself: paho does not say which file it could not use
    except (OSError, ValueError) as error:
        raise CertificateError(f"ca {ca} holds no certificate in PEM ({_said(error)})") from None
    try:
        client.tls_set(ca_certs=ca, certfile=cert, keyfile=key_file)
    except (OSError, ValueError) as error:
        line = f"cert {cert} and key {key_file} are not two PEM files that belong together"
        raise CertificateError(f"{line} ({_said(error)})") from None


def _refuse_unreadable(key: str, file: Path | None) -> None:
    if file is None:
        return
    try:
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        raise CertificateError(f"{key} {file} cannot be read ({error.strerror})") from None


def _said(error: Exception) -> str:
    return " ".join((getattr(error, "reason", None) or str(error) or type(error).__name__).split())
