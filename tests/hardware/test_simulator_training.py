"""What the panel does to a box beyond its front: clock, plugs and the nurse-call relay, over HTTP."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from typing import Any

import pytest

from firmware.gpio.board import REVISION_A
from firmware.gpio.controls import Controls
from firmware.gpio.outputs import Outputs
from firmware.inputs.lines import Edge
from firmware.screen.screen import Screen
from firmware.simulator import Handles, Panel, SimulatedBox

NO_HANDLE = b"not possible on this box: it uses this computer's clock, and only its screen can be disconnected\n"
CLOCK = "to=real, to=2026-10-25T02:55 (the box's local time) or known=true or false"


@dataclass
class Owner:
    """Runs the box: remembers what was asked, and whether the light was out by then."""

    box: SimulatedBox
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def set_clock(self, local: datetime | None) -> None:
        self.asked.append(("set_clock", local))

    def know_clock(self, known: bool) -> None:
        self.asked.append(("know_clock", known))

    def power(self, plugged: bool) -> None:
        self.asked.append(("power", plugged, self.box.light))

    def sound_card(self, plugged: bool) -> None:
        self.asked.append(("sound_card", plugged))

    def network(self, plugged: bool) -> None:
        self.asked.append(("network", plugged))


@dataclass
class Bedside:
    """A box with its drivers, lit, and its panel on a free port."""

    box: SimulatedBox
    handles: Handles | None
    edges: SimpleQueue[Edge] = field(default_factory=SimpleQueue)
    told: dict[str, object] = field(default_factory=lambda: {"clock": "2026-11-25T14:03", "zone": "Europe/Berlin"})
    panel: Panel = field(init=False)

    def ask(self, method: str, path: str) -> tuple[int, bytes]:
        port = int(self.panel.url.rstrip("/").rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def state(self) -> dict[str, Any]:
        told = json.loads(self.ask("GET", "/state")[1])
        assert isinstance(told, dict)
        return told


def served(handles: Handles | None, box: SimulatedBox) -> Iterator[Bedside]:
    bedside = Bedside(box, handles)
    bedside.panel = Panel(box, lambda: bedside.told, port=0, handles=handles)
    factory = box.pin_factory
    with Controls(REVISION_A, bedside.edges.put, pin_factory=factory), Outputs(REVISION_A, factory) as outputs:
        screen = Screen(box.bus)
        screen.open()
        screen.show(b"\xff" * 1024)
        outputs.light(0.5)
        with bedside.panel:
            yield bedside
    box.close()


@pytest.fixture
def owner() -> Owner:
    return Owner(SimulatedBox(REVISION_A))


@pytest.fixture
def bedside(owner: Owner) -> Iterator[Bedside]:
    yield from served(owner, owner.box)


@pytest.fixture
def alone() -> Iterator[Bedside]:
    yield from served(None, SimulatedBox(REVISION_A))


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/clock?to=2026-10-25T02:55", ("set_clock", datetime(2026, 10, 25, 2, 55))),  # noqa: DTZ001  # the box's own
        ("/clock?to=real", ("set_clock", None)),
        ("/clock?known=false", ("know_clock", False)),
        ("/clock?known=true", ("know_clock", True)),
        ("/plug?part=sound&in=false", ("sound_card", False)),
        ("/plug?part=network&in=true", ("network", True)),
    ],
)
def test_what_is_not_the_panels_is_asked_of_who_runs_the_box(
    bedside: Bedside, owner: Owner, path: str, asked: tuple[Any, ...]
) -> None:
    assert bedside.ask("POST", path) == (204, b"")
    assert owner.asked == [asked]


def test_a_power_cut_is_dark_before_the_program_hears_of_it(bedside: Bedside, owner: Owner) -> None:
    assert bedside.ask("POST", "/plug?part=power&in=false")[0] == 204
    assert owner.asked == [("power", False, 0.0)]
    assert (bedside.box.has_power, bedside.box.bus.pixels().any()) == (False, False)
    assert bedside.ask("POST", "/plug?part=power&in=true")[0] == 204
    assert bedside.box.has_power
    assert owner.asked[1:] == [("power", True, 0.5)], "there is power when the program starts"


def test_screen_and_relay_need_nobody_else(alone: Bedside) -> None:
    assert alone.ask("POST", "/plug?part=screen&in=false")[0] == 204
    assert (alone.box.has_screen, alone.box.bus.pixels().any()) == (False, False)
    assert alone.ask("POST", "/plug?part=screen&in=true")[0] == 204
    assert alone.box.has_screen
    for active in ("true", "false"):
        assert alone.ask("POST", f"/nurse_call?active={active}")[0] == 204
    edges = [alone.edges.get(timeout=5), alone.edges.get(timeout=5)]
    assert [(edge.line, edge.active) for edge in edges] == [("nurse_call", True), ("nurse_call", False)]


@pytest.mark.parametrize(
    "path",
    [
        "/clock?to=real",
        "/clock?known=false",
        "/plug?part=power&in=false",
        "/plug?part=sound&in=false",
        "/plug?part=network&in=true",
    ],
)
def test_without_handles_clock_and_plugs_are_not_there(alone: Bedside, path: str) -> None:
    assert alone.ask("POST", path) == (404, NO_HANDLE)
    assert alone.box.has_power


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/clock", f"use one of {CLOCK}"),
        ("/clock?to=real&known=true", f"use one of {CLOCK}"),
        ("/clock?to=25.10.2026", f"to=25.10.2026 is not a time: use one of {CLOCK}"),
        ("/clock?to=", f"to= is not a time: use one of {CLOCK}"),
        (
            "/clock?to=2026-10-25T02:55Z",
            "to=2026-10-25T02:55Z is not from 2020 to 2099 or has a time zone: use one of ",
        ),
        ("/clock?to=1970-01-01T00:00", "to=1970-01-01T00:00 is not from 2020 to 2099 or has a time zone: use one of "),
        ("/clock?known=maybe", "known=maybe is unknown: known is one of true, false"),
        ("/plug?in=true", "part is missing: part is one of power, screen, sound, network"),
        ("/plug?part=door&in=true", "part=door is unknown: part is one of power, screen, sound, network"),
        ("/plug?part=power", "in is missing: in is one of true, false"),
        ("/plug?part=screen&in=1", "in=1 is unknown: in is one of true, false"),
        ("/nurse_call", "active is missing: active is one of true, false"),
    ],
)
def test_what_means_nothing_is_refused_in_one_line_and_does_nothing(
    bedside: Bedside, owner: Owner, path: str, line: str
) -> None:
    status, content = bedside.ask("POST", path)
    assert status == 400
    assert content.decode().startswith(line)
    assert content.count(b"\n") == 1
    assert (owner.asked, bedside.box.has_power, bedside.box.has_screen, bedside.box.is_nurse_call) == (
        [],
        True,
        True,
        False,
    )


def test_nobody_changes_anything_by_looking(bedside: Bedside, owner: Owner) -> None:
    for path in ("/clock?to=real", "/plug?part=power&in=false", "/nurse_call?active=true"):
        assert bedside.ask("GET", path)[0] == 405
    assert owner.asked == []


def test_the_state_tells_what_the_page_offers_and_how_it_stands(bedside: Bedside) -> None:
    told = bedside.state()
    assert (told["training"], told["screen"]["plugged"], told["nurse_call"]) == (True, True, False)
    assert told["clock_changes"] == ["2026-03-29T01:55", "2026-10-25T02:55"]
    bedside.box.plug_screen(False)
    bedside.box.nurse_call(True)
    told = bedside.state()
    assert (told["screen"], told["nurse_call"]) == ({"on": False, "contrast": 0x7F, "plugged": False}, True)


def test_a_box_without_handles_zone_or_clock_says_so(alone: Bedside) -> None:
    alone.told = {"clock": None, "zone": ""}
    told = alone.state()
    assert (told["training"], told["clock"], told["clock_changes"]) == (False, None, [])


def test_the_page_comes_dark_where_it_is_night(bedside: Bedside) -> None:
    assert b'<html lang="en" data-theme="day">' in bedside.ask("GET", "/")[1]
    bedside.told = {"night": True}
    assert b'<html lang="en" data-theme="night">' in bedside.ask("GET", "/")[1]
