"""Who is the player, and when it must be ended: the rules of supervision. Pure: no process, no thread, no clock.

One player is active, a second stands by with everything loaded and no device open. The active one is ended, and the
standby takes over, where a stop is not confirmed in 250 ms or the device has not taken silence soon after its ramp,
where a command is not heard in half a second, and where there is no heartbeat for a second though nothing was asked:
so long its ring plays what it should. A player that other work on the machine holds up is let be, unless its ring
comes round, or holds what has been too loud for a second: a lower level or cap that was not taken.
"""

from firmware.speaker import commands
from firmware.speaker.actions import Action, Kill, Spawn, Tell
from firmware.speaker.commands import Command, Hello, Mute, Opening, Silent, Stopped, Stuck, Word
from firmware.speaker.device_record import DeviceRecord
from firmware.speaker.heartbeat import Heartbeat
from firmware.speaker.profile import GlitchCounts
from firmware.speaker.reports import Died, Ended, Faded, Failed, Lost, Ready, Report, Started
from firmware.speaker.starvation import HeldUp, Silence
from firmware.speaker.supervised_player import (
    HEARTBEAT_S,
    LOWERED_WITHIN_S,
    NEVER,
    STARTED_WITHIN_S,
    Phase,
    SupervisedPlayer,
)
from firmware.speaker.vitals import Vitals

STOP_WITHIN_S = 0.25
SILENT_WITHIN_S = 0.35  # after the ramp of 150 ms: what is heard of a stop is over within 600 ms, whatever hangs
UNHEARD_S = 2.0  # a play that was asked for or told, and that the player does not even claim to play
OPEN_WITHIN_S = 10.0  # a USB card that wakes up; nothing sounds meanwhile
MANY_DEATHS, WITHIN_S = 3, 10.0  # so many in so short a time, and it rests before the next
REST_S = 5.0


class Supervision:
    """Takes commands, words and the time; says what to do. Times are seconds of one clock."""

    def __init__(self, opening: commands.Open) -> None:
        self._opening = opening
        self._active: SupervisedPlayer | None = None
        self._standby: SupervisedPlayer | None = None
        self._waiting: list[Command] = []  # until there is a player to hear them
        self._playing: tuple[int, float] | None = None  # the play that was asked for or is heard, and where it is
        self._told_at = 0.0  # when that was asked for or told
        self._unheard: tuple[int, float] | None = None  # a play that is not heard though it should be, and since when
        self._level_dba = NEVER  # what was asked for last
        self._stop_id = 0
        self._stop_by = NEVER
        self._silent_by = NEVER
        self._device = DeviceRecord()
        self._is_lost = False
        self._refusal = ""  # why nobody plays
        self._well_at = NEVER  # a device that went again and again is told as ready then
        self._deaths: list[float] = []
        self._rests_until = NEVER
        self._started = 0
        self._before = GlitchCounts()  # of players that are no more
        self._heartbeat = Heartbeat()

    @property
    def counts(self) -> GlitchCounts:
        """Since the start, of all players."""
        heartbeat = self._heartbeat
        return self._before + GlitchCounts(
            heartbeat.late_rewrites, heartbeat.buffer_underruns, underruns=heartbeat.underruns
        )

    @property
    def opening(self) -> commands.Open:
        """What a new player is told first, with the newest cap."""
        return self._opening

    @property
    def active(self) -> int | None:
        """The number of the player that may sound."""
        return self._active.number if self._active else None

    @property
    def next_deadline(self) -> float:
        """When `tick` has something to do; infinity: never."""
        ends_at = min(self._active.ends_at, self._active.lower_by) if self._active else NEVER
        return min(ends_at, self._stop_by, self._silent_by, self._rests_until, self._well_at)

    def start(self, now: float) -> list[Action]:
        """The first player."""
        return self._raise_active(now)

    def ask(self, command: Command, now: float) -> list[Action]:
        """A command for whoever is the player."""
        lowers = self._lowers(command)
        match command:
            case commands.SetLevel(level_dba):
                self._level_dba = level_dba
            case commands.SetCap(cap_dba):
                self._opening = _with_cap(self._opening, cap_dba)
            case commands.Play(play_id, start_s=start_s, level_dba=level_dba):
                self._playing, self._told_at, self._silent_by = (play_id, start_s), now, NEVER
                self._level_dba = level_dba
            case commands.Stop():
                self._playing, self._waiting = None, []
                command = self._numbered(command, now)
        if self._active is None or (self._is_doubted and isinstance(command, commands.Play | commands.Cue)):
            return self._refused(command)
        if self._active.phase is Phase.STARTING:
            self._waiting.append(command)
            return []
        if self._active.phase is Phase.RUNNING:
            self._active.asked_at = min(self._active.asked_at, now)
            if isinstance(command, commands.Play) and not self._is_lost:
                self._device.play(now)
        return [self._active.send(command, now if lowers else NEVER)]

    def heard(self, number: int, word: Word, now: float) -> list[Action]:
        """A player said something."""
        if self._standby and number == self._standby.number:
            if isinstance(word, Hello):
                self._standby.phase = Phase.STANDING_BY
            return []
        if self._active is None or number != self._active.number:
            return []
        return self._on_word(self._active, word, now)

    def felt(self, heartbeat: Heartbeat) -> None:
        """The newest heartbeat of the active player."""
        is_fresh, self._heartbeat = heartbeat.at > self._heartbeat.at, heartbeat
        if self._active and self._active.phase is Phase.RUNNING:
            self._active.is_alive(heartbeat.at)
            self._active.took(heartbeat.obeyed)
            if is_fresh:
                self._active.held_up = HeldUp()
        play_id = self._playing[0] if self._playing else None
        if play_id is not None and heartbeat.play_id == play_id:
            self._playing = (play_id, heartbeat.position_s)
        if play_id is None or heartbeat.play_id == play_id:
            self._unheard = None
        elif self._unheard is None or self._unheard[0] != play_id:
            self._unheard = (play_id, max(heartbeat.at, self._told_at))  # a heartbeat from before proves nothing

    def is_overdue(self, now: float) -> bool:
        """Whether a running player gave no sign of life in time: look how it is before `tick`."""
        active = self._active
        return active is not None and active.phase is Phase.RUNNING and now >= active.ends_at

    def examine(self, vitals: Vitals | None, now: float) -> None:
        """What the kernel says of a player that is overdue."""
        if self._active is None or not self.is_overdue(now):
            return
        active = self._active
        silence = Silence(now, now - active.due_at + active.waits_s, active.waits_s, now - active.ends_at)
        active.held_up.look(self._heartbeat, vitals, silence)

    def gone(self, number: int, now: float) -> list[Action]:
        """A player's process has ended."""
        if self._standby and number == self._standby.number:
            self._standby = None
            return []  # the next one is born when the active one is ready again
        if self._active and number == self._active.number:
            return self._fail("ended by itself", now)
        return []

    def tick(self, now: float) -> list[Action]:
        """Time has passed. What was said and felt before that time must have been told first."""
        if self._unheard and self._heartbeat.at >= self._unheard[1] + UNHEARD_S:
            return self._fail("did not play what it was asked for", now, silences=1)
        reason = self._why_over(now)
        if reason:
            return self._fail(reason, now)
        if now >= self._well_at:
            return self._is_well()
        if now >= self._rests_until:
            self._rests_until = NEVER
            return self._raise_active(now)
        return []

    def died(self, reason: str) -> Died:
        """What becomes of the play that was asked for or is heard, where its player ends now."""
        play_id, position_s = self._playing or (None, 0.0)
        is_online = (
            self._playing is not None and self._heartbeat.play_id == play_id and self._heartbeat.heard_dba > -NEVER
        )
        heard_dba = self._heartbeat.heard_dba if is_online else None
        return Died(play_id, position_s, reason, heard_dba)

    def _why_over(self, now: float) -> str:
        """Why the active player must be ended now; empty while it need not."""
        if now >= self._stop_by:
            return f"did not confirm a stop within {STOP_WITHIN_S * 1000:.0f} ms"
        if now >= self._silent_by:
            return "gave the sound device no silence in time after a stop"
        if self._active and now >= self._active.lower_by:
            return f"took no lower level within {LOWERED_WITHIN_S * 1000:.0f} ms"
        return self._active.why_silent() if self._active and now >= self._active.ends_at else ""

    def _raise_active(self, now: float) -> list[Action]:
        """The standby takes over; without one a new player is born."""
        if self._standby is None:
            self._active = SupervisedPlayer(self._next_number(), silent_at=now + STARTED_WITHIN_S)
            return [Spawn(self._active.number)]
        self._active, self._standby = self._standby, None
        if self._active.phase is Phase.STANDING_BY:
            return self._open(self._active, now)
        self._active.silent_at = now + STARTED_WITHIN_S
        return []

    def _open(self, player: SupervisedPlayer, now: float) -> list[Action]:
        player.phase, player.silent_at, player.asked_at = Phase.OPENING, now + HEARTBEAT_S, NEVER
        waiting, self._waiting = self._waiting, []
        player.lowering = []
        return [player.send(command) for command in (self._opening, *waiting)]

    @property
    def _is_doubted(self) -> bool:
        """Whether the device went in a way that it must show itself well again first, from before it is tried."""
        return self._is_lost and self._device.probation_s > 0.0

    def _lowers(self, command: Command) -> bool:
        """Whether what is heard must become softer by it at once. A stop has its own, shorter time."""
        match command:
            case commands.SetLevel(level_dba):
                return self._playing is not None and level_dba < self._level_dba
            case commands.SetCap(cap_dba):
                return self._playing is not None and cap_dba < self._opening.cap_dba
            case _:
                return False

    def _on_word(self, active: SupervisedPlayer, word: Word, now: float) -> list[Action]:
        if active.phase is Phase.RUNNING:
            active.is_alive(now)
        match word:
            case Hello():
                return self._open(active, now)
            case Opening():
                active.phase, active.silent_at = Phase.OPENING, now + OPEN_WITHIN_S
                active.asked_at, active.lowering = NEVER, []
            case Stopped(stop_id) if stop_id >= self._stop_id:
                self._stop_by = NEVER
            case Silent(stop_id) if stop_id >= self._stop_id:
                self._silent_by = NEVER
            case Stopped() | Silent():
                pass
            case Mute(play_id, position_s, lasted_s):
                self._playing = (play_id, position_s)
                return self._fail(f"gave no sound for {lasted_s:.0f} s where its track has some", now, silences=1)
            case Stuck(reason):
                return self._on_stuck(active, reason, now)
            case _:
                return self._on_report(active, word, now)
        return []

    def _on_report(self, active: SupervisedPlayer, report: Report, now: float) -> list[Action]:
        actions: list[Action] = [Tell(report)]
        match report:
            case Ready():
                active.phase, active.silent_at, active.asked_at = Phase.RUNNING, now + HEARTBEAT_S, NEVER
                actions = [*self._on_ready(now), *self._raise_standby()]
            case Lost(reason):
                active.phase, active.silent_at, active.asked_at = Phase.RUNNING, now + HEARTBEAT_S, NEVER
                actions = [*self._on_lost(reason, now), *self._raise_standby()]
            case Started(play_id):
                self._playing = (play_id, self._playing[1] if self._playing and self._playing[0] == play_id else 0.0)
                self._told_at = now
            case Ended(play_id) | Faded(play_id) | Failed(play_id) if self._playing and self._playing[0] == play_id:
                self._playing = None
        return actions

    def _on_ready(self, now: float) -> list[Action]:
        """A device that hung, or went three times as soon as it was used, is believed when it has held for a while."""
        self._device.opened(now)
        if self._is_lost and self._device.probation_s:
            self._well_at = now + self._device.probation_s
            return []
        return self._is_well()

    def _is_well(self) -> list[Action]:
        self._well_at, self._is_lost = NEVER, False
        self._device.held()
        return [Tell(Ready())]

    def _on_lost(self, reason: str, now: float) -> list[Action]:
        """Told once until it is there again."""
        self._device.lost(now)
        was_lost, self._is_lost, self._refusal = self._is_lost, True, f"no sound card: {reason}"
        self._playing, self._silent_by, self._well_at = None, NEVER, NEVER
        return [] if was_lost else [Tell(Lost(reason))]

    def _on_stuck(self, active: SupervisedPlayer, reason: str, now: float) -> list[Action]:
        """The device hangs, and only the end of its player gives it back. What was asked of that one is answered."""
        asked = self._playing[0] if self._is_lost and self._playing else None
        self._end_active()
        told = self._on_lost(reason, now)
        self._rests_until = now + self._device.hung()
        refused = [] if asked is None else [Tell(Failed(asked, self._refusal))]
        return [Kill(active.number), *told, *refused]

    def _raise_standby(self) -> list[Action]:
        if self._standby is not None:
            return []
        self._standby = SupervisedPlayer(self._next_number())
        return [Spawn(self._standby.number)]

    def _fail(self, reason: str, now: float, *, silences: int = 0) -> list[Action]:
        """End the active player: whatever it did, it is silent now."""
        actions: list[Action] = [Kill(self._active.number)] if self._active else []
        actions.append(Tell(self.died(reason)))
        self._end_active()
        self._before += GlitchCounts(restarts=1, silences=silences)
        self._deaths = [at for at in self._deaths if at > now - WITHIN_S] + [now]
        if len(self._deaths) < MANY_DEATHS:
            return actions + self._raise_active(now)
        self._rests_until = now + REST_S
        actions += self._on_lost(f"the player {reason}, {len(self._deaths)} times in {WITHIN_S:.0f} s", now)
        self._refusal = "no player: it rests after failing several times"
        return actions

    def _end_active(self) -> None:
        self._before, self._heartbeat = self.counts, Heartbeat()
        self._active, self._playing, self._unheard, self._waiting = None, None, None, []
        self._stop_by = self._silent_by = self._well_at = NEVER

    def _refused(self, command: Command) -> list[Action]:
        """Nobody is there to play it."""
        if isinstance(command, commands.Play | commands.Cue):
            self._playing = None
            return [Tell(Failed(command.play_id, self._refusal))]
        return []

    def _numbered(self, stop: commands.Stop, now: float) -> commands.Stop:
        """Where nothing can sound yet, nobody need be ended for a stop that takes long."""
        self._stop_id += 1
        if self._active and self._active.phase is Phase.RUNNING:
            self._stop_by = min(self._stop_by, now + STOP_WITHIN_S)
            self._silent_by = min(self._silent_by, now + stop.ramp_s + SILENT_WITHIN_S)
        return commands.Stop(self._stop_id, stop.ramp_s)

    def _next_number(self) -> int:
        self._started += 1
        return self._started


def _with_cap(opening: commands.Open, cap_dba: float) -> commands.Open:
    return commands.Open(
        opening.sink, opening.full_scale_dba, opening.ceiling_dba, cap_dba, opening.mono, opening.presence
    )
