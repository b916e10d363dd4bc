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

pytestmark = pytest.mark.e2e


def test_the_demo_comes_up_lives_and_ends(tmp_path: Path, music: Path) -> None:
    folder, port = tmp_path / "demo", free_port()
    command = [sys.executable, "deploy/demo/run.py", f"--folder={folder}", f"--music={music}", f"--ward-port={port}"]
    demo = Process("demo", [*command, "--password=nightingale"], tmp_path)
    demo.start()
    try:
        until("it says where everything is", lambda: "Ctrl-C" in demo.said, within_s=180)
        addresses = [int(found) for found in re.findall(r"http://127\.0\.0\.1:(\d+)/", demo.said)]
        assert len(addresses) == 4
        assert addresses[0] == port
        nurse = Nurse(f"http://127.0.0.1:{port}")
        until("the board lives by itself", lambda: "Playing" in nurse.tile("2") and "Playing" in nurse.tile("3"))
        assert "Quiet" in nurse.tile("1"), "the first box is left to the newcomer"
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
