"""A gain that rides under what it must not exceed: falls ahead of need, rises slowly. Knows no sound.

Points lie at the edges of cells. A cell's need holds at both its edges, so that a gain that is straight between them
keeps it everywhere.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import RING_CELLS, cells_of

Db = NDArray[np.float64]


class Rider:
    """One gain line, in dB from 0 down, remembered for a whole ring so that any of it can be made anew."""

    def __init__(self, fall_db: float) -> None:
        """fall_db: the steepest fall, dB a cell. A need seen too late is met all the same, within one cell."""
        self._fall_db = fall_db
        self._points = np.zeros(RING_CELLS)

    def ride(self, first: int, need_db: Db, rise_db: Db) -> Db:
        """Points at the edges of the cells from cell `first` on; the point at `first` stays where it was.

        rise_db: the steepest rise in each of these cells; need_db: 0 or less, for these and as many as can be seen
        after them.
        """
        cells = len(rise_db)
        points = np.zeros(len(need_db) + 1)
        points[:-1] = need_db
        np.minimum(points[1:], need_db, out=points[1:])
        points[0] = self._points[first % RING_CELLS]
        points = self._falling_ahead(points)[: cells + 1]
        risen = np.concatenate([[0.0], np.cumsum(rise_db)])
        points = np.asarray(np.minimum.accumulate(points - risen) + risen)
        self._points[np.arange(first, first + cells + 1) % RING_CELLS] = points
        return points

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

    def _falling_ahead(self, points: Db) -> Db:
        now, slope = points[0], self._fall_db * np.arange(len(points))
        points = np.minimum.accumulate((points + slope)[::-1])[::-1] - slope
        points[0] = now
        return points
