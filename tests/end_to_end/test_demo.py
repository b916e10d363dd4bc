"""`make demo`: one command brings up a ward of three boxes, and its end leaves nothing running."""

import re
import signal
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.end_to_end.pages import Nurse
from tests.end_to_end.processes import Process, until
from tests.servers import free_port, listens
from tests.sound.pipe_sink import is_alive

pytestmark = pytest.mark.e2e


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
runpy.run_path(sys.argv[0], run_name="__main__")
"""
STARTS = {"database": 1, "accounts": 2, "broker": 3, "ward": 4, "last box": 8}


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def a_demo(kept: Path, log: Path, music: Path, *more: str, by: tuple[str, ...] = ()) -> Process:
    command = [*by, "deploy/demo/run.py", f"--folder={kept}", f"--music={music}", "--password=nightingale"]
    demo = Process("demo", [sys.executable, *command, *more], log)
    demo.start()
    return demo


def test_the_demo_comes_up_lives_and_ends(kept: Path, tmp_path: Path, music: Path) -> None:
    port = free_port()
    demo = a_demo(kept, tmp_path, music, f"--ward-port={port}")
    try:
        until("it says at once what it does", lambda: "Database ..." in demo.said)
        until("it says where everything is", lambda: "Press Ctrl+C to stop" in demo.said, within_s=180)
        addresses = [int(found) for found in re.findall(r"http://127\.0\.0\.1:(\d+)/", demo.said)]
        assert len(addresses) == 4
        assert addresses[0] == port
        nurse = Nurse(f"http://127.0.0.1:{port}")
        until("the board lives by itself", lambda: "Playing" in nurse.tile("2") and "Playing" in nurse.tile("3"))
        until("the first box has its music and is left to the newcomer", lambda: "No music" in nurse.tile("1"))
        request = urllib.request.Request(f"http://127.0.0.1:{addresses[1]}/press?button=play", method="POST")
        urllib.request.urlopen(request, timeout=10).close()
        until("a press shows on the board", lambda: "Playing" in nurse.tile("1"))
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
        assert "demo: box-0401 stopped (2): nightingale-device: " in demo.said
        assert "box-0401.log" in demo.said
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
