"""The rules: step(state, event, now) -> (state, effects). Pure: no clock, no thread, no I/O; time is an argument."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import isfinite

from device.rules import cleaning, commands, holding, playback, questions, reminders, speaker_events, watching, writing
from device.rules.assignments import on_assigned
from device.rules.effects import Effect, Step
from device.rules.events import (
    Assigned,
    Brushed,
    Button,
    ClockRead,
    Commanded,
    Event,
    FetchTrouble,
    Knob,
    LinkChanged,
    MusicFound,
    NurseCallChanged,
    PartBack,
    PartLost,
    PlayBegan,
    PlayEnded,
    PlayerDied,
    PlayFailed,
    PlayMeasured,
    PlayTruncated,
    Pressed,
    Released,
    ScreenSeen,
    SelfTested,
    SoundReady,
    StuckDown,
    Tick,
    TrackMeasured,
    TracksHeld,
    Turned,
)
from device.rules.faults import on_part
from device.rules.playlist_choice import on_choose_pushed, on_choose_rested, on_choose_turned
from device.rules.schedule import on_clock
from device.rules.state import Overlay, State
from device.rules.view import Scene
from device.rules.volume import on_volume
from messages import Cause

NEXT_SHOWN_S = 4.0
TIME_LEFT_SHOWN_S = 5.0


def step(state: State, event: Event, now: float) -> Step:
    """What the box does about an event at monotonic time `now` (seconds). Timers that are due come first."""
    state, due = _timers(state, now)
    state, effects = _handle(state, event, now)
    state, told = watching.tell(state, now)
    return writing.bounded(state, (*due, *effects, *told), now)


def next_deadline(state: State) -> float | None:
    """When the state changes by itself, in monotonic seconds; None: never."""
    return min((at for at in _deadlines(state) if at is not None and isfinite(at)), default=None)


def _deadlines(state: State) -> Iterator[float | None]:
    if state.playing:
        yield state.playing.ends_at if state.playing.fading else state.playing.fade_at
        yield state.playing.cue_due_at
    if state.overlay:
        yield state.overlay.until
    if state.choosing:
        yield state.choosing.rests_at
    if state.asking:
        yield state.asking.until
    if state.resume:
        yield state.resume.at + playback.RESUME_WITHIN_S
    yield from (state.reminding_until, state.cleaning_until, cleaning.begins_at(state), watching.due_at(state))


def _timers(state: State, now: float) -> Step:
    """Whatever its time has come for, one after the other: music first."""
    effects: tuple[Effect, ...] = ()
    for timer in (_session_timers, _mode_timers, _hand_timers):
        state, more = timer(state, now)
        effects += more
    return state, effects


def _session_timers(state: State, now: float) -> Step:
    effects: tuple[Effect, ...] = ()
    if state.playing and not state.playing.fading and now >= state.playing.fade_at:
        state, effects = playback.fade(state, now)
    if state.playing and now >= state.playing.ends_at:
        state, ended = playback.end(state, Cause.COMPLETED, now)
        effects += ended
    if state.playing and state.playing.cue_due_at is not None and now >= state.playing.cue_due_at:
        state, played = speaker_events.on_cue_late(state, now)
        effects += played
    return state, effects


def _mode_timers(state: State, now: float) -> Step:
    effects: tuple[Effect, ...] = ()
    if state.cleaning_until is not None and now >= state.cleaning_until:
        state = cleaning.over(state)
    begins_at = cleaning.begins_at(state)
    if begins_at is not None and now >= begins_at:
        state, effects = cleaning.begin(state, now)
    if state.reminding_until is not None and now >= state.reminding_until:
        state, declined = reminders.over(state, accepted=False)
        effects += declined
    return state, effects


def _hand_timers(state: State, now: float) -> Step:
    effects: tuple[Effect, ...] = ()
    if state.overlay and now >= state.overlay.until:
        state = replace(state, overlay=None)
    if state.asking and now >= state.asking.until:
        state, effects = questions.gone(state, now)
    if state.resume and now >= state.resume.at + playback.RESUME_WITHIN_S:
        state = replace(state, resume=None)
    if state.choosing and now >= state.choosing.rests_at:
        state, chosen = on_choose_rested(state, now)
        effects += chosen
    return state, effects


def _handle(state: State, event: Event, now: float) -> Step:  # noqa: C901, PLR0911, PLR0912 - a table of what can happen
    match event:
        case Pressed(button):
            return _on_pressed(cleaning.down(state, button, now), button, now)
        case Turned(knob, detents):
            return _on_turned(state, knob, detents, now)
        case Brushed(button):
            return cleaning.down(state, button, now), ()
        case PlayBegan() | PlayEnded() | PlayFailed() | PlayTruncated() | PlayMeasured():
            return _on_answer(state, event, now)
        case Assigned():
            return on_assigned(state, event, now)
        case Commanded():
            return commands.on_command(state, event, now)
        case SelfTested():
            return commands.on_tested(state, event)
        case TracksHeld():
            return holding.on_held(state, event, now)
        case FetchTrouble():
            return holding.on_fetch_trouble(state, event, now)
        case MusicFound():
            return holding.on_music(state, event, now)
        case TrackMeasured():
            return holding.on_measured(state, event)
        case ScreenSeen():
            return watching.on_seen(state, event), ()
        case LinkChanged(up, _):
            return replace(state, link_up=up, watched=state.watched if up else None), ()
        case ClockRead(wall):
            return on_clock(state, wall, now)
        case NurseCallChanged(active):
            return _on_nurse_call(replace(state, nurse_call=active), now)
        case Tick():
            return state, ()
        case Released(button):
            return on_part(cleaning.up(state, button), event, now)
        case StuckDown() if state.cleaning_until is not None:
            return state, ()  # a cloth lies on it
        case PartLost() | PartBack() | PlayerDied() | SoundReady() | StuckDown():
            return on_part(state, event, now)


def _on_answer(
    state: State, event: PlayBegan | PlayEnded | PlayFailed | PlayTruncated | PlayMeasured, now: float
) -> Step:
    match event:
        case PlayBegan(play_id):
            return speaker_events.on_began(state, play_id, now)
        case PlayEnded(play_id, _, faded):
            return speaker_events.on_ended(state, play_id, faded, now)
        case PlayFailed(play_id, what):
            return speaker_events.on_broke(state, play_id, what, now)
        case PlayTruncated(play_id, what):
            return speaker_events.on_cut(state, play_id, what)
        case PlayMeasured(play_id, seconds, mean_dba, max_dba):
            return speaker_events.on_measured(state, play_id, seconds, mean_dba, max_dba), ()


def _on_pressed(state: State, button: Button, now: float) -> Step:
    """A press acts, and whatever the box offered or showed by itself is over. The music never waits for a question."""
    if state.cleaning_until is not None:
        return state, ()
    if button is Button.CHOOSE and state.asking and state.overlay:  # a question that is not visible cannot be answered
        return replace(_touched(state, now), overlay=None), ()
    was_silent, about_last_night = state.playing is None, questions.is_about_last_night(state)
    state = _touched(questions.about_last_night(state, now) if about_last_night else state, now)
    state, effects = _PRESS[button](state, now)
    state, reminded = reminders.over(state, accepted=state.playing is not None)
    asked: tuple[Effect, ...] = ()
    if about_last_night:
        state, asked = questions.ask_about_last_night(state, now)
    elif was_silent:
        state = questions.before(state, now)
    return state, (*effects, *reminded, *asked)


def _on_turned(state: State, knob: Knob, detents: int, now: float) -> Step:
    if state.cleaning_until is not None:
        return state, ()
    state, effects = _TURN[knob](_touched(state, now), detents, now)
    state, reminded = reminders.over(state, accepted=False)
    return state, effects + reminded


def _touched(state: State, now: float) -> State:
    """A hand is at the box: who looked for it has found it."""
    is_here = state.overlay is not None and state.overlay.scene is Scene.HERE
    return replace(state, touched_at=now, overlay=None if is_here else state.overlay)


def _on_play(state: State, now: float) -> Step:
    if state.playing:
        return playback.end(state, Cause.BUTTON, now)
    music, place, start_s = playback.to_play(state, now)
    return playback.start(state, music, now, place=place, start_s=start_s)


def _on_sleep(state: State, now: float) -> Step:
    if state.playing and state.playing.music.is_sleep:
        if state.playing.endless:  # no time is left to be shown
            return on_volume(state, 0, now)
        return replace(state, overlay=Overlay(Scene.TIME_LEFT, now + TIME_LEFT_SHOWN_S), choosing=None), ()
    return playback.change_to(state, state.sleep_playlist, now)


def _on_next(state: State, now: float) -> Step:
    state = replace(state, overlay=Overlay(Scene.NEXT, now + NEXT_SHOWN_S))
    if state.playing:
        return playback.skip(state, now)
    music, place, _ = playback.to_play(state, now)
    return playback.start(state, music, now, place=place + 1 if state.resume else 0)


def _on_choose(state: State, now: float) -> Step:
    return questions.pushed(state, now) if state.asking else on_choose_pushed(state, now)


def _on_choose_knob(state: State, detents: int, now: float) -> Step:
    return questions.turned(state, detents, now) if state.asking else on_choose_turned(state, detents, now)


_PRESS: dict[Button, Callable[[State, float], Step]] = {
    Button.PLAY: _on_play,
    Button.SLEEP: _on_sleep,
    Button.NEXT: _on_next,
    Button.CHOOSE: _on_choose,
}
_TURN: dict[Knob, Callable[[State, int, float], Step]] = {
    Knob.VOLUME: on_volume,
    Knob.CHOOSE: _on_choose_knob,
}


def _on_nurse_call(state: State, now: float) -> Step:
    """Silence while staff and patient speak. It does not come back by itself; a press brings it back, so that a relay
    that never opens does not stop the music for good."""
    if not state.nurse_call:
        return state, ()
    state, effects = playback.end(state, Cause.NURSE_CALL, now)
    state, declined = reminders.over(state, accepted=False)
    return state, effects + declined
