"""A file that gives no more than was allowed: nobody searches 500 MB for music while a press waits.

Work is counted, not time: a byte is one, whatever is made of it. Two things cost other than their bytes: FFmpeg asks
for the file's length again at each chunk of a head, which takes us four calls, and a chunk may be 8 bytes long; and a
picture in a head is taken in one large read that nobody searches.
"""

import os
from pathlib import Path

SEEK_WORK = 1 << 10  # about 1 us, in which a search gets through some hundred bytes
_SEARCHED = 1 << 16  # FFmpeg's own buffer is half of it
_BODY_BYTES = 64  # of such a track are one of work


class BoundedFile:
    """What FFmpeg reads from. One thread. `read` and `seek` raise OSError where the disk does.

    A file that has given what it may says "the end" until it is allowed more; `is_spent` tells that from the real end.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self.name = os.fspath(path)
        self.left = 0  # work that may still be done
        self.taken = 0  # work done so far
        self.is_spent = False
        self._reserve = 0  # for what comes after a search that was ended
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
        """Do so much work from now on, and no more; half as much again once a search for chunks was ended."""
        self.left, self.is_spent, self._reserve = count, False, count // 2

    def read(self, count: int) -> bytes:
        """The next bytes; none at the end or when enough was given."""
        if self.left <= 0:
            self.is_spent = True
            return b""
        is_body = count > _SEARCHED and count.bit_count() > 1  # its buffers are powers of two, however they grow
        given = os.read(self._fd, count if is_body else min(count, self.left))
        self._count(_SEARCHED + len(given) // _BODY_BYTES if is_body else len(given))
        return given

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of any file; a spent one says once that it has no length, and so a search for further chunks is over."""
        self._count(SEEK_WORK)
        if whence == os.SEEK_END and self.left <= 0 < self._reserve and not self.is_spent:
            self.left, self._reserve = self._reserve, 0
            return 0
        return os.lseek(self._fd, offset + (self.base if whence == os.SEEK_SET else 0), whence) - self.base

    def tell(self) -> int:
        """As of any file."""
        return self.seek(0, os.SEEK_CUR)

    def peek(self, at: int, count: int) -> bytes:
        """Bytes from a place on, whatever is allowed; who reads it notices nothing. Raises OSError."""
        given = os.pread(self._fd, count, self.base + at)
        self._count(len(given))
        return given

    def _count(self, work: int) -> None:
        self.left -= work
        self.taken += work

    def close(self) -> None:
        """Give it back; a second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
