"""The board part: a press at a bed until a nurse's open board shows it, and what a board of 500 beds costs its server.

`python -m tests.benchmarks --only=board`. Real broker, real mqttd, real server, SQLite; the boxes are scripted clients
that speak the wire (tests/benchmarks/boxes.py); one board is open in a real Chromium. All times are of one machine's
clock: a press is when the box says it, its arrival is when a MutationObserver sees the tile.
"""

import gzip
import http.client
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.benchmarks.boxes import Box, Boxes
from tests.benchmarks.figures import OURS, Figures
from tests.benchmarks.processes import tree
from tests.chromium import chromium
from tests.servers import free_port, listens, mosquitto

ROOT = Path(__file__).resolve().parents[2]
BOXES, BEDS, NURSES = 100, 500, 10
PRESSES, POLLED, LOADS = 200, 40, 200
TAPS, TAP_S = 3, 1.5  # to assign from the open board (tests/ward/test_journeys.py); to find, reach and press a target
WITHIN_S = 60.0
WATCH = """() => {
    window.seen = {};
    new MutationObserver((changes) => changes.forEach(({ target }) => {
        const tile = (target.closest ? target : target.parentElement)?.closest(".tile");
        if (tile) window.seen[tile.id] = [tile.querySelector(".word").textContent === "Playing", Date.now()];
    })).observe(document.getElementById("board"), { childList: true, characterData: true, subtree: true });
}"""
SHOWN = "([tile, plays]) => window.seen[tile] && window.seen[tile][0] === plays ? window.seen[tile][1] : 0"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What `tests.benchmarks.board_rows` wrote: a session to look with, and the boxes with their beds."""

    session: str
    boxes: list[tuple[str, int]]
    music: tuple[str, str]


def measure_board(quick: bool = False, say: Say = print) -> Figures:
    """All of it, in about four minutes; quick: in one, with fewer presses."""
    figures = Figures()
    begun_at = os.getloadavg()
    presses, polled, loads = (20, 4, 10) if quick else (PRESSES, POLLED, LOADS)
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        broker = parts.enter_context(mosquitto(folder))
        environment = environment_of(folder, broker.port)
        seeded = seed(environment, BOXES, BEDS)
        port, pages, _mqttd = parts.enter_context(run_ward(environment, folder))
        boxes = parts.enter_context(Boxes([Box(*one, seeded.music) for one in seeded.boxes], broker.port))
        say(f"{len(seeded.boxes)} boxes are live")
        _loads(figures, port, pages, seeded, loads, say)  # first: boxes that say nothing more are soon not heard
        _presses(figures, port, seeded, boxes, presses, say)
        _presses_polled(figures, port, seeded, boxes, polled, say)
        _assigning(figures, port, seeded, polled, say)
    loads_told = " and ".join(f"{load[0]:.1f}" for load in (begun_at, os.getloadavg()))
    figures.notes.append(f"load of the machine in the minute before and in the last one: {loads_told}")
    return figures


def environment_of(folder: Path, broker_port: int) -> dict[str, str]:
    """Of the ward's processes, in a folder of their own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NIGHTINGALE_", "DATABASE_URL"))}
    return kept | {"NIGHTINGALE_DATA": str(folder / "ward"), "NIGHTINGALE_BROKER": f"127.0.0.1:{broker_port}"}


def seed(environment: dict[str, str], boxes: int, beds: int) -> Seeded:
    """In a process of its own: Django is set up by the environment, once."""
    command = [sys.executable, "-m", "tests.benchmarks.board_rows", str(boxes), str(beds)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    session, music, *found = done.stdout.split("\n")[:-1]
    slug, track = music.split()
    return Seeded(session, [(one.split()[0], int(one.split()[1])) for one in found], (slug, track))


@contextmanager
def run_ward(environment: dict[str, str], folder: Path) -> Iterator[tuple[int, int, int]]:
    """mqttd and the pages, as on a ward; assigns the pages' port and process, and mqttd's."""
    port = free_port()
    commands = [["mqttd"], ["serve", f"--listen=127.0.0.1:{port}"]]
    with (folder / "log").open("wb") as log:
        running = [
            subprocess.Popen([sys.executable, "-m", "ward", *one], cwd=ROOT, env=environment, stdout=log, stderr=log)
            for one in commands
        ]
    try:
        _until(lambda: listens(port) and b"mqttd: connected" in (folder / "log").read_bytes())
        yield port, running[1].pid, running[0].pid
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


@contextmanager
def open_board(port: int, session: str, without_events: bool = False) -> Iterator[Page]:
    """A board in a real Chromium, which notes when tiles change."""
    with chromium(polite=False) as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": f"http://127.0.0.1:{port}"}])
        if without_events:
            page.add_init_script("delete window.SharedWorker; window.EventSource = class { close() {} }")
        page.goto(f"http://127.0.0.1:{port}/w/live/")
        page.evaluate(WATCH)
        yield page


def _presses(figures: Figures, port: int, seeded: Seeded, boxes: Boxes, count: int, say: Say) -> None:
    """One press after the other, at chance times, so that none keeps step with what reads the changes."""
    waits_ms = []
    with open_board(port, seeded.session) as page:
        page.wait_for_timeout(2000)  # its stream is open
        for _press in range(count):
            page.wait_for_timeout(random.uniform(100, 500))
            waits_ms.append(arrival_ms(page, *boxes.press()))
    _put(figures, "press_to_board_ms", waits_ms)
    say(f"{count} presses to the open board")


def _presses_polled(figures: Figures, port: int, seeded: Seeded, boxes: Boxes, count: int, say: Say) -> None:
    """With the stream of events cut a board asks each 15 s; so ten boxes at a time are pressed at chance times."""
    waits_ms: list[float] = []
    with open_board(port, seeded.session, without_events=True) as page:
        while len(waits_ms) < count:
            pressed = []
            for _press in range(min(10, count - len(waits_ms))):
                page.wait_for_timeout(random.uniform(0, 3000))
                pressed.append(boxes.press())
            waits_ms += [arrival_ms(page, *one) for one in pressed]
    _put(figures, "press_to_board_polled_ms", waits_ms)
    say(f"{count} presses to a board without events")


def _assigning(figures: Figures, port: int, seeded: Seeded, count: int, say: Say) -> None:
    """From the open board to music on its way, as fast as pages come; a person adds 1.5 s for each tap."""
    times_ms = []
    with open_board(port, seeded.session) as page:
        for _key, bed in seeded.boxes[:count]:
            page.goto(f"http://127.0.0.1:{port}/w/live/")
            begun = time.perf_counter()
            page.locator(f"#open-{bed}").click()
            page.locator(".offer-card").first.click()
            page.locator("button.act").click()
            page.locator("#way").wait_for()
            times_ms.append((time.perf_counter() - begun) * 1000)
    _put(figures, "assign_pages_ms", times_ms)
    figures.put("assign_by_a_person_s", OURS, TAPS * TAP_S + _within(times_ms, 0.95) / 1000)
    say(f"{count} beds were assigned music from the board")


def arrival_ms(page: Page, box: Box, at: float) -> float:
    """How long after `at` (seconds since 1970) the open board shows what the box does."""
    shown = page.wait_for_function(SHOWN, arg=[f"bed-{box.bed}", box.playing], polling=20, timeout=WITHIN_S * 1000)
    return float(shown.json_value()) - at * 1000


def _loads(figures: Figures, port: int, pages: int, seeded: Seeded, count: int, say: Say) -> None:
    """The whole board of 500 beds, from the request to its last byte, while ten nurses watch it; and the CPU of it,
    which does not grow when others use the machine."""
    cookie = {"Cookie": f"sessionid={seeded.session}"}
    with ExitStack() as parts:
        for _nurse in range(NURSES):
            stream = parts.enter_context(_connection(port))
            stream.request("GET", "/events", headers=cookie)
            assert stream.getresponse().status == 200
        here = parts.enter_context(_connection(port))
        body, times_ms, used_s = b"", [], 0.0
        for load in range(count + 2):
            used_s = tree(pages)[0].cpu_s if load == 2 else used_s
            begun = time.perf_counter()
            here.request("GET", "/w/large/", headers=cookie)
            body = here.getresponse().read()
            times_ms.append((time.perf_counter() - begun) * 1000)
    figures.put("board_500_first_ms", OURS, times_ms[0])
    figures.put("board_500_p50_ms", OURS, statistics.median(times_ms[2:]))
    figures.put("board_500_p95_ms", OURS, _within(times_ms[2:], 0.95))
    figures.put("board_500_cpu_ms", OURS, (tree(pages)[0].cpu_s - used_s) * 1000 / count)
    figures.put("board_500_kb", OURS, len(body) / 1000)
    figures.put("board_500_gzip_kb", OURS, len(gzip.compress(body, 6)) / 1000)
    say(f"{count} boards of {body.count(b'<article')} beds")


@contextmanager
def _connection(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN_S)
    try:
        yield connection
    finally:
        connection.close()


def _put(figures: Figures, name: str, times_ms: Sequence[float]) -> None:
    figures.put(f"{name}_median", OURS, statistics.median(times_ms))
    figures.put(f"{name}_p99", OURS, _within(times_ms, 0.99))
    figures.notes.append(f"{name}: worst {max(times_ms):.0f} of {len(times_ms)}")


def _within(times: Sequence[float], part: float) -> float:
    """The time within which that part of them lies, by nearest rank."""
    ordered = sorted(times)
    return ordered[min(len(ordered), -(-int(part * 1000) * len(ordered) // 1000)) - 1]


def _until(condition: Callable[[], Any]) -> None:
    ends = time.monotonic() + WITHIN_S
    while not condition():
        if time.monotonic() > ends:
            raise AssertionError("the ward's pages do not answer")
        time.sleep(0.05)
