"""Small files that somebody wrote, or that a power cut spoilt: whatever lies there, reading ends. Knows no format."""

import os
import stat
from pathlib import Path

MOST_BYTES = 4 << 20  # an index of some thousand tracks; what is larger is no file of ours


class TooLargeError(ValueError):
    """A file holds far more than any of its kind."""


def read_small(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """All of a file that is small by its kind; a pipe or a device in its place is no file.

    Raises OSError, or TooLargeError with one line, before more than `most_bytes` are in memory.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "it is no file", str(path))
        contents = file.read(most_bytes + 1)
    if len(contents) > most_bytes:
        raise TooLargeError(f"{path}: is larger than {most_bytes >> 20} MB")
    return contents


def read_text(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """The same as text. An editor's byte order mark is no part of it. Raises UnicodeDecodeError too."""
    return read_small(path, most_bytes).decode("utf-8-sig")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe would wait for its other end
