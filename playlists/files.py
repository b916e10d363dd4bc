"""Small files that someone wrote, or that a power cut spoilt: whatever lies there, reading ends. Knows no format."""

import errno
import os
import stat
from pathlib import Path

from playlists.parsing import UnreadableError

MOST_BYTES = 4 << 20  # an index of some thousand tracks; what is larger is no file of ours


def read_small(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """All of a file that is small by its kind; a pipe or a device in its place is no file.

    Raises OSError, or UnreadableError before more than `most_bytes` are in memory.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        contents = file.read(most_bytes + 1)
    if len(contents) > most_bytes:
        raise UnreadableError(f"it is larger than {most_bytes >> 20} MB")
    return contents


def read_text(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """The same as text. The byte order mark that some editors write is no part of it. Raises UnreadableError too."""
    try:
        return read_small(path, most_bytes).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8 text: save it again as UTF-8") from None


def is_file(path: Path) -> bool:
    """Whether a file lies there; also where it cannot be looked at (a link without end, a name that is too long)."""
    try:
        return path.is_file()
    except OSError:
        return False


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe would wait for its other end
