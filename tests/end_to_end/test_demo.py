"""`make demo`: one command brings up a whole ward, and its end leaves nothing running."""

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.end_to_end.pages import Nurse
from tests.end_to_end.processes import ROOT, Process, until
from tests.servers import free_port, listens
from tests.sound.pipe_sink import is_alive
from ward.demo.places import PLACES, REAL_BOXES, VISITORS, Is

pytestmark = pytest.mark.e2e
SHOWN = {
    Is.PLAYING: "Playing",
    Is.FADING: "Fading out",
    Is.CONTINUOUS: "Continuous",
    Is.OFFLINE: "Offline",
    Is.SENDING: "Sending to box",
    Is.STUCK: "Check box",
    Is.UNUSED: "Not used yet",
    Is.BARE: "Standard music only",
    Is.EMPTY: "No patient assigned",
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder: the first start makes its database, which takes longest."""
    return tmp_path_factory.mktemp("demo")


# The worst moment for a signal: a part has just been started, and the demo has not noted it yet.
SIGNAL_AT_A_START = """
import os, runpy, signal, sys
number, sys.argv = int(sys.argv[1]), sys.argv[2:]
started = []
def look(frame, event, _):
    if event == "return" and frame.f_code.co_name == "_execute_child":
        started.append(frame.f_locals["self"].pid)
        if len(started) == number:
            print(f"part {started[-1]}", flush=True)
            os.kill(os.getpid(), signal.SIGTERM)
sys.setprofile(look)
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""
STARTS = {"broker": 1, "database": 2, "ward": 3, "last box": 6, "accounts": 7, "scripted boxes": 9}


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def a_demo(kept: Path, log: Path, music: Path, *more: str, by: tuple[str, ...] = ()) -> Process:
    command = [sys.executable, *by, "deploy/demo/run.py", f"--folder={kept}", f"--music={music}", "--no-browser"]
    demo = Process("demo", [*command, *more], log)
    demo.start()
    return demo


def test_the_demo_comes_up_lives_and_ends(kept: Path, tmp_path: Path, music: Path) -> None:
    port = free_port()
    demo = a_demo(kept, tmp_path, music, f"--ward-port={port}")
    try:
        until("it says at once what it does", lambda: "Database ..." in demo.said)
        until("it says where everything is", lambda: "Press Ctrl+C to stop" in demo.said, within_s=180)
        addresses = [int(found) for found in re.findall(r"http://127\.0\.0\.1:(\d+)/", demo.said)]
        assert len(set(addresses)) == 4
        assert addresses[0] == port
        visitor = {box.label: at for box, at in zip(REAL_BOXES, addresses[-3:], strict=True)}[VISITORS]
        nurse = Nurse.of_demo(f"http://127.0.0.1:{port}")
        until("the board lives by itself", lambda: "Playing" in nurse.tile("1 B") and "Playing" in nurse.tile("12 A"))
        for place in PLACES:
            if place.is_ in SHOWN:
                until(f"{place.label} is {SHOWN[place.is_]}", lambda at=place: SHOWN[at.is_] in nurse.tile(at.label))
        assert "No music" in nurse.tile(VISITORS), "its box is left to the visitor"
        request = urllib.request.Request(f"http://127.0.0.1:{visitor}/press?button=play", method="POST")
        urllib.request.urlopen(request, timeout=10).close()
        until("a press shows on the board", lambda: "Playing" in nurse.tile(VISITORS))
        until("the first task ticks itself", lambda: "Done" in nurse.get("/w/4-north/"))
        second = subprocess.run(demo.command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert (second.returncode, "a demo runs in" in second.stderr) == (2, True)
        nurse.stop("4 A")
        until("a scripted box obeys", lambda: "No music" in nurse.tile("4 A"))
        demo.signal(signal.SIGINT)
        assert demo.running
        assert demo.running.wait(timeout=60) == 0
        demo.running = None
        assert not [found for found in addresses if listens(found)]
    finally:
        demo.end()


def test_a_demo_of_which_a_process_has_ended_ends_with_its_last_word(kept: Path, tmp_path: Path, music: Path) -> None:
    demo = a_demo(kept, tmp_path, music, f"--ward-port={free_port()}", "--sound=nonsense")
    try:
        assert demo.running
        assert demo.running.wait(timeout=180) == 2
        demo.running = None
        number = next(box.number for box in REAL_BOXES if box.label == VISITORS)
        assert f"demo: box-{number} stopped (2): nightingale-device: " in demo.said
        assert f"box-{number}.log" in demo.said
    finally:
        demo.end()


def test_a_demo_that_is_ended_while_it_starts_leaves_nothing_running(kept: Path, tmp_path: Path, music: Path) -> None:
    demo = a_demo(kept, tmp_path, music, f"--ward-port={free_port()}")
    try:
        until("it starts its parts", lambda: "Broker, ward and boxes" in demo.said, within_s=180)
        assert demo.running
        parts = until("the broker is there", lambda: children_of(demo.running.pid))
        demo.signal(signal.SIGTERM)
        assert demo.running.wait(timeout=60) == 1
        demo.running = None
        assert "Traceback" not in demo.said
        assert not any(is_alive(part) for part in parts)
    finally:
        demo.end()


@pytest.mark.parametrize("part", STARTS)
def test_a_demo_that_is_ended_just_as_a_part_starts_ends_that_part_too(
    part: str, kept: Path, tmp_path: Path, music: Path
) -> None:
    by = ("-c", SIGNAL_AT_A_START, str(STARTS[part]))
    demo = a_demo(kept, tmp_path, music, f"--ward-port={free_port()}", by=by)
    try:
        assert demo.running
        assert demo.running.wait(timeout=180) == 1
        demo.running = None
        assert "Traceback" not in demo.said
        started = re.findall(r"part (\d+)", demo.said)
        assert len(started) == 1
        assert not is_alive(int(started[0]))
    finally:
        demo.end()
