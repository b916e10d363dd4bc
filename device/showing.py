"""What the glass should show: a reading of the state and the time. Pure; knows no pixel."""

from math import ceil

from device.state import Overlay, Session, State
from device.view import Scene, View

BOOT_SHOWN_S = 2.0
DIM_AFTER_S = 60.0  # Ready is dimmed against burn-in
WAVE_STEPS = 57  # columns that the wave and the moon travel: a finer progress would be the same pixels


def view(state: State, now: float) -> View:
    """The screen at monotonic time `now`."""
    if state.choosing and state.sets:
        place = state.choosing.place % len(state.sets)
        return View(Scene.CHOOSING, word=state.sets[place].label, place=place, places=len(state.sets))
    if state.overlay:
        return _overlay(state, state.overlay, now)
    if state.playing:
        return _playing(state.playing, now)
    if state.no_sound:
        return View(Scene.NO_SOUND)
    return View(Scene.READY, word=_label(state), dimmed=now - state.touched_at >= DIM_AFTER_S)


def minutes_left(session: Session, now: float) -> int:
    """Minutes until the session's silence, rounded up."""
    return max(1, ceil((session.ends_at - now) / 60))


def _overlay(state: State, overlay: Overlay, now: float) -> View:
    limits = state.limits
    match overlay.scene:
        case Scene.VOLUME:
            most = max(1, int((state.cap_dba - limits.floor_dba) // limits.step_db) + 1)
            bars = round((state.level_dba - limits.floor_dba) / limits.step_db) + 1
            bars = max(1, min(most, bars))
            return View(Scene.VOLUME, word=_label(state), bars=bars, bars_most=most, wall=overlay.wall)
        case Scene.NEXT:
            return View(Scene.NEXT, word=_label(state))
        case Scene.TIME_LEFT if state.playing:
            return View(Scene.TIME_LEFT, minutes=minutes_left(state.playing, now))
        case Scene.HERE:
            inverted = int(overlay.until - now) % 2 == 1  # every other second, seen from the door
            return View(Scene.HERE, code=state.code, inverted=inverted)
        case scene:
            return View(scene)


def _playing(session: Session, now: float) -> View:
    minutes = minutes_left(session, now)
    if not session.music.is_sleep:
        progress = _steps((now - session.piece_zero_at) / max(1.0, session.piece.seconds))
        return View(Scene.PLAYING, word=session.music.label, minutes=minutes, progress=progress)
    if session.fading:
        way = 1 - (session.ends_at - now) / session.fade_s
    else:
        way = (now - session.began_at) / max(1.0, session.length_s - session.fade_s)
    return View(Scene.SLEEP, word=session.music.label, minutes=minutes, progress=_steps(way), setting=session.fading)


def _steps(way: float) -> int:
    return int(max(0.0, min(1.0, way)) * WAVE_STEPS) * 1000 // WAVE_STEPS


def _label(state: State) -> str:
    if state.playing:
        return state.playing.music.label
    return state.chosen_set.label if state.chosen_set else ""
