"""A report as a file: the same figures as on the page, with the same ones hidden. Knows no row and no page."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import get_language

from ward import spreadsheet
from ward.audit.export import CLAIM
from ward.reports.report import Report
from ward.reports.small import FEWEST, Median, Number

RULE = f"Figures from fewer than {FEWEST} beds or answers are hidden, and so are figures that would reveal them."


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. `value` is None if there is nothing, or if it is `hidden`: too few beds or answers."""

    group: str
    figure: str
    value: float | int | None
    unit: str
    n: int | None = None
    hidden: bool = False


def figures(report: Report) -> list[Figure]:
    """All figures of a file, in the order of the page."""
    return [*_use(report), *_sessions(report), *_answers(report), *_month(report)]


def as_csv(report: Report, ward: str, now: datetime) -> str:
    """What the product is, the ward and the times, then one line for each figure; in the format of the reader's
    spreadsheet."""
    lines = [*_head(report, ward, now), list(Figure.__dataclass_fields__)]
    lines += [list(asdict(figure).values()) for figure in figures(report)]
    return "".join(spreadsheet.lines(lines, get_language() or "en"))


def as_json(report: Report, ward: str, now: datetime) -> bytes:
    """The same as one object; what the product is comes first."""
    said: dict[str, Any] = {"about": CLAIM}
    said |= {line[0]: line[1] for line in _head(report, ward, now)[1:]}
    said["figures"] = [asdict(figure) for figure in figures(report)]
    return msgspec.json.format(msgspec.json.encode(said), indent=2)


def _head(report: Report, ward: str, now: datetime) -> list[list[str]]:
    week = report.week
    return [
        [CLAIM],
        ["ward", ward],
        ["week", week.name],
        ["from", week.begins.astimezone(week.hours.zone).isoformat()],
        ["until", min(week.ends, now).astimezone(week.hours.zone).isoformat()],
        ["made_at", now.astimezone(week.hours.zone).isoformat(timespec="seconds")],
        ["rule", RULE],
    ]


def _use(report: Report) -> Iterator[Figure]:
    if report.beds is not None:
        yield _number("beds", "without_music", report.beds.unused, "beds")
        yield _number("beds", "with_music", report.beds.used, "beds")
    yield _median("minutes", "median_a_bed_and_day", report.minutes, "min")
    yield _median("minutes", "median_a_bed_by_day", report.by_day, "min")
    yield _median("minutes", "median_a_bed_by_night", report.by_night, "min")


def _sessions(report: Report) -> Iterator[Figure]:
    for name, number in report.ends.items():
        yield _number("sessions", f"ended_{name}", number, "sessions")
    yield _number("sessions", "all_that_ended", report.sessions, "sessions")
    yield _number("sessions", "with_a_track_skipped", report.skipped, "sessions")
    yield _median("level", "median_of_means", report.level, "dB(A)")


def _answers(report: Report) -> Iterator[Figure]:
    for one in report.scores:
        yield _median(f"{one.question}_0_to_10", "median_change", one.change, "points")
        yield _number(f"{one.question}_0_to_10", "not_answered", one.unanswered, "questions")
    yield _median("sleep_0_to_10", "median", report.nights, "points")
    yield _number("sleep_0_to_10", "not_answered", report.nights_unanswered, "questions")
    for word, number in report.words.items():
        yield _number("after_the_music", word, number, "answers")
    yield _number("after_the_music", "all_answers", report.words_in_all, "answers")
    yield _number("after_the_music", "not_answered", report.words_unanswered, "questions")


def _month(report: Report) -> Iterator[Figure]:
    for day in report.month:
        yield _median("month", day.date.isoformat(), day.minutes, "min")


def _number(group: str, figure: str, number: Number, unit: str) -> Figure:
    return Figure(group, figure, number.value, unit, hidden=number.hidden)


def _median(group: str, figure: str, median: Median, unit: str) -> Figure:
    value = None if median.value is None else round(median.value, 1)
    return Figure(group, figure, value, unit, median.n, median.hidden)
