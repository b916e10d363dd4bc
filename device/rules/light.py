"""PLAY's light, as it follows from state and time. Pure; knows no pin."""

from math import cos, pi

from device.rules.reminders import REMINDS_S
from device.rules.state import State

FIND_ME = 0.15  # by day, in silence: visible, but not distracting
GLOW_LOWEST, GLOW_HIGHEST = 0.05, 0.6
BREATH_S = 4.0  # fifteen a minute, as slow as a breath at rest
BREATH_STEP_S = 0.04  # 25 a second: steps are not visible


def light(state: State, now: float) -> float:
    """How bright PLAY's ring is at monotonic time `now`, 0 to 1. It is off at night, in end-of-life mode, and if a
    press would play nothing."""
    if state.night or state.rules.vigil or state.cleaning_until is not None:
        return 0.0
    if not state.can_play:
        return 0.0
    if state.reminding_until is not None:
        lit_s = now - (state.reminding_until - REMINDS_S)
        return GLOW_LOWEST + (GLOW_HIGHEST - GLOW_LOWEST) * (1 - cos(2 * pi * lit_s / BREATH_S)) / 2
    return 0.0 if state.playing else FIND_ME


def moves(state: State) -> bool:
    """Whether the light changes by itself."""
    return state.reminding_until is not None
