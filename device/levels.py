"""The rules of the level: the knob, the cap by day and by night, how a start rises. Pure, a part of the controller."""

from dataclasses import replace

from device.effects import SetLevel, Step
from device.state import Overlay, State
from device.view import Scene

VOLUME_SHOWN_S = 3.0
RISE_DAY_S, RISE_NIGHT_S = 5.0, 20.0  # a start from silence stands 20 dB under its level at first (design section 5)


def on_volume(state: State, detents: int, now: float) -> Step:
    """The knob moves between floor and cap. In silence it sets where music will start."""
    limits = state.limits
    wanted = state.level_dba + detents * limits.step_db
    level = min(state.cap_dba, max(limits.floor_dba, wanted))  # the cap is the last word
    overlay = Overlay(Scene.VOLUME, now + VOLUME_SHOWN_S, wall=wanted > state.cap_dba)
    moved = replace(state, level_dba=level, overlay=overlay, choosing=None)
    return moved, (SetLevel(level),) if state.playing and level != state.level_dba else ()


def on_night(state: State, night: bool) -> Step:
    """Night presses the level under its cap. When day comes the cap rises and the level does not."""
    return within_cap(replace(state, night=night))


def within_cap(state: State) -> Step:
    """The level under a cap that may have come down."""
    if state.level_dba <= state.cap_dba:
        return state, ()
    state = replace(state, level_dba=state.cap_dba)
    return state, (SetLevel(state.level_dba),) if state.playing else ()


def for_start(state: State) -> State:
    """By night music that starts from silence starts low, wherever the knob was left."""
    if not state.night:
        return state
    return replace(state, level_dba=min(state.level_dba, state.limits.start_night_dba))


def of_new_stay(state: State) -> State:
    """Where a stay begins; nothing of the one before is in it."""
    return replace(state, level_dba=min(state.limits.start_day_dba, replace(state, assigned=None).cap_dba))


def rise_s(state: State) -> float:
    """Over how many seconds a start from silence comes up."""
    return RISE_NIGHT_S if state.night else RISE_DAY_S
