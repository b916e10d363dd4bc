"""The player's heartbeat: a page that it writes and the bedside process reads, at the cost of a memory access.

A message would wake the other side twice a second, which costs more than the sound's own arithmetic. The clock is
the system's monotonic one, the same in all processes of a machine.
"""

import mmap
import os

from firmware.speaker.beat import Beat

_NOBODY = -1.0
_FIELDS = 11


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
        counts = (beat.late_rewrites, beat.starved_refills, beat.underruns)
        times = (beat.cpu_s, beat.waited_s, beat.repeats_at, beat.obeyed)
        for place, field in enumerate((play_id, beat.position_s, beat.heard_dba, *counts, *times, beat.at)):
            self._fields[place] = float(field)

    def read(self) -> Beat:
        """The newest word."""
        play_id, position_s, heard_dba, late, starved, underruns, cpu_s, waited_s, repeats_at, obeyed, at = (
            self._fields[:_FIELDS]
        )
        counts = (int(late), int(starved), int(underruns))
        heard = (None if play_id == _NOBODY else int(play_id), position_s, heard_dba)
        return Beat(at, *heard, *counts, cpu_s, waited_s, repeats_at, int(obeyed))

    def close(self) -> None:
        """Give the page back."""
        self._fields.release()
        self._page.close()
        os.close(self.handle)
