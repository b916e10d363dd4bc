"""What kind of file it is, by its first bytes and never by its name. Pure.

FFmpeg would find an MP3 inside a ZIP, follow a list of files, and open noise as music: so a file is opened only as the
one format that it was found to be.
"""

import re

from playlists.preparing.verdicts import Refused, RefusedError

HEAD_BYTES = 1 << 16
SCANNED_BYTES = 4096  # a frame of MP3 or AAC begins within them where nothing else does

_REFUSED: tuple[tuple[bytes, Refused], ...] = (
    (b"PK\x03\x04", Refused.ARCHIVE),
    (b"PK\x05\x06", Refused.ARCHIVE),
    (b"Rar!\x1a\x07", Refused.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Refused.ARCHIVE),
    (b"\x1f\x8b", Refused.ARCHIVE),
    (b"BZh", Refused.ARCHIVE),
    (b"\xfd7zXZ", Refused.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Refused.ARCHIVE),
    (b"%PDF", Refused.DOCUMENT),
    (b"\xd0\xcf\x11\xe0", Refused.DOCUMENT),
    (b"{\\rtf", Refused.DOCUMENT),
    (b"\xff\xd8\xff", Refused.PICTURE),
    (b"\x89PNG\r\n\x1a\n", Refused.PICTURE),
    (b"GIF8", Refused.PICTURE),
    (b"BM", Refused.PICTURE),
    (b"II*\x00", Refused.PICTURE),
    (b"MM\x00*", Refused.PICTURE),
    (b"MThd", Refused.MIDI),
    (b"\x7fELF", Refused.UNKNOWN),
    (b"MZ", Refused.UNKNOWN),
)
_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"MAC ", "ape"),
    (b"wvpk", "wv"),
    (b"caff", "caf"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b".snd", "au"),
    (b"riff\x2e\x91\xcf\x11", "w64"),
    (b"#!AMR", "amr"),
)
_LISTS = re.compile(
    rb"#EXTM3U|ffconcat|\[playlist\]|v=0\r?\n|<\?xml[^>]*>\s*<(playlist|smil)|<(playlist|asx)", re.IGNORECASE
)
_LINES = re.compile(
    rb"\s*(#.*\s+)*[^\x00-\x08\x0e-\x1f]+\.(mp3|flac|ogg|opus|m4a|wav|wma|aac)\s*$", re.IGNORECASE | re.MULTILINE
)
_MARKUP = re.compile(rb"\s*(<!doctype|<html|<\?xml|<svg)", re.IGNORECASE)
_PROTECTED = (b"drms", b"drmi", b"enca", b"aavd", b"aax ")


def format_of(head: bytes, whole_head: bytes | None = None) -> str:
    """FFmpeg's name of the format in which the file may be opened. `head`: its first bytes; `whole_head`: those after
    an ID3 tag, where one stands in front. Raises RefusedError."""
    if not head:
        raise RefusedError(Refused.EMPTY)
    body = head if whole_head is None else whole_head
    found = _container(body) or _stream_of_frames(body)
    if found is not None:
        return found
    raise RefusedError(_why(body))


def id3_bytes(head: bytes) -> int:
    """How many bytes an ID3v2 tag takes at the file's beginning; 0 where there is none."""
    if len(head) < 10 or head[:3] != b"ID3":
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if head[5] & 0x10 else 0)


def is_protected(head: bytes) -> bool:
    """Whether a shop's lock is on it: such a file decodes to noise."""
    return head[4:8] == b"ftyp" and (head[8:11] == b"aax" or any(mark in head for mark in _PROTECTED))


def _container(body: bytes) -> str | None:
    if body[:4] in {b"RIFF", b"RF64", b"FFIR"} and body[8:12] == b"WAVE":
        return "wav"
    if body[:4] == b"FORM" and body[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    if body[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"}:
        return "mov"
    return next((name for mark, name in _FORMATS if body.startswith(mark)), None)


def _stream_of_frames(body: bytes) -> str | None:
    """MP3 or AAC have no mark at their beginning: two frames in a row are one."""
    if any(body.startswith(mark) for mark, _refused in _REFUSED):
        return None
    for place in range(min(len(body) - 4, SCANNED_BYTES)):
        if body[place] != 0xFF:
            continue
        for name, length_of in (("mp3", _mp3_bytes), ("aac", _adts_bytes)):
            length = length_of(body[place : place + 7])
            if length and length_of(body[place + length : place + length + 7]):
                return name
    return None


_MP3_KBITS = {
    (3, 3): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (3, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 1): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MP3_HZ = (44_100, 48_000, 32_000)


def _mp3_bytes(frame: bytes) -> int:
    """The length of the frame of MPEG audio (ISO 11172-3, 13818-3) whose header this is; 0 where it is none."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        return 0
    version, layer, kbits, hz = frame[1] >> 3 & 3, frame[1] >> 1 & 3, frame[2] >> 4, frame[2] >> 2 & 3
    if version == 1 or layer == 0 or kbits in {0, 15} or hz == 3:
        return 0
    bits = 1000 * _MP3_KBITS[3 if version == 3 else 2, layer][kbits]
    rate = _MP3_HZ[hz] >> {3: 0, 2: 1, 0: 2}[version]
    padding = frame[2] >> 1 & 1
    if layer == 3:
        return (12 * bits // rate + padding) * 4
    return (144 if version == 3 or layer == 2 else 72) * bits // rate + padding


def _adts_bytes(frame: bytes) -> int:
    """The same for AAC in ADTS (ISO 13818-7)."""
    if len(frame) < 7 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0 or frame[2] >> 2 & 15 > 12:
        return 0
    return (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5


def _why(body: bytes) -> Refused:
    for mark, refused in _REFUSED:
        if body.startswith(mark):
            return refused
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return Refused.PICTURE
    if _LISTS.search(body[:SCANNED_BYTES]) or _LINES.match(body[:SCANNED_BYTES]):
        return Refused.PLAYLIST
    return Refused.DOCUMENT if _MARKUP.match(body) or _is_text(body) else Refused.UNKNOWN


def _is_text(body: bytes) -> bool:
    try:
        text = body[:SCANNED_BYTES].decode("utf-8", "strict" if len(body) < SCANNED_BYTES else "ignore")
    except UnicodeDecodeError:
        return False
    return bool(text) and all(char.isprintable() or char in "\r\n\t\f" for char in text)
