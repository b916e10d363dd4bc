"""The rules of a session: how music starts, goes on and ends. Pure, a part of the controller."""

from dataclasses import replace

from device.effects import Effect, Fade, Play, Record, Silence
from device.events import BedSet
from device.state import RESUME_WITHIN_S, Limits, Overlay, Resume, Session, State
from device.view import Scene
from messages import (
    Cause,
    Fault,
    Part,
    PieceFailed,
    PieceSkipped,
    PieceStarted,
    SessionEnded,
    SessionStarted,
)

Step = tuple[State, tuple[Effect, ...]]

RISE_S = 5.0  # a start stands 20 dB under its level and rises over this (design section 5)
RAMP_S = 0.15  # a stop: reaction and ramp together stay under 300 ms
COMFORT_FADE_S = 60.0
SLEEP_FADE_S = 600.0
NO_SOUND_SHOWN_S = 20.0


def start(state: State, music: BedSet | None, now: float, *, place: int = 0, start_s: float = 0.0) -> Step:
    """A press starts music. Where there is none, or no sound card, the screen says so."""
    if state.no_sound or music is None:
        return replace(state, overlay=Overlay(Scene.NO_SOUND, now + NO_SOUND_SHOWN_S), choosing=None), ()
    length_s, fade_s = _lengths(state, music)
    session = Session(
        session=f"{state.boot}-{state.sessions + 1}",
        music=music,
        place=place % len(music.pieces),
        play_id=state.plays,
        began_at=now,
        length_s=length_s,
        fade_s=fade_s,
        piece_zero_at=now,
    )
    overlay = state.overlay if state.overlay and state.overlay.scene is Scene.NEXT else None
    state = replace(state, playing=session, sessions=state.sessions + 1, resume=None, overlay=overlay, choosing=None)
    return _play(state, session, start_s, now)


def change_to(state: State, music: BedSet | None, now: float) -> Step:
    """Another set takes over: one session ends, the next begins, without silence between."""
    if state.playing is None or music is None:
        return start(state, music, now)
    ended = _ended(state, state.playing, Cause.BUTTON, now)
    state, effects = start(replace(state, playing=None), music, now)
    return state, ended + effects


def skip(state: State, now: float) -> Step:
    """NEXT while music plays."""
    session = state.playing
    if session is None:
        return state, ()
    heard_s = 0.0 if session.sounded_at is None else max(0.0, now - max(session.piece_zero_at, session.sounded_at))
    entry = PieceSkipped(
        session=session.session, set=session.music.slug, piece=session.piece.sha256, heard_s=round(heard_s, 1)
    )
    state, effects = _go_on(state, replace(session, skips=session.skips + 1, broken=0), now)
    return state, (*effects, Record(entry, state.stay))


def fade(state: State, now: float) -> Step:
    """The closing fade begins; a step that came late fades over what is left."""
    if state.playing is None:
        return state, ()
    left_s = max(RAMP_S, state.playing.ends_at - now)
    return replace(state, playing=replace(state.playing, fading=True)), (Fade(left_s),)


def end(state: State, cause: Cause, now: float) -> Step:
    """Silence. Where the patient stopped it, PLAY goes on from there within 30 minutes."""
    session = state.playing
    if session is None:
        return state, ()
    resume = None
    if cause in {Cause.BUTTON, Cause.WARD, Cause.NO_SOUND}:
        resume = Resume(session.music.slug, session.place, max(0.0, now - session.piece_zero_at), now)
    ended = _ended(state, session, cause, now)
    return replace(state, playing=None, resume=resume, overlay=None, choosing=None), (Silence(RAMP_S), *ended)


def on_began(state: State, play_id: int, now: float) -> Step:
    """First sample of a piece. The first of a session is when the session is told."""
    session = state.playing
    if session is None or session.play_id != play_id:
        return state, ()
    session = replace(session, piece_zero_at=now - session.start_s)  # the press came a moment before the sound
    effects: tuple[Effect, ...] = ()
    if session.sounded_at is None:
        began = SessionStarted(
            session=session.session, set=session.music.slug, level_dba=state.level_dba, cause=Cause.BUTTON
        )
        effects = (Record(began, state.stay),)
        session = replace(session, sounded_at=now)
    piece = PieceStarted(
        session=session.session, set=session.music.slug, piece=session.piece.sha256, start_s=round(session.start_s, 1)
    )
    state = replace(state, playing=replace(session, broken=0))
    return state, (*effects, Record(piece, state.stay))


def on_ended(state: State, play_id: int, faded: bool, now: float) -> Step:
    """Last sample of a piece: the next one follows, or the fade has ended the session. A stale end changes nothing."""
    session = state.playing
    if session is None or session.play_id != play_id:
        return state, ()
    return end(state, Cause.COMPLETED, now) if faded else _go_on(state, session, now)


def on_broke(state: State, play_id: int, reason: str, now: float) -> Step:
    """A piece cannot be played: an entry says so, the next one plays; when none of the set can: silence and a fault."""
    session = state.playing
    if session is None or session.play_id != play_id:
        return state, ()
    failed = Record(PieceFailed(set=session.music.slug, piece=session.piece.sha256, reason=reason[:200]), state.stay)
    session = replace(session, broken=session.broken + 1)
    if session.broken < len(session.music.pieces):
        state, effects = _go_on(state, session, now)
        return state, (*effects, failed)
    state, effects = end(state, Cause.NO_MUSIC, now)
    state = replace(state, overlay=Overlay(Scene.NO_SOUND, now + NO_SOUND_SHOWN_S), resume=None)
    fault = Fault(part=Part.MUSIC, reason=f"no piece of {session.music.slug} plays: send its pieces to the box again")
    return state, (*effects, failed, Record(fault, state.stay))


def resume_place(state: State, music: BedSet | None, now: float) -> tuple[int, float]:
    """Where PLAY goes on: place in the set and seconds into the piece."""
    resume = state.resume
    if resume is None or music is None or resume.slug != music.slug or now - resume.at >= RESUME_WITHIN_S:
        return 0, 0.0
    if resume.place >= len(music.pieces):
        return 0, 0.0
    whole = resume.position_s < music.pieces[resume.place].seconds
    return resume.place, resume.position_s if whole else 0.0


def _go_on(state: State, session: Session, now: float) -> Step:
    """The next piece of the set, from its start; after the last one the first again."""
    session = replace(session, place=(session.place + 1) % len(session.music.pieces))
    return _play(state, session, 0.0, now)


def _play(state: State, session: Session, start_s: float, now: float) -> Step:
    session = replace(session, play_id=state.plays + 1, piece_zero_at=now - start_s, start_s=start_s)
    state = replace(state, plays=state.plays + 1, playing=session)
    play = Play(session.play_id, session.piece.sha256, start_s, state.level_dba, RISE_S)
    if session.fading:  # a new piece within the closing fade: it still ends on time
        return state, (play, Fade(max(RAMP_S, session.ends_at - now)))
    return state, (play,)


def _ended(state: State, session: Session, cause: Cause, now: float) -> tuple[Effect, ...]:
    if session.sounded_at is None:
        return ()  # nothing was heard: no session to tell of
    entry = SessionEnded(
        session=session.session,
        set=session.music.slug,
        heard_s=round(session.heard_s(now), 1),
        level_dba=state.level_dba,
        skips=session.skips,
        cause=cause,
    )
    return (Record(entry, state.stay),)


def _lengths(state: State, music: BedSet) -> tuple[float, float]:
    """Seconds that a session lasts, and how many of them fade. The ward's rules come with the assignment."""
    rules: Limits = state.limits
    given = state.assigned
    if music.is_sleep:
        return (given.sleep_s if given else rules.sleep_s), SLEEP_FADE_S
    return (given.comfort_s if given else rules.comfort_s), COMFORT_FADE_S
