"""Piece files into float samples at 48 kHz, two channels, by FFmpeg; knows no gain, no ring and no clock.

FFmpeg's decoders take a third to a half of the time of libsndfile's, and it reads, converts and mixes down whatever an
upload may be. It may even crash on what is no music: the player is a process of its own.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import CHANNELS, RATE
from firmware.speaker.errors import DecodeError

av.logging.set_level(av.logging.PANIC)  # what is wrong with a file stands in our reason
_OPTIONS = {
    "probesize": "131072",  # bytes that are looked at to learn what a file is: not half of it
    "analyzeduration": "200000",  # microseconds
    "protocol_whitelist": "file",  # a playlist that calls itself music must not fetch anything
}
_GUESSED = {"mp3", "aac"}  # lengths in these are guessed from the bit rate unless the file says more
_JUNK_MOST = 20  # packets in a row that are no sound, before the first or after the last
_PREROLL_S = 0.1  # Opus needs 80 ms to find its feet after a jump (RFC 7845, 4.6)
_RATES_HZ = range(8_000, 192_001)
_MOST_CHANNELS = 8
_WRONG = (av.error.FFmpegError, OSError, ValueError)
Frames = NDArray[np.float32]


class PieceFile:
    """One open piece; a `Source`. Not shared between threads; every method may touch the disk."""

    def __init__(self, container: Any, name: str, start_s: float) -> None:
        self.name = name
        self._container = container
        self._stream = container.streams.audio[0]
        self._stream.codec_context.thread_count = 1  # threads of a decoder cost more than they bring here
        mono = self._stream.codec_context.channels == 1  # spread by ourselves: FFmpeg would take 3 dB off
        self._resampler = av.AudioResampler(format="flt", layout="mono" if mono else "stereo", rate=RATE)
        self._start = max(0, round(start_s * RATE))
        self.fault = ""
        self._rest: Frames = np.empty((0, CHANNELS), np.float32)
        self._runs = self._runs_from_start()

    @classmethod
    def open(cls, path: Path, start_s: float = 0.0) -> Self:
        """Open a piece and stand at `start_s`. Raises DecodeError with one line that names the file."""
        _check_file(path)
        try:
            container = av.open(os.fspath(path), options=_OPTIONS)
        except _WRONG as error:
            raise DecodeError(f"{path.name}: {_one_line(error)}") from error
        try:
            _check_sound(container, path.name)
            piece = cls(container, path.name, start_s)
            piece.stand_at_start()
        except DecodeError:
            container.close()
            raise
        return piece

    @property
    def frames_left(self) -> int | None:
        """Frames from the start that was asked for to the end, as the file's head says."""
        stream = self._stream
        if stream.duration is not None:
            seconds = float(stream.duration * stream.time_base)
        elif self._container.duration is not None:
            seconds = self._container.duration / 1e6
        else:
            return None
        return round(seconds * RATE) - self._start

    @property
    def length_is_known(self) -> bool:
        """Whether the head's word is exact, so that less is a piece cut short."""
        return self._stream.codec_context.name.removesuffix("float") not in _GUESSED

    def stand_at_start(self) -> None:
        """Go to where reading begins. Raises DecodeError where there is no such place."""
        left, start_s = self.frames_left, self._start / RATE
        if self._start and left is not None and left <= 0:
            lasts_s = (left + self._start) / RATE
            raise DecodeError(f"{self.name}: lasts {lasts_s:.1f} s and cannot start at {start_s:.1f} s")
        if not self._start:
            return
        stamp = int(max(0.0, start_s - _PREROLL_S) / self._stream.time_base)
        try:
            self._container.seek(stamp, stream=self._stream)
        except _WRONG as error:
            raise DecodeError(f"{self.name}: cannot start at {start_s:.1f} s: {_one_line(error)}") from error

    def read(self, out: Frames) -> int:
        """Fill `out` (frames by 2) with the next samples; fewer frames than asked are the last: see `fault`."""
        done = 0
        while done < len(out):
            if not len(self._rest):
                self._rest = next(self._runs, self._rest)
                if not len(self._rest):
                    break
            taken = min(len(self._rest), len(out) - done)
            out[done : done + taken] = self._rest[:taken]
            self._rest = self._rest[taken:]
            done += taken
        return done

    def close(self) -> None:
        """Close the file; the piece is of no use afterwards."""
        self._runs = iter(())
        self._container.close()

    def _runs_from_start(self) -> Iterator[Frames]:
        """Runs of samples from the start on, none of them empty. Ends where the file does or breaks."""
        skip = None if self._start else 0
        for frame in self._frames():
            plain = _plain(frame)
            for samples in self._converted(frame) if plain is None else (plain,):
                if skip is None:
                    skip = self._start - _position(frame)
                if skip < len(samples):
                    yield samples[skip:] if skip > 0 else samples
                skip = max(0, skip - len(samples))
        yield from self._converted(None)

    def _frames(self) -> Iterator[Any]:
        """Decoded frames. Junk before the first and after the last is no fault; a hole between them ends the piece."""
        hole, junk, heard = "", 0, False
        while junk <= _JUNK_MOST:
            try:
                for frame in self._container.decode(self._stream):
                    if hole and heard:
                        self.fault = f"{self.name}: is damaged: {hole}"
                        return
                    heard, hole, junk = True, "", 0
                    yield frame
            except _WRONG as error:
                hole, junk = _one_line(error), junk + 1
            else:
                return
        self.fault = f"{self.name}: {hole}"

    def _converted(self, frame: Any) -> Iterator[Frames]:
        try:
            converted = self._resampler.resample(frame)
        except _WRONG as error:
            self.fault = f"{self.name}: {_one_line(error)}"
            return
        for made in converted:
            if made.samples:
                yield _spread(made)


def _packed(frame: Any, kind: type) -> NDArray[Any]:
    return np.frombuffer(frame.planes[0], kind, frame.samples * CHANNELS).reshape(-1, CHANNELS)


def _spread(frame: Any) -> Frames:
    """What the resampler made, copied out of its frame; one channel goes to both sides."""
    channels = frame.layout.nb_channels
    samples = np.frombuffer(frame.planes[0], np.float32, frame.samples * channels)
    return np.repeat(samples, CHANNELS // channels).reshape(-1, CHANNELS)


def _plain(frame: Any) -> Frames | None:
    """The samples of the usual kinds, without a detour by the resampler; None for the others."""
    convert = _PLAIN.get(frame.format.name)
    usual = convert is not None and frame.sample_rate == RATE and frame.layout.name == "stereo"
    return convert(frame) if usual and convert else None


def _from_int16(frame: Any) -> Frames:
    return np.asarray(np.multiply(_packed(frame, np.int16), np.float32(1 / 32_768), dtype=np.float32))


def _from_int32(frame: Any) -> Frames:
    return np.asarray(np.multiply(_packed(frame, np.int32), np.float32(1 / 2_147_483_648), dtype=np.float32))


def _from_planes(frame: Any) -> Frames:
    samples = np.empty((frame.samples, CHANNELS), np.float32)
    for channel, plane in enumerate(frame.planes):
        samples[:, channel] = np.frombuffer(plane, np.float32, frame.samples)
    return samples


_PLAIN: dict[str, Callable[[Any], Frames]] = {"s16": _from_int16, "s32": _from_int32, "fltp": _from_planes}


def _position(frame: Any) -> int:
    """The frame's place in the piece, in frames at our rate; where it does not say, the beginning."""
    return 0 if frame.pts is None else round(float(frame.pts * frame.time_base) * RATE)


def _check_file(path: Path) -> None:
    # Looked at before opening: a pipe would be waited for, for ever.
    try:
        if not path.is_file():
            raise DecodeError(f"{path.name}: {'not a file' if path.exists() else 'no such file'}")
        if path.stat().st_size == 0:
            raise DecodeError(f"{path.name}: the file is empty")
    except OSError as error:
        raise DecodeError(f"{path.name}: {error.strerror}") from error


def _check_sound(container: Any, name: str) -> None:
    if not container.streams.audio:
        raise DecodeError(f"{name}: holds no sound")
    context = container.streams.audio[0].codec_context
    if context.sample_rate not in _RATES_HZ or not 1 <= context.channels <= _MOST_CHANNELS:
        says = f"{context.sample_rate} Hz, {context.channels} channels"
        raise DecodeError(f"{name}: its head says {says}: that is no music, convert it first")


def _one_line(error: Exception) -> str:
    words = str(getattr(error, "strerror", None) or error).split()
    return " ".join(words) or type(error).__name__
