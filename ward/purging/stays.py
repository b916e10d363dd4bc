"""Which stays are over, from what was assigned at their beds. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import NamedTuple


class Given(NamedTuple):
    """One assignment of a bed; `stay` is None for the end of one, empty where it was purged."""

    bed: int
    version: int
    stay: str | None
    at: datetime


class Place(NamedTuple):
    """A stay, and the bed that it was at."""

    bed: int
    stay: str


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays that ended before `before`, and those that the ward keeps."""

    over: frozenset[Place]
    kept: frozenset[str]
    before: datetime
    _gone: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_gone", frozenset(place.stay for place in self.over))  # as frozen dataclasses need it

    def is_over(self, stay: str | None, at: datetime) -> bool:
        """Whether what came of this stay at `at` goes. What belongs to no stay, or to one that was purged already and
        is told of by a box that was away, goes by its own time."""
        if stay in self.kept:
            return False
        return at < self.before or stay in self._gone


def over(assigned: Iterable[Given], before: datetime, still_open: Collection[str]) -> list[Place]:
    """Stays that ended before `before`. `assigned`: in the order of beds and versions.

    A stay ends when something else is assigned at its bed; one that was put back after that ended later, or has not.
    One that was moved ends at the last of its beds.
    """
    by_bed = groupby(assigned, key=lambda one: one.bed)
    ends = {Place(bed, stay): at for bed, of_bed in by_bed for stay, at in _ends(of_bed).items()}
    go_on = {place.stay for place, at in ends.items() if at is None or at >= before} | set(still_open)
    return [place for place in ends if place.stay not in go_on]


def _ends(of_bed: Iterable[Given]) -> dict[str, datetime | None]:
    """When each stay of a bed ended, None for the one that nothing followed."""
    ends: dict[str, datetime | None] = {}
    before = None
    for one in of_bed:
        if before and one.stay != before:
            ends[before] = one.at
        if one.stay:
            ends[one.stay] = None
        before = one.stay
    return ends
