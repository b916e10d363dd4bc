"""A file that gives no more bytes than were allowed: nobody searches 500 MB for music while a press waits."""

import os
from pathlib import Path


class BoundedFile:
    """What FFmpeg reads from. One thread. `read` and `seek` raise OSError where the disk does.

    A file that has given what it may says "the end" until it is allowed more; `is_spent` tells that from the real end.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self.name = os.fspath(path)
        self.left = 0  # bytes that may still be given
        self.taken = 0  # bytes given so far
        self.is_spent = False
        self.base = 0  # where it begins for who reads it: the second of two joined files is a file, too
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # FFmpeg has a buffer of its own

    def __del__(self) -> None:
        if hasattr(self, "_fd"):
            self.close()

    @property
    def size(self) -> int:
        """Bytes in the file from its base on."""
        return os.fstat(self._fd).st_size - self.base

    def allow(self, count: int) -> None:
        """Give so many bytes from now on, and no more."""
        self.left, self.is_spent = count, False

    def read(self, count: int) -> bytes:
        """The next bytes; none at the end or when enough was given."""
        if self.left <= 0:
            self.is_spent = True
            return b""
        given = os.read(self._fd, count)
        self.left -= len(given)
        self.taken += len(given)
        return given

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of any file."""
        return os.lseek(self._fd, offset + (self.base if whence == os.SEEK_SET else 0), whence) - self.base

    def tell(self) -> int:
        """As of any file."""
        return self.seek(0, os.SEEK_CUR)

    def close(self) -> None:
        """Give it back; a second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
