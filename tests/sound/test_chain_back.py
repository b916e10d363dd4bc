"""Music that broke off with its player comes back as it was heard, by the samples."""

from pathlib import Path

import numpy as np
import pytest

from firmware.speaker.chain.chain import Transition
from firmware.speaker.chain.frames import RATE
from firmware.speaker.player.ring import PERIOD
from tests.sound.speaker_bench import FULL_SCALE_DBA, HandBench, level_db, tone, track_of, write_flac


def levels(folder: Path, back_dba: float, rise_s: float) -> list[float]:
    """Levels of 50 ms each over 4 s, in dB(A); the track's own is FULL_SCALE_DBA."""
    track = write_flac(folder / "track.flac", tone(5.0))
    bench = HandBench()
    bench.engine.play(track_of(1, track), Transition(70.0, rise_s, back_dba=back_dba))
    bench.run(4 * RATE // PERIOD * PERIOD)
    heard, part = bench.device.heard, RATE // 20
    own_db = level_db(tone(1.0) * 32767) - FULL_SCALE_DBA
    return [level_db(heard[at : at + part]) - own_db for at in range(0, len(heard) - part, part)]


def test_it_is_back_at_its_level_within_300_ms_and_never_above(tmp_path: Path) -> None:
    heard = levels(tmp_path, back_dba=70.0, rise_s=0.0)
    assert heard[1] < 55.0  # it begins softly
    assert heard[6:] == pytest.approx([70.0] * len(heard[6:]), abs=0.1)
    assert np.diff(heard[1:7]).max() < 6.0
    assert max(heard) < 70.1


def test_it_goes_on_rising_from_where_it_was(tmp_path: Path) -> None:
    heard = levels(tmp_path, back_dba=62.0, rise_s=2.0)
    assert heard[6] == pytest.approx(62.1, abs=0.3)
    assert np.diff(heard[6:46]) == pytest.approx([0.2] * 39, abs=0.05)
    assert heard[47:] == pytest.approx([70.0] * len(heard[47:]), abs=0.1)


def test_where_it_was_heard_is_known_all_the_time(tmp_path: Path) -> None:
    track = write_flac(tmp_path / "track.flac", tone(9.0))
    bench = HandBench()
    assert bench.engine.heard_dba() == -np.inf
    bench.engine.play(track_of(1, track), Transition(70.0, 5.0))
    bench.run(PERIOD * (RATE // PERIOD))
    assert bench.engine.heard_dba() == pytest.approx(50.0 + 4.0 * (1.0 - 0.043), abs=0.2)
    bench.run(5 * RATE // PERIOD * PERIOD)
    assert bench.engine.heard_dba() == 70.0
    bench.engine.set_level(60.0)
    bench.run(10 * PERIOD)
    assert bench.engine.heard_dba() == 60.0
