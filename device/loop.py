"""The one thread that owns the state: take an event, step, perform, show. Waits on nothing but its queue."""

import logging
import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from device.display.painter import Painter
from device.hardware_events import from_input
from device.link.link import Link
from device.log.log import Log
from device.music.music import Music
from device.rules import light
from device.rules.commands import private_words
from device.rules.effects import (
    Answer,
    Cue,
    Fade,
    Play,
    Record,
    Restart,
    RunTest,
    SendLines,
    SetGain,
    SetLevel,
    Silence,
    TellScreen,
)
from device.rules.events import Assigned, ClockRead, Event, Pressed, Tick, Wall
from device.rules.memory import Memory, encode_memory, memory_of
from device.rules.state import Shown, State
from device.rules.status import gist, now_message, screen_message
from device.rules.step import next_deadline, step
from device.rules.view import Scene
from device.rules.view_of import DARK_AFTER_S, view
from firmware.gpio.outputs import Outputs
from firmware.inputs.inputs import Inputs
from firmware.inputs.lines import Edge
from firmware.speaker import Speaker
from messages import Data, Part, PartResult, Reason, Reply

if TYPE_CHECKING:
    from firmware.simulator.sound_card import SoundCard  # a Pi never needs it

log = logging.getLogger(__name__)

STATUS_EVERY_S = 30.0
REDRAW_EVERY_S = 1.0  # while something on the screen moves by itself
LONGEST_WAIT_S = 60.0
CLOCK_SOUGHT_EVERY_S = 10.0  # while it is unknown; a known one is read each minute
CLOCK_STEP_S = 60.0  # after a larger correction of the clock, stored dates are corrected
SCREEN_STILL_AFTER_S = 61.0  # after a touch: then Ready has been dimmed and the night's screen is dark


@dataclass(frozen=True, slots=True)
class Stop:
    """The service must end."""


Item = Event | Edge | Stop


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that the loop uses. None of their calls waits."""

    inputs: Inputs
    speaker: "Speaker | SoundCard"
    music: Music
    log: Log
    painter: Painter | None
    outputs: Outputs | None
    link: Link | None
    look_for_music: Callable[[], None] = lambda: None
    run_test: Callable[[str, frozenset[Part]], None] = lambda *_: None  # the command, and the parts that are lost
    lines: Callable[[Collection[str]], tuple[str, ...]] = lambda _: ()  # of the technical log, without these words


class Loop:
    """Owns the state. All other parts put events on `inbox`, from any thread, and read `state`, a frozen value.

    `wall` reads the wall's clock at once; without it the box knows no time.
    """

    def __init__(
        self,
        state: State,
        parts: Parts,
        inbox: "SimpleQueue[Item]",
        *,
        clock: Callable[[], float],
        utcnow: Callable[[], datetime] = lambda: datetime.now(UTC),
        wall: Callable[[], Wall | None] = lambda: None,
    ) -> None:
        self.state = state
        self.restarts = False  # the service is to be started again, once it has ended
        self.slowest_turn_s = 0.0  # between taking an event and waiting for the next
        self._inbox = inbox
        self._parts = parts
        self._clock = clock
        self._utcnow = utcnow
        self._wall = wall
        self._capped_dba: float | None = None
        self._kept: Memory | None = None
        self._dated_by_s = math.inf  # UTC minus the monotonic clock, when that was kept
        self._entries: list[tuple[Data, str | None]] = []
        self._replies: list[Reply] = []
        self._screen: Shown | None = None  # to be told
        self._told: tuple[object, ...] | None = None
        self._tell_at = math.inf if parts.link is None else -math.inf
        self._number = 0
        self._switched: tuple[bool, float, bool] | None = None
        self._warmed: tuple[str, ...] | None = None
        self._shown = Scene.DARK

    def run(self) -> None:
        """Turn until a Stop comes; in the caller's thread."""
        self._cap()
        now = self._clock()
        self._step(ClockRead(self._wall()), now)  # what expired while the power was off
        self._show(now)
        while self.turn():
            pass

    def turn(self) -> bool:
        """Wait for the next event or deadline and handle it. False: the service must end."""
        item = self._take()
        began = self._clock()
        if isinstance(item, Stop):
            return False
        for event in (*self._clock_events(), *self._events(item, began)):
            self._step(event, began)
        self._show(began)
        self.slowest_turn_s = max(self.slowest_turn_s, self._clock() - began)
        return not self.restarts

    def _take(self) -> Item:
        now = self._clock()
        due = (next_deadline(self.state), self._parts.inputs.next_deadline(), self._tell_at, *self._own_deadlines(now))
        wait_s = min(at for at in due if at is not None) - now
        try:
            return self._inbox.get(timeout=min(LONGEST_WAIT_S, max(0.0, wait_s)))
        except Empty:
            return Tick()

    def _own_deadlines(self, now: float) -> Iterator[float]:
        """When the clock's next minute begins, and when screen or light look different by time alone."""
        state, wall = self.state, self.state.wall
        yield now + (CLOCK_SOUGHT_EVERY_S if wall is None else 60.0 - self._utcnow().timestamp() % 60.0)
        if light.moves(state):
            yield now + light.BREATH_STEP_S
        moves = state.playing or state.overlay or state.asking or state.cleaning_until is not None
        if state.night and state.touched_at + DARK_AFTER_S > now:
            yield state.touched_at + DARK_AFTER_S
        if self._shown is not Scene.DARK and (moves or state.touched_at > now - SCREEN_STILL_AFTER_S):
            yield now + REDRAW_EVERY_S

    def _clock_events(self) -> list[Event]:
        """The clock, where it shows another minute than before: known to the press that wakes the box."""
        wall, known = self._wall(), self.state.wall
        same = wall == known if wall is None or known is None else (wall.day, wall.minute) == (known.day, known.minute)
        return [] if same else [ClockRead(wall)]

    def _events(self, item: Event | Edge, now: float) -> list[Event]:
        """An edge means what the pure input layer makes of it; so does its silence."""
        inputs = self._parts.inputs
        told = inputs.feed(item) if isinstance(item, Edge) else inputs.tick(now)
        found: list[Event] = [from_input(one) for one in told]
        return found if isinstance(item, Edge) else [*found, item]

    def _step(self, event: Event, now: float) -> None:
        """Sound first: a press acts before it is written. Messages wait until all events are handled."""
        self.state, effects = step(self.state, event, now)
        if isinstance(event, Pressed | Assigned):  # what is missing now should be found at the next press
            self._parts.look_for_music()
        self._cap()
        for effect in effects:
            match effect:
                case Record(data, stay):
                    self._entries.append((data, stay))
                case Answer(command_id, done, reason):
                    self._replies.append(_reply(command_id, done=done, reason=reason, results=effect.results))
                case RunTest(command_id):
                    self._parts.run_test(command_id, frozenset(part for part, _ in self.state.faults))
                case SendLines(command_id):
                    lines = self._parts.lines(private_words(self.state))
                    self._replies.append(Reply(id=command_id, done=True, lines=lines))
                case TellScreen(told):
                    self._screen = told
                case Restart():
                    self.restarts = True
                case _:
                    self._sound(effect)

    def _cap(self) -> None:
        """The cap follows from the state, and stands before anything is louder."""
        if self.state.cap_dba != self._capped_dba:
            self._capped_dba = self.state.cap_dba
            self._parts.speaker.set_cap(self.state.cap_dba)

    def _sound(self, effect: Play | Cue | SetGain | SetLevel | Fade | Silence) -> None:
        speaker, music = self._parts.speaker, self._parts.music
        match effect:
            case Play(play_id, sha256):
                adjustment = music.adjustment(sha256)
                speaker.play(
                    play_id,
                    music.path(sha256),
                    start_s=effect.start_s,
                    level_dba=effect.level_dba,
                    rise_s=effect.rise_s,
                    crossfade_s=effect.crossfade_s,
                    gain_db=adjustment.gain_db,
                    in_fade=effect.in_fade,
                    back_dba=effect.back_dba,
                    mono_mix=adjustment.mono_mix,
                    seconds=adjustment.seconds,
                )
            case Cue(play_id, sha256, crossfade_s):
                adjustment = music.adjustment(sha256)
                speaker.cue(
                    play_id,
                    music.path(sha256),
                    crossfade_s=crossfade_s,
                    gain_db=adjustment.gain_db,
                    mono_mix=adjustment.mono_mix,
                    seconds=adjustment.seconds,
                )
            case SetGain(play_id, sha256):
                speaker.set_gain(play_id, music.adjustment(sha256).gain_db)
            case SetLevel(level_dba):
                speaker.set_level(level_dba)
            case Fade(seconds):
                speaker.fade(seconds)
            case Silence(ramp_s):
                speaker.stop(ramp_s)

    def _show(self, now: float) -> None:
        """Log and memory, then what follows from the state: screen, light, amplifier, status. Network last."""
        self._write(now)
        shown = view(self.state, now)
        self._shown = shown.scene
        if self._parts.painter:
            self._parts.painter.show(shown)
            self._parts.painter.watch(self.state.watched is not None)
        self._switch((self.state.sound_ready, light.light(self.state, now), not light.moves(self.state)))
        self._tell(now)

    def _write(self, now: float) -> None:
        """Entries and the memory that goes with them, in one transaction: a power cut leaves both or neither."""
        memory, kept, utc_minus_clock_s = memory_of(self.state), None, self._utcnow().timestamp() - now
        if memory != self._kept or abs(utc_minus_clock_s - self._dated_by_s) > CLOCK_STEP_S:
            self._kept, self._dated_by_s = memory, utc_minus_clock_s
            kept = encode_memory(memory, utc_minus_clock_s)
            self._warm((self.state.speaks, *(music.label for music in self.state.playlists)))
        if self._entries or kept is not None:
            self._parts.log.put(self._entries, kept)
            self._entries = []
        if self.restarts:  # nothing waits for this turn any more: the answer goes when the entries are on the card
            self._parts.log.flush()

    def _warm(self, words: tuple[str, ...]) -> None:
        """Letters are shaped before they are wanted: no press waits. `words`: the language, then the labels."""
        if self._parts.painter and words != self._warmed:
            self._warmed = words
            language, *labels = words
            self._parts.painter.warm(labels, language)

    def _switch(self, wanted: tuple[bool, float, bool]) -> None:
        """Amplifier and light, and whether the light is steady, where they change."""
        if self._parts.outputs and wanted != self._switched:
            self._switched = wanted
            sounding, fraction, steady = wanted
            self._parts.outputs.unmute(sounding)
            self._parts.outputs.light(fraction, steady=steady)

    def _tell(self, now: float) -> None:
        link, replies = self._parts.link, self._replies
        self._replies = []
        if link is None:
            return
        for reply in replies:
            link.reply(reply)
        self._tell_screen(link)
        told = gist(self.state)
        if told == self._told and now < self._tell_at:
            return
        self._told, self._tell_at, self._number = told, now + STATUS_EVERY_S, self._number + 1
        link.facts(self.state.version, self.state.stay)
        link.say_now(now_message(self.state, now, number=self._number, at=self._utcnow()))

    def _tell_screen(self, link: Link) -> None:
        if self._screen is not None:
            self._number += 1
            link.say_screen(screen_message(self.state, self._screen, number=self._number, at=self._utcnow()))
            self._screen = None


def _reply(command_id: str, *, done: bool, reason: Reason | None, results: tuple[PartResult, ...]) -> Reply:
    if reason is None:
        return Reply(id=command_id, done=done, results=results)
    return Reply(id=command_id, done=done, reason=reason.line, code=reason.code, args=dict(reason.args))
