"""The connection to the brokers: the TLS files, and whether a broker answers. Speaks no MQTT: mqttd does."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ward.installation import rules
from ward.installation.finding import Finding, fix, note, ok
from ward.mqttd.connection import Broker, Speech, parse_brokers

WITHIN_S = 3.0


def certificates(now: datetime) -> Iterator[Finding]:
    """Each TLS file: whether it can be read, how long it is valid, whether certificate and key match."""
    ca, cert, key = settings.BROKER_CA, settings.BROKER_CERT, settings.BROKER_KEY
    wrong = rules.client_files(ca, cert, key)
    if wrong is not None:
        yield wrong
    if ca:
        yield from _authority(Path(ca), now)
    if ca and cert:
        yield from _own(Path(cert), Path(key or cert), now)


def brokers(now: datetime) -> Iterator[Finding]:
    """Each broker that is named."""
    try:
        Speech(settings.BROKER_PROTOCOL)
        named = parse_brokers(settings.BROKER)
    except ImproperlyConfigured as error:
        yield fix(str(error), "mqttd cannot start until this is fixed")
        return
    for one in named:
        plain = rules.way_to_broker(one.host, has_ca=bool(settings.BROKER_CA))
        if plain is not None:
            yield plain
        yield from _answers(one, now)


def _authority(file: Path, now: datetime) -> Iterator[Finding]:
    """A file may hold several, some expired: the one that is valid longest counts."""
    try:
        last = max(load_pem_x509_certificates(file.read_bytes()), key=lambda one: one.not_valid_after_utc)
    except (OSError, ValueError) as error:
        yield _unread("NIGHTINGALE_BROKER_CA", file, error)
        return
    yield _holds(f"the authority in {file}", last, now)


def _own(file: Path, key: Path, now: datetime) -> Iterator[Finding]:
    """The ward's own certificate comes first in its file."""
    try:
        first = load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError) as error:
        yield _unread("NIGHTINGALE_BROKER_CERT", file, error)
        return
    yield _holds(f"the certificate in {file}", first, now)
    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:  # a TypeError for one with a password
        yield _unread("NIGHTINGALE_BROKER_KEY", key, error)
        return
    spelt = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*spelt) != first.public_key().public_bytes(*spelt):
        yield fix(
            f"the key in {key} does not match the certificate in {file}", "use the key that belongs to the certificate"
        )


def _answers(broker: Broker, now: datetime) -> Iterator[Finding]:
    try:
        context = _context()
    except (OSError, ValueError):  # an SSLError is an OSError
        yield note(f"the broker at {broker} was not checked because the TLS files cannot be used")
        return
    try:
        with closing(socket.create_connection((broker.host, broker.port), WITHIN_S)) as line:
            yield from (
                _by_tls(broker, context, line, now) if context else [ok(f"the broker at {broker} accepts connections")]
            )
    except ssl.SSLError as error:
        what = f"TLS failed between the ward and the broker at {broker} ({error.reason or error})"
        yield fix(what, "check the certificates on both sides, and the broker's name in NIGHTINGALE_BROKER")
    except (OSError, ValueError) as error:  # a ValueError for an invalid host name
        yield fix(
            f"the broker at {broker} does not answer ({getattr(error, 'strerror', None) or error})",
            "start it, or check NIGHTINGALE_BROKER",
        )


def _context() -> ssl.SSLContext | None:
    """As mqttd speaks; None where it speaks without TLS."""
    if not settings.BROKER_CA:
        return None
    context = ssl.create_default_context(cafile=settings.BROKER_CA)
    if settings.BROKER_CERT:
        context.load_cert_chain(settings.BROKER_CERT, settings.BROKER_KEY or None, password="")
    return context


def _by_tls(broker: Broker, context: ssl.SSLContext, line: socket.socket, now: datetime) -> Iterator[Finding]:
    with context.wrap_socket(line, server_hostname=broker.host) as spoken:
        shown = spoken.getpeercert() or {}
    yield ok(f"the broker at {broker} answers by TLS")
    begins, ends = (_moment(str(shown[name])) for name in ("notBefore", "notAfter"))
    yield rules.certificate(f"the certificate of the broker at {broker}", begins, ends, now, ours=False)


def _moment(said: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(said), UTC)


def _holds(name: str, one: Certificate, now: datetime) -> Finding:
    return rules.certificate(name, one.not_valid_before_utc, one.not_valid_after_utc, now)


def _unread(setting: str, file: Path, error: Exception) -> Finding:
    why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not a readable PEM file"
    return fix(
        f"{setting}: {file} cannot be used ({why})", "use a PEM file without a password that the ward's user can read"
    )
