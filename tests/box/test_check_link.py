"""The self-test of the way to the ward on a real broker, with certificates as a hospital has them."""

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from device.check import link as check_link
from device.check.finding import Finding
from device.check.link import broker
from device.config.settings import Broker, LinkSettings
from messages import Presence, encode, ward_presence_topic
from tests.box.linked_box import DEVICE
from tests.box.test_link_tls import Authority, guarded_broker
from tests.servers import Mosquitto


def told(port: int, settings: LinkSettings) -> list[Finding]:
    return list(broker(Broker("127.0.0.1", port), settings))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "hospital-ca")


@pytest.fixture
def guarded(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    with guarded_broker(tmp_path, authority) as running:
        yield running


@pytest.mark.parametrize("protocol", [4, 5])
def test_a_box_that_is_let_in_is_told_so_and_that_no_ward_is_there(mosquitto: Mosquitto, protocol: int) -> None:
    link, ward = told(mosquitto.port, LinkSettings(protocol=protocol))
    assert (link.well, link.line) == (True, f"127.0.0.1:{mosquitto.port} accepts this box (MQTT without TLS)")
    assert not ward.well
    assert ward.line.startswith("never seen on this broker")


@pytest.mark.parametrize("online", [True, False])
def test_whether_the_ward_takes_entries_in_is_told(mosquitto: Mosquitto, online: bool) -> None:
    payload = encode(Presence(online=online, software="0.1.0", boot="b00t"))
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    client.publish(ward_presence_topic(), payload, qos=1, retain=True).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    _, ward = told(mosquitto.port, LinkSettings())
    assert ward.well is online
    assert ward.line == "online, receives log entries" if online else "offline" in ward.line


def test_a_broker_behind_tls_accepts_a_box_with_its_certificate(authority: Authority, guarded: Mosquitto) -> None:
    cert, key = authority.issue(DEVICE)
    link, _ = told(guarded.port, LinkSettings((), authority.ca, cert, key))
    assert (link.well, link.line) == (True, f"127.0.0.1:{guarded.port} accepts this box (TLS and MQTT)")


@pytest.mark.filterwarnings("ignore:.*SSLSocket")  # paho leaves the socket of a failed handshake to the collector
def test_a_port_that_is_open_is_no_broker_that_accepts(
    tmp_path: Path, authority: Authority, guarded: Mosquitto
) -> None:
    """It said "answers" for a TCP port, whatever certificates lay on both sides."""
    stranger = Authority(tmp_path, "stranger-ca")
    cert, key = authority.issue(DEVICE)
    for settings, says in (
        (LinkSettings((), authority.ca), "refuses this box"),
        (LinkSettings((), stranger.ca, cert, key), "certificate verify failed"),
        (LinkSettings(), "refuses this box"),
        (
            LinkSettings((), tmp_path / "none.pem"),
            f"not tried: ca {tmp_path / 'none.pem'} cannot be read (No such file or directory)",
        ),
    ):
        (link,) = told(guarded.port, settings)
        assert not link.well
        assert says in link.line or (says == "refuses this box" and "does not answer" in link.line), link.line


class _Says(socketserver.BaseRequestHandler):
    """Takes whatever comes, and says one thing."""

    says = b""

    def handle(self) -> None:
        self.request.recv(1024)
        self.request.sendall(self.says)
        self.request.recv(1024)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"\x20\x02\x00\x05", "refuses this box (Not authorized): check that the box is enrolled there"),
        (b"", "refuses this box (no MQTT answer): check that the box is enrolled there"),
    ],
    ids=["a broker that does not know it", "no broker at all"],
)
def test_an_open_port_alone_is_no_yes(answer: bytes, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_link, "ANSWERS_WITHIN_S", 2.0 if answer else 0.2)
    kind = type("Says", (_Says,), {"says": answer})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (link,) = told(server.server_address[1], LinkSettings())
        server.shutdown()
    assert not link.well
    assert says in link.line


def test_nobody_at_the_port_is_told_with_where_to_look() -> None:
    (link,) = told(1, LinkSettings())
    assert link.line == (
        "127.0.0.1:1 does not answer (Connection refused): check cable, address, firewall and certificates"
    )


@pytest.mark.parametrize("missing", ["ca", "cert", "key"])
def test_a_certificate_file_that_is_missing_is_named(tmp_path: Path, authority: Authority, missing: str) -> None:
    cert, key = authority.issue(DEVICE)
    files = {"ca": authority.ca, "cert": cert, "key": key, missing: tmp_path / "none.pem"}
    (link,) = told(1, LinkSettings(**files))
    assert f"not tried: {missing} {tmp_path / 'none.pem'} cannot be read (No such file" in link.line


@pytest.mark.parametrize(
    ("spoilt", "named"), [("ca", "ca {} contains no"), ("cert", "cert {} and"), ("key", "key {} are")]
)
def test_a_certificate_file_that_holds_something_else_is_named(
    tmp_path: Path, authority: Authority, spoilt: str, named: str
) -> None:
    cert, key = authority.issue(DEVICE)
    other = tmp_path / "other.pem"
    other.write_text("no certificate\n")
    files = {"ca": authority.ca, "cert": cert, "key": key, spoilt: other}
    (link,) = told(1, LinkSettings(**files))
    assert named.format(other) in link.line


def test_a_broker_s_name_that_does_not_resolve_is_told_first() -> None:
    for name in ("brokr.invalid", "a..b"):
        (link,) = list(broker(Broker(name, 8883), LinkSettings()))
        assert link.line.startswith(f"{name}:8883 has an unknown host name (")
