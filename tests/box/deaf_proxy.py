"""Stands between a box and its real broker, and keeps the broker's answers to pings to itself."""

import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress

PINGREQ, PINGRESP = 0xC0, 0xD0


class DeafProxy:
    """Serves one guest after the other; `pings` counts what boxes asked. Its port is `port`."""

    def __init__(self, server: socket.socket, broker_port: int) -> None:
        self.port: int = server.getsockname()[1]
        self.pings = 0
        self._server, self._broker_port = server, broker_port
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                guest, _ = self._server.accept()
                threading.Thread(target=self._between, args=(guest,), daemon=True).start()

    def _between(self, guest: socket.socket) -> None:
        broker = socket.create_connection(("127.0.0.1", self._broker_port))
        with closing(guest), closing(broker):
            asking = threading.Thread(target=self._pass_on, args=(guest, broker), daemon=True)
            asking.start()
            self._pass_on(broker, guest)
            for end in (guest, broker):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _pass_on(self, source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError, IndexError), source.makefile("rb") as packets:
            while packet := _packet(packets.read):
                self.pings += packet[0] == PINGREQ
                if packet[0] != PINGRESP:
                    to.sendall(packet)


def _packet(read: Callable[[int], bytes]) -> bytes:
    """The next packet of MQTT, b"" at the end: its kind, its length in groups of seven bits, and that many bytes."""
    head, length = bytearray(read(1)), 0
    if not head:
        return b""
    while True:
        head += read(1)
        length |= (head[-1] & 0x7F) << 7 * (len(head) - 2)
        if head[-1] < 0x80:
            return bytes(head) + read(length)
