"""The rules of the clock: night and day, an assignment that runs out, what the box does at its times. Pure."""

from dataclasses import replace

from device import assigning, hours, inviting, levels, memory
from device.effects import Effect, Step
from device.events import Wall
from device.state import State


def on_clock(state: State, wall: Wall | None, now: float) -> Step:
    """The clock was read: each minute, and whenever it jumped."""
    seen_until = state.seen_until
    state = memory.on_clock_known(replace(state, wall=wall, seen_until=hours.seen(wall, seen_until)), wall, now)
    state, effects = levels.by_the_clock(state)
    state, withdrawn = inviting.withdraw(state, now)
    if wall is None:
        return state, effects + withdrawn
    state, expired = assigning.expire(state, now)
    state, at_its_time = _at_its_times(state, wall, seen_until, now)
    return state, (*effects, *withdrawn, *expired, *at_its_time)


def _at_its_times(state: State, wall: Wall, seen_until: int | None, now: float) -> Step:
    rules = state.rules
    effects: tuple[Effect, ...] = ()
    if any(hours.is_due(minute, wall, seen_until) for minute in rules.invitations):
        state = inviting.invite(state, now)
    if rules.sleep_starts is not None and hours.is_due(rules.sleep_starts, wall, seen_until):
        state, effects = inviting.start_sleep(state, now)
    return state, effects
