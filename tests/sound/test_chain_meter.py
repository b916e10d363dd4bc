"""What the box says of its own loudness, against a meter that shares nothing with it."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware.speaker import Measured, OutputProfile
from firmware.speaker.chain.frames import CELL, RATE
from firmware.speaker.chain.meter import Meter
from firmware.speaker.chain.weighting import pink_a_db
from firmware.speaker.player.ring import PERIOD
from tests.sound.level_meter import a_levels_db
from tests.sound.speaker_bench import HandBench, tone, write_flac

FULL_SCALE_DBA = 78.0
SECONDS = 12


def _music() -> NDArray[np.float32]:
    """Notes of many pitches that swell and die, over a low drone."""
    random = np.random.default_rng(5)
    at = np.arange(SECONDS * RATE) / RATE
    sound = 0.05 * np.sin(2 * np.pi * 55 * at)
    for begin in range(SECONDS * 2):
        since = np.clip(at - begin / 2, 0, None)
        hz = float(random.choice([220, 330, 440, 660, 1320]))
        sound += 0.12 * np.sin(2 * np.pi * hz * since) * since * np.exp(-4 * since)
    return np.stack([sound, sound], axis=1).astype(np.float32)


def _beats() -> NDArray[np.float32]:
    """A drum twice a second, far louder than the song that makes nearly all of the level in dB(A)."""
    at = np.arange(SECONDS * RATE) / RATE
    drum = 0.3 * np.sin(2 * np.pi * 55 * at) * ((at % 0.5) < 0.2)
    song = 0.1 * np.sin(2 * np.pi * 1200 * at)
    return np.stack([drum + song] * 2, axis=1).astype(np.float32)


FILES = {
    "music": _music,
    "tone": lambda: tone(SECONDS, 997.0, 0.1),
    "bass": lambda: tone(SECONDS, 60.0, 0.3),
}


def measured(bench: HandBench) -> Measured:
    """What it says now."""
    said = bench.engine.measured()
    assert said is not None
    return said


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize(("cap_dba", "mono"), [(120.0, False), (60.0, False), (60.0, True)])
def test_mean_and_loudest_400_ms_are_what_a_meter_reads(tmp_path: Path, name: str, cap_dba: float, mono: bool) -> None:
    path = tmp_path / "track.wav"
    soundfile.write(path, FILES[name](), RATE, subtype="FLOAT")
    bench = HandBench(OutputProfile(FULL_SCALE_DBA, ceiling_dba=cap_dba, mono=mono))
    bench.play(1, path, level_dba=min(78.0, cap_dba))
    bench.run((SECONDS - 1) * RATE // PERIOD * PERIOD)
    said = measured(bench)
    heard = bench.device.heard[: round(said.seconds * RATE)]
    offset_db = FULL_SCALE_DBA - pink_a_db()
    assert said.play_id == 1
    assert said.mean_dba == pytest.approx(float(a_levels_db(heard, len(heard))[0]) + offset_db, abs=0.7)
    assert said.max_dba == pytest.approx(float(a_levels_db(heard, 19_200).max()) + offset_db, abs=1.0)


@example(notes=[(2500.0, 0.01), (45.0, 0.9)] * 6, seed=1, full_scale_dba=70.0)  # soft and bright, then loud and dull
@given(
    notes=st.lists(st.tuples(st.floats(30, 9000), st.floats(0.001, 1.0)), min_size=4, max_size=12),
    seed=st.integers(0, 2**31),
    full_scale_dba=st.floats(40, 90),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_told_is_never_above_the_cap_that_is_kept(
    tmp_path: Path, notes: list[tuple[float, float]], seed: int, full_scale_dba: float
) -> None:
    """Pitches that change faster than the spectrum is looked at: an estimate takes the one for the other."""
    random = np.random.default_rng(seed)
    parts = [tone(float(random.uniform(0.05, 0.6)), hz, peak) for hz, peak in notes * 2]
    soundfile.write(tmp_path / "notes.wav", np.concatenate(parts), RATE, subtype="FLOAT")
    bench = HandBench(OutputProfile(full_scale_dba, ceiling_dba=60.0))
    bench.play(1, tmp_path / "notes.wav", level_dba=60.0)
    while not bench.engine.is_silent:
        bench.run(RATE // 4)
        said = bench.engine.measured()
        assert said is None or said.max_dba <= 60.0


def test_the_mean_is_a_meters_also_where_a_loud_drum_beats_under_a_song(tmp_path: Path) -> None:
    path = tmp_path / "track.wav"
    soundfile.write(path, _beats(), RATE, subtype="FLOAT")
    bench = HandBench(OutputProfile(FULL_SCALE_DBA, ceiling_dba=120.0))
    bench.play(1, path, level_dba=FULL_SCALE_DBA)
    bench.run((SECONDS - 1) * RATE // PERIOD * PERIOD)
    said = measured(bench)
    heard = bench.device.heard[: round(said.seconds * RATE)]
    real_dba = float(a_levels_db(heard, len(heard))[0]) + FULL_SCALE_DBA - pink_a_db()
    assert said.mean_dba == pytest.approx(real_dba, abs=0.8)


def test_each_play_is_measured_by_itself(tmp_path: Path) -> None:
    loud = write_flac(tmp_path / "loud.flac", tone(6.0, 997.0, 0.3))
    soft = write_flac(tmp_path / "soft.flac", tone(6.0, 997.0, 0.03))
    bench = HandBench()
    bench.play(1, loud)
    bench.run(3 * RATE // PERIOD * PERIOD)
    before = measured(bench)
    bench.play(2, soft)
    bench.run(3 * RATE // PERIOD * PERIOD)
    after = measured(bench)
    assert (before.play_id, after.play_id) == (1, 2)
    assert after.mean_dba - before.mean_dba == pytest.approx(-20.0, abs=5.0)  # a crossfade of 60 ms is in it


def test_a_meter_adds_energies_and_not_levels() -> None:
    meter = Meter()
    cells = RATE // CELL
    meter.take(np.full(cells, 1e6))
    meter.take(np.full(cells, 1e4))
    assert meter.seconds == pytest.approx(2 * cells * CELL / RATE)
    assert meter.mean_dba == pytest.approx(60 - 3.01 + 0.043, abs=0.01)
    assert meter.max_dba == pytest.approx(60.0, abs=0.01)
