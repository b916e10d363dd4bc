"""The rules of an assignment's arrival: newer ones count, whole; old and forged ones change nothing. Pure."""

from dataclasses import replace

from device import levels, sessions
from device.effects import Effect, Record, Step
from device.events import Assigned, BedSet
from device.state import State
from messages import AssignmentApplied, AssignmentRefused, Cause, Reset


def on_assigned(state: State, offer: Assigned, now: float) -> Step:
    """Takes a newer assignment, or keeps what it has and says why, once."""
    current = "" if state.assigned is None else state.assigned.digest
    if offer.version == state.version and (offer.digest == current or offer.stay is None):
        return state, ()  # the ward repeats itself until our entry reaches it
    if offer.version <= state.version:
        return _refuse(state, offer)
    return _reset(state, offer, now) if offer.stay is None else _apply(state, offer, now)


def _refuse(state: State, offer: Assigned) -> Step:
    if offer.digest == state.refused:
        return state, ()
    same = offer.version == state.version
    reason = "not the one that this box holds under its number" if same else "older than the one on this box"
    entry = AssignmentRefused(version=offer.version, have=state.version, reason=reason)
    return replace(state, refused=offer.digest), (Record(entry, state.stay),)


def _reset(state: State, offer: Assigned, now: float) -> Step:
    """The stay has ended: nothing of it may reach the next one (H5), neither music nor level nor place."""
    old = state.stay
    state, effects = sessions.end(state, Cause.WARD, now)
    state = _forget(replace(state, assigned=None, version=offer.version))
    return state, (*effects, Record(Reset(version=offer.version), old))


def _apply(state: State, offer: Assigned, now: float) -> Step:
    effects: tuple[Effect, ...] = ()
    new_stay = offer.stay != state.stay and state.assigned is not None
    if new_stay:  # a stay that began without a reset of the one before
        state, effects = sessions.end(state, Cause.WARD, now)
        state = _forget(state)
    before = () if state.assigned is None else state.assigned.sets
    chosen = _newly_given(before, offer.sets) or state.chosen
    state = replace(state, assigned=offer, version=offer.version, chosen=chosen, choosing=None)
    state, lowered = levels.within_cap(state)
    pieces = {piece.sha256 for music in offer.sets for piece in music.pieces}
    entry = AssignmentApplied(
        version=offer.version, digest=offer.digest, held=len(pieces & state.held), needed=len(pieces)
    )
    return state, (*effects, *lowered, Record(entry, state.stay))


def _newly_given(before: tuple[BedSet, ...], after: tuple[BedSet, ...]) -> str | None:
    """What the caregiver just added is what the next press plays; a sleep set waits for SLEEP."""
    known = {music.slug for music in before}
    return next((music.slug for music in after if music.slug not in known and not music.is_sleep), None)


def _forget(state: State) -> State:
    return levels.of_new_stay(replace(state, chosen=None, resume=None, choosing=None, overlay=None))
