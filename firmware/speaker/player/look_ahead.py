"""How long a file really is: its packets counted without decoding them, a few at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av.error

from firmware.speaker.chain.frames import RATE
from firmware.speaker.errors import DecodeError
from firmware.speaker.player.medium import WRONG, Medium

_SLICE_BYTES = 1 << 18  # looked at in one call; as much again where it ends in a search for the next packet
_MOST_BYTES = 1 << 23  # without a packet: what follows is no sound
_MOST_MORE = 1.1  # than the sum of the durations, if the last stamp is to be believed
_LONGEST_S = 10.0  # of a packet
_MOST_FAULTS = 1000
_SAME_S = (
    0.06  # an MP3's head that differs by less knows what the packets do not: how much of the first and last is no sound
)
_SYNC = {"mp3": 0xFFE0, "aac": 0xFFF0}  # the bits that begin a frame; what a parser cuts out of junk lacks them


class LookAhead:
    """GlitchCounts one file from where a pass that starts at `start_s` starts. One thread; looks at the disk in
    `look`."""

    def __init__(self, path: Path, start_s: float) -> None:
        self.is_done = False
        self.seconds: float | None = None  # from `start_s` to the end, once it is known
        self._path = path
        self._start_s = start_s
        self._medium: Medium | None = None
        self._from: int | None = None
        self._counted_s = 0.0
        self._last_s = 0.0  # the last stamp
        self._idle_bytes = 0
        self._faults = 0
        self._place = 0  # bytes: where the last packet lies

    @property
    def at_least_s(self) -> float:
        """How much is certain to be there."""
        return self._counted_s

    def look(self, packets: int) -> None:
        """Count so many packets more, or less where little can be found. Raises nothing."""
        try:
            medium = self._medium or self._open()
            self._count(medium, packets)
        except (DecodeError, *WRONG):
            self._finish()

    def close(self) -> None:
        """Give the file back."""
        self.is_done = True
        if self._medium is not None:
            self._medium.close()
            self._medium = None

    def _open(self) -> Medium:
        self._medium = Medium.open(self._path)
        if self._start_s:
            self._medium.go_to(self._start_s)
            self._from = self._medium.stamp(self._start_s)
        return self._medium

    def _count(self, medium: Medium, packets: int) -> None:
        before, found = medium.file.taken, 0
        medium.file.allow(_SLICE_BYTES)
        try:
            for packet in self._packets(medium):
                self._add(medium, packet.pts, packet.duration or 0)
                found += 1
                if found >= packets or medium.file.taken - before >= _SLICE_BYTES:
                    return
        except av.error.FFmpegError:
            if not medium.go_on_behind(self._place):
                self._faults += 1  # what the reader skips, too
            self._place = 0
        self._idle_bytes += medium.file.taken - before
        is_over = medium.file.taken == before and not found
        if is_over or self._idle_bytes > _MOST_BYTES or self._faults > _MOST_FAULTS:
            self._finish()

    def _packets(self, medium: Medium) -> Iterator[Any]:
        for packet in medium.container.demux(medium.stream):
            if packet.size and _is_sound(packet, medium.container.format.name):
                self._idle_bytes = 0
                medium.file.allow(_SLICE_BYTES)
                self._place = packet.pos or self._place
                yield packet

    def _add(self, medium: Medium, pts: int | None, duration: int) -> None:
        """Durations may be rounded to milliseconds, and behind a joint the stamps may be anything."""
        at_s = None if pts is None else medium.position(pts) / RATE - self._start_s
        lasts_s = duration * medium.time_base
        if lasts_s > _LONGEST_S:
            lasts_s = 0.0  # FFmpeg makes 2^32 of a little less than nothing
        if self._from is not None:
            if pts is not None and pts + duration < self._from:
                return
            self._from = None
            self._counted_s = at_s or 0.0
        elif self._counted_s == 0.0 and at_s is not None:
            self._counted_s = min(0.0, at_s)
        self._counted_s += lasts_s
        self._last_s = max(self._last_s, (at_s or 0.0) + lasts_s)

    @staticmethod
    def _is_head_better(medium: Medium) -> bool:
        return medium.container.format.name == "mp3" and not medium.is_reckoned

    def _finish(self) -> None:
        told_s = self._medium.seconds if self._medium and self._is_head_better(self._medium) else None
        counted_s = self._counted_s
        if counted_s < self._last_s < _MOST_MORE * counted_s:
            counted_s = self._last_s
        if counted_s > 0:
            self.seconds = counted_s
        if told_s is not None and abs(told_s - self._start_s - counted_s) < _SAME_S:
            self.seconds = told_s - self._start_s
        self.close()


def _is_sound(packet: Any, kind: str) -> bool:
    sync = _SYNC.get(kind, 0)
    return packet.size > 1 and int.from_bytes(memoryview(packet)[:2], "big") & sync == sync
