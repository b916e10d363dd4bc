"""Lays what is made into the ring that the device reads, so that no seam is heard, however late it comes.

What is made again goes on from what lies there, at the frame where it begins. Two things may break that. The device
took this frame before the new sound was laid: so it begins at the first frame that is still free, and crosses over
from what lies there. Or the device comes to the end of what was laid before there is more: so that end crosses over to
what lies behind it, and is put right when there is more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.fall import multiply
from firmware.speaker.chain.frames import BLOCK, CELL, CHANNELS, RATE, RING_FRAMES, spans
from firmware.speaker.player.output import Output
from firmware.speaker.player.ring import whole_periods

Pcm = NDArray[np.int16]

SEAM_FRAMES = RATE // 200  # 5 ms: adds no step that the music does not have (tests/sound/test_ring_writer.py)
NEAR_FRAMES = RATE  # what lies a second ahead is not overtaken while a block is made
_seam = np.repeat(np.arange(1, SEAM_FRAMES + 1, dtype=np.float32) / (SEAM_FRAMES + 1), CHANNELS)


@dataclass(slots=True)
class Tally:
    """What went wrong, counted up; outlives an engine."""

    late_rewrites: int = 0
    buffer_underruns: int = 0


class Eased:
    """The end of what was laid: it crosses over to what lay in its place, since what lies behind goes on from that."""

    def __init__(self) -> None:
        self.frame = -1  # where it ends; -1: nowhere
        self._laid: Pcm = np.zeros(0, np.int16)
        self._ring = self._laid

    @classmethod
    def lay(cls, frame: int, ring: Pcm, before: Pcm) -> "Eased":
        """Ease the last frames before `frame`, which lie in `ring` as they were made."""
        eased = cls()
        eased.frame, eased._ring, eased._laid = frame, ring, ring.copy()
        _cross(ring, before, ring)
        return eased

    def put_right(self) -> None:
        """More goes on from here: let it be as it was made."""
        self._ring[:] = self._laid


class RingWriter:
    """The ring of one output. One thread calls everything."""

    def __init__(self, output: Output, tally: Tally) -> None:
        self._output = output
        self._tally = tally
        self._scratch: Pcm = np.zeros(BLOCK * CHANNELS, np.int16)
        self._loops = False
        self._seam = False  # what is laid next does not go on from what lies before it
        self._end = Eased()
        self.sounds_until = 0  # a change that came late: up to this frame the ring goes over to it, whatever it says

    def begin(self) -> None:
        """Loop the ring from its first frame. Raises DeviceError."""
        self._output.begin()
        self._loops = True

    def halt(self) -> None:
        """Stop looping; the ring is silent."""
        self._output.halt()
        self._output.ring[:] = 0
        self._loops = self._seam = False
        self._end = Eased()
        self.sounds_until = 0

    def break_off(self) -> None:
        """The device overtook what was written; what is written next lies elsewhere."""
        self._tally.buffer_underruns += 1
        self._seam = True

    def write(self, first: int, frames: int, make: Callable[[Pcm], None]) -> None:
        """Have `make` fill these frames, at most a block that lies in one run of the ring."""
        self._seam |= first < self.sounds_until  # what lies there is on its way from what the device had
        place = first % RING_FRAMES * CHANNELS
        ring = self._output.ring[place : place + frames * CHANNELS]
        before = ring[-len(_seam) :].copy()
        made = ring if self._is_far(first) else self._scratch[: len(ring)]
        make(made)
        late = self._go_on(first) * CHANNELS
        if late >= len(ring):
            return
        if self._seam:
            self.sounds_until = first + late // CHANNELS + SEAM_FRAMES
        if made is not ring:
            self._lay(made[late:], ring[late:])
        self._end = Eased.lay(first + frames, ring[-len(_seam) :], before)

    def lower(self, frame: int, points: NDArray[np.float32]) -> None:
        """Multiply what was written by these factors at the edges of its cells, the first of which are at `frame`."""
        late = self._late_frames(frame, self._taken())
        if late:
            points[: late // CELL + 1] = 1.0  # from what lies there, over one cell
            self.sounds_until = frame + (late // CELL + 1) * CELL
        multiply(self._output.ring, frame, points)

    def zero(self, first: int, frames: int, hear: Callable[[int, Pcm], None]) -> None:
        """Silence what was heard, told to `hear` (place in the ring, samples) before it is gone."""
        for place, length in spans(first, min(frames, RING_FRAMES)):
            ring = self._output.ring[place * CHANNELS : (place + length) * CHANNELS]
            hear(place, ring)
            ring[:] = 0

    def _is_far(self, first: int) -> bool:
        """Whether this may be made where it will lie: the device does not come to it meanwhile."""
        return not self._loops or (not self._seam and first - self._output.mixed_frames() >= NEAR_FRAMES)

    def _go_on(self, first: int) -> int:
        """Put the end before this frame right, if it can still be; how many frames from here on are too late."""
        if not self._loops:
            return 0
        taken = self._taken()  # looked at once: what comes on between two looks would be in neither
        late = self._late_frames(first, taken)
        is_taken = self._end.frame == first and taken >= first
        if late or is_taken:
            self._tally.late_rewrites += 1
            self._seam = True
        elif self._end.frame == first:
            self._end.put_right()
        return late

    def _late_frames(self, first: int, taken: int) -> int:
        """How many frames from `first` on the device has, or is about to have; 0 where it has not come so far."""
        return max(0, self._output.first_free_frame() - first) if taken > first else 0

    def _taken(self) -> int:
        return whole_periods(self._output.mixed_frames())

    def _lay(self, made: Pcm, ring: Pcm) -> None:
        if self._seam:
            _cross(ring, made, made)
            self._seam = False
        ring[:] = made


def _cross(leaving: Pcm, entering: Pcm, out: Pcm) -> None:
    """From one into the other, over the seam at the front; `out` may be one of the two."""
    size = len(_seam)
    out[:size] = np.rint(leaving[:size] * (1 - _seam) + entering[:size] * _seam)
