"""Track files into float samples at 48 kHz, two channels, by FFmpeg; knows no gain, no ring and no clock."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import BLOCK, CHANNELS, RATE
from firmware.speaker.errors import DecodeError
from firmware.speaker.player.direct_current import DirectCurrent
from firmware.speaker.player.look_ahead import LookAhead
from firmware.speaker.player.medium import WRONG, Medium, one_line
from firmware.speaker.player.samples import Converter
from firmware.speaker.player.sound_reader import SoundReader

_LOUDEST_POWER = 2.0  # of a run: 3 dB over a square wave of full scale; a decoder that lost its way makes more
_ENDED_FRAMES = RATE // 10  # so near to its end a track is over where no sound follows: it is not searched for more
MOST = 2.0  # 6 dB over full scale: no recording has more
_FAR_S = 2.0  # so much before the start is decoded and dropped; what lies before that is not even decoded
Frames = NDArray[np.float32]
_NOTHING: Frames = np.empty((0, CHANNELS), np.float32)


class TrackFile:
    """One open track; a `Source`. Not shared between threads; every method may touch the disk."""

    def __init__(self, medium: Medium, path: Path, start_s: float, seconds: float | None) -> None:
        self.name = medium.name
        self._medium = medium
        self._start = max(0, round(start_s * RATE))
        self._reader = SoundReader(medium)
        self._converter = Converter()
        self._offset = DirectCurrent()
        self._skip = -1 if self._start else 0  # frames before the start that are still to come; not known yet
        self._fault = ""
        self._made = 0  # frames from the start on
        # What was stored as numbers may be anything, see `Deck`; what was compressed cannot.
        self._is_exact = medium.stream.codec_context.name.startswith("pcm_")
        self._block = np.empty((BLOCK, CHANNELS), np.float32)
        self._rest = _NOTHING  # of the block, what nobody has taken yet
        self._over = _NOTHING  # of the last run, what the block had no room for
        self._left, self._is_known = _length(medium, seconds, self._start)
        self._path = path
        self._ahead = None if self._is_known else LookAhead(path, self._start / RATE)
        self._runs = self._runs_from_start()

    @classmethod
    def open(cls, path: Path, start_s: float = 0.0, seconds: float | None = None) -> Self:
        """Open a track and stand at `start_s`. `seconds`: how long it was when all of it was decoded, if that is known.

        Raises DecodeError with one line that names the file.
        """
        medium = Medium.open(path)
        try:
            _check_conversion(medium)
            track = cls(medium, path, start_s if math.isfinite(start_s) else 0.0, seconds)
            track._stand_at_start()
        except DecodeError:
            medium.close()
            raise
        except WRONG as error:
            medium.close()
            raise DecodeError(f"{path.name}: {one_line(error)}") from error
        return track

    @property
    def fault(self) -> str:
        """Why it ended before its time."""
        return self._fault or self._reader.fault

    @property
    def damage(self) -> str:
        """What was left out, though it went on."""
        count = self._reader.skipped
        return f"{self.name}: skipped {count} damaged packet{'s' if count > 1 else ''}" if count else ""

    @property
    def frames_left(self) -> int | None:
        """Frames from the start that was asked for to the end, as well as it is known now."""
        counted = round(self._ahead.at_least_s * RATE) if self._ahead else 0
        return self._left if self._left is None else max(self._left, counted)

    @property
    def length_is_known(self) -> bool:
        """Whether that was measured, is told by a head that knows, or was counted."""
        return self._is_known

    def look_ahead(self, packets: int) -> bool:
        """Count some more of a file whose length is not known; whether more calls may still find out."""
        if self._ahead is None:
            return False
        self._ahead.look(packets)
        if not self._ahead.is_done:
            return True
        if self._ahead.seconds is not None:
            self._left, self._is_known = round(self._ahead.seconds * RATE), True
        self._ahead = None
        return False

    def read(self, out: Frames) -> int:
        """Fill `out` (frames by 2) with the next samples; fewer frames than asked are the last: see `fault`."""
        done = 0
        while done < len(out):
            if not len(self._rest):
                if len(out) - done >= BLOCK:
                    made = self._fill(out[done : done + BLOCK])
                    done += made
                    if made < BLOCK:
                        break
                    continue
                self._rest = self._block[: self._fill(self._block)]
                if not len(self._rest):
                    break
            taken = min(len(self._rest), len(out) - done)
            out[done : done + taken] = self._rest[:taken]
            self._rest = self._rest[taken:]
            done += taken
        return done

    def close(self) -> None:
        """Close the file; the track is of no use afterwards."""
        self._runs = iter(())
        self._over = self._rest = _NOTHING
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None
        self._medium.close()

    def _stand_at_start(self) -> None:
        left, start_s = self._left, self._start / RATE
        if self._start and self._is_known and left is not None and left <= 0:
            lasts_s = (left + self._start) / RATE
            raise DecodeError(f"{self.name}: lasts {lasts_s:.1f} s and cannot start at {start_s:.1f} s")
        if self._start:
            self._medium.go_to(start_s)
            self._reader.start_from(self._medium.stamp(start_s - _FAR_S))
        if self._medium.is_reckoned and self._ahead is None:  # how much is left depends on where it really stands
            self._is_known, self._ahead = False, LookAhead(self._path, start_s)

    def _fill(self, block: Frames) -> int:
        """The next block, without its offset; where a search takes long, silence ends it. Shorter at the end."""
        filled = 0
        while filled < BLOCK:
            run = self._over if len(self._over) else next(self._runs, _NOTHING)
            if run is None:
                block[filled:] = 0
                self._offset.take_out(block[:filled])
                return BLOCK
            if not len(run):
                break
            taken = min(len(run), BLOCK - filled)
            block[filled : filled + taken] = run[:taken]
            self._over = run[taken:]
            filled += taken
        self._offset.take_out(block[:filled])
        return filled

    def _runs_from_start(self) -> Iterator[Frames | None]:
        """Runs of samples from the start on, none of them empty; None where a search goes on. Raises nothing."""
        try:
            yield from map(_clipped, self._runs_of_frames())
        except WRONG as error:
            self._fault = f"{self.name}: {one_line(error)}"

    def _runs_of_frames(self) -> Iterator[Frames | None]:
        for run in self._runs_to_end():
            self._made += 0 if run is None else len(run)
            yield run

    def _runs_to_end(self) -> Iterator[Frames | None]:
        runs = self._all_runs()
        if self._start:
            yield from self._from_start(runs)
        yield from runs
        yield from self._converter.flush()

    def _from_start(self, runs: Iterator[Frames | None]) -> Iterator[Frames | None]:
        """The first run from the start on."""
        for samples in runs:
            if samples is None:
                yield None
                continue
            skip, self._skip = self._skip, max(0, self._skip - len(samples))
            if skip < len(samples):
                yield samples[skip:]
                return

    def _all_runs(self) -> Iterator[Frames | None]:
        convert, dot = self._converter.convert, np.dot
        for frame in self._reader.frames():
            if frame is None:
                if self._is_all_made():
                    return
                yield from self._silence()
                continue
            if self._reader.is_after_hole:
                yield from self._converter.flush()
            if self._skip < 0:
                self._skip = self._to_skip(frame)
            for samples in convert(frame):
                flat = samples.reshape(-1)
                if self._is_exact or dot(flat, flat) <= _LOUDEST_POWER * len(flat):
                    yield samples
                else:
                    self._reader.miss("louder than any recording")
                    self._converter.drop()

    def _is_all_made(self) -> bool:
        """Whether it has come to the end that is told, counted or measured: what lies behind is no part of it."""
        return self._is_known and self._left is not None and self._made >= self._left - _ENDED_FRAMES

    def _to_skip(self, frame: Any) -> int:
        if frame.pts is None or self._medium.is_reckoned:
            return 0
        skip = self._start - self._medium.position(frame.pts)
        return skip if 0 < skip <= 2 * _FAR_S * RATE else 0

    def _silence(self) -> Iterator[Frames | None]:
        yield from self._converter.flush()
        ending = self._converter.ending
        if len(ending):
            yield ending
        self._converter.silence()
        yield None


def _clipped(run: Frames | None) -> Frames | None:
    """Files of floats may hold anything, and whoever plays one that nobody has measured takes it for a recording."""
    if run is None or max(run.max(), -run.min()) <= MOST:  # false for what is no number
        return run
    return np.clip(np.nan_to_num(run, nan=0.0, posinf=MOST, neginf=-MOST), -MOST, MOST)


def _length(medium: Medium, seconds: float | None, start: int) -> tuple[int | None, bool]:
    """Frames from the start to the end, and whether that is certain."""
    if seconds is not None and math.isfinite(seconds) and seconds > 0:
        return round(seconds * RATE) - start, True
    told_s = medium.seconds
    left = None if told_s is None or not math.isfinite(told_s) else round(told_s * RATE) - start
    return left, left is not None and medium.is_length_told()


def _check_conversion(medium: Medium) -> None:
    """Whether its channels can be mixed down to two."""
    context = medium.stream.codec_context
    if context.channels > CHANNELS and not Converter.can_mix_down(context.layout.name):
        words = f"has {context.channels} channels and does not say where each belongs"
        raise DecodeError(f"{medium.name}: {words}: save it as stereo")
