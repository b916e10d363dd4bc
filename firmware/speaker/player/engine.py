"""The engine: the chain on one open output, written ahead and rewritten ahead of the play head.

Knows no thread and no back-off; it is told when to work and says when it wants to work again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import inf

from firmware.speaker.chain.chain import Chain, Cue, Transition
from firmware.speaker.chain.deck import Deck, Ending
from firmware.speaker.chain.frames import BLOCK, CELL, RATE, RING_FRAMES, spans
from firmware.speaker.chain.meter import Meter
from firmware.speaker.chain.silence_watch import UNEXPLAINED_S
from firmware.speaker.commands import Mute
from firmware.speaker.errors import DecodeError
from firmware.speaker.player.output import Output
from firmware.speaker.player.ring import FIRST_FRAMES, LATE_FRAMES, LOW_FRAMES, PERIOD, REFILL_FRAMES, whole_periods
from firmware.speaker.player.ring_writer import RingWriter, Tally
from firmware.speaker.profile import OutputProfile
from firmware.speaker.reports import Ended, Faded, Failed, Measured, Report, Started

METER_FRAMES = RATE // 2  # measured at once; the chain remembers a whole ring
_ROUNDING_S = 0.001  # the play head counts whole milliseconds


@dataclass(frozen=True, slots=True)
class Track:
    """What is to be played: opens its deck, decoded a little way. `open_deck` raises DecodeError."""

    play_id: int
    open_deck: Callable[[], Deck]


@dataclass(slots=True)
class _Head:
    """Frames: up to here ..."""

    rendered: int = 0  # the ring holds what shall be heard
    target: int = 0  # it shall be rendered before the next sleep
    zeroed: int = 0  # what was heard is zeroed
    metered: int = 0  # it was heard and measured
    begun: set[int] = field(default_factory=set)  # plays that were told as started


class Engine:
    """One chain, one output. One thread calls everything."""

    def __init__(
        self, output: Output, report: Callable[[Report | Mute], None], profile: OutputProfile, tally: Tally
    ) -> None:
        self._output = output
        self._report = report
        self._chain = Chain(profile)
        self._meter = Meter()
        self._metered: int | None = None  # whose sound the meter takes
        self._writer = RingWriter(output, tally)
        self._head = _Head()

    @property
    def is_silent(self) -> bool:
        """Whether nothing sounds, not even a ramp."""
        return not self._chain.decks

    @property
    def is_behind(self) -> bool:
        """Whether there is something to render at once."""
        return bool(self._chain.decks) and self._head.rendered < self._head.target

    def play(self, track: Track, transition: Transition) -> None:
        """Start a track; what plays gives way. Reports Started or Failed."""
        try:
            deck = track.open_deck()
        except DecodeError as error:
            self.stop(transition.crossfade_s)
            self._report(Failed(track.play_id, str(error)))
            return
        if self.is_silent:
            self._begin(deck, transition)
        else:
            self._measure(self._output.mixed_frames())
            frame = self._free()
            self._chain.join(deck, frame, transition)
            self._rewrite(frame)
        self._tell_start(deck)

    def cue(self, track: Track, crossfade_s: float) -> None:
        """Say what follows."""
        if self.is_silent:
            return
        frame = self._free()
        if self._chain.cue(Cue(track.open_deck, track.play_id, crossfade_s), frame):
            self._rewrite(frame)

    def set_gain(self, play_id: int, gain_db: float) -> None:
        """Move the track of a play to another gain of its own; nothing where that play is over."""
        if not self.is_silent:
            frame = self._free()
            if self._chain.set_gain(frame, play_id, gain_db):
                self._lower(frame)
                self._rewrite(frame)

    def set_level(self, level_dba: float) -> None:
        """Move what plays to a level."""
        if not self.is_silent:
            frame = self._free()
            self._chain.set_level(frame, level_dba)
            self._lower(frame)
            self._rewrite(frame)

    def set_cap(self, cap_dba: float) -> None:
        """Allow so much from now on."""
        frame = 0 if self.is_silent else self._free()
        self._chain.set_cap(frame, cap_dba)
        if not self.is_silent:
            self._lower(frame, under_cap=True)
            self._rewrite(frame)

    def fade(self, seconds: float) -> None:
        """Fade what plays to silence; reports Faded when it is reached."""
        if not self.is_silent:
            frame = self._free()
            self._chain.fade(frame, seconds)
            self._lower(frame)
            self._rewrite(frame)

    def stop(self, ramp_s: float) -> None:
        """Ramp everything down."""
        if not self.is_silent:
            frame = self._free()
            self._chain.leave(frame, ramp_s)
            self._lower(frame)
            self._rewrite(frame)

    def advance(self) -> None:
        """Tell what began and ended, fall silent, or set out to render some more, where that is due."""
        if self.is_silent:
            return
        played = self._output.mixed_frames()
        self._follow(played)
        if self.is_silent:
            return
        self._catch_up()
        self._listen()
        if not self.is_behind and self._head.rendered - played < LOW_FRAMES:
            self._head.target = self._head.rendered + REFILL_FRAMES

    def render_some(self) -> None:
        """One block of what it is behind."""
        self._render(BLOCK)
        self._chain.foresee()

    def wait_s(self) -> float | None:
        """Seconds until there is something to do; 0 for now, None for nothing without a command."""
        if self.is_silent:
            return None
        if self._head.rendered < self._head.target:
            return 0.0
        due = [self._head.rendered - LOW_FRAMES]
        due += [self._over_at(deck) for deck in self._chain.decks]
        unheard = [deck for deck in self._chain.decks if deck.play_id not in self._head.begun]
        due += [whole_periods(deck.start) + PERIOD for deck in unheard]
        return max(0.0, (min(due) - self._output.mixed_frames()) / RATE) + _ROUNDING_S

    def position(self) -> tuple[int, float] | None:
        """The play that is heard, and the second of its track; None in silence."""
        if self.is_silent:
            return None
        head = self._output.mixed_frames()
        deck = self._newest_heard(head)
        return deck.play_id, deck.start_s + deck.heard_s(head)

    def heard_dba(self) -> float:
        """Where the level and the rise of what `position` tells stand now; minus infinity in silence."""
        if self.is_silent:
            return -inf
        head = self._output.mixed_frames()
        return self._chain.level_dba(self._newest_heard(head), head)

    def repeats_in_s(self) -> float:
        """Seconds until the mixer comes round to what it has had, if nothing more is written; infinity in silence."""
        if self.is_silent:
            return inf
        return (self._head.zeroed + RING_FRAMES - self._output.mixed_frames()) / RATE

    def measured(self) -> Measured | None:
        """How loud the newest play was so far; None before anything was heard of it."""
        if self._metered is None or not self._meter.seconds:
            return None
        return Measured(self._metered, self._meter.seconds, self._meter.mean_dba, self._meter.max_dba)

    def close(self) -> None:
        """Drop everything and give the device back; reports nothing."""
        for deck in self._chain.decks:
            deck.close()
        self._chain.decks = []
        self._output.close()

    def _newest_heard(self, head: int) -> Deck:
        return [deck for deck in self._chain.decks if deck.start <= head or deck is self._chain.decks[0]][-1]

    def _begin(self, deck: Deck, transition: Transition) -> None:
        self._head = _Head()
        self._chain.begin(deck, transition)
        self._render(BLOCK)
        self._writer.begin()
        self._head.target = LOW_FRAMES + REFILL_FRAMES

    def _free(self) -> int:
        return self._output.first_free_frame()

    def _lower(self, frame: int, *, under_cap: bool = False) -> None:
        """Before anything is made again: however late that is done, nothing old and louder follows."""
        points = self._chain.lower(frame, under_cap=under_cap)
        if points is not None:
            self._writer.lower(frame, points)

    def _rewrite(self, frame: int) -> None:
        head = self._head
        head.target = max(head.target, head.rendered)
        head.rendered = min(head.rendered, frame)
        self._render(FIRST_FRAMES)

    def _render(self, frames: int) -> None:
        first = self._head.rendered
        _, frames = next(spans(first, frames))
        self._writer.write(first, frames, partial(self._chain.render, first, frames))
        self._head.rendered = first + frames
        for notice in self._chain.take_notices():
            self._report(notice)

    def _follow(self, head: int) -> None:
        """Tell what began and what is over."""
        if head >= self._head.metered + METER_FRAMES:
            self._measure(head)
        free = self._free()
        for deck in self._chain.decks:  # told where the device has it, and not where the clock alone has come so far
            if deck.start < free and deck.play_id not in self._head.begun:
                self._measure(head)
                self._tell_start(deck)
        over = [deck for deck in self._chain.decks if self._over_at(deck) <= head]
        if over:
            self._retire(over)

    def _over_at(self, deck: Deck) -> int:
        """The frame at which nothing of it is to come: a period after the end's own, for the clock may be a callback
        ahead of the device. An end that the device overtook sounds on until the ring has gone over to it."""
        return max(deck.end, self._writer.sounds_until) + PERIOD

    def _retire(self, over: list[Deck]) -> None:
        self._measure(self._output.mixed_frames())
        self._chain.decks = [deck for deck in self._chain.decks if deck not in over]
        if self.is_silent:
            self._writer.halt()
        for deck in over:
            deck.close()
            self._tell_end(deck)

    def _measure(self, head: int) -> None:
        cells = (min(head, self._head.rendered) - self._head.metered) // CELL
        if cells > 0:
            self._meter.take(self._chain.heard_power(self._head.metered, cells * CELL))
            self._head.metered += cells * CELL

    def _tell_start(self, deck: Deck) -> None:
        measured = self.measured()
        if measured is not None:  # the last of the play before
            self._report(measured)
        self._meter.clear()
        self._metered = deck.play_id
        self._head.begun.add(deck.play_id)
        self._chain.keep(deck)
        self._report(Started(deck.play_id))

    def _tell_end(self, deck: Deck) -> None:
        match deck.ending:
            case Ending.ENDED:
                self._report(Ended(deck.play_id, deck.heard_s(deck.end)))
            case Ending.FADED:
                self._report(Faded(deck.play_id, deck.heard_s(deck.end)))
            case Ending.LEFT | Ending.NONE:
                pass

    def _listen(self) -> None:
        """Tell a silence that no track explains: it is our own fault, and nobody else can know of it."""
        heard = self.position()
        if heard is not None and self._chain.silence.unexplained_s >= UNEXPLAINED_S:
            lasted_s = self._chain.silence.unexplained_s
            self._chain.silence.clear()
            self._report(Mute(*heard, lasted_s))

    def _catch_up(self) -> None:
        """Go on where the mixer is, if it is ahead; zero what was heard, or a process that hangs would repeat it."""
        head = self._head
        free = self._free() - PERIOD
        if free > head.rendered:
            self._writer.break_off()
            head.rendered = free + PERIOD
        # The play head runs on by the clock while the audio thread is late: what seems heard may be still to come.
        heard = max(head.zeroed, min(free, head.rendered) - LATE_FRAMES)
        self._writer.zero(head.zeroed, heard - head.zeroed, self._chain.silence.hear)
        head.zeroed = heard
