"""The box hears itself: silence that no track has is told, and the track's own rests are not."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from firmware.speaker import OutputProfile
from firmware.speaker.chain.frames import RATE
from firmware.speaker.commands import Mute
from firmware.speaker.player.ring import PERIOD
from tests.sound.speaker_bench import FULL_SCALE_DBA, PROFILE, HandBench, tone, write_flac


class DeafBench(HandBench):
    """Whatever is written, the device takes silence from a moment on: a fault anywhere between track and device."""

    def run_deaf(self, frames: int) -> None:
        """Let so many frames be taken as silence."""
        for _ in range(frames // PERIOD):
            self.work()
            self.device.ring[:] = 0
            self.device.take()
            self.engine.advance()


def told(bench: HandBench) -> list[Mute]:
    """What was said of unexplained silence."""
    return [report for report in bench.reports if isinstance(report, Mute)]


def test_silence_in_place_of_a_sounding_track_is_told_after_two_seconds(tmp_path: Path) -> None:
    path = write_flac(tmp_path / "track.flac", tone(20.0))
    bench = DeafBench()
    bench.play(1, path)
    bench.run(3 * RATE // PERIOD * PERIOD)
    bench.run_deaf(2 * RATE)
    assert told(bench) == []
    bench.run_deaf(RATE)
    (silent,) = told(bench)
    assert silent.play_id == 1
    assert silent.position_s == pytest.approx(5.5, abs=0.6)
    assert silent.lasted_s == pytest.approx(2.0, abs=0.2)


def test_it_is_told_at_the_softest_level_of_the_night_too(tmp_path: Path) -> None:
    path = write_flac(tmp_path / "track.flac", tone(20.0, peak=0.1))
    bench = DeafBench(OutputProfile(85.0, ceiling_dba=45.0))
    bench.play(1, path, level_dba=30.0, rise_s=5.0)
    bench.run(6 * RATE // PERIOD * PERIOD)
    bench.run_deaf(3 * RATE)
    assert len(told(bench)) == 1


def _with_rests() -> NDArray[np.float32]:
    samples = tone(24.0)
    samples[2 * RATE : 7 * RATE] = 0.0  # a rest of five seconds
    samples[9 * RATE : 20 * RATE : RATE // 4] *= 1.0
    samples[9 * RATE : 16 * RATE] *= 1e-4  # as good as silent
    return samples


def _anti_phase() -> NDArray[np.float32]:
    left = tone(10.0)[:, :1]
    return np.hstack([left, -left])


@pytest.mark.parametrize(
    "profile", [PROFILE, OutputProfile(FULL_SCALE_DBA, ceiling_dba=50.0), OutputProfile(95.0, 40.0, presence=True)]
)
def test_a_tracks_own_rests_fades_and_stops_are_no_fault(tmp_path: Path, profile: OutputProfile) -> None:
    path = tmp_path / "rests.wav"
    soundfile.write(path, _with_rests(), RATE, subtype="FLOAT")
    bench = HandBench(profile)
    bench.play(1, path, rise_s=20.0)
    bench.run(15 * RATE)
    bench.engine.set_level(40.0)
    bench.engine.fade(8.0)
    bench.run(9 * RATE)
    bench.play(2, path)
    bench.run(4 * RATE)
    bench.engine.stop(0.15)
    bench.run(3 * RATE)
    assert told(bench) == []


def test_a_track_of_reversed_polarity_is_heard_on_a_box_that_plays_mono(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "wide.wav", _anti_phase(), RATE, subtype="FLOAT")
    bench = HandBench(OutputProfile(FULL_SCALE_DBA, ceiling_dba=120.0, mono=True))
    bench.play(1, tmp_path / "wide.wav")
    bench.run(6 * RATE)
    assert told(bench) == []
