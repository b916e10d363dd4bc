"""A calibration as a technician does it: the program at a terminal, a meter that hears what reaches the sink."""

import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from device.log import stores
from tests.end_to_end.meter import Meter
from tests.end_to_end.pcm import RATE_HZ, frames, last_sound
from tests.end_to_end.processes import ROOT, until

pytestmark = pytest.mark.e2e
ID = "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0405"
TRUE_DBA = 70.0  # what this box assigns; it takes itself for 85
ROOM_DBA = 45.0
BY_NIGHT = "--by-night"  # whatever the hour is here


class Technician:
    """The program in a process of its own, its terminal two pipes, its sink a file."""

    def __init__(self, folder: Path, *options: str, config: str = "") -> None:
        self.sink = folder / "out.raw"
        self.meter = Meter(self.sink, TRUE_DBA, ROOM_DBA)
        self.kept = folder / "data" / "calibration.toml"
        (folder / "box.toml").write_text(f'[box]\nid = "{ID}"\nname = "0405"\ndata = "data"\n{config}')
        command = [sys.executable, "-m", "device", "calibrate", f"--config={folder / 'box.toml'}"]
        self._out = folder / "said.txt"
        with self._out.open("wb") as out, (folder / "errors.txt").open("wb") as errors:
            self.program = subprocess.Popen(
                [*command, *options], cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=errors
            )
        self._errors = folder / "errors.txt"
        self._read = 0

    @property
    def said(self) -> str:
        """Everything it wrote."""
        return self._out.read_text(encoding="utf-8")

    @property
    def refusal(self) -> str:
        """The one line that it ends with."""
        assert self.program.wait(timeout=120) == 2, self._errors.read_text()
        text = self._errors.read_text()
        assert "Traceback" not in text
        (line,) = [line for line in text.splitlines() if line.startswith("nightingale-device:")]
        return line

    def answer(self, question: str, text: str) -> None:
        """Type a line when this is asked."""
        self.await_words(question)
        assert self.program.stdin is not None
        self.program.stdin.write(f"{text}\n".encode())
        self.program.stdin.flush()

    def await_words(self, words: str) -> None:
        """Wait until this is said; what was waited for before does not count."""
        until(f"it says {words!r}", lambda: self.program.poll() is not None or words in self.said[self._read :])
        assert words in self.said[self._read :], self.said + self._errors.read_text()
        self._read = self.said.index(words, self._read) + len(words)

    def end(self) -> None:
        """End it, as a test that failed leaves it."""
        if self.program.poll() is None:
            self.program.kill()
            self.program.wait()
        if self.program.stdin is not None:
            self.program.stdin.close()


@pytest.fixture
def hired(tmp_path: Path) -> Iterator[list[Technician]]:
    """Whoever is put here is sent home at the end."""
    found: list[Technician] = []
    yield found
    for technician in found:
        technician.end()


def test_a_technician_finds_how_loud_the_box_is_and_hears_it_confirmed(tmp_path: Path, hired: list[Technician]) -> None:
    technician = Technician(tmp_path, f"--sound=disk:{tmp_path / 'out.raw'}")
    hired.append(technician)
    technician.answer("What does the meter show, in dB(A)?", "forty five")
    technician.answer("enter a number from 15 to 100, like 57.5", f"{ROOM_DBA}")
    technician.await_words("60 dB(A)")
    technician.await_words("What does the meter show now, in dB(A)?")
    too_soft_dba = technician.meter.shown_dba()
    assert too_soft_dba < ROOM_DBA + 4, "a box that takes itself for 15 dB louder plays 15 dB too soft"
    technician.answer("", f"{too_soft_dba}")
    technician.await_words("Too soft to measure in this room")
    technician.await_words("What does the meter show now, in dB(A)?")
    technician.answer("", f"{technician.meter.shown_dba()}".replace(".", ","))
    technician.answer("Your role", "")
    technician.await_words("When it is steady, the meter should show 53 to 57 dB(A).")
    assert not technician.kept.exists(), "nothing is saved before the check"
    technician.answer("Does it?", "yes")
    assert technician.program.wait(timeout=120) == 0
    kept = tomllib.loads(technician.kept.read_text())
    assert kept["by"] == "facilities"
    assert kept["full_scale_dba"] == pytest.approx(TRUE_DBA + 0.4, abs=0.4)  # the room counts as the box's
    _assert_the_check_was_played_as_promised(technician)


def _assert_the_check_was_played_as_promised(technician: Technician) -> None:
    sound, last, meter = frames(technician.sink), last_sound(technician.sink), technician.meter
    steady = sound[last - 6 * RATE_HZ : last - RATE_HZ] / 32768
    assert meter.level_dba(steady) == pytest.approx(55.0, abs=0.7)
    first = int(np.flatnonzero(np.abs(sound).max(axis=1) > 2)[0])
    assert 10.0 < (last - first) / RATE_HZ < 17.0, "a busy machine writes fewer seconds, never more"
    begins = sound[first : first + RATE_HZ // 4] / 32768
    assert meter.level_dba(steady) - meter.level_dba(begins) > 15, "it begins softly"
    assert not sound[-100:].any(), "it ends with silence"


def test_with_every_answer_given_nobody_is_asked(tmp_path: Path, hired: list[Technician]) -> None:
    answers = ("--room=30", "--reading=45.5", "--by=facilities")
    technician = Technician(tmp_path, "--sound=silent", *answers, config="[sound]\nuncalibrated_dba = 80\n")
    hired.append(technician)
    assert technician.program.wait(timeout=60) == 0
    assert "?" not in technician.said
    assert tomllib.loads(technician.kept.read_text())["full_scale_dba"] == 65.5


def test_ctrl_c_in_the_noise_is_silence_and_nothing_kept(tmp_path: Path, hired: list[Technician]) -> None:
    technician = Technician(tmp_path, f"--sound=disk:{tmp_path / 'out.raw'}", f"--room={ROOM_DBA}")
    hired.append(technician)
    until("noise", lambda: last_sound(technician.sink) > RATE_HZ)
    technician.program.send_signal(signal.SIGINT)
    assert technician.program.wait(timeout=120) == 130
    assert "Nothing was saved." in technician.said
    assert not technician.kept.exists()
    assert not frames(technician.sink)[-100:].any()


def test_a_reading_that_does_not_stand_out_is_one_line(tmp_path: Path, hired: list[Technician]) -> None:
    technician = Technician(tmp_path, "--sound=silent", "--room=50", "--reading=55", "--by=facilities")
    hired.append(technician)
    assert (
        "the noise is only 5 dB above the room's 50 dB(A), at least 10 are needed: choose a quieter time"
        in technician.refusal
    )
    assert not technician.kept.exists()


def test_nobody_at_the_terminal_is_one_line(tmp_path: Path, hired: list[Technician]) -> None:
    technician = Technician(tmp_path, "--sound=silent")
    hired.append(technician)
    technician.await_words("What does the meter show")
    assert technician.program.stdin is not None
    technician.program.stdin.close()
    assert "no answer: nothing was saved" in technician.refusal


def test_a_running_service_is_to_be_stopped_first(tmp_path: Path, hired: list[Technician]) -> None:
    (tmp_path / "data").mkdir()
    service = stores.DiskStore(tmp_path / "data" / stores.FILE_NAME)
    try:
        technician = Technician(tmp_path, "--sound=silent")
        hired.append(technician)
        assert "stop it first with `sudo systemctl stop nightingale-device`" in technician.refusal
    finally:
        service.close()


def test_a_box_without_its_pins_would_measure_a_muted_amplifier(tmp_path: Path, hired: list[Technician]) -> None:
    technician = Technician(tmp_path, BY_NIGHT)
    hired.append(technician)
    assert "GPIO" in technician.refusal
    assert "What does the meter show" not in technician.said


def test_no_sound_device_is_one_line(tmp_path: Path, hired: list[Technician]) -> None:
    technician = Technician(tmp_path, "--sound=system:nowhere", f"--room={ROOM_DBA}", BY_NIGHT)
    hired.append(technician)
    assert "no sound (" in technician.refusal
