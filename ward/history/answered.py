"""The answers of a stay: pairs of before and after, questions without an answer, and the three-way answers. Pure.

It only counts: it never claims that music helped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from messages import Change, Moment, Outcome, Question
from ward.plots.days import Hours
from ward.usage.models import Answer
from ward.usage.questions import said

PAIRS_FEWEST = 5  # a median of fewer would mean nothing (evidence section 2)


@dataclass(frozen=True, slots=True)
class Asked:
    """One session in which a question was asked. `before` and `after`: a score, a word for the outcome, or empty if not
    asked."""

    at: datetime
    before: int | str
    after: int | str

    @property
    def pair(self) -> tuple[int, int] | None:
        """Both scores; None unless both were answered."""
        both = isinstance(self.before, int) and isinstance(self.after, int)
        return (int(self.before), int(self.after)) if both else None


@dataclass(frozen=True, slots=True)
class Scores:
    """A question answered from 0 to 10, asked before and after sessions."""

    question: str
    asked: Sequence[Asked]
    not_answered: int
    declined: int

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Before and after of each session that has both."""
        return [one.pair for one in self.asked if one.pair is not None]

    @property
    def medians(self) -> tuple[float, float] | None:
        """Median before and after; None if there are too few pairs."""
        pairs = self.pairs
        if len(pairs) < PAIRS_FEWEST:
            return None
        return median(before for before, _ in pairs), median(after for _, after in pairs)

    @property
    def lower(self) -> int:
        """Number of pairs that went down."""
        return sum(after < before for before, after in self.pairs)

    @property
    def same(self) -> int:
        """Number of pairs that did not change."""
        return sum(after == before for before, after in self.pairs)

    @property
    def higher(self) -> int:
        """Number of pairs that went up."""
        return sum(after > before for before, after in self.pairs)

    @property
    def alone(self) -> int:
        """Number of sessions with only one of the two scores."""
        return sum(isinstance(one.before, int) != isinstance(one.after, int) for one in self.asked)


@dataclass(frozen=True, slots=True)
class Words:
    """The question with three answers, asked after sessions: how often each was chosen, in the order better, same,
    worse."""

    counts: Mapping[str, int]
    not_answered: int
    declined: int

    @property
    def number(self) -> int:
        """Number of answers."""
        return sum(self.counts.values())


def scores(answers: Sequence[Answer], question: Question) -> Scores | None:
    """The answers to one 0 to 10 question; None if it was never asked before or after a session."""
    told = [answer for answer in answers if answer.question == question]
    sessions: dict[tuple[object, str | None], dict[str, Answer]] = {}
    for answer in sorted(told, key=lambda answer: answer.answered_at):
        sessions.setdefault((answer.device_id, answer.session or f"none {answer.pk}"), {})[answer.moment] = answer
    if not told:
        return None
    asked = tuple(_asked(moments) for moments in sessions.values())
    return Scores(question, asked, *_unanswered(told))


def changes(answers: Sequence[Answer]) -> Words | None:
    """The three-way answers; None if the question was never asked."""
    told = [answer for answer in answers if answer.question == Question.CHANGE]
    if not told:
        return None
    counts = {change.value: sum(answer.change == change for answer in told) for change in Change}
    return Words(counts, *_unanswered(told))


def sleep_by_night(answers: Iterable[Answer], hours: Hours) -> dict[date, str]:
    """The morning answers, by the day whose night they are about: the row that ends then. A score replaces an answer
    without one."""
    found: dict[date, str] = {}
    for answer in sorted(answers, key=lambda answer: (answer.score is not None, answer.asked_at)):
        if answer.question == Question.SLEEP:
            found[hours.day_of(answer.asked_at) - timedelta(days=1)] = said(answer)
    return found


def _asked(moments: Mapping[str, Answer]) -> Asked:
    last = max(answer.answered_at for answer in moments.values())
    return Asked(last, _value(moments.get(Moment.BEFORE)), _value(moments.get(Moment.AFTER)))


def _value(answer: Answer | None) -> int | str:
    if answer is None:
        return ""
    return answer.score if answer.score is not None else said(answer)


def _unanswered(told: Sequence[Answer]) -> tuple[int, int]:
    outcomes = [answer.outcome for answer in told]
    return outcomes.count(Outcome.NOT_ANSWERED), outcomes.count(Outcome.DECLINED)
