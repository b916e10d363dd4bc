"""paho's client with a limit on packet size, and its TLS. Knows no message and no ward.

paho reads a whole packet before handing it on, up to the 256 MB that MQTT allows: on a Pi that is all the memory.
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

MOST_PACKET_BYTES = messages.MAX_BYTES + 1_000  # a payload and what comes before it: topic, lengths, properties


class CertificateError(Exception):
    """A TLS file cannot be used; one line that names it."""


class BoundedClient(paho.Client):
    """Reads no packet that is too long for a box: `refuse` receives its length in bytes and the connection ends.

    A broker with MQTT 5 learns the limit from `connect_properties` and does not send such a packet.
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
    """The properties for `connect`; `protocol`: 4 (MQTT 3.1.1, which has none) or 5."""
    if protocol != paho.MQTTv5:
        return None
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    properties.MaximumPacketSize = MOST_PACKET_BYTES
    return properties


def too_long(size_bytes: int) -> str:
    """Why such a connection ended, and what to do."""
    return (
        f"a message of {size_bytes} bytes arrived, but a box accepts at most {messages.MAX_BYTES}: "
        "find its sender, clear it if it is retained, and set a limit on the broker (Mosquitto: message_size_limit)"
    )


def use_tls(client: paho.Client, settings: LinkSettings) -> None:
    """Use TLS with the configured files; `ca` must be set. Raises CertificateError."""
    for key in ("ca", "cert", "key"):
        _refuse_unreadable(key, getattr(settings, key))
    ca, cert, key_file = (str(path) if path else None for path in (settings.ca, settings.cert, settings.key))
    try:
        ssl.create_default_context(cafile=ca)  # separately: paho does not say which file it could not use
    except (OSError, ValueError) as error:
        raise CertificateError(f"ca {ca} contains no PEM certificate ({_said(error)})") from None
    try:
        client.tls_set(ca_certs=ca, certfile=cert, keyfile=key_file)
    except (OSError, ValueError) as error:
        line = f"cert {cert} and key {key_file} are not a matching pair of PEM files"
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
