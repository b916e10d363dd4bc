"""Tempo by the autocorrelation of onsets, as a pair of octaves, and how busy the music is. Pure.

Programs find the pulse and guess the octave: in each of our trials that went wrong the true tempo was twice or half of
what was found. So both are said, and a person chooses; music without a clear beat has none.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from playlists.preparing.source import RATE, Samples

HOP, WINDOW = 480, 4096  # 10 ms; 85 ms, so that two low notes are two
FRAMES_A_SECOND = RATE // HOP
BANDS = 60
LOWEST_HZ, HIGHEST_HZ = 60.0, 5000.0  # above are hiss and rain
LONGEST_S = 20 * 60  # of a longer recording the beginning says enough
SLOWEST_BPM, FASTEST_BPM = 30.0, 240.0
USUAL_BPM, USUAL_OCTAVES = 74.0, 0.9  # the prior: what a therapist taps to slow music
SPLIT_BPM = 74.0  # the pair is this and its double, or this and its half
NO_BEAT = 0.12  # strength under which nothing is heard as a beat
WEAK_BEAT, BUSY = 0.25, 4.0  # a weak one among many onsets a second: rain, waves
FAINT = 0.25  # of the rises: so little are the tones of a pad that beat with one another
STANDS_OUT = 1.5
HOLDS = 0.3  # a beat repeats itself at once, not only at every second time as one and a half beats of a waltz do
SLOWEST_BEAT_BPM = 45.0  # slower and in three is a bar
IN_THREE = 0.05
_FLOOR_S = 0.5

Envelope = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tempo:
    """`bpm`: None where there is no clear beat. `strength`: of the beat, 0 to 1; `onsets`: a second."""

    bpm: float | None
    strength: float
    onsets: float

    @property
    def pair(self) -> tuple[float, float] | None:
        """The slower and the faster of the two tempi that it may be."""
        if self.bpm is None:
            return None
        return (self.bpm, 2 * self.bpm) if self.bpm < SPLIT_BPM else (self.bpm / 2, self.bpm)


@dataclass(slots=True)
class TempoMeter:
    """Feed it blocks, frames by 2 at 48 kHz, then ask once."""

    _rest: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    _before: NDArray[np.float32] | None = None
    _rises: list[NDArray[np.float16]] = field(default_factory=list)
    _frames: int = 0

    def add(self, block: Samples) -> None:
        """The next sound."""
        if self._frames >= LONGEST_S * FRAMES_A_SECOND:
            return
        held = np.concatenate([self._rest, block.mean(axis=1)])
        count = (len(held) - WINDOW) // HOP + 1
        if count > 0:
            windows = np.lib.stride_tricks.sliding_window_view(held, WINDOW)[::HOP][:count]
            self._rise(_bands(windows))
            held = held[count * HOP :]
        self._rest = held

    def result(self) -> Tempo:
        """After the last block."""
        return tempo_of(_flux(np.concatenate(self._rises)) if self._rises else np.zeros(0))

    def _rise(self, bands: NDArray[np.float32]) -> None:
        before = bands[:1] if self._before is None else self._before
        steps = np.diff(np.concatenate([before, bands]), axis=0)
        self._rises.append(np.maximum(steps, 0).astype(np.float16))
        self._before = bands[-1:]
        self._frames += len(bands)


def tempo_of(flux: Envelope) -> Tempo:
    """The tempo of a series of rises in energy, 100 a second."""
    if len(flux) < 4 * FRAMES_A_SECOND:
        return Tempo(None, 0.0, 0.0)
    onsets = _onsets(flux)
    rising = np.maximum(flux - _smooth(flux, int(_FLOOR_S * FRAMES_A_SECOND)), 0)
    rising = _smooth(rising, 5) - rising.mean()
    similar = _autocorrelation(rising)
    bpm, strength = _best(similar)
    is_faint = float(np.percentile(flux, 98)) < FAINT
    is_clear = strength >= NO_BEAT and not is_faint and not (strength < WEAK_BEAT and onsets > BUSY)
    return Tempo(bpm if is_clear else None, strength, onsets)


def _bands(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The energy of each window in bands of equal width by ear, compressed as loudness is."""
    spectrum = np.abs(np.fft.rfft(windows * _HANN, axis=1)) ** 2
    return np.asarray(np.log1p(100 * np.sqrt(spectrum @ _FILTERS)), np.float32)


def _flux(rises: NDArray[np.float16]) -> Envelope:
    """The sum over the bands of what rises more than that band does all the time, as rain and waves do."""
    width = int(_FLOOR_S * FRAMES_A_SECOND)
    flux = np.zeros(len(rises))
    for half in rises.T:
        band = half.astype(np.float64)  # one by one: all at once they take 60 MB
        flux += np.maximum(band - STANDS_OUT * np.convolve(band, np.ones(width) / width, "same"), 0)
    return flux


def _filters() -> NDArray[np.float32]:
    """Triangles, evenly spaced on the mel scale (Stevens; 2595 log10(1 + f/700))."""
    hz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    lowest, highest = (2595 * math.log10(1 + edge / 700) for edge in (LOWEST_HZ, HIGHEST_HZ))
    centres = 700 * (10 ** (np.linspace(lowest, highest, BANDS + 2) / 2595) - 1)
    rise = (hz[:, None] - centres[:-2]) / np.diff(centres)[:-1]
    fall = (centres[2:] - hz[:, None]) / np.diff(centres)[1:]
    scale = 4 / (WINDOW * WINDOW)
    return np.asarray(scale * np.maximum(np.minimum(rise, fall), 0), np.float32)


def _onsets(flux: Envelope) -> float:
    """Rises a second that stand out of their neighbours."""
    near = _smooth(flux, int(_FLOOR_S * FRAMES_A_SECOND))
    peaks = (flux[1:-1] >= flux[:-2]) & (flux[1:-1] > flux[2:])
    clear = flux[1:-1] > 1.5 * near[1:-1] + 0.1 * float(np.percentile(flux, 98))
    return float((peaks & clear).sum() / len(flux) * FRAMES_A_SECOND)


def _smooth(series: Envelope, width: int) -> Envelope:
    kernel = np.hanning(width + 2)[1:-1]
    return np.asarray(np.convolve(series, kernel / kernel.sum(), "same"))


def _autocorrelation(series: Envelope) -> Envelope:
    """Normalised, and with the triangle of its window taken off."""
    size = 1 << (2 * len(series) - 1).bit_length()
    power = np.abs(np.fft.rfft(series, size)) ** 2
    lags = np.fft.irfft(power)[: min(len(series) // 2, 12 * FRAMES_A_SECOND)]
    share = 1 - np.arange(len(lags)) / len(series)
    return np.asarray(lags / share / (lags[0] + 1e-12))


def _best(similar: Envelope) -> tuple[float, float]:
    """The tempo whose lags, one beat, two, three and four, are most alike, weighed by what is usual."""
    bpms = np.exp(np.arange(np.log(SLOWEST_BPM), np.log(FASTEST_BPM), 0.002))
    lags = 60 * FRAMES_A_SECOND / bpms
    axis = np.arange(len(similar))
    parts = [np.interp(times * lags, axis, similar, right=0.0) for times in (1, 2, 3, 4)]
    comb = parts[0] + 0.5 * parts[1] + 0.25 * parts[2] + 0.25 * parts[3]
    prior = np.exp(-0.5 * (np.log2(bpms / USUAL_BPM) / USUAL_OCTAVES) ** 2)
    comb[parts[0] < HOLDS * parts[1]] = 0
    best = int(np.argmax(np.maximum(comb, 0) * prior))
    strength = float(np.clip(max(part[best] for part in parts[:3]), 0, 1))  # the third: of a waltz
    return _beat_of_a_bar(similar, float(bpms[best])), strength


def _beat_of_a_bar(similar: Envelope, bpm: float) -> float:
    """Three times as fast where it is slower than beats are, and its third repeats itself more than its half."""
    third, half = np.interp(60 * FRAMES_A_SECOND / bpm / np.array((3, 2)), np.arange(len(similar)), similar)
    return 3 * bpm if bpm < SLOWEST_BEAT_BPM and third > half + IN_THREE else bpm


_HANN = np.hanning(WINDOW).astype(np.float32)
_FILTERS = _filters()
