"""The rules of faults: a part that failed or works again, told once each. Pure, a part of the controller."""

from dataclasses import replace

from device.rules import parts, playback, speaker_events
from device.rules.effects import Effect, Step
from device.rules.events import PartBack, PartLost, PlayerDied, Released, SoundReady, StuckDown
from device.rules.state import State
from messages import Cause, Code, Part, Reason, because

PartEvent = PartLost | PartBack | PlayerDied | SoundReady | StuckDown | Released


def on_part(state: State, event: PartEvent, now: float) -> Step:
    """A part failed or works again."""
    match event:
        case PartLost(part, reason):
            return _lost(state, part, reason, now)
        case PlayerDied():
            state, effects = speaker_events.on_died(replace(state, sound_ready=False), event, now)
            state, told = _lost(state, Part.PLAYER, because(Code.PLAYER_FAILED, what=event.what), now)
            return state, effects + told
        case StuckDown(button):
            reason = because(Code.BUTTON_HELD, button=button.upper())
            return _lost(replace(state, stuck=button), Part.CONTROLS, reason, now)
        case PartBack(part):
            return parts.back(state, part, now)
        case SoundReady():
            state, sound = parts.back(replace(state, sound_ready=True), Part.SOUND, now)
            state, player = parts.back(state, Part.PLAYER, now)
            return state, sound + player
        case Released(button):
            stuck = button is state.stuck
            return parts.back(replace(state, stuck=None), Part.CONTROLS, now) if stuck else (state, ())


def _lost(state: State, part: Part, reason: Reason, now: float) -> Step:
    """Reported once when lost. Without sound the session is over: when sound returns, nothing starts by itself."""
    effects: tuple[Effect, ...] = ()
    if part is Part.SOUND:
        state, effects = playback.end(replace(state, sound_ready=False), Cause.NO_SOUND, now)
    state, fault = parts.lost(state, part, reason, now)
    return state, effects + fault
