"""A gain that rides under what it must not exceed: falls slowly ahead of need, rises slowly. Knows no sound.

Points lie at the edges of cells. A cell's need holds at both its edges, so that a gain that is straight between them
keeps it everywhere. A need that was seen seconds before is met by a slow fall; one that was not, by a steep one.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import RING_CELLS, cells_of

Db = NDArray[np.float64]


class GainEnvelope:
    """One gain line, in dB from 0 down, remembered for a whole ring so that any of it can be made again."""

    def __init__(self, fall_db: float, slow_fall_db: float) -> None:
        """dB a cell: the steepest fall, and the fall while there is time for it. A need that is seen too late is met
        all the same, within one cell."""
        self._fall_db = fall_db
        self._slow_fall_db = slow_fall_db
        self._points = np.zeros(RING_CELLS)

    def ride(self, first: int, need_db: Db, foreseen_db: Db, rise_db: Db) -> Db:
        """Points at the edges of the cells from cell `first` on; the point at `first` stays where it was.

        rise_db: the steepest rise in each of these cells. Needs are 0 or less: `need_db` must be kept, for these cells
        and some after them; `foreseen_db` is what will be needed, for these and as many as were looked at.
        """
        cells = len(rise_db)
        must = falling_ahead(need_db, self._fall_db)[: cells + 1]
        may = np.minimum(must, falling_ahead(foreseen_db, self._slow_fall_db)[: cells + 1])
        points = np.empty(cells + 1)
        points[0] = point = self._points[first % RING_CELLS]
        for cell, (most, wanted, rise) in enumerate(zip(must[1:], may[1:], rise_db, strict=True), 1):
            point = min(most, max(wanted, point - self._slow_fall_db), point + rise)
            points[cell] = point
        self._points[np.arange(first, first + cells + 1) % RING_CELLS] = points
        return points

    def lower(self, first: int, more_db: Db) -> None:
        """Hold back so much more at the edges of the cells from cell `first` on."""
        self._points[np.arange(first, first + len(more_db)) % RING_CELLS] += more_db

    def at(self, first: int, cells: int) -> Db:
        """Points as they were made, at the first edges of `cells` cells."""
        return cells_of(self._points, first, cells)

    def is_up(self, first: int) -> bool:
        """Whether nothing is held back at the first edge of this cell."""
        return bool(self._points[first % RING_CELLS] == 0.0)

    def rest(self, first: int, cells: int) -> None:
        """Nothing is held back in these cells: the same as riding under no need from 0, at no cost."""
        place = first % RING_CELLS
        self._points[place : place + cells + 1] = 0.0
        if place + cells >= RING_CELLS:
            self._points[0] = 0.0


def falling_ahead(need_db: Db, fall_db: float) -> Db:
    """At each cell's first edge (and the last one's second): low enough to meet what comes with this fall a cell."""
    points = np.append(need_db, need_db[-1])
    np.minimum(points[1:], need_db, out=points[1:])
    slope = fall_db * np.arange(len(points))
    return np.asarray(np.minimum.accumulate((points + slope)[::-1])[::-1] - slope)
