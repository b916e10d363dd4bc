"""The player's heartbeat: a page that it writes and the bedside process reads, at the cost of a memory access.

A message would wake the other side twice a second, which costs more than the sound's own arithmetic. The clock is
the system's monotonic one, the same in all processes of a machine.
"""

import mmap
import os

from firmware.speaker.heartbeat import Heartbeat

_NOBODY = -1.0
_FIELDS = 11


class HeartbeatPage:
    """One page, one writer, one reader. Every field is eight aligned bytes, so none is ever read half written."""

    def __init__(self, handle: int) -> None:
        """handle: of the page's file; stays open and the caller's."""
        self.handle = handle
        self._page = mmap.mmap(handle, mmap.PAGESIZE)
        self._fields = memoryview(self._page).cast("d")

    @classmethod
    def make(cls) -> "HeartbeatPage":
        """A page that nobody has written yet."""
        handle = os.memfd_create("heartbeat")
        os.ftruncate(handle, mmap.PAGESIZE)
        return cls(handle)

    def write(self, heartbeat: Heartbeat) -> None:
        """Leave word; the time last, so that a fresh time never stands beside old news."""
        play_id = _NOBODY if heartbeat.play_id is None else float(heartbeat.play_id)
        counts = (heartbeat.late_rewrites, heartbeat.buffer_underruns, heartbeat.underruns)
        times = (heartbeat.cpu_s, heartbeat.waited_s, heartbeat.repeats_at, heartbeat.obeyed)
        for place, field in enumerate(
            (play_id, heartbeat.position_s, heartbeat.heard_dba, *counts, *times, heartbeat.at)
        ):
            self._fields[place] = float(field)

    def read(self) -> Heartbeat:
        """The newest word."""
        play_id, position_s, heard_dba, late, starved, underruns, cpu_s, waited_s, repeats_at, obeyed, at = (
            self._fields[:_FIELDS]
        )
        counts = (int(late), int(starved), int(underruns))
        heard = (None if play_id == _NOBODY else int(play_id), position_s, heard_dba)
        return Heartbeat(at, *heard, *counts, cpu_s, waited_s, repeats_at, int(obeyed))

    def close(self) -> None:
        """Give the page back."""
        self._fields.release()
        self._page.close()
        os.close(self.handle)
