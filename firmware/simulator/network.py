"""The network's plug of a simulated box: forwarders between it and its brokers. Knows no MQTT."""

import socket
from collections.abc import Iterable
from selectors import EVENT_READ, DefaultSelector
from threading import Lock, Thread
from types import TracebackType
from typing import Self

Address = tuple[str, int]
LOOPBACK = "127.0.0.1"
CONNECT_WITHIN_S = 5.0
CHUNK_BYTES = 65536


class Network:
    """Forwards TCP from a port of 127.0.0.1 to each broker, while it is plugged in.

    The box uses `addresses` instead of its brokers'. All methods may be called from any thread.
    """

    def __init__(self, brokers: Iterable[Address]) -> None:
        """Takes the ports; raises OSError where there is none."""
        self._doors = [_Door(broker) for broker in brokers]
        self._guard = Lock()
        self._is_cut = True

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where the box finds each broker, in the order of the brokers; they stay the same."""
        return tuple(door.address for door in self._doors)

    @property
    def is_cut(self) -> bool:
        """Whether nothing comes through."""
        return self._is_cut

    def cut(self) -> None:
        """Drop every connection and refuse new ones. Returns when it is so."""
        with self._guard:
            self._is_cut = True
            for door in self._doors:
                door.shut()

    def repair(self) -> None:
        """Let connections through, at first and again."""
        with self._guard:
            self._is_cut = False
            for door in self._doors:
                door.open()

    def close(self) -> None:
        """Cut for good, and wait for the threads. May be called twice."""
        self.cut()
        for door in self._doors:
            door.close()

    def __enter__(self) -> Self:
        self.repair()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Door:
    """One port. Without a listener it stays reserved: connections are refused and other programs cannot use it."""

    def __init__(self, broker: Address) -> None:
        self._broker = broker
        self._reserved = _bound((LOOPBACK, 0))
        self.address: Address = self._reserved.getsockname()
        self._thread: Thread | None = None
        self._ways: list[_Way] = []

    def open(self) -> None:
        if self._thread is not None:
            return
        listener = _bound(self.address)
        listener.listen()
        self._waker, waker = socket.socketpair()
        self._thread = Thread(target=self._welcome, args=(listener, waker), name="network", daemon=True)
        self._thread.start()

    def shut(self) -> None:
        if self._thread is None:
            return
        self._waker.close()  # it wakes at the other end
        self._thread.join()
        self._thread = None
        for way in self._ways:
            way.cut()

    def close(self) -> None:
        for way in self._ways:
            way.join()
        self._reserved.close()

    def _welcome(self, listener: socket.socket, waker: socket.socket) -> None:
        with listener, waker, DefaultSelector() as selector:
            selector.register(listener, EVENT_READ)
            selector.register(waker, EVENT_READ)
            while all(key.fileobj is listener for key, _ in selector.select()):
                self._ways = [way for way in self._ways if way.is_alive()]
                self._ways.append(_Way(listener.accept()[0], self._broker))


class _Way:
    """One connection and its threads, until either end hangs up or it is cut."""

    def __init__(self, near: socket.socket, broker: Address) -> None:
        self._near, self._broker = near, broker
        self._ends = [near]
        self._is_cut = False
        self._guard = Lock()
        self._thread = Thread(target=self._run, name="network", daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self) -> None:
        self._thread.join()

    def cut(self) -> None:
        with self._guard:
            self._is_cut = True
            for end in self._ends:
                _hang_up(end, socket.SHUT_RDWR)

    def _run(self) -> None:
        with self._near:
            try:
                far = socket.create_connection(self._broker, CONNECT_WITHIN_S)
            except OSError:
                return  # the box sees its connection end, and tries again
            with far:
                far.settimeout(None)
                if self._joined(far):
                    self._carry(far)

    def _joined(self, far: socket.socket) -> bool:
        with self._guard:
            self._ends.append(far)
            return not self._is_cut

    def _carry(self, far: socket.socket) -> None:
        back = Thread(target=_pump, args=(far, self._near), name="network", daemon=True)
        back.start()
        _pump(self._near, far)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while content := source.recv(CHUNK_BYTES):
            sink.sendall(content)
    except OSError:
        _hang_up(source, socket.SHUT_RD)
    _hang_up(sink, socket.SHUT_WR)


def _hang_up(end: socket.socket, how: int) -> None:
    try:
        end.shutdown(how)
    except OSError:
        return  # it is over already


def _bound(address: Address) -> socket.socket:
    taken = socket.socket()
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(address)
    except OSError:
        taken.close()
        raise
    return taken
