"""A calibration as a technician does it at the bed: screen, CHOOSE and PLAY of a simulated box, the real sound."""

import os
import signal
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path

import numpy as np
import pytest

from device.calibrate.procedure import Given, calibrate
from device.config.calibration import CalibrationError
from device.config.settings import load
from device.hardware import Hardware
from device.rules.events import Wall
from device.rules.view import Scene, View
from firmware.gpio.board import REVISION_A
from firmware.inputs.lines import Button, Knob
from firmware.screen.screen import Screen
from firmware.simulator.box import SimulatedBox
from tests.box.painter_bench import Pixels, pixels
from tests.end_to_end.meter import Meter
from tests.end_to_end.pcm import RATE_HZ, frames, last_sound
from tests.end_to_end.processes import until

ID = "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0406"
NOON, NIGHT = Wall(739_000, 12 * 60, 0.0), Wall(739_000, 23 * 60, 0.0)
BELIEF_DBA, TRUE_DBA, ROOM_DBA = 75.0, 70.0, 38.0
NOTHING = Given()
HUMAN_S = 0.45  # sooner after a press the same button is a trembling hand
METER, METER_IN_GERMAN = View(Scene.METER), View(Scene.METER, language="de")
NO_SOUND, THANKS = View(Scene.NO_SOUND), View(Scene.THANKS)
ENDED_BY_HAND = 130


def reading(dba: int) -> View:
    return View(Scene.READING, reading_dba=dba)


class Bedside:
    """A box, its terminal, and someone who stands at it, on a thread of their own while the calibration runs."""

    def __init__(self, folder: Path, terminal: int, drawn: Mapping[View, Pixels]) -> None:
        self.simulated = SimulatedBox(REVISION_A)
        self.meter = Meter(folder / "out.raw", TRUE_DBA, ROOM_DBA)
        self.kept = folder / "data" / "calibration.toml"
        self._config = folder / "box.toml"
        self._terminal: int | None = terminal
        self._drawn = drawn
        self._pushed_at = 0.0
        self._is_running = False

    def calibrate(
        self,
        actions: Callable[[], None],
        *,
        sound: str = "silent",
        given: Given = NOTHING,
        wall: Wall | None = NOON,
        by_night: bool = False,
        language: str = "en",
        fitted: bool = True,
    ) -> int:
        """The exit code; what goes wrong at the box goes wrong here."""
        self._config.write_text(
            f'[box]\nid = "{ID}"\ndata = "data"\nlanguage = "{language}"\n'
            f'[sound]\noutput = "{sound}"\nuncalibrated_dba = {BELIEF_DBA}\n'
            f"[screen]\nfitted = {str(fitted).lower()}\n"
        )
        bus = self.simulated.bus
        hardware = Hardware(
            "simulated",
            REVISION_A,
            self.simulated.pin_factory,
            lambda: Screen(bus),
            clock_ok=lambda: True,
            wall=lambda: wall,
        )
        with ThreadPoolExecutor(1) as person:
            self._is_running = True
            busy = person.submit(self._try, actions)
            try:
                return calibrate(load(self._config), given, needs_pins=True, by_night=by_night, hardware=hardware)
            finally:
                self._is_running = False
                busy.result()

    def shows(self, view: View) -> bool:
        """Whether the screen shows this, and nothing else."""
        return np.array_equal(self.simulated.bus.pixels(), self._drawn[view])

    def sees(self, view: View) -> None:
        """Wait for it."""
        until(f"the screen shows {view}", lambda: self.shows(view))

    def turns(self, detents: int) -> None:
        """CHOOSE."""
        self.simulated.turn(Knob.CHOOSE, detents)

    def pushes(self) -> None:
        """CHOOSE, as slowly as a hand that does not tremble."""
        until("a human moment has passed", self._is_calm)
        self._push()

    def pushes_until(self, view: View) -> None:
        """Again and again, until it counts."""

        def has_led_there() -> bool:
            if not self.shows(view) and self._is_calm():
                self._push()
            return self.shows(view)

        until(f"a push leads to {view}", has_led_there)

    def plays(self) -> None:
        """PLAY: out, and not in one touch with CHOOSE, which would be a brushing hand."""
        until("a human moment has passed", self._is_calm)
        self.simulated.press(Button.PLAY)

    def types(self, line: str) -> None:
        """At the terminal."""
        assert self._terminal is not None
        os.write(self._terminal, f"{line}\n".encode())

    def leaves_the_terminal(self) -> None:
        """Nobody types any more."""
        if self._terminal is not None:
            os.close(self._terminal)
            self._terminal = None

    def _is_calm(self) -> bool:
        return time.monotonic() > self._pushed_at + HUMAN_S

    def _push(self) -> None:
        self.simulated.press(Button.CHOOSE)
        self._pushed_at = time.monotonic()

    def _try(self, actions: Callable[[], None]) -> None:
        try:
            actions()
            until("the calibration is over", lambda: not self._is_running)
        except BaseException:
            if self._is_running:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)  # nobody is left to end it
            raise


@pytest.fixture(scope="module")
def drawn() -> Mapping[View, Pixels]:
    """What a person may see, drawn before the painter draws on its own thread."""
    views = (METER, METER_IN_GERMAN, NO_SOUND, THANKS, *(reading(dba) for dba in range(35, 70)))
    return {view: pixels(view) for view in views}


@pytest.fixture
def bedside(tmp_path: Path, drawn: Mapping[View, Pixels], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bedside]:
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    mouth, terminal = os.pipe()
    with os.fdopen(mouth) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        found = Bedside(tmp_path, terminal, drawn)
        yield found
        found.leaves_the_terminal()
        for thread in threading.enumerate():
            if thread.name == "person":
                thread.join()
    found.simulated.close()
    for number, handler in signals.items():
        signal.signal(number, handler)


def test_a_technician_at_the_box_turns_to_what_the_meter_shows(bedside: Bedside) -> None:
    def read_off() -> None:
        bedside.sees(reading(60))
        until("the amplifier sounds", lambda: bedside.simulated.unmuted)
        shown_dba = ceil(bedside.meter.settled_dba())
        bedside.turns(shown_dba - 60)
        bedside.sees(reading(shown_dba))
        bedside.pushes()

    def actions() -> None:
        bedside.sees(METER)
        bedside.pushes()
        bedside.sees(reading(40))
        assert not bedside.simulated.unmuted
        bedside.turns(-2)
        bedside.sees(reading(38))
        bedside.pushes()
        read_off()
        bedside.sees(reading(45))
        assert not bedside.kept.exists(), "nothing is saved before the check"
        shown_dba = ceil(bedside.meter.settled_dba())
        bedside.turns(shown_dba - 45)
        bedside.sees(reading(shown_dba))
        bedside.pushes()
        bedside.sees(THANKS)
        bedside.plays()

    assert bedside.calibrate(actions, sound=f"disk:{bedside.meter.sink}") == 0
    kept = tomllib.loads(bedside.kept.read_text())
    assert kept["by"] == "facilities"
    assert TRUE_DBA - 0.3 <= kept["full_scale_dba"] <= TRUE_DBA + 1.5, "the whole number above errs on the soft side"
    assert not bedside.simulated.unmuted
    assert not bedside.simulated.bus.on


def test_play_is_silence_and_out_with_nothing_kept(bedside: Bedside) -> None:
    sink = bedside.meter.sink

    def actions() -> None:
        bedside.sees(reading(60))
        until("noise", lambda: last_sound(sink) > RATE_HZ)
        bedside.plays()

    assert bedside.calibrate(actions, sound=f"disk:{sink}", given=Given(room_dba=38.0)) == ENDED_BY_HAND
    assert not bedside.kept.exists()
    assert not bedside.simulated.unmuted
    assert not bedside.simulated.bus.on
    sound, last = frames(sink) / 32768, last_sound(sink)
    assert not sound[-100:].any()
    falls_from = sound[last - RATE_HZ * 35 // 100 : last - RATE_HZ * 3 // 10]
    before = sound[last - RATE_HZ // 2 : last - RATE_HZ * 35 // 100]
    assert bedside.meter.level_dba(falls_from) > bedside.meter.level_dba(before) - 4, "it falls within 0.3 s"


def test_a_push_while_the_noise_rises_and_a_push_without_a_look_keep_nothing(bedside: Bedside) -> None:
    def actions() -> None:
        bedside.leaves_the_terminal()
        bedside.sees(METER)
        bedside.pushes()
        bedside.sees(reading(40))
        bedside.pushes()
        bedside.sees(reading(60))
        bedside.pushes()
        bedside.turns(1)
        bedside.sees(reading(61))
        bedside.pushes_until(reading(45))
        bedside.pushes_until(METER)
        assert not bedside.simulated.unmuted
        bedside.plays()

    assert bedside.calibrate(actions) == ENDED_BY_HAND
    assert not bedside.kept.exists()


def test_each_question_is_answered_by_whoever_is_first(bedside: Bedside, capsys: pytest.CaptureFixture[str]) -> None:
    def actions() -> None:
        bedside.sees(METER)
        bedside.pushes()
        bedside.sees(reading(40))
        bedside.types("38,5")
        bedside.sees(reading(60))
        bedside.types("55.5")
        bedside.sees(METER)
        bedside.pushes()
        bedside.sees(reading(45))
        bedside.types("yes")
        bedside.sees(THANKS)

    assert bedside.calibrate(actions) == 0
    kept = tomllib.loads(bedside.kept.read_text())
    assert (kept["full_scale_dba"], kept["by"]) == (BELIEF_DBA + 55.5 - 60, "facilities")
    assert "Press Enter for facilities: facilities, at the box" in capsys.readouterr().out


def test_play_ends_a_calibration_that_asks_nobody(bedside: Bedside) -> None:
    def actions() -> None:
        bedside.sees(METER)
        until("the amplifier sounds", lambda: bedside.simulated.unmuted)
        bedside.pushes()
        bedside.turns(3)
        bedside.plays()

    assert bedside.calibrate(actions, given=Given(38.0, 55.0, "facilities")) == ENDED_BY_HAND
    assert not bedside.simulated.unmuted
    assert not bedside.kept.exists()


def test_the_nurse_call_is_silence_and_out(bedside: Bedside, capsys: pytest.CaptureFixture[str]) -> None:
    def actions() -> None:
        bedside.sees(reading(60))
        bedside.simulated.nurse_call(True)

    assert bedside.calibrate(actions, given=Given(room_dba=38.0)) == ENDED_BY_HAND
    assert "Stopped by the nurse call. Nothing was saved." in capsys.readouterr().out


def test_the_screen_speaks_the_language_of_the_box(bedside: Bedside) -> None:
    def actions() -> None:
        bedside.sees(METER_IN_GERMAN)
        bedside.plays()

    assert bedside.calibrate(actions, language="de") == ENDED_BY_HAND


@pytest.mark.parametrize("fitted", [True, False])
def test_without_a_screen_the_knob_answers_nothing_and_the_terminal_does(
    bedside: Bedside, fitted: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    bedside.simulated.plug_screen(False)
    said = ""

    def has_said(words: str) -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return words in said

    def actions() -> None:
        until("the question", lambda: has_said("What does the meter show, in dB(A)?"))
        until("its loss", lambda: not fitted or has_said("The screen is not working (the screen at 0x3c"))
        bedside.pushes()
        bedside.pushes()
        bedside.leaves_the_terminal()

    with pytest.raises(CalibrationError, match="no answer: nothing was saved"):
        bedside.calibrate(actions, fitted=fitted)
    assert not has_said("at the box\n")


def test_a_lost_card_is_told_on_the_screen(bedside: Bedside) -> None:
    def actions() -> None:
        bedside.sees(METER)
        bedside.pushes()
        bedside.sees(reading(40))
        bedside.pushes()
        bedside.sees(NO_SOUND)
        bedside.plays()

    with pytest.raises(CalibrationError, match="no sound"):
        bedside.calibrate(actions, sound="system:nowhere", wall=NIGHT, by_night=True)


@pytest.mark.parametrize(
    ("wall", "why"), [(NIGHT, "it is night and the noise would wake people"), (None, "clock of this box is not set")]
)
def test_by_night_it_refuses_in_one_line(bedside: Bedside, wall: Wall | None, why: str) -> None:
    with pytest.raises(CalibrationError, match=rf"{why}.*add --by-night") as refusal:
        bedside.calibrate(lambda: None, sound="system", wall=wall)
    assert "\n" not in str(refusal.value)
    assert not bedside.kept.parent.exists(), "nothing was opened"
