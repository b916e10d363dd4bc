"""Hides figures that stand for too few beds or answers, because they could identify a patient. Pure.

A hidden number must not be found by subtraction either: if one of several numbers that add up is hidden, their total is
hidden too, and a count of beds is shown only if there are enough other beds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

FEWEST = 5  # beds or answers (evidence section 7)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many, and at how many beds."""

    number: int
    beds: int

    @property
    def is_small(self) -> bool:
        """Whether there are too few to show; none at all is not too few."""
        return self.number > 0 and (self.number < FEWEST or self.beds < FEWEST)


@dataclass(frozen=True, slots=True)
class Number:
    """A count as it is shown; `hidden`: there are some, but too few."""

    value: int | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Median:
    """A median as it is shown, of `n`. No value means that there is nothing, or with `hidden` that there are too few.
    `n` may be hidden alone, if it would reveal another figure."""

    value: float | None = None
    n: int | None = None
    hidden: bool = False


HIDDEN = Number(None, hidden=True)
TOO_FEW = Median(hidden=True)


def number(counted: Counted) -> Number:
    """One count that is not part of a total."""
    return HIDDEN if counted.is_small else Number(counted.number)


def numbers(cells: Mapping[str, Counted]) -> tuple[dict[str, Number], Number]:
    """Counts that add up, and their total, which is hidden if one of them is."""
    shown = {name: number(cell) for name, cell in cells.items()}
    if any(cell.hidden for cell in shown.values()):
        return shown, HIDDEN
    return shown, Number(sum(cell.number for cell in cells.values()))


def of_beds(found: int, all_beds: int) -> Number:
    """A count of beds, on a ward whose beds everyone can count."""
    small = 0 < found < FEWEST or 0 < all_beds - found < FEWEST
    return HIDDEN if small else Number(found)


def median_of(values: Iterable[float], beds: int, at_most: int) -> Median:
    """The median of values from `beds` beds. `at_most`: how many values there would be if every bed had one; `n` is
    hidden if the difference is small."""
    told = sorted(values)
    if not told:
        return Median()
    if Counted(len(told), beds).is_small:
        return TOO_FEW
    return Median(median(told), None if 0 < at_most - len(told) < FEWEST else len(told))


def median_counted(histogram: Mapping[float, int], beds: int, *, tells_n: bool = True) -> Median:
    """The same, from how often each value occurred."""
    total = sum(histogram.values())
    if not total:
        return Median()
    if Counted(total, beds).is_small:
        return TOO_FEW
    low, high = _at(histogram, (total - 1) // 2), _at(histogram, total // 2)
    return Median((low + high) / 2, total if tells_n else None)


def _at(histogram: Mapping[float, int], place: int) -> float:
    """The value at this place in sorted order, from 0."""
    passed = 0
    for value, often in sorted(histogram.items()):
        passed += often
        if place < passed:
            return value
    raise IndexError(place)
