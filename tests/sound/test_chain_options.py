"""What a box may be set to: one channel for both sides, and a lift for old ears. Heard, not only computed."""

from pathlib import Path

import numpy as np
import pytest

from firmware.speaker import OutputProfile
from firmware.speaker.chain.frames import RATE
from firmware.speaker.player.ring import PERIOD
from tests.sound.speaker_bench import FULL_SCALE_DBA, HandBench, Pcm, level_db, tone, write_flac


def heard(
    folder: Path, hz: float, *, presence: bool, mono: bool = False, sides: tuple[float, float] = (1.0, 1.0)
) -> Pcm:
    """A second of a tone, as the box gives it at 0 dB."""
    samples = tone(2.0, hz, 0.1) * np.array(sides, np.float32)
    bench = HandBench(OutputProfile(FULL_SCALE_DBA, 120.0, mono=mono, presence=presence))
    bench.play(1, write_flac(folder / "tone.flac", samples), level_dba=FULL_SCALE_DBA)
    bench.run(3 * RATE // 2 // PERIOD * PERIOD)
    bench.engine.set_level(FULL_SCALE_DBA)  # made again from here on: no seam, no other gain
    bench.run(RATE // 4 // PERIOD * PERIOD)
    return bench.device.heard[RATE // 2 :]


@pytest.mark.parametrize(("hz", "lift_db"), [(300.0, 0.0), (2000.0, 6.0), (2828.0, 6.0), (4000.0, 6.0), (9000.0, 0.0)])
def test_presence_lifts_2_to_4_khz_by_6_db_and_nothing_else(tmp_path: Path, hz: float, lift_db: float) -> None:
    plain = level_db(heard(tmp_path, hz, presence=False))
    lifted = heard(tmp_path, hz, presence=True)
    assert level_db(lifted) - plain == pytest.approx(lift_db, abs=0.3)
    steps = np.abs(np.diff(lifted.astype(np.int64), axis=0)).max()
    assert steps <= 0.1 * 10 ** (lift_db / 20) * 32767 * 2 * np.sin(np.pi * hz / RATE) * 1.1 + 4


def test_a_box_that_plays_mono_gives_the_mean_to_both_sides(tmp_path: Path) -> None:
    one_side = heard(tmp_path, 997.0, presence=False, mono=True, sides=(1.0, 0.0))
    both = heard(tmp_path, 997.0, presence=False, sides=(1.0, 1.0))
    assert np.abs(one_side[:, 0] - one_side[:, 1]).max() <= 2  # each side has its own dither
    assert level_db(one_side) - level_db(both) == pytest.approx(-6.02, abs=0.1)
