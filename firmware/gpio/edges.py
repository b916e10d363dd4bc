"""Waits for the edges of GPIO lines on one thread, which sleeps until the kernel has one. Knows no line's meaning."""

import logging
import os
import select
import time
from collections.abc import Iterable
from threading import RLock, Thread
from typing import Any, Protocol

log = logging.getLogger(__name__)


class Watched(Protocol):
    """Whom edges are told to, on the reader's thread."""

    fault: str

    def changed(self, event: Any) -> None:
        """An edge, stamped by the kernel."""


class EdgeReader:
    """One thread for all lines; begun with the first. Edges are told in order of their stamps, of all lines together.

    Each line has a queue of its own in the kernel. While one is read, another may get an edge that is older than the
    last of the first; a knob's two contacts told in the wrong order are a turn the other way. So only what was there
    before the reading began is told, and what came meanwhile waits for the next.

    A line that the kernel takes away is told by its `fault` and no longer waited for.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._over = os.eventfd(0)
        self._epoll.register(self._over, select.EPOLLIN)
        self._lines: dict[int, tuple[Any, Watched]] = {}
        self._held: list[tuple[int, Watched, Any]] = []  # came while others were read
        self._lock = RLock()
        self._thread: Thread | None = None

    def watch(self, request: Any, line: Watched) -> None:
        """Tell `line` of the edges of `request`, an object with `fd` and `read_edge_events()`."""
        with self._lock:
            self._lines[request.fd] = request, line
            self._epoll.register(request.fd, select.EPOLLIN)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="gpio edges", daemon=True)
            self._thread.start()

    def unwatch(self, request: Any) -> None:
        """No more; to be called before the request is released. Nothing if it is not watched."""
        with self._lock:
            if self._lines.pop(request.fd, None):
                self._epoll.unregister(request.fd)

    def close(self) -> None:
        """End the thread. May be called twice."""
        if self._over < 0:
            return
        os.eventfd_write(self._over, 1)
        if self._thread:
            self._thread.join()
        self._epoll.close()
        os.close(self._over)
        self._over = -1

    def _run(self) -> None:
        while True:
            if not self._held:
                self._epoll.poll()
            began_ns = time.monotonic_ns()  # the clock of the stamps
            ready = self._epoll.poll(0)  # every line that had an edge by then
            if any(file == self._over for file, _ in ready):
                return
            self.read(ready, began_ns)

    def read(self, ready: Iterable[tuple[int, int]], began_ns: int) -> None:
        """Tell the edges of these files, each with epoll's flags, up to the time when reading began, and what the last
        reading left. On the reader's thread."""
        edges = [edge for file, flags in ready for edge in self._read(file, flags)]
        due = [*self._held, *(edge for edge in edges if edge[0] <= began_ns)]
        self._held = [edge for edge in edges if edge[0] > began_ns]  # once only: stamps of another clock may be ahead
        for _, line, event in sorted(due, key=lambda edge: edge[0]):
            line.changed(event)

    def _read(self, file: int, flags: int) -> list[tuple[int, Watched, Any]]:
        with self._lock:  # not while it is being released
            if file not in self._lines:
                return []
            request, line = self._lines[file]
            try:
                if not flags & (select.EPOLLERR | select.EPOLLHUP):
                    return [(event.timestamp_ns, line, event) for event in request.read_edge_events()]
                fault = "the kernel took the line away"
            except Exception as error:  # noqa: BLE001  # one line must not cost the others
                fault = str(error)
            line.fault = fault
            self.unwatch(request)
        log.warning("an input line is lost: %s", fault)
        return []
