"""The simulated box's network against a real TCP server: what goes through, and what a pulled plug does."""

import socket
import socketserver
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Thread
from threading import enumerate as threads

import pytest

from firmware.simulator.network import Address, Network
from tests.servers import free_port


class Echo(socketserver.BaseRequestHandler):
    """Says what it hears, and hangs up when the other end has."""

    def handle(self) -> None:
        while content := self.request.recv(65536):
            self.request.sendall(content)


@pytest.fixture
def broker() -> Iterator[Address]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        host, port = server.server_address[:2]
        yield str(host), int(port)
        server.shutdown()
        serving.join()


@pytest.fixture
def network(broker: Address) -> Iterator[Network]:
    with Network([broker]) as network:
        yield network


def call(address: Address) -> socket.socket:
    return socket.create_connection(address, timeout=10)


def echo(line: socket.socket, said: bytes) -> bytes:
    line.sendall(said)
    heard = b""
    while len(heard) < len(said):
        heard += line.recv(65536)
    return heard


def is_dropped(line: socket.socket) -> bool:
    """Whether the other side has ended it, or reset it where it never got to take the call."""
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True


def fill(line: socket.socket) -> None:
    """Send until nothing more is taken."""
    line.setblocking(False)
    try:
        while True:
            line.send(b"x" * 65536)
    except BlockingIOError:
        return


def test_bytes_go_there_and_back_on_many_connections_at_once(network: Network) -> None:
    with ExitStack() as lines:
        called = [lines.enter_context(call(network.addresses[0])) for _ in range(5)]
        for number, line in enumerate(called):
            said = bytes([number]) * 1000
            assert echo(line, said) == said


def test_an_end_that_stops_talking_still_hears_the_rest(network: Network) -> None:
    with call(network.addresses[0]) as line:
        line.sendall(b"the last words")
        line.shutdown(socket.SHUT_WR)
        assert line.makefile("rb").read() == b"the last words"


def test_a_cut_drops_every_connection_and_refuses_new_ones(network: Network) -> None:
    with call(network.addresses[0]) as line, call(network.addresses[0]) as other:
        assert echo(line, b"here") == b"here"
        network.cut()
        assert network.is_cut
        assert is_dropped(line)
        assert is_dropped(other)
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            call(network.addresses[0])


def test_a_mended_network_goes_through_again_at_the_same_address(network: Network) -> None:
    address = network.addresses[0]
    for _ in range(3):
        with call(address) as line:
            assert echo(line, b"here") == b"here"
            network.cut()
            network.cut()
        network.repair()
        network.repair()
    assert (network.addresses[0], network.is_cut) == (address, False)
    with call(address) as line:
        assert echo(line, b"again") == b"again"


def test_each_broker_has_an_address_and_they_fall_together(broker: Address) -> None:
    with Network([broker, ("127.0.0.1", free_port())]) as network:
        first, second = network.addresses
        assert first != second
        with call(second) as line:
            assert line.recv(1) == b"", "a broker that is down hangs up"
        with call(first) as line:
            assert echo(line, b"here") == b"here"
        network.cut()
        for address in network.addresses:
            with pytest.raises(ConnectionRefusedError):
                call(address)


def test_a_cut_wakes_who_sends_to_a_broker_that_does_not_read() -> None:
    with ExitStack() as open_ends:
        deaf = open_ends.enter_context(socket.create_server(("127.0.0.1", 0)))
        network = open_ends.enter_context(Network([deaf.getsockname()]))
        line = open_ends.enter_context(call(network.addresses[0]))
        open_ends.enter_context(deaf.accept()[0])
        fill(line)
        network.close()
        assert not [thread for thread in threads() if thread.name == "network"]


def test_closing_ends_every_thread_and_every_connection(broker: Address) -> None:
    network = Network([broker])
    network.repair()
    with call(network.addresses[0]) as line:
        assert echo(line, b"here") == b"here"
        network.close()
        network.close()
        assert line.recv(1) == b""
    assert not [thread for thread in threads() if thread.name == "network"]
