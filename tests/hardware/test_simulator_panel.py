"""The panel over HTTP: real edges in, the screen and the light out, and only for its own page."""

import http.client
import io
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

from device.display.screens.languages import page_words
from firmware import PanelError
from firmware.gpio.board import REVISION_A
from firmware.gpio.controls import Controls
from firmware.gpio.outputs import Outputs
from firmware.inputs.inputs import Input, Inputs, Pressed, Turned
from firmware.inputs.lines import Button, Edge, Knob
from firmware.screen.screen import Screen, frame_from_image
from firmware.simulator import Panel, SimulatedBox

PARTS = {
    "/page.css": "text/css",
    "/box.css": "text/css",
    "/training.css": "text/css",
    "/icon.svg": "image/svg+xml",
    "/page.js": "text/javascript",
    "/words.js": "text/javascript",
    "/hands.js": "text/javascript",
    "/looks.js": "text/javascript",
    "/training.js": "text/javascript",
}


@dataclass
class Bedside:
    """A box with its drivers and its panel on a free port."""

    box: SimulatedBox = field(default_factory=lambda: SimulatedBox(REVISION_A))
    edges: SimpleQueue[Edge] = field(default_factory=SimpleQueue)
    state: dict[str, object] = field(default_factory=lambda: {"name": "Bed 4"})
    panel: Panel = field(init=False)

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        port = int(self.panel.url.rstrip("/").rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def inputs(self) -> list[Input]:
        inputs, seen = Inputs(REVISION_A), []
        while not self.edges.empty():
            seen += inputs.feed(self.edges.get())
        return seen


@pytest.fixture
def bedside() -> Iterator[Bedside]:
    bedside = Bedside()
    bedside.panel = Panel(bedside.box, lambda: {"words": page_words("en")} | bedside.state, port=0)
    with Controls(REVISION_A, bedside.edges.put, pin_factory=bedside.box.pin_factory), bedside.panel:
        yield bedside
    bedside.box.close()


# -- touching


@pytest.mark.parametrize("button", ["play", "sleep", "next", "choose"])
def test_a_press_is_a_real_edge_down_and_up(bedside: Bedside, button: str) -> None:
    assert bedside.ask("POST", f"/press?button={button}")[0] == 204
    line = "choose_push" if button == "choose" else button
    down, up = bedside.edges.get(timeout=5), bedside.edges.get(timeout=5)
    assert (down.line, down.active, up.line, up.active) == (line, True, line, False)


def test_hold_stays_down_until_release(bedside: Bedside) -> None:
    bedside.ask("POST", "/hold?button=play")
    bedside.ask("POST", "/hold?button=play")
    assert [edge.active for edge in (bedside.edges.get(timeout=5),)] == [True]
    assert bedside.edges.empty()
    bedside.ask("POST", "/release?button=play")
    assert bedside.edges.get(timeout=5).active is False


@pytest.mark.parametrize(("knob", "steps"), [("volume", -3), ("volume", 2), ("choose", 1), ("choose", -48)])
def test_a_turn_of_so_many_steps_is_so_many_detents(bedside: Bedside, knob: str, steps: int) -> None:
    assert bedside.ask("POST", f"/turn?knob={knob}&steps={steps}")[0] == 204
    turned = bedside.inputs()
    assert all(isinstance(one, Turned) and one.knob == knob for one in turned)
    assert sum(one.detents for one in turned if isinstance(one, Turned)) == steps


# -- looking


def test_the_screen_as_a_picture_is_what_the_driver_drew(bedside: Bedside) -> None:
    drawn = Image.new("1", (128, 64))
    drawn.paste(255, (10, 20, 40, 50))
    screen = Screen(bedside.box.bus)
    screen.open()
    screen.show(frame_from_image(drawn))
    status, headers, content = bedside.ask("GET", "/screen.png")
    shown = np.asarray(Image.open(io.BytesIO(content)))
    assert (status, headers["Content-Type"], shown.shape) == (200, "image/png", (256, 512, 3))
    assert np.array_equal(shown[2::4, 2::4].any(axis=2), np.asarray(drawn))
    assert shown[100, 100].tolist() == [255, 176, 0]
    screen.contrast(0, 0x11)
    dim = np.asarray(Image.open(io.BytesIO(bedside.ask("GET", "/screen.png")[2])))
    assert 0 < dim.max() < 128


def test_the_state_is_the_devices_and_the_boxs(bedside: Bedside) -> None:
    bedside.state = {"name": "Bed 4", "playing": "silent", "light": "not this one"}
    with Outputs(REVISION_A, bedside.box.pin_factory) as outputs:
        outputs.light(0.5)
        outputs.unmute(True)
        status, headers, content = bedside.ask("GET", "/state")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(content) == {
        "name": "Bed 4",
        "playing": "silent",
        "screen": {"on": False, "contrast": 0x7F, "plugged": True},
        "light": 0.5,
        "unmuted": True,
        "nurse_call": False,
        "training": False,
        "clock_changes": [],
    }


def read_events(file: Any, count: int) -> dict[str, Any]:
    events: dict[str, Any] = {}
    while len(events) < count:
        kind = file.readline().decode().removeprefix("event: ").strip()
        if kind:
            events[kind] = json.loads(file.readline().decode().removeprefix("data: "))
    return events


def test_live_tells_all_at_first_and_then_what_changed(bedside: Bedside) -> None:
    host, port = bedside.panel.url.removeprefix("http://").rstrip("/").split(":")
    with Outputs(REVISION_A, bedside.box.pin_factory) as outputs, socket.create_connection((host, int(port))) as plug:
        plug.settimeout(10)
        plug.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with plug.makefile("rb") as file:
            head = b"".join(iter(file.readline, b"\r\n"))
            assert b"Content-Type: text/event-stream" in head
            first = read_events(file, 4)
            assert next(iter(first)) == "words", "the state is told in them"
            assert set(first) == {"words", "screen", "light", "state"}
            assert first["words"] == {"language": "en", "words": page_words("en")}
            assert "words" not in first["state"]
            outputs.light(0.25)
            assert read_events(file, 1) == {"light": 0.25}
            screen = Screen(bedside.box.bus)
            screen.open()
            screen.show(b"\xff" * 1024)
            while (screen := read_events(file, 1)).get("screen", first["screen"])["pixels"] != "/" * 1365 + "w==":
                assert set(screen) <= {"screen", "light", "state"}


def test_the_page_comes_in_the_language_of_its_box(bedside: Bedside) -> None:
    words = page_words("de") | {"quieter": '<b onclick="x">&'}
    bedside.state = {"name": "Bed 4", "language": "de", "words": words}
    page = bedside.ask("GET", "/")[2].decode()
    assert '<html lang="de"' in page
    assert words["disclaimer"] in page
    assert f'aria-label="{words["louder"]}"' in page
    assert 'aria-label="&lt;b onclick=&quot;x&quot;&gt;&amp;"' in page
    assert '<aside id="training" lang="en"' in page


def test_the_page_and_its_parts_are_whole_and_load_nothing_from_elsewhere(bedside: Bedside) -> None:
    status, headers, content = bedside.ask("GET", "/")
    page = content.decode()
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert 'id="pixels"' in page
    assert "glass-example" not in page
    assert "A music player for relaxation and rest. Not a medical device, not a monitor, not an alarm." in page
    assert " style=" not in page
    assert "onclick" not in page
    everything = page
    for path, kind in PARTS.items():
        assert path in everything, f"nobody asks for {path}"
        status, headers, content = bedside.ask("GET", path)
        assert (status, headers["Content-Type"].split(";")[0]) == (200, kind)
        everything += content.decode().replace('from "./', 'from "/')
    elsewhere = everything.replace("http://www.w3.org/2000/svg", "")
    assert "http://" not in elsewhere
    assert "https://" not in elsewhere


# -- refusing


@pytest.mark.parametrize(
    ("method", "path", "status", "line"),
    [
        ("POST", "/press", 400, "button is missing: button is one of play, sleep, next, choose"),
        ("POST", "/press?button=fast", 400, "button=fast is unknown: button is one of play, sleep, next, choose"),
        ("POST", "/turn?knob=bass&steps=1", 400, "knob=bass is unknown: knob is one of volume, choose"),
        ("POST", "/turn?knob=volume", 400, "steps is a whole number from -48 to 48, not 0; clockwise is positive"),
        ("POST", "/turn?knob=volume&steps=0", 400, "steps is a whole number from -48 to 48, not 0; "),
        ("POST", "/turn?knob=volume&steps=1e9", 400, "steps is a whole number from -48 to 48, not 0; "),
        ("POST", "/turn?knob=volume&steps=99", 400, "steps is a whole number from -48 to 48, not 0; "),
        ("GET", "/press?button=play", 405, "/press needs POST"),
        ("POST", "/state", 405, "/state needs GET"),
        ("GET", "/../panel.py", 404, "/../panel.py does not exist: use /, "),
    ],
)
def test_what_the_box_has_not_is_refused_in_one_line(
    bedside: Bedside, method: str, path: str, status: int, line: str
) -> None:
    got, headers, content = bedside.ask(method, path)
    assert (got, headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert content.decode().startswith(line)
    assert content.count(b"\n") == 1
    assert bedside.edges.empty()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example.org"},
        {"Host": "10.0.0.7:8101"},
        {"Origin": "http://ward.example.org"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_others_can_neither_press_nor_look(bedside: Bedside, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/press?button=play"), ("GET", "/state"), ("GET", "/screen.png")):
        status, _, content = bedside.ask(method, path, **headers)
        assert status == 403
        assert content.count(b"\n") == 1
    assert bedside.edges.empty()


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_a_link_from_the_wards_pages_opens_the_panel_and_nothing_else(bedside: Bedside, site: str) -> None:
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert bedside.ask("GET", "/", **link)[0] == 200
    assert bedside.ask("GET", "/", **link | {"Sec-Fetch-Dest": "iframe"})[0] == 403
    assert bedside.ask("GET", "/state", **link)[0] == 403
    assert bedside.ask("POST", "/press?button=play", **link)[0] == 403
    assert bedside.edges.empty()


def test_its_own_page_may_press(bedside: Bedside) -> None:
    origin = bedside.panel.url.rstrip("/")
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert bedside.ask("POST", "/press?button=play", **headers)[0] == 204
    assert [type(one) for one in bedside.inputs()][:1] == [Pressed]


def test_a_state_that_fails_is_an_error_of_that_request_only(
    bedside: Bedside, caplog: pytest.LogCaptureFixture
) -> None:
    bedside.state = None  # type: ignore[assignment]
    status, _, content = bedside.ask("GET", "/state")
    assert (status, content) == (500, b"the panel failed: see the device log\n")
    assert "panel request failed path=/state" in caplog.text
    bedside.state = {}
    assert bedside.ask("GET", "/state")[0] == 200


def test_a_port_in_use_says_what_to_do(bedside: Bedside) -> None:
    port = int(bedside.panel.url.rstrip("/").rsplit(":", 1)[1])
    with pytest.raises(PanelError) as refused:
        Panel(bedside.box, dict, port=port).start()
    assert str(refused.value) == f"port {port} of 127.0.0.1 is in use: choose another with --panel HOST:PORT"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "ward.example.org", ""])  # noqa: S104
def test_the_panel_is_never_served_beyond_this_machine(bedside: Bedside, host: str) -> None:
    with pytest.raises(PanelError, match=r"no sign-in and is only for this computer: use 127\.0\.0\.1"):
        Panel(bedside.box, dict, host=host)


def test_closing_hangs_up_on_browsers_that_keep_a_line_open() -> None:
    box = SimulatedBox(REVISION_A)
    panel = Panel(box, dict, port=0)
    panel.start()
    host, port = panel.url.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port))) as idle, socket.create_connection((host, int(port))) as live:
        live.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        idle.settimeout(10)
        live.settimeout(10)
        assert live.recv(12) == b"HTTP/1.0 200"
        closing = Thread(target=panel.close, daemon=True)
        closing.start()
        closing.join(timeout=15)
        assert not closing.is_alive(), "it waits for a browser that will not hang up by itself"
        panel.close()
        assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
    box.close()


def test_the_page_has_a_place_and_a_key_for_every_button_and_knob(bedside: Bedside) -> None:
    page = bedside.ask("GET", "/")[2].decode()
    hands = bedside.ask("GET", "/hands.js")[2].decode()
    keys = re.findall(r'\w: "(\w+)"', hands[hands.index("KEY_BUTTONS") : hands.index("KEY_TURNS")])
    turns = re.findall(r'\w+: \["(\w+)"', hands[hands.index("KEY_TURNS") : hands.index("const SVG")])
    assert set(re.findall(r'data-button="(\w+)"', page)) == set(keys) == set(Button)
    assert set(re.findall(r'data-turn="(\w+)"', page)) == set(turns) == set(Knob)
