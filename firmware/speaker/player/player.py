"""The player: one thread that owns the sound device, obeys commands and reports. Decides nothing.

It sleeps in one wait, until a command comes, the engine wants to work or the next heartbeat is due. A lost device is
tried again for ever; of one that hangs it is told, and the process ends with it.
"""

import logging
import select
import time
from collections import deque
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

from firmware.heap import give_back
from firmware.speaker import commands
from firmware.speaker.chain.chain import Transition
from firmware.speaker.chain.deck import Deck
from firmware.speaker.chain.frames import BLOCK
from firmware.speaker.channel import Channel, ChannelClosedError
from firmware.speaker.commands import Command, Hello, Mute, Opening, Silent, Stopped, Stuck, Word
from firmware.speaker.errors import DecodeError, DeviceError, DeviceStuckError, SinkError
from firmware.speaker.heartbeat import Heartbeat
from firmware.speaker.heartbeat_page import HeartbeatPage
from firmware.speaker.kernel import OwnTimes
from firmware.speaker.player.decode import TrackFile
from firmware.speaker.player.engine import Engine, Track
from firmware.speaker.player.mixer import MixerOutput
from firmware.speaker.player.output import Output
from firmware.speaker.player.ring_writer import Tally
from firmware.speaker.player.stall import StallWatch
from firmware.speaker.profile import FIRST_CAP_DBA, OutputProfile
from firmware.speaker.reports import Failed, Lost, Ready, Report, Started
from firmware.speaker.sink import Sink, parse_sink

_log = logging.getLogger(__name__)

HEARTBEAT_S = 0.45  # a second without one ends the player
MEASURE_S = 2.0  # what a session is told at its end is as old as this at most
GIVE_WAY_S = 0.004  # of work between two looks at the commands: a look costs as much as half a block
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 4.0  # whoever plugs the card in waits beside it
CHECK_S = 1.0  # between two looks at the device
SHORTEST_S = 0.004  # a device that stands still moves no play head: what waits for that must not spin
CLOSE_RAMP_S = 0.05
CLOSE_WITHIN_S = 0.5
_IDLE_S = 3600.0


class Player:
    """Reads commands from `channel` and says words there. One thread."""

    def __init__(
        self,
        channel: Channel[Command],
        heartbeat_page: HeartbeatPage,
        *,
        clock: Callable[[], float] = time.monotonic,
        open_output: Callable[[Sink], Output] = MixerOutput,
    ) -> None:
        """`open_output` opens the device, raising DeviceError."""
        self._channel = channel
        waiting = select.poll()
        waiting.register(channel, select.POLLIN)
        self._poll = waiting.poll
        self._heartbeat_page = heartbeat_page
        self._clock = clock
        self._open_output = open_output
        self._unsaid: deque[Word] = deque()
        self._tally = Tally()
        self._sink: Sink | None = None
        self._profile = OutputProfile(0.0)
        self._cap_dba = FIRST_CAP_DBA
        self._output: Output | None = None
        self._engine: Engine | None = None
        self._stall = StallWatch()
        self._is_stuck = False
        self._left: Output | None = None  # the device that hangs: it may be neither closed nor freed
        self._silencing: int | None = None  # the stop whose silence the device has not taken yet
        self._times = OwnTimes()
        self._obeyed = 0  # commands so far
        self._underruns_before = 0  # of devices that are closed
        self._lost: str | None = None
        self._retry_s = FIRST_RETRY_S
        self._look_at = 0.0  # when to look for a lost device, or at the one that is there
        self._work_at = inf  # when the engine wants to work
        self._watch_at = inf  # when to look whether the device still takes sound
        self._heartbeat_at = 0.0
        self._measure_at = 0.0
        self._closing = False

    @property
    def is_stuck(self) -> bool:
        """Whether the device hangs and would hold up the process's end."""
        return self._is_stuck

    def run(self) -> None:
        """Until Close, or until the bedside process has gone."""
        self._say(Hello())
        try:
            while not self._closing:
                self.turn(self._wait_s())
            self._ramp_out()
        except ChannelClosedError:
            pass  # nobody is there to stop it: silence
        self._shut()
        self._times.close()

    def turn(self, wait_s: float) -> None:
        """Wait so long at most for a command, then do all that is due. Raises ChannelClosedError."""
        if self._poll(1000 * max(0.0, wait_s)):
            for command in self._channel.messages():
                self._work(command)
                self._obeyed += 1
        else:
            self._work(None)
        self._tell_state()

    def _wait_s(self) -> float:
        if self._sink is None:
            return _IDLE_S  # a standby has nothing to do
        look_at = self._look_at if self._work_at == inf else inf  # at work it looks at the device on the way
        return min(self._heartbeat_at, self._work_at, self._watch_at, look_at) - self._clock()

    def _work(self, command: Command | None) -> None:
        try:
            if command is not None:
                self._obey(command)
            if self._engine is not None and (command is not None or self._clock() >= self._work_at):
                self._advance(self._engine)
            if self._sink is not None and self._clock() >= self._look_at:
                self._look(self._sink)
            if self._output is not None:
                self._watch(self._output)
        except DeviceStuckError as error:
            self._stick(str(error))
        except DeviceError as error:
            self._lose(str(error))
        except ChannelClosedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, a fresh device must bring the music back
            _log.exception("player fault")
            self._lose(f"player fault: {error}")

    def _advance(self, engine: Engine) -> None:
        """What is due, but not longer than a command may wait; the rest comes at once after it."""
        engine.advance()
        give_way_at = self._clock() + GIVE_WAY_S
        while engine.is_behind:
            engine.render_some()
            if self._clock() >= give_way_at:
                break
        wait_s = engine.wait_s()
        self._work_at = inf if wait_s is None else self._clock() + (wait_s and max(wait_s, SHORTEST_S))

    def _watch(self, output: Output) -> None:
        """Whether the device still takes sound. Raises DeviceStuckError."""
        now, stalled_s = self._clock(), output.stalled_s()
        if self._stall.is_stuck(stalled_s, now):
            raise DeviceStuckError("the sound device takes no more sound")
        self._watch_at = now + self._stall.next_look_s(stalled_s, now)

    def _obey(self, command: Command) -> None:
        match command:
            case commands.Open():
                self._become(command)
            case commands.Close():
                self._closing = True
            case commands.SetCap(cap_dba):
                self._cap_dba = cap_dba
                if self._engine:
                    self._engine.set_cap(cap_dba)
            case commands.Stop(stop_id, ramp_s):
                if self._engine:
                    self._tell_measure(self._engine)
                    self._engine.stop(ramp_s)
                self._silencing = stop_id
                self._say(Stopped(stop_id))
            case commands.Play(play_id) | commands.Cue(play_id) if self._engine is None:
                self._say(Failed(play_id, f"no sound card: {self._lost}"))
            case _ if self._engine is not None:
                self._sound(self._engine, command)

    def _sound(self, engine: Engine, command: Command) -> None:
        match command:
            case commands.Play() as play:
                self._silencing = None
                transition = Transition(play.level_dba, play.rise_s, play.crossfade_s, play.in_fade, play.back_dba)
                engine.play(self._track(play, play.start_s), transition)
            case commands.Cue() as cue:
                engine.cue(self._track(cue, 0.0), cue.crossfade_s)
            case commands.SetGain(play_id, gain_db):
                engine.set_gain(play_id, gain_db)
            case commands.SetLevel(level_dba):
                engine.set_level(level_dba)
            case commands.Fade(seconds):
                engine.fade(seconds)
            case _:
                pass

    def _track(self, told: commands.Play | commands.Cue, start_s: float) -> Track:
        mono = self._profile.mono

        def open_deck() -> Deck:
            source = TrackFile.open(Path(told.path), start_s, told.seconds)
            gain_db, mono_mix = told.gain_db, told.mono_mix
            deck = Deck(told.play_id, source, start_s=start_s, gain_db=gain_db, mono=mono, mono_mix=mono_mix)
            try:
                deck.decode_to(BLOCK)  # what takes long must not make the first sample late
            except DecodeError:
                source.close()
                raise
            return deck

        return Track(told.play_id, open_deck)

    def _become(self, told: commands.Open) -> None:
        self._profile = OutputProfile(told.full_scale_dba, told.ceiling_dba, told.mono, told.presence)
        self._cap_dba = told.cap_dba
        try:
            self._sink = parse_sink(told.sink)
        except SinkError as error:
            self._lose(str(error))
        self._look_at = self._clock()

    def _look(self, sink: Sink) -> None:
        """Look whether the device is still there, or there again."""
        self._look_at = self._clock() + CHECK_S
        if self._output is not None:
            fault = self._output.fault()
            if fault is None:
                self._retry_s = FIRST_RETRY_S  # only now: one that opens and goes at once is no better than none
            else:
                self._lose(fault)
            return
        self._say(Opening())
        try:
            self._output = self._open_output(sink)
        except DeviceStuckError:
            raise
        except DeviceError as error:
            self._lose(str(error))
            return
        self._engine = Engine(self._output, self._pass_on, self._profile, self._tally)
        give_back()  # what its filters were made with, 3 MB
        self._engine.set_cap(self._cap_dba)
        self._lost = None
        self._stall = StallWatch()
        self._say(Ready())

    def _lose(self, reason: str) -> None:
        self._shut()
        self._look_at = self._clock() + self._retry_s
        self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
        if self._lost is None:
            _log.warning("sound device lost sink=%s reason=%s", self._sink, reason)
        self._lost = reason
        self._say(Lost(reason))

    def _stick(self, reason: str) -> None:
        """The device hangs, and so would whoever closes it: what it takes if it goes on is silence, until this ends."""
        _log.warning("sound device stuck sink=%s reason=%s", self._sink, reason)
        self._is_stuck, self._left = True, self._output
        self._output = self._engine = self._sink = None
        self._work_at = self._watch_at = inf
        if self._left is not None:
            self._left.halt()
            self._left.ring[:] = 0
        self._lost = reason
        self._say(Stuck(reason))

    def _shut(self) -> None:
        self._underruns_before = self._underruns()
        engine, self._engine, self._output = self._engine, None, None
        self._work_at = self._watch_at = inf
        if engine is None:
            return
        try:
            engine.close()
        except Exception:  # noqa: BLE001 - it is gone already; the next one must still be opened
            _log.exception("sound device did not close")

    def _ramp_out(self) -> None:
        give_up_at = time.monotonic() + CLOSE_WITHIN_S
        if self._engine is not None:
            self._engine.stop(CLOSE_RAMP_S)
            self._work_at = 0.0
        while self._engine is not None and not self._engine.is_silent and time.monotonic() < give_up_at:
            self.turn(min(0.02, self._engine.wait_s() or 0.0))

    def _tell_state(self) -> None:
        """The heartbeat at each turn, the measure now and then."""
        now = self._clock()
        self._heartbeat_at = now + HEARTBEAT_S
        self._heartbeat_page.write(self._heartbeat(now))
        if self._engine is not None and now >= self._measure_at:
            self._measure_at = now + MEASURE_S
            self._tell_measure(self._engine)
        if self._silencing is not None and (self._engine is None or self._engine.is_silent):
            stop_id, self._silencing = self._silencing, None
            self._say(Silent(stop_id))
        self._say_unsaid()

    def _heartbeat(self, now: float) -> Heartbeat:
        counts = (self._tally.late_rewrites, self._tally.buffer_underruns, self._underruns())
        if self._engine is None or (heard := self._engine.position()) is None:
            return Heartbeat(now, None, 0.0, -inf, *counts, *self._times.read(), obeyed=self._obeyed)
        repeats_at = now + self._engine.repeats_in_s()
        return Heartbeat(now, *heard, self._engine.heard_dba(), *counts, *self._times.read(), repeats_at, self._obeyed)

    def _underruns(self) -> int:
        return self._underruns_before + (self._output.underruns if self._output else 0)

    def _tell_measure(self, engine: Engine) -> None:
        measured = engine.measured()
        if measured is not None:
            self._send(measured)

    def _pass_on(self, report: Report | Mute) -> None:
        if isinstance(report, Started):
            self._measure_at = self._clock() + MEASURE_S
        self._say(report)

    def _say(self, word: Word) -> None:
        """Say it now, or as soon as there is room: nothing of this may be missed."""
        self._unsaid.append(word)
        self._say_unsaid()

    def _say_unsaid(self) -> None:
        while self._unsaid and self._channel.send(self._unsaid[0]):
            self._unsaid.popleft()

    def _send(self, word: Any) -> None:
        """Say it if anybody listens: the next one comes soon."""
        if not self._unsaid:
            self._channel.send(word)
