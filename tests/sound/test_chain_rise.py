"""Whatever takes over within a rise goes on with it: in any order of commands, at any frame, nothing rises faster."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from firmware.speaker import Started
from firmware.speaker.chain.frames import RATE
from firmware.speaker.player.ring import PERIOD
from tests.sound.level_meter import TENTH, a_levels_db
from tests.sound.speaker_bench import FULL_SCALE_DBA, HandBench, Pcm, tone, write_flac

FREQUENCIES_HZ = tuple(990.0 + 10.0 * number for number in range(12))  # more than ever sound together
LENGTHS_S = (2.3, 7.0)
LEVEL_DBA = FULL_SCALE_DBA - 12.0
CROSSING_S = 1.0
NIGHT_RISE_S, DAY_RISE_S = 20.0, 5.0
SILENT_DB = -90.0
WOBBLE_DB = 0.2  # of a meter whose windows meet tones that change within them
LOOKS = TENTH // 2
WINDOW = 2 * TENTH
STARTED = RATE // 20  # frames in which a start comes to where it stands


@dataclass(frozen=True)
class Action:
    """One command, `frames` after the one before; `number`: a length's index or a level's step."""

    frames: int
    kind: str
    number: int = 0


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tones as loud as each other, which the meter's window tells apart."""
    folder = tmp_path_factory.mktemp("rises")
    for number, frequency_hz in enumerate(FREQUENCIES_HZ):
        for length, seconds in enumerate(LENGTHS_S):
            write_flac(folder / f"{number}-{length}.flac", tone(seconds, frequency_hz, 0.2))
    return folder


def tones_db(heard: Pcm) -> NDArray[np.float64]:
    """The sum of the tones' powers in windows of 200 ms each 50 ms: what a level is, without the beats of tones."""
    turns = np.outer(np.arange(WINDOW) / RATE, FREQUENCIES_HZ)
    tuned = np.hanning(WINDOW)[:, None] * np.exp(-2j * np.pi * turns) * 4 / WINDOW
    windows = sliding_window_view(heard[:, 0] / 32768, WINDOW)[::LOOKS]
    return np.asarray(10 * np.log10((np.abs(windows @ tuned) ** 2).sum(axis=1) + 1e-20))


class Night:
    """A bench that is asked for tracks as the controller does it: from silence with a rise, else without one."""

    def __init__(self, folder: Path, rise_s: float) -> None:
        self.bench = HandBench()
        self.folder = folder
        self.rise_s = rise_s
        self.plays = 0
        self.level_dba = LEVEL_DBA
        self.read = 0

    def do(self, action: Action) -> None:
        """Let time pass, then do it."""
        self.run(action.frames)
        engine = self.bench.engine
        match action.kind:
            case "play":
                rise_s = self.rise_s if engine.is_silent else 0.0
                path = self._next(action.number)
                self.bench.play(self.plays, path, self.level_dba, rise_s, CROSSING_S)
            case "cue":
                path = self._next(action.number)
                self.bench.cue(self.plays, path, CROSSING_S)
            case "level":
                self.level_dba = LEVEL_DBA - 6.0 * action.number
                engine.set_level(self.level_dba)

    def run(self, frames: int) -> None:
        """Let it sound; each track that begins is answered with the one after it."""
        for _ in range(frames // PERIOD):
            self.bench.run(PERIOD)
            fresh, self.read = self.bench.reports[self.read :], len(self.bench.reports)
            if any(isinstance(report, Started) for report in fresh):
                self.bench.cue(self.plays + 1, self._next(1), CROSSING_S)

    def _next(self, length: int) -> Path:
        self.plays += 1
        return self.folder / f"{self.plays % len(FREQUENCIES_HZ)}-{length % len(LENGTHS_S)}.flac"

    def fastest_db(self, seconds: float) -> float:
        """By how much the sound rose within so long, outside the moment of a start."""
        levels_db = tones_db(self.bench.device.heard[STARTED:])
        steps = round(seconds * RATE / LOOKS)
        rises_db = levels_db[steps:] - levels_db[:-steps]
        return float(rises_db[levels_db[:-steps] > SILENT_DB].max())


FRAMES = st.one_of(st.just(0), st.integers(0, 20 * PERIOD), st.integers(0, 4 * RATE))
JOINS = st.one_of(
    st.builds(Action, FRAMES, st.just("play"), st.integers(0, 1)),
    st.builds(Action, FRAMES, st.just("cue"), st.integers(0, 1)),
)
LEVELS = st.builds(Action, FRAMES, st.just("level"), st.integers(-1, 2))
START = Action(0, "play", 1)
NEXT_IN_A_RISE = [Action(3 * RATE, "play", 1)]
SHORT_TRACK_IN_A_RISE = [Action(PERIOD, "play", 0), Action(4 * RATE, "cue", 0)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([NIGHT_RISE_S, DAY_RISE_S]), st.lists(JOINS, min_size=1, max_size=4))
@example(NIGHT_RISE_S, NEXT_IN_A_RISE)
@example(DAY_RISE_S, NEXT_IN_A_RISE)
@example(NIGHT_RISE_S, SHORT_TRACK_IN_A_RISE)
def test_what_takes_over_within_a_rise_goes_on_at_its_pace(tones: Path, rise_s: float, actions: list[Action]) -> None:
    night = Night(tones, rise_s)
    night.do(START)
    night.run(4 * PERIOD)  # what comes within the moment of a start belongs to it
    for action in actions:
        night.do(action)
    night.run(6 * RATE)
    for seconds in (0.5, 1.0, 3.0):
        assert night.fastest_db(seconds) <= 20.0 / rise_s * seconds + WOBBLE_DB


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(JOINS, LEVELS), min_size=1, max_size=5))
@example([Action(RATE, "level", -1)])  # the knob is turned up within the rise
@example([Action(RATE, "level", 2), Action(RATE, "level", -1), Action(RATE // 2, "play", 1)])  # and NEXT on its way
def test_a_level_that_rises_within_a_rise_or_into_another_track_keeps_to_3_db_a_second(
    tones: Path, actions: list[Action]
) -> None:
    night = Night(tones, NIGHT_RISE_S)
    night.do(START)
    night.run(4 * PERIOD)  # what comes within the moment of a start belongs to it
    for action in actions:
        night.do(action)
    night.run(5 * RATE)
    for seconds in (0.5, 1.0, 3.0):
        assert night.fastest_db(seconds) <= 3.0 * seconds + WOBBLE_DB


def test_the_rise_that_goes_on_ends_at_the_level(tones: Path) -> None:
    night = Night(tones, DAY_RISE_S)
    for action in [START, Action(RATE, "play", 1)]:
        night.do(action)
    night.run(6 * RATE)
    plain = Night(tones, 0.0)
    plain.do(START)
    plain.run(2 * RATE)
    at_last, level = (a_levels_db(one.bench.device.heard[-RATE:])[0] for one in (night, plain))
    assert at_last == pytest.approx(level, abs=0.3)
