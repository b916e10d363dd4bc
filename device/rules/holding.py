"""The rules of the music folder, which may change while the box runs. Pure, a part of the controller."""

from collections.abc import Iterator
from dataclasses import replace

from device.rules import offered_playlists, parts, playback
from device.rules.effects import Cue, Effect, SetGain, Step
from device.rules.events import FetchTrouble, MusicFound, TrackMeasured, TracksHeld
from device.rules.state import State
from device.rules.view import Scene
from messages import Code, Part, Reason, because


def on_music(state: State, found: MusicFound, now: float) -> Step:
    """The folder was looked at: what it holds is what may be offered. What plays plays on, unless it was found that it
    cannot; and nothing starts."""
    played_by_copy = _plays_by_copy(state)
    offered = replace(state, builtin=found.builtin, held=found.held, unusable=found.unusable, index_fault=found.reason)
    state, told = _offered(state, offered, now)
    state, changed = playback.by_the_rules(state, now)
    state, copied = _told_of_copy(state, now, played_by_copy=played_by_copy)
    return state, (*changed, *told, *copied)


def _plays_by_copy(state: State) -> bool:
    """Whether the index cannot be used, and the built-in playlists are those of the last one that could."""
    return bool(state.index_fault and state.builtin)


def _told_of_copy(state: State, now: float, *, played_by_copy: bool) -> Step:
    """A fault of the configuration, not of the music: music plays, and a file cannot be fixed at the bed."""
    if _plays_by_copy(state) and (fault := state.index_fault):
        what = fault.args.get("what", fault.line)
        return parts.lost(state, Part.CONFIG, because(Code.INDEX_COPY, what=what), now)
    return parts.back(state, Part.CONFIG, now) if played_by_copy else (state, ())


def on_held(state: State, told: TracksHeld, now: float) -> Step:
    """More tracks are on the box."""
    return _offered(state, replace(state, held=told.held), now)


def on_fetch_trouble(state: State, told: FetchTrouble, now: float) -> Step:
    """Assigned tracks cannot come, or can again."""
    return _offered(state, replace(state, fetch_fault=told.reason), now)


def on_given(before: State, state: State, now: float) -> Step:
    """The ward assigned other music, or removed it."""
    return _offered(before, state, now)


def on_measured(state: State, told: TrackMeasured) -> Step:
    """The track that is playing changes to its right level; the next one is cued again with its own level."""
    session = state.playing
    if session is None:
        return state, ()
    effects: tuple[Effect, ...] = ()
    if session.track.sha256 == told.sha256:
        effects = (SetGain(session.play_id, told.sha256),)
    cued = session.cued
    if cued is not None and session.cue_due_at is None and session.music.tracks[cued.place].sha256 == told.sha256:
        effects = (*effects, Cue(cued.play_id, told.sha256, session.crossfade_s))
    return state, effects


def measured_first(state: State) -> tuple[str, ...]:
    """The tracks that may be played next, by hash, the most urgent first: what plays, what follows, what PLAY and SLEEP
    would play, then whatever may be chosen."""
    return tuple(dict.fromkeys(_by_urgency(state)))


def _by_urgency(state: State) -> Iterator[str]:
    session = state.playing
    if session is not None:
        places = range(session.place, session.place + len(session.music.tracks))
        first = (session.place,) if session.cued is None else (session.place, session.cued.place)
        for place in (*first, *places):
            yield session.music.tracks[place % len(session.music.tracks)].sha256
    music, place, _ = playback.to_play(state, state.touched_at)
    if music is not None:
        yield music.tracks[place].sha256
    for offered in (music, state.sleep_playlist, *state.playlists):
        yield from (track.sha256 for track in offered.tracks) if offered else ()


def _offered(before: State, state: State, now: float) -> Step:
    trouble = _trouble(state)
    is_news = _known(state) != _known(before)
    told: tuple[Effect, ...] = ()
    if is_news and _code(trouble) != _code(_trouble(before)):
        state, told = parts.back(state, Part.MUSIC, now)
    if trouble:
        state, fault = parts.lost(state, Part.MUSIC, trouble, now)
    else:
        state, fault = parts.back(state, Part.MUSIC, now) if is_news else (state, ())
    return _answered(before, state) if _is_music(state) else state, (*told, *fault)


def _known(state: State) -> tuple[object, ...]:
    return state.builtin, state.held, state.unplayable, state.needed, state.fetch_fault


def _is_music(state: State) -> bool:
    given = () if state.assigned is None else state.assigned.playlists
    return bool(offered_playlists.playable((*given, *state.builtin), state.held))


def _trouble(state: State) -> Reason | None:
    """What is wrong with the music; None: nothing."""
    if _is_music(state):
        return because(Code.TRACKS_UNPLAYABLE) if state.unplayable else state.fetch_fault
    if state.unplayable:
        return because(Code.NO_PLAYABLE_TRACKS)
    return state.index_fault or because(Code.NO_TRACKS)


_NO_MUSIC = {Code.NO_TRACKS, Code.NO_INDEX, Code.DISK_NO_ANSWER, Code.NO_PLAYABLE_TRACKS}


def _code(trouble: Reason | None) -> Code | None:
    """What is told again where it becomes another; no music is no music, whatever the cause."""
    if trouble is None:
        return None
    return Code.NO_TRACKS if trouble.code in _NO_MUSIC else trouble.code


def _answered(before: State, state: State) -> State:
    """The screen no longer waits for tracks that have arrived, nor says "No music" when there is some."""
    shown = None if state.overlay is None else state.overlay.scene
    has_come = shown is Scene.ON_ITS_WAY and state.needed <= state.held
    has_more = not state.held <= before.held or state.builtin != before.builtin
    was_missed = shown is Scene.NO_MUSIC and has_more and bool(state.playlists)
    return replace(state, overlay=None) if has_come or was_missed else state
