"""One room for each playlist: convolution with decaying noise, and the tone of the whole; knows no notes."""

import numpy as np
import numpy.typing as npt

from playlists.starter.plans import Hall
from playlists.starter.sound import RATE, Samples

PREDELAY_S = 0.014
HIGHPASS_HZ = 45.0  # small speakers only rattle below
BLOCK = 1 << 17
EARLY = ((0.011, 0.30), (0.019, 0.24), (0.027, 0.20), (0.038, 0.15))  # s, gain


def in_room(dry: Samples, hall: Hall) -> Samples:
    """The sound in its room, longer by the room's decay."""
    spectrum, tail = _response(hall)
    size = (spectrum.shape[0] - 1) * 2
    step = size - tail
    wet = np.zeros((len(dry) + tail, 2), dtype=np.float32)
    for start in range(0, len(dry), step):
        block = np.fft.rfft(dry[start : start + step], size, axis=0) * spectrum
        heard = np.fft.irfft(block, size, axis=0).astype(np.float32)
        stop = min(len(wet), start + size)
        wet[start:stop] += heard[: stop - start]
    return wet


def _response(hall: Hall) -> tuple[npt.NDArray[np.complex64], int]:
    """Spectrum of dry sound, early echoes and decay together, and the decay's length in frames."""
    frames = int(hall.decay_s * 1.1 * RATE)
    size = 1 << (frames + BLOCK - 1).bit_length()
    decay = _decay(hall, frames)
    dry = np.zeros((frames, 2))
    dry[0] = 1.0
    for side, (seconds, gain) in enumerate(EARLY):
        dry[int(seconds * RATE), side % 2] += gain * hall.wet
    whole = (1 - hall.wet) * dry + hall.wet * decay
    shaped = np.fft.rfft(whole, size, axis=0) * _tone(size, hall.lowpass_hz)[:, None]
    return shaped.astype(np.complex64), frames


def _decay(hall: Hall, frames: int) -> npt.NDArray[np.float64]:
    """Two noises: a brighter one that dies soon and a dark one that stays; partly shared by both sides."""
    dice = np.random.default_rng(hall.seed)
    time = np.arange(frames) / RATE
    total = np.zeros((frames, 2))
    for corner_hz, share, decay_s in ((3200.0, 0.6, 0.55 * hall.decay_s), (1100.0, 1.0, hall.decay_s)):
        noise = 0.85 * dice.standard_normal((frames, 1)) + 0.5 * dice.standard_normal((frames, 2))
        noise = np.fft.irfft(np.fft.rfft(noise, axis=0) * _lowpass(frames, corner_hz)[:, None], frames, axis=0)
        total += share * noise / np.sqrt(np.mean(noise**2)) * np.exp(-6.9 * time / decay_s)[:, None]
    delay = int(PREDELAY_S * RATE)
    total[:delay] = 0.0
    rise = int(0.03 * RATE)
    total[delay : delay + rise] *= np.linspace(0, 1, rise)[:, None]
    total *= np.clip((frames - np.arange(frames)) / (0.1 * frames), 0, 1)[:, None]
    return np.asarray(total / np.sqrt(np.sum(total**2) / 2) * 1.6, dtype=np.float64)


def _lowpass(frames: int, corner_hz: float) -> npt.NDArray[np.float64]:
    return 1 / (1 + (np.fft.rfftfreq(frames, 1 / RATE) / corner_hz) ** 2)


def _tone(size: int, lowpass_hz: float) -> npt.NDArray[np.complex128]:
    """Second-order Butterworth at both ends, with their phase, so that nothing sounds before it is struck."""
    turn = 1j * np.fft.rfftfreq(size, 1 / RATE)
    high = turn**2 / (turn**2 + np.sqrt(2) * HIGHPASS_HZ * turn + HIGHPASS_HZ**2)
    low = lowpass_hz**2 / (turn**2 + np.sqrt(2) * lowpass_hz * turn + lowpass_hz**2)
    return np.asarray(high * low)
