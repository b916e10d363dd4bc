"""Time as moves: whatever runs may run out next, in any order, however long it really is."""

from collections.abc import Callable
from dataclasses import replace

from device.rules.cleaning import HELD_S
from device.rules.events import Tick
from device.rules.playback import MOST_S, RESUME_WITHIN_S
from device.rules.questions import LEAST_HEARD_S, PAUSE_S
from device.rules.reminders import QUIET_AFTER_STOP_S
from device.rules.session import Session
from device.rules.speaker_events import DEATHS_WITHIN_S
from device.rules.state import State
from tests.rules.walk.beds import NOW
from tests.rules.walk.moves import Move
from tests.rules.walk.settled import NEARLY_S


def _runs_out(name: str, due: Callable[[State], State | None]) -> Move:
    def happens(state: State) -> tuple[State, Tick] | None:
        moved = due(state)
        return None if moved is None else (moved, Tick())

    return Move(name, happens)


def _of_session(due: Callable[[Session], Session | None]) -> Callable[[State], State | None]:
    def moved(state: State) -> State | None:
        session = due(state.playing) if state.playing else None
        return replace(state, playing=session) if session else None

    return moved


def _fades(session: Session) -> Session | None:
    return replace(session, began_at=NOW - session.length_s + session.fade_s) if _has_end(session) else None


def _has_end(session: Session) -> bool:
    return not (session.fading or session.endless)


def _overslept(session: Session) -> Session | None:
    return replace(session, began_at=NOW - session.length_s) if _has_end(session) else None


def _ends(session: Session) -> Session | None:
    return replace(session, began_at=NOW - session.length_s) if session.fading else None


def _is_late(session: Session) -> Session | None:
    return replace(session, cue_due_at=NOW) if session.cue_due_at is not None else None


def _is_online(session: Session) -> Session | None:
    return replace(session, sounded_at=NOW - LEAST_HEARD_S) if session.sounded_at is not None else None


def _plays_long(session: Session) -> Session | None:
    """As long as its end allows: only a vigil plays longer."""
    return replace(session, since=NOW - (MOST_S if session.endless else MOST_S - NEARLY_S))


def _death_is_long_ago(session: Session) -> Session | None:
    death = session.death
    return replace(session, death=replace(death, at=NOW - DEATHS_WITHIN_S - 1.0)) if death else None


def _overlay(state: State) -> State | None:
    return replace(state, overlay=replace(state.overlay, until=NOW)) if state.overlay else None


def _choosing(state: State) -> State | None:
    return replace(state, choosing=replace(state.choosing, rests_at=NOW)) if state.choosing else None


def _asking(state: State) -> State | None:
    return replace(state, asking=replace(state.asking, until=NOW)) if state.asking else None


def _resume(state: State) -> State | None:
    return replace(state, resume=replace(state.resume, at=NOW - RESUME_WITHIN_S)) if state.resume else None


def _reminding(state: State) -> State | None:
    return replace(state, reminding_until=NOW) if state.reminding_until is not None else None


def _cleaning(state: State) -> State | None:
    return replace(state, cleaning_until=NOW) if state.cleaning_until is not None else None


def _chord(state: State) -> State | None:
    return replace(state, chord_at=NOW - HELD_S) if state.chord_at is not None else None


def _stop_is_long_ago(state: State) -> State | None:
    return replace(state, stopped_at=NOW - QUIET_AFTER_STOP_S) if state.stopped_at is not None else None


def _questions_are_long_ago(state: State) -> State | None:
    asked = state.asked
    if asked.before_at is None and asked.after_at is None:
        return None
    before_at, after_at = (None if at is None else NOW - PAUSE_S for at in (asked.before_at, asked.after_at))
    return replace(state, asked=replace(asked, before_at=before_at, after_at=after_at))


FADES = _runs_out("it is time to fade", _of_session(_fades))
OVERSLEPT = _runs_out("the box wakes after the session's end", _of_session(_overslept))
ENDS = _runs_out("the session's time is over", _of_session(_ends))
CUE_LATE = _runs_out("the cued track is late", _of_session(_is_late))
SHOWN = _runs_out("what the screen shows goes home", _overlay)
RESTS = _runs_out("CHOOSE rests", _choosing)
UNANSWERED = _runs_out("nobody answers the question", _asking)
FORGETS = _runs_out("half an hour since the stop", _resume)
UNINVITED = _runs_out("nobody takes the reminder", _reminding)
CLEAN = _runs_out("the cleaning is over", _cleaning)
CHORD_HELD = _runs_out("PLAY and NEXT are held for five seconds", _chord)
HEARD = _runs_out("five minutes are heard", _of_session(_is_online))
HOURS = _runs_out("two hours are nearly over, or long over in a vigil", _of_session(_plays_long))
SURVIVED = _runs_out("half a minute since the player died", _of_session(_death_is_long_ago))
HOUR = _runs_out("an hour since the stop", _stop_is_long_ago)
PAUSE = _runs_out("half an hour since the questions", _questions_are_long_ago)

SESSION_TIMERS = (FADES, OVERSLEPT, ENDS, CUE_LATE)
HAND_TIMERS = (SHOWN, RESTS, FORGETS)
ALL = (
    *(*SESSION_TIMERS, *HAND_TIMERS, UNANSWERED, UNINVITED, CLEAN, CHORD_HELD),
    *(HEARD, HOURS, SURVIVED, HOUR, PAUSE),
)
