"""The ear's own sound level meter: A and K weighting by their standards' formulas, in numpy. Knows no box."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tests.listening.records import CELL, RATE_HZ, WINDOW

Samples = NDArray[np.float32]

MARGIN = 2_192  # frames of filter on either side: the slowest pole, 20.6 Hz, has fallen by 50 dB there
SIZE = WINDOW + 2 * MARGIN  # 16,384: a fast transform
FULL_SCALE = 32_768.0


def a_amplitude(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """IEC 61672-1, annex E: the A curve as a factor on amplitude, 1 at 1 kHz."""
    return _a_curve(hz) / _a_curve(np.array([1000.0]))[0]


def k_power(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """ITU-R BS.1770-4, tables 1 and 2: the K curve as a factor on power at 48 kHz."""
    turn = np.exp(-2j * np.pi * hz / RATE_HZ)
    shelf = (1.53512485958697 - 2.69169618940638 * turn + 1.19839281085285 * turn**2) / (
        1.0 - 1.69065929318241 * turn + 0.73248077421585 * turn**2
    )
    high_pass = (1.0 - 2.0 * turn + turn**2) / (1.0 - 1.99004745483398 * turn + 0.99007225036621 * turn**2)
    return np.asarray(np.abs(shelf * high_pass) ** 2)


def pink_a_db() -> float:
    """A-weighted mean square, in dB, of one channel of the calibration's noise: stereo pink from 20 Hz to 20 kHz of -20
    LUFS. A box's `full_scale_dba` is what that noise assigns at the pillow with every gain at 0 dB."""
    hz = np.geomspace(20.0, 20_000.0, 20_001)  # each step holds as much of pink noise's power
    one_channel = 10 ** ((-20.0 + 0.691) / 10) / 2  # LUFS adds the power of left and right
    return float(10 * np.log10(one_channel * np.mean(a_amplitude(hz) ** 2) / np.mean(k_power(hz))))


class AMeter:
    """Filters a stream and says the A-weighted mean square of each 50 ms. Full scale is 1."""

    def __init__(self) -> None:
        self._curve = a_amplitude(np.maximum(np.fft.rfftfreq(SIZE, 1 / RATE_HZ), 1e-3)).astype(np.float32)

    def energies(self, run: Samples) -> tuple[float, ...]:
        """Of one window, assigned with MARGIN frames before and after it, in steps of 16 bits."""
        weighted = np.fft.irfft(np.fft.rfft(run) * self._curve, SIZE)[MARGIN : MARGIN + WINDOW] / FULL_SCALE
        cells = weighted.reshape(-1, CELL).astype(np.float64)
        return tuple(float(energy) for energy in np.mean(cells**2, axis=1))


def running_means(energies: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """The mean of every so many neighbouring cells."""
    if len(energies) < cells:
        return np.zeros(0)
    sums = np.cumsum(np.concatenate([[0.0], energies]))
    return np.asarray((sums[cells:] - sums[:-cells]) / cells)


def runs_of(sound: Samples) -> Iterator[Samples]:
    """A whole sound as the runs that `AMeter` wants, with silence before and after it; the rest of a window is left."""
    padded = np.concatenate([np.zeros(MARGIN, np.float32), sound, np.zeros(MARGIN, np.float32)])
    for first in range(0, len(sound) - WINDOW + 1, WINDOW):
        yield padded[first : first + SIZE]


def _a_curve(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    f2 = hz**2
    below = (f2 + 20.598997**2) * np.sqrt((f2 + 107.65265**2) * (f2 + 737.86223**2)) * (f2 + 12194.217**2)
    return np.asarray(12194.217**2 * f2**2 / below)
