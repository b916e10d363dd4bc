"""`nightingale-device measure`: how loud a box plays music files, one line of JSON each. Knows no box."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.errors import DecodeError
from firmware.speaker.player.decode import TrackFile
from playlists.analysis import RATE, analyse
from playlists.index import hash_file
from playlists.track_level import TrackLevel

RUN_FRAMES = RATE  # so much is held decoded at once
LOWEST = 19  # of all priorities: whatever else the machine has to do goes first


def measure(files: Sequence[Path]) -> int:
    """Print a line for each file; returns 0, or 1 where one could not be measured, which is told on stderr. One that
    can be read and not decoded has its line too, with the reason under "unplayable"."""
    os.nice(LOWEST)
    return max([_measured(file) for file in files], default=0)


def _measured(file: Path) -> int:
    found: dict[str, str | float]
    code = 0
    try:
        sha256 = hash_file(file)
        try:
            found = level_of(file).entry()
        except DecodeError as error:
            _tell(_told(file, error))
            found, code = {"unplayable": str(error)}, 1
    except OSError as error:
        _tell(f"{file}: {error.strerror}")
        return 1
    print(json.dumps({"file": str(file), "sha256": sha256, **found}), flush=True)
    return code


def _told(file: Path, error: DecodeError) -> str:
    """With the whole name, for many may be measured at once; a decoder's own words would mislead: "End of file"."""
    if isinstance(error.__cause__, EOFError | ValueError):  # of FFmpeg: no data of a kind that it knows
        return f"{file}: contains no music that can be decoded"
    return f"{file}: {str(error).removeprefix(f'{file.name}: ')}"


def _tell(line: str) -> None:
    print(f"nightingale-device: not measured: {line}", file=sys.stderr)


def level_of(file: Path) -> TrackLevel:
    """Decode a file with what plays it, and measure that. Raises DecodeError in one line."""
    return analyse(_runs(TrackFile.open(file)))


def _runs(track: TrackFile) -> Iterator[NDArray[np.float32]]:
    read = RUN_FRAMES
    while read == RUN_FRAMES:
        run = np.empty((RUN_FRAMES, 2), np.float32)
        read = track.read(run)
        yield run[:read]
    track.close()
