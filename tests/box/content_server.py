"""A small content server on loopback, honest unless told otherwise: ranges, cuts, lies. Counts what it sends."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BLOCK = 64 * 1024


class ContentServer:
    """Tracks by hash. `cuts`: after how many bytes of the next answers the connection ends; `lie`: the name of what it
    does wrong, for the tracks in `lies_about` or for all; `slow_s`: wait after each block."""

    def __init__(self, tracks: dict[str, bytes]) -> None:
        self.tracks = tracks
        self.cuts: list[int] = []
        self.lie = ""
        self.lies_about: frozenset[str] = frozenset()
        self.slow_s = 0.0
        self.sent_bytes = 0
        self.asked: list[tuple[str, str | None]] = []
        self._guard = threading.Lock()
        self._pause = threading.Event()
        content = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                content.answer(self)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/content"

    @contextmanager
    def running(self) -> Iterator["ContentServer"]:
        """It answers while this lasts."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._pause.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """One GET."""
        sha256, wanted = request.path.rpartition("/")[2], request.headers.get("Range")
        with self._guard:
            self.asked.append((sha256, wanted))
            cut = self.cuts.pop(0) if self.cuts else None
        whole = self.tracks.get(sha256)
        lie = self.lie if not self.lies_about or sha256 in self.lies_about else ""
        if whole is None:
            request.send_error(404)
        elif lie.isdigit():
            request.send_error(int(lie))
        else:
            self._send(request, whole, wanted, lie, cut)

    def _send(
        self, request: BaseHTTPRequestHandler, whole: bytes, wanted: str | None, lie: str, cut: int | None
    ) -> None:
        found = re.fullmatch(r"bytes=(\d+)-", wanted or "")
        begin = int(found[1]) if found and lie != "no ranges" else 0
        if begin >= len(whole) and begin:
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(whole)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        body = whole[begin:]
        if lie == "other content":
            body = bytes(len(body))
        request.send_response(206 if found and lie != "no ranges" else 200)
        if found and lie != "no ranges":
            start = begin + (1 if lie == "other range" else 0)
            request.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        if lie == "gzip":
            request.send_header("Content-Encoding", "gzip")
        if lie != "no length":
            stated = {"too short": len(body) // 2, "too long": len(body) + 1000, "huge": 1 << 40}.get(lie, len(body))
            request.send_header("Content-Length", str(stated))
        request.end_headers()
        self._send_body(request, body, cut)
        if lie in {"too short", "too long", "no length"}:
            request.close_connection = True

    def _send_body(self, request: BaseHTTPRequestHandler, body: bytes, cut: int | None) -> None:
        left = body if cut is None else body[:cut]
        try:
            for place in range(0, len(left), BLOCK):
                request.wfile.write(left[place : place + BLOCK])
                with self._guard:
                    self.sent_bytes += len(left[place : place + BLOCK])
                self._pause.wait(self.slow_s)
        except OSError:
            request.close_connection = True
        if cut is not None and cut < len(body):
            request.close_connection = True
