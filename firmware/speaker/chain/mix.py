"""Decks into one ring of mixed samples, each with its gains. Knows no cap, no command and no device."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.deck import Deck
from firmware.speaker.chain.frames import BLOCK, CELL, CHANNELS, RING_FRAMES
from firmware.speaker.chain.presence_boost import Presence

Samples = NDArray[np.float32]


class Mix:
    """The ring of mixed samples, interleaved, and scratch space: the same frames always come out the same."""

    def __init__(self, presence: Presence | None) -> None:
        self.ring: Samples = np.zeros(RING_FRAMES * CHANNELS, np.float32)
        self._presence = presence
        self._part = np.empty(BLOCK * CHANNELS, np.float32)
        self._slope = np.repeat(np.arange(CELL, dtype=np.float32) / CELL, CHANNELS)

    def clear(self) -> None:
        """Forget what was mixed: what follows begins from silence."""
        self.ring[:] = 0.0
        if self._presence:
            self._presence.clear()

    def make(self, decks: Sequence[Deck], first: int, frames: int) -> None:
        """Mix whole cells, at most a block, in one run of the ring; what the decks need is decoded."""
        mix = self.run(first, frames)
        sounding = [deck for deck in decks if deck.start < first + frames and deck.end > first]
        if len(sounding) != 1 or not self._alone(sounding[0], first, mix):
            mix[:] = 0.0
            for deck in sounding:
                self._add(deck, first, frames, mix)
        if self._presence:
            self._presence.lift(first, mix)

    def run(self, first: int, frames: int) -> Samples:
        """These frames of the ring, interleaved; they lie in one run."""
        place = first % RING_FRAMES * CHANNELS
        return self.ring[place : place + frames * CHANNELS]

    def curve(self, points: Samples) -> Samples:
        """One factor a value, straight between points at the edges of cells."""
        curve = np.multiply.outer(np.diff(points), self._slope)
        curve += points[:-1, np.newaxis]
        return curve.reshape(-1)

    def _alone(self, deck: Deck, first: int, mix: Samples) -> bool:
        """The usual case, without a sum: one deck that fills all of it."""
        if deck.start > first or deck.end < first + len(mix) // CHANNELS:
            return False
        self._times_gain(deck, first, deck.samples(first, len(mix) // CHANNELS), mix)
        return True

    def _add(self, deck: Deck, first: int, frames: int, mix: Samples) -> None:
        begin, end = max(first, deck.start), min(first + frames, deck.end)
        samples = deck.samples(begin, end - begin)
        part = self._part[: len(samples)]
        self._times_gain(deck, begin, samples, part)
        at = (begin - first) * CHANNELS
        mix[at : at + len(part)] += part

    def _times_gain(self, deck: Deck, begin: int, samples: Samples, out: Samples) -> None:
        gain = deck.gains.amplitudes(begin, len(samples) // CHANNELS)
        if isinstance(gain, float):
            np.multiply(samples, np.float32(gain), out=out)
        else:
            np.multiply(samples, self.curve(gain)[: len(samples)], out=out)
