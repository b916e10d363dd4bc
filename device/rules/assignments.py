"""The rules of an assignment's arrival: newer ones count, whole; old and forged ones change nothing. Pure."""

from dataclasses import replace

from device.rules import holding, playback, reminders, volume
from device.rules.effects import Effect, Record, Step
from device.rules.events import NO_RULES, Assigned, BedPlaylist
from device.rules.state import Asked, Overlay, State
from device.rules.view import Scene
from messages import AssignmentApplied, AssignmentRefused, Cause, Code, Expired, Reason, Reset, because

ON_ITS_WAY_SHOWN_S = 20.0
MOST_AHEAD = (
    1_000_000  # versions that a box may have missed: no ward reaches this, and the greatest number is the last one
)


def on_assigned(state: State, offer: Assigned, now: float) -> Step:
    """Accept a newer assignment, or keep the current one and say why, once."""
    current = "" if state.assigned is None else state.assigned.digest
    if offer.version == state.version and (offer.digest == current or offer.stay is None):
        return state, ()  # the ward sends it again until our entry arrives
    code = _wrong_with(state, offer)
    if code:
        return _refuse(state, offer, because(code))
    before = state
    state, effects = _reset(state, offer, now) if offer.stay is None else _apply(state, offer, now)
    state, told = holding.on_given(before, state, now)
    return state, effects + told


def expire(state: State, now: float) -> Step:
    """An assignment whose time ran out gives way to the built-in playlists: a bed that nobody discharged must not keep
    a guest's music for the next one (H5). What plays may come to its end; stay and version stay, so that the ward knows
    whose entries these are."""
    given, wall = state.assigned, state.wall
    if given is None or wall is None or given.rules.expires_at_s is None or wall.utc_s < given.rules.expires_at_s:
        return state, ()
    state = replace(
        state, assigned=replace(given, playlists=(), rules=NO_RULES), chosen=None, resume=None, choosing=None
    )
    state, effects = _with_rules(state, now)
    return state, (*effects, Record(Expired(version=given.version), state.stay))


def _wrong_with(state: State, offer: Assigned) -> Code | None:
    """Why the box refuses it; None if it accepts."""
    if offer.version < state.version:
        return Code.ASSIGNMENT_OLDER
    if offer.version == state.version:
        return Code.ASSIGNMENT_DIFFERS
    if offer.version - state.version > MOST_AHEAD:
        return Code.ASSIGNMENT_TOO_FAR
    if offer.stay is not None and offer.rules.night_begins == offer.rules.night_ends:
        # Rules can only lower, and this would lift the night's cap. A discharge is never refused.
        return Code.NIGHT_EMPTY
    return None


def _refuse(state: State, offer: Assigned, reason: Reason) -> Step:
    if offer.digest == state.refused:
        return state, ()
    version, have, args = offer.version, state.version, dict(reason.args)
    entry = AssignmentRefused(version=version, have=have, reason=reason.line, code=reason.code, args=args)
    return replace(state, refused=offer.digest), (Record(entry, state.stay),)


def _reset(state: State, offer: Assigned, now: float) -> Step:
    """The stay has ended: nothing of it may reach the next one (H5), neither music nor level nor place."""
    old = state.stay
    state, effects = playback.end(state, Cause.WARD, now)
    state = _forget(replace(state, assigned=None, version=offer.version))
    state, _ = volume.by_the_clock(state)  # silent: there is no level to set
    return state, (*effects, Record(Reset(version=offer.version), old))


def _apply(state: State, offer: Assigned, now: float) -> Step:
    effects: tuple[Effect, ...] = ()
    new_stay = offer.stay != state.stay and state.assigned is not None
    if new_stay:  # a stay that began without a reset of the one before
        state, effects = playback.end(state, Cause.WARD, now)
        state = _forget(state)
    before = () if state.assigned is None else state.assigned.playlists
    state = replace(state, assigned=offer, version=offer.version, choosing=None)
    state = _with_choice(state, _newly_assigned(before, offer))
    state, expired = expire(state, now)
    state, changed = _with_rules(state, now)
    held, needed = len(state.needed & state.held), len(state.needed)
    entry = AssignmentApplied(version=offer.version, digest=offer.digest, held=held, needed=needed)
    if held < needed and not (state.night or state.playing):
        state = replace(state, overlay=Overlay(Scene.ON_ITS_WAY, now + ON_ITS_WAY_SHOWN_S))
    return state, (*effects, *changed, Record(entry, state.stay), *expired)


def _with_rules(state: State, now: float) -> Step:
    """What plays, how loud, and what is asked, by rules that have just changed."""
    state, lowered = volume.by_the_clock(state)
    state, changed = playback.by_the_rules(state, now)
    state, withdrawn = reminders.withdraw(state, now)
    return state, lowered + changed + withdrawn


def _with_choice(state: State, chosen: str | None) -> State:
    """The next press plays what was just assigned, at night too."""
    if chosen is None:
        return state
    return replace(state, chosen=chosen, chosen_tonight=state.night, resume=None)


def _newly_assigned(before: tuple[BedPlaylist, ...], offer: Assigned) -> str | None:
    """The next press plays what the caregiver just added; a sleep playlist waits for SLEEP, and in end-of-life mode its
    playlist comes first."""
    known = {music.slug for music in before}
    new = [music for music in offer.playlists if music.slug not in known and not music.is_sleep]
    meant = [music for music in new if offer.rules.vigil and music.is_vigil]
    return next((music.slug for music in (*meant, *new)), None)


def _forget(state: State) -> State:
    """Nothing of the stay before; its question goes unanswered, for no link to it is kept."""
    state = replace(state, chosen=None, chosen_tonight=False, resume=None, stopped_at=None, asking=None, asked=Asked())
    return volume.of_new_stay(replace(state, choosing=None, overlay=None, reminding_until=None))
