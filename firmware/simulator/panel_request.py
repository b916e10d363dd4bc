"""What a browser may ask of the panel, and who may ask. Knows the box, not what runs in it."""

import json
import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

from firmware import PanelError
from firmware.lines import Button, Knob
from firmware.simulator import picture

if TYPE_CHECKING:
    from firmware.simulator.panel import _Server

logger = logging.getLogger(__name__)

PAGE = Path(__file__).parent / "page"
FINGER_S = 0.08  # how long a quick press lasts
STEPS_AT_MOST = 48  # two turns of a knob in one request
LOOKS_EVERY = 0.04  # seconds between two looks at glass and light: 25 a second
STATE_EVERY = 0.25
STILL_THERE_EVERY = 10.0  # a comment line, so that a page that left is noticed

FILES = {
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Word = TypeVar("Word", Button, Knob)
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


class _RefusedError(PanelError):
    def __init__(self, status: HTTPStatus, line: str) -> None:
        super().__init__(line)
        self.status = status


class PanelRequest(BaseHTTPRequestHandler):
    """One request; the server makes one for each connection, on its own thread."""

    server_version = "nightingale-panel"
    sys_version = ""
    timeout = 30
    _has_begun = False

    def do_GET(self) -> None:
        self._answer(self._gets)

    def do_POST(self) -> None:
        self._answer(self._posts)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        logger.debug("panel %s", format % args)

    # -- who may ask, and what

    def _answer(self, routes: dict[str, "Callable[[PanelRequest, dict[str, str]], None]"]) -> None:
        try:
            self._check_sender()
            target = urlsplit(self.path)
            route = routes.get(target.path, PanelRequest._nowhere)
            route(self, dict(parse_qsl(target.query, keep_blank_values=True)))
        except _RefusedError as error:
            self._send(error.status, "text/plain; charset=utf-8", f"{error}\n".encode())
        except OSError:  # the browser went away: no news
            self.close_connection = True
        except Exception:  # `state()` is not ours; the other requests go on
            logger.exception("panel request failed path=%s", self.path)
            self._refuse_after_failure()

    def _check_sender(self) -> None:
        """A page of the internet must not press here: neither by a name that points to us nor by a cross post."""
        host = self.headers.get("Host", "")
        name = urlsplit(f"//{host}").hostname
        if name not in LOOPBACK_NAMES:
            raise _RefusedError(HTTPStatus.FORBIDDEN, f"ask for 127.0.0.1 or localhost, not {host or 'no host'}")
        origin = self.headers.get("Origin")
        is_foreign = origin is not None and origin != f"http://{host}"
        if is_foreign or self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise _RefusedError(
                HTTPStatus.FORBIDDEN, f"only this panel's own page may ask, not {origin or 'another site'}"
            )

    def _refuse_after_failure(self) -> None:
        if not self._has_begun:  # else half an answer is out already
            line = b"the panel itself failed: see the log of the device\n"
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", line)

    def _nowhere(self, _query: dict[str, str]) -> None:
        path = urlsplit(self.path).path
        if path in self._gets or path in self._posts:
            right = "GET" if path in self._gets else "POST"
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} is for {right}")
        there = ", ".join([*self._gets, *self._posts])
        raise _RefusedError(HTTPStatus.NOT_FOUND, f"{path} is not here: there are {there}")

    # -- looking

    def _page(self, _query: dict[str, str]) -> None:
        page = (PAGE / "index.html").read_text("utf-8")
        page = page.replace("<!-- panel.svg -->", (PAGE / "panel.svg").read_text("utf-8"))
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", page.encode())

    def _file(self, _query: dict[str, str]) -> None:
        name, kind = FILES[urlsplit(self.path).path]
        self._send(HTTPStatus.OK, kind, (PAGE / name).read_bytes())

    def _screen(self, _query: dict[str, str]) -> None:
        chip = self._server.box.bus
        self._send(HTTPStatus.OK, "image/png", picture.png(chip.pixels(), chip.contrast))

    def _state(self, _query: dict[str, str]) -> None:
        self._send(HTTPStatus.OK, "application/json", self._state_json().encode())

    def _live(self, _query: dict[str, str]) -> None:
        self._head(HTTPStatus.OK, "text/event-stream")
        self.end_headers()
        told: dict[str, str] = {}
        heard_at = state_at = -STILL_THERE_EVERY
        while not self._server.closing.wait(LOOKS_EVERY):
            now = time.monotonic()
            news = self._looks()
            if now - state_at >= STATE_EVERY:
                state_at, news["state"] = now, self._state_json()
            lines = [f"event: {kind}\ndata: {data}\n\n" for kind, data in news.items() if told.get(kind) != data]
            told |= news
            if not lines and now - heard_at >= STILL_THERE_EVERY:
                lines = [": still here\n\n"]
            if lines:
                heard_at = now
                self.wfile.write("".join(lines).encode())

    def _looks(self) -> dict[str, str]:
        chip = self._server.box.bus
        glass = {"pixels": picture.text(chip.pixels()), "brightness": round(picture.brightness(chip.contrast), 3)}
        return {"glass": json.dumps(glass), "light": json.dumps(round(self._server.box.light, 3))}

    def _state_json(self) -> str:
        box = self._server.box
        seen = {
            "screen": {"on": box.bus.on, "contrast": box.bus.contrast},
            "light": round(box.light, 3),
            "unmuted": box.unmuted,
        }
        return json.dumps(self._server.state() | seen, default=str)

    # -- touching

    def _press(self, query: dict[str, str]) -> None:
        self._server.box.press(_one_of(Button, "button", query), held_s=FINGER_S)
        self._done()

    def _hold(self, query: dict[str, str]) -> None:
        self._server.box.hold(_one_of(Button, "button", query))
        self._done()

    def _release(self, query: dict[str, str]) -> None:
        self._server.box.release(_one_of(Button, "button", query))
        self._done()

    def _turn(self, query: dict[str, str]) -> None:
        self._server.box.turn(_one_of(Knob, "knob", query), _steps(query))
        self._done()

    # -- answering

    @property
    def _server(self) -> "_Server":
        return cast("_Server", self.server)

    def _done(self) -> None:
        self._head(HTTPStatus.NO_CONTENT, None)
        self.end_headers()

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self._head(status, kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _head(self, status: HTTPStatus, kind: str | None) -> None:
        self._has_begun = True
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in HEADERS.items():
            self.send_header(name, value)

    _gets: ClassVar[dict[str, "Callable[[PanelRequest, dict[str, str]], None]"]] = {
        "/": _page,
        "/screen.png": _screen,
        "/state": _state,
        "/live": _live,
        **dict.fromkeys(FILES, _file),
    }
    _posts: ClassVar[dict[str, "Callable[[PanelRequest, dict[str, str]], None]"]] = {
        "/press": _press,
        "/hold": _hold,
        "/release": _release,
        "/turn": _turn,
    }


def _one_of(words: type[Word], key: str, query: dict[str, str]) -> Word:
    asked = query.get(key, "")
    try:
        return words(asked)
    except ValueError as error:
        wrong = f"{key}={asked} is unknown" if asked else f"{key} is missing"
        raise _RefusedError(HTTPStatus.BAD_REQUEST, f"{wrong}: {key} is one of {', '.join(words)}") from error


def _steps(query: dict[str, str]) -> int:
    try:
        steps = int(query.get("steps", ""))
    except ValueError:
        steps = 0
    if not 0 < abs(steps) <= STEPS_AT_MOST:
        allowed = f"a whole number from -{STEPS_AT_MOST} to {STEPS_AT_MOST}, not 0"
        raise _RefusedError(HTTPStatus.BAD_REQUEST, f"steps is {allowed}; clockwise is positive")
    return steps
