"""A and K weighting as curves and as a filter, and what pink noise of -20 LUFS measures. Knows no level at a pillow.

A: IEC 61672-1, annex E. K: ITU-R BS.1770-4, the two filters of its tables 1 and 2 for 48 kHz.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import RATE
from firmware.speaker.chain.minimum_phase import minimum_phase

A_MOST_DB = 1.28  # A weighting nowhere adds more (1.27 dB near 2.5 kHz)
REFERENCE_LUFS = -20.0
TAPS = 4096  # of the A filter: its slowest pole, 20.6 Hz, has fallen by 90 dB after 80 ms
_POLES_HZ = (20.598997, 107.65265, 737.86223, 12194.217)
_K_STAGES = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


def a_power(hz: NDArray[np.floating]) -> NDArray[np.float64]:
    """The A curve as a factor on power, 1 at 1 kHz."""
    return np.asarray(_a_curve(hz) / _a_curve(np.array([1000.0]))[0])


def a_over_difference() -> float:
    """The most by which A weighting exceeds the difference of neighbouring samples, as a factor on power.

    Both fall with 6 dB an octave and more below 300 Hz, where music has most of its power: times this factor the
    difference is never less than the A-weighted level, and for music seldom 1 dB more.
    """
    hz = np.geomspace(10.0, RATE / 2, 20_001)
    return float((a_power(hz) / (2 * np.sin(np.pi * hz / RATE)) ** 2).max())


def k_power(hz: NDArray[np.floating]) -> NDArray[np.float64]:
    """The K curve as a factor on power."""
    z = np.exp(-2j * np.pi * hz / RATE)
    power = np.ones_like(hz)
    for above, below in _K_STAGES:
        power *= np.abs(np.polyval(above[::-1], z) / np.polyval(below[::-1], z)) ** 2
    return power


def pink_a_db() -> float:
    """A-weighted mean square of one channel of stereo pink noise (20 Hz to 20 kHz) of -20 LUFS, in dB re full scale.

    LUFS adds the channels' powers, hence the half: -0.691 + 10 lg(2 K) = -20.
    """
    hz = np.geomspace(20.0, 20_000.0, 20_001)  # evenly spaced in pitch pink noise is flat
    k_channel = 0.5 * 10 ** ((REFERENCE_LUFS + 0.691) / 10)
    return float(10 * np.log10(k_channel * a_power(hz).mean() / k_power(hz).mean()))


def a_filter() -> NDArray[np.complex64]:
    """The A filter's spectrum for 2 * TAPS points, causal and of least phase, so that it lags as a meter's does."""
    hz = np.fft.rfftfreq(16 * TAPS, 1 / RATE)
    power = a_power(np.maximum(hz, hz[1] / 8))  # nothing has a logarithm at 0 Hz
    impulse = minimum_phase(10 * np.log10(power))[:TAPS]
    return np.fft.fft(impulse, 2 * TAPS).astype(np.complex64)


def _a_curve(hz: NDArray[np.floating]) -> NDArray[np.float64]:
    f2 = hz**2
    p1, p2, p3, p4 = (pole**2 for pole in _POLES_HZ)
    return np.asarray(p4**2 * f2**4 / ((f2 + p1) ** 2 * (f2 + p2) * (f2 + p3) * (f2 + p4) ** 2))
