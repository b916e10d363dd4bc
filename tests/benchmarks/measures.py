"""The arithmetic of the sound part: first sample, gap, stairs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.recording import RATE_HZ, Pcm

SILENT_STEPS = 2  # dither of one step is silence
TONE_HZ = 997.0
WINDOW_FRAMES = RATE_HZ // 20
STAIR_DB = 0.5
HEARD_DBFS = -84.0
SILENCE_DBFS = -100.0


def sounding(pcm: Pcm) -> NDArray[np.intp]:
    """The numbers of the frames that are not silent: more than two steps from zero on one side at least."""
    return np.flatnonzero(np.abs(pcm.astype(np.int32)).max(axis=1, initial=0) > SILENT_STEPS)


def first_sound(pcm: Pcm, frame: int) -> int | None:
    """The first frame from `frame` on that is not silent; None where none is."""
    found = sounding(pcm[frame:])
    return frame + int(found[0]) if len(found) else None


@dataclass(frozen=True, slots=True)
class Gap:
    """Silent frames between two equally long tracks that never fall silent themselves.

    `first` and `last` are the frames it was looked for between; `heard`: frames that sounded in all.
    """

    frames: int
    first: int
    last: int
    heard: int


def gap(pcm: Pcm) -> Gap | None:
    """Silent frames in the middle half of what sounds, so that a soft start is no gap; None where nothing sounds."""
    found = sounding(pcm)
    if not len(found):
        return None
    quarter = (int(found[-1]) - int(found[0])) // 4
    first, last = int(found[0]) + quarter, int(found[-1]) - quarter
    inside = int(np.count_nonzero((found >= first) & (found <= last)))
    return Gap(last - first + 1 - inside, first, last, len(found))


def levels_dbfs(pcm: Pcm, tone_hz: float = TONE_HZ) -> NDArray[np.float64]:
    """Peak level of a tone, window of 50 ms by window, by lock-in; digital silence counts as -100 dBFS."""
    mono = pcm.astype(np.float64).mean(axis=1) / 32768
    windows = len(mono) // WINDOW_FRAMES
    phase = 2 * np.pi * tone_hz / RATE_HZ * np.arange(windows * WINDOW_FRAMES)
    turned = mono[: len(phase)] * np.exp(-1j * phase)
    peaks = 2 * np.abs(turned.reshape(windows, WINDOW_FRAMES).mean(axis=1))
    return np.asarray(np.maximum(20 * np.log10(np.maximum(peaks, 1e-12)), SILENCE_DBFS))


@dataclass(frozen=True, slots=True)
class Stairs:
    """How often a fade jumps, and its worst step in dB."""

    count: int
    worst_db: float


def stairs(levels: NDArray[np.float64]) -> Stairs:
    """Count the places where a fade jumps.

    A stair is a place where the level of a 50 ms window differs by more than 0.5 dB from that of the window after the
    next, while the louder of the two is above -84 dBFS. (After the next, because a step inside a window is halved by
    its neighbours.) Pairs that overlap are one stair. The last one, from sound into silence, counts as every other;
    silence stands at -100 dBFS. -84 dBFS is 44 dB under the tone at its start: below, the noise of 16 bits would pass
    for stairs. A smooth fade of 1 dB a second differs by 0.1 dB.
    """
    differences = np.abs(levels[2:] - levels[:-2])
    differences[np.maximum(levels[2:], levels[:-2]) <= HEARD_DBFS] = 0.0
    jumps = differences > STAIR_DB
    begins = jumps & ~np.concatenate([[False], jumps[:-1]])
    return Stairs(int(begins.sum()), float(differences.max(initial=0.0)))


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    return float(np.median(values))
