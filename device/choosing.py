"""The rules of the CHOOSE knob: a detent shows a set's name, rest or a push chooses it. Pure."""

from dataclasses import replace

from device import sessions
from device.effects import Step
from device.state import Choosing, State

REST_S = 3.0


def on_choose_turned(state: State, detents: int, now: float) -> Step:
    """Shows the next names; the ends join, so that no turn is a dead end."""
    count = len(state.sets)
    if count == 0:
        return sessions.start(state, None, now)  # says "No sound"
    place = (_place(state) + detents) % count
    return replace(state, choosing=Choosing(place, now + REST_S), overlay=None), ()


def on_choose_pushed(state: State, now: float) -> Step:
    """Plays the set shown. While another plays and none is shown, shows the names first."""
    if state.choosing is None and state.playing:
        return on_choose_turned(state, 0, now)
    place = _place(state)
    sets = state.sets
    if place >= len(sets):
        return sessions.start(state, None, now)
    state = replace(state, chosen=sets[place].slug, choosing=None)
    if state.playing and state.playing.music.slug == state.chosen:
        return state, ()
    return sessions.change_to(state, sets[place], now)


def on_choose_rested(state: State, now: float) -> Step:
    """The name that rested is what PLAY will play; if music plays already, it goes over to it. Rest starts no music."""
    choosing, sets = state.choosing, state.sets
    state = replace(state, choosing=None)
    if choosing is None or choosing.place >= len(sets):
        return state, ()
    music = sets[choosing.place]
    state = replace(state, chosen=music.slug)
    if state.playing is None or state.playing.music.slug == music.slug:
        return state, ()
    return sessions.change_to(state, music, now)


def _place(state: State) -> int:
    """Where the knob stands: at the name shown, else at what plays, else at what PLAY will play."""
    if state.choosing:
        return state.choosing.place % max(1, len(state.sets))
    current = state.playing.music.slug if state.playing else (state.chosen_set.slug if state.chosen_set else "")
    slugs = [music.slug for music in state.sets]
    return slugs.index(current) if current in slugs else 0
