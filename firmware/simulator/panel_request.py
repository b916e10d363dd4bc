"""What a browser may ask of the panel, and who may ask. Knows the box, not the program that runs in it."""

import json
import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import parse_qsl, urlsplit

from firmware.inputs.lines import Button, Knob
from firmware.simulator import asked, picture
from firmware.simulator.asked import Query, RefusedError
from firmware.simulator.handles import Handles
from firmware.simulator.page_words import in_words, words_json
from firmware.simulator.summer_time import before_the_changes

if TYPE_CHECKING:
    from firmware.simulator.panel import _Server

logger = logging.getLogger(__name__)

PAGE = Path(__file__).parent / "page"
FINGER_S = 0.08  # how long a quick press lasts
LOOKS_EVERY = 0.04  # seconds between two looks at screen and light: 25 a second
STATE_EVERY = 0.25
STILL_THERE_EVERY = 10.0  # a comment line, so that a closed page is noticed

KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FILES = (
    "/page.css",
    "/box.css",
    "/training.css",
    "/page.js",
    "/words.js",
    "/hands.js",
    "/looks.js",
    "/training.js",
    "/icon.svg",
)
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
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


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

    def _answer(self, routes: dict[str, "Callable[[PanelRequest, Query], None]"]) -> None:
        try:
            self._check_sender()
            target = urlsplit(self.path)
            route = routes.get(target.path, PanelRequest._nowhere)
            route(self, dict(parse_qsl(target.query, keep_blank_values=True)))
        except RefusedError as error:
            self._send(error.status, "text/plain; charset=utf-8", f"{error}\n".encode())
        except OSError:  # the browser closed: this is normal
            self.close_connection = True
        except Exception:  # `state()` may raise anything; other requests must still work
            logger.exception("panel request failed path=%s", self.path)
            self._refuse_after_failure()

    def _check_sender(self) -> None:
        """A page on the internet must not press here: neither by a name that points to us nor by a cross-site post. A
        link to the panel may be followed: whoever does so sees the panel itself, in a tab of its own."""
        host = self.headers.get("Host", "")
        name = urlsplit(f"//{host}").hostname
        if name not in LOOPBACK_NAMES:
            raise RefusedError(HTTPStatus.FORBIDDEN, f"use 127.0.0.1 or localhost, not {host or 'no host'}")
        origin = self.headers.get("Origin")
        is_foreign = origin is not None and origin != f"http://{host}"
        is_own = self.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
        if is_foreign or not (is_own or self._follows_a_link()):
            raise RefusedError(
                HTTPStatus.FORBIDDEN, f"only this panel's own page may do this, not {origin or 'another site'}"
            )

    def _follows_a_link(self) -> bool:
        how = self.headers.get("Sec-Fetch-Mode"), self.headers.get("Sec-Fetch-Dest")
        return self.command == "GET" and urlsplit(self.path).path == "/" and how == ("navigate", "document")

    def _refuse_after_failure(self) -> None:
        if not self._has_begun:  # otherwise half an answer has been sent already
            line = b"the panel failed: see the device log\n"
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", line)

    def _nowhere(self, _query: Query) -> None:
        path = urlsplit(self.path).path
        if path in self._gets or path in self._posts:
            right = "GET" if path in self._gets else "POST"
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} needs {right}")
        there = ", ".join([*self._gets, *self._posts])
        raise RefusedError(HTTPStatus.NOT_FOUND, f"{path} does not exist: use {there}")

    # -- looking

    def _page(self, _query: Query) -> None:
        page = (PAGE / "index.html").read_text("utf-8")
        page = page.replace("<!-- panel.svg -->", (PAGE / "panel.svg").read_text("utf-8"))
        told = self._server.state()
        page = in_words(page, told)  # sent with the page as well: what it is must be read without a script
        if told.get("night"):  # sent with the page, so that there is no bright flash at night
            page = page.replace('data-theme="day"', 'data-theme="night"')
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", page.encode())

    def _file(self, _query: Query) -> None:
        file = PAGE / urlsplit(self.path).path.removeprefix("/")
        self._send(HTTPStatus.OK, KINDS[file.suffix], file.read_bytes())

    def _screen(self, _query: Query) -> None:
        chip = self._server.box.bus
        self._send(HTTPStatus.OK, "image/png", picture.png(chip.pixels(), chip.contrast))

    def _state(self, _query: Query) -> None:
        self._send(HTTPStatus.OK, "application/json", self._state_json(self._server.state()).encode())

    def _live(self, _query: Query) -> None:
        self._head(HTTPStatus.OK, "text/event-stream")
        self.end_headers()
        told: Query = {}
        heard_at = state_at = -STILL_THERE_EVERY
        while not self._server.closing.wait(LOOKS_EVERY):
            now = time.monotonic()
            news = self._looks()
            if now - state_at >= STATE_EVERY:
                state_at, told_now = now, self._server.state()
                news = {"words": words_json(told_now), **news, "state": self._state_json(told_now)}
            lines = [f"event: {kind}\ndata: {data}\n\n" for kind, data in news.items() if told.get(kind) != data]
            told |= news
            if not lines and now - heard_at >= STILL_THERE_EVERY:
                lines = [": still here\n\n"]
            if lines:
                heard_at = now
                self.wfile.write("".join(lines).encode())

    def _looks(self) -> Query:
        chip = self._server.box.bus
        screen = {"pixels": picture.text(chip.pixels()), "brightness": round(picture.brightness(chip.contrast), 3)}
        return {"screen": json.dumps(screen), "light": json.dumps(round(self._server.box.light, 3))}

    def _state_json(self, told: dict[str, object]) -> str:
        box = self._server.box
        seen = {
            "screen": {"on": box.bus.on, "contrast": box.bus.contrast, "plugged": box.has_screen},
            "light": round(box.light, 3),
            "unmuted": box.unmuted,
            "nurse_call": box.is_nurse_call,
            "training": self._server.handles is not None,
            "clock_changes": _clock_changes(told),
        }
        return json.dumps({key: each for key, each in told.items() if key != "words"} | seen, default=str)

    # -- touching

    def _press(self, query: Query) -> None:
        self._server.box.press(asked.one_of(Button, "button", query), held_s=FINGER_S)
        self._done()

    def _hold(self, query: Query) -> None:
        self._server.box.hold(asked.one_of(Button, "button", query))
        self._done()

    def _release(self, query: Query) -> None:
        self._server.box.release(asked.one_of(Button, "button", query))
        self._done()

    def _turn(self, query: Query) -> None:
        self._server.box.turn(asked.one_of(Knob, "knob", query), asked.steps(query))
        self._done()

    # -- beyond the front

    def _plug(self, query: Query) -> None:
        part, plugged = asked.part(query), asked.flag("in", query)
        box = self._server.box
        match part:
            case "screen":
                box.plug_screen(plugged)
            case "power":
                handles = self._handles()
                box.power(plugged)  # first: a program that is still ending must find no light to switch off
                handles.power(plugged)
            case "sound":
                self._handles().sound_card(plugged)
            case "network":
                self._handles().network(plugged)
        self._done()

    def _nurse_call(self, query: Query) -> None:
        self._server.box.nurse_call(asked.flag("active", query))
        self._done()

    def _clock(self, query: Query) -> None:
        handles, wanted = self._handles(), asked.clock(query)
        if isinstance(wanted, bool):
            handles.know_clock(wanted)
        else:
            handles.set_clock(wanted)
        self._done()

    def _handles(self) -> Handles:
        handles = self._server.handles
        if handles is None:
            line = "not possible on this box: it uses this computer's clock, and only its screen can be disconnected"
            raise RefusedError(HTTPStatus.NOT_FOUND, line)
        return handles

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

    _gets: ClassVar[dict[str, "Callable[[PanelRequest, Query], None]"]] = {
        "/": _page,
        "/screen.png": _screen,
        "/state": _state,
        "/live": _live,
        **dict.fromkeys(FILES, _file),
    }
    _posts: ClassVar[dict[str, "Callable[[PanelRequest, Query], None]"]] = {
        "/press": _press,
        "/hold": _hold,
        "/release": _release,
        "/turn": _turn,
        "/plug": _plug,
        "/nurse_call": _nurse_call,
        "/clock": _clock,
    }


def _clock_changes(told: dict[str, object]) -> list[str]:
    clock, zone = told.get("clock"), told.get("zone")
    year = int(clock[:4]) if isinstance(clock, str) and clock[:4].isdigit() else time.localtime().tm_year
    changes = before_the_changes(zone, year) if isinstance(zone, str) else ()
    return [each.isoformat(timespec="minutes") for each in changes]
