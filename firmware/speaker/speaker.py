"""The speaker: what the bedside process asks for sound. One thread of its own keeps the players; decides no rule."""

import logging
import math
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import cast

from firmware.speaker import commands
from firmware.speaker.actions import Action, Kill, Send, Spawn, Tell
from firmware.speaker.channel import ChannelClosedError
from firmware.speaker.commands import Command
from firmware.speaker.errors import LevelError
from firmware.speaker.heartbeat import Heartbeat
from firmware.speaker.priority import go_first
from firmware.speaker.process import PlayerProcess
from firmware.speaker.profile import FIRST_CAP_DBA, GlitchCounts, OutputProfile
from firmware.speaker.reports import Died, Lost, Report
from firmware.speaker.sink import Sink
from firmware.speaker.supervision import Supervision

_log = logging.getLogger(__name__)

CLOSE_WITHIN_S = 1.0
PAUSE_S = 0.2
REPLACED_RAMP_S = 0.06  # what gives way to another play, where nobody asks for a crossfade
_LONGEST_WAIT_S = 3600.0


class Speaker:
    """Plays tracks on one sound device, by a player in a process of its own.

    All methods but `close` return at once and may be called from any one thread; reports come from the speaker's own
    thread. Levels are dB(A) at the pillow, times are seconds.
    """

    def __init__(self, sink: Sink, report: Callable[[Report], None], profile: OutputProfile) -> None:
        """Raises LevelError where the profile holds no finite number."""
        _check_finite(full_scale_dba=profile.full_scale_dba, ceiling_dba=profile.ceiling_dba)
        opening = commands.Open(
            str(sink), profile.full_scale_dba, profile.ceiling_dba, FIRST_CAP_DBA, profile.mono, profile.presence
        )
        self._tell = report
        self._rules = Supervision(opening)
        self._asked: SimpleQueue[Command] = SimpleQueue()
        self._nudge, self._nudged = socket.socketpair()
        self._players: dict[int, PlayerProcess] = {}
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
        self._closing = threading.Event()
        self._missed = Heartbeat()

    def start(self) -> None:
        """Give birth to the player and open the device. One that is not there is reported and tried again."""
        self._thread.start()

    def close(self) -> None:
        """Ramp down, give the device back and end the players; waits for it, two seconds at most. For good."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._nudge.send(b".")
        if self._thread.is_alive():
            self._thread.join(2 * CLOSE_WITHIN_S)
        for part in (self._selector, self._nudge, self._nudged):
            part.close()

    @property
    def counts(self) -> GlitchCounts:
        """What went wrong since the start; any thread."""
        return self._rules.counts

    def play(
        self,
        play_id: int,
        path: Path,
        *,
        start_s: float = 0.0,
        level_dba: float,
        rise_s: float,
        crossfade_s: float = REPLACED_RAMP_S,
        gain_db: float = 0.0,
        in_fade: bool = False,
        back_dba: float | None = None,
        mono_mix: tuple[float, float] | None = None,
        seconds: float | None = None,
    ) -> None:
        """Play a track from `start_s`; what plays leaves over `crossfade_s`, equal power. Reports Started or Failed.

        With a `rise_s` it stands 20 dB under its level at once and rises to it. `gain_db` brings the track to the level
        of pink noise of -20 LUFS. `in_fade`: it joins the fade that runs, as a cue does. `back_dba`: sound that broke
        off at this level is back there within 0.3 s and rises from there; without effect while something sounds.
        `mono_mix`: what left and right are multiplied by before a box that plays mono adds them up; None: it finds out
        while it plays. `seconds`: the track's length as it was measured; None: its file is asked.
        """
        _check_finite(start_s=start_s, level_dba=level_dba, rise_s=rise_s, crossfade_s=crossfade_s, gain_db=gain_db)
        _check_finite(back_dba=back_dba or 0.0)
        play = commands.Play(
            play_id, str(path), start_s, level_dba, rise_s, crossfade_s, gain_db, in_fade, back_dba, mono_mix, seconds
        )
        self._ask(play)

    def cue(
        self,
        play_id: int,
        path: Path,
        *,
        crossfade_s: float,
        gain_db: float = 0.0,
        mono_mix: tuple[float, float] | None = None,
        seconds: float | None = None,
    ) -> None:
        """Say what follows when the track that plays ends: `crossfade_s` before its end, or with the very next frame.

        It plays at the same level and inside the same fade. Replaces an earlier cue; a play or a stop forgets it.
        """
        _check_finite(crossfade_s=crossfade_s, gain_db=gain_db)
        self._ask(commands.Cue(play_id, str(path), crossfade_s, gain_db, mono_mix, seconds))

    def set_gain(self, play_id: int, gain_db: float) -> None:
        """Another gain that brings the track of a play to the level of all: down at once, up at 3 dB/s."""
        _check_finite(gain_db=gain_db)
        self._ask(commands.SetGain(play_id, gain_db))

    def set_level(self, level_dba: float) -> None:
        """Move what plays to another level: down at once, up at 3 dB/s. Without effect while nothing plays."""
        _check_finite(level_dba=level_dba)
        self._ask(commands.SetLevel(level_dba))

    def set_cap(self, cap_dba: float) -> None:
        """Allow so much from now on, never more than the profile's ceiling; what is louder falls to it."""
        _check_finite(cap_dba=cap_dba)
        self._ask(commands.SetCap(cap_dba))

    def fade(self, seconds: float) -> None:
        """Fade what plays, straight in dB, 60 dB down and then to silence. Reports Faded; the level stays."""
        _check_finite(seconds=seconds)
        self._ask(commands.Fade(seconds))

    def stop(self, ramp_s: float = 0.15) -> None:
        """Ramp what plays down and fall silent. Its play gets no further report."""
        _check_finite(ramp_s=ramp_s)
        self._ask(commands.Stop(0, ramp_s))

    def _ask(self, command: Command) -> None:
        self._asked.put(command)
        self._nudge.send(b".")

    def _run(self) -> None:
        go_first()  # who judges whether a player hangs must not be late itself
        self._selector.register(self._nudged, selectors.EVENT_READ)
        self._do(self._rules.start(time.monotonic()))
        while not self._closing.is_set():
            try:
                self._turn()
            except Exception as error:  # noqa: BLE001 - whatever it was: without this thread there is no sound at all
                _log.exception("speaker fault")
                self._begin_again(f"was ended by a speaker fault: {error}")
        self._end()

    def _begin_again(self, reason: str) -> None:
        died = self._rules.died(reason)
        for player in list(self._players.values()):
            self._remove(player)
        self._closing.wait(PAUSE_S)  # a fault that comes again at once must not take the machine
        self._report(died)
        self._rules = Supervision(self._rules.opening)
        self._do(self._rules.start(time.monotonic()))

    def _turn(self) -> None:
        wait_s = min(_LONGEST_WAIT_S, max(0.0, self._rules.next_deadline - time.monotonic()))
        for key, _ in self._selector.select(wait_s):
            if key.fileobj is self._nudged:
                self._nudged.recv(4096)
            else:
                self._listen(cast("PlayerProcess", key.data))
        self._pass_on()
        # Last: what a player said in time must not be overlooked because this thread was late.
        active = self._players.get(self._rules.active or 0)
        if active is not None:
            self._rules.felt(active.heartbeat_page.read())
            self._examine(active)
        self._do(self._rules.tick(time.monotonic()))

    def _examine(self, player: PlayerProcess) -> None:
        """One that gives no sign of life may hang, or be held up by other work."""
        if self._rules.is_overdue(now := time.monotonic()):
            vitals, heartbeat = player.vitals, player.heartbeat_page.read()
            self._rules.examine(vitals, now)
            if heartbeat != self._missed:  # one line for each heartbeat that is missed, however long it lasts
                self._missed = heartbeat
                _log.warning("player late late_s=%.2f now=%s then=%s", now - heartbeat.at, vitals, heartbeat)

    def _pass_on(self) -> None:
        while True:
            try:
                command = self._asked.get_nowait()
            except Empty:
                return
            self._do(self._rules.ask(command, time.monotonic()))

    def _listen(self, player: PlayerProcess) -> None:
        try:
            for word in player.channel.messages():
                self._do(self._rules.heard(player.number, word, time.monotonic()))
                if player.number not in self._players:  # that word was its last
                    return
        except ChannelClosedError:
            self._remove(player)
            self._do(self._rules.gone(player.number, time.monotonic()))

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Spawn(number):
                    self._spawn(number)
                case Send(number, command):
                    self._send(number, command)
                case Kill(number) if number in self._players:
                    self._remove(self._players[number])
                case Kill():
                    pass
                case Tell(report):
                    if isinstance(report, Died | Lost):
                        _log.warning("%s counts=%s", report, self._rules.counts)
                    self._report(report)

    def _spawn(self, number: int) -> None:
        try:
            player = PlayerProcess(number)
        except OSError:
            _log.exception("no player can be started")  # it is missed when its time is over
            return
        self._players[number] = player
        self._selector.register(player.channel, selectors.EVENT_READ, player)

    def _send(self, number: int, command: Command) -> None:
        player = self._players.get(number)
        if player is None:
            return
        try:
            if not player.channel.send(command):
                _log.warning("player does not read")  # its heartbeat is missed, too
        except ChannelClosedError:
            pass  # read as the end of its channel in a moment

    def _remove(self, player: PlayerProcess) -> None:
        self._selector.unregister(player.channel)
        del self._players[player.number]
        player.kill()

    def _report(self, report: Report) -> None:
        try:
            self._tell(report)
        except Exception:  # noqa: BLE001 - a listener's mistake must not end the music
            _log.exception("listener failed report=%s", report)

    def _end(self) -> None:
        active = self._rules.active
        if active is not None:
            self._pass_on()
            self._send(active, commands.Close())
            if active in self._players:
                self._players[active].wait(CLOSE_WITHIN_S)
        for player in list(self._players.values()):
            self._remove(player)


def _check_finite(**numbers: float) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise LevelError(f"{name} is {number}: it must be a finite number")
