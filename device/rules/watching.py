"""What the ward is told of the screen while someone looks: when, how often, and what stays at the bed. Pure.

It changes nothing at the bed, stands in no log, and ends by itself 30 s after the ward last asked.
"""

from dataclasses import replace

from device.rules.effects import Step, TellScreen
from device.rules.events import ScreenSeen
from device.rules.state import Shown, State, Watched
from device.rules.view import Scene, View
from messages import WATCHED_S, Light, Part, Showing

EACH_S = 0.5  # between two that the ward is told
PRIVATE = frozenset({Scene.QUESTION, Scene.ANSWER})  # an answer is the patient's own until it is final


def begin(state: State, now: float) -> State:
    """The ward asks, or asks again: it is told once more, for a message may be lost."""
    seen, told_at = (state.watched.seen, state.watched.told_at) if state.watched else (None, now - EACH_S)
    return replace(state, watched=Watched(now + WATCHED_S, seen, told_at=told_at))


def on_seen(state: State, event: ScreenSeen) -> State:
    """The painter has drawn; a view that comes after the end changes nothing."""
    if state.watched is None:
        return state
    return replace(state, watched=replace(state.watched, seen=_shown(event)))


def tell(state: State, now: float) -> Step:
    """After each event: end what is over, tell what is new and due."""
    watched = state.watched
    if watched is None:
        return state, ()
    if now >= watched.until:
        return replace(state, watched=None), ()
    wanted = _wanted(state, watched)
    if wanted is None or wanted == watched.told or now < watched.told_at + EACH_S:
        return state, ()
    return replace(state, watched=replace(watched, told=wanted, told_at=now)), (TellScreen(wanted),)


def due_at(state: State) -> float | None:
    """When `tell` has something to do by time alone; None: never."""
    watched = state.watched
    if watched is None:
        return None
    wanted = _wanted(state, watched)
    return watched.until if wanted in (None, watched.told) else min(watched.until, watched.told_at + EACH_S)


def _wanted(state: State, watched: Watched) -> Shown | None:
    """What the ward should know now; None while the painter has not told."""
    if not state.has_screen:
        return Shown(Showing.NONE)
    if any(part is Part.SCREEN for part, _ in state.faults):
        return Shown(Showing.BROKEN)
    return watched.seen


def _shown(event: ScreenSeen) -> Shown:
    view = event.view
    if view.scene in PRIVATE:
        return Shown(Showing.QUESTION, _light(view))
    if view.scene is Scene.DARK:
        return Shown(Showing.DARK, Light.NIGHT if view.night else Light.BRIGHT)
    if not event.frame:
        return Shown(Showing.BROKEN)
    return Shown(Showing.PICTURE, _light(view), event.frame, event.words)


def _light(view: View) -> Light:
    if view.night:
        return Light.NIGHT
    return Light.DIMMED if view.dimmed else Light.BRIGHT
