"""A box that plays mono, through a real player: no recording is silent, and what was measured of it is played."""

from pathlib import Path

import numpy as np
import pytest

from firmware.speaker import OutputProfile, Started
from firmware.speaker.chain.frames import RATE
from tests.sound.speaker_bench import FULL_SCALE_DBA, disk_bench, level_db, tone, write_flac

MONO = OutputProfile(FULL_SCALE_DBA, ceiling_dba=120.0, mono=True)
REVERSED = tone(1.5)[:, :1] * np.array([[1.0, -1.0]], np.float32)
ONE_SIDE = REVERSED * np.array([[1.0, 0.0]], np.float32)


@pytest.mark.parametrize("mix", [(0.5, -0.5), None], ids=["measured", "found out"])
def test_a_recording_of_reversed_polarity_is_as_loud_as_any_also_where_it_follows_another(
    tmp_path: Path, mix: tuple[float, float] | None
) -> None:
    path = write_flac(tmp_path / "reversed.flac", REVERSED)
    with disk_bench(tmp_path, MONO) as bench:
        bench.speaker.play(1, path, level_dba=FULL_SCALE_DBA, rise_s=0.0, mono_mix=mix)
        bench.speaker.cue(2, path, crossfade_s=0.0, mono_mix=mix)
        assert bench.report() == Started(1)
        bench.run(5 * RATE // 2)
    heard = bench.pcm()
    sounding = np.flatnonzero(heard.any(axis=1))
    first = int(sounding[0])
    plain_db = 10 * np.log10(np.mean(REVERSED.astype(np.float64) ** 2))
    for second in (0.3, 1.9):  # in the one, and in the one that follows
        part = heard[first + int(second * RATE) :][: RATE // 2]
        assert level_db(part) == pytest.approx(plain_db, abs=0.2)
        assert np.abs(part[:, 0].astype(int) - part[:, 1]).max() <= 2, "both sides are one, but for dither"


def test_a_side_that_was_measured_as_empty_is_left_out(tmp_path: Path) -> None:
    path = write_flac(tmp_path / "left.flac", ONE_SIDE)
    with disk_bench(tmp_path, MONO) as bench:
        bench.speaker.play(1, path, level_dba=FULL_SCALE_DBA, rise_s=0.0, mono_mix=(1.0, 0.0))
        assert bench.report() == Started(1)
        bench.run(RATE)
    heard = bench.pcm()
    part = heard[int(np.flatnonzero(heard.any(axis=1))[0]) + RATE // 4 :][: RATE // 2]
    assert level_db(part) == pytest.approx(10 * np.log10(np.mean(ONE_SIDE[:, 0].astype(np.float64) ** 2)), abs=0.2)
