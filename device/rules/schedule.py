"""The rules of the clock: night and day, an assignment that runs out, what the box does at its times. Pure."""

from dataclasses import replace

from device.rules import assignments, hours, memory, reminders, volume
from device.rules.effects import Effect, Step
from device.rules.events import Wall
from device.rules.state import State


def on_clock(state: State, wall: Wall | None, now: float) -> Step:
    """The clock was read: each minute, and whenever it jumped."""
    seen_until = state.seen_until
    state = memory.on_clock_known(replace(state, wall=wall, seen_until=hours.seen(wall, seen_until)), wall, now)
    state, effects = volume.by_the_clock(state)
    state, withdrawn = reminders.withdraw(state, now)
    if wall is None:
        return state, effects + withdrawn
    state, expired = assignments.expire(state, now)
    state, at_its_time = _at_its_times(state, wall, seen_until, now)
    return state, (*effects, *withdrawn, *expired, *at_its_time)


def _at_its_times(state: State, wall: Wall, seen_until: int | None, now: float) -> Step:
    rules = state.rules
    effects: tuple[Effect, ...] = ()
    if any(hours.is_due(minute, wall, seen_until) for minute in rules.reminders):
        state = reminders.remind(state, now)
    if rules.sleep_starts is not None and hours.is_due(rules.sleep_starts, wall, seen_until):
        state, effects = reminders.start_sleep(state, now)
    return state, effects
