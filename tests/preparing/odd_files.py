"""Files as people bring them: music of a few seconds in every format, and all that can be wrong with it."""

import io
import struct
import tempfile
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

RATE = 48_000
Sound = NDArray[np.float32]
_FORMATS = {
    "mp3": ("mp3", "libmp3lame", "s16p"),
    "flac": ("flac", "flac", "s16"),
    "m4a": ("ipod", "aac", "fltp"),
    "ogg": ("ogg", "vorbis", "fltp"),
    "opus": ("ogg", "libopus", "flt"),
    "wav": ("wav", "pcm_s16le", "s16"),
    "float.wav": ("wav", "pcm_f32le", "flt"),
    "aiff": ("aiff", "pcm_s16be", "s16"),
}


def music(seconds: float = 6.0, *, rate: int = RATE, hz: float = 220.0, level: float = 0.3) -> Sound:
    """A chord that swells and falls, a little different left and right. Frames by 2."""
    at = np.arange(round(seconds * rate)) / rate
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.5 * at)
    sides = [sum(np.sin(2 * np.pi * hz * part * at + side) / part for part in (1, 2, 3)) for side in (0.0, 0.7)]
    return (level / 1.8 * swell[:, None] * np.stack(sides, axis=1)).astype(np.float32)


def silence(seconds: float) -> Sound:
    return np.zeros((round(seconds * RATE), 2), np.float32)


def written(
    sound: Sound,
    kind: str,
    *,
    rate: int = RATE,
    layout: str | None = None,
    tags: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    bits_a_second: int | None = 192_000,
) -> bytes:
    """The sound in a file of this kind."""
    container_format, codec, samples = _FORMATS[kind]
    with (
        tempfile.NamedTemporaryFile() as file,
        av.open(file.name, "w", format=container_format, container_options=options or {}) as container,
    ):
        container.metadata.update(tags or {})
        layout = layout or {1: "mono", 2: "stereo", 6: "5.1"}[sound.shape[1]]
        stream = container.add_stream(codec, rate=rate, layout=layout, options={"strict": "experimental"})
        if bits_a_second and not codec.startswith("pcm") and codec != "flac":
            stream.bit_rate = bits_a_second
        encode(container, stream, sound, samples, rate)
        container.close()
        return Path(file.name).read_bytes()


def encode(container, stream, sound: Sound, samples: str, rate: int) -> None:
    resampler = av.AudioResampler(format=samples, layout=stream.layout.name, rate=rate, frame_size=stream.frame_size)
    for begin in range(0, len(sound), 1 << 14):
        block = np.ascontiguousarray(sound[begin : begin + (1 << 14)])
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout=stream.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
        for ready in resampler.resample(frame):
            container.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        container.mux(stream.encode(ready))
    container.mux(stream.encode(None))


def film(sound: Sound, container_format: str = "mp4") -> bytes:
    """A film with sound."""
    file = io.BytesIO()
    with av.open(file, "w", format=container_format) as container:
        pictures = container.add_stream("mpeg4", rate=5)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        voice = container.add_stream("aac" if container_format == "mp4" else "libmp3lame", rate=RATE, layout="stereo")
        for _frame in range(round(len(sound) / RATE * 5)):
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))))
        container.mux(pictures.encode(None))
        encode(container, voice, sound, "fltp" if container_format == "mp4" else "s16p", RATE)
    return file.getvalue()


def id3(*frames: bytes) -> bytes:
    """An ID3v2.3 tag of these frames."""
    body = b"".join(frames)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def id3_frame(name: bytes, body: bytes, flags: bytes = b"\0\0") -> bytes:
    return name + struct.pack(">I", len(body)) + flags + body


def id3_text(name: bytes, text: str) -> bytes:
    return id3_frame(name, b"\x01" + text.encode("utf-16"))


def id3_cover(picture: bytes, kind: bytes = b"image/jpeg") -> bytes:
    return id3_frame(b"APIC", b"\0" + kind + b"\0\x03\0" + picture)


def id3_bomb(letters: int) -> bytes:
    """A title that is 0.1 % of its unpacked size."""
    packed = zlib.compress(b"\0" + b"A" * letters, 9)
    return id3_frame(b"TIT2", struct.pack(">I", letters + 1) + packed, b"\0\x80")


def without_id3(mp3: bytes) -> bytes:
    """FFmpeg writes a tag in front; joined and cut files have none."""
    if mp3[:3] != b"ID3":
        return mp3
    size = sum(byte << shift for byte, shift in zip(mp3[6:10], (21, 14, 7, 0), strict=True))
    return mp3[10 + size :]


def with_xing_frames(mp3: bytes, frames: int) -> bytes:
    """The MP3 with another number of frames in its header."""
    place = max(mp3[:8192].find(b"Xing"), mp3[:8192].find(b"Info"))
    assert place > 0
    return mp3[: place + 8] + struct.pack(">I", frames) + mp3[place + 12 :]


def with_hole(whole: bytes, share: float = 0.4, length: int = 9000) -> bytes:
    """Garbage written over some of it."""
    begin = int(len(whole) * share)
    garbage = np.random.default_rng(5).integers(0, 256, length, np.uint8).tobytes()
    return whole[:begin] + garbage + whole[begin + length :]


def with_wav_size(wav: bytes, size: int) -> bytes:
    place = wav.index(b"data")
    return wav[:4] + struct.pack("<I", size) + wav[8 : place + 4] + struct.pack("<I", size) + wav[place + 8 :]


def locked(m4a: bytes, entry: bytes) -> bytes:
    """The M4A as a shop sells it."""
    place = m4a.index(b"mp4a", m4a.index(b"stsd"))
    return m4a[:place] + entry + m4a[place + 4 :]


def picture(width: int = 60, height: int = 40, kind: str = "JPEG", **options: object) -> bytes:
    made = io.BytesIO()
    image = Image.new("RGB", (width, height), (40, 90, 160))
    image.paste((250, 250, 250), (0, 0, width // 2, height // 2))
    image.save(made, kind, **options)
    return made.getvalue()


def wide_png(side: int) -> bytes:
    """A PNG of a few kB that unpacks to side by side pixels."""
    made = io.BytesIO()
    Image.new("1", (side, side)).save(made, "PNG")
    return made.getvalue()


def noise(size: int, seed: int = 1) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, size, np.uint8).tobytes()
