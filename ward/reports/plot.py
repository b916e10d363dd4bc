"""The month as a line, one place for each day from left to right. Pure; colours are in the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ward.plots.marks import percent
from ward.reports.report import OnDay

STEP_MIN = 30  # the axis ends at a whole half hour
TOP, BOTTOM = 0.06, 0.94


@dataclass(frozen=True, slots=True)
class Spot:
    """One day that has a median."""

    x: str
    y: str
    in_week: bool


@dataclass(frozen=True, slots=True)
class Line:
    """From one day to the next."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The plot. `week_x`, `week_width`: the page's week; `most`: the end of the axis in minutes; `hidden`: days with
    too few beds, as ticks on the ground line; `mondays`: where weeks begin."""

    spots: Sequence[Spot]
    lines: Sequence[Line]
    hidden: Sequence[str]
    mondays: Sequence[tuple[str, date]]
    week_x: str
    week_width: str
    most: int
    half_y: str


def drawing(month: Sequence[OnDay], first: date) -> Drawing:
    """`first`: the Monday of the page's week, which is the last week of the month."""
    most = _most(month)
    spots = {place: _spot(place, day, month, most, first) for place, day in enumerate(month) if _value(day) is not None}
    joined = [(spots[a], spots[b]) for a, b in pairwise(range(len(month))) if a in spots and b in spots]
    begins = next(place for place, day in enumerate(month) if day.date == first)
    return Drawing(
        spots=list(spots.values()),
        lines=[Line(one.x, one.y, other.x, other.y) for one, other in joined],
        hidden=[_x(place, month) for place, day in enumerate(month) if day.minutes.hidden],
        mondays=[(_left(place, month), day.date) for place, day in enumerate(month) if day.date.weekday() == 0],
        week_x=_left(begins, month),
        week_width=percent((len(month) - begins) / len(month)),
        most=most,
        half_y=_y(most / 2, most),
    )


def _most(month: Sequence[OnDay]) -> int:
    greatest = max((value for day in month if (value := _value(day)) is not None), default=0)
    return max(STEP_MIN, -(-int(greatest + 0.999) // STEP_MIN) * STEP_MIN)


def _value(day: OnDay) -> float | None:
    return day.minutes.value


def _spot(place: int, day: OnDay, month: Sequence[OnDay], most: int, first: date) -> Spot:
    return Spot(_x(place, month), _y(_value(day) or 0, most), day.date >= first)


def _x(place: int, month: Sequence[OnDay]) -> str:
    return percent((place + 0.5) / len(month))


def _left(place: int, month: Sequence[OnDay]) -> str:
    return percent(place / len(month))


def _y(value: float, most: int) -> str:
    return percent(BOTTOM - (BOTTOM - TOP) * value / most)
