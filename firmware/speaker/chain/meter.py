"""How loud it was at the pillow: mean of the energy and the loudest 400 ms of one play. Knows no samples.

400 ms is the momentary window of ITU-R BS.1770-4. Its weight is A and not K: the number is to be what a level meter at
the pillow would show.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import CELL, RATE

WINDOW_CELLS = 75  # 400 ms
STEP_CELLS = 15  # 80 ms
SILENT_DBA = 0.0  # under this nothing is told apart


class Meter:
    """Takes the A-weighted mean square of each cell that was heard, in dB(A) as power."""

    def __init__(self) -> None:
        self._rest: NDArray[np.float64] = np.zeros(0)
        self._steps: list[float] = []
        self.clear()

    def clear(self) -> None:
        """Begin again."""
        self._rest = np.zeros(0)
        self._steps = [0.0] * (WINDOW_CELLS // STEP_CELLS)
        self._energy = 0.0
        self._cells = 0
        self._loudest = 0.0

    def take(self, power: NDArray[np.float64]) -> None:
        """Cells in order; `power` is 10 ^ (dB(A) / 10) of each."""
        self._energy += float(power.sum())
        self._cells += len(power)
        power = np.concatenate([self._rest, power])
        whole = len(power) // STEP_CELLS
        for step in power[: whole * STEP_CELLS].reshape(whole, STEP_CELLS).sum(axis=1):
            self._steps = [*self._steps[1:], float(step)]
            self._loudest = max(self._loudest, sum(self._steps))
        self._rest = power[whole * STEP_CELLS :]

    @property
    def seconds(self) -> float:
        """How much was taken."""
        return self._cells * CELL / RATE

    @property
    def mean_dba(self) -> float:
        """Of the energy, over everything taken."""
        return _dba(self._energy / max(1, self._cells))

    @property
    def max_dba(self) -> float:
        """Of the loudest 400 ms."""
        return max(self.mean_dba, _dba(self._loudest / WINDOW_CELLS))


def _dba(power: float) -> float:
    return max(SILENT_DBA, 10 * float(np.log10(max(power, 1.0))))
