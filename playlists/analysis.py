"""Samples into a `TrackLevel`: A-weighted, gated, for each way in which a box can play. Knows no file and no box.

Blocks of 400 ms under half a sine, each half over the one before: the squares of two windows add up to one, so that the
blocks together hold the track's energy exactly.
"""

from collections.abc import Iterable, Iterator
from heapq import heappush, heappushpop
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from playlists.track_level import SILENT_DBFS, MonoMix, TrackLevel

RATE = 48_000  # Hz; what comes in another rate is converted before
BLOCK = 19_200  # 400 ms, as in ITU-R BS.1770-4
HOP = BLOCK // 2
GATE_DBFS, GATE_UNDER_MEAN_DB = -70.0, -10.0  # the two gates of BS.1770-4, on A-weighted blocks
BANDS_HZ = (
    40.0,
    250.0,
    1000.0,
    4000.0,
    16_000.0,
)  # in each a mono mix is judged: bass that cancels is not heard in dB(A)
BAND_LEAST = 0.01  # of the track's energy or of its A-weighted energy; a band with less is not missed
LOST = 10 ** (-9 / 10)  # so far under the mean of both channels what a mix makes of a band is as good as gone
SUM_MAY_LOSE = 0.05  # of a band's energy: two channels that are mixed always lose a moment here and there
LIFT_DB, LIFT_HZ, SKIRT_OCTAVES = 6.0, (2000.0, 4000.0), 0.5
LOUDEST = 8.0  # 18 dB over full scale: the chain cuts what is more
_PEAK_BLOCKS = 16  # the blocks with the highest samples; the highest value between samples is looked for there
_A_POLES_HZ = (20.598997, 107.65265, 737.86223, 12194.217)  # IEC 61672-1, annex E
_TINY = 1e-30
_BANDS = slice(2, 1 + len(BANDS_HZ))  # among the weights
_BANDS_A = slice(1 + len(BANDS_HZ), 2 * len(BANDS_HZ))
_WINDOW = np.sin(np.pi * (np.arange(BLOCK) + 0.5) / BLOCK).astype(np.float32)[:, np.newaxis]

Samples = NDArray[np.float32]
Powers = NDArray[np.float64]


def analyse(runs: Iterable[Samples]) -> TrackLevel:
    """Measure a track from its samples, frames by 2 at 48 kHz, in runs of any length. Takes 3 ms a second of sound."""
    weights = _weights()
    powers: list[Powers] = []
    highest: list[tuple[float, int, Samples]] = []
    for number, block in enumerate(_blocks(runs)):
        powers.append(_powers(block, weights))
        peak = (float(np.abs(block).max()), number, block)
        (heappush if len(highest) < _PEAK_BLOCKS else heappushpop)(highest, peak)
    return _level(np.array(powers), [block for _, _, block in highest])


def a_power(hz: NDArray[np.floating]) -> NDArray[np.float64]:
    """The A curve as a factor on power, 1 at 1 kHz. (The chain has its own: a player does not load this package.)"""
    return np.asarray(_a_curve(hz) / _a_curve(np.array([1000.0]))[0])


def lift_power(hz: NDArray[np.floating]) -> NDArray[np.float64]:
    """The chain's presence filter as a factor on power."""
    octaves, (lower_hz, upper_hz) = np.log2(np.maximum(hz, 1.0)), LIFT_HZ
    below = np.clip((octaves - np.log2(lower_hz)) / SKIRT_OCTAVES + 1, 0.0, 1.0)
    above = np.clip((np.log2(upper_hz) - octaves) / SKIRT_OCTAVES + 1, 0.0, 1.0)
    lift_db = LIFT_DB * 0.25 * (1 - np.cos(np.pi * below)) * (1 - np.cos(np.pi * above))
    return np.asarray(10 ** (lift_db / 10))


def _weights() -> Powers:
    """Factors on the power of each line of a block's spectrum: A, A with presence, the bands, the bands with A."""
    hz = np.fft.rfftfreq(BLOCK, 1 / RATE)
    a = a_power(hz)
    bands = np.array([(low <= hz) & (hz < high) for low, high in pairwise(BANDS_HZ)])
    scale = 2 / (BLOCK * HOP)  # Parseval: a spectrum of one side, and each block stands for one hop
    return np.asarray(scale * np.vstack([a, a * lift_power(hz), bands, bands * a]))


def _a_curve(hz: NDArray[np.floating]) -> Powers:
    f2 = np.asarray(hz, np.float64) ** 2
    p1, p2, p3, p4 = (pole**2 for pole in _A_POLES_HZ)
    return np.asarray(p4**2 * f2**4 / ((f2 + p1) ** 2 * (f2 + p2) * (f2 + p3) * (f2 + p4) ** 2))


def _blocks(runs: Iterable[Samples]) -> Iterator[Samples]:
    """Overlapping blocks; silence before the first and after the last sample makes them whole."""
    rest = np.zeros((HOP, 2), np.float32)
    for run in _with_end(runs):
        rest = np.concatenate([rest, run])
        while len(rest) >= BLOCK:
            yield rest[:BLOCK]
            rest = rest[HOP:]


def _with_end(runs: Iterable[Samples]) -> Iterator[Samples]:
    """What the chain would play of them, then so much silence that nothing is left over."""
    for run in runs:
        yield np.clip(np.nan_to_num(run, nan=0.0), -LOUDEST, LOUDEST)
    yield np.zeros((BLOCK + HOP, 2), np.float32)  # two blocks at least


def _powers(block: Samples, weights: Powers) -> Powers:
    """Of one block and each weight: left, right, and what they have in common (negative: of reversed polarity)."""
    spectrum = np.fft.rfft(block * _WINDOW, axis=0)
    left, right = spectrum[:, 0], spectrum[:, 1]
    common = left.real * right.real + left.imag * right.imag
    return np.asarray(np.stack([np.abs(left) ** 2, np.abs(right) ** 2, common]) @ weights.T)


def _level(powers: Powers, highest: list[Samples]) -> TrackLevel:
    """powers: blocks by (left, right, common) by weights."""
    mix = _best_mix(powers)
    mono, stereo = _mixed(powers, *mix.factors), _stereo(powers)
    return TrackLevel(
        a_stereo_dbfs=_gated_db(stereo[:, 0]),
        a_mono_dbfs=_gated_db(mono[:, 0]),
        a_stereo_presence_dbfs=_gated_db(stereo[:, 1]),
        a_mono_presence_dbfs=_gated_db(mono[:, 1]),
        mono_mix=mix,
        true_peak=_db(max(_true_peak(block) for block in highest) ** 2),
    )


def _stereo(powers: Powers) -> Powers:
    """The mean of both channels."""
    return np.asarray((powers[:, 0] + powers[:, 1]) / 2)


def _mixed(powers: Powers, of_left: float, of_right: float) -> Powers:
    """Of one channel that is made of both."""
    left, right, common = powers[:, 0], powers[:, 1], powers[:, 2]
    return np.asarray(np.maximum(of_left**2 * left + of_right**2 * right + 2 * of_left * of_right * common, 0.0))


def _gated_db(blocks: Powers) -> float:
    """Mean of the energy of the blocks that count, in dB. Two in a row weigh as much time as a block of BS.1770-4."""
    blocks = (blocks[1:] + blocks[:-1]) / 2
    sounding = blocks[blocks > 10 ** (GATE_DBFS / 10)]
    if not len(sounding):
        return _db(float(blocks.mean()))
    return _db(float(sounding[sounding > sounding.mean() * 10 ** (GATE_UNDER_MEAN_DB / 10)].mean()))


def _best_mix(powers: Powers) -> MonoMix:
    """The sum, unless it loses what another keeps; of those that keep as much, the one that keeps both sides."""
    lost = {mix: _lost(powers, mix) for mix in MonoMix}
    return MonoMix.SUM if lost[MonoMix.SUM] <= SUM_MAY_LOSE else min(lost, key=lambda mix: lost[mix])


def _lost(powers: Powers, mix: MonoMix) -> float:
    """The share of a band's energy that this mix cancels or leaves out, of the band where that is most."""
    both, mono = _stereo(powers), _mixed(powers, *mix.factors)
    whole = both.sum(axis=0) + _TINY
    lost = np.where(mono < LOST * both, both, 0.0).sum(axis=0) / whole
    plain, weighted = whole[_BANDS], whole[_BANDS_A]
    counts = np.maximum(plain / plain.sum(), weighted / weighted.sum()) >= BAND_LEAST
    return float(lost[_BANDS][counts].max(initial=0.0))


def _true_peak(block: Samples) -> float:
    """The highest value of a block, between its samples too; next to its edges they alone are looked at."""
    fine = 4 * np.fft.irfft(np.fft.rfft(block, axis=0), 4 * BLOCK, axis=0)
    inside = fine[BLOCK // 2 : -BLOCK // 2]  # an eighth at each end rings, since the block does not run on into itself
    return float(max(np.abs(block).max(), np.abs(inside).max()))


def _db(power: float) -> float:
    return max(SILENT_DBFS, 10 * float(np.log10(max(power, _TINY))))
