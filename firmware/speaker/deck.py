"""One play on the ring's time: where it began, what is decoded, how and when it ends. Knows no device.

Two decks may sound at once: one leaves while the next begins.
"""

import logging
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.decode import Source
from firmware.speaker.errors import DecodeError
from firmware.speaker.gain import Gains, Line
from firmware.speaker.ring import CHANNELS, RATE, RING_FRAMES, spans

_log = logging.getLogger(__name__)

_NEVER = 1 << 62


class Ending(Enum):
    """What silences a deck first."""

    NONE = auto()
    ENDED = auto()  # the piece is over
    FADED = auto()
    LEFT = auto()  # stopped, or replaced by another play


class Deck:
    """One play. The decoded samples of a whole ring are kept, so that any of it can be rendered again.

    Decks count frames from their own first one; `start` is where that lies on the ring. One thread only.
    """

    def __init__(self, play_id: int, source: Source) -> None:
        self.play_id = play_id
        self.start = 0
        self.gains = Gains(Line.flat(0.0), Line.flat(0.0))
        self._source = source
        self._samples = np.empty((RING_FRAMES, CHANNELS), np.float32)
        self._decoded = 0
        self._length: int | None = None
        self._fade_end = _NEVER
        self._exit_end = _NEVER

    def decode_to(self, ring_frame: int) -> None:
        """Decode up to a ring frame. A file that breaks in the middle is over there, as one cut short is."""
        while self._length is None and self._decoded < ring_frame - self.start:
            place, frames = next(spans(self._decoded, ring_frame - self.start - self._decoded))
            try:
                read = self._source.read(self._samples[place : place + frames])
            except DecodeError as error:
                if self._decoded == 0:
                    raise
                _log.warning("piece cut short: %s", error)
                read = 0
            self._decoded += read
            if read < frames:
                self._length = self._decoded
        if self._decoded == 0:
            raise DecodeError(f"{self._source.name}: holds no sound that can be decoded")

    def samples(self, first: int, frames: int) -> NDArray[np.float32]:
        """Decoded samples from a ring frame on, as one run of interleaved values; fewer where the deck ends."""
        local = first - self.start
        have = max(0, min(frames, self._decoded - local))
        runs = [self._samples[place : place + length] for place, length in spans(local, have)]
        return (runs[0] if len(runs) == 1 else np.concatenate([self._samples[:0], *runs])).reshape(-1)

    @property
    def end(self) -> int:
        """The ring frame after the last sound, as far as it is known yet."""
        return min(self._source_end, self._fade_end, self._exit_end)

    @property
    def ending(self) -> Ending:
        """Why it ends there. Who was asked to leave leaves, whatever else would have come first."""
        if self._exit_end != _NEVER:
            return Ending.LEFT
        if self._fade_end < self._source_end:
            return Ending.FADED
        return Ending.NONE if self._source_end == _NEVER else Ending.ENDED

    @property
    def is_leaving(self) -> bool:
        """Whether it was stopped or replaced."""
        return self._exit_end != _NEVER

    def heard_s(self, ring_frame: int) -> float:
        """Seconds of this play before a ring frame."""
        return max(0, min(ring_frame, self.end) - self.start) / RATE

    def fade(self, ring_frame: int, seconds: float) -> None:
        """Fade from a ring frame on."""
        self.gains = self.gains.with_fade(ring_frame, seconds)
        self._fade_end = self.gains.fade.end

    def leave(self, ring_frame: int, seconds: float) -> None:
        """Ramp down from a ring frame on, for good; a second call can only shorten the ramp."""
        gains = self.gains.with_exit(ring_frame, seconds)
        if gains.exit.end < self._exit_end:
            self.gains, self._exit_end = gains, gains.exit.end

    def close(self) -> None:
        """Close the piece's file."""
        self._source.close()

    @property
    def _source_end(self) -> int:
        return _NEVER if self._length is None else self.start + self._length
