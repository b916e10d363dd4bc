"""What must hold at every moment of the month, by a clock and a memory that are not the box's."""

from dataclasses import dataclass, field

from device.loop import Loop
from device.rules.state import Limits, State
from firmware.simulator.box import SimulatedBox
from messages import Cause
from tests.rules import laws
from tests.rules.month.days import Days
from tests.rules.month.life import Life
from tests.rules.month.ward import Ward

MOST_BY_NIGHT_S, MOST_BY_DAY_S = 3600.0, 7200.0
DARK_AFTER_S = 10.0
SLACK_S = 0.01  # of the month's time: a wait lasts a little longer than it was asked to
HERE_S, CLEANING_S, CHORD_S = 30.0, 120.0, 5.0


@dataclass(slots=True)
class Watch:
    """Looks after each turn of the loop, and before the clock is moved on. Raises where something does not hold."""

    days: Days
    ward: Ward
    panel: SimulatedBox
    turns: int = 0
    sleep_starts: list[str] = field(default_factory=list)  # the local moments
    pressed_s: float = -1e9  # when a hand was at the box last; it is told by the hands
    touched_s: float = -1e9
    located_s: float = -1e9
    chord_s: float = -1e9
    is_nurse_call: bool = False
    _is_to_forget: bool = False  # a stay of which nothing may be left
    _was_silent: bool = True
    _stopped_s: float = -1e9
    _sounding_since_s: float | None = None
    _vigil_s: float = -1e9  # when it last was one

    def wakes(self, state: State) -> None:
        """A box that was plugged in is silent."""
        assert state.playing is None
        self._was_silent, self._sounding_since_s = True, None
        self.touched_s = self.days.now_s

    def expects_to_forget(self) -> None:
        """A discharge comes."""
        self._is_to_forget = True

    def settled(self, life: Life) -> None:
        """After a turn."""
        self.turns += 1
        state = life.loop.state
        is_night = self.days.is_night or not life.clock_known
        assert state.night is is_night
        self._is_quiet_enough(life, state, is_night=is_night)
        self._began_for_a_reason(state)
        self._is_not_endless(life, is_night=is_night)
        self._says_nothing_by_night(state, is_night=is_night)
        if self._is_to_forget and state.assigned is None:
            self._has_forgotten(life.loop)
        self.passing(life)

    def passing(self, life: Life) -> None:
        """Before and after time passes: what the screen shows is dark when it is to be, not when the loop next
        looks."""
        now_s = self.days.now_s
        is_night = self.days.is_night or not life.clock_known
        if not is_night or not life.loop.state.night:
            return
        is_touched = now_s - self.touched_s <= DARK_AFTER_S + SLACK_S
        is_staff = now_s - self.located_s <= HERE_S + SLACK_S or now_s - self.chord_s <= CHORD_S + CLEANING_S + SLACK_S
        assert is_touched or is_staff or not self.panel.bus.on, "the screen is lit by night"

    def _is_quiet_enough(self, life: Life, state: State, *, is_night: bool) -> None:
        speaker = life.speaker
        cap_dba = laws.highest_dba(Limits(), self.ward.rules, night=is_night)
        assert state.level_dba <= cap_dba
        assert speaker.cap_dba <= cap_dba
        assert speaker.level_dba is None or speaker.level_dba <= cap_dba

    def _began_for_a_reason(self, state: State) -> None:
        session, now_s = state.playing, self.days.now_s
        is_pressed = now_s - self.pressed_s <= SLACK_S
        if session and self._was_silent:
            assert not self.is_nurse_call or is_pressed
            if session.cause is Cause.TIMED:
                self._is_sleep_time()
            else:
                assert is_pressed, "it began by itself"
        if session is None and not self._was_silent and is_pressed:
            self._stopped_s = now_s
        self._was_silent = session is None

    def _is_sleep_time(self) -> None:
        starts, local = self.ward.rules.sleep_starts, self.days.local
        assert starts is not None
        assert 0 <= (local.hour * 60 + local.minute - starts) * 60 + local.second <= laws.GRACE_MIN * 60
        assert self.days.now_s - self._stopped_s >= laws.QUIET_AFTER_STOP_S, "within an hour of the patient's own stop"
        self.sleep_starts.append(local.strftime("%m-%d %H:%M%z"))

    def _is_not_endless(self, life: Life, *, is_night: bool) -> None:
        if not life.speaker.is_sounding:
            self._sounding_since_s = None
            return
        now_s = self.days.now_s
        if self.ward.rules.vigil:
            self._vigil_s = now_s
        since_s = self._sounding_since_s = self._sounding_since_s if self._sounding_since_s is not None else now_s
        most_s = MOST_BY_NIGHT_S if is_night else MOST_BY_DAY_S
        alone_s = now_s - max(since_s, self.touched_s, self._vigil_s)
        assert alone_s <= most_s + SLACK_S, f"{alone_s} s of sound that nobody asked for"

    def _says_nothing_by_night(self, state: State, *, is_night: bool) -> None:
        if is_night or state.rules.vigil:
            assert state.asking is None
            assert state.reminding_until is None
            assert self.panel.light == 0.0

    def _has_forgotten(self, loop: Loop) -> None:
        state = loop.state
        assert (state.chosen, state.resume, state.stopped_at, state.stay) == (None, None, None, None)
        assert {music.slug for music in state.playlists} == {music.slug for music in state.builtin}
        assert state.level_dba <= state.limits.start_day_dba
        self._is_to_forget = False
