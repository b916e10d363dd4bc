"""Waves and rain to lie under the music; knows how long, not what is played over it."""

import numpy as np
import numpy.typing as npt

from playlists.starter.plans import Weather
from playlists.starter.sound import RATE, Samples

LOOP_S = 24  # of the noise; the swells over it never repeat
RISE_S, LEAVE_S = 5.0, 9.0
DROPS_A_SECOND = 30
DROP_KINDS = 24


def weather(kind: Weather, frames: int, seed: int) -> Samples:
    """Stereo weather of unit power that rises from nothing and leaves again."""
    dice = np.random.default_rng(seed)
    sound = _waves(frames, dice) if kind is Weather.WAVES else _rain(frames, dice)
    sound /= np.sqrt(np.mean(sound**2)) + np.float32(1e-12)
    rise, leave = (min(frames, int(length_s * RATE)) for length_s in (RISE_S, LEAVE_S))
    sound[:rise] *= _slope(rise)[:, None]
    sound[frames - leave :] *= _slope(leave)[::-1, None]
    return sound


def _slope(frames: int) -> Samples:
    return np.asarray(np.sin(0.5 * np.pi * np.arange(frames) / frames) ** 2, dtype=np.float32)


def _noise(frames: int, dice: np.random.Generator, slope: float, low_hz: float, high_hz: float) -> Samples:
    """Looped stereo noise whose power falls with frequency ** slope between soft corners."""
    loop = LOOP_S * RATE
    hertz = np.fft.rfftfreq(loop, 1 / RATE).astype(np.float32)
    hertz[0] = 1.0
    shape = hertz ** (-slope / 2) / np.sqrt((1 + (low_hz / hertz) ** 4) * (1 + (hertz / high_hz) ** 4))
    shared, apart = (_spectra(dice, len(hertz), channels) for channels in (1, 2))
    both = np.fft.irfft((np.float32(0.8) * shared + np.float32(0.6) * apart) * shape, loop, axis=1)
    both /= np.sqrt(np.mean(both**2))
    return np.resize(both.T, (frames, 2))


def _spectra(dice: np.random.Generator, lines: int, channels: int) -> npt.NDArray[np.complex64]:
    """Lines of one height and any phase; single precision, because there are a million."""
    turns = dice.random((channels, lines), dtype=np.float32) * np.float32(2 * np.pi)
    return np.asarray(np.cos(turns) + np.complex64(1j) * np.sin(turns), dtype=np.complex64)


def _waves(frames: int, dice: np.random.Generator) -> Samples:
    """A low body and a brighter wash that follows it, under swells of 8 to 12 s of differing height."""
    swell, wash = (np.full(frames, floor, dtype=np.float32) for floor in (0.45, 0.12))
    at = -4.0
    while at < frames / RATE:
        length = dice.uniform(8, 12)
        height = dice.uniform(0.6, 1.0)
        _add_swell(swell, at, length * 1.15, height)
        _add_swell(wash, at + 0.16 * length, length * 0.9, height**1.5)
        at += length
    body = _noise(frames, dice, slope=2.0, low_hz=90, high_hz=600)
    foam = _noise(frames, dice, slope=1.0, low_hz=350, high_hz=1500)
    return body * swell[:, None] + 0.35 * foam * wash[:, None]


def _add_swell(line: Samples, at: float, seconds: float, height: float) -> None:
    """Add one swell in place: up faster than down."""
    turn = np.linspace(0, 1, int(seconds * RATE), dtype=np.float32) ** 0.75
    swell = height * np.sin(np.pi * turn) ** 2
    start = int(at * RATE)
    left, right = max(0, start), min(len(line), start + len(swell))
    if right > left:
        line[left:right] += swell[left - start : right - start]


def _rain(frames: int, dice: np.random.Generator) -> Samples:
    """A soft bed and thousands of small drops, near and far."""
    sound = _noise(frames, dice, slope=1.3, low_hz=180, high_hz=1300)
    drops = [_drop(dice) for _ in range(DROP_KINDS)]
    count = int(DROPS_A_SECOND * frames / RATE)
    places = dice.integers(0, max(1, frames - RATE // 4), count)
    loudness = 0.35 * dice.lognormal(0.0, 0.45, count).clip(0, 2.2)
    sides = dice.uniform(0.3, 0.7, count)
    for number in range(count):
        drop = drops[number % DROP_KINDS] * np.float32(loudness[number])
        stop = min(frames, int(places[number]) + len(drop))
        gains = np.array([1 - sides[number], sides[number]], dtype=np.float32)
        sound[places[number] : stop] += drop[: stop - places[number], None] * gains
    return sound


def _drop(dice: np.random.Generator) -> Samples:
    """A drop on a leaf: a very short, soft, dull tone."""
    frames = 2400
    time = np.arange(frames) / RATE
    tone = np.sin(2 * np.pi * dice.uniform(380, 1300) * time + dice.uniform(0, 6))
    fall = np.exp(-time / dice.uniform(0.004, 0.011)) * np.sin(0.5 * np.pi * np.clip(time / 0.003, 0, 1)) ** 2
    return np.asarray(tone * fall * (1 - time / time[-1]), dtype=np.float32)
