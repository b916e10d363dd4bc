"""What must hold at any bed, counted here again and not by the rules under test: caps, beginnings, nights, rises.

The walk (every state over a small alphabet), the month (a real loop under a real day) and Hypothesis (any sequence of
events) judge by the same laws. Each gives None, or one line that says what is wrong. Times are monotonic seconds,
levels dB(A) at the pillow.
"""

from math import inf

from device.rules.effects import Effect, Play, SetLevel
from device.rules.events import Assigned, BedRules, ClockRead, Event, Knob, Pressed, Turned
from device.rules.light import light
from device.rules.state import Limits, State
from messages import Rules

SHARED_DAY_DBA, SHARED_NIGHT_DBA = 50.0, 40.0
QUIET_AFTER_STOP_S = 3600.0  # nothing begins at a set time so soon after the patient's own stop
GRACE_MIN = 5  # a set time that the box was too late for has passed


def highest_dba(limits: Limits, rules: BedRules | Rules, *, night: bool) -> float:
    """The lowest of the box's cap, the ward's and the shared room's; by night never above the day's."""
    day = min(limits.cap_day_dba, rules.cap_day_dba, SHARED_DAY_DBA if rules.shared_room else inf)
    by_night = min(limits.cap_night_dba, rules.cap_night_dba, SHARED_NIGHT_DBA if rules.shared_room else inf)
    return min(day, by_night) if night else day


def over_the_cap(after: State, effects: tuple[Effect, ...]) -> str | None:
    """Neither the level that is kept nor one that is asked for is above the cap."""
    cap = highest_dba(after.limits, after.rules, night=after.night)
    levels = [effect.level_dba for effect in effects if isinstance(effect, Play | SetLevel)]
    highest = max([after.level_dba, *levels])
    return f"{highest} dB(A) over the cap of {cap}" if highest > cap else None


def raised_by_itself(before: State, event: Event, after: State) -> str | None:
    """Only VOLUME turned up raises the level; another stay in silence may begin at its own."""
    if after.level_dba <= before.level_dba:
        return None
    if isinstance(event, Turned):
        return None if event.knob is Knob.VOLUME and event.detents > 0 else "raised by the wrong turn"
    is_new_stay = isinstance(event, Assigned) and (event.stay is None or event.stay != before.stay)
    return None if is_new_stay and after.playing is None else f"raised to {after.level_dba} dB(A) by itself"


def starts_without_a_rise(before: State, effects: tuple[Effect, ...]) -> str | None:
    """What starts from silence, or out of a closing fade, rises."""
    session = before.playing
    for effect in effects:
        if isinstance(effect, Play) and effect.rise_s <= 0.0:
            if session is None or not session.sounding:
                return "music starts from silence without a rise"
            if session.fading and not effect.in_fade:
                return "music goes over from a closing fade without a rise"
    return None


def must_not_begin(before: State, event: Event, now: float) -> str | None:
    """Why sound must not begin from silence in this turn: nobody pressed and it is not the time that staff set."""
    if before.cleaning_until is not None:
        return "while the box is being cleaned"
    if isinstance(event, Pressed):
        return None
    if not is_the_staffs_time(before, event):
        return "nobody pressed, and it is not the staff's time"
    if before.nurse_call:
        return "while staff and patient speak"
    stopped_s = now - before.stopped_at if before.stopped_at is not None else inf
    return "within an hour of the patient's own stop" if stopped_s < QUIET_AFTER_STOP_S else None


def is_the_staffs_time(before: State, event: Event) -> bool:
    """Whether the clock that was read shows the time that staff set for sleep music, or just after it."""
    starts, wall = before.rules.sleep_starts, event.wall if isinstance(event, ClockRead) else None
    return wall is not None and starts is not None and 0 <= wall.minute - starts <= GRACE_MIN


def says_something_by_night(after: State, *at_s: float) -> str | None:
    """By night and in a vigil nothing is asked or offered, and PLAY is dark at each of these times."""
    if not (after.night or after.rules.vigil):
        return None
    if after.asking or after.reminding_until is not None:
        return "a question or a reminder stands"
    return "PLAY is lit" if any(light(after, moment_s) for moment_s in at_s) else None
