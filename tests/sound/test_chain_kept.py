"""What was asked for or told is never taken back: in any order of commands, at any frame, what is told sounds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware.speaker import Ended, Faded, Failed, Started
from firmware.speaker.chain.frames import RATE
from firmware.speaker.commands import Mute
from firmware.speaker.player.ring import PERIOD
from tests.sound.speaker_bench import FULL_SCALE_DBA, HandBench, tone, write_flac

LENGTHS_S = (0.7, 2.3, 6.0)
TRACKS = 24  # of each length: no track plays twice, so that a tone names its play
LEVEL_DBA = FULL_SCALE_DBA - 12.0
PEAK = 0.2
EAR = RATE // 10  # frames that are listened to at once
CROSSING_S = 0.5


def _hz(number: int) -> float:
    return 200.0 + 40.0 * number  # whole periods in what is listened to


def _file(folder: Path, play_id: int, length: int) -> Path:
    return folder / f"{play_id}-{length}.flac"


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tone for each play, in each length."""
    folder = tmp_path_factory.mktemp("tones")
    for number in range(1, TRACKS + 1):
        for length, seconds in enumerate(LENGTHS_S):
            write_flac(_file(folder, number, length), tone(seconds, _hz(number), PEAK))
    return folder


@dataclass(frozen=True)
class Action:
    """One command, `frames` after the one before; `number`: a length's index, a level's step or a fade's seconds."""

    frames: int
    kind: str
    number: int = 0
    crossfade_s: float = 0.0


class Witness:
    """Commands go to the engine; what it says is held against what is heard."""

    def __init__(self, folder: Path, *, answers: bool) -> None:
        """`answers`: each start is answered with what follows it, as the controller does."""
        self.bench = HandBench()
        self.answers = answers
        self.folder = folder
        self.plays = 0
        self.claimed: int | None = None  # by a command or by a report
        self.gone_at = 0  # when it was last said that something stops, fades or begins: ramps are still heard after it
        self.fading = False
        self.open: set[int] = set()  # told as begun, and neither ended nor given up by a command
        self.frames = 0
        self.read = 0

    def do(self, action: Action) -> None:
        """Let time pass, then do it."""
        self.bench.device.into_period = action.frames % PERIOD
        self.run(action.frames)
        engine = self.bench.engine
        match action.kind:
            case "play":
                self._play(action)
                if action.crossfade_s:  # as the controller does: what follows is said in the same breath
                    self._cue(action)
            case "cue":
                self._cue(action)
            case "level":
                engine.set_level(LEVEL_DBA - 3.0 * action.number)
                self.gone_at = self.frames
            case "fade":
                engine.fade(1.0 + action.number)
                self.fading = self.claimed is not None
            case "stop":
                engine.stop(0.15)
                self.claimed, self.gone_at, self.open = None, self.frames, set()
        self._follow()

    def run(self, frames: int) -> None:
        """Let it sound, listening all the time."""
        for _ in range(frames // EAR + 1 if frames else 0):
            self.bench.device.forget()
            before, since = self.claimed, self.gone_at
            self._periods(EAR // PERIOD + 1)
            if since + round((CROSSING_S + 0.3) * RATE) <= self.frames - 2 * EAR and self.gone_at == since:
                self._judge(before)

    def _play(self, action: Action) -> None:
        self.plays += 1
        self.bench.play(self.plays, self._next(action), LEVEL_DBA, crossfade_s=CROSSING_S)
        self.claimed, self.gone_at, self.fading = self.plays, self.frames, False
        self.open = set()

    def _cue(self, action: Action) -> None:
        self.plays += 1
        self.bench.cue(self.plays, self._next(action), crossfade_s=action.crossfade_s)

    def _next(self, action: Action) -> Path:
        return _file(self.folder, (self.plays - 1) % TRACKS + 1, action.number % len(LENGTHS_S))

    def _periods(self, periods: int) -> None:
        for _ in range(periods):
            self.bench.run(PERIOD)
            self.frames += PERIOD
            self._follow()

    def _follow(self) -> None:
        fresh, self.read = self.bench.reports[self.read :], len(self.bench.reports)
        for report in fresh:
            if isinstance(report, Started):
                self.open.add(report.play_id)
            elif isinstance(report, Ended | Faded):
                self.open.discard(report.play_id)
            match report:
                case Started(play_id) if play_id != self.claimed:
                    self.claimed, self.gone_at = play_id, self.frames
                    if self.answers:
                        self._cue(Action(0, "cue", play_id, CROSSING_S))
                case Ended(play_id) | Faded(play_id) if play_id == self.claimed:
                    self.claimed, self.gone_at, self.fading = None, self.frames, False
                case Failed() | Mute():
                    pytest.fail(f"{report}: every file is whole and sounds")

    def _judge(self, claimed: int | None) -> None:
        heard = self.bench.device.heard[:EAR].astype(np.float64)
        if claimed is None:
            assert not heard.any(), f"at {self.frames / RATE:.2f} s nothing is said to play and something sounds"
        elif not self.fading:
            level_db = _level_db(heard, _hz((claimed - 1) % TRACKS + 1))
            assert level_db > -45.0, f"at {self.frames / RATE:.2f} s play {claimed} is said to sound: {level_db:.0f} dB"


def _level_db(heard: NDArray[np.float64], hz: float) -> float:
    """Of one tone among others, in dB re full scale."""
    wave = np.exp(-2j * np.pi * hz * np.arange(len(heard)) / RATE)
    amplitude = 2 * abs(np.mean(heard[:, 0] / 32767 * wave))
    return float(20 * np.log10(max(amplitude, 1e-9)))


FRAMES = st.one_of(st.just(0), st.integers(0, 20 * PERIOD), st.integers(0, 3 * RATE))
NUMBERS = st.integers(0, 2)
ACTIONS = st.one_of(
    st.builds(Action, FRAMES, st.just("play"), NUMBERS, st.sampled_from([0.0, CROSSING_S])),
    st.builds(Action, FRAMES, st.sampled_from(["play", "cue"]), NUMBERS, st.just(CROSSING_S)),
    st.builds(Action, FRAMES, st.sampled_from(["cue", "level", "fade"]), NUMBERS),
    st.builds(Action, FRAMES, st.just("stop")),
)
NEXT_BESIDE_A_PERIOD = [
    Action(0, "play", 2, CROSSING_S),
    Action(RATE, "play", 2, CROSSING_S),
    Action(2 * RATE, "level"),
]
# The follower begins within a period of which half has gone by, and its start is answered at once.
NATURAL_TRANSITION = [Action(500, "play", 1, CROSSING_S), Action(3 * RATE // PERIOD * PERIOD + 500, "level")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions=st.lists(ACTIONS, min_size=2, max_size=6), answers=st.booleans())
@example(actions=NEXT_BESIDE_A_PERIOD, answers=False)
@example(actions=NATURAL_TRANSITION, answers=True)
def test_what_is_said_to_play_sounds_and_what_is_said_to_be_over_does_not(
    tones: Path, actions: list[Action], answers: bool
) -> None:
    witness = Witness(tones, answers=answers)
    for action in actions:
        witness.do(action)
    witness.run((8 if answers else 14) * RATE)
    # Endless with answers: one sounds, two cross, and the end of a third is about to be told.
    assert len(witness.open) <= (3 if answers else 0), f"told as begun and never heard to the end: {witness.open}"
