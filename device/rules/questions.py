"""The rules of the questions: one before a session and one after it at most, by day, where staff switched them on.

Music never waits for one. The knob answers, its push sends, and saying nothing is an answer of its own. Pure.
"""

from dataclasses import replace

from device.rules.effects import Effect, Record, Step
from device.rules.session import Session
from device.rules.state import Asked, Asking, Overlay, State
from device.rules.view import Scene
from messages import Answered, Cause, Change, Moment, Outcome, Question

ANSWER_WITHIN_S = 20.0
THANKS_SHOWN_S = 3.0
PAUSE_S = 30 * 60.0  # as long as PLAY goes on from where it stopped: that is no new session to a patient
LEAST_HEARD_S = 5 * 60.0  # less music than this changed nothing that could be asked for
HIGHEST_SCORE = 10
CHANGES = (Change.BETTER, Change.SAME, Change.WORSE)  # as the screen shows them from left to right
MIDDLE = CHANGES.index(Change.SAME)


def before(state: State, now: float) -> State:
    """A session was begun by a press: the question before it, if it is time for one."""
    question, session = state.rules.ask_before, state.playing
    if question is None or session is None or not _may_ask(state, state.asked.before_at, now):
        return state
    asked = replace(state.asked, before_at=now)
    return _ask(replace(state, asked=asked), question, Moment.BEFORE, session.session, now)


def after(state: State, session: Session, cause: Cause, now: float) -> State:
    """A session is over, by itself or by the patient: the question after it, if it was long enough."""
    question = state.rules.ask_after
    is_own = cause in {Cause.COMPLETED, Cause.BUTTON} and not session.endless
    if question is None or not is_own or session.heard_s(now) < LEAST_HEARD_S:
        return state
    if not _may_ask(state, state.asked.after_at, now):
        return state
    return _ask(replace(state, asked=replace(state.asked, after_at=now)), question, Moment.AFTER, session.session, now)


def is_about_last_night(state: State) -> bool:
    """Whether this press is the first one of a day on which to ask how the night was."""
    wall = state.wall
    if wall is None or not state.rules.ask_sleep or state.night or state.rules.vigil:
        return False
    return state.asked.sleep_day != wall.day


def about_last_night(state: State, now: float) -> State:
    """It takes the place of every other question of the press; ask it once the press is done."""
    day = None if state.wall is None else state.wall.day
    return replace(state, asked=Asked(before_at=now, after_at=now, sleep_day=day))


def ask_about_last_night(state: State, now: float) -> Step:
    """How the night was, 0 to 10; what still stood on the screen goes."""
    state, dropped = gone(state, now)
    session = state.playing.session if state.playing else None
    return _ask(state, Question.SLEEP, Moment.BEFORE, session, now), dropped


def turned(state: State, detents: int, now: float) -> Step:
    """The knob answers: its first detent, in either direction, is the first answer (0 or the same); then it counts."""
    asking = state.asking
    if asking is None or detents == 0:
        return state, ()
    is_change = asking.question is Question.CHANGE
    most = len(CHANGES) - 1 if is_change else HIGHEST_SCORE
    if asking.stands is None:
        stands = MIDDLE if is_change else 0
        detents -= 1 if detents > 0 else -1
    else:
        stands = asking.stands
    stands = min(most, max(0, stands + detents))
    asking = replace(asking, stands=stands, until=now + ANSWER_WITHIN_S)
    return replace(state, asking=asking, overlay=None), ()


def pushed(state: State, now: float) -> Step:
    """A push sends the answer, and is thanked; without one it declines the question."""
    asking = state.asking
    if asking is None:
        return state, ()
    if asking.stands is None:
        return _over(state, asking, Outcome.DECLINED, now)
    state, effects = _over(state, asking, Outcome.ANSWERED, now)
    return replace(state, overlay=Overlay(Scene.THANKS, now + THANKS_SHOWN_S)), effects


def gone(state: State, now: float) -> Step:
    """The question goes away, by its time or by something that matters more."""
    return (state, ()) if state.asking is None else _over(state, state.asking, Outcome.NOT_ANSWERED, now)


def _may_ask(state: State, last_at: float | None, now: float) -> bool:
    is_pause = last_at is not None and now - last_at < PAUSE_S
    return not (state.night or state.rules.vigil or state.nurse_call or state.asking or is_pause)


def _ask(state: State, question: Question, moment: Moment, session: str | None, now: float) -> State:
    return replace(state, choosing=None, asking=Asking(question, moment, session, now, now + ANSWER_WITHIN_S))


def _over(state: State, asking: Asking, outcome: Outcome, now: float) -> Step:
    is_change, stands = asking.question is Question.CHANGE, asking.stands
    known = stands if outcome is Outcome.ANSWERED else None
    entry = Answered(
        question=asking.question,
        moment=asking.moment,
        outcome=outcome,
        score=None if is_change else known,
        change=CHANGES[known] if is_change and known is not None else None,
        session=asking.session,
        took_s=round(max(0.0, now - asking.asked_at), 1),
    )
    effects: tuple[Effect, ...] = (Record(entry, state.stay),)
    return replace(state, asking=None), effects
