"""Pink noise of a known loudness, for a meter to read. Arithmetic and a WAV file; knows no speaker and no box."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import RATE
from firmware.speaker.chain.weighting import REFERENCE_LUFS, k_power

LENGTH_S = 60
LOWEST_HZ, HIGHEST_HZ = 20.0, 20_000.0
SEED = 1770
_LOUDNESS_OFFSET_LU = -0.691  # ITU-R BS.1770-4, annex 1: what is added to the K-weighted power of both channels


def pink_noise(*, mono: bool) -> NDArray[np.float32]:
    """A minute at exactly -20 LUFS, 48 kHz, frames by 2, the same at each call; its end runs on into its beginning.

    mono: both channels are one. A box that plays the mean of both would make 3 dB less of independent ones, and what it
    was taken for would be too soft: most music is much alike on both sides, and would be louder than its level says.
    """
    frames = RATE * LENGTH_S
    hz = np.arange(frames // 2 + 1) / LENGTH_S
    inside = (hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ)
    magnitude = _magnitude(hz[inside], frames)
    chance = np.random.default_rng(SEED)
    channels = [_channel(frames, inside, magnitude, chance) for _ in range(1 if mono else 2)]
    return np.stack([channels[0], channels[-1]], axis=1)


def write_wav(path: Path, samples: NDArray[np.float32]) -> None:
    """16 bit; undithered, since noise is its own dither. Raises OSError."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(samples * 32768).astype("<i2").tobytes())


def _magnitude(hz: NDArray[np.float64], frames: int) -> NDArray[np.float32]:
    """Of each line of the spectrum: equal power in each octave, as loud as it has to be."""
    power = 1 / hz
    # By Parseval's theorem the mean square of a channel is 2/N^2 times the sum over its lines; there are two channels.
    weighted = 2 * 2 / frames**2 * float(np.sum(power * k_power(hz)))
    wanted = 10 ** ((REFERENCE_LUFS - _LOUDNESS_OFFSET_LU) / 10)
    return np.sqrt(power * (wanted / weighted)).astype(np.float32)


def _channel(
    frames: int, inside: NDArray[np.bool_], magnitude: NDArray[np.float32], chance: np.random.Generator
) -> NDArray[np.float32]:
    """Each line at its magnitude and a phase by chance; in single precision, or a small Pi's memory would be short."""
    spectrum = np.zeros(len(inside), np.complex64)
    phase = chance.random(len(magnitude), np.float32) * np.float32(2 * np.pi)
    spectrum[inside] = magnitude * np.exp(np.complex64(1j) * phase)
    return np.fft.irfft(spectrum, frames).astype(np.float32, copy=False)
