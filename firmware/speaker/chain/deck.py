"""One play: where it began, what is decoded, how and when it ends. Knows no device.

Two decks sound at once while one leaves and the next begins.
"""

from dataclasses import replace
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.downmix import Downmix, Factors
from firmware.speaker.chain.frames import CELL, CHANNELS, RATE, RING_FRAMES, spans
from firmware.speaker.chain.gain import FLAT, SILENT_DB, Crossing, Gains, Line
from firmware.speaker.chain.source import Source
from firmware.speaker.errors import DecodeError

NEVER = 1 << 62
EASE_FRAMES = 4 * CELL  # 21 ms: an end that nothing joins frame to frame is ramped down
SHORT_FRAMES = RATE // 10  # a track that ends this much sooner than its file's head says is cut short
RUN_FRAMES = 4096  # a track's own energy is kept for each run of so many frames
LOUDEST = 8.0  # 18 dB over full scale: no recording has more


class Ending(Enum):
    """What silences a deck first."""

    NONE = auto()
    ENDED = auto()  # the track is over, or the one that follows has taken over
    FADED = auto()
    LEFT = auto()  # stopped, or replaced by another play


class Deck:
    """One play. The decoded samples of a whole ring are kept, so that any of it can be mixed again.

    Decks count frames from their own first one; `start` is where that lies in the chain's time. One thread only.
    """

    def __init__(
        self,
        play_id: int,
        source: Source,
        *,
        start_s: float,
        gain_db: float,
        mono: bool,
        mono_mix: Factors | None = None,
    ) -> None:
        """start_s: where in its track the source begins; gain_db: brings the track to the level of all.

        mono_mix: what left and right are multiplied by where `mono` makes one of them; None: nobody has measured it.
        """
        self.play_id = play_id
        self.start = 0
        self.start_s = start_s
        self.gain_db = gain_db
        self.gains = Gains(Line.flat(0.0))
        self.broke = ""  # why the track ends before its time
        self._source = source
        self._downmix = Downmix(mono_mix) if mono else None
        self._samples = np.empty((RING_FRAMES, CHANNELS), np.float32)
        self._energy = np.zeros(RING_FRAMES // RUN_FRAMES)  # of what was decoded, before any mono sum, by runs
        self._decoded = 0
        self._length: int | None = None
        self._fade_end = NEVER
        self._exit_end = NEVER
        self._cross_end = NEVER

    def place(self, frame: int, gains: Gains) -> None:
        """Begin at a frame with these gains."""
        self.start, self.gains = frame, gains
        if self._length is not None:
            self._ease_out(frame)

    def decode_to(self, frame: int) -> None:
        """Decode up to a frame. A track that breaks in the middle is over there, as one cut short is.

        Raises DecodeError where nothing of it can be decoded.
        """
        while self._length is None and self._decoded < frame - self.start:
            place, frames = next(spans(self._decoded, frame - self.start - self._decoded))
            read = self._read(self._samples[place : place + frames], self._decoded)
            self._decoded += read
            if read < frames:
                self._finish()
        if self._decoded == 0:
            raise DecodeError(self.broke or f"{self._source.name}: holds no sound that can be decoded")

    def look_ahead(self, packets: int) -> None:
        """Find out some more about where the track will end, if its file does not say."""
        if self._length is None and not self._source.length_is_known:
            self._source.look_ahead(packets)

    def samples(self, first: int, frames: int) -> NDArray[np.float32]:
        """Decoded samples from a frame on, as one run of interleaved values; fewer where the deck ends."""
        local = first - self.start
        have = max(0, min(frames, self._decoded - local))
        runs = [self._samples[place : place + length] for place, length in spans(local, have)]
        return (runs[0] if len(runs) == 1 else np.concatenate([self._samples[:0], *runs])).reshape(-1)

    def power(self, first: int, frames: int) -> float:
        """Mean square of the track itself over these frames, at most a block, with its gains: what ought to sound."""
        begin, end = max(first, self.start), min(first + frames, self.end, self.start + self._decoded)
        if begin >= end:
            return 0.0
        runs = range((begin - self.start) // RUN_FRAMES, (end - 1 - self.start) // RUN_FRAMES + 1)
        # A start or an end in one of them is no silence yet.
        energy = min(float(self._energy[run % len(self._energy)]) for run in runs)
        gains = self.gains.amplitudes(begin, (end - begin) // CELL * CELL)
        gain = gains if isinstance(gains, float) else float(gains.min())
        return energy / (RUN_FRAMES * CHANNELS) * gain**2 * (end - begin) / frames

    @property
    def damage(self) -> str:
        """What was left out of the track though it went on, in one line; known at its end."""
        return self._source.damage

    @property
    def end(self) -> int:
        """The frame after the last sound, as far as it is known yet."""
        return min(self.track_end, self._fade_end, self._exit_end, self._cross_end)

    @property
    def track_end(self) -> int:
        """The frame after the track's last sample; NEVER while it is not known."""
        return NEVER if self._length is None else self.start + self._length

    @property
    def expected_end(self) -> int:
        """Where the track will end, by what was measured, told or counted; NEVER while that would be a guess."""
        left = self._source.frames_left if self._source.length_is_known else None
        return self.track_end if self._length is not None or left is None else self.start + left

    @property
    def fade_end(self) -> int:
        """Where its fade comes to silence; NEVER while none runs."""
        return self._fade_end

    @property
    def ending(self) -> Ending:
        """Why it ends there. Who was asked to leave leaves, whatever else would have come first."""
        if self._exit_end != NEVER:
            return Ending.LEFT
        natural = min(self.track_end, self._cross_end)
        if self._fade_end < natural:
            return Ending.FADED
        return Ending.NONE if natural == NEVER else Ending.ENDED

    @property
    def is_leaving(self) -> bool:
        """Whether it was stopped, replaced or followed by another."""
        return self._exit_end != NEVER or self._cross_end != NEVER

    def heard_s(self, frame: int) -> float:
        """Seconds of this play before a frame."""
        return max(0, min(frame, self.end) - self.start) / RATE

    def fade(self, frame: int, seconds: float) -> None:
        """Fade from a frame on."""
        self.gains = self.gains.with_fade(frame, seconds)
        self._fade_end = self.gains.fade.end

    def share_fade(self, other: "Deck") -> None:
        """Be inside the fade that runs on another deck."""
        self.gains = replace(self.gains, fade=other.gains.fade)
        self._fade_end = other.fade_end

    def leave(self, frame: int, seconds: float) -> None:
        """Ramp down from a frame on, for good; a second call can only shorten the ramp."""
        gains = self.gains.with_exit(frame, seconds)
        if gains.exit.end < self._exit_end:
            self.gains, self._exit_end = gains, gains.exit.end

    def give_way(self, frame: int, frames: int) -> None:
        """Leave by a crossfade because another was asked for: it gets no further report."""
        self.gains = self.gains.with_crossing(Crossing(frame, frames, entering=False))
        self._exit_end = min(self._exit_end, frame + frames)

    def be_followed(self, frame: int, frames: int, *, from_frame: int) -> None:
        """Leave by a crossfade to the track that follows, or frame to frame: its end is told as an end.

        from_frame: the first that can still be changed; what is eased out before it stays so, or it would step.
        """
        if frames > 0:
            self.gains = self.gains.with_crossing(Crossing(frame, frames, entering=False))
        elif frame == self.track_end and from_frame <= frame - EASE_FRAMES and not self.broke:
            self.gains = replace(self.gains, ease=FLAT)
        self._cross_end = frame + frames

    def stay(self, frame: int) -> None:
        """The track that was to follow does not, from a frame on: play to the end."""
        self.gains = replace(self.gains, crossings=tuple(c for c in self.gains.crossings if c.entering))
        self._cross_end = NEVER
        if self._length is not None and self.gains.ease is FLAT:
            self._ease_out(frame)

    def close(self) -> None:
        """Close the track."""
        self._source.close()

    def _read(self, out: NDArray[np.float32], local: int) -> int:
        read = self._source.read(out)
        heard = out[:read]
        _tame(heard.reshape(-1))
        self._add_energy(local, heard.reshape(-1))
        if self._downmix:
            self._downmix.fold(heard)
        return read

    def _add_energy(self, local: int, samples: NDArray[np.float32]) -> None:
        while len(samples):
            run, into = divmod(local, RUN_FRAMES)
            values = CHANNELS * (RUN_FRAMES - into)
            part, samples = samples[:values], samples[values:]
            before = self._energy[run % len(self._energy)] if into else 0.0
            self._energy[run % len(self._energy)] = before + float(np.dot(part, part))
            local += len(part) // CHANNELS

    def _finish(self) -> None:
        self._length = self._decoded
        source, left = self._source, self._source.frames_left
        self.broke = source.fault
        if not self.broke and left is not None and source.length_is_known and self._decoded < left - SHORT_FRAMES:
            lasts_s, said_s = self._decoded / RATE, left / RATE
            self.broke = f"{source.name}: is cut short after {lasts_s:.1f} s of {said_s:.1f} s"
        self._ease_out(self.start)

    def _ease_out(self, frame: int) -> None:
        """Ramp the end down, from `frame` at the earliest: it might click where the next track does not join it."""
        end = self.track_end
        if frame < end:
            self.gains = replace(self.gains, ease=Line.through((max(frame, end - EASE_FRAMES), 0.0), (end, SILENT_DB)))


def _tame(samples: NDArray[np.float32]) -> None:
    """Files of floats may hold anything; what is no sound must not reach the meters. In place."""
    if not len(samples) or max(samples.max(), -samples.min()) <= LOUDEST:  # false for what is no number
        return
    np.nan_to_num(samples, copy=False, nan=0.0, posinf=LOUDEST, neginf=-LOUDEST)
    np.clip(samples, -LOUDEST, LOUDEST, out=samples)
