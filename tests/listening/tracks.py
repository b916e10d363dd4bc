"""The tracks of a music folder, decoded by FFmpeg: what the ear compares with. Knows no box and no gain."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.listening.records import RATE_HZ
from tests.listening.weighting import FULL_SCALE, AMeter, running_means, runs_of

SCALE = 32_767.0
COARSE = 12  # frames of one coarse sample: 4 kHz, where music of pads and plucks has nearly all of its power


@dataclass(frozen=True, slots=True)
class Track:
    """One recording as mono. `level_db`: its A-weighted level re full scale, as the ear measures it; `mono`: 16 bit,
    mapped from a file; or floats of the same size."""

    sha256: str
    title: str
    level_db: float
    mono: NDArray[np.int16] | NDArray[np.float32]

    def span(self, first: int, frames: int) -> NDArray[np.float32]:
        """So many frames from `first` on, full scale is 1; silence before its beginning and after its end."""
        out = np.zeros(frames, np.float32)
        begin, end = max(0, first), min(len(self.mono), first + frames)
        if begin < end:
            out[begin - first : end - first] = self.mono[begin:end]
            out /= np.float32(SCALE)
        return out


def coarse(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """At 4 kHz, each sample a triangle over 24 frames: nothing near 4 kHz and its multiples folds back."""
    blocks = samples[: len(samples) // COARSE * COARSE].reshape(-1, COARSE)
    rising = (np.arange(COARSE, dtype=np.float32) + 0.5) / COARSE**2
    return np.asarray(blocks[:-1] @ rising + blocks[1:] @ rising[::-1])


def load(music: Path, kept: Path) -> dict[str, Track]:
    """All tracks of a music folder by hash. What was decoded is kept in `kept`, for the next time."""
    kept.mkdir(parents=True, exist_ok=True)
    index: Mapping[str, Mapping[str, object]] = json.loads((music / "index.json").read_text())["tracks"]
    tracks = {}
    for entry in index.values():
        sha256 = str(entry["sha256"])
        file = kept / f"{sha256}.npy"
        if not file.exists():
            _decode(music / "tracks" / f"{sha256}.opus", file)
        mono = np.load(file, mmap_mode="r")
        tracks[sha256] = Track(sha256, str(entry["title"]), _level_db(mono, file.with_suffix(".level")), mono)
    return tracks


def gated_level_db(sound: NDArray[np.float32]) -> float:
    """Mean of the A-weighted energy of all 400 ms that pass the gates of ITU-R BS.1770-4: -70 dB, and -10 dB under the
    mean of those. A track's own rests do not make it softer than it sounds."""
    meter = AMeter()
    cells = np.array([energy for run in runs_of(sound) for energy in meter.energies(run * FULL_SCALE)])
    blocks = running_means(cells, 8)[::2]
    loud = blocks[blocks > 10 ** (-70 / 10)]
    kept = loud[loud > loud.mean() / 10] if len(loud) else np.array([1e-16])
    return float(10 * np.log10(kept.mean()))


def _level_db(mono: NDArray[np.int16], file: Path) -> float:
    if not file.exists():
        file.write_text(str(gated_level_db(mono.astype(np.float32) / np.float32(SCALE))))
    return float(file.read_text())


def decoded(path: Path) -> NDArray[np.float32]:
    """A file as mono at 48 kHz, the mean of its channels."""
    runs = []
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=RATE_HZ)
        for frame in [*container.decode(stream), None]:
            runs += [run.to_ndarray().reshape(-1, 2).mean(axis=1) for run in resampler.resample(frame)]
    return np.concatenate(runs)


def _decode(path: Path, file: Path) -> None:
    mono = np.rint(decoded(path) * SCALE).clip(-SCALE, SCALE).astype(np.int16)
    unfinished = file.with_suffix(".part")
    with unfinished.open("wb") as out:
        np.save(out, mono)
    unfinished.rename(file)  # another listener may look for it meanwhile
