"""What a file says of itself: title, artist and the like, and its cover picture, made small and without its maker's
traces."""

import io
import unicodedata
from collections.abc import Mapping

import av
from av.container import InputContainer
from av.stream import Disposition
from PIL import Image, ImageOps

LETTERS_MOST = 200
COVER_BYTES_MOST = 16 << 20
COVER_PIXELS_MOST = 25_000_000  # looked at before anything is unpacked: 80 MP fit in a PNG of 0.2 MB
COVER_SIDE = 480
TAKEN = ("title", "artist", "album", "date", "genre", "language", "composer", "copyright", "license", "TBPM")
_KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def labels(container: InputContainer) -> dict[str, str]:
    """Its tags by name, each one line of at most 200 letters."""
    found: dict[str, str] = {}
    for tags in (container.metadata, *(stream.metadata for stream in container.streams.audio[:1])):
        found |= _taken(tags)
    return found


def one_line(text: str) -> str:
    """Text from outside as it may stand in a database and on a page: no controls, no halves of characters."""
    whole = text[: 8 * LETTERS_MOST].encode("utf-8", "replace").decode("utf-8", "replace")
    plain = "".join(" " if unicodedata.category(char).startswith("C") else char for char in whole)
    return " ".join(unicodedata.normalize("NFC", plain).split())[:LETTERS_MOST].strip()


def cover(container: InputContainer) -> bytes | None:
    """The cover as a JPEG of at most 480 by 480; None where there is none that can be used."""
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            raw = _packet(container, stream)
            return None if raw is None else small_picture(raw)
    return None


def small_picture(raw: bytes) -> bytes | None:
    """A picture turned as it is meant, made small, as a new JPEG: what its camera wrote of place and time is gone."""
    try:
        with Image.open(io.BytesIO(raw), formats=_KINDS) as picture:
            if picture.width * picture.height > COVER_PIXELS_MOST:
                return None
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((COVER_SIDE, COVER_SIDE))
            made = io.BytesIO()
            upright.save(made, "JPEG", quality=85)
            return made.getvalue()
    except Exception:  # noqa: BLE001 - whatever is wrong with a picture, the music is none the worse
        return None


def _packet(container: InputContainer, stream: av.VideoStream) -> bytes | None:
    try:
        packet = next(container.demux(stream), None)
    except av.FFmpegError:
        return None
    return bytes(packet) if packet is not None and 0 < packet.size <= COVER_BYTES_MOST else None


def _taken(tags: Mapping[str, str]) -> dict[str, str]:
    lower = {name.lower(): value for name, value in tags.items()}
    lines = {name.lower(): one_line(lower.get(name.lower(), "")) for name in TAKEN}
    return {name: line for name, line in lines.items() if line}
