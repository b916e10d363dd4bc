"""A file decoded packet by packet into stereo at 48 kHz. Holds a moment of sound, never a track.

A broken packet is counted and passed over: FFmpeg's own reading would end there. What a file says of its length is no
length; only what was decoded is.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from numpy.typing import NDArray

from playlists.preparing.kinds import HEAD_BYTES, format_of, id3_bytes, wav_says_s
from playlists.preparing.locks import is_locked
from playlists.preparing.verdicts import Refused, RefusedError

RATE = 48_000  # Hz
LONGEST_S = 3 * 3600.0  # of decoded sound: ten minutes of silence are 0.1 MB of FLAC
BAD_SHARE, BAD_S = 0.01, 2.0  # more than either is a broken file
ID3_TAGS_MOST = 4
LOUDEST = 2.0  # full scales (+6 dB): a file of floats beyond it is no recording

Samples = NDArray[np.float32]


@dataclass(slots=True)
class Found:
    """What opening and decoding found, besides the sound. Seconds; `says_s`: the file's own word, None where it has
    none."""

    codec: str
    rate: int
    channels: int
    says_s: float | None
    has_film: bool = False
    frames: int = 0
    packets: int = 0
    bad: int = 0
    bad_s: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.frames / RATE


@dataclass(slots=True)
class Source:
    """An open file. One thread; read `blocks` once. `longest_s`: of decoded sound, in seconds."""

    file: BinaryIO
    container: InputContainer
    stream: AudioStream
    found: Found
    longest_s: float = LONGEST_S
    _resampler: AudioResampler | None = None
    _setup: tuple[object, ...] = field(default=())

    @classmethod
    def open(cls, path: Path, *, film: bool = False) -> Self:
        """Raises RefusedError, or OSError. `film`: take the sound of a film too."""
        with contextlib.ExitStack() as opened:
            file = opened.enter_context(path.open("rb"))
            said_s = wav_says_s(file.read(HEAD_BYTES))
            container = opened.enter_context(_opened(file, _format(file)))
            stream = _sound(container, film=film)
            opened.pop_all()
        return cls(file, container, stream, _found(container, stream, said_s))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_unused: object) -> None:
        self.container.close()
        self.file.close()

    def blocks(self) -> Iterator[Samples]:
        """The sound, frames by 2. Raises RefusedError where it is too long, broken, or no sound at all."""
        for block in self._decoded():
            self.found.frames += len(block)
            if self.found.frames > self.longest_s * RATE:
                raise RefusedError(Refused.TOO_LONG, hours=round(self.longest_s / 3600))
            if _is_sound(block):
                yield block
            else:
                self._pass_over(block)
        self._check_damage()

    def _pass_over(self, block: Samples) -> None:
        """A file of floats may hold anything; of every other kind it is a broken packet that was decoded to a bang."""
        if self.found.codec.startswith("pcm_f"):
            raise RefusedError(Refused.NOT_NUMBERS)
        self.found.frames -= len(block)
        self.found.bad += 1
        self.found.bad_s += len(block) / RATE

    def _decoded(self) -> Iterator[Samples]:
        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.found.bad += 1
                self.found.bad_s += float((packet.duration or 0) * (packet.time_base or 0))
                continue
            for frame in frames:
                if isinstance(frame, AudioFrame):
                    yield from self._resampled(frame)
        if self._resampler is not None:
            yield from _arrays(self._resampler.resample(None))

    def _packets(self) -> "Iterator[av.Packet[AudioStream]]":
        """All of the chosen stream; a container that breaks off ends there."""
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                self.found.bad += 1
                return
            if packet is None:
                return
            self.found.packets += 1
            yield packet

    def _resampled(self, frame: AudioFrame) -> Iterator[Samples]:
        """A chained file may change rate and channels on its way."""
        setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or setup != self._setup:
            if self._resampler is None:
                # What the decoder gives, not what the file says: AAC with SBR plays at twice the rate of its header.
                self.found.rate, self.found.channels = frame.sample_rate, frame.layout.nb_channels
            else:
                yield from _arrays(self._resampler.resample(None))
            self._resampler, self._setup = AudioResampler(format="flt", layout="stereo", rate=RATE), setup
        frame.pts = None  # gaps in a file's time stamps are no silence
        yield from _arrays(self._resampler.resample(frame))

    def _check_damage(self) -> None:
        found = self.found
        if found.seconds < 1.0:
            raise RefusedError(Refused.BROKEN if found.bad else Refused.TOO_SHORT, seconds=round(found.seconds, 1))
        if found.bad_s > BAD_S or found.bad > BAD_SHARE * found.packets + 1:
            raise RefusedError(Refused.BROKEN, bad=found.bad, packets=found.packets)


def _format(file: BinaryIO) -> str:
    file.seek(0)
    if not (head := file.read(HEAD_BYTES)):
        raise RefusedError(Refused.EMPTY)
    if is_locked(file):
        raise RefusedError(Refused.PROTECTED)
    place = 0
    for _tag in range(ID3_TAGS_MOST):
        length = id3_bytes(head)
        place += length
        file.seek(place)
        head = file.read(HEAD_BYTES)
        if not length:
            break
    file.seek(0)
    return format_of(head.lstrip(b"\0") if place else head)


def _opened(file: BinaryIO, name: str) -> InputContainer:
    """Only as this one format; and by a file that is open already, so that no address in it is followed."""
    try:
        return av.open(file, "r", format=name, metadata_errors="replace")
    except (av.FFmpegError, ValueError):
        raise RefusedError(Refused.BROKEN) from None


def _sound(container: InputContainer, *, film: bool) -> AudioStream:
    if not container.streams.audio:
        is_film = any(_is_film(stream) for stream in container.streams.video)
        raise RefusedError(Refused.VIDEO if is_film else Refused.NO_SOUND)
    if not film and any(_is_film(stream) for stream in container.streams.video):
        raise RefusedError(Refused.VIDEO)
    stream = container.streams.audio[0]
    if stream.codec_context.name == "flac":
        stream.codec_context.options = {"err_detect": "crccheck+explode"}  # else a broken frame plays as a bang
    stream.codec_context.thread_count = 1  # one core for one file: the ward's pages go first
    return stream


def _is_film(stream: av.VideoStream) -> bool:
    return not stream.disposition & Disposition.attached_pic


def _found(container: InputContainer, stream: AudioStream, said_s: float | None) -> Found:
    says = container.duration / av.time_base if container.duration and container.duration > 0 else None
    return Found(
        codec=stream.codec_context.name,
        rate=stream.codec_context.sample_rate,
        channels=stream.codec_context.channels,
        says_s=said_s or says,
        has_film=any(_is_film(one) for one in container.streams.video),
    )


def _arrays(frames: list[AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        if frame.samples:
            yield np.asarray(frame.to_ndarray(), np.float32).reshape(-1, 2)


def _is_sound(block: Samples) -> bool:
    return bool(np.abs(block).max() <= LOUDEST)  # also False where one is no number
