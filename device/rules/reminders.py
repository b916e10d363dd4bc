"""The rules of what the box starts by itself: a reminder, and sleep music at a time set by staff. Pure."""

from dataclasses import replace

from device.rules import playback, questions
from device.rules.effects import Record, Step
from device.rules.state import State
from messages import Cause, Reminded

REMINDS_S = 60.0
QUIET_AFTER_STOP_S = 60 * 60.0  # a patient who stopped the music wants none for now


def remind(state: State, now: float) -> State:
    """PLAY glows and the screen asks, by day and in silence only."""
    if state.night or not state.can_play or not _is_free(state, now):
        return state
    return replace(state, reminding_until=now + REMINDS_S)


def over(state: State, *, accepted: bool) -> Step:
    """The reminder is over; its outcome is recorded."""
    if state.reminding_until is None:
        return state, ()
    return replace(state, reminding_until=None), (Record(Reminded(accepted=accepted), state.stay),)


def withdraw(state: State, now: float) -> Step:
    """At night and in end-of-life mode there are no reminders and no questions; open ones end."""
    if not (state.night or state.rules.vigil):
        return state, ()
    state, dropped = questions.gone(state, now)
    state, declined = over(state, accepted=False)
    return state, dropped + declined


def start_sleep(state: State, now: float) -> Step:
    """Sleep music by itself, softly: at most at the level at which music starts, with the slow rise of the night."""
    if not _is_free(state, now) or state.no_sound or state.sleep_playlist is None:
        return state, ()
    state, declined = over(state, accepted=False)
    state, effects = playback.start(state, state.sleep_playlist, now, cause=Cause.TIMED)
    return state, (*effects, *declined)


def _is_free(state: State, now: float) -> bool:
    """Whether the box may start something: silent, no nurse call, no cleaning, no choosing, no question."""
    stopped_lately = state.stopped_at is not None and now - state.stopped_at < QUIET_AFTER_STOP_S
    is_busy = state.playing or state.choosing or state.asking or state.cleaning_until is not None
    return not (is_busy or stopped_lately or state.nurse_call or state.rules.vigil)
