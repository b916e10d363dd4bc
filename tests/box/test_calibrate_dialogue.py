"""Pushes between two questions, and a noise without an answer."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from device.calibrate.dial import DialAnswer, PlaceMeter
from device.calibrate.dialogue import Dialogue, EndedError, Item
from device.calibrate.front import Front
from device.calibrate.measurement import Trial
from device.calibrate.noise_player import NoisePlayer
from device.calibrate.pink_noise import pink_noise, write_wav
from device.config.calibration import CalibrationError
from device.config.settings import default_settings
from device.hardware import Hardware
from firmware.gpio.board import REVISION_A
from firmware.inputs.lines import Button
from firmware.screen.screen import Screen
from firmware.simulator.box import SimulatedBox
from firmware.speaker import Report, parse_sink

PUSHED = PlaceMeter(DialAnswer("a push", "a push"))


@pytest.fixture
def box() -> Iterator[SimulatedBox]:
    simulated = SimulatedBox(REVISION_A)
    yield simulated
    simulated.close()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """What is written here was typed; nothing more is, once it is closed."""
    mouth, hand = os.pipe()
    with os.fdopen(mouth) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield hand
        for thread in threading.enumerate():
            if thread.name == "person":
                thread.join()


@pytest.fixture
def inbox() -> "SimpleQueue[Item]":
    return SimpleQueue()


@pytest.fixture
def front(box: SimulatedBox, tmp_path: Path, inbox: "SimpleQueue[Item]") -> Iterator[Front]:
    hardware = Hardware(
        "simulated", REVISION_A, box.pin_factory, lambda: Screen(box.bus), clock_ok=lambda: False, wall=lambda: None
    )
    with Front(hardware, default_settings(tmp_path), inbox.put) as found:
        yield found


@pytest.fixture
def dialogue(front: Front, inbox: "SimpleQueue[Item]", terminal: int) -> Dialogue:
    """With one line typed at its terminal."""
    os.write(terminal, b"a line\n")
    os.close(terminal)
    return Dialogue(inbox, front)


def noise(report: Callable[[Report], None], path: Path = Path("none.wav")) -> NoisePlayer:
    trial = Trial(belief_dba=75.0, cap_dba=60.0)
    return NoisePlayer(parse_sink("silent"), path, trial, mono=True, outputs=None, report=report)


def test_a_push_while_the_noise_falls_silent_is_no_answer_to_what_comes_next(
    box: SimulatedBox, dialogue: Dialogue
) -> None:
    with dialogue.playing(noise):
        box.press(Button.CHOOSE)
    assert dialogue.ask("?", str, PUSHED) == "a line"
    assert not dialogue.answered_at_box


def test_a_push_at_a_question_is_its_answer(box: SimulatedBox, dialogue: Dialogue) -> None:
    box.press(Button.CHOOSE)
    assert dialogue.ask("?", str, PUSHED) == "a push"
    assert dialogue.answered_at_box


def test_play_ends_it_between_two_questions_too(box: SimulatedBox, dialogue: Dialogue) -> None:
    with pytest.raises(EndedError, match="Stopped at the box"), dialogue.playing(noise):
        box.press(Button.PLAY)


def test_a_noise_that_nobody_answers_does_not_go_on_for_hours(
    front: Front, inbox: "SimpleQueue[Item]", terminal: int, tmp_path: Path
) -> None:
    write_wav(tmp_path / "noise.wav", pink_noise(mono=True)[:480_000])
    dialogue = Dialogue(inbox, front, noise_most_s=0.0)
    try:
        with (
            pytest.raises(CalibrationError, match="no answer for 0 minutes: nothing was saved"),
            dialogue.playing(lambda report: noise(report, tmp_path / "noise.wav")),
        ):
            dialogue.ask("?", str, PUSHED)
    finally:
        os.close(terminal)
