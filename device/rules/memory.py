"""What a box stores for a power cut, to bytes and back. Knows no file. Broken data counts as empty."""

from dataclasses import dataclass, replace

import msgspec

from device.rules import hours
from device.rules.events import Assigned, Wall
from device.rules.session import Session
from device.rules.state import Asked, Resume, State, Undated

LOWEST_DBA = 30.0  # a cap may press a level down to here, under the knob's floor; a restart must not lift it


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that outlives the power: nothing in it can start music. Times are monotonic seconds; `sleep_day`:
    ordinal of the day of the last question about a night; `clock_known`: whether they can be dated."""

    version: int
    assigned: Assigned | None
    chosen: str | None
    level_dba: float
    resume: Resume | None
    stopped_at: float | None
    undated: Undated | None
    sleep_day: int | None
    clock_known: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """The same as it lies on the disk. `resume_at`, `stopped_at`: UTC seconds since 1970, by a clock that was known
    where `..._dated`."""

    version: int = 0
    assigned: Assigned | None = None
    chosen: str | None = None
    level_dba: float | None = None
    resume: Resume | None = None
    resume_at: float | None = None
    resume_dated: bool = True
    stopped_at: float | None = None
    stopped_dated: bool = True
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
        undated=state.undated,
        sleep_day=state.asked.sleep_day,
        clock_known=state.wall is not None,
    )


def _playing_from(session: Session) -> Resume:
    """Where PLAY goes on after a power cut: where this track began, so that playing costs one write a track."""
    began_at = session.track_zero_at + session.start_s
    return Resume(session.music.slug, session.place, session.start_s, began_at)


def encode_memory(memory: Memory, utc_minus_clock_s: float) -> bytes:
    """Bytes for the log's file. `utc_minus_clock_s` turns the monotonic clock, which restarts at boot, into UTC."""
    resume, undated = memory.resume, memory.undated
    resumed_s, stopped_s = (undated.resume_utc_s, undated.stopped_utc_s) if undated else (None, None)
    resume_at, resume_dated = _dated(memory, resume.at if resume else None, resumed_s, utc_minus_clock_s)
    stopped_at, stopped_dated = _dated(memory, memory.stopped_at, stopped_s, utc_minus_clock_s)
    kept = Kept(
        version=memory.version,
        assigned=memory.assigned,
        chosen=memory.chosen,
        level_dba=memory.level_dba,
        resume=resume,
        resume_at=resume_at,
        resume_dated=resume_dated,
        stopped_at=stopped_at,
        stopped_dated=stopped_dated,
        sleep_day=memory.sleep_day,
    )
    return msgspec.json.encode(kept)


def _dated(
    memory: Memory, at: float | None, remembered_utc_s: float | None, utc_minus_clock_s: float
) -> tuple[float | None, bool]:
    """When it was in UTC, and whether a clock that was known says so. What an earlier start remembered is handed on."""
    if at is None:
        return None, True
    if memory.undated is None or at != memory.undated.taken_for:
        return at + utc_minus_clock_s, memory.clock_known
    return (at + utc_minus_clock_s, False) if remembered_utc_s is None else (remembered_utc_s, True)


def recall(state: State, kept: bytes | None, now: float, utc_minus_clock_s: float, *, clock_ok: bool) -> State:
    """The state after a restart: the same assignment and choice, the level never higher, silent.

    What cannot be dated is taken for just now, and so is what lies in the future: no restart turns a stop of a moment
    ago into one that can be ignored.
    """
    memory = _memory(kept)
    level_dba = state.level_dba if memory.level_dba is None else memory.level_dba
    state = replace(state, version=memory.version, assigned=memory.assigned, chosen=memory.chosen)
    state = replace(state, asked=Asked(sleep_day=memory.sleep_day))
    state = replace(state, night=hours.is_night(state.wall, state.rules))
    state = replace(state, level_dba=min(state.cap_dba, max(LOWEST_DBA, level_dba)))
    resume = None if memory.resume is None else replace(memory.resume, at=now)
    stopped_at = None if memory.stopped_at is None else now
    undated = Undated(
        now,
        memory.resume_at if memory.resume_dated else None,
        memory.stopped_at if memory.stopped_dated else None,
    )
    state = replace(state, resume=resume, stopped_at=stopped_at, undated=undated)
    return _with_dates(state, utc_minus_clock_s) if clock_ok else state


def needed_of(kept: bytes | None) -> dict[str, str]:
    """The titles of the tracks that a stored assignment needs, by hash."""
    assigned = _memory(kept).assigned
    tracks = (track for music in (assigned.playlists if assigned else ()) for track in music.tracks)
    never = assigned.rules.never_play if assigned else frozenset()
    return {track.sha256: track.title for track in tracks if track.sha256 not in never}


def on_clock_known(state: State, wall: Wall | None, now: float) -> State:
    """The clock was read: what was remembered gets its time, unless something newer took its place."""
    return state if wall is None else _with_dates(state, wall.utc_s - now)


def _with_dates(state: State, utc_minus_clock_s: float) -> State:
    undated, resume, stopped_at = state.undated, state.resume, state.stopped_at
    if undated is None:
        return state
    if resume and resume.at == undated.taken_for and undated.resume_utc_s is not None:
        resume = replace(resume, at=min(undated.taken_for, undated.resume_utc_s - utc_minus_clock_s))
    if stopped_at == undated.taken_for and undated.stopped_utc_s is not None:
        stopped_at = min(undated.taken_for, undated.stopped_utc_s - utc_minus_clock_s)
    return replace(state, resume=resume, stopped_at=stopped_at, undated=None)


def _memory(kept: bytes | None) -> Kept:
    try:
        return Kept() if kept is None else msgspec.json.decode(kept, type=Kept)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Kept()
