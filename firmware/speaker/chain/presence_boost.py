"""The presence shelf: +6 dB from 2 to 4 kHz, for ears that have lost them. Knows no gain."""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import CHANNELS, RATE, RING_FRAMES, spans
from firmware.speaker.chain.minimum_phase import minimum_phase

LIFT_DB = 6.0
LOWER_HZ, UPPER_HZ = 2000.0, 4000.0  # full lift between them; it begins and ends half an octave outside
TAPS = 512
_SKIRT_OCTAVES = 0.5


def lift_db(hz: NDArray[np.floating]) -> NDArray[np.float64]:
    """The curve that is asked for: a plateau with skirts that are raised cosines in octaves."""
    octaves = np.log2(np.maximum(hz, 1.0))
    below = np.clip((octaves - np.log2(LOWER_HZ) + _SKIRT_OCTAVES) / _SKIRT_OCTAVES, 0.0, 1.0)
    above = np.clip((np.log2(UPPER_HZ) + _SKIRT_OCTAVES - octaves) / _SKIRT_OCTAVES, 0.0, 1.0)
    return np.asarray(LIFT_DB * 0.25 * (1 - np.cos(np.pi * below)) * (1 - np.cos(np.pi * above)))


class Presence:
    """A filter of least phase over the mix. Keeps what it read, so that any frame can be made again."""

    def __init__(self) -> None:
        self._read = np.zeros(RING_FRAMES, np.complex64)
        self._spectra: dict[int, NDArray[np.complex64]] = {}

    def clear(self) -> None:
        """What follows begins from silence."""
        self._read[:] = 0.0

    def lift(self, first: int, mix: NDArray[np.float32]) -> None:
        """Filter mixed frames in place. Left and right are one complex number: one transform filters both."""
        frames = len(mix) // CHANNELS
        place = first % RING_FRAMES
        self._read[place : place + frames] = mix.view(np.complex64)
        size = 1 << (TAPS + frames - 1).bit_length()
        run = np.zeros(size, np.complex64)
        at = 0
        for begin, length in spans(first - TAPS, TAPS + frames):
            run[at : at + length] = self._read[begin : begin + length]
            at += length
        lifted = np.fft.ifft(np.fft.fft(run) * self._spectrum(size))[TAPS : TAPS + frames]
        mix[:] = lifted.astype(np.complex64).view(np.float32)

    def _spectrum(self, size: int) -> NDArray[np.complex64]:
        if size not in self._spectra:
            self._spectra[size] = np.fft.fft(_impulse(), size).astype(np.complex64)
        return self._spectra[size]


def _impulse() -> NDArray[np.float64]:
    points = 16 * TAPS
    decibels = lift_db(np.fft.rfftfreq(points, 1 / RATE))
    return minimum_phase(decibels)[:TAPS]
