"""`python -m playlists.preparing FILE FOLDER`: one file, within limits, and one line of JSON: its verdict.

A file from outside may be made to cost memory, time or disk without end: so it is looked at in a process of its own.
"""

import argparse
import os
import resource
import sys
from pathlib import Path

import msgspec

from playlists.preparing.prepare import prepare
from playlists.preparing.verdicts import Refused, RefusedError

MEMORY_BYTES = 1 << 30  # of address space: libraries alone take 600 MB of it, and 100 MB of memory
CPU_S = 1800  # three hours of sound take a quarter of it
FILE_BYTES = 1 << 30
LOWEST = 19  # of all priorities: pages and boxes go first


class Said(msgspec.Struct, frozen=True):
    """Why a file was refused, with numbers by name."""

    refused: Refused
    args: dict[str, object]


def main() -> int:
    """Returns 0 with a track, 1 with a refusal."""
    asked = argparse.ArgumentParser(prog="playlists.preparing", description=__doc__)
    asked.add_argument("file", type=Path)
    asked.add_argument("folder", type=Path, help="an empty one: track.opus and cover.jpg come here")
    asked.add_argument("--film", action="store_true", help="take the sound of a film")
    said = asked.parse_args()
    _limit()
    try:
        answer: msgspec.Struct = prepare(said.file, said.folder, film=said.film)
    except RefusedError as error:
        answer = Said(error.refused, error.args_by_name)
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    return int(isinstance(answer, Said))


def _limit() -> None:
    os.nice(LOWEST)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    sys.exit(main())
