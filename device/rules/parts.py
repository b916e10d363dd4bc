"""The book of faults: which part failed, since when, told once each. Pure, a part of the controller."""

from dataclasses import replace

from device.rules.effects import Record, Step
from device.rules.state import State
from messages import Fault, FaultOver, Part, Reason


def lost(state: State, part: Part, reason: Reason, now: float) -> Step:
    """The part failed; told when it was well until now."""
    if any(part is known for known, _ in state.faults):
        return state, ()
    fault = Record(told(part, reason), state.stay)
    return replace(state, faults=(*state.faults, (part, now))), (fault,)


def back(state: State, part: Part, now: float) -> Step:
    """The part works again; told where it had failed."""
    since = next((at for known, at in state.faults if known is part), None)
    if since is None:
        return state, ()
    faults = tuple(fault for fault in state.faults if fault[0] is not part)
    return replace(state, faults=faults), (Record(FaultOver(part=part, lasted_s=now - since), state.stay),)


def told(part: Part, reason: Reason) -> Fault:
    """The entry of a fault."""
    return Fault(part=part, reason=reason.line, code=reason.code, args=dict(reason.args))
