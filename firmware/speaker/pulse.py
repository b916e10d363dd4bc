"""The player's heartbeat: a page that it writes and the bedside process reads, at the cost of a memory access.

A message would wake the other side five times a second, which costs more than the sound's own arithmetic. The clock is
the system's monotonic one, the same in all processes of a machine.
"""

import mmap
import os

from firmware.speaker.beat import Beat

_NOBODY = -1.0
_FIELDS = 5


class Pulse:
    """One page, one writer, one reader. Every field is eight aligned bytes, so none is ever read half written."""

    def __init__(self, handle: int) -> None:
        """handle: of the page's file; stays open and the caller's."""
        self.handle = handle
        self._page = mmap.mmap(handle, mmap.PAGESIZE)
        self._fields = memoryview(self._page).cast("d")

    @classmethod
    def make(cls) -> "Pulse":
        """A page that nobody has written yet."""
        handle = os.memfd_create("pulse")
        os.ftruncate(handle, mmap.PAGESIZE)
        return cls(handle)

    def write(self, beat: Beat) -> None:
        """Leave word; the time last, so that a fresh time never stands beside old news."""
        play_id = _NOBODY if beat.play_id is None else float(beat.play_id)
        fields = (play_id, beat.position_s, float(beat.late_rewrites), float(beat.starved_refills), beat.at)
        for place, field in enumerate(fields):
            self._fields[place] = field

    def read(self) -> Beat:
        """The newest word."""
        play_id, position_s, late, starved, at = self._fields[:_FIELDS]
        return Beat(at, None if play_id == _NOBODY else int(play_id), position_s, int(late), int(starved))

    def close(self) -> None:
        """Give the page back."""
        self._fields.release()
        self._page.close()
        os.close(self.handle)
