"""Decks into 16-bit samples: gain, sum, limit, dither, rounding. Knows no device, no clock and no command."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.deck import Deck
from firmware.speaker.gain import GRID
from firmware.speaker.ring import CHANNELS, PERIOD, PIECE_FRAMES

FULL_SCALE = 32_767.0
_CEILING = FULL_SCALE - 1  # leaves one step for dither
_DITHER_VALUES = 32_768
_DITHER_RUN = PERIOD * CHANNELS  # values that share one place in the table


class Renderer:
    """Renders runs of frames into a ring. Holds scratch space only: the same frames always come out the same."""

    def __init__(self) -> None:
        self._mix = np.empty(PIECE_FRAMES * CHANNELS, np.float32)
        self._part = np.empty(PIECE_FRAMES * CHANNELS, np.float32)
        self._slope = np.repeat(np.arange(GRID, dtype=np.float32) / GRID, CHANNELS)
        # Triangular, one step either way. Drawn once: fresh numbers cost three times the rest of a render.
        random = np.random.default_rng(20_240_229)
        self._dither = (random.random(_DITHER_VALUES) - random.random(_DITHER_VALUES)).astype(np.float32)

    def render(self, decks: Sequence[Deck], first: int, frames: int, out: NDArray[np.int16]) -> None:
        """Write `frames` (at most PIECE_FRAMES) from the ring frame `first` into `out`, interleaved.

        `first` lies on a period; what the decks need is decoded. Where no deck sounds `out` is exactly zero.
        """
        last = min(first + frames, max((deck.end for deck in decks), default=first))
        values = max(0, last - first) * CHANNELS
        out[values:] = 0
        if not values:
            return
        mix = self._mix[:values]
        mix[:] = 0.0
        for deck in decks:
            self._add(deck, first, last, mix)
        _limit(mix)
        self._add_dither(first, mix)
        np.rint(mix, out=mix)
        np.copyto(out[:values], mix, casting="unsafe")

    def _add(self, deck: Deck, first: int, last: int, mix: NDArray[np.float32]) -> None:
        begin, end = max(first, deck.start), min(last, deck.end)
        if begin >= end:
            return
        samples = deck.samples(begin, end - begin)
        part = self._part[: len(samples)]
        gain = deck.gains.amplitudes(begin, end - begin)
        if isinstance(gain, float):
            np.multiply(samples, np.float32(gain * FULL_SCALE), out=part)
        else:
            np.multiply(samples, self._curve(gain * np.float32(FULL_SCALE))[: len(samples)], out=part)
        at = (begin - first) * CHANNELS
        mix[at : at + len(part)] += part

    def _curve(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        curve = np.multiply.outer(np.diff(points), self._slope)
        curve += points[:-1, np.newaxis]
        return curve.reshape(-1)

    def _add_dither(self, first: int, mix: NDArray[np.float32]) -> None:
        for at in range(0, len(mix), _DITHER_RUN):
            run = mix[at : at + _DITHER_RUN]
            # A multiplicative hash of the period's number: no tone from a table that comes round.
            period = (first + at // CHANNELS) // PERIOD
            place = (period * 2_654_435_761 >> 8) % (_DITHER_VALUES - _DITHER_RUN)
            run += self._dither[place : place + len(run)]


def _limit(mix: NDArray[np.float32]) -> None:
    """Keep every value within 16 bits, and a decoder's NaN out: it would be cast to a bang.

    The cap and the limiter belong here: last of the gains, before dither.
    """
    peak = max(mix.max(), -mix.min())
    if peak <= _CEILING:
        return
    np.nan_to_num(mix, copy=False, nan=0.0)
    np.clip(mix, -_CEILING, _CEILING, out=mix)
