"""The rules of the music folder: what lies there may come and go while the box runs. Pure, a part of the controller."""

from dataclasses import replace

from device import offering, parts
from device.effects import Step
from device.events import BedSet, MusicFound, PiecesHeld
from device.state import State
from device.view import Scene
from messages import Part


def on_music(state: State, found: MusicFound, now: float) -> Step:
    """The folder was looked at: what it holds is what may be offered. What plays plays on, and nothing starts."""
    played_by_copy = _plays_by_copy(state)
    state, effects = _offered(replace(state, index_fault=found.reason), found.builtin, found.held, now)
    state, told = _told_of_copy(state, now, played_by_copy=played_by_copy)
    return state, effects + told


def _plays_by_copy(state: State) -> bool:
    """Whether the index cannot be used, and the built-in sets are those of the last one that could."""
    return bool(state.index_fault and state.builtin)


def _told_of_copy(state: State, now: float, *, played_by_copy: bool) -> Step:
    """A fault of the configuration and not of the music: that plays, and nobody at the bed can mend a file."""
    if _plays_by_copy(state):
        reason = f"plays by the last good copy of its configuration: {state.index_fault}"
        return parts.lost(state, Part.CONFIG, reason, now)
    return parts.back(state, Part.CONFIG, now) if played_by_copy else (state, ())


def on_held(state: State, told: PiecesHeld, now: float) -> Step:
    """More pieces are on the box."""
    return _offered(state, state.builtin, told.held, now)


def _offered(state: State, builtin: tuple[BedSet, ...], held: frozenset[str], now: float) -> Step:
    is_news = (builtin, held) != (state.builtin, state.held)
    state = replace(state, builtin=builtin, held=held)
    given = () if state.assigned is None else state.assigned.sets
    if not offering.playable((*given, *builtin), held):
        reason = state.index_fault or "none of its pieces is there"
        return parts.lost(state, Part.MUSIC, f"no music on this box: {reason}", now)
    state = _answered(state)
    return parts.back(state, Part.MUSIC, now) if is_news else (state, ())


def _answered(state: State) -> State:
    """The screen no longer waits for pieces that are there, nor says "No music" where some came."""
    shown = None if state.overlay is None else state.overlay.scene
    has_come = shown is Scene.ON_ITS_WAY and state.needed <= state.held
    was_missed = shown is Scene.NO_MUSIC and bool(state.sets)
    return replace(state, overlay=None) if has_come or was_missed else state
