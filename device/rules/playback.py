"""The rules of a session: how music starts, goes from track to track and ends. Pure, a part of the controller."""

from dataclasses import replace
from math import inf

from device.rules import parts, questions, volume
from device.rules.effects import Cue, Effect, Fade, Play, Record, Silence, Step
from device.rules.events import BedPlaylist
from device.rules.session import CROSSFADE_S, Cued, Session
from device.rules.state import Overlay, Resume, State
from device.rules.view import Scene
from messages import Cause, Code, Part, Reason, SessionEnded, TrackFailed, TrackSkipped, because

RAMP_S = 0.15  # a stop: reaction and ramp together stay under 300 ms
FROM_SILENCE_S = 0.06  # nothing leaves, or the ramp of a stop: then this keeps it from a click
COMFORT_FADE_S = 60.0
SLEEP_FADE_S = 600.0
MOST_S, MOST_BY_NIGHT_S = 2 * 3600.0, 3600.0  # hours of music that no one listens to (H8 in docs/safety.md)
RESUME_WITHIN_S = 30 * 60.0
NO_SOUND_SHOWN_S, NO_SOUND_SHOWN_BY_NIGHT_S = 20.0, 10.0


def start(
    state: State,
    music: BedPlaylist | None,
    now: float,
    *,
    place: int = 0,
    start_s: float = 0.0,
    cause: Cause = Cause.BUTTON,
) -> Step:
    """Start music from silence. Without music or a sound card, the screen says which is missing."""
    if state.no_sound or music is None:
        return replace(_says_why(state, now), choosing=None), ()
    state, dropped = questions.gone(state, now)
    state, session = _begun(volume.for_start(state, cause), music, now, cause, since=now)
    state, effects = play(state, replace(session, place=place % len(music.tracks)), now, start_s=start_s)
    return state, effects + dropped


def change_to(state: State, music: BedPlaylist | None, now: float) -> Step:
    """Change to another playlist: one session ends and the next begins without a gap."""
    before = state.playing
    if before is None or music is None:
        return start(state, music, now)
    ended = _ended(state, before, Cause.BUTTON, now)
    if not before.sounding:
        state, effects = start(replace(state, playing=None), music, now)
        return state, ended + effects
    state, session = _begun(state, music, now, Cause.BUTTON, since=before.since)
    # What leaves within its closing fade is quieter than the level: without a rise the new music would startle.
    state, effects = play(state, replace(session, sounding=True), now, rises=before.fading)
    return state, ended + effects


def skip(state: State, now: float) -> Step:
    """NEXT while music plays."""
    session = state.playing
    if session is None:
        return state, ()
    heard_s = 0.0 if session.sounded_at is None else max(0.0, now - max(session.track_zero_at, session.sounded_at))
    entry = TrackSkipped(
        session=session.session, playlist=session.music.slug, track=session.track.sha256, heard_s=round(heard_s, 1)
    )
    skipped = session.skipped | {session.place}
    state, effects = go_on(state, replace(session, skips=session.skips + 1, skipped=skipped, broken=frozenset()), now)
    return state, (*effects, Record(entry, state.stay))


def go_on(state: State, session: Session, now: float) -> Step:
    """The next track of the playlist that can be played, now; where none can: silence and a fault, not a loop."""
    place = session.following(session.place)
    if place is not None:
        return play(state, replace(session, place=place), now)
    state, effects = end(replace(state, playing=session), Cause.NO_MUSIC, now)
    is_dark = state.night and now - state.touched_at >= NO_SOUND_SHOWN_BY_NIGHT_S
    state = replace(state if is_dark else _says_why(state, now), resume=None)
    reason = because(Code.PLAYLIST_UNPLAYABLE, playlist=session.music.slug)
    state, fault = parts.lost(state, Part.MUSIC, reason, now)
    return state, effects + fault


def fade(state: State, now: float) -> Step:
    """The closing fade begins; a step that came late fades over what is left."""
    if state.playing is None:
        return state, ()
    left_s = max(RAMP_S, state.playing.ends_at - now)
    return replace(state, playing=replace(state.playing, fading=True)), (Fade(left_s),)


def end(state: State, cause: Cause, now: float) -> Step:
    """Silence. If a person stopped it, PLAY continues from there within 30 minutes."""
    session = state.playing
    if session is None:
        return state, ()
    resume = None
    if cause not in {Cause.COMPLETED, Cause.NO_MUSIC}:
        resume = Resume(session.music.slug, session.place, max(0.0, now - session.track_zero_at), now)
    ended = _ended(state, session, cause, now)
    state, dropped = questions.gone(replace(state, playing=None, resume=resume, overlay=None, choosing=None), now)
    if cause is Cause.BUTTON:
        state = replace(state, stopped_at=now)
    return questions.after(state, session, cause, now), (Silence(RAMP_S), *ended, *dropped)


def to_play(state: State, now: float) -> tuple[BedPlaylist | None, int, float]:
    """What PLAY plays: what was stopped less than 30 minutes ago, from there, else the chosen playlist from its
    beginning; with its place in the playlist and the seconds into the track."""
    resume = state.resume
    if resume is None or now >= resume.at + RESUME_WITHIN_S:
        return state.chosen_playlist, 0, 0.0
    known = (music for music in (*state.playlists, state.sleep_playlist) if music and music.slug == resume.slug)
    music = next(known, None)
    if music is None or resume.place >= len(music.tracks):
        return state.chosen_playlist, 0, 0.0
    whole = resume.position_s < music.tracks[resume.place].seconds
    return music, resume.place, resume.position_s if whole else 0.0


def by_the_rules(state: State, now: float) -> Step:
    """The bed's rules or tracks changed while music plays: end-of-life mode has no end, and a track that may not or
    cannot be played any more is skipped."""
    session = state.playing
    if session is None:
        return state, ()
    reasons = dict(state.unusable)
    never = state.rules.never_play | frozenset(reasons)
    barred = frozenset(place for place, track in enumerate(session.music.tracks) if track.sha256 in never)
    if barred == session.barred and session.endless is state.rules.vigil:
        return state, ()
    session = replace(_with_end(state, session, now), barred=barred)
    state = replace(state, playing=session)
    if session.place in barred:
        reason = reasons.get(session.track.sha256)
        told = () if reason is None else (failed(state, session, session.place, reason),)
        state, effects = go_on(state, session, now)
        return state, (*effects, *told)
    return cue(state, session, session.place) if session.cued else (state, ())


def failed(state: State, session: Session, place: int, reason: Reason) -> Record:
    """The entry of a track that cannot be played."""
    track, code, args = session.music.tracks[place], reason.code, dict(reason.args)
    entry = TrackFailed(playlist=session.music.slug, track=track.sha256, reason=reason.line, code=code, args=args)
    return Record(entry, state.stay)


def play(
    state: State,
    session: Session,
    now: float,
    *,
    start_s: float = 0.0,
    rises: bool = False,
    heard_dba: float | None = None,
) -> Step:
    """The track at the session's place, and the cue of the next. What sounds leaves for it; from silence it rises.

    `rises`: even though something sounds, because that is quieter than the level. `heard_dba`: it broke off in a moment
    of silence, and comes back as it was heard.
    """
    rise_s, back_dba = volume.coming_back(state, session, heard_dba)
    session = replace(
        session.with_track(session.place, state.plays + 1), track_zero_at=now - start_s, start_s=start_s, cued=None
    )
    effect = Play(
        session.play_id,
        session.track.sha256,
        start_s,
        state.level_dba,
        rise_s=rise_s if rises or not session.sounding else 0.0,
        crossfade_s=CROSSFADE_S if session.sounding else FROM_SILENCE_S,
        in_fade=session.fading,  # a track within the closing fade is as quiet as what it follows, and ends on time
        back_dba=back_dba,
    )
    state, cued = cue(replace(state, plays=state.plays + 1), session, session.place)
    return state, (effect, *cued)


def cue(state: State, session: Session, place: int) -> Step:
    """Names to the speaker what follows the track at `place`; nothing where no track of the playlist can be played."""
    following = session.following(place)
    if following is None:
        return replace(state, playing=replace(session, cued=None)), ()
    cued = Cued(state.plays + 1, following)
    state = replace(state, plays=cued.play_id, playing=replace(session, cued=cued))
    return state, (Cue(cued.play_id, session.music.tracks[following].sha256, session.crossfade_s),)


def _with_end(state: State, session: Session, now: float) -> Session:
    if state.rules.vigil and not session.fading:
        return replace(session, length_s=inf)
    if session.endless and not state.rules.vigil:
        length_s, fade_s = _lengths(state, session.music, now, now)
        return replace(session, length_s=now - session.began_at + length_s, fade_s=fade_s, since=now)
    return session


def _says_why(state: State, now: float) -> State:
    """Why nothing can be heard: no sound card, or no music."""
    scene = Scene.NO_SOUND if state.no_sound else Scene.NO_MUSIC
    shown_s = NO_SOUND_SHOWN_BY_NIGHT_S if state.night else NO_SOUND_SHOWN_S
    return replace(state, overlay=Overlay(scene, now + shown_s))


def _begun(state: State, music: BedPlaylist, now: float, cause: Cause, *, since: float) -> tuple[State, Session]:
    """A new session, told when its first sample is heard. `since`: when it was silent last."""
    length_s, fade_s = _lengths(state, music, now, since)
    session = Session(
        session=f"{state.boot}-{state.sessions + 1}",
        music=music,
        place=0,
        play_id=0,
        began_at=now,
        length_s=length_s,
        fade_s=fade_s,
        track_zero_at=now,
        since=since,
        cause=cause,
    )
    overlay = state.overlay if state.overlay and state.overlay.scene is Scene.NEXT else None
    return replace(state, sessions=state.sessions + 1, resume=None, overlay=overlay, choosing=None), session


def _ended(state: State, session: Session, cause: Cause, now: float) -> tuple[Effect, ...]:
    if session.sounded_at is None:
        return ()  # nothing was heard: no session to record
    loudness = session.loudness
    entry = SessionEnded(
        session=session.session,
        playlist=session.music.slug,
        heard_s=round(session.heard_s(now), 1),
        level_dba=state.level_dba,
        skips=session.skips,
        cause=cause,
        mean_dba=round(loudness.mean_dba, 1) if loudness else None,
        max_dba=round(loudness.max_dba, 1) if loudness else None,
    )
    return (Record(entry, state.stay),)


def _lengths(state: State, music: BedPlaylist, now: float, since: float) -> tuple[float, float]:
    """Seconds that a session lasts which begins now, and how many of them fade. The ward's rules come with the
    assignment; whatever they say, nothing plays for hours."""
    rules = state.rules
    if rules.vigil:
        return inf, COMFORT_FADE_S
    wanted_s, fade_s = (rules.sleep_s, SLEEP_FADE_S) if music.is_sleep else (rules.comfort_s, COMFORT_FADE_S)
    allowed_s = min(since + MOST_S - now, MOST_BY_NIGHT_S if state.night else MOST_S)
    length_s = max(RAMP_S, min(wanted_s, allowed_s))
    return length_s, min(fade_s, length_s)
