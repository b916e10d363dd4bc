"""What must hold in every state, as long as nobody does anything."""

from collections.abc import Callable
from dataclasses import replace
from math import inf

from device.rules.events import Tick
from device.rules.light import light
from device.rules.state import State
from device.rules.step import next_deadline, step
from device.rules.view import Scene
from device.rules.view_of import view
from tests.rules.walk.beds import NOW

DARK_AFTER_S = 10.0
LOOKS_S = (0.0, 1.0, 2.0, 10.5, 70.0)


def screen_and_light_can_be_read(state: State) -> str | None:
    """Neither raises, at any time, and the light is a share of the most."""
    for after_s in LOOKS_S:
        view(state, NOW + after_s)
        if not 0.0 <= light(state, NOW + after_s) <= 1.0:
            return f"a light of {light(state, NOW + after_s)}"
    return None


def by_night_the_screen_is_dark_ten_seconds_after_the_touch(state: State) -> str | None:
    if not state.night:
        return None
    shown = view(*_left_alone(replace(state, touched_at=NOW), DARK_AFTER_S + 0.5)).scene
    return None if shown in {Scene.DARK, Scene.CLEANING, Scene.HERE} else f"{shown} is lit"


def by_night_nothing_blinks(state: State) -> str | None:
    if not (state.night or state.rules.vigil):
        return None
    shown = [view(state, NOW + after_s) for after_s in LOOKS_S]
    return "dark on light" if any(screen.inverted for screen in shown) else None


def what_runs_wakes_the_box(state: State) -> str | None:
    """A time that runs and wakes nobody would stand on the screen, or play, for ever."""
    session, modes = state.playing, (state.overlay, state.asking)
    ends = [state.cleaning_until, state.reminding_until, *(mode.until for mode in modes if mode)]
    if state.choosing:
        ends.append(state.choosing.rests_at)
    if session:
        ends += [session.cue_due_at, None if session.endless else session.ends_at]
    due = next_deadline(state) or inf
    late = [at for at in ends if at is not None and at < due]
    return f"it sleeps {due - min(late)} s too long" if late else None


def _left_alone(state: State, seconds: float) -> tuple[State, float]:
    """The state when nothing but its own timers did anything for so long, and when that is."""
    until, now = NOW + seconds, NOW
    while (due := next_deadline(state)) is not None and now < due <= until:
        now = due
        state, _ = step(state, Tick(), now)
    return state, until


LASTING: dict[str, Callable[[State], str | None]] = {
    "H3 screen and light can be read": screen_and_light_can_be_read,
    "H3 what runs wakes the box": what_runs_wakes_the_box,
    "H7 by night the screen is dark 10 s after the touch": by_night_the_screen_is_dark_ten_seconds_after_the_touch,
    "H7 by night nothing blinks": by_night_nothing_blinks,
}
