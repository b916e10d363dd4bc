"""What the ward is told of the moment: a reading of the state and the time. Pure."""

from datetime import datetime

from device.rules.state import Shown, State
from messages import Now, Playing, Screen, pack


def now_message(state: State, now: float, *, number: int, at: datetime) -> Now:
    """The `now` message at monotonic time `now`, UTC `at`."""
    session = state.playing
    if session is None:
        return Now(
            boot=state.boot,
            number=number,
            at=at,
            playing=Playing.SILENT,
            level_dba=state.level_dba,
            cap_dba=state.cap_dba,
            assignment_version=state.version,
        )
    return Now(
        boot=state.boot,
        number=number,
        at=at,
        playing=Playing.FADING if session.fading else Playing.PLAYING,
        level_dba=state.level_dba,
        cap_dba=state.cap_dba,
        session=session.session,
        playlist=session.music.slug,
        track=session.track.sha256,
        place=session.place + 1,
        tracks=len(session.music.tracks),
        left_s=0.0 if session.endless else max(0.0, round(session.ends_at - now, 1)),
        length_s=0.0 if session.endless else session.length_s,
        assignment_version=state.version,
    )


def screen_message(state: State, shown: Shown, *, number: int, at: datetime) -> Screen:
    """The `screen` message at UTC `at`."""
    return Screen(
        boot=state.boot,
        number=number,
        at=at,
        showing=shown.showing,
        light=shown.light,
        frame=pack(shown.frame) if shown.frame else "",
        words=shown.words,
    )


def gist(state: State) -> tuple[object, ...]:
    """What of the status is worth telling at once; time left is not, the ward counts by itself."""
    session = state.playing
    playing = session and (session.session, session.fading, session.endless, session.place, session.sounded_at is None)
    return (playing, state.level_dba, state.cap_dba, state.version)
