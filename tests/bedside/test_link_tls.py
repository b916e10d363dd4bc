"""The link with certificates on both sides, as a hospital runs it."""

import logging
import queue
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from device.config import Broker, LinkSettings
from device.events import LinkChanged
from device.link import Link
from device.log import Log
from tests.bedside.linked_box import DEVICE, QUICK
from tests.bedside.recorded import NOON, a_log
from tests.servers import Mosquitto, mosquitto


class Authority:
    """Signs certificates into a folder, with the system's openssl."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.ca, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        self._openssl("req", "-x509", *self._new_key(name), "-out", str(self.ca), "-days", "1")

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate and its key, for that common name and 127.0.0.1."""
        cert, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        request, names = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        self._openssl("req", *self._new_key(name), "-out", str(request))
        signer = ["-CA", str(self.ca), "-CAkey", str(self._key), "-CAcreateserial", "-days", "1"]
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


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    cert, key = authority.issue("broker")
    files = (f"cafile {authority.ca}", f"certfile {cert}", f"keyfile {key}")
    with mosquitto(tmp_path, *files, "require_certificate true", "use_identity_as_username true") as broker:
        yield broker


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = a_log(tmp_path / "log.db")
    log.open()
    yield log
    log.close()


def first_change(settings: LinkSettings, log: Log) -> LinkChanged:
    """Start a link with these settings and return what became of its first attempt."""
    events: queue.SimpleQueue[object] = queue.SimpleQueue()
    link = Link(
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
    link.start()
    change = events.get(timeout=20.0)
    link.close()
    assert isinstance(change, LinkChanged)
    return change


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
    caplog.set_level(logging.WARNING, "device.link")
    cert, key = authority.issue(DEVICE)
    stranger = Authority(tmp_path, "stranger-ca")
    settings = LinkSettings((Broker("127.0.0.1", broker.port),), stranger.ca, cert, key)
    assert first_change(settings, log) == LinkChanged(up=False, ward_up=False)
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text
