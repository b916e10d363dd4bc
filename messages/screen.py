"""The picture on a box's screen, packed for the wire: 128 x 64 pixels, one bit each. Knows no screen and no bus."""

import base64
import binascii
import zlib

FRAME_BYTES = 1024  # eight pages of 128 columns, the lowest bit on top: as it goes to the chip
WATCHED_S = 30.0  # how long a `watch` lasts; the ward asks again before


def pack(frame: bytes) -> str:
    """The frame in zlib and base64: some 300 characters for a word and a band, 1,400 at most."""
    return base64.b64encode(zlib.compress(frame, 9)).decode("ascii")


def unpack(packed: str) -> bytes:
    """The 1024 bytes of the frame. Raises ValueError where they are not; never reads further than that."""
    try:
        reader = zlib.decompressobj()
        frame = reader.decompress(base64.b64decode(packed, validate=True), FRAME_BYTES + 1)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"no packed frame: {error}") from error
    if len(frame) != FRAME_BYTES or not reader.eof or reader.unused_data:
        raise ValueError(f"a packed frame holds {FRAME_BYTES} bytes")
    return frame
