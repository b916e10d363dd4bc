"""The cap and the limiter, the last of the gains: every mixed cell is watched, the gain held under what it may be.

The cap holds for every 100 ms, wherever they begin: any 4,800 frames lie within 20 cells, and 20 cells may hold no more
energy than 100 ms at the cap. The energy is the A-weighted one. Two bounds are never less and cost next to nothing:
plain energy + 1.3 dB, and for music rich in bass the energy of the differences between samples. Where the lower of them
stays under the cap it is good enough; only elsewhere the mix is filtered.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.dither import NOISE_POWER
from firmware.speaker.chain.frames import BLOCK, CELL, CHANNELS, RATE, RING_CELLS, RING_FRAMES, cells_of, spans
from firmware.speaker.chain.gain import FALL_FRAMES, Line
from firmware.speaker.chain.gain_envelope import GainEnvelope, falling_ahead
from firmware.speaker.chain.peaks import BETWEEN_DB, true_peaks
from firmware.speaker.chain.weighting import A_MOST_DB, TAPS, a_filter, a_over_difference, a_power, pink_a_db
from firmware.speaker.profile import FIRST_CAP_DBA, OutputProfile

CEILING_DB = -1.0  # of full scale: converters and their filters overshoot
CAP_ROOM_DB = 0.1  # for what straight lines between points add
FALL_DB = 1.0  # dB a cell, 190 dB/s
SLOW_FALL_DB = 3.0 * CELL / RATE  # where it was seen in time: 3 dB/s down and 1 dB/s up, which no ear takes for a pump
RISE_DB = 1.0 * CELL / RATE  # what was held back comes back, and not beside a level that rises
WINDOW = 20  # cells that hold any 100 ms
BEGUN = WINDOW - 1  # cells that a window may reach back behind the one that is looked at
AHEAD = 12  # cells in which the gain falls ahead of need
FALLING = FALL_FRAMES // CELL + 1  # cells in which a level has fallen
AHEAD_FRAMES = (BEGUN + AHEAD) * CELL  # mixed beyond what is rendered
FORESEEN = 768  # cells, 4.1 s: looked ahead for slow falls, as far as the mix has come
FORESEEN_FRAMES = FORESEEN * CELL
_CELL_VALUES = CELL * CHANNELS
_A_MOST = 10 ** (A_MOST_DB / 10)
_CEILING = 10 ** (CEILING_DB / 20)
_NEAR = 10 ** ((CEILING_DB - BETWEEN_DB) / 20)  # sample peaks up to here are no true peaks over the ceiling
_TINY = 1e-30
_LEARN_EACH = 2  # blocks of 85 ms: the spectrum of one of them is looked at, a fifth of what the chain costs
_A_NOISE = NOISE_POWER * float(np.mean(a_power(np.linspace(0.0, RATE / 2, BLOCK))))  # white, A-weighted
_ROUNDING = 0.01  # 0.04 dB


class Limiter:
    """Watches the mix and says by how much it is held back. Holds one ring of cells; the same cells give the same."""

    def __init__(self, profile: OutputProfile, mix: NDArray[np.float32]) -> None:
        """mix: the ring of interleaved mixed samples, RING_FRAMES long, which `watch` reads."""
        self._mix = mix
        self._ceiling_dba = profile.ceiling_dba
        self._is_mono = profile.mono
        self._dba_of_full_scale = profile.full_scale_dba - pink_a_db()
        self._bound = np.zeros(RING_CELLS)  # A-weighted mean square: this or less
        self._heard = np.zeros(RING_CELLS)  # the same as it is estimated
        self._peak = np.zeros(RING_CELLS)  # where it could reach the ceiling; else 0
        self._need = np.zeros(RING_CELLS)  # dB, 0 or less: what the cap and the ceiling will ask of a cell
        self._envelope = GainEnvelope(FALL_DB, SLOW_FALL_DB)
        self._budget = 0.0
        self._a_filter = a_filter()
        self._a_over_difference = a_over_difference()
        self._steps = np.empty(BLOCK * CHANNELS, np.float32)
        self._a_shape = a_power(np.abs(np.fft.fftfreq(BLOCK, 1 / RATE))).astype(np.float32)
        self._window = np.hanning(BLOCK).astype(np.float32)
        self.clear()
        self.set_cap(FIRST_CAP_DBA, 0)

    def clear(self) -> None:
        """Nothing was heard and nothing is held back."""
        for ring in (self._bound, self._heard, self._peak, self._need):
            ring[:] = 0.0
        self._envelope.rest(0, RING_CELLS - 1)
        self._a_ratio = 1.0
        self._excuses: list[tuple[int, float]] = []  # caps that came down of late: cells before this one, their share
        self._watched_to, self._needs_to = 0, 0  # cells
        self._loud_to = -WINDOW  # the cell after the last that came near the cap or the ceiling

    def set_cap(self, cap_dba: float, frame: int) -> float:
        """From `frame` on allow so much, never more than the box's own ceiling; says what is allowed."""
        cap_dba = min(cap_dba, self._ceiling_dba)
        mean_square = 10 ** ((cap_dba - CAP_ROOM_DB - self._dba_of_full_scale) / 10)
        mean_square = max(_TINY, mean_square - _A_NOISE)  # under a low cap, dither is a part of what is heard
        before, self._budget = self._budget, mean_square * RATE / 10 / CELL  # 100 ms, in cells
        if self._budget < before:
            self._excuse(frame // CELL, self._budget / before)
        self._needs_to = min(self._needs_to, frame // CELL)
        self._loud_to = max(self._loud_to, frame // CELL)  # what was calm under another cap need not be so now
        return cap_dba

    @property
    def cap_power(self) -> float:
        """The A-weighted mean square that the cap allows over 100 ms; 1.0 is full scale."""
        return self._budget * CELL / (RATE / 10)

    def _excuse(self, cell: int, share: float) -> None:
        """What sounds under a higher cap, and on its way down from it, counts as under the new one.

        Or it would use up what the next 100 ms may have, and they would be silenced for it.
        """
        late = [(before, part) for before, part in self._excuses if before > cell - BEGUN]
        self._excuses = [*late, (cell + FALLING, share)]
        for first, cells in ((cell - BEGUN, BLOCK // CELL), (cell - BEGUN + BLOCK // CELL, BEGUN - BLOCK // CELL)):
            at = np.arange(first, first + cells) % RING_CELLS
            self._bound[at] = self._excused(first, cells) * self._a_weighted(first * CELL, cells * CELL)

    def _excused(self, cell: int, cells: int) -> NDArray[np.float64]:
        """The share of what these cells hold that counts: a cap may come down again before the last fall is past."""
        shares = np.ones(cells)
        for before, share in self._excuses:
            shares[: max(0, before - cell)] *= share
        return shares

    def watch(self, first: int, frames: int) -> None:
        """Look at mixed frames: whole cells, in one run of the ring."""
        place, cell, cells = first % RING_FRAMES, first // CELL, frames // CELL
        block = self._mix[place * CHANNELS : (place + frames) * CHANNELS]
        by_cell = block.reshape(cells, _CELL_VALUES)
        energy = np.vecdot(by_cell, by_cell).astype(np.float64) / _CELL_VALUES
        at = slice(cell % RING_CELLS, cell % RING_CELLS + cells)
        self._bound[at] = np.minimum(energy * _A_MOST, self._differences(first, block) * self._a_over_difference)
        if first // BLOCK % _LEARN_EACH == 0:
            self._learn_shape(block)
        self._heard[at] = np.minimum(energy * self._a_ratio, self._bound[at])
        if self._may_exceed(cell, cells):
            self._look_closely(first, frames, self._bound[at], self._heard[at])
        self._peak[at] = peaks = self._peaks(block, float(energy.max()))
        if np.max(peaks) > _CEILING:
            self._loud_to = max(self._loud_to, cell + cells)
        self._watched_to = cell + cells
        self._needs_to = min(self._needs_to, cell - BEGUN)

    def _look_closely(self, first: int, frames: int, bound: NDArray[np.float64], heard: NDArray[np.float64]) -> None:
        """The A-weighted energy itself, into these cells of both rings."""
        cell, cells = first // CELL, frames // CELL
        bound[:] = heard[:] = self._a_weighted(first, frames)
        bound *= self._excused(cell, cells)
        if self._may_exceed(cell, cells):
            self._loud_to = max(self._loud_to, cell + cells)

    def is_calm(self, first: int) -> bool:
        """Whether from this frame on, as far as was looked, nothing comes near the cap or the ceiling."""
        cell = first // CELL
        return self._loud_to <= cell - BEGUN and self._envelope.is_up(cell)

    def hold(self, first: int, frames: int, level: Line) -> NDArray[np.float32] | None:
        """Factors at the edges of the cells of these frames; None: nothing is held back. `level`: of what plays."""
        cell, cells = first // CELL, frames // CELL
        if self.is_calm(first):
            self._envelope.rest(cell, cells)
            return None
        bound = cells_of(self._bound, cell - BEGUN, BEGUN + cells + AHEAD_FRAMES // CELL)
        peak = cells_of(self._peak, cell, cells + AHEAD)
        need_db = np.minimum(self._cap_need(cell, bound), _limit_need(peak))
        rise_db = RISE_DB - np.diff(level.over(np.arange(first, first + frames + CELL, CELL)))
        points = self._envelope.ride(cell, need_db, self._foreseen(cell, cells), np.clip(rise_db, 0.0, RISE_DB))
        return np.power(10.0, points / 20.0).astype(np.float32)

    def lower(self, cell: int, fall_db: NDArray[np.float64]) -> None:
        """What was made from `cell` on was lowered by so much, at the edges of its cells."""
        at = np.arange(cell, cell + len(fall_db) - 1) % RING_CELLS
        power = 10 ** (np.maximum(fall_db[:-1], fall_db[1:]) / 10)
        self._bound[at] *= power
        self._heard[at] *= power

    def press(self, cell: int, cells: int) -> NDArray[np.float64]:
        """By how many dB what was made must fall to keep a cap that has come down, at the edges of these cells.

        It is held back so from now on, and comes back as whatever was held back does.
        """
        heard = np.zeros(cells + 2 * BEGUN)
        heard[BEGUN : BEGUN + cells] = cells_of(self._bound, cell, cells) * self._gain_power(cell, cells)
        heard[: BEGUN + FALLING] = 0.0  # taken before, or on its way down: it kept the cap of its time
        share = self._budget / np.maximum(_windows(heard), _TINY)
        need_db = np.minimum(0.0, 10 * np.log10(_least(share)))
        if 10 ** (-need_db.min() / 10) <= 1 + _ROUNDING:
            return np.zeros(cells + 1)
        slope = RISE_DB * np.arange(cells + 1)
        more_db = np.minimum.accumulate(falling_ahead(need_db, FALL_DB) - slope) + slope
        more_db[0] = 0.0
        self._envelope.lower(cell, more_db)
        return np.asarray(more_db)

    def heard_power(self, first_cell: int, cells: int) -> NDArray[np.float64]:
        """10 ^ (dB(A) / 10) at the pillow of cells that were rendered, by estimate."""
        full_scale = 10 ** (self._dba_of_full_scale / 10.0)
        return np.asarray(cells_of(self._heard, first_cell, cells) * self._gain_power(first_cell, cells) * full_scale)

    def _gain_power(self, cell: int, cells: int) -> NDArray[np.float64]:
        """Mean square, over each of these cells, of a gain that is straight between their edges."""
        edges = np.power(10.0, self._envelope.at(cell, cells + 1) / 20.0)
        before, after = edges[:-1], edges[1:]
        return np.asarray((before**2 + before * after + after**2) / 3)

    def _foreseen(self, cell: int, cells: int) -> NDArray[np.float64]:
        """What will be needed, dB, from `cell` on: these cells and what is mixed of the next seconds."""
        first, last = max(cell, self._needs_to), self._watched_to - BEGUN  # whose windows were all looked at
        if last > first:
            bound = cells_of(self._bound, first - BEGUN, last - first + 2 * BEGUN)
            share = self._budget / np.maximum(_windows(bound), _TINY)
            need_db = np.minimum(10 * np.log10(_least(share)), _limit_need(cells_of(self._peak, first, last - first)))
            self._need[np.arange(first, last) % RING_CELLS] = np.minimum(0.0, need_db)
            self._needs_to = last
        known = min(self._needs_to - cell, cells + FORESEEN)
        return np.asarray(cells_of(self._need, cell, known)) if known > 0 else np.zeros(1)

    def _cap_need(self, cell: int, bound: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each cell from `cell` on may have, so that every window that it lies in keeps the budget."""
        share = self._budget / np.maximum(_windows(bound), _TINY)  # of each window's energy
        self._spare(cell, bound, share[:BEGUN])
        return np.asarray(np.minimum(0.0, 10 * np.log10(_least(share))))

    def _spare(self, cell: int, bound: NDArray[np.float64], share: NDArray[np.float64]) -> None:
        """What was heard cannot be changed: a window that has spent more than its share leaves less for the rest.

        So it is where the rest was made again and is louder than what was foreseen.
        """
        heard = bound[:BEGUN] * self._gain_power(cell - BEGUN, BEGUN)
        spent = np.cumsum(heard[::-1])[::-1]
        to_come = np.cumsum(bound[BEGUN : 2 * BEGUN])
        fair = np.minimum(share, 1.0)
        left = (self._budget - spent) / np.maximum(to_come, _TINY)
        over = spent + fair * to_come > self._budget * (1 + _ROUNDING)
        share[over] = np.maximum(left, fair / 16)[over]

    def _may_exceed(self, cell: int, cells: int) -> bool:
        """Whether a window that ends in these cells may hold more than the budget."""
        touched = cells_of(self._bound, cell - BEGUN, cells + BEGUN)
        return bool(touched.sum() > self._budget and _windows(touched).max() > self._budget)

    def _differences(self, first: int, block: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean square of the differences between neighbouring frames, of each cell."""
        steps = self._steps[: len(block)]
        np.subtract(block[CHANNELS:], block[:-CHANNELS], out=steps[CHANNELS:])
        before = (first - 1) % RING_FRAMES * CHANNELS
        steps[:CHANNELS] = block[:CHANNELS] - self._mix[before : before + CHANNELS]
        by_cell = steps.reshape(-1, _CELL_VALUES)
        return np.asarray(np.vecdot(by_cell, by_cell).astype(np.float64) / _CELL_VALUES)

    def _a_weighted(self, first: int, frames: int) -> NDArray[np.float64]:
        """A-weighted mean square of each cell. Left and right are one complex number: one transform filters both."""
        run = np.zeros(2 * TAPS, np.complex64)
        at = 0
        for place, length in spans(first - TAPS, TAPS + frames):
            run[at : at + length] = self._mix[place * CHANNELS : (place + length) * CHANNELS].view(np.complex64)
            at += length
        weighted = np.fft.ifft(np.fft.fft(run) * self._a_filter)[TAPS : TAPS + frames]
        power = weighted.real**2 + weighted.imag**2
        return np.asarray(power.reshape(-1, CELL).sum(axis=1).astype(np.float64) / _CELL_VALUES)

    def _learn_shape(self, block: NDArray[np.float32]) -> None:
        """By how much A weighting lowers what plays. Six times a second: music beats, and a heartbeat has another
        shape.

        A box that plays mono has the same on both sides, and half the work.
        """
        if len(block) < BLOCK * CHANNELS:
            return
        if self._is_mono:
            spectrum = np.fft.rfft(block[::CHANNELS] * self._window)
        else:
            spectrum = np.fft.fft(block.view(np.complex64) * self._window)
        power = spectrum.real**2 + spectrum.imag**2
        a_weighted = float(np.dot(power, self._a_shape[: len(power)]))
        self._a_ratio = a_weighted / max(float(power.sum()), _TINY)

    def _peaks(self, block: NDArray[np.float32], most_energy: float) -> NDArray[np.float32] | float:
        if most_energy * _CELL_VALUES <= _NEAR**2:  # not even if a cell's whole energy lay in one sample
            return 0.0
        near = max(block.max(), -block.min()) > _NEAR
        return true_peaks(block) if near else 0.0


def _windows(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of every WINDOW cells that follow one another."""
    sums = np.cumsum(np.concatenate([[0.0], cells]))
    return np.asarray(sums[WINDOW:] - sums[:-WINDOW])


def _least(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the windows that each cell lies in."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(share, WINDOW).min(axis=1))


def _limit_need(peak: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.minimum(0.0, CEILING_DB - 20 * np.log10(np.maximum(peak, _TINY))))
