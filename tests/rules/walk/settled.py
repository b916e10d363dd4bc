"""The abstraction: many states that no rule tells apart become one. Two states with one key have one settled form.

A time becomes "it still runs" at a distance of its own, a time past becomes "lately" or "long ago"; numbers that are
only compared with themselves (plays, sessions, versions) become fixed ones.
"""

from dataclasses import replace
from math import inf

from device.rules import hours, questions
from device.rules.assignments import ON_ITS_WAY_SHOWN_S
from device.rules.cleaning import CHORD, HELD_S, LASTS_S
from device.rules.commands import HERE_SHOWN_S
from device.rules.events import NO_RULES, Assigned, Button, Wall
from device.rules.playback import COMFORT_FADE_S, MOST_S, NO_SOUND_SHOWN_BY_NIGHT_S, NO_SOUND_SHOWN_S, SLEEP_FADE_S
from device.rules.playlist_choice import REST_S
from device.rules.reminders import QUIET_AFTER_STOP_S, REMINDS_S
from device.rules.session import Cued, Death, Session
from device.rules.speaker_events import CUE_LATE_S, DEATHS_WITHIN_S
from device.rules.state import Asked, Asking, Choosing, Overlay, Resume, State
from device.rules.step import NEXT_SHOWN_S, TIME_LEFT_SHOWN_S
from device.rules.view import Scene
from device.rules.volume import VOLUME_SHOWN_BY_NIGHT_S, VOLUME_SHOWN_S
from tests.rules.walk.beds import LATE, NOON, NOW, VERSION

CURRENT, CUED, STALE = 1, 2, 0  # play ids
SESSION = "b-0"
GONE_S = 0.5  # of every time that runs so much has passed: one that begins again is told from one that runs on
LATELY_S, LONG_AGO_S = 10.0, 1e5
FADES_IN_S, ENDS_IN_S = 700.0, 30.0
NEARLY_S = 30.0  # before the end of the two hours after which nothing plays
SHOWN_S = {
    Scene.NEXT: NEXT_SHOWN_S,
    Scene.TIME_LEFT: TIME_LEFT_SHOWN_S,
    Scene.HERE: HERE_SHOWN_S,
    Scene.THANKS: questions.THANKS_SHOWN_S,
    Scene.ON_ITS_WAY: ON_ITS_WAY_SHOWN_S,
}

Key = tuple[object, ...]


def key(state: State, *, hands: bool = False) -> Key:
    """What is told apart, quick to compare. `hands`: whether buttons stay down; else each is let go at once."""
    overlay, choosing, asking, wall, given = state.overlay, state.choosing, state.asking, state.wall, state.assigned
    return (
        state.level_dba,
        state.night,
        state.held,
        (given.digest, bool(given.playlists)) if given else None,
        (state.chosen, state.chosen_tonight),
        _session_key(state.playing) if state.playing else None,
        (state.resume.slug, state.resume.place) if state.resume else None,
        _is_lately(state.stopped_at, QUIET_AFTER_STOP_S),
        (overlay.scene, overlay.wall) if overlay else None,
        choosing.place if choosing else None,
        (asking.question, asking.moment, asking.stands) if asking else None,
        _asked_key(state.asked),
        state.reminding_until is not None,
        state.cleaning_until is not None,
        (state.down & CHORD, _chord_age_s(state) if state.chord_at is not None else None) if hands else None,
        state.nurse_call,
        frozenset(part for part, _ in state.faults) if state.faults else None,
        state.stuck,
        (wall.day, hours.is_night(wall, NO_RULES)) if wall else None,
        state.seen_until is None,
    )


def settled(state: State, *, hands: bool = False) -> State:
    """The one state that stands for all with this key."""
    return replace(
        state,
        assigned=_settled_assigned(state.assigned),
        version=VERSION,
        playing=_settled_session(state.playing) if state.playing else None,
        resume=Resume(state.resume.slug, state.resume.place, LATELY_S, NOW - LATELY_S) if state.resume else None,
        stopped_at=_past(state.stopped_at, QUIET_AFTER_STOP_S),
        overlay=_settled_overlay(state.overlay, night=state.night) if state.overlay else None,
        choosing=Choosing(state.choosing.place, NOW + REST_S - GONE_S) if state.choosing else None,
        asking=_settled_asking(state.asking) if state.asking else None,
        asked=_settled_asked(state.asked),
        reminding_until=None if state.reminding_until is None else NOW + REMINDS_S - GONE_S,
        cleaning_until=None if state.cleaning_until is None else NOW + LASTS_S - GONE_S,
        down=state.down & CHORD if hands else frozenset[Button](),
        chord_at=None if not hands or state.chord_at is None else NOW - _chord_age_s(state),
        faults=tuple(sorted((part, NOW - LATELY_S) for part, _ in state.faults)),
        plays=CUED,
        sessions=0,
        touched_at=NOW - LONG_AGO_S,
        refused="",
        link_up=False,
        wall=_settled_wall(state.wall) if state.wall else None,
        seen_until=None if state.seen_until is None or state.wall is None else _before_all_times(state.wall),
        sound_ready=True,
    )


def _session_key(session: Session) -> Key:
    death = session.death
    return (
        session.music.slug,
        tuple([track.sha256 for track in session.music.tracks]),
        session.place,
        session.cued.place if session.cued else None,
        session.cause,
        session.endless,
        session.fading,
        session.sounding,
        session.cue_due_at is not None,
        session.sounded_at is not None,
        session.heard_s(NOW) >= questions.LEAST_HEARD_S,
        _since_s(session),
        (session.skipped, session.broken, session.barred),
        death.place if death and NOW - death.at <= DEATHS_WITHIN_S else None,
    )


def _settled_session(session: Session) -> Session:
    fade_s = SLEEP_FADE_S if session.music.is_sleep else COMFORT_FADE_S
    length_s = LATELY_S + (ENDS_IN_S if session.fading else FADES_IN_S + fade_s)
    death = session.death
    return Session(
        session=SESSION,
        music=session.music,
        place=session.place,
        play_id=CURRENT,
        began_at=NOW - LATELY_S,
        length_s=inf if session.endless else length_s,
        fade_s=fade_s,
        track_zero_at=NOW - LATELY_S,
        since=NOW - _since_s(session),
        cause=session.cause,
        sounded_at=_settled_sounded_at(session),
        fading=session.fading,
        skipped=session.skipped,
        broken=session.broken,
        barred=session.barred,
        sounding=session.sounding,
        cued=Cued(CUED, session.cued.place) if session.cued else None,
        cue_due_at=None if session.cue_due_at is None else NOW + CUE_LATE_S - GONE_S,
        death=Death(death.place, NOW - LATELY_S) if death and NOW - death.at <= DEATHS_WITHIN_S else None,
    )


def _since_s(session: Session) -> float:
    """How long music has played without silence: not long, nearly as long as allowed, or longer."""
    played_s = NOW - session.since
    return LATELY_S if played_s < MOST_S - NEARLY_S else MOST_S if played_s >= MOST_S else MOST_S - NEARLY_S


def _chord_age_s(state: State) -> float:
    """How long PLAY and NEXT have been down together: just now, or long enough."""
    return HELD_S if state.chord_at is not None and NOW - state.chord_at >= HELD_S else GONE_S


def _settled_sounded_at(session: Session) -> float | None:
    if session.sounded_at is None:
        return None
    return NOW - (questions.LEAST_HEARD_S if session.heard_s(NOW) >= questions.LEAST_HEARD_S else LATELY_S)


def _settled_overlay(overlay: Overlay, *, night: bool) -> Overlay:
    shown_s = SHOWN_S.get(overlay.scene)
    if overlay.scene is Scene.VOLUME:
        shown_s = VOLUME_SHOWN_BY_NIGHT_S if night else VOLUME_SHOWN_S
    if overlay.scene in {Scene.NO_SOUND, Scene.NO_MUSIC}:
        shown_s = NO_SOUND_SHOWN_BY_NIGHT_S if night else NO_SOUND_SHOWN_S
    assert shown_s is not None, f"how long is {overlay.scene} shown?"
    return Overlay(overlay.scene, NOW + shown_s - GONE_S, overlay.wall)


def _settled_asking(asking: Asking) -> Asking:
    until = NOW + questions.ANSWER_WITHIN_S - GONE_S
    return Asking(asking.question, asking.moment, SESSION, NOW - LATELY_S, until, asking.stands)


def _asked_key(asked: Asked) -> Key:
    before, after = (_is_lately(at, questions.PAUSE_S) for at in (asked.before_at, asked.after_at))
    return before, after, asked.sleep_day


def _settled_asked(asked: Asked) -> Asked:
    return Asked(_past(asked.before_at, questions.PAUSE_S), _past(asked.after_at, questions.PAUSE_S), asked.sleep_day)


_ASSIGNED: dict[tuple[str, bool], Assigned] = {}


def _settled_assigned(given: Assigned | None) -> Assigned | None:
    """One object for each: what is the same object is quick to compare."""
    if given is None:
        return None
    return _ASSIGNED.setdefault((given.digest, bool(given.playlists)), replace(given, version=VERSION))


def _settled_wall(wall: Wall) -> Wall:
    """Day or night of its day: which minute it is, is past as soon as the clock was read."""
    minute = LATE if hours.is_night(wall, NO_RULES) else NOON
    return Wall(wall.day, minute, wall.utc_s + (minute - wall.minute) * 60.0)


def _before_all_times(wall: Wall) -> int:
    """So that each time of the day can have its turn, again and again."""
    return hours.moment(wall) - hours.DAY


def _is_lately(at: float | None, within_s: float) -> bool:
    return at is not None and NOW - at < within_s


def _past(at: float | None, within_s: float) -> float | None:
    return NOW - LATELY_S if _is_lately(at, within_s) else None
