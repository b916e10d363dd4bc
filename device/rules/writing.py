"""How much a box writes of its tracks: bounded by time, whatever a playlist of broken or very short tracks does. Pure.

Playlists of tracks under 100 ms once wrote 559 entries in 15 s. A session's start and end, faults and answers are never
left out, and one entry tells how many were.
"""

from dataclasses import replace

from device.rules import parts
from device.rules.effects import Effect, Record, Step
from device.rules.state import State
from messages import Code, Part, TrackFailed, TrackSkipped, TrackStarted, because

BURST = 100  # entries at once: a patient who presses NEXT fifty times is told whole
ONE_EACH_S = 30.0  # and then so often: twice what music with tracks of a minute writes
TOLD_EACH_S = 3600.0  # in a session without an end


def bounded(state: State, effects: tuple[Effect, ...], now: float) -> Step:
    """The effects without the entries that are too many; with one that tells of them when the session is over."""
    kept: list[Effect] = []
    for effect in effects:
        if isinstance(effect, Record) and isinstance(effect.data, TrackStarted | TrackSkipped | TrackFailed):
            state, fits = _spend(state, now)
            if not fits:
                continue
        kept.append(effect)
    state, told = _tell(state, now)
    return state, (*kept, *told)


def _spend(state: State, now: float) -> tuple[State, bool]:
    written = state.written
    spent = max(0.0, written.spent - (now - written.at) / ONE_EACH_S)
    if spent > BURST - 1:
        since = now if written.left_out == 0 else written.since
        left = replace(written, spent=spent, at=now, left_out=written.left_out + 1, since=since)
        return replace(state, written=left), False
    return replace(state, written=replace(written, spent=spent + 1, at=now)), True


def _tell(state: State, now: float) -> Step:
    written = state.written
    if not written.left_out or (state.playing is not None and now - written.since < TOLD_EACH_S):
        return state, ()
    seconds = f"{now - written.since:.0f}"
    reason = because(Code.ENTRIES_LEFT_OUT, number=written.left_out, seconds=seconds)
    fault = Record(parts.told(Part.LOG, reason), state.stay)
    return replace(state, written=replace(written, left_out=0)), (fault,)
