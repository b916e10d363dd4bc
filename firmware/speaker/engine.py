"""The engine: plays on one open output, written ahead and rewritten ahead of the play head.

Knows no thread and no back-off; it is told when to work and says when it wants to work again.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from firmware.speaker.deck import Deck, Ending
from firmware.speaker.decode import Source
from firmware.speaker.errors import DecodeError
from firmware.speaker.gain import Gains, Line, start_line
from firmware.speaker.output import Output
from firmware.speaker.render import Renderer
from firmware.speaker.reports import Ended, Faded, Failed, Report, Started
from firmware.speaker.ring import (
    CHANNELS,
    FIRST_FRAMES,
    LATE_FRAMES,
    LOW_FRAMES,
    PERIOD,
    PIECE_FRAMES,
    RATE,
    REFILL_FRAMES,
    RING_FRAMES,
    spans,
)

_log = logging.getLogger(__name__)

REPLACED_RAMP_S = 0.06  # what gives way to another play; the new one starts far below it
_ROUNDING_S = 0.001  # the play head counts whole milliseconds


class Engine:
    """Decks on one output. One thread calls everything."""

    def __init__(self, output: Output, report: Callable[[Report], None], full_scale_dba: float) -> None:
        self._output = output
        self._report = report
        self._full_scale_dba = full_scale_dba
        self._renderer = Renderer()
        self._decks: list[Deck] = []
        self._rendered = 0  # up to here the ring holds what shall be heard
        self._target = 0  # up to here it shall be rendered before the next sleep
        self._zeroed = 0  # up to here what was heard is zeroed

    @property
    def is_silent(self) -> bool:
        """Whether nothing sounds, not even a ramp."""
        return not self._decks

    def play(self, play_id: int, path: Path, start_s: float, level_dba: float, rise_s: float) -> None:
        """Start a piece; what plays gives way. Reports Started or Failed."""
        try:
            deck = self._open(play_id, path, start_s)
        except DecodeError as error:
            self.stop(REPLACED_RAMP_S)
            self._report(Failed(play_id, str(error)))
            return
        if self._decks:
            self._join(deck, level_dba, rise_s)
        else:
            self._begin(deck, level_dba, rise_s)
        self._report(Started(play_id))

    def set_level(self, level_dba: float) -> None:
        """Move what plays to a level; what is leaving keeps its own."""
        if self.is_silent:
            return
        frame = self._output.first_free_frame()
        for deck in self._staying():
            deck.gains = deck.gains.with_level(frame, level_dba - self._full_scale_dba)
        self._rewrite(frame)

    def fade(self, seconds: float) -> None:
        """Fade what plays to silence; reports Faded when it is reached."""
        if self.is_silent:
            return
        frame = self._output.first_free_frame()
        for deck in self._staying():
            deck.fade(frame, seconds)
        self._rewrite(frame)

    def stop(self, ramp_s: float) -> None:
        """Ramp everything down."""
        if self.is_silent:
            return
        frame = self._output.first_free_frame()
        for deck in self._decks:
            deck.leave(frame, ramp_s)
        self._rewrite(frame)

    def advance(self) -> None:
        """Do one piece of the work that is due: report what ended, fall silent, or render some more."""
        self._retire()
        if self.is_silent:
            return
        if self._rendered >= self._target:
            if self._rendered - self._output.mixed_frames() >= LOW_FRAMES:
                return
            self._target = self._rendered + REFILL_FRAMES
            self._zero_heard()
        self._render(PIECE_FRAMES)

    def wait_s(self) -> float | None:
        """Seconds until `advance` has something to do; 0 for now, None for nothing without a command."""
        if self.is_silent:
            return None
        if self._rendered < self._target:
            return 0.0
        head = self._output.mixed_frames()
        due = min(self._rendered - LOW_FRAMES, *(deck.end + PERIOD for deck in self._decks))
        return max(0.0, (due - head) / RATE) + _ROUNDING_S

    def close(self) -> None:
        """Drop everything and give the device back; reports nothing."""
        for deck in self._decks:
            deck.close()
        self._decks = []
        self._output.close()

    def _open(self, play_id: int, path: Path, start_s: float) -> Deck:
        source = Source.open(path, start_s)
        deck = Deck(play_id, source)
        try:
            # Decoded before the play head is asked: what takes long must not make the first sample late.
            deck.decode_to(PIECE_FRAMES)
        except DecodeError:
            source.close()
            raise
        return deck

    def _begin(self, deck: Deck, level_dba: float, rise_s: float) -> None:
        self._place(deck, 0, level_dba, rise_s)
        self._decks = [deck]
        self._rendered = self._zeroed = 0
        self._render(PIECE_FRAMES)
        self._output.begin()
        self._target = LOW_FRAMES + REFILL_FRAMES

    def _join(self, deck: Deck, level_dba: float, rise_s: float) -> None:
        frame = self._output.first_free_frame()
        for leaving in self._decks:
            leaving.leave(frame, REPLACED_RAMP_S)
        self._place(deck, frame, level_dba, rise_s)
        self._decks.append(deck)
        self._rewrite(frame)

    def _place(self, deck: Deck, frame: int, level_dba: float, rise_s: float) -> None:
        deck.start = frame
        deck.gains = Gains(Line.flat(level_dba - self._full_scale_dba), start_line(frame, rise_s))

    def _staying(self) -> list[Deck]:
        return [deck for deck in self._decks if not deck.is_leaving]

    def _rewrite(self, frame: int) -> None:
        self._target = max(self._target, self._rendered)
        self._rendered = min(self._rendered, frame)
        self._render(FIRST_FRAMES)

    def _render(self, frames: int) -> None:
        first = self._rendered
        place, frames = next(spans(first, frames))
        for deck in self._decks:
            deck.decode_to(min(first + frames, deck.end))
        at = place * CHANNELS
        self._renderer.render(self._decks, first, frames, self._output.ring[at : at + frames * CHANNELS])
        self._rendered = first + frames

    def _retire(self) -> None:
        # A period after the end's own: the device has that one, and the clock may be a callback ahead.
        heard = self._output.mixed_frames() - PERIOD if self._decks else 0
        over = [deck for deck in self._decks if deck.end <= heard]
        if not over:
            return
        self._decks = [deck for deck in self._decks if deck.end > heard]
        if self.is_silent:
            self._output.halt()
            self._output.ring[:] = 0
        for deck in over:
            deck.close()
            self._tell_end(deck)

    def _tell_end(self, deck: Deck) -> None:
        match deck.ending:
            case Ending.ENDED:
                self._report(Ended(deck.play_id, deck.heard_s(deck.end)))
            case Ending.FADED:
                self._report(Faded(deck.play_id, deck.heard_s(deck.end)))
            case Ending.LEFT | Ending.NONE:
                pass

    def _zero_heard(self) -> None:
        """Zero what was heard, or a process that hangs would repeat it for ever."""
        free = self._output.first_free_frame() - PERIOD
        if free > self._rendered:
            _log.warning("sound fell silent for %.0f ms: rendered too late", 1000 * (free - self._rendered) / RATE)
            self._rendered = free + PERIOD
            self._target = self._rendered + REFILL_FRAMES
        # The play head runs on by the clock while the audio thread is late: what seems heard may be still to come.
        heard = max(self._zeroed, min(free, self._rendered) - LATE_FRAMES)
        for place, frames in spans(self._zeroed, min(heard - self._zeroed, RING_FRAMES)):
            self._output.ring[place * CHANNELS : (place + frames) * CHANNELS] = 0
        self._zeroed = heard
