"""A message that would fill a box's memory is not read: the connection ends with its reason, and comes back."""

import logging
import resource
import socket
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

import messages
from device.check.link import broker as look_at
from device.config.settings import Broker, LinkSettings
from device.rules.events import LinkChanged
from messages import Topic
from tests.box.linked_box import DEVICE, a_box
from tests.box.scripted_ward import a_ward
from tests.servers import mosquitto

CONNACK = bytes([0x20, 2, 0, 0])
LONGEST = bytes([0x30, 0xFF, 0xFF, 0xFF, 0x7F])  # a PUBLISH of 268,435,455 bytes, MQTT's longest, announced
BIG_BYTES = 100_000_000
RUN = bytes(1 << 20)


def peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Flood:
    """A broker that says yes to everything and then announces MQTT's longest packet; `taken` bytes of it went out."""

    def __init__(self, server: socket.socket) -> None:
        self.taken = 0
        self.guests = 0
        self._server = server
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                guest, _ = self._server.accept()
                self.guests += 1
                with closing(guest), suppress(OSError):
                    self._flood(guest)

    def _flood(self, guest: socket.socket) -> None:
        guest.recv(4096)
        guest.sendall(CONNACK + LONGEST)
        while self.taken < BIG_BYTES:
            self.taken += guest.send(RUN)


def test_a_packet_too_long_for_a_box_is_not_read_and_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before_kb = peak_kb()
    with closing(socket.create_server(("127.0.0.1", 0))) as server, a_box(tmp_path, server.getsockname()[1]) as box:
        flood = Flood(server)
        box.event_like(LinkChanged(up=False, ward_up=False))
        box.link._closing.wait(1.0)  # several more attempts
        assert flood.guests > 1, "it tries again"
    assert flood.taken < BIG_BYTES // 2
    assert peak_kb() - before_kb < 20_000
    lines = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 1
    assert "a message of 268435455 bytes arrived, but a box accepts at most 1000000" in lines[0]


@pytest.mark.parametrize("protocol", [4, 5])
def test_after_a_message_too_long_the_link_comes_back_and_entries_arrive(
    tmp_path: Path, protocol: int, caplog: pytest.LogCaptureFixture
) -> None:
    with mosquitto(tmp_path) as broker, a_ward(broker.port, DEVICE) as ward:
        ward.say_presence(online=True)
        with a_box(tmp_path, broker.port, protocol=protocol) as box:
            box.event_like(LinkChanged(up=True, ward_up=True))
            ward.say_raw(messages.topic(DEVICE, Topic.COMMAND), b"[" * 2_000_000)
            if protocol == 4:  # a broker that speaks MQTT 5 keeps it to itself
                box.event_like(LinkChanged(up=False, ward_up=False))
                box.event_like(LinkChanged(up=True, ward_up=True))
            box.record(0, 1)
            ward.until(lambda: box.log.unsent().waiting == 0)
            assert box.link.dropped == 0
            assert box.events.empty()
    assert ("link=lost" in caplog.text) is (protocol == 4)
    assert (f"a box accepts at most {messages.MAX_BYTES}" in caplog.text) is (protocol == 4)


@pytest.mark.parametrize("protocol", [4, 5])
def test_check_says_that_something_too_long_lies_on_the_broker(tmp_path: Path, protocol: int) -> None:
    with mosquitto(tmp_path) as broker, a_ward(broker.port, DEVICE) as ward:
        ward.say_raw(messages.ward_presence_topic(), b"[" * 2_000_000, retain=True)
        ward.say(Topic.REPLY, messages.Reply(id="over", done=True))
        ward.until(lambda: ward.messages_of(Topic.REPLY))
        link, found = look_at(Broker("127.0.0.1", broker.port), LinkSettings(protocol=protocol))
    assert link.well
    assert not found.well
    assert ("a message of 20000" in found.line) is (protocol == 4), "MQTT 5 sends nothing"


@pytest.mark.parametrize("protocol", [4, 5])
def test_the_longest_message_that_the_contract_allows_arrives(tmp_path: Path, protocol: int) -> None:
    with (
        mosquitto(tmp_path) as broker,
        a_ward(broker.port, DEVICE) as ward,
        a_box(tmp_path, broker.port, protocol=protocol) as box,
    ):
        box.event_like(LinkChanged(up=True, ward_up=False))
        ward.until(lambda: ward.messages_of(Topic.HELLO))
        for size in (messages.MAX_BYTES, messages.MAX_BYTES + 1):
            ward.say_raw(messages.topic(DEVICE, Topic.ASSIGNMENT), b"[" * size)
        ward.until(lambda: box.link.dropped == 2)
        assert box.events.empty(), "the link holds"
