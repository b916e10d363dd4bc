"""Takes boxes' entries in, once each and without a gap. Knows no broker; the caller sends the receipt."""

import logging
from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import F

import messages
from messages import Hello, Log, Receipt
from ward.beds.changes import boxes_changed
from ward.fleet.models import Device
from ward.fleet.text import storable, storable_time
from ward.json_text import shallow
from ward.usage.forgetting import forgotten
from ward.usage.models import BoxLog, Entry
from ward.usage.reading import read

logger = logging.getLogger(__name__)

MOST_MISSED = 10_000_000  # entries that a box may have lost: centuries of its use; more is a number made up


def ingest_log(device: Device, log: Log, now: datetime) -> Receipt:
    """Stores what follows on the entries that are in, and reads it; answers how far the batch is in without a gap.

    What is in already is compared: the same again changes nothing, and an entry that differs from the one that the ward
    holds under its number is never receipted. What lies beyond a gap is not stored, so that the box sends it again. To
    be sent only after the outermost transaction's COMMIT. One log is taken in by one caller at a time: its row is held.
    """
    with transaction.atomic(savepoint=False):  # a caller that wants to go on after an error has its own
        row = _held(device, log.log_id)
        if log.first_seq > row.through + 1:
            return Receipt(log_id=log.log_id, through=row.through)
        known = min(row.through + 1 - log.first_seq, len(log.entries))
        differs = _compare(device, row, log.first_seq, log.entries[:known], now)
        if differs is not None:
            _note_difference(device, row, differs, now)
            return Receipt(log_id=log.log_id, through=differs - 1, differs=True)
        _take_in(device, row, row.through + 1, log.entries[known:], now)
    return Receipt(log_id=log.log_id, through=log.first_seq + len(log.entries) - 1)


def meet(device: Device, hello: Hello) -> Receipt:
    """At hello: where the box no longer holds what is missing here, skips to what it holds and notes the gap.

    Answers that its log is in up to what it still holds, and no further: what it holds it sends again, to be compared.
    """
    with transaction.atomic(savepoint=False):
        row = _held(device, hello.log_id)
        if hello.oldest > hello.next_seq or hello.oldest - row.through > MOST_MISSED:
            logger.warning("%s says it holds entries from %d to before %d", device, hello.oldest, hello.next_seq)
        elif row.through < hello.oldest - 1:
            jump(row, hello.oldest)
    return Receipt(log_id=row.log_id, through=min(row.through, hello.oldest - 1))


def through_of(device: Device, log_id: str) -> int:
    """How far a box's log is in, whether or not it was compared with what the box still holds; 0: not at all."""
    return BoxLog.objects.filter(device=device, log_id=log_id).values_list("through", flat=True).first() or 0


def _compare(device: Device, row: BoxLog, first: int, entries: Sequence[messages.Entry], now: datetime) -> int | None:
    """The first number under which the ward holds another entry, None where all are the same. What fell into a gap once
    and comes after all is taken in; what was deleted when its time was over is not."""
    if not entries:
        return None
    held = {one.seq: one for one in Entry.objects.filter(log=row, seq__gte=first, seq__lt=first + len(entries))}
    boots = forgotten(row, first, len(entries))
    for one in _rows(row, first, entries, now):
        if (one.seq in held and not _same(held[one.seq], one)) or boots.get(one.seq, one.boot) != one.boot:
            return one.seq
    for seq, entry in enumerate(entries, first):
        if seq not in held and seq not in boots:
            _take_in(device, row, seq, [entry], now)
    return None


def _same(held: Entry, told: Entry) -> bool:
    def of(one: Entry) -> tuple[object, ...]:
        return one.at, one.clock_ok, one.boot, one.stay, one.kind, msgspec.json.decode(msgspec.json.encode(one.data))

    return of(held) == of(told)


def _note_difference(device: Device, row: BoxLog, seq: int, now: datetime) -> None:
    """For the devices page. The first number is kept: the box ends it by beginning a new log."""
    if row.differs_from is None:
        BoxLog.objects.filter(pk=row.pk).update(differs_from=seq)
    device.differs_at = now
    device.save(update_fields=["differs_at"])
    boxes_changed([device.stands])
    told = "%s: entry %d of log %s is not the one that the ward holds: its card was copied or copied back"
    logger.warning(told, device, seq, row.log_id)


def _take_in(device: Device, row: BoxLog, first: int, fresh: Sequence[messages.Entry], now: datetime) -> None:
    """Stores and reads entries that are not in yet."""
    if not fresh:
        return
    Entry.objects.bulk_create(_rows(row, first, fresh, now), ignore_conflicts=True)
    row.through = max(row.through, first + len(fresh) - 1)
    BoxLog.objects.filter(pk=row.pk).update(through=row.through)
    read(device, row, first, fresh, now)


def jump(row: BoxLog, oldest: int) -> None:
    """The box holds nothing before `oldest`: the log goes on there. A second gap widens the first one's note."""
    row.gap_from = row.gap_from or row.through + 1
    row.gap_until = oldest
    row.through = oldest - 1
    row.save(update_fields=["gap_from", "gap_until", "through"])
    logger.warning("%s no longer holds entries before %d: the gap from %d is noted", row, oldest, row.gap_from)


def _held(device: Device, log_id: str) -> BoxLog:
    """The log's row, held until the transaction's end by an UPDATE that changes nothing (as SQLite needs)."""
    if not BoxLog.objects.filter(device=device, log_id=log_id).update(through=F("through")):
        BoxLog.objects.bulk_create([BoxLog(device=device, log_id=log_id)], ignore_conflicts=True)
        BoxLog.objects.filter(device=device, log_id=log_id).update(through=F("through"))
    return BoxLog.objects.get(device=device, log_id=log_id)


def _rows(row: BoxLog, first: int, entries: Sequence[messages.Entry], now: datetime) -> list[Entry]:
    return [
        Entry(
            log_id=row.pk,
            seq=seq,
            at=storable_time(entry.at),
            clock_ok=entry.clock_ok,
            received=now,
            boot=entry.boot,
            stay=entry.stay,
            kind=storable(entry.kind),
            data=shallow(entry.data),
        )
        for seq, entry in enumerate(entries, first)
    ]
