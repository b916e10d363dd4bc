"""The rules: step(state, event, now) -> (state, effects). Pure: no clock, no thread, no I/O; time is an argument."""

from collections.abc import Callable
from dataclasses import replace

from device import answers, sessions
from device.assigning import on_assigned
from device.choosing import on_choose_pushed, on_choose_rested, on_choose_turned
from device.effects import Answer, Effect, Step
from device.events import (
    Assigned,
    Button,
    Commanded,
    Event,
    Knob,
    LinkChanged,
    NightChanged,
    PartBack,
    PartLost,
    PieceBegan,
    PieceBroke,
    PieceCut,
    PieceEnded,
    PieceMeasured,
    PiecesHeld,
    PlayerDied,
    Pressed,
    Released,
    SoundReady,
    StuckDown,
    Tick,
    Turned,
)
from device.faults import on_part
from device.levels import on_night, on_volume
from device.state import Overlay, State
from device.view import Scene
from messages import Cause, Verb

NEXT_SHOWN_S = 4.0
TIME_LEFT_SHOWN_S = 5.0
HERE_SHOWN_S = 30.0


def step(state: State, event: Event, now: float) -> Step:
    """What the box does about an event at monotonic time `now` (seconds). Timers that are due come first."""
    state, due = _timers(state, now)
    state, effects = _handle(state, event, now)
    return state, due + effects


def next_deadline(state: State) -> float | None:
    """When the state changes by itself, in monotonic seconds; None: never."""
    times = [state.overlay.until] if state.overlay else []
    if state.choosing:
        times.append(state.choosing.rests_at)
    if state.playing:
        times.append(state.playing.ends_at if state.playing.fading else state.playing.fade_at)
        if state.playing.cue_due_at is not None:
            times.append(state.playing.cue_due_at)
    return min(times, default=None)


def _timers(state: State, now: float) -> Step:
    effects: tuple[Effect, ...] = ()
    if state.overlay and now >= state.overlay.until:
        state = replace(state, overlay=None)
    if state.playing and not state.playing.fading and now >= state.playing.fade_at:
        state, effects = sessions.fade(state, now)
    if state.playing and now >= state.playing.ends_at:
        state, ended = sessions.end(state, Cause.COMPLETED, now)
        effects += ended
    if state.playing and state.playing.cue_due_at is not None and now >= state.playing.cue_due_at:
        state, played = answers.on_cue_late(state, now)
        effects += played
    if state.choosing and now >= state.choosing.rests_at:
        state, chosen = on_choose_rested(state, now)
        effects += chosen
    return state, effects


def _handle(state: State, event: Event, now: float) -> Step:  # noqa: C901, PLR0911 - a table of what can happen
    match event:
        case Pressed(button):
            return _PRESS[button](replace(state, touched_at=now), now)
        case Turned(knob, detents):
            return _TURN[knob](replace(state, touched_at=now), detents, now)
        case PieceBegan() | PieceEnded() | PieceBroke() | PieceCut() | PieceMeasured():
            return _on_answer(state, event, now)
        case Assigned():
            return on_assigned(state, event, now)
        case Commanded():
            return _on_command(state, event, now)
        case PiecesHeld(held):
            return replace(state, held=held), ()
        case LinkChanged(up, _):
            return replace(state, link_up=up), ()
        case NightChanged(night):
            return on_night(state, night)
        case Tick():
            return state, ()
        case PartLost() | PartBack() | PlayerDied() | SoundReady() | StuckDown() | Released():
            return on_part(state, event, now)


def _on_answer(
    state: State, event: PieceBegan | PieceEnded | PieceBroke | PieceCut | PieceMeasured, now: float
) -> Step:
    match event:
        case PieceBegan(play_id):
            return answers.on_began(state, play_id, now)
        case PieceEnded(play_id, _, faded):
            return answers.on_ended(state, play_id, faded, now)
        case PieceBroke(play_id, reason):
            return answers.on_broke(state, play_id, reason, now)
        case PieceCut(play_id, reason):
            return answers.on_cut(state, play_id, reason)
        case PieceMeasured(play_id, seconds, mean_dba, max_dba):
            return answers.on_measured(state, play_id, seconds, mean_dba, max_dba), ()


def _on_play(state: State, now: float) -> Step:
    if state.playing:
        return sessions.end(state, Cause.BUTTON, now)
    music = state.chosen_set
    place, start_s = sessions.resume_place(state, music, now)
    return sessions.start(state, music, now, place=place, start_s=start_s)


def _on_sleep(state: State, now: float) -> Step:
    if state.playing and state.playing.music.is_sleep:
        return replace(state, overlay=Overlay(Scene.TIME_LEFT, now + TIME_LEFT_SHOWN_S)), ()
    return sessions.change_to(state, state.sleep_set, now)


def _on_next(state: State, now: float) -> Step:
    state = replace(state, overlay=Overlay(Scene.NEXT, now + NEXT_SHOWN_S))
    if state.playing:
        return sessions.skip(state, now)
    music = state.chosen_set
    known = state.resume and music and state.resume.slug == music.slug
    place = state.resume.place + 1 if state.resume and known else 0
    return sessions.start(state, music, now, place=place)


_PRESS: dict[Button, Callable[[State, float], Step]] = {
    Button.PLAY: _on_play,
    Button.SLEEP: _on_sleep,
    Button.NEXT: _on_next,
    Button.CHOOSE: on_choose_pushed,
}
_TURN: dict[Knob, Callable[[State, int, float], Step]] = {
    Knob.VOLUME: on_volume,
    Knob.CHOOSE: on_choose_turned,
}


def _on_command(state: State, command: Commanded, now: float) -> Step:
    """A command comes here once: the link answers a repeated one by itself."""
    effects: tuple[Effect, ...] = ()
    done, reason = True, ""
    if command.late_s > 0:
        done, reason = False, f"too late by {command.late_s:.0f} s"
    elif command.verb is Verb.STOP:
        state, effects = sessions.end(state, Cause.WARD, now)
    elif command.verb is Verb.LOCATE:
        state = replace(state, overlay=Overlay(Scene.HERE, now + HERE_SHOWN_S))
    else:
        done, reason = False, f"this box does not know {command.verb}: update it"
    return state, (*effects, Answer(command.command_id, done, reason))
