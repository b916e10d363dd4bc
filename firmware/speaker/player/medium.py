"""An opened file of music: its container, its sound, where it begins and what its head says. Decodes nothing.

FFmpeg's decoders take a third to a half of the time of libsndfile's, and it reads whatever an upload may be. It may
even crash on what is no music: the player is a process of its own.
"""

import math
from pathlib import Path
from typing import Any, Self

import av
import av.error
from av.container import Flags
from av.stream import Discard

from firmware.speaker.chain.frames import RATE
from firmware.speaker.errors import DecodeError
from firmware.speaker.player.bounded_file import BoundedFile
from firmware.speaker.player.heads import head_bytes
from firmware.speaker.player.ogg import ends_as_it_began, next_stream

av.logging.set_level(None)  # what is wrong with a file stands in our reason; each line would cost a call
WRONG = (
    av.error.FFmpegError,
    OSError,
    ValueError,
    ArithmeticError,
    LookupError,
    MemoryError,
    AttributeError,
    TypeError,
)
_OPTIONS = {
    "probesize": "131072",  # bytes that are looked at to learn what a file is: not half of it
    "analyzeduration": "200000",  # microseconds
    "protocol_whitelist": "none",  # a playlist that calls itself music must not open or fetch anything
}
# To open a file, beside what its head claims. Whole ones take 260,000 bytes and 25 seeks at most; to search junk costs
# up to 0.5 us for each byte, and ten times that on the box. Pictures hardly count, see `BoundedFile`.
_OPEN_BYTES = 1 << 19
_SEEK_BYTES = 1 << 25  # what has no index is read up to the place
_SEEK_OGG_BYTES = 1 << 19  # halved again and again; where pages are hurt each of them is searched several times
_EXACT_SEEK_S = 600.0  # beyond, the place in a file without an index is reckoned: reading up to it takes 0.1 s and more
_PREROLL_S = 0.1  # Opus needs 80 ms to find its feet after a jump (RFC 7845, 4.6)
_SLICE_BYTES = 1 << 18  # what a read may search for the next sound; a few ms
_SLICE_BESIDE_BYTES = 1 << 22  # ... where pictures lie between the sounds
_RATES_HZ = range(8_000, 192_001)
# Their heads say how long they are. The others' lengths are guessed from the bit rate, or hold for a part only.
_TELLING = {"flac", "ogg", "wav", "w64", "aiff", "au", "caf", "mov", "matroska", "wv", "tta", "ape"}


class Medium:
    """One open file. One thread; every method may touch the disk."""

    def __init__(self, file: BoundedFile, container: Any, name: str) -> None:
        self.name = name
        self.file = file
        self._last_place = -1  # behind which no further stream begins
        self.is_reckoned = False  # whether it stands where someone reckoned the place to be
        self._take(container)

    def _take(self, container: Any) -> None:
        self.container = container
        self.stream = container.streams.audio[0]
        self.time_base = float(self.stream.time_base)
        self.begin_s = (self.stream.start_time or 0) * self.time_base  # the stamp of the first sound
        beside = [stream for stream in container.streams if stream is not self.stream]
        for stream in beside:
            stream.discard = Discard.all
        self.slice_bytes = _SLICE_BESIDE_BYTES if beside else _SLICE_BYTES

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file of music. Raises DecodeError with one line that names the file."""
        _check_file(path)
        try:
            file = BoundedFile(path)
        except OSError as error:
            raise DecodeError(f"{path.name}: {one_line(error)}") from error
        try:
            return cls._opened(file, path.name)
        except DecodeError:
            file.close()
            raise

    @classmethod
    def _opened(cls, file: BoundedFile, name: str) -> Self:
        container = _container(file, name)
        try:
            return cls(file, container, name)
        except WRONG as error:
            container.close()
            raise DecodeError(f"{name}: {one_line(error)}") from error

    def go_on_behind(self, place: int) -> bool:
        """Open the next of several joined Ogg streams where FFmpeg does not: after a change of rate or channels."""
        if self.container.format.name != "ogg" or place == self._last_place:
            return False
        try:
            at = next_stream(self.file, place)
            if at is None:
                self._last_place = place
                return False
            self.file.base, self._last_place = self.file.base + at, -1
            self.file.seek(0)
            container = _container(self.file, self.name)
        except (DecodeError, OSError):
            return False
        self.container.close()
        self._take(container)
        return True

    @property
    def seconds(self) -> float | None:
        """How long it is, as its head says."""
        if self.stream.duration is not None:
            return float(self.stream.duration) * self.time_base
        duration = self.container.duration
        return None if duration is None else float(duration) / 1e6

    def is_length_told(self) -> bool:
        """Whether its head knows, so that less is a file cut short."""
        kind = self.container.format.name.split(",")[0]
        return kind in _TELLING and bool(self.seconds) and (kind != "ogg" or ends_as_it_began(self.file))

    def go_to(self, start_s: float) -> None:
        """Go to a little before a place. Raises DecodeError where there is no such place."""
        stamp = self.stamp(start_s)
        self.file.allow(_SEEK_OGG_BYTES if self.container.format.name == "ogg" else _SEEK_BYTES)
        if start_s > _EXACT_SEEK_S and self.container.format.name in ("mp3", "aac"):
            self.is_reckoned = True
            self.container.flags |= Flags.fast_seek.value
        try:
            self.container.seek(stamp, stream=self.stream)
        except WRONG as error:
            raise DecodeError(f"{self.name}: cannot start at {start_s:.1f} s: {one_line(error)}") from error

    def stamp(self, start_s: float) -> int:
        """The time stamp from which on packets are needed, to start at `start_s`."""
        return math.floor((self.begin_s + max(0.0, start_s - _PREROLL_S)) / self.time_base)

    def position(self, pts: int) -> int:
        """The place of a time stamp, in frames at our rate from the first sound."""
        return round((pts * self.time_base - self.begin_s) * RATE)

    def close(self) -> None:
        """Close the file."""
        self.container.close()
        self.file.close()


def one_line(error: BaseException) -> str:
    """What an error says, without its line ends."""
    words = str(getattr(error, "strerror", None) or error).split()
    return " ".join(words) or type(error).__name__


def _container(file: BoundedFile, name: str) -> Any:
    try:
        file.allow(_OPEN_BYTES + head_bytes(file))
        # Names of artists come in any code page.
        container = av.open(file, options=_OPTIONS, metadata_errors="ignore")
    except WRONG as error:
        raise DecodeError(f"{name}: {one_line(error)}") from error
    try:
        _check_sound(container, name)
    except DecodeError:
        container.close()
        raise
    return container


def _check_file(path: Path) -> None:
    # Looked at before opening: a pipe would be waited for, for ever.
    try:
        if not path.is_file():
            raise DecodeError(f"{path.name}: {'not a file' if path.exists() else 'no such file'}")
        if path.stat().st_size == 0:
            raise DecodeError(f"{path.name}: the file is empty")
    except (OSError, ValueError) as error:
        raise DecodeError(f"{path.name}: {one_line(error)}") from error


def _check_sound(container: Any, name: str) -> None:
    if not container.streams.audio:
        raise DecodeError(f"{name}: holds no sound")
    context = container.streams.audio[0].codec_context
    if context is None:
        raise DecodeError(f"{name}: holds sound of a kind that is not known here: save it as FLAC or MP3")
    if context.sample_rate not in _RATES_HZ or context.channels < 1:
        says = f"{context.sample_rate} Hz, {context.channels} channels"
        raise DecodeError(f"{name}: its head says {says}: that is no music, convert it first")
    context.thread_count = 1  # threads of a decoder cost more than they bring here
    if context.name == "flac":  # a hurt frame has a wrong checksum; decoded all the same, it is loud noise
        context.options = {"err_detect": "crccheck+explode"}
