"""`python -m tests.benchmarks.drain FIFO KEPT [--paced]`: stands for a sound card and keeps what came, with its time.

KEPT.pcm holds the samples, KEPT.reads two numbers for each read: bytes so far, and when (CLOCK_MONOTONIC, ns).
Paced, it takes 1,024 frames each 1,024/48,000 s from the smallest pipe that the kernel allows, as a card would.
Unpaced, it takes what comes at once: SDL's disk driver keeps the time by itself.
"""

import argparse
import contextlib
import fcntl
import os
import signal
import struct
import sys
import time
from pathlib import Path
from types import FrameType
from typing import BinaryIO

PERIOD_BYTES = 1024 * 4
PERIOD_S = 1024 / 48_000
SMALLEST_PIPE_BYTES = 4096  # one page, which is one period too
FORGIVEN_S = 5 * PERIOD_S  # a player later than this was silent: the card's time begins again
READ = struct.Struct("=QQ")


class Kept:
    """The two files; cheap enough to sit beside what is measured."""

    def __init__(self, pcm: BinaryIO, reads: BinaryIO) -> None:
        self._pcm, self._reads, self._bytes = pcm, reads, 0

    def take(self, pipe: int, most_bytes: int) -> int:
        """One read; waits while nothing comes. Returns how many bytes came."""
        came = os.read(pipe, most_bytes)
        at_ns = time.monotonic_ns()
        self._bytes += len(came)
        self._pcm.write(came)
        self._reads.write(READ.pack(self._bytes, at_ns))  # last: what is noted is there, wherever this is interrupted
        return len(came)


def take_paced(pipe: int, kept: Kept) -> None:
    """A period at a time, at absolute deadlines, so that a late wake is made up for."""
    deadline = time.monotonic()
    while True:
        missing = PERIOD_BYTES
        while missing:
            missing -= kept.take(pipe, missing)
        now = time.monotonic()
        deadline = (deadline if now - deadline < FORGIVEN_S else now) + PERIOD_S
        time.sleep(max(0.0, deadline - now))


def take_at_once(pipe: int, kept: Kept) -> None:
    """Whatever comes, when it comes."""
    while True:
        kept.take(pipe, 16 * PERIOD_BYTES)


def main() -> int:
    """Ends with SIGTERM; what came until then is in the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fifo", type=Path)
    parser.add_argument("kept", type=Path)
    parser.add_argument("--paced", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    pipe = os.open(options.fifo, os.O_RDWR)  # a writer of its own: the pipe has no end while a player closes its output
    if options.paced:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE_BYTES)
    with options.kept.with_suffix(".pcm").open("wb") as pcm, options.kept.with_suffix(".reads").open("wb") as reads:
        print("ready", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            (take_paced if options.paced else take_at_once)(pipe, Kept(pcm, reads))
    return 0


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
