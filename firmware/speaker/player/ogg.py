"""Ogg's pages, as far as they tell where a file is several that were joined (RFC 3533)."""

import os
import re
from itertools import takewhile

from firmware.speaker.player.bounded_file import BoundedFile

_PAGE = re.compile(rb"OggS\x00(.)[\s\S]{8}([\s\S]{4})", re.DOTALL)  # flags, granule position, serial number
_LONGEST_PAGE = 65_307  # bytes
_FIRST_PAGE = 0x02  # flag: a stream begins


def ends_as_it_began(file: BoundedFile) -> bool:
    """Whether the last page lies at the end, and belongs to a stream that began with the file."""
    at, size = file.tell(), file.size
    try:
        file.seek(0)
        file.allow(2 * _LONGEST_PAGE)
        first = _PAGE.findall(file.read(_LONGEST_PAGE))
        file.seek(max(0, size - _LONGEST_PAGE), os.SEEK_SET)
        last = _PAGE.findall(file.read(_LONGEST_PAGE))
    finally:
        file.seek(at)
    begun = {serial for _, serial in takewhile(lambda page: page[0][0] & _FIRST_PAGE, first)}
    return bool(last) and last[-1][1] in begun


def next_stream(file: BoundedFile, after: int) -> int | None:
    """Where the next stream begins, not far behind a place; None where none does."""
    file.seek(after + 1)
    file.allow(4 * _LONGEST_PAGE)
    for page in _PAGE.finditer(file.read(4 * _LONGEST_PAGE)):
        if page[1][0] & _FIRST_PAGE:
            return after + 1 + page.start()
    return None
