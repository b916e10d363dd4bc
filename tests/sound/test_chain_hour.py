"""Through track after track without a seam. `SINE_MINUTES=60` makes it the hour; the suite has less."""

import os
from pathlib import Path

import numpy as np

from firmware.speaker import Started
from firmware.speaker.chain.frames import RATE
from firmware.speaker.player.ring import PERIOD
from tests.sound.speaker_bench import FULL_SCALE_DBA, HandBench, tone, write_flac

MINUTES = float(os.environ.get("SINE_MINUTES", "6"))
HZ, PEAK = 480.0, 0.3  # 100 frames a period: a track of whole periods goes on in itself
CHUNK = 20 * RATE // PERIOD * PERIOD


def test_a_sine_through_many_tracks_has_no_step_but_its_own(tmp_path: Path) -> None:
    tracks = [
        write_flac(tmp_path / f"{name}.flac", tone(seconds, HZ, PEAK)) for name, seconds in (("a", 41.35), ("b", 7.2))
    ]
    bench = HandBench()
    bench.play(1, tracks[0], level_dba=FULL_SCALE_DBA)
    bench.cue(2, tracks[1])
    # Its own slope, and a step of dither at either end.
    steepest = PEAK * 32767 * 2 * np.pi * HZ / RATE + 4
    last, told, frames = None, 1, 0
    while frames < MINUTES * 60 * RATE:
        bench.run(PERIOD)
        frames += PERIOD
        if len(bench.reports) > told:
            newest = max(report.play_id for report in bench.reports if isinstance(report, Started))
            bench.cue(newest + 1, tracks[newest % 2])
            told = len(bench.reports)
        if frames % CHUNK == 0:
            heard = bench.device.heard.astype(np.int64)
            bench.device.forget()
            steps = np.diff(heard if last is None else np.concatenate([last, heard]), axis=0)
            assert np.abs(steps).max() <= steepest, frames / RATE
            assert np.abs(heard[-RATE:]).max() > 0.9 * PEAK * 32767
            last = heard[-1:]
    assert bench.tally.late_rewrites == bench.tally.buffer_underruns == 0
    assert sum(isinstance(report, Started) for report in bench.reports) >= MINUTES
