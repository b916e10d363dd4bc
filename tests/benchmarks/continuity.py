"""`python -m tests.benchmarks.continuity [--minutes N] [--busy N]`: a sine through track after track, on SDL's disk.

Real time, the real player, a knob that turns now and then, other processes that never rest. Counted: steps between
samples that the sine does not have, late rewrites, starved refills.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import soundfile

from firmware.speaker import OutputProfile, Report, Speaker, Started, parse_sink

RATE = 48_000
HZ, PEAK = 480.0, 0.25  # 100 frames a period: a track of whole periods goes on in itself
LEVEL_DBA = 60.0  # the profile's full scale: the sine passes at 0 dB
TURN_EVERY_S = 1.7
CHUNK_FRAMES = 20 * RATE
BUSY = "while True: pass"


class Run:
    """One speaker, two tracks in turn, and what was found in the samples so far."""

    def __init__(self, folder: Path) -> None:
        self.tracks = [_track(folder / "a.flac", 41.35), _track(folder / "b.flac", 7.2)]
        self.file = folder / "out.raw"
        self.plays = 1
        self.speaker = Speaker(parse_sink(f"disk:{self.file}"), self._hear, OutputProfile(full_scale_dba=LEVEL_DBA))
        self._started = threading.Event()

    def begin(self) -> None:
        """Start the first track and wait until it is there."""
        self.speaker.start()
        self.speaker.set_cap(65.0)
        self.speaker.play(1, self.tracks[0], level_dba=LEVEL_DBA, rise_s=0.0)
        self._started.wait()

    def turn_for(self, seconds: float) -> int:
        """Turn the knob down and up; says how often."""
        turns, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(TURN_EVERY_S)
            turns += 1
            self.speaker.set_level(LEVEL_DBA - 2.0 * (turns % 2))
        return turns

    def end(self) -> None:
        """Silence."""
        self.speaker.close()

    def _hear(self, report: Report) -> None:
        match report:
            case Started(play_id):
                self._started.set()
                self.plays = play_id
                self.speaker.cue(play_id + 1, self.tracks[play_id % 2], crossfade_s=0.0)


def _track(path: Path, seconds: float) -> Path:
    phase = 2 * np.pi * HZ * np.arange(round(seconds * RATE)) / RATE
    soundfile.write(path, PEAK * np.stack([np.sin(phase), np.cos(phase)], axis=1), RATE, subtype="PCM_24")
    return path


def steps_beyond_the_sine(file: Path) -> tuple[int, int]:
    """How many steps are steeper than the sine's own, and the steepest; the start and the end are left out."""
    # Its own slope, two steps of dither, and a fall of 2 dB in 11 ms on top of it.
    allowed = PEAK * 32767 * (2 * np.pi * HZ / RATE + 0.21 / 512) + 4
    found, steepest = 0, 0
    heard = np.memmap(file, np.int16, "r").reshape(-1, 2)
    for at in range(RATE, len(heard) - RATE, CHUNK_FRAMES):
        steps = np.abs(np.diff(heard[at : at + CHUNK_FRAMES + 1].astype(np.int32), axis=0))
        found += int((steps > allowed).sum())
        steepest = max(steepest, int(steps.max()))
    return found, steepest


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--busy", type=int, default=2, help="processes that take all they can get")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(options.busy)]
        run = Run(Path(folder))
        try:
            run.begin()
            turns = run.turn_for(60 * options.minutes)
        finally:
            for process in busy:
                process.kill()
                process.wait()
        run.end()
        found, steepest = steps_beyond_the_sine(run.file)
        seconds, counts = run.file.stat().st_size / 4 / RATE, run.speaker.counts
    print(f"{seconds:.0f} s, {run.plays} tracks, {turns} turns, {options.busy} busy processes", flush=True)
    print(f"steps beyond the sine: {found}, steepest {steepest}; {counts}")


if __name__ == "__main__":
    main()
