"""One ward's week in figures, for the page and the files, with everything that must be hidden already hidden."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from messages import Cause, Change, Question
from ward.beds.models import Bed, Ward
from ward.plots.days import Day
from ward.reports import counting
from ward.reports.small import HIDDEN, Counted, Median, Number, median_counted, median_of, number, numbers, of_beds
from ward.reports.weeks import DAYS, MONTH_WEEKS, Part, Week, month_until, parts

ENDS = {  # the page's groups -> causes
    "completed": (Cause.COMPLETED,),
    "bed": (Cause.BUTTON,),
    "ward": (Cause.WARD,),
    "nurse_call": (Cause.NURSE_CALL,),
    "other": (Cause.CLEANING, Cause.RESTART, Cause.NO_SOUND, Cause.NO_MUSIC, ""),
}
Minutes = Mapping[tuple[int, int], float]


@dataclass(frozen=True, slots=True)
class Beds:
    """Beds with music, and occupied beds without; of a week that is over."""

    used: Number
    unused: Number


@dataclass(frozen=True, slots=True)
class Scores:
    """One question: the median change of its pairs, and how often it was not answered."""

    question: str
    change: Median
    unanswered: Number


@dataclass(frozen=True, slots=True)
class OnDay:
    """One day of the month: median minutes of the beds that had music."""

    date: date
    minutes: Median


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one week. `beds` is None while the week runs; `resting`: beds without music by name, only while it
    runs, because the board shows them too. `sessions`: hidden if one of `ends` is."""

    week: Week
    beds: Beds | None
    resting: Sequence[Bed]
    minutes: Median
    by_day: Median
    by_night: Median
    ends: Mapping[str, Number]
    sessions: Number
    skipped: Number
    level: Median
    scores: Sequence[Scores]
    words: Mapping[str, Number]
    words_in_all: Number
    words_unanswered: Number
    nights: Median
    nights_unanswered: Number
    month: Sequence[OnDay]


def report_of(ward: Ward, week: Week, now: datetime, weeks: int = MONTH_WEEKS) -> Report:
    """Counts now. `weeks`: how many the days of `month` go back. A fixed number of queries."""
    month = month_until(week, weeks)
    spans = parts(month, week.hours)
    minutes = counting.minutes_by_part(ward, spans)
    in_week = {key: value for key, value in minutes.items() if month[spans[key[1]].place].date >= week.first}
    ended, sessions = numbers(_ends(counting.ends(ward, week)))
    missed = counting.unanswered(ward, week)
    beds = list(counting.beds_of(ward, week))
    runs = now < week.ends
    levels, nights = counting.levels(ward, week), counting.nights(ward, week)
    said, said_in_all = _words(counting.words(ward, week))
    return Report(
        week=week,
        beds=None if runs else _beds(beds, {bed for bed, _ in in_week}),
        resting=[bed for bed in beds if bed.stay is not None and not bed.has_music] if runs else [],
        minutes=_a_day(in_week, spans, len(beds) * DAYS),
        by_day=_a_day(in_week, spans, len(beds) * DAYS, night=False),
        by_night=_a_day(in_week, spans, len(beds) * DAYS, night=True),
        ends=ended,
        sessions=sessions,
        skipped=number(counting.skipped(ward, week)),
        level=median_counted(levels.histogram, levels.beds, tells_n=not sessions.hidden),
        scores=_scores(ward, week, missed),
        words=said,
        words_in_all=said_in_all,
        words_unanswered=_missed(missed, Question.CHANGE),
        nights=median_counted(nights.histogram, nights.beds),
        nights_unanswered=_missed(missed, Question.SLEEP),
        month=_month(minutes, spans, month, len(beds)),
    )


def _beds(beds: Sequence[Bed], used: Collection[int]) -> Beds:
    """A bed counts as without music only if it was occupied: an empty bed says nothing about what anyone wanted."""
    stayed = [bed for bed in beds if getattr(bed, "was_stay", None) is not None or getattr(bed, "had_stay", False)]
    unused = sum(bed.pk not in used for bed in stayed)
    return Beds(of_beds(len(used), len(beds)), of_beds(unused, len(beds)))


def _a_day(minutes: Minutes, spans: Sequence[Part], at_most: int, *, night: bool | None = None) -> Median:
    """The median per bed and day with music. `night`: only its night, or only its day. `at_most`: all beds on all
    days."""
    by_day: dict[tuple[int, int], float] = {}
    for (bed, at), value in minutes.items():
        if night is None or spans[at].night is night:
            key = (bed, spans[at].place)
            by_day[key] = by_day.get(key, 0.0) + value
    return median_of(by_day.values(), len({bed for bed, _ in by_day}), at_most)


def _month(minutes: Minutes, spans: Sequence[Part], month: Sequence[Day], beds: int) -> list[OnDay]:
    by_place: list[dict[tuple[int, int], float]] = [{} for _ in month]
    for (bed, at), value in minutes.items():
        by_place[spans[at].place][bed, at] = value
    return [OnDay(day.date, _a_day(of_day, spans, beds)) for day, of_day in zip(month, by_place, strict=True)]


def _ends(causes: Mapping[str, Counted]) -> dict[str, Counted]:
    """Causes in the groups of the page. A group has at least as many beds as its cause with the most."""
    nothing = Counted(0, 0)
    known = {cause for group in ENDS.values() for cause in group}
    groups = ENDS | {"other": (*ENDS["other"], *(cause for cause in causes if cause not in known))}
    return {
        name: Counted(
            sum(causes.get(cause, nothing).number for cause in group),
            max(causes.get(cause, nothing).beds for cause in group),
        )
        for name, group in groups.items()
    }


def _scores(ward: Ward, week: Week, missed: Mapping[str, Counted]) -> list[Scores]:
    found = counting.pairs(ward, week)
    return [
        Scores(question, median_counted(often.histogram, often.beds), _missed(missed, question))
        for question, often in found.items()
    ]


def _words(found: Mapping[str, Counted]) -> tuple[dict[str, Number], Number]:
    return numbers({change.value: found.get(change, Counted(0, 0)) for change in Change})


def _missed(missed: Mapping[str, Counted], question: str) -> Number:
    return number(missed.get(question, Counted(0, 0)))


def hides_something(report: Report) -> bool:
    """Whether the page must say that figures are hidden."""
    counts = [report.sessions, report.skipped, report.words_unanswered, report.nights_unanswered]
    counts += [*report.ends.values(), *report.words.values(), *(one.unanswered for one in report.scores)]
    counts += [report.beds.used, report.beds.unused] if report.beds else []
    medians = [report.minutes, report.by_day, report.by_night, report.level, report.nights]
    medians += [*(one.change for one in report.scores), *(one.minutes for one in report.month)]
    return HIDDEN in counts or any(one.hidden for one in medians)
