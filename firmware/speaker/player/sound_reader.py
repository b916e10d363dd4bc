"""Decoded frames of an open file; what is hurt or no sound is skipped and counted. Knows no samples."""

import math
from collections.abc import Iterator
from typing import Any

import av.error

from firmware.speaker.player.medium import WRONG, Medium, one_line

_FIRST_BYTES = 1 << 20  # searched for the first sound
_PASSED_BYTES = 1 << 25  # of sound before the start, where a jump fell short
_EARNED = 8  # of a slice's bytes one is allowed again by each frame: many small holes are as long as a large one
_MOST_BYTES = 1 << 23  # searched for the next one: pictures lie between joined files
_SLICE_MISSES = 100  # packets that may be tried in vain in one slice; each takes 10 us, of AAC 0.3 ms
_MOST_EMPTY = 10  # packets in a row that a decoder may take without a word: it fills itself
_FIRST_MISSES = 500  # the same before the first sound
_MOST_MISSES = 4_000  # packets that may be tried in vain for the next sound
_HOLE_S = 0.05  # time stamps that jump by this much tell that something was left out; Matroska's are rounded to 1 ms


class SoundReader:
    """One pass through a file. One thread."""

    def __init__(self, medium: Medium) -> None:
        self.fault = ""
        self.skipped = 0  # damaged packets between sounds
        self.is_after_hole = False  # whether the frame that was given last does not join on to the one before
        self._medium = medium
        self._from: int | None = None  # packets with a stamp before this one are not needed
        self._is_online = False
        self._is_searching = False  # whether a slice ended without sound
        self._is_joint = False  # whether another stream begins with the next frame
        self._place = 0  # bytes: where the last packet lies
        self._missed = 0  # packets since the last sound
        self._misses = 0  # of these in this slice
        self._empty = 0  # packets since the last sound that were no fault and no sound either
        self._why = ""
        self._taken = 0  # work in bytes, at the last sound
        self._passed = 0  # bytes of packets before the start
        self._size = 0  # bytes of the last packet
        self._latest = math.inf  # the stamp that the next frame should not exceed
        self._hole = _HOLE_S / medium.time_base
        self._rate, self._ticks_per_sample = 0, 0.0

    def start_from(self, stamp: int) -> None:
        """Need nothing that lies before a time stamp."""
        self._from = stamp

    def miss(self, why: str) -> None:
        """Count a packet that is no sound. What the decoder kept of it would spoil the next ones."""
        self._missed += 1
        self._misses += 1
        self._why = why
        self._latest = math.inf
        self._medium.stream.codec_context.flush_buffers()

    def frames(self) -> Iterator[Any]:
        """Frames to the end of the file, or of what can be used; None where a slice of the file held no sound."""
        self._begin_slice()
        while not self._is_over():
            before = self._medium.file.taken
            try:
                yield from self._slice()
            except WRONG as error:
                if isinstance(error, OSError) and not isinstance(error, av.error.FFmpegError):
                    self.fault = f"{self._medium.name}: {one_line(error)}"  # the disk's own word
                    return
                if not self._is_going_on():
                    self.miss(one_line(error))
            else:
                if self._is_at_end(before):
                    return
            if self._is_slice_over():
                yield None
                self._begin_slice()

    def _is_going_on(self) -> bool:
        """Whether another stream begins here."""
        if not self._is_online or not self._medium.go_on_behind(self._place):
            return False
        self._rate, self._latest, self._place, self._is_joint = 0, math.inf, 0, True
        self._hole = _HOLE_S / self._medium.time_base
        self._begin_slice()
        return True

    def _begin_slice(self) -> None:
        self._medium.file.allow(self._medium.slice_bytes if self._is_online else _FIRST_BYTES)
        self._misses = 0

    def _is_slice_over(self) -> bool:
        return self._is_online and (self._medium.file.is_spent or self._misses >= _SLICE_MISSES)

    def _is_at_end(self, before: int) -> bool:
        """Whether the end that FFmpeg saw is the file's. It sees an end that is none twice."""
        file = self._medium.file
        if file.is_spent or self._misses >= _SLICE_MISSES or (self._is_searching and file.taken > before):
            self._is_searching = True
            return False
        if self._is_searching and file.tell() < file.size:
            self._say_over()
        return True

    def _slice(self) -> Iterator[Any]:
        file = self._medium.file
        for packet in self._medium.container.demux(self._medium.stream):
            if not packet.size and (file.is_spent or self._is_searching):
                return  # not the end, or nothing is left in the decoder: a flush would end it
            if self._from is not None and packet.pts is not None and packet.pts + (packet.duration or 0) < self._from:
                self._pass_over(packet)
                continue
            self._place, self._size = packet.pos or self._place, packet.size
            yield from self._decoded(packet)
            if self._misses >= _SLICE_MISSES:
                return

    def _pass_over(self, packet: Any) -> None:
        """What is no junk costs nothing, up to a limit."""
        self._passed += packet.size
        if self._passed <= _PASSED_BYTES:
            self._medium.file.left += packet.size

    def _decoded(self, packet: Any) -> Iterator[Any]:
        try:
            frames = packet.decode()
        except EOFError:
            return  # after its end a decoder says so to each further packet
        except WRONG as error:
            self.miss(one_line(error))
            return
        if not frames:
            self._pass_empty()
        for frame in frames:
            self._hear(frame)
            yield frame

    def _pass_empty(self) -> None:
        self._empty += 1
        if self._empty > _MOST_EMPTY:
            self._missed += 1
            self._misses += 1

    def _hear(self, frame: Any) -> None:
        if frame.sample_rate != self._rate:
            self._rate = frame.sample_rate
            self._ticks_per_sample = 1 / (self._rate * self._medium.time_base)
        pts, is_missing = frame.pts, self._missed > 0
        if pts is not None:
            is_missing = is_missing or pts > self._latest
            ticks = frame.samples * self._ticks_per_sample
            self._latest = pts + ticks + self._hole
        self.is_after_hole = (is_missing or self._is_joint) and self._is_online
        if is_missing:
            self._end_hole()
        file, slice_bytes = self._medium.file, self._medium.slice_bytes
        earned = self._size + slice_bytes // _EARNED if self._is_online else slice_bytes
        file.left, file.is_spent, self._size = min(slice_bytes, max(0, file.left) + earned), False, 0
        self._is_online, self._is_searching, self._is_joint, self._misses, self._empty = True, False, False, 0, 0
        self._taken = file.taken

    def _end_hole(self) -> None:
        if self._is_online:
            self.skipped += max(1, self._missed)
        self._missed = 0

    def _is_over(self) -> bool:
        searched = self._medium.file.taken - self._taken
        if self._is_online:
            is_over = searched > _MOST_BYTES or self._missed > _MOST_MISSES
        else:
            is_over = self._medium.file.is_spent or self._missed >= _FIRST_MISSES
        if is_over:
            self._say_over()
        return is_over

    def _say_over(self) -> None:
        searched = self._medium.file.taken - self._taken
        why = f": {self._why}" if self._why else ""
        self.fault = f"{self._medium.name}: no sound in {searched / 1e6:.1f} MB of it{why}"
