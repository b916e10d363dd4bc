"""What was made and is to be softer falls at once where it lies, long before all of it is made again. Knows no deck.

A player that waits for a processor may come to nothing more for seconds, while the device plays what the ring holds. So
whatever lowers the sound lowers the ring first. Never the other way: what is to be louder is made again.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import BLOCK, CELL, CHANNELS, RING_CELLS, cells_of, spans
from firmware.speaker.chain.gain import SILENT_DB

Db = NDArray[np.float64]

NOTHING_DB = 2 * SILENT_DB  # where no deck sounds
_slope = np.repeat(np.arange(CELL, dtype=np.float32) / CELL, CHANNELS)


class Made:
    """At how many dB each cell of the ring was made, at its first edge: as `Gains.standing` says, of the loudest."""

    def __init__(self) -> None:
        self._db = np.full(RING_CELLS, NOTHING_DB)
        self.end = 0  # the frame up to which something was made

    def clear(self) -> None:
        """Nothing was made."""
        self._db[:] = NOTHING_DB
        self.end = 0

    def make(self, first: int, db: Db) -> None:
        """Cells from this frame on, one value for each."""
        at = 0
        for place, length in spans(first // CELL, len(db), RING_CELLS):
            self._db[place : place + length] = db[at : at + length]
            at += length
        self.end = max(self.end, first + len(db) * CELL)

    def fall(self, first: int, allowed_db: Db) -> Db:
        """dB, 0 or less, at the edges of the cells from this frame on: it is remembered that they were lowered by it.

        allowed_db: at these edges, one more than there are cells.
        """
        made_db = cells_of(self._db, first // CELL, len(allowed_db) - 1)
        made_db = np.append(made_db, made_db[-1:])
        fall_db = np.minimum(allowed_db - made_db, 0.0)
        fall_db[0] = 0.0  # what was taken before it stands there
        if fall_db.any():
            fall_db[1:][made_db[1:] <= NOTHING_DB] = NOTHING_DB
            self.make(first, (made_db + fall_db)[:-1])
        return fall_db


def factors(fall_db: Db) -> NDArray[np.float32]:
    """Amplitudes, 0 where it is silent."""
    amplitudes = np.power(10.0, fall_db / 20.0)
    amplitudes[fall_db <= SILENT_DB] = 0.0
    return amplitudes.astype(np.float32)


def multiply(ring: NDArray[np.int16], first: int, points: NDArray[np.float32]) -> None:
    """Multiply the ring's interleaved samples in place, straight between points at the edges of the cells."""
    at, cells = 0, len(points) - 1
    while at < cells:
        place, frames = next(spans(first + at * CELL, min(BLOCK, (cells - at) * CELL)))
        count = frames // CELL
        _multiply_run(ring[place * CHANNELS : (place + frames) * CHANNELS], points[at : at + count + 1])
        at += count


def _multiply_run(samples: NDArray[np.int16], points: NDArray[np.float32]) -> None:
    steady = bool(np.all(points == points[0]))
    if steady and points[0] == 0.0:
        samples[:] = 0
        return
    product = np.multiply(samples, points[0] if steady else _curve(points), dtype=np.float32)
    np.copyto(samples, np.rint(product, out=product), casting="unsafe")


def _curve(points: NDArray[np.float32]) -> NDArray[np.float32]:
    curve = np.multiply.outer(np.diff(points), _slope)
    curve += points[:-1, np.newaxis]
    return curve.reshape(-1)
