"""Fetches one track over HTTP, from where an unfinished one ends. Trusts nothing that the server says.

One connection, kept open between tracks. One thread uses it; `close` and `interrupt` may come from another.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from device.config.settings import ContentSettings
from device.music.track_store import Partial
from playlists.parsing import one_line

BLOCK_BYTES = 64 * 1024
MOST_TRACK_BYTES = 1 << 30
CONNECT_S = 10.0
HEAD_S = 20.0  # until the answer begins
SILENCE_S = 20.0  # between two reads
SLOW_S, SLOW_BYTES = 30.0, 16 * 1024  # a server that sends less in that time is given up
NOT_NOW = frozenset({401, 403, 407, 408, 425, 429, 500, 502, 503, 504})  # the server's state, not this track's


class SourceError(Exception):
    """The server cannot be reached or gives nothing now; one line."""


class TrackError(Exception):
    """The server does not give this track, or gives it wrongly; one line."""


class CutError(Exception):
    """The connection ended within the track. `came_on`: after some of it had arrived."""

    def __init__(self, line: str, *, came_on: bool) -> None:
        super().__init__(line)
        self.came_on = came_on


class StoppedError(Exception):
    """The caller had something better to do; the unfinished track stays."""


class Source:
    """The server that has the tracks, each at `<url>/<sha256>`."""

    def __init__(self, settings: ContentSettings) -> None:
        self._settings = settings
        self._parts = urlsplit(settings.url)
        self._connection: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = None  # also where the connection has handed it to its answer

    def fetch(
        self,
        sha256: str,
        partial: Partial,
        *,
        room_for: Callable[[int], None],
        arrived: Callable[[int], None],
    ) -> None:
        """Bring the partial to its full length; its hash is not verified here.

        `room_for` is told how many bytes will come and may raise; `arrived` the size of each block, may wait, and
        raises StoppedError to end. Raises SourceError, TrackError, CutError and what the partial raises.
        """
        answer = self._ask(sha256, partial.size)
        try:
            left = _left(answer, partial)
            room_for(left)
            self._read(answer, partial, left, arrived)
        except BaseException:
            answer.close()
            self.close()  # what is still on its way must not be taken for the next answer
            raise
        answer.close()
        if answer.will_close:
            self.close()

    def close(self) -> None:
        """End the connection; the next `fetch` opens another."""
        connection, self._connection, self._socket = self._connection, None, None
        if connection is not None:
            connection.close()

    def interrupt(self) -> None:
        """Let a `fetch` that waits on another thread fail now."""
        opened = self._socket
        if opened is not None:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def _ask(self, sha256: str, offset: int) -> http.client.HTTPResponse:
        """The answer's head. A connection that the server closed meanwhile is opened again once."""
        was_open = self._connection is not None
        try:
            return self._head(sha256, offset)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            if not was_open:
                raise SourceError(_line(error)) from error
        try:
            return self._head(sha256, offset)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise SourceError(_line(error)) from error

    def _head(self, sha256: str, offset: int) -> http.client.HTTPResponse:
        connection = self._connection = self._connection or self._opened()
        headers = {"Accept-Encoding": "identity", "Accept": "*/*"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        connection.request("GET", f"{self._parts.path.rstrip('/')}/{sha256}", headers=headers)
        with self._within(HEAD_S):
            return connection.getresponse()

    def _opened(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            context = _tls(self._settings)
            connection = http.client.HTTPSConnection(host, port, timeout=CONNECT_S, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=CONNECT_S)  # type: ignore[assignment]
        self._connection = connection  # from here on `close` ends it
        connection.connect()
        self._socket = connection.sock
        connection.sock.settimeout(SILENCE_S)
        return connection

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """A server that sends its head byte by byte never runs into a socket's own time limit."""
        timer = threading.Timer(seconds, self.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _read(
        self, answer: http.client.HTTPResponse, partial: Partial, left: int, arrived: Callable[[int], None]
    ) -> None:
        began, slow = partial.size, _Slow()
        while left > 0:
            try:
                block = answer.read1(min(BLOCK_BYTES, left))
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise CutError(_line(error), came_on=partial.size > began) from error
            if not block:
                raise CutError("the connection ended", came_on=partial.size > began)
            partial.write(block)
            left -= len(block)
            if slow.is_too_slow(len(block)):
                raise TrackError("it comes too slowly")
            waited_from = time.monotonic()
            arrived(len(block))
            slow.forgive(time.monotonic() - waited_from)
        if answer.length == 0 or answer.length is None:
            answer.read()  # nothing is left: this frees the connection for the next track


class _Slow:
    """Watches whether bytes come at all, whatever the socket's own time limit."""

    def __init__(self) -> None:
        self._since, self._bytes = time.monotonic(), 0

    def is_too_slow(self, arrived: int) -> bool:
        self._bytes += arrived
        if time.monotonic() - self._since < SLOW_S:
            return False
        too_slow = self._bytes < SLOW_BYTES
        self._since, self._bytes = time.monotonic(), 0
        return too_slow

    def forgive(self, seconds: float) -> None:
        """The box itself waited so long."""
        self._since += seconds


def _left(answer: http.client.HTTPResponse, partial: Partial) -> int:
    """How many bytes are still to come, after the partial was made to fit. Raises SourceError or TrackError."""
    if answer.getheader("Content-Encoding", "identity").strip().lower() not in {"identity", ""}:
        raise TrackError("the server changes its encoding")
    if answer.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
        return _of_unsatisfiable(answer, partial)
    if answer.status == http.client.PARTIAL_CONTENT:
        return _of_range(answer, partial)
    if answer.status == http.client.OK:
        partial.start_anew()
        return _length(answer)
    line = f"the server answers {answer.status}"
    raise (SourceError if answer.status in NOT_NOW else TrackError)(line)


def _of_unsatisfiable(answer: http.client.HTTPResponse, partial: Partial) -> int:
    """It ends where the partial ends: the hash decides. With another length it is of something else."""
    if partial.size and answer.getheader("Content-Range", "").strip() == f"bytes */{partial.size}":
        return 0
    partial.start_anew()
    raise TrackError("the server has another length: start again")


def _of_range(answer: http.client.HTTPResponse, partial: Partial) -> int:
    length = _length(answer)
    total = partial.size + length
    if answer.getheader("Content-Range", "").strip() != f"bytes {partial.size}-{total - 1}/{total}":
        partial.start_anew()
        raise TrackError("the server sends another part than asked for")
    return length


def _length(answer: http.client.HTTPResponse) -> int:
    if answer.length is None or answer.chunked:
        raise TrackError("the server does not say its length")
    if not 0 < answer.length <= MOST_TRACK_BYTES:
        raise TrackError(f"its length of {answer.length} bytes cannot be true")
    return answer.length


def _tls(settings: ContentSettings) -> ssl.SSLContext:
    """Raises OSError, as a broken connection does: a file may be put right while the box runs."""
    context = ssl.create_default_context(cafile=str(settings.ca) if settings.ca else None)
    if settings.cert is not None:
        context.load_cert_chain(settings.cert, settings.key)
    return context


def _line(error: Exception) -> str:
    return one_line(f"{type(error).__name__} {error}", 160)
