"""A player that is held up after a command: what it took lowers all that lies in the ring, and nothing comes back."""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from firmware.speaker import OutputProfile
from firmware.speaker.chain.frames import RATE
from firmware.speaker.commands import Mute
from firmware.speaker.player.ring import PERIOD
from tests.sound.level_meter import TENTH, a_levels_db
from tests.sound.speaker_bench import tone
from tests.sound.test_chain_cap import FILES, VOICES, Action, Shift

HELD_UP = 70  # periods, 1.5 s: less than the ring holds
WHOLE_RING = 100  # blocks
STEADY_S = 12.0
TONES = 8  # whose beats last as long as the meter's window
WOBBLE_DB = 1.0  # of that meter where two tones cross, and a third
FALLS_IN = 1024  # frames


@dataclass(frozen=True)
class Hasty:
    """A command that the player takes; then it makes so many blocks again, and is held up for so many periods."""

    kind: str
    number: float
    blocks: int
    periods: int


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long tone, and one file of each kind that is too loud."""
    folder = tmp_path_factory.mktemp("falls")
    for number in range(TONES):
        path = folder / f"steady{number}.wav"
        soundfile.write(path, tone(STEADY_S, 960.0 + 10.0 * number, 0.1), RATE, subtype="FLOAT")
    for name, make in FILES.items():
        soundfile.write(folder / f"{name}.wav", make(), RATE, subtype="FLOAT")
    return folder


def take(shift: Shift, hasty: Hasty) -> None:
    """The player obeys, and goes no further."""
    shift.do(Action(0, hasty.kind, f"steady{shift.plays % TONES}", hasty.number, 0.0, 0.5))
    for _ in range(hasty.blocks):
        if shift.bench.engine.is_behind:
            shift.bench.engine.render_some()
    shift.bench.device.take(hasty.periods)
    shift.frames += hasty.periods * PERIOD


@pytest.mark.parametrize("kind", ["level", "cap"])
@pytest.mark.parametrize("blocks", [0, 10])
def test_what_lies_in_the_ring_falls_with_the_level_and_with_the_cap(files: Path, kind: str, blocks: int) -> None:
    shift = Shift(OutputProfile(78.0, 65.0), files)
    shift.do(Action(0, "play", "steady0", 60.0))
    shift.run(2 * RATE // PERIOD * PERIOD)
    at = shift.frames
    take(shift, Hasty(kind, 45.0, blocks, HELD_UP))
    shift.run(2 * RATE // PERIOD * PERIOD)
    heard = shift.bench.device.heard
    before_db = a_levels_db(heard[at - RATE // 2 : at])[0]
    after_db = a_levels_db(heard[at + FALLS_IN :])
    assert after_db.max() <= before_db - (14.9 if kind == "level" else 18.8)  # this tone is 4 dB over its level
    assert after_db.max() - after_db.min() <= 0.3
    steps = np.abs(np.diff(heard[at - RATE // 2 :].astype(np.int64), axis=0))
    assert steps.max() <= 1.1 * np.abs(np.diff(heard[RATE : at - RATE // 2].astype(np.int64), axis=0)).max()


def test_a_stop_is_silence_however_long_the_player_is_held_up_after_it(files: Path) -> None:
    shift = Shift(OutputProfile(78.0, 65.0), files)
    shift.do(Action(0, "play", "steady0", 60.0))
    shift.run(2 * RATE // PERIOD * PERIOD)
    at = shift.frames
    take(shift, Hasty("stop", 0.15, 0, HELD_UP))
    heard = shift.bench.device.heard[at:]
    assert heard[: RATE // 20].any()
    assert not heard[RATE // 5 :].any()


def test_a_fade_goes_on_while_the_player_is_held_up(files: Path) -> None:
    shift = Shift(OutputProfile(78.0, 65.0), files)
    shift.do(Action(0, "play", "steady0", 60.0))
    shift.run(2 * RATE // PERIOD * PERIOD)
    at = shift.frames
    take(shift, Hasty("fade", 3.0, 0, HELD_UP))
    levels_db = a_levels_db(shift.bench.device.heard[at - TENTH :])
    assert levels_db[RATE] - levels_db[0] == pytest.approx(-19.0, abs=1.5)  # 20 dB/s


def test_what_the_ring_was_lowered_by_is_neither_measured_nor_taken_for_silence(files: Path) -> None:
    shift = Shift(OutputProfile(78.0, 65.0), files)
    shift.do(Action(0, "play", "steady0", 60.0))
    shift.run(RATE // PERIOD * PERIOD)
    for level in (60.0, 30.0, 30.0, 30.0):
        take(shift, Hasty("level", level, 0, HELD_UP))
        shift.run(10 * PERIOD)
    shift.do(Action(0, "play", "steady0", 30.0))
    assert not [told for told in shift.bench.reports if isinstance(told, Mute)]
    measured = shift.bench.measures[-1]
    power = 10 ** (a_levels_db(shift.bench.device.heard[: shift.frames], shift.frames - PERIOD)[0] / 10)
    apart_db = measured.mean_dba - 10 * np.log10(power)
    plain = Shift(OutputProfile(78.0, 65.0), files)
    plain.do(Action(0, "play", "steady0", 60.0))
    plain.run(4 * RATE // PERIOD * PERIOD)
    plain.do(Action(0, "play", "steady0", 60.0))
    level_db = a_levels_db(plain.bench.device.heard[RATE // 2 :], RATE)[0]
    assert apart_db == pytest.approx(plain.bench.measures[-1].mean_dba - level_db, abs=0.3)


HASTE = st.builds(
    Hasty, st.sampled_from(["level", "level", "play", "cue"]), st.floats(35, 60), st.integers(0, 30), st.integers(1, 14)
)
UP_AND_DOWN = [Hasty("level", 40.0, 30, 1), Hasty("level", 60.0, 5, 14), Hasty("level", 45.0, 0, 14)]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(HASTE, min_size=1, max_size=5), min_size=1, max_size=3))
@example([UP_AND_DOWN])
def test_what_was_lowered_never_comes_back_faster_than_a_level_rises(files: Path, bursts: list[list[Hasty]]) -> None:
    shift = Shift(OutputProfile(78.0, 120.0), files)
    shift.do(Action(0, "play", "steady0", 50.0))
    shift.run(RATE // PERIOD * PERIOD)
    bends = [(0, 50.0, 50.0)]  # from this frame on at most so much, rising to so much
    for burst in bursts:
        for hasty in burst:
            if hasty.kind == "level":
                stands = _allowed_dba(bends[-1], shift.frames)
                bends.append((shift.frames, min(stands, hasty.number), hasty.number))
            blocks = hasty.blocks if hasty.kind == "level" else WHOLE_RING  # or a track would break off at a seam
            take(shift, replace(hasty, number=bends[-1][2], blocks=blocks))
        shift.run(RATE // PERIOD * PERIOD)
    heard = shift.bench.device.heard
    levels_db = a_levels_db(heard)
    of_50 = levels_db[RATE // 2]
    bends.append((len(levels_db), 0.0, 0.0))
    for bend, (until, _, _) in pairwise(bends):
        frames = np.arange(bend[0] + FALLS_IN, until - TENTH, 480)
        allowed = np.array([_allowed_dba(bend, int(frame) + TENTH) for frame in frames])
        assert np.all(levels_db[frames] - of_50 <= allowed - 50.0 + WOBBLE_DB)


def _allowed_dba(bend: tuple[int, float, float], frame: int) -> float:
    at, stands, goal = bend
    return min(goal, stands + 3.0 * max(0, frame - at) / RATE)


TWO_CAPS = [Hasty("cap", 39.0, 0, 0), Hasty("cap", 38.0, 0, 7), Hasty("cap", 40.0, 1, 0)]
LOWERED = st.builds(
    Hasty, st.sampled_from(["cap", "cap", "level"]), st.floats(38, 65), st.integers(0, 30), st.integers(0, 14)
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VOICES, st.sampled_from(sorted(FILES)), st.lists(LOWERED, min_size=1, max_size=5))
@example(OutputProfile(85.0, 65.0), "clipped-noise", [Hasty("level", 50.0, 30, 0), Hasty("cap", 40.0, 0, 60)])
@example(OutputProfile(55.0, 60.0), "clipped-noise", TWO_CAPS)
@example(OutputProfile(85.0, 65.0), "bursts", [Hasty("cap", 40.0, 3, 60)])
def test_a_cap_that_came_down_is_kept_by_what_lies_in_the_ring(
    files: Path, profile: OutputProfile, name: str, burst: list[Hasty]
) -> None:
    shift = Shift(profile, files)
    shift.do(Action(0, "play", name, 65.0))
    shift.run(30 * PERIOD)
    for hasty in burst:
        take(shift, hasty)
    shift.run(2 * RATE // PERIOD * PERIOD)
    assert shift.over_the_cap_db() <= 0.0
    assert not [told for told in shift.bench.reports if isinstance(told, Mute)]
