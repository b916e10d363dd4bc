"""What the players play: the longest starter track, the same as FLAC, and tracks whose samples are known."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.benchmarks.measures import TONE_HZ
from tests.benchmarks.recording import RATE_HZ

STEADY = 0.25  # of full scale; every sample of the two tracks of the gap
LOUD_DBFS, QUIET_DBFS = -20.0, -40.0
ODD_FRAMES = 137  # so that no track ends where a buffer of someone's ends


class NoMusicError(Exception):
    """The starter music is not there; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """Files: `opus` and `flac` are the same music; the tones sound from their first sample."""

    opus: Path
    flac: Path
    loud_tone: Path
    quiet_tone: Path
    steady: tuple[Path, Path]
    steady_frames: int


def make_tracks(music: Path, folder: Path, steady_s: float, quiet_s: float) -> Tracks:
    """Write what is to be written into a folder; raises NoMusicError."""
    opus = longest_track(music)
    steady = np.full(round(steady_s * RATE_HZ) + ODD_FRAMES, STEADY)
    return Tracks(
        opus=opus,
        flac=_as_flac(opus, folder / "music.flac"),
        loud_tone=_write(folder / "loud.flac", tone(5.0, LOUD_DBFS)),
        quiet_tone=_write(folder / "quiet.flac", tone(quiet_s, QUIET_DBFS)),
        steady=(_write(folder / "steady-1.flac", steady), _write(folder / "steady-2.flac", steady)),
        steady_frames=2 * len(steady),
    )


def longest_track(music: Path) -> Path:
    """The longest starter track, as the player of a box finds it."""
    try:
        tracks = json.loads((music / "index.json").read_text())["tracks"].values()
    except FileNotFoundError:
        raise NoMusicError(f"no starter music in {music}: make venv renders it") from None
    longest = max(tracks, key=lambda track: float(track["seconds"]))
    return (music / "tracks" / f"{longest['sha256']}.opus").resolve()


def tone(seconds: float, peak_dbfs: float) -> NDArray[np.float64]:
    """A tone that stands at its peak with the first sample."""
    frames = np.arange(round(seconds * RATE_HZ))
    return np.asarray(10 ** (peak_dbfs / 20) * np.cos(2 * np.pi * TONE_HZ / RATE_HZ * frames))


def _as_flac(track: Path, path: Path) -> Path:
    samples, rate_hz = soundfile.read(track, dtype="float32")
    if rate_hz != RATE_HZ:
        raise NoMusicError(f"{track.name} has {rate_hz} Hz, not {RATE_HZ}: render the starter music anew")
    soundfile.write(path, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    return path


def _write(path: Path, mono: NDArray[np.float64]) -> Path:
    soundfile.write(path, np.stack([mono, mono], axis=1), RATE_HZ, format="FLAC", subtype="PCM_16")
    return path
