"""The rules of faults: a part that failed or works again, told once each. Pure, a part of the controller."""

from dataclasses import replace

from device import answers, sessions
from device.effects import Effect, Record, Step
from device.events import PartBack, PartLost, PlayerDied, Released, SoundReady, StuckDown
from device.state import State
from messages import Cause, Fault, FaultOver, Part

PartEvent = PartLost | PartBack | PlayerDied | SoundReady | StuckDown | Released


def on_part(state: State, event: PartEvent, now: float) -> Step:
    """A part failed or works again."""
    match event:
        case PartLost(part, reason):
            return _lost(state, part, reason, now)
        case PlayerDied():
            state, effects = answers.on_died(replace(state, sound_ready=False), event, now)
            state, told = _lost(state, Part.PLAYER, event.reason, now)
            return state, effects + told
        case StuckDown(button):
            reason = f"{button.upper()} held down: is something lying on it?"
            return _lost(replace(state, stuck=button), Part.CONTROLS, reason, now)
        case PartBack(part):
            return _back(state, part, now)
        case SoundReady():
            state, sound = _back(replace(state, sound_ready=True), Part.SOUND, now)
            state, player = _back(state, Part.PLAYER, now)
            return state, sound + player
        case Released(button):
            stuck = button is state.stuck
            return _back(replace(state, stuck=None), Part.CONTROLS, now) if stuck else (state, ())


def _lost(state: State, part: Part, reason: str, now: float) -> Step:
    """Told once when lost. Without sound the session is over: when it returns, nothing starts by itself."""
    effects: tuple[Effect, ...] = ()
    if part is Part.SOUND:
        state, effects = sessions.end(replace(state, sound_ready=False), Cause.NO_SOUND, now)
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
