"""`python -m playlists.preparing FILE FOLDER`: one file, within limits, and one line of JSON: its verdict.

A file from outside may be made to cost memory, time or disk without end: so it is looked at in a process of its own.
"""

import argparse
import os
import resource
import sys
from pathlib import Path

import msgspec

from playlists.preparing.prepare import Prepared, prepare
from playlists.preparing.verdicts import Refusal, RefusedError

MEMORY_BYTES = 1 << 30  # of address space: libraries alone take 600 MB of it, and 100 MB of memory
CPU_S = 1800  # three hours of sound take a quarter of it
LAST_S = 5  # between the kernel's word that time is up and the end
FILE_BYTES = 1 << 30
LOWEST = 19  # of all priorities: pages and boxes go first


def main() -> int:
    """Returns 0 with a track, 1 with a refusal."""
    asked = _arguments()
    _limit(asked.memory_bytes, asked.cpu_s, asked.file_bytes)
    try:
        verdict: Prepared | Refusal = prepare(asked.file, asked.folder, film=asked.film)
    except RefusedError as error:
        verdict = Refusal(error.refused, error.args_by_name)
    sys.stdout.buffer.write(msgspec.json.encode(verdict) + b"\n")
    return int(isinstance(verdict, Refusal))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="playlists.preparing", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path, help="an empty one: track.opus and cover.jpg come here")
    parser.add_argument("--film", action="store_true", help="take the sound of a film")
    parser.add_argument("--memory-bytes", type=int, default=MEMORY_BYTES, help="of address space")
    parser.add_argument("--cpu-s", type=int, default=CPU_S)
    parser.add_argument("--file-bytes", type=int, default=FILE_BYTES, help="of each file that it writes")
    return parser.parse_args()


def _limit(memory_bytes: int, cpu_s: int, file_bytes: int) -> None:
    os.nice(LOWEST)
    for what, soft, hard in (
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s, cpu_s + LAST_S),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))


if __name__ == "__main__":
    sys.exit(main())
