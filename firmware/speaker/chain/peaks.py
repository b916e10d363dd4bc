"""The highest value that a converter will make of each cell, between the samples too. Knows no gain."""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import CELL, CHANNELS

PHASES = 4  # ITU-R BS.1770-4, annex 2: four times the rate finds a peak within 0.7 dB up to 20 kHz
TAPS = 12  # of each phase, as there
BETWEEN_DB = 3.0  # no music stands higher between its samples than on them by more; a full-scale square wave does not
_REACH = TAPS // 2


def _phases() -> NDArray[np.float32]:
    """Fractional delays of 1/4, 1/2 and 3/4 of a sample: a sinc under a Kaiser window."""
    at = np.arange(TAPS) - (_REACH - 1)
    window_half = _REACH + 0.5
    rows = []
    for phase in range(1, PHASES):
        x = at - phase / PHASES
        row = np.sinc(x) * np.i0(6.0 * np.sqrt(np.clip(1 - (x / window_half) ** 2, 0, 1))) / np.i0(6.0)
        rows.append(row / row.sum())
    return np.array(rows, np.float32)


_FILTERS = _phases()


def sample_peaks(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each cell of an interleaved block."""
    cells = block.reshape(-1, CELL * CHANNELS)
    return np.asarray(np.maximum(cells.max(axis=1), -cells.min(axis=1)))


def true_peaks(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each cell, its samples and what lies between them; the block's first and last six are not looked between."""
    peaks = sample_peaks(block)
    for channel in range(CHANNELS):
        samples = block[channel::CHANNELS]
        for taps in _FILTERS:
            between = np.abs(np.convolve(samples, taps[::-1], "same"))
            between[:_REACH] = between[-_REACH:] = 0.0  # the filter would take the edge for a jump to silence
            np.maximum(peaks, between.reshape(-1, CELL).max(axis=1), out=peaks)
    return peaks
