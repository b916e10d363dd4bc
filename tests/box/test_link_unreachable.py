"""A broker that is not there, refuses or is none costs a line, never a thread."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from device.config.settings import Broker, LinkSettings
from device.rules.events import LinkChanged
from tests.box.linked_box import DEVICE, Box, a_box, all_arrived
from tests.box.scripted_ward import Ward, a_ward
from tests.servers import Mosquitto, free_port, mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as broker:
        yield broker


@pytest.fixture
def ward(broker: Mosquitto) -> Iterator[Ward]:
    with a_ward(broker.port, DEVICE) as ward:
        yield ward


def no_broker() -> Broker:
    return Broker("127.0.0.1", free_port())


def no_such_name() -> Broker:
    return Broker("broker.invalid", 1883)


def no_name_at_all() -> Broker:
    return Broker("a..b" + "x" * 70, 1883)


@pytest.mark.parametrize("nowhere", [no_broker, no_such_name, no_name_at_all], ids=lambda where: where.__name__)
def test_a_broker_that_is_not_there_costs_one_line_and_no_thread(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, nowhere: Callable[[], Broker]
) -> None:
    caplog.set_level(logging.INFO, "device.link.link")
    box = Box(tmp_path, nowhere())
    box.link.start()
    assert box.event(LinkChanged) == LinkChanged(up=False, ward_up=False)
    box.link._closing.wait(1.0)  # several more attempts
    assert box.link._thread.is_alive()
    lines = [record.message for record in caplog.records if record.name == "device.link.link"]
    assert len(lines) == 1
    assert lines[0].startswith("link=lost broker=")
    box.link.close()
    box.log.close()


def test_a_broker_that_refuses_the_box_costs_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mosquitto(tmp_path, "allow_anonymous false") as broker, a_box(tmp_path, broker.port) as box:
        assert box.event(LinkChanged) == LinkChanged(up=False, ward_up=False)
        box.link._closing.wait(1.0)
        lines = [record.message for record in caplog.records if record.name == "device.link.link"]
        assert len(lines) == 1
        assert "refused: Not authorized" in lines[0]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x20\x02\x00", bytes(range(256)) * 20])
def test_a_server_that_is_no_broker_is_left_for_the_next(
    tmp_path: Path, broker: Mosquitto, ward: Ward, answer: bytes
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as stranger:
        guests: list[socket.socket] = []
        threading.Thread(target=receive_guests, args=(stranger, answer, guests), daemon=True).start()
        with a_box(tmp_path, stranger.getsockname()[1], broker.port) as box:
            box.record(0, 1)
            ward.until(all_arrived(ward, 1))
        for guest in guests:
            guest.close()
        stranger.shutdown(socket.SHUT_RDWR)


def receive_guests(server: socket.socket, answer: bytes, guests: list[socket.socket]) -> None:
    try:
        while True:
            guest, _ = server.accept()
            guests.append(guest)
            guest.sendall(answer)
    except OSError:
        return


def test_a_missing_certificate_file_costs_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    box = Box(tmp_path, no_broker())
    box.link._settings = LinkSettings(brokers=(no_broker(),), ca=tmp_path / "missing.pem")
    box.link.start()
    assert box.event(LinkChanged) == LinkChanged(up=False, ward_up=False)
    assert f"ca {tmp_path / 'missing.pem'} cannot be read (No such file or directory)" in caplog.text
    box.link.close()
    box.log.close()


def test_a_broker_that_confirms_nothing_is_left(
    tmp_path: Path, broker: Mosquitto, ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as stranger:
        threading.Thread(target=take_all, args=(stranger,), daemon=True).start()
        with a_box(tmp_path, stranger.getsockname()[1], broker.port) as box:
            box.record(0, 1)
            ward.until(all_arrived(ward, 1))
        assert "not confirmed any message for 2 s" in caplog.text
        stranger.shutdown(socket.SHUT_RDWR)


def take_all(server: socket.socket) -> None:
    """Lets everybody in and hear, and answers pings, and no more: MQTT 3.1.1's CONNACK, SUBACK and PINGRESP."""
    with suppress(OSError):
        while True:
            guest, _ = server.accept()
            with closing(guest), suppress(OSError):
                guest.sendall(b"\x20\x02\x00\x00")
                while said := guest.recv(65_536):
                    if (at := said.find(b"\x82")) >= 0:
                        guest.sendall(b"\x90\x06" + said[at + 2 : at + 4] + b"\x01" * 4)
                    if said.endswith(b"\xc0\x00"):
                        guest.sendall(b"\xd0\x00")
