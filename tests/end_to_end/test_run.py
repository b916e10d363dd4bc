"""`run`, the command of a Pi, as a process: no simulator beneath it, its pins and its screen are not there."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from device.clock.clock import kernel_clock
from device.log.stores import DiskStore
from device.rules.events import Assigned, BedRules
from device.rules.memory import Memory, encode_memory
from tests import box_log
from tests.end_to_end.pcm import RATE_HZ, last_sound
from tests.end_to_end.processes import ROOT, until

pytestmark = pytest.mark.e2e
ID = "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0409"
NOT_WRITABLE = Path("/proc")  # not even for root

# The same as `python -m device`, and whatever starts another process than a player is written down.
WATCHED = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
started = os.open(os.environ.pop("STARTED"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def heard(event, arguments):
    if event in {{"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.system", "os.exec"}}:
        if "firmware.speaker.player" not in str(arguments):
            os.write(started, f"{{event}} {{arguments}}\\n".encode())
sys.addaudithook(heard)
if os.environ.pop("MOCK_PINS", ""):  # where no pin lets the amplifier sound, there is no sound
    from device.gpio import Gpio
    from firmware.gpio.board import REVISION_A
    from firmware.simulator.box import SimulatedBox
    Gpio.__init__.__kwdefaults__["make_factory"] = lambda: SimulatedBox(REVISION_A).pin_factory
from device.__main__ import main
sys.exit(main())
"""


class Run:
    """A box that runs by a configuration of its own, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out.raw"
        self.data = folder / "data"
        self.config = folder / "device.toml"
        self.config.write_text(
            f'[box]\nid = "{ID}"\ndata = "data"\nmusic = "music"\ntime_zone = "UTC"\n'
            f'[sound]\noutput = "disk:{self.out}"\n[screen]\nfitted = false\n'
        )
        self.data.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"],  # and nothing else, no HOME either, as a unit has it
            "PYTHONPATH": str(ROOT),
            "STARTED": str(folder / "started"),
            "STATE_DIRECTORY": str(folder / "state"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, stderr: int | None = subprocess.DEVNULL, *before: str) -> None:
        """Start it; `before`: what the shell does first."""
        command = [sys.executable, "-c", WATCHED, "run", f"--config={self.config}"]
        shell = ["sh", "-c", f'{"; ".join(before)}; exec "$@"', "sh"] if before else []
        self.process = subprocess.Popen(
            [*shell, *command],
            cwd=NOT_WRITABLE,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )

    def end(self) -> int:
        """SIGTERM; its exit status."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def entries(self) -> list[dict[str, Any]]:
        """What it has written."""
        return [json.loads(body) for (body,) in box_log.rows(self.data, "SELECT body FROM entry ORDER BY seq")]

    def kinds(self) -> list[str]:
        """Of what it has written."""
        return [entry["kind"] for entry in self.entries()]

    def starts_sleep_music_soon(self) -> None:
        """Its bed's music starts by itself within the minute, by a clock that this boot knows."""
        utc_s = time.time()
        if not kernel_clock.is_synchronised():  # then it may be any time: ten seconds to the minute
            utc_s = utc_s // 60 * 60 + 50
        if utc_s % 60 > 50:  # there must be a look at the clock before
            utc_s += 60
        due = datetime.fromtimestamp(utc_s + 60, UTC)
        kept = {"boot": kernel_clock.boot_id(), "ahead_s": utc_s - kernel_clock.since_boot_s()}
        (self.data / "clock.json").write_text(json.dumps(kept))
        rules = BedRules(sleep_starts=due.hour * 60 + due.minute)
        assigned = Assigned(1, "0" * 64, "stay-a", (), rules)
        memory = Memory(1, assigned, None, 50.0, None, None, None, None, clock_known=True)
        store = DiskStore(self.data / "log.sqlite3")
        store.commit([], encode_memory(memory, 0.0))
        store.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Run]:
    made = Run(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def full() -> Iterator[int]:
    """Standard error that nobody reads, full."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"." * 512)
    os.set_blocking(writing, True)
    yield writing
    os.close(reading)
    os.close(writing)


def test_run_plays_while_nobody_reads_its_words_and_ends_when_it_is_told(box: Run, full: int, music: Path) -> None:
    (box.folder / "music").symlink_to(music)
    box.starts_sleep_music_soon()
    box.environment["MOCK_PINS"] = "yes"
    box.start(full)
    until("a second of music", lambda: box.out.exists() and last_sound(box.out) > RATE_HZ, within_s=150.0)
    assert box.end() == 0
    kinds = box.kinds()
    assert kinds[0] == "box_started"
    assert "session_started" in kinds
    assert "fault" not in kinds
    assert (box.folder / "started").read_text() == "", "a turn starts no process"


def test_run_plays_by_its_last_good_configuration_and_tells_a_fault(box: Run) -> None:
    box.start()
    until("it kept what it could use", (box.folder / "state" / "device.toml.last-good").exists)
    assert box.end() == 0
    box.config.write_bytes(bytes(512))
    box.start()
    until("it is ready", lambda: box.kinds().count("fault") >= 5)
    assert box.end() == 0
    (fault,) = [entry["data"] for entry in box.entries() if entry["data"].get("part") == "config"]
    assert fault["reason"].startswith("plays by the last good copy of its configuration: ")
    command = [sys.executable, "-m", "device", "check", f"--config={box.config}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "is empty, perhaps after a power cut" in done.stdout


@pytest.mark.parametrize("closed", ["exec 2>&-", "exec 0<&- 1>&- 2>&-"])
def test_run_writes_its_words_into_no_file_of_another(box: Run, closed: str) -> None:
    box.start(None, closed)
    until("it is ready", lambda: "box_started" in box.kinds())
    assert box.end() == 0
    assert box.kinds()[0] == "box_started"


def test_run_that_is_told_to_end_while_it_starts_ends_in_order(box: Run) -> None:
    """Its signals are heard before anything is built."""
    said = box.folder / "said"
    with said.open("wb") as words:
        box.start(words.fileno())
    until("it has begun", (box.data / "log.sqlite3").exists)
    assert box.end() == 0
    assert b"Traceback" not in said.read_bytes()


def test_run_without_a_folder_to_write_to_still_gets_ready(box: Run) -> None:
    box.config.write_text(box.config.read_text().replace('data = "data"', f'data = "{NOT_WRITABLE / "box"}"'))
    box.environment["STATE_DIRECTORY"] = str(NOT_WRITABLE / "state")
    said = box.folder / "said"
    with said.open("wb") as words:
        box.start(words.fileno())
    until("it is ready", lambda: b"ready=yes" in said.read_bytes())
    assert box.end() == 0
    assert b"Traceback" not in said.read_bytes()
