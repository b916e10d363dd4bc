"""`python -m tests.benchmarks.fade`: a fade of 60 s from a tone at -40 dBFS, on SDL's disk driver, against a line.

The tone is measured by lock-in in windows of half a second; where the fade began is fitted to its first third.
"""

import tempfile
import threading
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from firmware.speaker import Faded, OutputProfile, Report, Speaker, Started, parse_sink

RATE = 48_000
HZ = 997.0
PEAK = 0.01  # -40 dBFS
FADE_S, DEPTH_DB = 60.0, 60.0
LEVEL_DBA = 60.0  # the profile's full scale: the tone passes at 0 dB
WINDOW = RATE // 2
RANGES = ((0.0, 40.0), (40.0, 50.0), (50.0, 60.0))


def record(folder: Path) -> NDArray[np.int16]:
    """What reaches the sink, from before the fade to after it."""
    phase = 2 * np.pi * HZ * np.arange(90 * RATE) / RATE
    soundfile.write(folder / "tone.flac", PEAK * np.stack([np.cos(phase)] * 2, axis=1), RATE, subtype="PCM_24")
    started, faded = threading.Event(), threading.Event()

    def hear(report: Report) -> None:
        if isinstance(report, Started):
            started.set()
        elif isinstance(report, Faded):
            faded.set()

    speaker = Speaker(parse_sink(f"disk:{folder / 'out.raw'}"), hear, OutputProfile(full_scale_dba=LEVEL_DBA))
    speaker.start()
    speaker.set_cap(65.0)
    speaker.play(1, folder / "tone.flac", level_dba=LEVEL_DBA, rise_s=0.0)
    started.wait()
    faded.wait(1.0)  # a second of the tone as it is
    speaker.fade(FADE_S)
    faded.wait(FADE_S + 10)
    speaker.close()
    return np.fromfile(folder / "out.raw", np.int16)[::2]


def levels_db(pcm: NDArray[np.int16]) -> NDArray[np.float64]:
    """Of each window, relative to the tone before the fade."""
    windows = pcm[: len(pcm) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(np.float64)
    carrier = np.exp(-2j * np.pi * HZ * np.arange(WINDOW) / RATE)
    amplitude = 2 * np.abs(windows @ carrier) / WINDOW
    return np.asarray(20 * np.log10(np.maximum(amplitude, 1e-3) / (PEAK * 32767)))


def errors_db(levels: NDArray[np.float64]) -> dict[tuple[float, float], float]:
    """The worst distance from the line in each range of depth."""
    falling = np.flatnonzero((levels < -1.0) & (levels > -20.0))
    slope = -DEPTH_DB / FADE_S * WINDOW / RATE
    offset = float(np.mean(levels[falling] - slope * falling))
    line = offset + slope * np.arange(len(levels))
    found = {}
    for shallow, deep in RANGES:
        inside = (line <= -max(shallow, 1.0)) & (line > -deep + 0.5)
        found[shallow, deep] = float(np.abs(levels - line)[inside].max())
    return found


def main() -> None:
    """Tab-separated: depth, worst error."""
    with tempfile.TemporaryDirectory() as folder:
        found = errors_db(levels_db(record(Path(folder))))
    print("depth dB\tworst error dB")
    for (shallow, deep), worst in found.items():
        print(f"{shallow:.0f} to {deep:.0f}\t{worst:.2f}")


if __name__ == "__main__":
    main()
