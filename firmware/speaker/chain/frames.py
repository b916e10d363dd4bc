"""Frames, blocks, cells and their place in a ring. Knows no sound.

A frame is two samples, left and right, interleaved. A cell is the smallest span of frames that anything is decided for.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

RATE = 48_000  # frames a second; what comes at another rate is converted when it is decoded
CHANNELS = 2
CELL = 256  # frames, 5.3 ms: gains are exact at its edges and straight in between
BLOCK = 4096  # frames mixed or rendered at once
RING_FRAMES = 409_600  # 8.5 s: what is kept of decoded, mixed and rendered frames; whole blocks and periods
RING_CELLS = RING_FRAMES // CELL


def spans(first: int, frames: int, size: int = RING_FRAMES) -> Iterator[tuple[int, int]]:
    """The one or two contiguous (place, length) of these frames in a ring of `size`."""
    place = first % size
    head = min(frames, size - place)
    if head > 0:
        yield place, head
    if frames > head:
        yield 0, frames - head


def cells_of(ring: NDArray[np.float64], first: int, count: int) -> NDArray[np.float64]:
    """`count` cells of a ring of RING_CELLS from cell `first` on; a view where they lie in one run."""
    runs = [ring[place : place + length] for place, length in spans(first, count, RING_CELLS)]
    return runs[0] if len(runs) == 1 else np.concatenate([ring[:0], *runs])
