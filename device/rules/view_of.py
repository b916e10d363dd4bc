"""What the screen should show: a reading of the state and the time. Pure; knows no pixel."""

from dataclasses import replace
from math import ceil

from device.rules import playback
from device.rules.cleaning import LASTS_S
from device.rules.questions import CHANGES
from device.rules.session import Session
from device.rules.state import Asking, Overlay, State
from device.rules.view import Scene, View
from messages import Question

BOOT_SHOWN_S = 2.0
DIM_AFTER_S = 60.0  # Ready is dimmed against burn-in
DARK_AFTER_S = 10.0  # by night
WAVE_STEPS = 57  # columns that the wave and the moon travel: a finer progress would be the same pixels


def view(state: State, now: float) -> View:
    """The screen at monotonic time `now`. End-of-life mode has night brightness at all hours."""
    shown = _shown(state, now)
    if shown.scene is Scene.DARK:
        return shown
    night = state.night or state.rules.vigil
    return replace(shown, language=state.speaks, night=night, inverted=shown.inverted and not night)


def minutes_left(session: Session, now: float) -> int:
    """Minutes until the session's silence, rounded up; 0 where it has no end."""
    return 0 if session.endless else max(1, ceil((session.ends_at - now) / 60))


def _shown(state: State, now: float) -> View:
    """What matters most: a mode, what a hand does, a question, else home."""
    if state.cleaning_until is not None:
        seconds = max(0, ceil(state.cleaning_until - now))
        return View(Scene.CLEANING, seconds=seconds, seconds_most=round(LASTS_S))
    if state.choosing and (playlists := state.playlists):
        place = state.choosing.place % len(playlists)
        return View(Scene.CHOOSING, word=playlists[place].label, place=place, places=len(playlists))
    if state.overlay:
        return _overlay(state, state.overlay, now)
    if state.asking:
        return _asking(state.asking)
    if state.reminding_until is not None and state.can_play:
        return View(Scene.REMINDER)
    return _home(state, now)


def _home(state: State, now: float) -> View:
    if state.night and (state.playing is None or now - state.touched_at >= DARK_AFTER_S):
        return View(Scene.DARK)
    if state.playing:
        return _playing(state.playing, now, night=state.night)
    if state.no_sound:
        return View(Scene.NO_SOUND)
    scene = Scene.READY if state.playlists else Scene.NO_MUSIC
    return View(scene, word=_label(state, now), dimmed=now - state.touched_at >= DIM_AFTER_S)


def _overlay(state: State, overlay: Overlay, now: float) -> View:
    match overlay.scene:
        case Scene.VOLUME:
            return _volume(state, overlay, now)
        case Scene.NEXT:
            return View(Scene.NEXT, word=_label(state, now))
        case Scene.TIME_LEFT if state.playing:
            ends = not state.playing.endless
            return View(Scene.TIME_LEFT, minutes=minutes_left(state.playing, now)) if ends else _home(state, now)
        case Scene.ON_ITS_WAY:
            held, needed = len(state.needed & state.held), len(state.needed)
            return View(Scene.ON_ITS_WAY, word=_label(state, now), held=held, needed=needed)
        case Scene.HERE:
            inverted = int(overlay.until - now) % 2 == 1  # every other second, seen from the door
            return View(Scene.HERE, code=state.code, inverted=inverted)
        case scene:
            return View(scene)


def _volume(state: State, overlay: Overlay, now: float) -> View:
    limits = state.limits
    most = max(1, int((state.cap_dba - limits.floor_dba) // limits.step_db) + 1)
    bars = round((state.level_dba - limits.floor_dba) / limits.step_db) + 1
    return View(
        Scene.VOLUME,
        word="" if state.night else _label(state, now),  # by night the band alone
        bars=max(1, min(most, bars)),
        bars_most=most,
        wall=overlay.wall,
    )


def _asking(asking: Asking) -> View:
    question, stands = asking.question, asking.stands
    if stands is None:
        return View(Scene.QUESTION, question=question)
    if question is Question.CHANGE:
        return View(Scene.ANSWER, question=question, change=CHANGES[stands])
    return View(Scene.ANSWER, question=question, score=stands)


def _playing(session: Session, now: float, *, night: bool) -> View:
    word, minutes = session.music.label, minutes_left(session, now)
    if session.endless:
        return View(Scene.VIGIL, word=word)
    if night:
        return View(Scene.NIGHT, word=word, minutes=minutes)
    if not session.music.is_sleep:
        progress = _steps((now - session.track_zero_at) / max(1.0, session.track.seconds))
        return View(Scene.PLAYING, word=word, minutes=minutes, progress=progress)
    if session.fading:
        way = 1 - (session.ends_at - now) / session.fade_s
    else:
        way = (now - session.began_at) / max(1.0, session.length_s - session.fade_s)
    return View(Scene.SLEEP, word=word, minutes=minutes, progress=_steps(way), setting=session.fading)


def _steps(way: float) -> int:
    return int(max(0.0, min(1.0, way)) * WAVE_STEPS) * 1000 // WAVE_STEPS


def _label(state: State, now: float) -> str:
    if state.playing:
        return state.playing.music.label
    music, _, _ = playback.to_play(state, now)
    return music.label if music else ""
