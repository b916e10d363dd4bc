"""Holds what the device took against what the tracks hold: silence that no track has is a fault of ours. Knows no mix.

A box that says that it plays and is silent is the worst that a patient can be told. So the end of the chain, the very
samples that were taken, is compared with its beginning, the tracks as they were decoded and their gains. Everything in
between (mix, mono, cap, ring, zeroing) may be wrong without being believed.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.dither import FULL_SCALE
from firmware.speaker.chain.frames import CELL, CHANNELS, RATE, RING_CELLS, cells_of, spans

UNEXPLAINED_S = 2.0  # longer than any gap that a listener takes for a part of the music
BELOW = 10 ** (-20 / 10)  # power: so far under its track it is silence; no cap and no mono sum takes as much for long
LEAST = (4.0 / FULL_SCALE) ** 2  # mean square: what is softer drowns in dither, and nobody hears it
_CELL_VALUES = CELL * CHANNELS


class SilenceWatch:
    """Takes what is expected when it is rendered, and what was heard when it was taken. One thread."""

    def __init__(self) -> None:
        self._expected = np.zeros(RING_CELLS)
        self._silent_cells = 0

    def clear(self) -> None:
        """Nothing is expected: what follows begins again."""
        self._expected[:] = 0.0
        self._silent_cells = 0

    def expect(self, first: int, frames: int, power: float) -> None:
        """These frames (whole cells) ought to sound: mean square over them, 1.0 is full scale."""
        for place, length in spans(first // CELL, frames // CELL, RING_CELLS):
            self._expected[place : place + length] = power

    def lower(self, first: int, factors: NDArray[np.float32]) -> None:
        """From this frame on what is expected falls: amplitudes at the edges of its cells."""
        power = np.minimum(factors[:-1], factors[1:]).astype(np.float64) ** 2
        self._expected[np.arange(first // CELL, first // CELL + len(power)) % RING_CELLS] *= power

    def hear(self, first: int, samples: NDArray[np.int16]) -> None:
        """What the device took from a frame on: interleaved, whole cells."""
        by_cell = samples.reshape(-1, _CELL_VALUES).astype(np.float32)
        heard = np.vecdot(by_cell, by_cell) / (_CELL_VALUES * FULL_SCALE**2)
        expected = cells_of(self._expected, first // CELL, len(by_cell))
        due = expected > LEAST
        sounding = np.flatnonzero(due & (heard >= BELOW * expected))
        if len(sounding):
            self._silent_cells = 0
            due[: sounding[-1] + 1] = False
        self._silent_cells += int(np.count_nonzero(due))

    @property
    def unexplained_s(self) -> float:
        """Seconds of silence up to now in which a track ought to have sounded; the track's own rests do not count."""
        return self._silent_cells * CELL / RATE
