"""What came out at the sink: 16-bit stereo at 48 kHz, as SDL's disk driver writes it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
BYTES_PER_FRAME = 4


def frames(path: Path) -> NDArray[np.int16]:
    """All frames written so far, shape (n, 2)."""
    if not path.exists():
        return np.zeros((0, 2), np.int16)
    raw = path.read_bytes()
    whole = len(raw) // BYTES_PER_FRAME * BYTES_PER_FRAME
    return np.frombuffer(raw[:whole], np.int16).reshape(-1, 2)


def count(path: Path) -> int:
    """How many frames were written so far."""
    return path.stat().st_size // BYTES_PER_FRAME if path.exists() else 0


def last_sound(path: Path) -> int:
    """The number of the last frame that is not silent (dither of one step counts as silence); -1: none."""
    loud = np.flatnonzero(np.abs(frames(path)).max(axis=1, initial=0) > 2)
    return int(loud[-1]) if len(loud) else -1
