"""The rules of the cleaning mode: PLAY and NEXT held for five seconds, then nothing acts for two minutes. Pure."""

from dataclasses import replace

from device.rules import playback, questions, reminders
from device.rules.effects import Record, Step
from device.rules.events import Button
from device.rules.state import State
from messages import Cause, Cleaning

CHORD = frozenset({Button.PLAY, Button.NEXT})
HELD_S = 5.0
LASTS_S = 120.0  # a disinfectant has to stay wet for a minute at least, and two hands have to get everywhere


def down(state: State, button: Button, now: float) -> State:
    """A button is down, whether or not it acts."""
    pressed = state.down | {button}
    began = state.chord_at is None and button in CHORD and pressed >= CHORD
    return replace(state, down=pressed, chord_at=now if began else state.chord_at)


def up(state: State, button: Button) -> State:
    """A button is up."""
    released = state.down - {button}
    return replace(state, down=released, chord_at=state.chord_at if released >= CHORD else None)


def begins_at(state: State) -> float | None:
    """When a chord that is held becomes the mode."""
    is_held = state.chord_at is not None and state.cleaning_until is None
    return state.chord_at + HELD_S if is_held and state.chord_at is not None else None


def begin(state: State, now: float) -> Step:
    """Silence first: what cannot be stopped must not play."""
    state, effects = playback.end(state, Cause.CLEANING, now)
    state, dropped = questions.gone(state, now)
    state, declined = reminders.over(state, accepted=False)
    state = replace(state, cleaning_until=now + LASTS_S, chord_at=None, overlay=None, choosing=None)
    return state, (*effects, *dropped, *declined, Record(Cleaning(), state.stay))


def over(state: State) -> State:
    """It ends by itself; a cloth that still lies on both buttons does not begin it anew."""
    return replace(state, cleaning_until=None, chord_at=None)
