"""Deletes entries whose time is over, and knows them when a box sends them again. Knows no stay and no rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from ward.usage.models import BoxLog, Entry, Purged

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Old:
    """What is asked of an entry: which one, of which stay, and when the ward got it."""

    pk: int
    seq: int
    boot: str
    stay: str | None
    received: datetime


IsOver = Callable[[str | None, datetime], bool]


def forgotten(log: BoxLog, first: int, count: int) -> dict[int, str]:
    """The boots of those `count` entries from `first` on that were deleted, by number.

    One that was deleted and comes again under its boot is the same: a box assigns a number once in a boot.
    """
    end = first + count
    rows = Purged.objects.filter(log=log, first__lt=end, last__gte=first)
    return {seq: row.boot for row in rows for seq in range(max(first, row.first), min(end, row.last + 1))}


def count_old(log: BoxLog, is_over: IsOver, before: datetime) -> int:
    """How many `forget` would delete."""
    found, after = 0, 0
    while read := _read(log, after, is_over, before):
        found += sum(is_over(one.stay, one.received) for one in read)
        after = read[-1].seq
    return found


def forget(log: BoxLog, after: int, is_over: IsOver, before: datetime) -> tuple[int, int | None]:
    """Deletes among the next 500 entries after number `after` those that are over, in one transaction.

    Answers how many, and the number to go on after, None at the end: entries leave in the order of their log, up to the
    first one that came at or after `before` and stays; so a log is not read to its end each night. Whoever takes this
    log in, and another purge, wait meanwhile.
    """
    with transaction.atomic():
        BoxLog.objects.filter(pk=log.pk).update(through=F("through"))  # held, as ward.usage.ingest holds it
        read = _read(log, after, is_over, before)
        over = [one for one in read if is_over(one.stay, one.received)]
        for run in _runs(over):
            _note(log, run)
        Entry.objects.filter(pk__in=[one.pk for one in over]).delete()
    return len(over), read[-1].seq if read else None


def _read(log: BoxLog, after: int, is_over: IsOver, before: datetime) -> list[Old]:
    rows = Entry.objects.filter(log=log, seq__gt=after).order_by("seq")
    read = [Old(*row) for row in rows.values_list("pk", "seq", "boot", "stay", "received")[:AT_ONCE]]
    stays = (one.received >= before and not is_over(one.stay, one.received) for one in read)
    return read[: next((place for place, is_young in enumerate(stays) if is_young), len(read))]


def _runs(over: Sequence[Old]) -> list[list[Old]]:
    """Those that follow on each other in one boot."""
    runs: list[list[Old]] = []
    for one in over:
        last = runs[-1][-1] if runs else None
        if last is not None and (one.seq, one.boot) == (last.seq + 1, last.boot):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _note(log: BoxLog, run: Sequence[Old]) -> None:
    """A run that goes on where an older one ends lengthens it."""
    first, last, boot = run[0].seq, run[-1].seq, run[0].boot
    if not Purged.objects.filter(log=log, last=first - 1, boot=boot).update(last=last):
        Purged.objects.create(log=log, first=first, last=last, boot=boot)
