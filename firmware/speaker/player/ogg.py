"""Ogg's pages, as far as they tell where a file is several that were joined (RFC 3533)."""

import re
from itertools import takewhile

from firmware.speaker.player.bounded_file import BoundedFile

_PAGE = re.compile(rb"OggS\x00(.)[\s\S]{8}([\s\S]{4})", re.DOTALL)  # flags, granule position, serial number
_LONGEST_PAGE = 65_307  # bytes
_PAGE_HEAD = 27  # bytes before the table of a page's segments
_NO_SOUND = (bytes(8), b"\xff" * 8)  # granule positions
_MOST_HEAD_PAGES = 400  # a picture of 16 MB in text
_FIRST_PAGE = 0x02  # flag: a stream begins


def ends_as_it_began(file: BoundedFile) -> bool:
    """Whether the last page lies at the end, and belongs to a stream that began with the file. Raises OSError."""
    first = _PAGE.findall(file.peek(0, _LONGEST_PAGE))
    last = _PAGE.findall(file.peek(max(0, file.size - _LONGEST_PAGE), _LONGEST_PAGE))
    begun = {serial for _, serial in takewhile(lambda page: page[0][0] & _FIRST_PAGE, first)}
    return bool(last) and last[-1][1] in begun


def pages_before_sound(file: BoundedFile) -> int:
    """Bytes of the pages before the first sound, as far as they follow each other. Raises OSError."""
    at = 0
    for number in range(_MOST_HEAD_PAGES):
        head = file.peek(at, _PAGE_HEAD + 255)
        is_page = len(head) > _PAGE_HEAD and _PAGE.match(head) and head[18:22] == number.to_bytes(4, "little")
        if not is_page or head[6:14] not in _NO_SOUND:
            break
        at += _PAGE_HEAD + head[26] + sum(head[_PAGE_HEAD : _PAGE_HEAD + head[26]])
    return at


def next_stream(file: BoundedFile, after: int) -> int | None:
    """Where the next stream begins, not far behind a place; None where none does. Raises OSError."""
    for page in _PAGE.finditer(file.peek(after + 1, 4 * _LONGEST_PAGE)):
        if page[1][0] & _FIRST_PAGE:
            return after + 1 + page.start()
    return None
