"""What a bed may be asked, in words: one table, read by settings, history, chart and reports. Knows no row."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from messages import Moment, Question
from ward.usage.models import Answer


@dataclass(frozen=True, slots=True)
class Asked:
    """`label`: as a heading; `phrase`: within a sentence; `moments`: when staff may have it asked, by music; empty
    where it has a time of its own."""

    label: Promise
    phrase: Promise
    moments: tuple[Moment, ...] = ()


AROUND_MUSIC = (Moment.BEFORE, Moment.AFTER)
QUESTIONS: Mapping[str, Asked] = {
    Question.PAIN: Asked(gettext_lazy("Pain"), gettext_lazy("pain"), AROUND_MUSIC),
    Question.ANXIETY: Asked(gettext_lazy("Anxiety"), gettext_lazy("anxiety"), AROUND_MUSIC),
    Question.SLEEP: Asked(gettext_lazy("Sleep last night"), gettext_lazy("sleep in the morning")),
    Question.CHANGE: Asked(
        gettext_lazy("Better, same or worse"), gettext_lazy("better, same or worse"), (Moment.AFTER,)
    ),
}
PAIRED = tuple(Question(name) for name, asked in QUESTIONS.items() if asked.moments == AROUND_MUSIC)
"""Questions of 0 to 10 that can be asked before and after a session, and so be compared."""
CHANGES = {
    "better": gettext_lazy("better"),
    "same": gettext_lazy("the same"),
    "worse": gettext_lazy("worse"),
}
OUTCOMES = {
    "not_answered": gettext_lazy("no answer"),
    "declined": gettext_lazy("declined"),
}


def label(question: str) -> str:
    """The question as a heading."""
    return str(QUESTIONS[question].label)


def phrase(question: str) -> str:
    """The question within a sentence."""
    return str(QUESTIONS[question].phrase)


def at(moment: Moment) -> list[str]:
    """The questions that staff may have asked then."""
    return [question for question, asked in QUESTIONS.items() if moment in asked.moments]


def said(answer: Answer) -> str:
    """A score, a word, or that there was no answer."""
    if answer.score is not None:
        return str(answer.score)
    if answer.change:
        return str(CHANGES.get(answer.change, answer.change))
    return str(OUTCOMES.get(answer.outcome, answer.outcome))
