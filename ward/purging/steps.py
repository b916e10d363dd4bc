"""One kind of row after the other: how many have had their time, and their deletion, 500 in a transaction at most."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec
from django.db import OperationalError, transaction
from django.db.models import QuerySet

import messages
from ward.assignments.assigning import lock
from ward.assignments.models import PURGED, Assignment
from ward.beds.models import Bed
from ward.limits import is_held_up
from ward.purging.stays import Given, Place, Stays, over
from ward.usage import forgetting
from ward.usage.models import BoxLog

AT_ONCE = 500
Told = TypeVar("Told")


class Step(Protocol):
    """`what`: the rows' name, for the line and for the audit."""

    @property
    def what(self) -> str:
        """The rows' name, as a person reads it."""

    def count(self) -> int:
        """How many `batches` would find now."""

    def batches(self) -> Iterator[int | None]:
        """Does it: how many in each transaction, None where someone holds rows of it, which are left."""


@dataclass(frozen=True, slots=True)
class Expired:
    """Rows that the database finds by themselves: deleted."""

    what: str
    rows: "QuerySet[Any]"

    def count(self) -> int:
        return self.rows.count()

    def batches(self) -> Iterator[int | None]:
        after: Any = None
        while keys := self._keys(after):
            yield _tried(partial(self._delete, keys))
            after = keys[-1]

    def _keys(self, after: Any) -> list[Any]:
        rows = self.rows if after is None else self.rows.filter(pk__gt=after)
        return list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])

    def _delete(self, keys: Sequence[Any]) -> int:
        """A row that was used meanwhile is no longer among them, and stays."""
        _all, each = self.rows.filter(pk__in=keys).delete()
        kind = self.rows.model.__name__  # what was deleted along with a row is not counted
        return sum(number for name, number in each.items() if name.rpartition(".")[2] == kind)


@dataclass(frozen=True, slots=True)
class OfStays:
    """Rows of stays that are over: deleted, or without their stay from then on where `nameless`. `at`: their time."""

    what: str
    rows: "QuerySet[Any]"
    at: str
    stays: Stays
    nameless: bool = False

    def count(self) -> int:
        return len(self._keys(self.stays))

    def batches(self) -> Iterator[int | None]:
        return (_tried(partial(self._end, keys)) for keys in _parts(self._keys(_emptied_of(self.stays))))

    def _keys(self, stays: Stays) -> list[Any]:
        rows = self.rows.exclude(stay=None).order_by().values_list("pk", "stay", self.at)
        return [pk for pk, stay, at in rows.iterator() if at is not None and stays.is_over(stay, at)]

    def _end(self, keys: Sequence[Any]) -> int:
        rows = self.rows.filter(pk__in=keys)
        return rows.update(stay=None) if self.nameless else rows.delete()[0]


@dataclass(frozen=True, slots=True)
class Assignments:
    """What was assigned in stays that are over: that something was assigned stays for the reports, what and by whom
    goes."""

    what: str
    stays: Stays

    def count(self) -> int:
        stays = [place.stay for place in self.stays.over]
        return sum(Assignment.objects.filter(stay__in=some).count() for some in _parts(stays))

    def batches(self) -> Iterator[int | None]:
        return (_tried(partial(self._empty, place)) for place in sorted(self.stays.over))

    def _is_over(self, place: Place) -> bool:
        """Still, and at each bed where it was."""
        beds = Assignment.objects.filter(stay=place.stay).values("bed")
        open_now = Bed.objects.filter(stay=place.stay).values_list("stay", flat=True)
        return place in over(assigned(bed__in=beds), self.stays.before, [stay for stay in open_now if stay])

    def _empty(self, place: Place) -> int:
        """The bed is held: nobody puts back meanwhile what is emptied, and what someone has put back is left."""
        with transaction.atomic():
            bed = Bed.objects.get(pk=place.bed)
            lock(bed)
            if not self._is_over(place):
                return 0
            return sum(map(_emptied, _of(place)))


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of stays that are over, and those of no stay, by the logs that they are in."""

    what: str
    stays: Stays

    def count(self) -> int:
        return sum(forgetting.count_old(log, self.stays.is_over, self.stays.before) for log in BoxLog.objects.all())

    def batches(self) -> Iterator[int | None]:
        stays = _emptied_of(self.stays)
        return (number for log in BoxLog.objects.order_by("pk") for number in self._of_log(log, stays))

    def _of_log(self, log: BoxLog, stays: Stays) -> Iterator[int | None]:
        after: int | None = 0
        while after is not None:
            told = _tried(partial(forgetting.forget, log, after, stays.is_over, stays.before))
            gone, after = told or (None, None)
            yield gone


def assigned(**which: Any) -> Iterator[Given]:
    """What was assigned, in the order of beds and versions; what was purged already is not looked at again."""
    rows = Assignment.objects.filter(**which).exclude(stay=PURGED).order_by("bed", "version")
    return (Given(*row) for row in rows.values_list("bed", "version", "stay", "assigned_at").iterator())


def known() -> frozenset[str]:
    """Stays that are open, or of which the ward still knows what was assigned."""
    open_now = Bed.objects.values_list("stay", flat=True)
    return frozenset(
        stay for stay in (*open_now, *Assignment.objects.values_list("stay", flat=True).distinct()) if stay
    )


def _emptied_of(stays: Stays) -> Stays:
    """Without those that could not be emptied, since someone held their bed or has put them back: they stay whole."""
    return replace(stays, kept=known())


def _tried(batch: Callable[[], Told]) -> Told | None:
    """What it says; None where someone holds its rows."""
    try:
        return batch()
    except OperationalError as error:
        if not is_held_up(error):
            raise
        return None


def _parts(found: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (found[first : first + AT_ONCE] for first in range(0, len(found), AT_ONCE))


def _of(place: Place) -> "QuerySet[Assignment]":
    return Assignment.objects.filter(bed=place.bed, stay=place.stay)


def _emptied(row: Assignment) -> int:
    """The digest stays: by it a box that was away is still understood."""
    reset = messages.Assignment(
        version=row.version, stay=None, assigned_at=row.assigned_at, playlists=(), rules=messages.Rules()
    )
    row.stay, row.message, row.assigned_by = PURGED, msgspec.to_builtins(reset), None
    row.save(update_fields=["stay", "message", "assigned_by"])
    return 1
