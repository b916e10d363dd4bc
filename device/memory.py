"""What a box remembers over a power cut, as bytes and back. Knows no file. A broken memory is an empty one."""

from dataclasses import dataclass, replace

import msgspec

from device import hours
from device.events import Assigned
from device.session import Session
from device.state import Asked, Resume, State

LOWEST_DBA = 30.0  # a cap may press a level down to here, under the knob's floor; a restart must not lift it


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that outlives the power: nothing in it can start music. `resume_at`, `stopped_at`: UTC seconds since
    1970; `sleep_day`: ordinal of the day of the last question about a night."""

    version: int = 0
    assigned: Assigned | None = None
    chosen: str | None = None
    level_dba: float | None = None
    resume: Resume | None = None
    resume_at: float | None = None
    stopped_at: float | None = None
    sleep_day: int | None = None


def memory_of(state: State) -> Memory:
    """The part of the state that is kept; equal memories need no new write."""
    return Memory(
        version=state.version,
        assigned=state.assigned,
        chosen=state.chosen,
        level_dba=state.level_dba,
        resume=state.resume if state.playing is None else _playing_from(state.playing),
        stopped_at=state.stopped_at,
        sleep_day=state.asked.sleep_day,
    )


def _playing_from(session: Session) -> Resume:
    """Where PLAY goes on after a power cut: where this piece began, so that playing costs one write a piece."""
    began_at = session.piece_zero_at + session.start_s
    return Resume(session.music.slug, session.place, session.start_s, began_at)


def encode_memory(memory: Memory, utc_minus_clock_s: float) -> bytes:
    """Bytes for the log's file. `utc_minus_clock_s` turns the monotonic clock, which restarts at boot, into UTC."""
    resume_at = None if memory.resume is None else memory.resume.at + utc_minus_clock_s
    stopped_at = None if memory.stopped_at is None else memory.stopped_at + utc_minus_clock_s
    return msgspec.json.encode(replace(memory, resume_at=resume_at, stopped_at=stopped_at))


def recall(state: State, kept: bytes | None, utc_minus_clock_s: float, *, clock_ok: bool) -> State:
    """The state after a restart: the same assignment and choice, the level never higher, silent."""
    memory = _memory(kept)
    level_dba = state.level_dba if memory.level_dba is None else memory.level_dba
    state = replace(state, version=memory.version, assigned=memory.assigned, chosen=memory.chosen)
    stopped_at = None if memory.stopped_at is None or not clock_ok else memory.stopped_at - utc_minus_clock_s
    state = replace(state, stopped_at=stopped_at, asked=Asked(sleep_day=memory.sleep_day))
    state = replace(state, night=hours.is_night(state.wall, state.rules))
    level_dba = min(state.cap_dba, max(LOWEST_DBA, level_dba))
    return replace(state, level_dba=level_dba, resume=_resumed(memory, utc_minus_clock_s, clock_ok=clock_ok))


def _memory(kept: bytes | None) -> Memory:
    try:
        return Memory() if kept is None else msgspec.json.decode(kept, type=Memory)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Memory()


def _resumed(memory: Memory, utc_minus_clock_s: float, *, clock_ok: bool) -> Resume | None:
    """Without a clock nobody knows how long ago it was: then music starts from the beginning."""
    if memory.resume is None or memory.resume_at is None or not clock_ok:
        return None
    return replace(memory.resume, at=memory.resume_at - utc_minus_clock_s)
