"""A gain that is held back falls slowly where the need was seen in time, and comes back slowly: music is not pumped."""

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from firmware.speaker import OutputProfile
from firmware.speaker.chain.frames import CELL, RATE
from firmware.speaker.chain.gain_envelope import GainEnvelope
from firmware.speaker.player.ring import PERIOD
from tests.sound.level_meter import a_levels_db
from tests.sound.speaker_bench import HandBench, tone

QUARTER = RATE // 4
CELLS_A_SECOND = RATE / CELL


def _swelling() -> NDArray[np.float32]:
    """1 kHz, three seconds soft and three seconds 9 dB louder, again and again; six seconds soft to begin with."""
    soft, loud = tone(3.0, 1000.0, 0.1), tone(3.0, 1000.0, 0.1 * 10 ** (9 / 20))
    return np.concatenate([soft, *[soft, loud] * 4])


@pytest.fixture(scope="module")
def levels_db(tmp_path_factory: pytest.TempPathFactory) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each quarter of a second: the level in the file, and what the box holds back of it at the cap."""
    path = tmp_path_factory.mktemp("ahead") / "swelling.wav"
    samples = _swelling()
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    bench = HandBench(OutputProfile(70.0, ceiling_dba=50.0))
    bench.play(1, path, level_dba=50.0)
    bench.run(23 * RATE // PERIOD * PERIOD)
    file_db = a_levels_db(samples * 32767, QUARTER)[::QUARTER][:90]
    heard_db = a_levels_db(bench.device.heard, QUARTER)[::QUARTER][:90]
    held_db = heard_db - file_db
    return file_db, held_db - held_db.max()


def test_what_was_seen_seconds_before_is_met_by_a_slow_fall(
    levels_db: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    _, held_db = levels_db
    after_the_start = held_db[8:]
    assert after_the_start.min() < -2.0, "the louder half is above the cap, or nothing is tested"
    falls_db = after_the_start[:-1] - after_the_start[1:]
    assert falls_db.max() <= 3.0 * 0.25 + 0.1


def test_what_was_held_back_comes_back_by_one_db_a_second(
    levels_db: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    _, held_db = levels_db
    rises_db = np.diff(held_db[8:])
    assert rises_db.max() <= 1.0 * 0.25 + 0.1


def test_a_need_that_nobody_foresaw_is_met_all_the_same() -> None:
    envelope = GainEnvelope(fall_db=1.0, slow_fall_db=3 / CELLS_A_SECOND)
    points = envelope.ride(0, np.full(20, -6.0), np.zeros(20), np.zeros(16))
    assert points[0] == 0.0
    assert np.all(points[1:] == -6.0)


def test_a_need_far_ahead_is_met_by_a_fall_that_begins_in_time() -> None:
    envelope = GainEnvelope(fall_db=1.0, slow_fall_db=3 / CELLS_A_SECOND)
    cells = round(2 * CELLS_A_SECOND)
    foreseen = np.zeros(cells + 40)
    foreseen[cells:] = -3.0  # in two seconds; at 3 dB/s the fall begins in one
    points = envelope.ride(0, np.zeros(cells + 12), foreseen, np.zeros(cells))
    assert points[cells] == pytest.approx(-3.0, abs=0.02)
    assert points[cells // 2 - 2] == 0.0
    assert np.diff(points).min() == pytest.approx(-3 / CELLS_A_SECOND)
