"""The rules of a session: how music starts, goes over to other music and ends. Pure, a part of the controller."""

from dataclasses import replace

from device import levels, plays
from device.effects import Effect, Fade, Record, Silence, Step
from device.events import BedSet
from device.plays import RAMP_S
from device.state import RESUME_WITHIN_S, Limits, Overlay, Resume, Session, State
from device.view import Scene
from messages import Cause, Fault, Part, PieceSkipped, SessionEnded

COMFORT_FADE_S = 60.0
SLEEP_FADE_S = 600.0
NO_SOUND_SHOWN_S = 20.0


def start(state: State, music: BedSet | None, now: float, *, place: int = 0, start_s: float = 0.0) -> Step:
    """A press starts music from silence. Where there is none, or no sound card, the screen says so."""
    if state.no_sound or music is None:
        return replace(state, overlay=Overlay(Scene.NO_SOUND, now + NO_SOUND_SHOWN_S), choosing=None), ()
    state, session = _begun(levels.for_start(state), music, now)
    return plays.play(state, replace(session, place=place % len(music.pieces)), now, start_s=start_s)


def change_to(state: State, music: BedSet | None, now: float) -> Step:
    """Another set takes over: one session ends, the next begins, without silence between."""
    before = state.playing
    if before is None or music is None:
        return start(state, music, now)
    ended = _ended(state, before, Cause.BUTTON, now)
    if not before.sounding:
        state, effects = start(replace(state, playing=None), music, now)
        return state, ended + effects
    state, session = _begun(state, music, now)
    # What leaves within its closing fade is quieter than the level: without a rise the new music would startle.
    state, effects = plays.play(state, replace(session, sounding=True), now, rises=before.fading)
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
    state, effects = go_on(state, replace(session, skips=session.skips + 1, broken=frozenset()), now)
    return state, (*effects, Record(entry, state.stay))


def go_on(state: State, session: Session, now: float) -> Step:
    """The next piece of the set that can be played, now; where none can: silence and a fault, not a loop."""
    place = plays.next_place(session, session.place)
    if place is not None:
        return plays.play(state, replace(session, place=place), now)
    state, effects = end(replace(state, playing=session), Cause.NO_MUSIC, now)
    state = replace(state, overlay=Overlay(Scene.NO_SOUND, now + NO_SOUND_SHOWN_S), resume=None)
    fault = Fault(part=Part.MUSIC, reason=f"no piece of {session.music.slug} plays: send its pieces to the box again")
    return state, (*effects, Record(fault, state.stay))


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


def resume_place(state: State, music: BedSet | None, now: float) -> tuple[int, float]:
    """Where PLAY goes on: place in the set and seconds into the piece."""
    resume = state.resume
    if resume is None or music is None or resume.slug != music.slug or now - resume.at >= RESUME_WITHIN_S:
        return 0, 0.0
    if resume.place >= len(music.pieces):
        return 0, 0.0
    whole = resume.position_s < music.pieces[resume.place].seconds
    return resume.place, resume.position_s if whole else 0.0


def _begun(state: State, music: BedSet, now: float) -> tuple[State, Session]:
    """A new session, told when its first sample is heard."""
    length_s, fade_s = _lengths(state, music)
    session = Session(
        session=f"{state.boot}-{state.sessions + 1}",
        music=music,
        place=0,
        play_id=state.plays,
        began_at=now,
        length_s=length_s,
        fade_s=fade_s,
        piece_zero_at=now,
    )
    overlay = state.overlay if state.overlay and state.overlay.scene is Scene.NEXT else None
    return replace(state, sessions=state.sessions + 1, resume=None, overlay=overlay, choosing=None), session


def _ended(state: State, session: Session, cause: Cause, now: float) -> tuple[Effect, ...]:
    if session.sounded_at is None:
        return ()  # nothing was heard: no session to tell of
    loudness = session.loudness
    entry = SessionEnded(
        session=session.session,
        set=session.music.slug,
        heard_s=round(session.heard_s(now), 1),
        level_dba=state.level_dba,
        skips=session.skips,
        cause=cause,
        mean_dba=round(loudness.mean_dba, 1) if loudness else None,
        max_dba=round(loudness.max_dba, 1) if loudness else None,
    )
    return (Record(entry, state.stay),)


def _lengths(state: State, music: BedSet) -> tuple[float, float]:
    """Seconds that a session lasts, and how many of them fade. The ward's rules come with the assignment."""
    rules: Limits = state.limits
    given = state.assigned
    if music.is_sleep:
        return (given.sleep_s if given else rules.sleep_s), SLEEP_FADE_S
    return (given.comfort_s if given else rules.comfort_s), COMFORT_FADE_S
