"""A sound level meter that shares nothing with the chain: the A filter by its analog poles, over a whole recording."""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import RATE

POLES_HZ = (20.598997, 20.598997, 107.65265, 737.86223, 12194.217, 12194.217)
TENTH = RATE // 10
FULL_SCALE = 32767.0
STEP, WINDOW_STEPS = RATE // 10, 4  # BS.1770-4: blocks of 400 ms, a new one each 100 ms
CHUNK, LEAD = 20 * RATE, RATE // 2  # so much is filtered at once; the filter has settled after the lead


def a_weighted(pcm: NDArray[np.generic]) -> NDArray[np.float64]:
    """The signal behind the filter, causal as a meter's is; frames by channels, 1.0 is full scale."""
    samples = np.asarray(pcm, np.float64) / FULL_SCALE
    points = 1 << (len(samples) + RATE).bit_length()
    s = 2j * np.pi * np.fft.rfftfreq(points, 1 / RATE)
    response = s**4 / np.prod([s + 2 * np.pi * pole for pole in POLES_HZ], axis=0)
    at_1_khz = 2j * np.pi * 1000.0
    response /= abs(at_1_khz**4 / np.prod([at_1_khz + 2 * np.pi * pole for pole in POLES_HZ]))
    filtered = np.fft.irfft(np.fft.rfft(samples, points, axis=0) * response[:, np.newaxis], points, axis=0)
    return np.asarray(filtered[: len(samples)])


def a_levels_db(pcm: NDArray[np.generic], window: int = TENTH) -> NDArray[np.float64]:
    """A-weighted mean square of every run of `window` frames, wherever it begins, mean of the channels, in dB."""
    power = np.concatenate([[0.0], np.cumsum((a_weighted(pcm) ** 2).mean(axis=1))])
    means = np.maximum((power[window:] - power[:-window]) / window, 1e-20)
    return np.asarray(10 * np.log10(means))


def gated_and_whole_db(pcm: NDArray[np.generic]) -> tuple[float, float]:
    """A-weighted level re full scale, mean of the channels: by the gates of BS.1770-4, and of everything."""
    steps = []
    for begin in range(0, len(pcm), CHUNK):
        first = max(0, begin - LEAD)
        power = (a_weighted(pcm[first : begin + CHUNK])[begin - first :] ** 2).mean(axis=1)
        steps.append(power[: len(power) // STEP * STEP].reshape(-1, STEP).mean(axis=1))
    step = np.concatenate(steps)
    sums = np.convolve(step, np.full(WINDOW_STEPS, 1 / WINDOW_STEPS), "valid") if len(step) >= WINDOW_STEPS else step
    sounding = sums[sums > sums.max() * 1e-6]  # of what is played softly there is no absolute gate
    gated = sounding[sounding > 0.1 * sounding.mean()]
    return 10 * float(np.log10(gated.mean())), 10 * float(np.log10(step.mean()))
