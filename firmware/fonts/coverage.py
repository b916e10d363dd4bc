"""Which signs a typeface has, read from its `cmap` table (OpenType 1.9, formats 4 and 12). Knows no pixel."""

import struct
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import unpack_from

_SEGMENTS, _GROUPS = 4, 12  # formats: ranges within the first 65,536 code points, ranges of all
Ranges = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Ranges of code points in ascending order; a sign in none of them would be the typeface's empty box."""

    firsts: tuple[int, ...]
    lasts: tuple[int, ...]

    def __contains__(self, sign: str) -> bool:
        at = bisect_left(self.lasts, ord(sign))
        return at < len(self.lasts) and self.firsts[at] <= ord(sign)


@lru_cache(maxsize=16)
def coverage(path: Path, face: int = 0) -> Coverage:
    """The signs of one face of a font file. A file that is none, or cannot be read, covers nothing."""
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as font:
            ranges = _ranges(font, _cmap(font, face))
    except (OSError, ValueError, struct.error):
        return Coverage((), ())
    return Coverage(tuple(first for first, _ in ranges), tuple(last for _, last in ranges))


def _cmap(font: mmap, face: int) -> int:
    """Where the table begins."""
    start = 0
    if font[:4] == b"ttcf":
        (start,) = unpack_from(">I", font, 12 + 4 * face)
    (tables,) = unpack_from(">H", font, start + 4)
    for at in range(start + 12, start + 12 + 16 * tables, 16):
        if font[at : at + 4] == b"cmap":
            return int(unpack_from(">I", font, at + 8)[0])
    raise ValueError("a font without a cmap table")


def _ranges(font: mmap, cmap: int) -> Ranges:
    """Those of format 12 if the font has one, for only it goes beyond 65,535."""
    (subtables,) = unpack_from(">H", font, cmap + 2)
    starts = [cmap + unpack_from(">I", font, cmap + 8 + 8 * index)[0] for index in range(subtables)]
    by_format = {unpack_from(">H", font, start)[0]: start for start in starts}
    if _GROUPS in by_format:
        return _groups(font, by_format[_GROUPS])
    return _segments(font, by_format[_SEGMENTS]) if _SEGMENTS in by_format else []


def _groups(font: mmap, at: int) -> Ranges:
    (count,) = unpack_from(">I", font, at + 12)
    return [unpack_from(">II", font, at + 16 + 12 * index) for index in range(count)]


def _segments(font: mmap, at: int) -> Ranges:
    """The ends stand together, then the beginnings, in arrays of the same length; the last segment is a mark."""
    (twice,) = unpack_from(">H", font, at + 6)
    lasts = unpack_from(f">{twice // 2}H", font, at + 14)
    firsts = unpack_from(f">{twice // 2}H", font, at + 16 + twice)
    return [(first, last) for first, last in zip(firsts, lasts, strict=True) if first != 0xFFFF]
