"""Piece files into float samples; knows no gain, no ring and no clock."""

import math
from pathlib import Path
from typing import Self

import numpy as np
import soundfile
from numpy.typing import NDArray

from firmware.speaker.errors import DecodeError
from firmware.speaker.ring import CHANNELS, RATE


class _Stream(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A file read from front to back: a seekable one is sought to where it already is after every read."""

    def seekable(self) -> bool:
        return False


class Source:
    """One open piece. Not shared between threads; every method may touch the disk."""

    def __init__(self, stream: _Stream, name: str) -> None:
        self._stream = stream
        self.name = name
        self._mono = np.empty((0, 1), np.float32)

    @classmethod
    def open(cls, path: Path, start_s: float = 0.0) -> Self:
        """Open a piece and stand at `start_s`. Raises DecodeError with one line that names the file."""
        _check_file(path)
        try:
            stream = _Stream(str(path))
        except (soundfile.SoundFileError, OSError) as error:
            raise DecodeError(f"{path.name}: {_one_line(error)}") from error
        try:
            _check_format(stream, path.name)
            _seek(stream, path.name, start_s)
        except DecodeError:
            stream.close()
            raise
        return cls(stream, path.name)

    def read(self, out: NDArray[np.float32]) -> int:
        """Fill `out` (frames by 2) with the next samples; says how many frames it got, 0 at the end.

        Fewer than asked is the end, also of a file cut short. Raises DecodeError where the file is corrupt.
        """
        try:
            if self._stream.channels == CHANNELS:
                return len(self._stream.read(len(out), "float32", out=out))
            return self._read_mono(out)
        except (soundfile.SoundFileError, RuntimeError) as error:
            raise DecodeError(f"{self.name}: {_one_line(error)}") from error

    def close(self) -> None:
        """Close the file; the source is of no use afterwards."""
        self._stream.close()

    def _read_mono(self, out: NDArray[np.float32]) -> int:
        if len(self._mono) < len(out):
            self._mono = np.empty((len(out), 1), np.float32)
        samples = self._stream.read(len(out), "float32", out=self._mono[: len(out)])
        out[: len(samples)] = samples
        return len(samples)


def _check_file(path: Path) -> None:
    # Looked at before opening: libsndfile would wait for ever on a pipe.
    try:
        if not path.is_file():
            raise DecodeError(f"{path.name}: {'not a file' if path.exists() else 'no such file'}")
        if path.stat().st_size == 0:
            raise DecodeError(f"{path.name}: the file is empty")
    except OSError as error:
        raise DecodeError(f"{path.name}: {error.strerror}") from error


def _check_format(stream: _Stream, name: str) -> None:
    if stream.samplerate != RATE:
        raise DecodeError(f"{name}: {stream.samplerate} Hz; only {RATE} Hz plays, convert it first")
    if stream.channels > CHANNELS:
        raise DecodeError(f"{name}: {stream.channels} channels; only mono and stereo play, convert it first")
    if stream.frames <= 0:
        raise DecodeError(f"{name}: holds no sound")


def _seek(stream: _Stream, name: str, start_s: float) -> None:
    first = max(0, round(start_s * RATE)) if math.isfinite(start_s) else 0
    if first >= stream.frames:
        raise DecodeError(f"{name}: lasts {stream.frames / RATE:.1f} s and cannot start at {start_s:.1f} s")
    if first == 0:
        return
    try:
        stream.seek(first)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise DecodeError(f"{name}: cannot start at {start_s:.1f} s: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(getattr(error, "error_string", error)).split())
