"""`nightingale-device measure`: how loud files of music are as a box plays them, a line of JSON each. Knows no box."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.errors import DecodeError
from firmware.speaker.player.decode import PieceFile
from playlists.analysis import RATE, analyse
from playlists.index import hash_file
from playlists.track_level import TrackLevel

RUN_FRAMES = RATE  # so much is held decoded at once
LOWEST = 19  # of all priorities: whatever else the machine has to do goes first


def measure(files: Sequence[Path]) -> int:
    """Print a line for each file; returns 0, or 1 where one could not be measured, which is told on stderr."""
    os.nice(LOWEST)
    code = 0
    for file in files:
        try:
            level, sha256 = level_of(file), hash_file(file)
        except (DecodeError, OSError) as error:
            print(f"nightingale-device: not measured: {_told(file, error)}", file=sys.stderr)
            code = 1
            continue
        print(json.dumps({"file": str(file), "sha256": sha256, **level.entry()}), flush=True)
    return code


def _told(file: Path, error: DecodeError | OSError) -> str:
    """With the whole name, for many may be measured at once; a decoder's own words would mislead: "End of file"."""
    if isinstance(error, OSError):
        return f"{file}: {error.strerror}"
    if isinstance(error.__cause__, EOFError | ValueError):  # of FFmpeg: no data of a kind that it knows
        return f"{file}: is no music that can be decoded"
    return f"{file}: {str(error).removeprefix(f'{file.name}: ')}"


def level_of(file: Path) -> TrackLevel:
    """Decode a file with what plays it, and measure that. Raises DecodeError in one line."""
    return analyse(_runs(PieceFile.open(file)))


def _runs(piece: PieceFile) -> Iterator[NDArray[np.float32]]:
    read = RUN_FRAMES
    while read == RUN_FRAMES:
        run = np.empty((RUN_FRAMES, 2), np.float32)
        read = piece.read(run)
        yield run[:read]
    piece.close()
