"""The rules of the cleaning mode: PLAY and NEXT held for five seconds, then all are off for two minutes. Pure."""

from dataclasses import replace

from device.rules import playback, questions, reminders
from device.rules.effects import Record, Step
from device.rules.events import Button
from device.rules.state import State
from messages import Cause, Cleaning

CHORD = frozenset({Button.PLAY, Button.NEXT})
HELD_S = 5.0
LASTS_S = 120.0  # a disinfectant must stay wet for at least a minute, and hands need time to reach every part


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
    """When a held chord starts cleaning."""
    is_held = state.chord_at is not None and state.cleaning_until is None
    return state.chord_at + HELD_S if is_held and state.chord_at is not None else None


def begin(state: State, now: float) -> Step:
    """Silence first: music must not play while it cannot be stopped."""
    state, effects = playback.end(state, Cause.CLEANING, now)
    state, dropped = questions.gone(state, now)
    state, declined = reminders.over(state, accepted=False)
    state = replace(state, cleaning_until=now + LASTS_S, chord_at=None, overlay=None, choosing=None)
    return state, (*effects, *dropped, *declined, Record(Cleaning(), state.stay))


def over(state: State) -> State:
    """It ends by itself; a cloth still pressing both buttons does not start it again."""
    return replace(state, cleaning_until=None, chord_at=None)
