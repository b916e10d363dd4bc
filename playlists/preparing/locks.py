"""Whether a shop's lock is on a file: such a file opens, and decodes to noise.

In an MP4 the lock stands in the kind of its sound's first entry (ISO 14496-12, 8.5.2), which may lie at the file's end;
the same four letters elsewhere, in a title for example, are no lock.
"""

from collections.abc import Iterator
from typing import BinaryIO

from playlists.preparing.kinds import HEAD_BYTES

_ENTRIES = {b"drms", b"drmi", b"enca", b"aavd", b"drmt"}
_PATH = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_BOXES_MOST = 10_000  # at one level
_AUDIBLE = b"\x57\x90\x75\x36"
_ASF = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"
_ASF_LOCKS = (
    b"\xfb\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e",
    b"\x14\xe6\x8a\x29\x22\x26\x17\x4c\xb9\x35\xda\xe0\x7e\xe9\x28\x9c",
)  # Content Encryption Object and its extension (ASF 3.14 and 3.15)


def is_locked(file: BinaryIO) -> bool:
    """Reads the file's frame only. Raises OSError."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head[4:8] == _AUDIBLE or (head[4:8] == b"ftyp" and head[8:11] == b"aax"):
        return True
    if head.startswith(_ASF):
        return any(lock in head for lock in _ASF_LOCKS)
    if head[4:8] not in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
        return False
    return any(entry in _ENTRIES for entry in _sound_entries(file, 0, file.seek(0, 2), _PATH))


def _sound_entries(file: BinaryIO, begins: int, ends: int, path: tuple[bytes, ...]) -> Iterator[bytes]:
    for kind, inside, after in _boxes(file, begins, ends):
        if not path:
            yield kind
        elif kind == path[0]:
            entries = 8 if kind == b"stsd" else 0  # a version and a count stand in front of them
            yield from _sound_entries(file, inside + entries, after, path[1:])


def _boxes(file: BinaryIO, begins: int, ends: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin of what is inside, and end of each box in a row; a size that makes no sense ends them."""
    for _count in range(_BOXES_MOST):
        file.seek(begins)
        header = file.read(16)
        if len(header) < 8 or begins + 8 > ends:
            return
        size, kind, front = int.from_bytes(header[:4]), header[4:8], 8
        if size == 1 and len(header) == 16:
            size, front = int.from_bytes(header[8:]), 16
        size = size or ends - begins
        if size < front:
            return
        yield kind, begins + front, min(begins + size, ends)
        begins += size
