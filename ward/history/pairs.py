"""The plot of answers before and after: one line for each pair, on a fixed scale from 0 to 10. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ward.history.answered import Scores
from ward.plots.marks import percent

TOP, BOTTOM = 0.04, 0.96  # the places of 10 and 0
APART = 0.009  # between lines that would overlap
APART_MOST = 0.03


@dataclass(frozen=True, slots=True)
class Line:
    """One pair; those that went up are dashed."""

    before_y: str
    after_y: str
    higher: bool


@dataclass(frozen=True, slots=True)
class Pairs:
    """All lines, and the line of the median if there are enough pairs."""

    lines: tuple[Line, ...]
    median: Line | None


def pairs(scores: Scores) -> Pairs:
    """The drawing of one question."""
    return drawn(scores.pairs, scores.medians)


def drawn(found: Sequence[tuple[int, int]], medians: tuple[float, float] | None) -> Pairs:
    """The drawing of any pairs (before, after)."""
    return Pairs(_lines(found), _line(*medians, 0.0) if medians else None)


def _lines(found: Sequence[tuple[int, int]]) -> tuple[Line, ...]:
    drawn: list[Line] = []
    for (before, after), number in sorted(Counter(found).items()):
        step = min(APART, APART_MOST / number)
        drawn += [_line(before, after, (place - (number - 1) / 2) * step) for place in range(number)]
    return tuple(drawn)


def _line(before: float, after: float, aside: float) -> Line:
    return Line(percent(_y(before) + aside), percent(_y(after) + aside), after > before)


def _y(score: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * score / 10
