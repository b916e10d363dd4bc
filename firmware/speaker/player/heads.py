"""How much of a file its own head claims, so that one with a large picture opens and one full of junk is given up."""

from firmware.speaker.player.bounded_file import BoundedFile
from firmware.speaker.player.ogg import pages_before_sound

_CONTAINERS = (b"RIFF", b"RF64", b"FORM", b"fLaC", b"\x1a\x45\xdf\xa3")
_BARE_BYTES = 1 << 20  # bare frames say what they are by following each other: FFmpeg looks far for a second one
_MOST_BOXES = 32  # of an MP4 file, before the one that tells all
_BOX_HEAD = 16  # bytes, where the length is a long one
_MOST_BYTES = 1 << 24  # a picture in text, or the tables of a long film


def head_bytes(file: BoundedFile) -> int:
    """Bytes that FFmpeg has to read in small tracks before the first sound. Raises OSError."""
    begin = file.peek(0, 8)
    if begin.startswith(b"OggS"):
        return min(_MOST_BYTES, pages_before_sound(file))
    if begin.endswith(b"ftyp"):
        return min(_MOST_BYTES, _movie_box(file))
    return 0 if begin.startswith(_CONTAINERS) else _BARE_BYTES


def _movie_box(file: BoundedFile) -> int:
    """The length of an MP4 file's "moov" (ISO/IEC 14496-12, 4.2); 0 where none is found soon."""
    at = 0
    for _ in range(_MOST_BOXES):
        head = file.peek(at, _BOX_HEAD)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if head[4:8] == b"moov":
            return size
        if size < 8:
            break
        at += size
        if at >= file.size:
            break
    return 0
