"""The link with certificates on both sides, as a hospital runs it."""

import logging
import queue
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from device.config.settings import Broker, LinkSettings
from device.link.link import Link
from device.log.log import Log
from device.rules.events import LinkChanged
from tests.box.linked_box import DEVICE, QUICK
from tests.box.recorded import NOON, a_log
from tests.servers import Mosquitto, mosquitto


class Authority:
    """Signs certificates into a folder, with the system's openssl."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.ca, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        self._openssl("req", "-x509", *self._new_key(name), "-out", str(self.ca), "-days", "1")

    def issue(self, name: str, days: int = 1) -> tuple[Path, Path]:
        """A certificate and its key, for that common name and 127.0.0.1; `days`: how long it holds, -1: it ran out."""
        cert, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        request, names = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        self._openssl("req", *self._new_key(name), "-out", str(request))
        signer = ["-CA", str(self.ca), "-CAkey", str(self._key), "-CAcreateserial", "-days", str(days)]
        self._openssl("x509", "-req", "-in", str(request), *signer, "-extfile", str(names), "-out", str(cert))
        return cert, key

    def _new_key(self, name: str) -> list[str]:
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        return [*key, "-keyout", str(self._folder / f"{name}.key"), "-subj", f"/CN={name}"]

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "hospital-ca")


@contextmanager
def guarded_broker(folder: Path, authority: Authority) -> Iterator[Mosquitto]:
    """A broker behind TLS that lets in who has a certificate of the authority, by the name in it."""
    cert, key = authority.issue("broker")
    files = (f"cafile {authority.ca}", f"certfile {cert}", f"keyfile {key}")
    with mosquitto(folder, *files, "require_certificate true", "use_identity_as_username true") as broker:
        yield broker


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    with guarded_broker(tmp_path, authority) as running:
        yield running


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = a_log(tmp_path / "log.db")
    log.open()
    yield log
    log.close()


def first_change(settings: LinkSettings, log: Log) -> LinkChanged:
    """Start a link with these settings and return what became of its first attempt."""
    events: queue.SimpleQueue[object] = queue.SimpleQueue()
    link = a_link(settings, log, events)
    link.start()
    change = events.get(timeout=20.0)
    link.close()
    assert isinstance(change, LinkChanged)
    return change


def a_link(settings: LinkSettings, log: Log, events: "queue.SimpleQueue[object]") -> Link:
    return Link(
        settings,
        DEVICE,
        log,
        events.put,
        software="0.1.0",
        boot="boot-1",
        utcnow=lambda: NOON,
        clock_ok=lambda: True,
        pace=replace(QUICK, accept_s=10.0, keepalive_s=10),
        chance=random.Random(1),
    )


@pytest.mark.parametrize("protocol", [4, 5])
def test_a_box_with_its_certificate_is_let_in(authority: Authority, broker: Mosquitto, log: Log, protocol: int) -> None:
    cert, key = authority.issue(DEVICE)
    settings = LinkSettings((Broker("127.0.0.1", broker.port),), authority.ca, cert, key, protocol)
    assert first_change(settings, log) == LinkChanged(up=True, ward_up=False)


def test_a_box_without_a_certificate_stays_out(authority: Authority, broker: Mosquitto, log: Log) -> None:
    settings = LinkSettings((Broker("127.0.0.1", broker.port),), authority.ca)
    assert first_change(settings, log) == LinkChanged(up=False, ward_up=False)


@pytest.mark.filterwarnings("ignore:.*SSLSocket")  # paho leaves the socket of a failed handshake to the collector
def test_a_broker_of_another_authority_is_not_trusted(
    tmp_path: Path, authority: Authority, broker: Mosquitto, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "device.link.link")
    cert, key = authority.issue(DEVICE)
    stranger = Authority(tmp_path, "stranger-ca")
    settings = LinkSettings((Broker("127.0.0.1", broker.port),), stranger.ca, cert, key)
    assert first_change(settings, log) == LinkChanged(up=False, ward_up=False)
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


@pytest.mark.filterwarnings("ignore:.*SSLSocket")
def test_a_certificate_that_ran_out_is_told_though_the_first_reason_was_another(
    tmp_path: Path, authority: Authority, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "device.link.link")
    cert, key = authority.issue("broker", days=-1)
    broker = Mosquitto(tmp_path, f"cafile {authority.ca}", f"certfile {cert}", f"keyfile {key}", "allow_anonymous true")
    link = a_link(LinkSettings((Broker("127.0.0.1", broker.port),), authority.ca), log, queue.SimpleQueue())
    try:
        link.start()
        until(lambda: "ConnectionRefused" in caplog.text)
        broker.start()
        until(lambda: "certificate has expired" in caplog.text)
        link._closing.wait(1.0)  # several more attempts
        assert len([record for record in caplog.records if record.name == "device.link.link"]) <= 4, "each reason once"
    finally:
        link.close()
        link._thread.join(20.0)
        broker.kill()


def test_a_certificate_that_was_renewed_is_used_at_the_next_attempt(
    tmp_path: Path, authority: Authority, broker: Mosquitto, log: Log
) -> None:
    stranger = Authority(tmp_path, "stranger-ca")
    cert, key = stranger.issue(DEVICE)
    events: queue.SimpleQueue[object] = queue.SimpleQueue()
    link = a_link(LinkSettings((Broker("127.0.0.1", broker.port),), authority.ca, cert, key), log, events)
    link.start()
    assert events.get(timeout=20.0) == LinkChanged(up=False, ward_up=False)
    authority.issue(DEVICE)  # into the same files
    assert events.get(timeout=20.0) == LinkChanged(up=True, ward_up=False)
    link.close()


def until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20.0
    while not seen():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)
