"""The chain: plays on decks into blocks of 16-bit frames. Knows no ring of a device, no clock and no command's origin.

What follows a track is joined on here, to the frame: a playlist plays on without a gap.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.deck import EASE_FRAMES, NEVER, Deck
from firmware.speaker.chain.dither import Dither
from firmware.speaker.chain.fall import NOTHING_DB, Made, factors
from firmware.speaker.chain.frames import BLOCK, CELL, CHANNELS, RATE, spans
from firmware.speaker.chain.gain import FLAT, Crossing, Gains, Line, back_line, moved_level, start_line
from firmware.speaker.chain.limiter import AHEAD_FRAMES, CEILING_DB, FORESEEN_FRAMES, Limiter
from firmware.speaker.chain.mix import Mix
from firmware.speaker.chain.presence_boost import Presence
from firmware.speaker.chain.silence_watch import SilenceWatch
from firmware.speaker.errors import DecodeError
from firmware.speaker.profile import FIRST_CAP_DBA, OutputProfile
from firmware.speaker.reports import Broke, Failed

PACKETS = 256  # of a file that does not say how long it is: looked at with each block that is rendered, 0.5 to 1 ms
FORESEEN_BLOCKS = 4  # mixed ahead with each one that is rendered: what was made again is foreseen again within seconds
UNDER_CAP = 10 ** (-10 / 10)  # 10 dB: music that the cap holds back stands above this in any 100 ms
CEILING = 10 ** (CEILING_DB / 20)


@dataclass(frozen=True, slots=True)
class Cue:
    """What follows when the track that plays ends, `crossfade_s` before that end; 0: with the very next frame."""

    open_deck: Callable[[], Deck]
    play_id: int
    crossfade_s: float


@dataclass(frozen=True, slots=True)
class Transition:
    """How a play comes in: to which level, rising to it for how long, crossing with what plays for how long.

    `in_fade`: it joins the fade that runs. `back_dba`: sound that broke off comes back at this level, then rises.
    """

    level_dba: float
    rise_s: float = 0.0
    crossfade_s: float = 0.0
    in_fade: bool = False
    back_dba: float | None = None


class Chain:
    """Decks and what is made of them. One thread calls everything; frames are counted from `begin`.

    A command takes effect at `frame`, the first that can still be changed; what was made from there on is made again.
    A play that was asked for, heard or told is never taken back. Only what a cue brought in may be, until then.
    """

    def __init__(self, profile: OutputProfile) -> None:
        self.decks: list[Deck] = []
        self.notices: list[Failed | Broke] = []  # found while mixing; whoever calls takes them out
        self._full_scale_dba = profile.full_scale_dba
        self._mix = Mix(Presence() if profile.presence else None)
        self._limiter = Limiter(profile, self._mix.ring)
        self._dither = Dither()
        self.silence = SilenceWatch()
        self._made = Made()
        self._scratch = np.empty(BLOCK * CHANNELS, np.float32)
        self._cap_dba = self._limiter.set_cap(FIRST_CAP_DBA, 0)
        self._cue: Cue | None = None
        self._follower: Deck | None = None  # the last deck, where a cue brought it in and nobody knows of it yet
        self._mixed = 0  # up to here the decks are mixed
        self._settled = 0  # up to here it is settled by how much that is held back

    def begin(self, deck: Deck, transition: Transition) -> None:
        """Play from silence, at frame 0."""
        self._mix.clear()
        self._limiter.clear()
        self.silence.clear()
        self._made.clear()
        self._mixed, self._settled, self._cue, self._follower = 0, 0, None, None
        level = Line.flat(self._target_db(transition))
        deck.place(0, Gains(level, self._start(transition), track_db=deck.gain_db))
        self.decks = []
        self._admit(deck)

    def join(self, deck: Deck, frame: int, transition: Transition) -> None:
        """Take over from what plays: at its level and within its rise, or by a rise of its own."""
        self._cue = None
        self._drop_follower(frame)
        length = _whole_cells(transition.crossfade_s)
        gains = replace(self._joining(frame, transition), track_db=deck.gain_db)
        for leaving in self.decks:
            leaving.give_way(frame, length)
        deck.place(frame, gains.with_crossing(Crossing(frame, length, entering=True)))
        if transition.in_fade and self.decks:
            deck.share_fade(self.decks[-1])
        self._admit(deck)
        self._again_from(frame)

    def keep(self, deck: Deck) -> None:
        """It is told that this play has begun: from now on nothing but its own end or a command ends it."""
        if deck is self._follower:
            self._follower = None

    def cue(self, cue: Cue, frame: int) -> bool:
        """Say what follows, or say it again; whether that changes what was made from `frame` on."""
        dropped = self._drop_follower(frame)
        self._cue = cue
        begin, _ = self._turn(self.decks[-1], cue, frame)
        if not dropped and begin >= self._mixed:
            return False
        self._again_from(frame)
        return True

    def set_gain(self, frame: int, play_id: int, gain_db: float) -> bool:
        """Move a play to the gain that brings its track to the level of all; whether that play is there."""
        decks = [deck for deck in self.decks if deck.play_id == play_id]
        for deck in decks:
            deck.gains = deck.gains.with_track(max(frame, deck.start), gain_db)
            self._again_from(frame)
        return bool(decks)

    def set_level(self, frame: int, level_dba: float) -> None:
        """Move all that sounds to a level, within the cap."""
        gain_db = min(level_dba, self._cap_dba) - self._full_scale_dba
        for deck in self.decks:
            deck.gains = deck.gains.with_level(frame, gain_db)
        self._again_from(frame)

    def set_cap(self, frame: int, cap_dba: float) -> None:
        """Allow so much from now on; levels above it fall to it, and none rises."""
        self._cap_dba = self._limiter.set_cap(cap_dba, frame)
        gain_db = self._cap_dba - self._full_scale_dba
        for deck in self.decks:
            if deck.gains.level.decibels[-1] > gain_db:
                deck.gains = deck.gains.with_level(frame, gain_db)
        self._again_from(frame)

    def fade(self, frame: int, seconds: float) -> None:
        """Fade what plays and what follows it to silence."""
        for deck in self.decks:
            deck.fade(frame, seconds)
        if self._follower and self._follower.start >= self._follower.fade_end:
            self._drop_follower(frame)
        self._again_from(frame)

    def leave(self, frame: int, seconds: float) -> None:
        """Ramp everything down."""
        self._cue = None
        self._drop_follower(frame)
        for deck in self.decks:
            deck.leave(frame, seconds)
        self._again_from(frame)

    def render(self, first: int, frames: int, out: NDArray[np.int16]) -> None:
        """Make whole cells, at most a block, in one run of the ring. Where no deck sounds `out` is exactly zero."""
        self._pass_over(first)
        self._mix_to(first + frames + AHEAD_FRAMES)
        last = min(first + frames, max((deck.end for deck in self.decks), default=first))
        values = max(0, last - first) * CHANNELS
        out[values:] = 0
        samples = self._mix.run(first, frames)
        points = self._limiter.hold(first, frames, self._level)
        self._settled = first + frames
        self._expect(first, frames)
        self._made.make(first, self._standing(np.arange(first, first + frames, CELL)))
        if points is not None:
            samples = np.multiply(samples, self._mix.curve(points), out=self._scratch[: len(samples)])
        if values:
            self._dither.write(first, samples[:values], out[:values], most=None if points is None else CEILING)

    def lower(self, frame: int, *, under_cap: bool = False) -> NDArray[np.float32] | None:
        """What was made from `frame` on is to fall at once to what is allowed now, until it is made again: factors, 1
        or less, at the edges of its cells; None: it need not. `under_cap`: the cap may have come down."""
        if frame >= self._made.end:
            return None
        fall_db = self._made.fall(frame, self._standing(np.arange(frame, self._made.end + CELL, CELL)))
        self._limiter.lower(frame // CELL, fall_db)
        if under_cap:
            fall_db += self._limiter.press(frame // CELL, len(fall_db) - 1)
        if not fall_db.any():
            return None
        points = factors(fall_db)
        self.silence.lower(frame, points)
        return points

    def foresee(self) -> None:
        """Mix some of the next seconds, so that the gain can fall slowly. Not before what is wanted at once."""
        if self.decks:
            self.decks[-1].look_ahead(PACKETS)
        self._mix_to(min(self._mixed + FORESEEN_BLOCKS * BLOCK, self._settled + FORESEEN_FRAMES))

    def heard_power(self, first: int, frames: int) -> NDArray[np.float64]:
        """Of whole cells that were rendered: 10 ^ (dB(A) / 10) at the pillow, by estimate."""
        return self._limiter.heard_power(first // CELL, frames // CELL)

    def level_dba(self, deck: Deck, frame: int) -> float:
        """Where a deck's level and rise stand at a frame, whatever fades or crosses."""
        return self._full_scale_dba + deck.gains.level.at(frame) + deck.gains.rise.at(frame)

    def take_notices(self) -> list[Failed | Broke]:
        """What was found since it was last asked."""
        notices, self.notices = self.notices, []
        return notices

    @property
    def _level(self) -> Line:
        return self.decks[-1].gains.level if self.decks else FLAT

    def _target_db(self, transition: Transition) -> float:
        return min(transition.level_dba, self._cap_dba) - self._full_scale_dba

    def _joining(self, frame: int, transition: Transition) -> Gains:
        """A rise that is not over goes on in what takes over, and so does a level on its way; or it would jump."""
        level_db = self._target_db(transition)
        if transition.rise_s > 0:
            return Gains(Line.flat(level_db), start_line(frame, transition.rise_s))
        before = self.decks[-1].gains
        return Gains(moved_level(before.level, frame, level_db, before.rise), before.rise)

    def _standing(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """dB at the first edges of cells: of the loudest deck that sounds in each."""
        loudest_db = np.full(len(edges), NOTHING_DB)
        for deck in self.decks:
            if deck.start < edges[-1] + CELL and deck.end > edges[0]:
                sounds = (edges + CELL > deck.start) & (edges < deck.end)
                np.maximum(loudest_db, deck.gains.standing(edges), out=loudest_db, where=sounds)
        return loudest_db

    def _start(self, transition: Transition) -> Line:
        if transition.back_dba is None:
            return start_line(0, transition.rise_s)
        level_dba = min(transition.level_dba, self._cap_dba)
        return back_line(0, min(0.0, transition.back_dba - level_dba), transition.rise_s)

    def _expect(self, first: int, frames: int) -> None:
        """What ought to be heard: the tracks as they are; where the cap holds them back, a good part of the cap."""
        tracks = sum(deck.power(first, frames) for deck in self.decks)
        self.silence.expect(first, frames, min(tracks, self._limiter.cap_power * UNDER_CAP))

    def _pass_over(self, first: int) -> None:
        """Frames that come too late to be heard are mixed all the same: the gain that is held back must know them."""
        while self._settled < first:
            lies = max(0, self._made.end - self._settled)  # that was heard as it lay there, by the gains of its time
            frames = min(BLOCK, first - self._settled, lies or BLOCK)
            self._mix_to(self._settled + frames + AHEAD_FRAMES)
            if not lies:
                self._limiter.hold(self._settled, frames, self._level)
            self._settled += frames

    def _mix_to(self, frame: int) -> None:
        while self._mixed < frame:
            _, frames = next(spans(self._mixed, min(BLOCK, frame - self._mixed)))
            first = self._mixed
            self._prepare(first + frames)
            if self._mixed < first:
                continue  # a track that breaks off is eased out: a little is mixed again
            self._mix.make(self.decks, first, frames)
            self._limiter.watch(first, frames)
            self._mixed = first + frames

    def _prepare(self, until: int) -> None:
        """Decode as far as is needed, and bring in what follows where its turn has come."""
        while True:
            for deck in self.decks:
                self._decode(deck, until)
            if self._cue is None or not self.decks or not self._bring_in(self._cue, until):
                return

    def _decode(self, deck: Deck, until: int) -> None:
        if deck.track_end != NEVER:
            return
        deck.decode_to(min(until, deck.end))
        if deck.track_end == NEVER:
            return
        self._mixed = min(self._mixed, max(deck.start, deck.track_end - EASE_FRAMES) // CELL * CELL)
        if deck.broke or deck.damage:
            self.notices.append(Broke(deck.play_id, deck.broke or deck.damage))

    def _bring_in(self, cue: Cue, until: int) -> bool:
        """Whether the track that follows has joined, or failed to."""
        last = self.decks[-1]
        begin, frames = self._turn(last, cue, self._mixed)
        if last.is_leaving or begin >= until or last.fade_end <= begin:
            return False
        self._cue = None
        try:
            deck = cue.open_deck()
        except DecodeError as error:
            self.notices.append(Failed(cue.play_id, str(error)))
            return True
        gains = replace(last.gains, exit=FLAT, ease=FLAT, track=FLAT, track_db=deck.gain_db, crossings=())
        deck.place(begin, gains.with_crossing(Crossing(begin, frames, entering=True)) if frames else gains)
        deck.share_fade(last)
        last.be_followed(begin, frames, from_frame=self._mixed)
        self._admit(deck)
        self._follower = deck
        return True

    def _admit(self, deck: Deck) -> None:
        self.decks.append(deck)
        if deck.track_end != NEVER and (deck.broke or deck.damage):  # known already: it is over in a moment
            self.notices.append(Broke(deck.play_id, deck.broke or deck.damage))

    def _turn(self, last: Deck, cue: Cue, earliest: int) -> tuple[int, int]:
        """Where what follows begins, and how long it crosses; NEVER while the end is not known."""
        if last.track_end != NEVER:
            end = last.track_end
        elif cue.crossfade_s > 0:
            end = last.expected_end
        else:
            end = NEVER
        crossing = min(round(cue.crossfade_s * RATE), max(0, end - last.start) // 2)
        begin = max(end - crossing, earliest)
        return begin, max(0, end - begin)

    def _drop_follower(self, frame: int) -> bool:
        """Take back what a cue brought in, unless the device has some of it already; whether there was any."""
        follower, self._follower = self._follower, None
        if follower is None or follower.start < frame:
            return False
        self.decks.remove(follower)
        follower.close()
        self.decks[-1].stay(frame)
        return True

    def _again_from(self, frame: int) -> None:
        self._mixed = min(self._mixed, frame)


def _whole_cells(seconds: float) -> int:
    return max(1, round(seconds * RATE / CELL)) * CELL
