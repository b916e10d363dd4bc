"""Recordings as they are, decoded by FFmpeg at 48 kHz with both sides; how long they are by libsndfile, too.

Knows no box.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.listening.records import RATE_HZ

Samples = NDArray[np.float32]
CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Original:
    """One recording: frames by 2, full scale is 1. `seconds`: by libsndfile, where it reads the file."""

    sides: Samples
    seconds: float

    @property
    def decoded_s(self) -> float:
        """How long it is by FFmpeg."""
        return len(self.sides) / RATE_HZ


def original(path: Path) -> Original:
    """Decode a file. Raises av.error.FFmpegError."""
    sides = decoded_sides(path)
    return Original(sides, _other_length_s(path) or len(sides) / RATE_HZ)


def decoded_sides(path: Path) -> Samples:
    """Both sides of a file; one channel is on both as it is."""
    runs: list[Samples] = []
    with av.open(str(path), metadata_errors="ignore") as container:
        stream = container.streams.audio[0]
        layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        resampler = av.AudioResampler(format="flt", layout=layout, rate=RATE_HZ)
        for frame in _with_end(container.decode(stream)):
            runs += [run.to_ndarray().reshape(run.samples, -1) for run in resampler.resample(frame)]
    sides = np.concatenate(runs)
    return np.repeat(sides, 2, axis=1) if sides.shape[1] == 1 else sides


def sha256_of(path: Path) -> str:
    """Of a file's contents."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _with_end(frames: Iterable[Any]) -> Iterable[Any]:
    yield from frames
    yield None


def _other_length_s(path: Path) -> float | None:
    """All frames that libsndfile assigns, counted: heads may lie."""
    try:
        with soundfile.SoundFile(path) as file:
            frames = 0
            while len(run := file.read(CHUNK, dtype="float32", always_2d=True)):
                frames += len(run)
            return frames / float(file.samplerate)
    except soundfile.LibsndfileError:
        return None
