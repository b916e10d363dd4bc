"""The rules: step(state, event, now) -> (state, effects). Pure: no clock, no thread, no I/O; time is an argument."""

from collections.abc import Callable
from dataclasses import replace

from device import sessions
from device.assigning import on_assigned
from device.choosing import on_choose_pushed, on_choose_rested, on_choose_turned
from device.effects import Answer, Effect, Record, SetLevel
from device.events import (
    Assigned,
    Button,
    Commanded,
    Event,
    Knob,
    LinkChanged,
    PartBack,
    PartLost,
    PieceBegan,
    PieceBroke,
    PieceEnded,
    PiecesHeld,
    Pressed,
    Released,
    StuckDown,
    Tick,
    Turned,
)
from device.sessions import Step
from device.state import Overlay, State
from device.view import Scene
from messages import Cause, Fault, FaultOver, Part, Verb

VOLUME_SHOWN_S = 3.0
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
        case PieceBegan(play_id):
            return sessions.on_began(state, play_id, now)
        case PieceEnded(play_id, _, faded):
            return sessions.on_ended(state, play_id, faded, now)
        case PieceBroke(play_id, reason):
            return sessions.on_broke(state, play_id, reason, now)
        case Assigned():
            return on_assigned(state, event, now)
        case Commanded():
            return _on_command(state, event, now)
        case PiecesHeld(held):
            return replace(state, held=held), ()
        case LinkChanged(up, _):
            return replace(state, link_up=up), ()
        case Tick():
            return state, ()
        case PartLost() | PartBack() | StuckDown() | Released():
            return _on_part(state, event, now)


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


def _on_volume(state: State, detents: int, now: float) -> Step:
    limits = state.limits
    wanted = state.level_dba + detents * limits.step_db
    level = min(state.cap_dba, max(limits.floor_dba, wanted))  # the cap is the last word
    overlay = Overlay(Scene.VOLUME, now + VOLUME_SHOWN_S, wall=wanted > state.cap_dba)
    moved = replace(state, level_dba=level, overlay=overlay, choosing=None)
    return moved, (SetLevel(level),) if state.playing and level != state.level_dba else ()


_PRESS: dict[Button, Callable[[State, float], Step]] = {
    Button.PLAY: _on_play,
    Button.SLEEP: _on_sleep,
    Button.NEXT: _on_next,
    Button.CHOOSE: on_choose_pushed,
}
_TURN: dict[Knob, Callable[[State, int, float], Step]] = {
    Knob.VOLUME: _on_volume,
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


def _on_part(state: State, event: PartLost | PartBack | StuckDown | Released, now: float) -> Step:
    """A part failed or works again."""
    match event:
        case PartLost(part, reason):
            return _lost(state, part, reason, now)
        case StuckDown(button):
            reason = f"{button.upper()} held down: is something lying on it?"
            return _lost(replace(state, stuck=button), Part.CONTROLS, reason, now)
        case PartBack(part):
            return _back(state, part, now)
        case Released(button) if button is state.stuck:
            return _back(replace(state, stuck=None), Part.CONTROLS, now)
        case Released():
            return state, ()


def _lost(state: State, part: Part, reason: str, now: float) -> Step:
    """Told once when lost. Without sound the session is over: when it returns, nothing starts by itself."""
    effects: tuple[Effect, ...] = ()
    if part is Part.SOUND and state.playing:
        state, effects = sessions.end(state, Cause.NO_SOUND, now)
    if any(part is known for known, _ in state.faults):
        return state, effects
    fault = Record(Fault(part=part, reason=reason[:200]), state.stay)
    return replace(state, faults=(*state.faults, (part, now))), (*effects, fault)


def _back(state: State, part: Part, now: float) -> Step:
    since = next((at for known, at in state.faults if known is part), None)
    if since is None:
        return state, ()
    faults = tuple(fault for fault in state.faults if fault[0] is not part)
    return replace(state, faults=faults), (Record(FaultOver(part=part, lasted_s=now - since), state.stay),)
