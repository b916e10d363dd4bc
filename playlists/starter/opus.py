"""Samples to Ogg Opus in memory and back, through libsndfile; knows no folder."""

import io

import numpy as np
import soundfile

from playlists.starter.level import HIGHEST_TRUE_PEAK_DB, TARGET_LUFS, TOLERANCE_LU, Loudness, eased, measure
from playlists.starter.sound import RATE, Samples

COMPRESSION = 0.72  # libsndfile's scale; near 140 kbit/s for stereo, past telling from the original
WRITE_FRAMES = 10 * RATE  # libsndfile's Opus writer overflows its stack on a whole track at once


def encode(sound: Samples) -> bytes:
    """One Ogg Opus file."""
    held = io.BytesIO()
    with soundfile.SoundFile(held, "w", RATE, 2, format="OGG", subtype="OPUS", compression_level=COMPRESSION) as file:
        for start in range(0, len(sound), WRITE_FRAMES):
            file.write(sound[start : start + WRITE_FRAMES])
    return held.getvalue()


def decode(contents: bytes) -> Samples:
    """The samples that a player will hear, always in two columns."""
    sound, _rate = soundfile.read(io.BytesIO(contents), dtype="float32", always_2d=True)
    return np.asarray(sound, dtype=np.float32)


def encode_at_target(sound: Samples) -> tuple[bytes, float, Loudness]:
    """A file that is at the target after decoding, its length in seconds and what was measured of it.

    Opus changes the level a little; only where that takes it out of tolerance is it corrected and encoded again.
    """
    contents = encode(sound)
    heard = decode(contents)
    loudness = measure(heard)
    off_lu = TARGET_LUFS - loudness.lufs
    if abs(off_lu) > TOLERANCE_LU / 2 or loudness.true_peak > HIGHEST_TRUE_PEAK_DB:
        contents = encode(eased(sound * np.float32(10 ** (off_lu / 20))))
        heard = decode(contents)
        loudness = measure(heard)
    return contents, len(heard) / RATE, loudness
