"""Who is the player, and when it must be ended: the rules of supervision. Pure: no process, no thread, no clock.

One player is active, a second stands by with everything loaded and no device open. A stop that is not confirmed in
250 ms, or half a second without a word, ends the active one: silence at once; the standby takes over.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from firmware.speaker import commands
from firmware.speaker.beat import Beat
from firmware.speaker.commands import Command, Hello, Opening, Silent, Stopped, Word
from firmware.speaker.reports import Died, Ended, Faded, Failed, Lost, Ready, Report, Started
from firmware.speaker.voice import Counts

STOP_WITHIN_S = 0.25
HEARTBEAT_S = 0.5
UNHEARD_S = 2.0  # a play that was asked for or told, and that the player does not even claim to play
BORN_WITHIN_S = 20.0  # Python and numpy from a slow card
OPEN_WITHIN_S = 10.0  # a USB card that wakes up; nothing sounds meanwhile
MANY_DEATHS, WITHIN_S = 3, 10.0  # so many in so short a time, and it rests before the next
REST_S = 5.0
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Spawn:
    """Give birth to the player with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Send:
    """Send it to this player."""

    number: int
    command: Command


@dataclass(frozen=True, slots=True)
class Kill:
    """End this player, however it is."""

    number: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell whoever listens to the speaker."""

    report: Report


Action = Spawn | Send | Kill | Tell


class _Phase(Enum):
    BEING_BORN = auto()
    STANDING_BY = auto()
    OPENING = auto()
    RUNNING = auto()


@dataclass(slots=True)
class _Player:
    number: int
    phase: _Phase = _Phase.BEING_BORN
    silent_at: float = NEVER  # without a word until then it has hung


class Supervision:
    """Takes commands, words and the time; says what to do. Times are seconds of one clock."""

    def __init__(self, opening: commands.Open) -> None:
        self._opening = opening
        self._active: _Player | None = None
        self._standby: _Player | None = None
        self._waiting: list[Command] = []  # until there is a player to hear them
        self._playing: tuple[int, float] | None = None  # the play that was asked for or is heard, and where it is
        self._unheard: tuple[int, float] | None = None  # a play that is not heard though it should be, and since when
        self._stop_id = 0
        self._stop_by = NEVER
        self._is_lost = False
        self._deaths: list[float] = []
        self._rests_until = NEVER
        self._born = 0
        self._before = Counts()  # of players that are no more
        self._beat = Beat()

    @property
    def counts(self) -> Counts:
        """Since the start, of all players."""
        late = self._before.late_rewrites + self._beat.late_rewrites
        starved = self._before.starved_refills + self._beat.starved_refills
        return Counts(late, starved, self._before.restarts)

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
        silent_at = self._active.silent_at if self._active else NEVER
        return min(silent_at, self._stop_by, self._rests_until)

    def start(self, now: float) -> list[Action]:
        """The first player."""
        return self._raise_active(now)

    def ask(self, command: Command, now: float) -> list[Action]:
        """A command for whoever is the player."""
        match command:
            case commands.SetCap(cap_dba):
                self._opening = _with_cap(self._opening, cap_dba)
            case commands.Play(play_id, start_s=start_s):
                self._playing = (play_id, start_s)
            case commands.Stop():
                self._playing, self._waiting = None, []
                command = self._numbered(command, now)
        if self._active is None:
            return self._refused(command)
        if self._active.phase is _Phase.BEING_BORN:
            self._waiting.append(command)
            return []
        return [Send(self._active.number, command)]

    def heard(self, number: int, word: Word, now: float) -> list[Action]:
        """A player said something."""
        if self._standby and number == self._standby.number:
            if isinstance(word, Hello):
                self._standby.phase = _Phase.STANDING_BY
            return []
        if self._active is None or number != self._active.number:
            return []
        if self._active.phase is _Phase.RUNNING:
            self._active.silent_at = now + HEARTBEAT_S
        match word:
            case Hello():
                return self._open(self._active, now)
            case Opening():
                self._active.phase, self._active.silent_at = _Phase.OPENING, now + OPEN_WITHIN_S
            case Stopped(stop_id) if stop_id >= self._stop_id:
                self._stop_by = NEVER
            case Stopped():
                pass
            case Silent(play_id, position_s, lasted_s):
                self._playing = (play_id, position_s)
                return self._fail(f"gave no sound for {lasted_s:.0f} s where its track has some", now)
            case _:
                return self._on_report(self._active, word, now)
        return []

    def felt(self, beat: Beat) -> None:
        """The pulse of the active player."""
        self._beat = beat
        if self._active and self._active.phase is _Phase.RUNNING:
            self._active.silent_at = max(self._active.silent_at, beat.at + HEARTBEAT_S)
        play_id = self._playing[0] if self._playing else None
        if play_id is not None and beat.play_id == play_id:
            self._playing = (play_id, beat.position_s)
        if play_id is None or beat.play_id == play_id:
            self._unheard = None
        elif self._unheard is None or self._unheard[0] != play_id:
            self._unheard = (play_id, beat.at)

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
        if now >= self._stop_by:
            return self._fail(f"did not confirm a stop within {STOP_WITHIN_S * 1000:.0f} ms", now)
        if self._unheard and self._beat.at >= self._unheard[1] + UNHEARD_S:
            return self._fail("did not play what it was asked for", now)
        if self._active and now >= self._active.silent_at:
            return self._fail(_why_silent(self._active.phase), now)
        if now >= self._rests_until:
            self._rests_until = NEVER
            return self._raise_active(now)
        return []

    def _raise_active(self, now: float) -> list[Action]:
        """The standby takes over; without one a new player is born."""
        if self._standby is None:
            self._active = _Player(self._next_number(), silent_at=now + BORN_WITHIN_S)
            return [Spawn(self._active.number)]
        self._active, self._standby = self._standby, None
        if self._active.phase is _Phase.STANDING_BY:
            return self._open(self._active, now)
        self._active.silent_at = now + BORN_WITHIN_S
        return []

    def _open(self, player: _Player, now: float) -> list[Action]:
        player.phase, player.silent_at = _Phase.OPENING, now + HEARTBEAT_S
        waiting, self._waiting = self._waiting, []
        return [Send(player.number, command) for command in (self._opening, *waiting)]

    def _on_report(self, active: _Player, report: Report, now: float) -> list[Action]:
        actions: list[Action] = [Tell(report)]
        match report:
            case Ready() | Lost():
                active.phase, active.silent_at = _Phase.RUNNING, now + HEARTBEAT_S
                if isinstance(report, Lost):
                    self._playing = None
                    actions = [] if self._is_lost else actions
                self._is_lost = isinstance(report, Lost)
                actions += self._raise_standby()
            case Started(play_id):
                self._playing = (play_id, self._playing[1] if self._playing and self._playing[0] == play_id else 0.0)
            case Ended(play_id) | Faded(play_id) | Failed(play_id) if self._playing and self._playing[0] == play_id:
                self._playing = None
        return actions

    def _raise_standby(self) -> list[Action]:
        if self._standby is not None:
            return []
        self._standby = _Player(self._next_number())
        return [Spawn(self._standby.number)]

    def _fail(self, reason: str, now: float) -> list[Action]:
        """End the active player: whatever it did, it is silent now."""
        actions: list[Action] = [Kill(self._active.number)] if self._active else []
        play_id, position_s = self._playing or (None, 0.0)
        actions.append(Tell(Died(play_id, position_s, f"the player {reason}: restarted")))
        counts = self.counts
        self._before = replace(counts, restarts=counts.restarts + 1)
        self._beat = Beat()
        self._active, self._playing, self._unheard, self._stop_by, self._waiting = None, None, None, NEVER, []
        self._deaths = [at for at in self._deaths if at > now - WITHIN_S] + [now]
        if len(self._deaths) < MANY_DEATHS:
            return actions + self._raise_active(now)
        self._rests_until = now + REST_S
        if not self._is_lost:
            self._is_lost = True
            actions.append(Tell(Lost(f"the player {reason}, {len(self._deaths)} times in {WITHIN_S:.0f} s")))
        return actions

    def _refused(self, command: Command) -> list[Action]:
        """Nobody is there to play it."""
        if isinstance(command, commands.Play | commands.Cue):
            self._playing = None
            return [Tell(Failed(command.play_id, "no player: it rests after failing several times"))]
        return []

    def _numbered(self, stop: commands.Stop, now: float) -> commands.Stop:
        """Where nothing can sound yet, nobody need be ended for a stop that takes long."""
        self._stop_id += 1
        if self._active and self._active.phase is _Phase.RUNNING:
            self._stop_by = min(self._stop_by, now + STOP_WITHIN_S)
        return commands.Stop(self._stop_id, stop.ramp_s)

    def _next_number(self) -> int:
        self._born += 1
        return self._born


def _with_cap(opening: commands.Open, cap_dba: float) -> commands.Open:
    return commands.Open(
        opening.sink, opening.full_scale_dba, opening.ceiling_dba, cap_dba, opening.mono, opening.presence
    )


def _why_silent(phase: _Phase) -> str:
    match phase:
        case _Phase.BEING_BORN:
            return f"was not ready within {BORN_WITHIN_S:.0f} s"
        case _Phase.OPENING:
            return "did not open the sound device in time"
        case _:
            return f"gave no heartbeat for {HEARTBEAT_S * 1000:.0f} ms"
