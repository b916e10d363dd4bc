"""The check looks at the brokers of an installation and at every certificate on the way."""

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from django.utils import timezone

from tests.servers import MOSQUITTO, free_port, mosquitto, need
from tests.ward.checked import DAY
from tests.ward.papers import Papers, papers
from ward.installation import broker
from ward.installation.finding import Word


@contextmanager
def tls_broker(folder: Path, server: Papers, ca: Papers) -> Iterator[int]:
    need(MOSQUITTO)
    options = [f"cafile {ca.cert}", f"certfile {server.cert}", f"keyfile {server.key}", "allow_anonymous true"]
    with mosquitto(folder, *options) as running:
        yield running.port


@pytest.fixture
def settings_of_broker(settings: Any) -> Any:
    settings.BROKER, settings.BROKER_CA, settings.BROKER_CERT, settings.BROKER_KEY = "127.0.0.1:1", "", "", ""
    return settings


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("nothing", []),
        ("no authority", ["NIGHTINGALE_BROKER_CA: {ca} cannot be used (No such file or directory)"]),
        ("no certificate", ["NIGHTINGALE_BROKER_CERT: {cert} cannot be used (it is not a readable PEM file)"]),
        ("no key", ["NIGHTINGALE_BROKER_KEY: {key} cannot be used (it is not a readable PEM file)"]),
        ("locked key", ["NIGHTINGALE_BROKER_KEY: {key} cannot be used (it is not a readable PEM file)"]),
        ("another key", ["the key in {key} does not match the certificate in {cert}"]),
    ],
)
def test_each_file_of_tls_is_read(wrong: str, says: list[str], tmp_path: Path, settings_of_broker: Any) -> None:
    ca = papers(tmp_path, "ca")
    own, other = papers(tmp_path, "ward", by=ca), papers(tmp_path, "other", by=ca)
    locked = own.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
    spoil: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "no authority": ca.cert.unlink,
        "no certificate": lambda: own.cert.write_text("no PEM"),
        "no key": lambda: own.key.write_text("no PEM"),
        "locked key": lambda: own.key.write_bytes(locked),
        "another key": lambda: shutil.copyfile(other.key, own.key),
    }
    spoil[wrong]()
    chosen = {"BROKER_CA": str(ca.cert), "BROKER_CERT": str(own.cert), "BROKER_KEY": str(own.key)}
    for name, value in chosen.items():
        setattr(settings_of_broker, name, value)
    found = [one.what for one in broker.certificates(timezone.now()) if one.word is Word.FIX]
    names = {"ca": ca.cert, "cert": own.cert, "key": own.key}
    assert found == [said.format(**names) for said in says]


def test_a_certificate_that_ends_soon_is_named_and_of_several_authorities_the_last_counts(
    tmp_path: Path, settings_of_broker: Any
) -> None:
    now = timezone.now()
    old, ca = papers(tmp_path, "old", ends=now - timedelta(hours=1)), papers(tmp_path, "ca")
    both = tmp_path / "both.crt"
    both.write_bytes(old.cert.read_bytes() + ca.cert.read_bytes())
    own = papers(tmp_path, "ward", by=ca, ends=now + 20 * DAY)
    settings_of_broker.BROKER_CA, settings_of_broker.BROKER_CERT = str(both), str(own.cert)
    settings_of_broker.BROKER_KEY = str(own.key)
    authority, certificate = broker.certificates(now)
    assert (authority.word, certificate.word) == (Word.OK, Word.FIX)
    assert certificate.what.endswith("in 19 days")
    settings_of_broker.BROKER_CA = str(old.cert)
    assert next(iter(broker.certificates(now))).what.endswith("mqttd cannot connect")


def test_a_broker_is_asked_by_tls_and_its_certificate_looked_at(tmp_path: Path, settings_of_broker: Any) -> None:
    now, ca, stranger = timezone.now(), papers(tmp_path, "ca"), papers(tmp_path, "stranger")
    server = papers(tmp_path, "server", by=ca, ends=now + 10 * DAY)
    with tls_broker(tmp_path, server, ca) as port:
        settings_of_broker.BROKER = f"127.0.0.1:{port}"
        settings_of_broker.BROKER_CA = str(ca.cert)
        answers, holds = broker.brokers(now)
        assert answers.what == f"the broker at 127.0.0.1:{port} answers by TLS"
        assert (holds.word, holds.what.endswith("in 9 days"), holds.remedy) == (
            Word.FIX,
            True,
            "renew it on the broker",
        )
        settings_of_broker.BROKER_CA = str(stranger.cert)
        (refused,) = broker.brokers(now)
        assert refused.what.startswith(f"TLS failed between the ward and the broker at 127.0.0.1:{port}")
        settings_of_broker.BROKER_CA = str(tmp_path / "nowhere")
        (untried,) = broker.brokers(now)
        assert (untried.word, "was not checked" in untried.what) == (Word.NOTE, True)


def test_each_broker_that_is_named_has_its_line(tmp_path: Path, settings_of_broker: Any, now: datetime) -> None:
    need(MOSQUITTO)
    with mosquitto(tmp_path) as running, socket.create_server(("127.0.0.1", 0)) as silent:
        dead, port = free_port(), silent.getsockname()[1]
        settings_of_broker.BROKER = f"127.0.0.1:{running.port},127.0.0.1:{dead},ward.invalid:1883"
        found = [one.line for one in broker.brokers(now)]
        assert found[0] == f"OK    the broker at 127.0.0.1:{running.port} accepts connections"
        assert found[1].startswith(f"FIX   the broker at 127.0.0.1:{dead} does not answer (Connection refused)")
        assert "broker on ward.invalid can be read and changed" in found[2]
        assert found[3].startswith("FIX   the broker at ward.invalid:1883 does not answer (")
        settings_of_broker.BROKER, settings_of_broker.BROKER_CA = f"127.0.0.1:{port}", str(papers(tmp_path, "ca").cert)
        (hung,) = broker.brokers(now)
        assert "does not answer" in hung.what, "it takes the call and says nothing"


def test_a_setting_of_the_broker_that_cannot_work_is_a_line(settings_of_broker: Any, now: datetime) -> None:
    settings_of_broker.BROKER = "broker"
    assert [one.word for one in broker.brokers(now)] == [Word.FIX]
    settings_of_broker.BROKER, settings_of_broker.BROKER_PROTOCOL = "127.0.0.1:1", "4"
    assert [one.word for one in broker.brokers(now)] == [Word.FIX]
