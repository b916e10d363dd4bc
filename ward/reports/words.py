"""The figures of a report in words, in the reader's language. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messages import Cause, Question
from ward.beds.times import length_heard
from ward.history import words as history
from ward.reports.report import Beds, Report, Scores
from ward.reports.small import FEWEST, Median, Number
from ward.usage import endings
from ward.usage.questions import CHANGES, label

CAUSES: Mapping[str, str] = {  # ends that have one cause
    "completed": Cause.COMPLETED,
    "bed": Cause.BUTTON,
    "ward": Cause.WARD,
    "nurse_call": Cause.NURSE_CALL,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A name and its figure; `hidden`: the figure is replaced by a word that says so."""

    name: str
    figure: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """One question: a sentence, and a second one on missing answers."""

    name: str
    sentence: str
    more: str


def hidden() -> str:
    """Shown in place of a hidden figure."""
    return _("fewer than %(number)d") % {"number": FEWEST}


def beds(found: Beds) -> str:
    """The first sentence about a week that is over: beds without music come first."""
    if found.unused.hidden and found.used.hidden:
        return _("Hidden: one of the two groups has fewer than %(number)d beds.") % {"number": FEWEST}
    return f"{_without(found.unused)} {_with(found.used)}"


def minutes(median: Median) -> str:
    """`38 min`, or why there is no figure."""
    if median.value is None:
        return _("hidden") if median.hidden else _("none")
    return length_heard(median.value * 60)


def usual(report: Report) -> str:
    """The line under the first figure: by day, by night, and of how many."""
    parts = [_("Day: %(min)s. Night: %(night)s.") % {"min": minutes(report.by_day), "night": minutes(report.by_night)}]
    if report.minutes.n is not None:
        parts.append(_("n = %(number)s bed-days.") % {"number": number_format(report.minutes.n)})
    return " ".join(parts)


def level(median: Median) -> str:
    """The level in one sentence."""
    if median.hidden:
        return _("Hidden: fewer than %(number)d beds or sessions.") % {"number": FEWEST}
    if median.value is None:
        return _("No estimates this week.")
    said = _("Median %(level)s dB at the pillow.") % {"level": number_format(round(median.value, 1))}
    return said + " " + _("n = %(number)s sessions.") % {"number": number_format(median.n)} if median.n else said


def ends(report: Report) -> list[Row]:
    """How sessions ended."""
    rows = [row(_ended(name), number) for name, number in report.ends.items()]
    return [*rows, row(_("With skipped tracks"), report.skipped)]


def row(name: str, number: Number) -> Row:
    """One count."""
    return Row(name, hidden() if number.hidden else number_format(number.value or 0), number.hidden)


def changes(report: Report) -> list[Row]:
    """The three-way answers, in the order better, same, worse."""
    return [row(history.sentence(str(CHANGES[word])), number) for word, number in report.words.items()]


def answered(report: Report) -> list[Answered]:
    """Each 0 to 10 question that was asked."""
    scored = [_scored(one) for one in report.scores if _was_asked(one.change, one.unanswered)]
    if _was_asked(report.nights, report.nights_unanswered):
        scored.append(Answered(label(Question.SLEEP), _nights(report.nights), _missed(report.nights_unanswered)))
    return scored


def said_in_three(report: Report) -> str:
    """The sentence above the three-way answers; empty if the question was not asked."""
    if any(number.hidden for number in report.words.values()):
        return _("Rare results and the total are hidden.")
    if not report.words_in_all.value:
        return "" if report.words_unanswered.value == 0 else _("Nobody answered.")
    return _("n = %(number)s answers.") % {"number": number_format(report.words_in_all.value)}


def missed_in_three(report: Report) -> str:
    """How often that question was not answered."""
    return _missed(report.words_unanswered)


def _ended(name: str) -> str:
    if name not in CAUSES:
        return _("Other (cleaning, box or unknown)")
    return history.sentence(endings.words_of(CAUSES[name]))


def _scored(one: Scores) -> Answered:
    name = _("%(question)s: change from before to after") % {"question": label(one.question)}
    return Answered(name, _change(one.change), _missed(one.unanswered))


def _change(change: Median) -> str:
    if change.hidden:
        return _("Hidden: fewer than %(number)d pairs or beds.") % {"number": FEWEST}
    if change.value is None:
        return _("No pairs of answers.")
    facts = {"change": _signed(change.value), "number": number_format(change.n or 0)}
    return _("Median change %(change)s. n = %(number)s pairs.") % facts


def _nights(median: Median) -> str:
    if median.hidden:
        return _("Hidden: fewer than %(number)d answers or beds.") % {"number": FEWEST}
    if median.value is None:
        return _("No answer.")
    facts = {
        "score": number_format(median.value, decimal_pos=_places(median.value)),
        "number": number_format(median.n or 0),
    }
    return _("Median %(score)s of 10. n = %(number)s answers.") % facts


def _missed(number: Number) -> str:
    if number.hidden:
        return _("Not answered: fewer than %(number)d.") % {"number": FEWEST}
    if not number.value:
        return _("No questions were left unanswered.")
    told = ngettext("%(number)s was not answered.", "%(number)s were not answered.", number.value)
    return told % {"number": number_format(number.value)}


def _was_asked(median: Median, unanswered: Number) -> bool:
    return median.value is not None or median.hidden or unanswered.hidden or bool(unanswered.value)


def _without(number: Number) -> str:
    if number.value is None:
        return _("The number of beds without music is hidden.")
    said = ngettext("%(number)d bed without music.", "%(number)d beds without music.", number.value)
    return said % {"number": number.value}


def _with(number: Number) -> str:
    if number.value is None:
        return _("The number of beds with music is hidden.")
    return ngettext("%(number)d bed with music.", "%(number)d beds with music.", number.value) % {
        "number": number.value
    }


def _signed(value: float) -> str:
    """With a true minus sign, and no arrow: which direction is better depends on the question."""
    size = number_format(abs(value), decimal_pos=_places(value))
    return f"\N{MINUS SIGN}{size}" if value < 0 else f"+{size}" if value else size


def _places(value: float) -> int:
    return 0 if value == int(value) else 1
