"""Takes a constant offset out of a recording: it would thump at each start and stop, and costs headroom.

A first-order high pass (J. O. Smith, Introduction to Digital Filters, "DC Blocker") would turn the phase of every bass
note and cost a loop over samples. This follows the mean of each block instead, and leaves a recording without an offset
alone, to the bit.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import BLOCK, CHANNELS

UNHEARD = 0.002  # -54 dB of full scale: 34 dB under the music; by chance alone a recording's mean strays by half of it
_EACH = 2  # blocks of 85 ms: one of them is measured, which is what this costs
_FOLLOW = 0.08  # of the difference each time: a time constant of 2 s, 0.08 Hz
_PARTS = (1, 4, 8)  # of the first block must agree that there is an offset: a bass note's means have either sign
_MOST = 1.0


class DirectCurrent:
    """The offset of one recording's two channels. One thread."""

    def __init__(self) -> None:
        self._offset: tuple[float, float] | None = None
        self._taken = (0.0, 0.0)  # what was subtracted at the end of the last block
        self._blocks = 0

    def take_out(self, samples: NDArray[np.float32]) -> None:
        """Of the next block, in place. A shorter one is a last one, or the last before a gap."""
        if len(samples) == BLOCK:
            if self._blocks % _EACH == 0:
                self._follow(samples)
            self._blocks += 1
        before, after = self._taken, self._audible()
        if any(before) or any(after):
            line = np.array((*before, after[0] - before[0], after[1] - before[1]), np.float32) @ _LINES
            samples -= line.reshape(-1, CHANNELS)[: len(samples)]
            self._taken = after

    def _follow(self, samples: NDArray[np.float32]) -> None:
        with np.errstate(invalid="ignore"):
            left, right = _first_offset(samples) if self._offset is None else _offset_of(samples)
        if not (-_MOST < left < _MOST and -_MOST < right < _MOST):
            return  # files of floats may hold anything
        if self._offset is None:
            self._offset = left, right
            self._taken = self._audible()
            return
        old_left, old_right = self._offset
        self._offset = old_left + _FOLLOW * (left - old_left), old_right + _FOLLOW * (right - old_right)

    def _audible(self) -> tuple[float, float]:
        """What is worth taking out: nothing of a small offset, and no step where a large one begins to count."""
        if self._offset is None:
            return self._taken
        left, right = self._offset
        return left - min(max(left, -UNHEARD), UNHEARD), right - min(max(right, -UNHEARD), UNHEARD)


def _window(frames: int) -> NDArray[np.float32]:
    window = np.hanning(frames)  # a plain mean takes a part of each low note for an offset
    return np.asarray(window / window.sum(), np.float32)


def _offset_of(samples: NDArray[np.float32]) -> tuple[float, float]:
    left, right = (_WINDOW @ samples).tolist()
    return left, right


def _first_offset(samples: NDArray[np.float32]) -> tuple[float, float]:
    """The least offset that all parts of the first block show; none where they disagree."""
    means = np.concatenate([_part_means(samples, parts) for parts in _PARTS])
    agree = np.abs(np.sign(means).sum(axis=0)) == len(means)
    left, right = np.where(agree, np.sign(means[0]) * np.abs(means).min(axis=0), 0.0)
    return float(left), float(right)


def _part_means(samples: NDArray[np.float32], parts: int) -> NDArray[np.float32]:
    window = _window(BLOCK // parts)
    return np.stack([window @ part for part in np.split(samples, parts)])


def _lines() -> NDArray[np.float32]:
    """Both channels' constant and both channels' rise, interleaved as samples are."""
    shapes = np.stack([np.ones(BLOCK), np.arange(1, BLOCK + 1) / BLOCK])
    return np.concatenate([np.kron(shape, np.eye(CHANNELS)) for shape in shapes]).astype(np.float32)


_WINDOW = _window(BLOCK)
_LINES = _lines()
