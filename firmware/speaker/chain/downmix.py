"""Two channels into one, for a box that plays mono. Knows no gain and no file."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import RATE

Factors = tuple[float, float]  # of left and of right
SUM: Final[Factors] = (0.5, 0.5)
LEFT: Final[Factors] = (1.0, 0.0)
RIGHT: Final[Factors] = (0.0, 1.0)
GONE, BACK = 10 ** (-9 / 10), 10 ** (-6 / 10)  # of the mean of both channels: the sum is given up, and taken again
MEMORY_S = 0.1  # how far back it listens; a wave of 20 Hz has two turns in it


class Downmix:
    """Folds the samples of one play, run after run in the order in which they play.

    With the factors that were measured for its track it keeps to them. Without, it adds up both sides as long as they
    do not cancel each other out, and plays the louder one while they do: a track that nobody measured must not be
    silent.
    """

    def __init__(self, factors: Factors | None) -> None:
        self._factors = factors or SUM
        self._listens = factors is None
        self._heard = np.zeros(3)  # energy of left, of right, and what they have in common

    def fold(self, samples: NDArray[np.float32]) -> None:
        """Both channels of these frames become the one, in place."""
        left, right = samples[:, 0], samples[:, 1]
        before = self._factors
        if self._listens and len(samples):
            self._factors = self._sought(left, right)
        left *= _way(before[0], self._factors[0], len(samples))
        right *= _way(before[1], self._factors[1], len(samples))
        left += right
        right[:] = left

    def _sought(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> Factors:
        self._heard *= np.exp(-len(left) / (MEMORY_S * RATE))
        self._heard += (np.dot(left, left), np.dot(right, right), np.dot(left, right))
        of_left, of_right, common = self._heard
        both, added = (of_left + of_right) / 2, (of_left + of_right + 2 * common) / 4
        if added > both * BACK or both == 0.0:
            return SUM
        if added >= both * GONE:
            return self._factors
        return LEFT if of_left >= of_right else RIGHT


def _way(before: float, after: float, frames: int) -> np.float32 | NDArray[np.float32]:
    """From one factor to another over a whole run, so that nothing clicks."""
    return np.float32(after) if before == after else np.linspace(before, after, frames, dtype=np.float32)
