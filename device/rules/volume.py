"""The rules of the level: the knob, the cap by day and by night, how a start rises. Pure, a part of the controller."""

from dataclasses import replace

from device.rules import hours
from device.rules.effects import SetLevel, Step
from device.rules.session import Session
from device.rules.state import Overlay, State
from device.rules.view import Scene
from messages import Cause

VOLUME_SHOWN_S, VOLUME_SHOWN_BY_NIGHT_S = 3.0, 10.0  # by night the band is all there is: as long as the screen is lit
RISE_DAY_S, RISE_NIGHT_S = 5.0, 20.0
RISE_DB = 20.0  # a start from silence stands so far under its level at first


def on_volume(state: State, detents: int, now: float) -> Step:
    """The knob moves between floor and cap. In silence it sets where music will start."""
    limits = state.limits
    wanted = state.level_dba + detents * limits.step_db
    floor_dba = min(limits.floor_dba, state.level_dba)  # what a cap pressed under the floor, a turn down does not raise
    level = min(state.cap_dba, max(floor_dba, wanted))  # the cap is the last word
    shown_s = VOLUME_SHOWN_BY_NIGHT_S if state.night else VOLUME_SHOWN_S
    overlay = Overlay(Scene.VOLUME, now + shown_s, wall=wanted > state.cap_dba)
    moved = replace(state, level_dba=level, overlay=overlay, choosing=None)
    return moved, (SetLevel(level),) if state.playing and level != state.level_dba else ()


def by_the_clock(state: State) -> Step:
    """Night presses the level under its cap. When day comes the cap rises and the level does not, and what was chosen
    for the night has had its time."""
    night = hours.is_night(state.wall, state.rules)
    if night and not state.night and state.overlay and state.overlay.scene in {Scene.ON_ITS_WAY, Scene.NO_SOUND}:
        state = replace(state, overlay=None)  # by day it is shown for longer than the night's screen is lit
    return within_cap(replace(state, night=night, chosen_tonight=state.chosen_tonight and night))


def within_cap(state: State) -> Step:
    """The level under a cap that may have come down."""
    if state.level_dba <= state.cap_dba:
        return state, ()
    state = replace(state, level_dba=state.cap_dba)
    return state, (SetLevel(state.level_dba),) if state.playing else ()


def for_start(state: State, cause: Cause) -> State:
    """At night music that starts from silence starts low, wherever the knob was left; by day too, without a press."""
    limits = state.limits
    if state.night:
        return replace(state, level_dba=min(state.level_dba, limits.start_night_dba))
    if cause is Cause.TIMED:
        return replace(state, level_dba=min(state.level_dba, limits.start_day_dba))
    return state


def of_new_stay(state: State) -> State:
    """Where a stay begins; nothing of the one before is in it."""
    return replace(state, level_dba=min(state.limits.start_day_dba, replace(state, assigned=None).cap_dba))


def coming_back(state: State, session: Session, heard_dba: float | None) -> tuple[float, float | None]:
    """Over how many seconds music from silence comes up, and from where: what broke off is back where it was heard, and
    goes on rising at the pace of its start. None: as any start."""
    rise_s = RISE_NIGHT_S if state.night or session.cause is Cause.TIMED else RISE_DAY_S
    if heard_dba is None or heard_dba < state.level_dba - RISE_DB:
        return rise_s, None
    back_dba = min(heard_dba, state.level_dba)
    return rise_s * (state.level_dba - back_dba) / RISE_DB, back_dba
