"""A server whose connections nobody can hold without asking for something. Knows no address and no page."""

import asyncio
import resource
import socket
import struct

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN_S = 10.0
LOOK_EACH_S = 10.0  # whether someone still takes his answer, however slowly
NO_LINGER = struct.pack("ii", 1, 0)  # on, 0 s: the kernel too drops what nobody took


class Patient(H11Protocol):
    """A connection that has begun no whole request in ten seconds is closed; half ones would use up all files.

    One that takes nothing of its answer for so long is cut off: what is written for it stays in memory.
    """

    _timer: asyncio.TimerHandle | None = None
    _cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        if self._timer is None and not self._answers():  # the next request of a connection that stayed
            self._wait()
        super().data_received(data)
        if self._answers():
            self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        self._is_taken()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_after(self.transport.get_write_buffer_size() + 1)

    def resume_writing(self) -> None:
        self._is_taken()
        super().resume_writing()

    def _look_after(self, before: int) -> None:
        """Cuts off who took nothing since he had so many bytes to take."""
        left = self.transport.get_write_buffer_size()
        if left < before:
            self._cut = self.loop.call_later(LOOK_EACH_S, self._look_after, left)
        else:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self.transport.abort()

    def _is_taken(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def _answers(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._timer = self.loop.call_later(HEAD_WITHIN_S, self._give_up)

    def _wait_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not self._answers():
            self.transport.close()


def allow_files() -> None:
    """As many open files as the system lets this process have: each connection is one, and 1,024 a usual bound."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
