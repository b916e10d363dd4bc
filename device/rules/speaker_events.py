"""The rules of the speaker's answers. Each carries its play's identity, and a stale one changes nothing. Pure."""

from dataclasses import replace

from device.rules import parts, playback
from device.rules.effects import Effect, Record, Step
from device.rules.events import PlayerDied
from device.rules.session import Death, Session, measured
from device.rules.state import State
from messages import Cause, Code, Part, Reason, SessionStarted, TrackStarted, because

CUE_LATE_S = 1.0  # a cued track follows within milliseconds; a speaker that forgot it must not leave a silent hang
DEATHS_WITHIN_S = 30.0  # a track that the player dies of twice within this is the player's death


def on_began(state: State, play_id: int, now: float) -> Step:
    """First sample of a track. The first of a session is when the session is told; after a cued one comes the next."""
    session = _current(state, play_id)
    if session is None:
        return state, ()
    # Where other tracks of it cannot be played, that one of them plays is no news.
    state, well = (state, ()) if state.unplayable else parts.back(state, Part.MUSIC, now)
    is_first = session.sounded_at is None
    session = replace(session.sounds(now), broken=frozenset(), track_zero_at=now - session.start_s)
    told: tuple[Effect, ...] = well
    if is_first:
        told += (Record(_session_started(state, session), state.stay),)
    told += (Record(_track_started(session), state.stay),)
    if session.cued is not None:  # the cue of the play itself still stands
        return replace(state, playing=session), told
    state, cued = playback.cue(state, session, session.place)
    return state, (*cued, *told)


def on_ended(state: State, play_id: int, faded: bool, now: float) -> Step:
    """Last sample of a track: the cued one begins by itself, else the next one is played; or the fade is over."""
    session = state.playing
    if session is None or session.play_id != play_id:
        return state, ()
    if faded:
        return playback.end(state, Cause.COMPLETED, now)
    session = session.falls_silent(now)
    if session.cued is None:
        return playback.go_on(state, session, now)
    return replace(state, playing=replace(session, cue_due_at=now + CUE_LATE_S)), ()


def on_cue_late(state: State, now: float) -> Step:
    """The speaker did not begin what it was told to: it is played. Within the closing fade the session is over."""
    session = state.playing
    if session is None or session.cued is None:
        return state, ()
    if session.fading:  # the fade went with the last sample: music would come back louder than it left
        return playback.end(state, Cause.COMPLETED, now)
    return playback.play(state, replace(session, place=session.cued.place), now)


def on_broke(state: State, play_id: int, what: str, now: float) -> Step:
    """A track cannot be played: an entry says so and the next one plays. A broken cue leaves what plays alone."""
    session, reason = state.playing, because(Code.TRACK_UNREADABLE, what=what)
    if session is None:
        return state, ()
    if session.play_id == play_id:
        return _give_up(state, session.falls_silent(now), reason, now)
    if session.cued is None or session.cued.play_id != play_id:
        return state, ()
    return _cue_broke(state, session, session.cued.place, reason, now)


def on_cut(state: State, play_id: int, what: str) -> Step:
    """A track plays as far as it goes; what follows it follows."""
    session = _current(state, play_id)
    if session is None:
        return state, ()
    return state, (playback.failed(state, session, session.place, because(Code.TRACK_DAMAGED, what=what)),)


def on_measured(state: State, play_id: int, seconds: float, mean_dba: float, max_dba: float) -> State:
    """What the speaker estimates of the play so far: the latest word counts."""
    session = state.playing
    if session is None:
        return state
    return replace(state, playing=session.measured(play_id, measured(seconds, mean_dba, max_dba)))


def on_died(state: State, died: PlayerDied, now: float) -> Step:
    """The player is gone: the session goes on where it was, no louder than it was; with the next track if it died of
    this one twice.

    Within the closing fade the session is over: the fade went with the player, and music at its full level would be
    louder than what was heard.
    """
    session = None if died.play_id is None else _current(state, died.play_id)
    if session is None:
        return state, ()
    before, session = session.death, replace(session.falls_silent(now), death=Death(session.place, now))
    if session.fading:
        return playback.end(replace(state, playing=session), Cause.NO_SOUND, now)
    if before and before.place == session.place and now - before.at <= DEATHS_WITHIN_S:
        return _give_up(state, session, because(Code.PLAYER_FAILED, what=died.what), now)
    if died.position_s >= session.track.seconds:
        return playback.go_on(state, session, now)
    return playback.play(state, session, now, start_s=max(0.0, died.position_s), heard_dba=died.heard_dba)


def _current(state: State, play_id: int) -> Session | None:
    """The session, at the track of this play: the one that plays, or the cued one, whose turn it then is."""
    session = state.playing
    if session is None or session.play_id == play_id:
        return session
    cued = session.cued
    if cued is None or cued.play_id != play_id:
        return None
    return replace(session.with_track(cued.place, play_id), start_s=0.0, cued=None)


def _cue_broke(state: State, session: Session, place: int, reason: Reason, now: float) -> Step:
    """Another track is cued; or played, where the one before is over."""
    failed = playback.failed(state, session, place, reason)
    session = replace(session, broken=session.broken | {place})
    if session.cue_due_at is None:
        state, effects = playback.cue(state, session, place)
    elif session.fading:
        state, effects = playback.end(state, Cause.COMPLETED, now)
    else:
        state, effects = playback.go_on(state, replace(session, place=place), now)
    return state, (*effects, failed)


def _give_up(state: State, session: Session, reason: Reason, now: float) -> Step:
    """The track at the session's place is passed over until a track begins."""
    failed = playback.failed(state, session, session.place, reason)
    state, effects = playback.go_on(state, replace(session, broken=session.broken | {session.place}), now)
    return state, (failed, *effects)


def _session_started(state: State, session: Session) -> SessionStarted:
    return SessionStarted(
        session=session.session, playlist=session.music.slug, level_dba=state.level_dba, cause=session.cause
    )


def _track_started(session: Session) -> TrackStarted:
    start_s = round(session.start_s, 1)
    return TrackStarted(
        session=session.session, playlist=session.music.slug, track=session.track.sha256, start_s=start_s
    )
