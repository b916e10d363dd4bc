"""The panel of a simulated box as a page on loopback: passes on touches and shows the box, decides nothing.

    GET  /                                the page
    GET  /screen.png                      the screen, amber on black
    GET  /state                           JSON: what `state()` returns but the words, and what the panel sees of the box
    GET  /live                            server-sent events: words, pixels, light and state, each when it has changed
    POST /press?button=play               down and up, as a finger does
    POST /hold?button=play, /release?...  for as long as you want
    POST /turn?knob=volume&steps=-3       clockwise is positive
    POST /plug?part=screen&in=false       disconnect or connect: screen; with handles power, sound, network
    POST /nurse_call?active=true          the nurse-call relay closes, or opens
    POST /clock?to=2026-10-25T02:55       with handles: local time; to=real; known=false, known=true

The page shows these keys of `state()`, if present: name, ready, playing, sounding, playlist, track, left_s and
cleaning_s (seconds), level_dba, cap_dba, night, linked (False: not connected to the ward), clock ("2026-11-25T14:03",
local; None: not set), clock_moved, zone (IANA name or ""), power, sound_card and network (whether connected), shown
(the words on the screen), choose_name, choose_place (from 1; 0: none) and playlists (where CHOOSE stands, of what),
language (two letters) and words (the page's own in that language, by key; a key without a word is shown as it is).
The panel adds screen (on, contrast, plugged), light, unmuted, nurse_call, training (whether it has handles) and
clock_changes (local times five minutes before the zone's clocks change in this year).
"""

import errno
import ipaddress
import socket
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self

from firmware import PanelError
from firmware.simulator.box import SimulatedBox
from firmware.simulator.handles import Handles
from firmware.simulator.panel_request import PanelRequest

State = Callable[[], dict[str, object]]


class Panel:
    """Serves one box's panel from `start` to `close`, on threads of its own.

    `state` is called on those threads, a few times a second for each page that is open, and so are `handles`;
    without them the page offers no clock and no fault but the screen's.
    Port 0 takes any free port; `url` says which one. Raises PanelError.
    """

    def __init__(
        self,
        box: SimulatedBox,
        state: State,
        host: str = "127.0.0.1",
        port: int = 8101,
        handles: Handles | None = None,
    ) -> None:
        if not _is_loopback(host):
            raise PanelError(f"the panel has no sign-in and is only for this computer: use 127.0.0.1, not {host}")
        self._box, self._state, self._host, self._port, self._handles = box, state, host, port, handles
        self._server: _Server | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """Where the page is, once started."""
        port = self._server.server_address[1] if self._server else self._port
        return f"http://[{self._host}]:{port}/" if ":" in self._host else f"http://{self._host}:{port}/"

    def start(self) -> None:
        """Raises PanelError if the port is taken."""
        try:
            self._server = _Server((self._host, self._port), self._box, self._state, self._handles)
        except OSError as error:
            where = f"port {self._port} of {self._host}"
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
            raise PanelError(f"{where} {reason}: choose another with --panel HOST:PORT") from error
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="panel", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End the stream of every open page and wait for the threads. May be called twice."""
        if self._server is None or self._thread is None:
            return
        self._server.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    """Threads that end: browsers keep idle connections open, and `close` must not wait for them."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], box: SimulatedBox, state: State, handles: Handles | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.box, self.state, self.handles, self.closing = box, state, handles, Event()
        self._open: set[socket.socket] = set()
        self._guard = Lock()
        super().__init__(address, PanelRequest)

    def server_bind(self) -> None:
        # Not HTTPServer's: that looks up its own name in the DNS, which may take seconds and is not needed.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._guard:
            for request in self._open:
                try:
                    request.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the browser was faster

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes early is normal; PanelRequest logs real errors."""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
