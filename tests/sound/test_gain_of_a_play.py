"""A track that is measured while it plays: from its careful gain to its own, up slowly and down at once, no seam."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.speaker import OutputProfile
from firmware.speaker.chain.chain import Transition
from firmware.speaker.chain.frames import RATE
from firmware.speaker.player.decode import TrackFile
from firmware.speaker.player.ring import PERIOD
from tests.sound.speaker_bench import FULL_SCALE_DBA, PROFILE, HandBench, level_db, tone, track_of, write_flac

TENTH = RATE // 10


def periods(seconds: float) -> int:
    return round(seconds * RATE) // PERIOD * PERIOD


def levels(bench: HandBench) -> np.ndarray:
    """Of each 100 ms that was heard, in dB."""
    heard = bench.device.heard
    return np.array([level_db(heard[at : at + TENTH]) for at in range(0, len(heard) - TENTH, TENTH)])


def playing(folder: Path, gain_db: float, profile: OutputProfile = PROFILE) -> HandBench:
    """A long tone with this gain, heard for two seconds."""
    bench = HandBench(profile)
    path = write_flac(folder / "tone.flac", tone(30.0, 440.0, 0.1))
    bench.engine.play(track_of(1, path, gain_db=gain_db), Transition(FULL_SCALE_DBA, crossfade_s=0.06))
    bench.run(periods(2.0))
    return bench


def test_a_play_rises_to_its_measured_gain_at_no_more_than_3_db_a_second(tmp_path: Path) -> None:
    bench = playing(tmp_path, -18.0)
    before = levels(bench)[-3]
    bench.engine.set_gain(1, -3.0)
    bench.run(periods(7.0))
    heard = levels(bench)
    assert heard[-3] - before == pytest.approx(15.0, abs=0.1)
    assert np.diff(heard[10:]).max() <= 0.31
    assert heard[20 + 20] - before == pytest.approx(6.0, abs=0.7), "it takes its time"
    assert [type(report).__name__ for report in bench.reports] == ["Started"], "it is the same play"


def test_a_play_falls_to_its_measured_gain_at_once(tmp_path: Path) -> None:
    bench = playing(tmp_path, 0.0)
    before = levels(bench)[-3]
    bench.engine.set_gain(1, -12.0)
    bench.run(periods(1.0))
    heard = levels(bench)
    assert heard[23] - before == pytest.approx(-12.0, abs=0.1)


def test_a_lower_gain_holds_however_long_the_player_is_held_up_after_it(tmp_path: Path) -> None:
    bench = playing(tmp_path, 0.0)
    before = levels(bench)[-3]
    bench.engine.set_gain(1, -12.0)
    bench.device.take(70)
    heard = levels(bench)[22:]
    assert heard.max() == pytest.approx(before - 12.0, abs=0.2)


def test_a_level_that_moves_meanwhile_is_a_matter_of_its_own(tmp_path: Path) -> None:
    bench = playing(tmp_path, -6.0)
    before = levels(bench)[-3]
    bench.engine.set_gain(1, 0.0)
    bench.engine.set_level(FULL_SCALE_DBA - 4.0)
    bench.run(periods(4.0))
    assert levels(bench)[-3] - before == pytest.approx(2.0, abs=0.1)
    assert bench.engine.heard_dba() == pytest.approx(FULL_SCALE_DBA - 4.0)


def test_another_play_keeps_its_gain(tmp_path: Path) -> None:
    bench = playing(tmp_path, -6.0)
    before = levels(bench)[-3]
    bench.engine.set_gain(2, 0.0)
    bench.run(periods(3.0))
    assert levels(bench)[-3] == pytest.approx(before, abs=0.05)
    HandBench().engine.set_gain(1, 0.0)  # in silence


def test_what_follows_begins_with_its_own_gain_whatever_the_play_before_has_moved_to(tmp_path: Path) -> None:
    bench = HandBench()
    path = write_flac(tmp_path / "tone.flac", tone(8.0, 440.0, 0.1))
    bench.engine.play(track_of(1, path, gain_db=-6.0), Transition(FULL_SCALE_DBA, crossfade_s=0.06))
    bench.engine.cue(track_of(2, path, gain_db=-6.0), 0.0)
    bench.run(periods(1.0))
    before = levels(bench)[-3]
    bench.engine.set_gain(1, 0.0)
    bench.run(periods(9.0))
    heard = levels(bench)
    assert heard[35] - before == pytest.approx(6.0, abs=0.1)
    assert heard[-3] - before == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("factor", [4.0, 1e30, np.inf, np.nan])
def test_decoded_samples_are_numbers_and_no_more_than_6_db_over_full_scale(tmp_path: Path, factor: float) -> None:
    path = tmp_path / "wild.wav"
    samples = tone(1.0, 440.0, 1.0)
    samples[RATE // 4 : RATE // 2] *= np.float32(factor)
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    out = np.empty((RATE, 2), np.float32)
    source = TrackFile.open(path)
    assert source.read(out) == RATE
    source.close()
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 2.0 * 1.1, "but for the filter that takes an offset out"
