"""What kind of file it is, by its first bytes and never by its name. Pure.

FFmpeg would find an MP3 inside a ZIP, follow a list of files, and open noise as music: so a file is opened only as the
one format that it was found to be.
"""

import re
from collections.abc import Callable

from playlists.preparing.verdicts import Refused, RefusedError

HEAD_BYTES = 1 << 16
TEXT_BYTES = 4096  # of a text, to tell what it is
UNKNOWN_WAV_BYTES = 0xFFFF0000  # who records into a pipe writes the highest size, or nearly
FRAMES_IN_A_ROW = 3  # noise has one of MP3 by chance in 6 kB, three never

_REFUSED: tuple[tuple[bytes, Refused], ...] = (
    (b"PK\x03\x04", Refused.ARCHIVE),
    (b"PK\x05\x06", Refused.ARCHIVE),
    (b"PK\x07\x08", Refused.ARCHIVE),
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
    (b"FLV\x01", "flv"),
    (b"\x00\x00\x01\xba", "mpeg"),
)
_LISTS = re.compile(r"#EXTM3U|^ffconcat|^\[playlist\]|^v=0$|<(playlist|smil|asx)\b", re.IGNORECASE | re.MULTILINE)
_MUSIC_NAMES = (".mp3", ".flac", ".ogg", ".opus", ".m4a", ".wav", ".wma", ".aac")
_STILL_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"}  # a photograph in the box of a film


def format_of(body: bytes) -> str:
    """FFmpeg's name of the format in which the file may be opened. `body`: its first bytes, or those after its ID3
    tags. Raises RefusedError."""
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


def wav_says_s(head: bytes) -> float | None:
    """How many seconds a WAV says it has, which FFmpeg does not tell of one that was cut; None for no word."""
    place, a_second = 12, 0
    while place + 8 <= len(head) and head[8:12] == b"WAVE":
        name, size = head[place : place + 4], int.from_bytes(head[place + 4 : place + 8], "little")
        if name == b"fmt ":
            a_second = int.from_bytes(head[place + 16 : place + 20], "little")
        if name == b"data":
            return size / a_second if a_second and 0 < size < UNKNOWN_WAV_BYTES else None
        place += 8 + size + size % 2
    return None


def _container(body: bytes) -> str | None:
    if body[:4] in {b"RIFF", b"RF64", b"FFIR"} and body[8:12] == b"WAVE":
        return "wav"
    if body[:4] == b"FORM" and body[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    if body[:4] == b"RIFF" and body[8:12] == b"AVI ":
        return "avi"
    if body[4:8] == b"ftyp" and body[8:12] in _STILL_BRANDS:
        return None
    if body[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
        return "mov"
    return next((name for mark, name in _FORMATS if body.startswith(mark)), None)


def _stream_of_frames(body: bytes) -> str | None:
    """MP3 or AAC have no mark at their beginning: three frames in a row are one."""
    if body[257:262] == b"ustar" or any(body.startswith(mark) for mark, _refused in _REFUSED):
        return None
    place = body.find(0xFF)
    while place >= 0:
        for name, length_of in (("mp3", _mp3_bytes), ("aac", _adts_bytes)):
            if _frames_follow(body, place, length_of):
                return name
        place = body.find(0xFF, place + 1)
    return None


def _frames_follow(body: bytes, place: int, length_of: Callable[[bytes], int]) -> bool:
    for _frame in range(FRAMES_IN_A_ROW):
        length = length_of(body[place : place + 7])
        if not length:
            return False
        place += length
    return True


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
    if body[257:262] == b"ustar":
        return Refused.ARCHIVE
    if (body[:4] == b"RIFF" and body[8:12] == b"WEBP") or (body[4:8] == b"ftyp" and body[8:12] in _STILL_BRANDS):
        return Refused.PICTURE
    text = _text(body[:TEXT_BYTES])
    if text is None:
        return Refused.UNKNOWN
    return Refused.PLAYLIST if _LISTS.search(text) or _names_music(text) else Refused.DOCUMENT


def _names_music(text: str) -> bool:
    """Whether the first line that is no comment is the name of a file of music."""
    lines = (line.strip().lower() for line in text.split("\n"))
    return next((line for line in lines if line and not line.startswith("#")), "").endswith(_MUSIC_NAMES)


def _text(beginning: bytes) -> str | None:
    """The beginning of a file as text with plain line ends; None where it is none."""
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = beginning[: len(beginning) & ~1].decode("utf-16", "replace")
    else:
        try:
            text = _without_half_a_letter(beginning).decode("utf-8-sig")
        except UnicodeDecodeError:
            text = beginning.decode("cp1252", "replace")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    strange = sum(not (char.isprintable() or char in "\n\t\f") for char in plain)
    return plain if plain and not strange else None


def _without_half_a_letter(beginning: bytes) -> bytes:
    """A letter of UTF-8 that the end cuts in two is taken off."""
    for cut in range(1, min(4, len(beginning)) + 1):
        if beginning[-cut] >= 0xC0:
            return beginning[:-cut]
        if beginning[-cut] < 0x80:
            return beginning
    return beginning
