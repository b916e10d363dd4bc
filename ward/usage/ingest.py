"""Takes boxes' entries in, once each and without a gap. Knows no broker; the caller sends the receipt."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

import messages
from messages import Hello, Log, Receipt
from ward.fleet.models import Device
from ward.fleet.text import storable, storable_time
from ward.json_text import shallow
from ward.usage.models import BoxLog, Entry
from ward.usage.reading import read

logger = logging.getLogger(__name__)


def ingest_log(device: Device, log: Log, now: datetime) -> Receipt:
    """Stores what follows on the entries that are in, and reads it; answers how far the log is in without a gap.

    What is in already changes nothing; what lies beyond a gap is not stored, so that the box sends it again. To be sent
    only after the outermost transaction's COMMIT. One log is taken in by one caller at a time: its row is held.
    """
    with transaction.atomic(savepoint=False):  # a caller that wants to go on after an error has its own
        row = _held(device, log.log_id)
        fresh = log.entries[max(0, row.through + 1 - log.first_seq) :]
        if log.first_seq > row.through + 1 or not fresh:
            return Receipt(log_id=log.log_id, through=row.through)
        through = row.through + len(fresh)
        _store(row, fresh, now)
        BoxLog.objects.filter(pk=row.pk).update(through=through)
        read(device, row, fresh, now)
    return Receipt(log_id=log.log_id, through=through)


def meet(device: Device, hello: Hello) -> Receipt:
    """At hello: where the box no longer holds what is missing here, skips to what it holds and notes the gap.

    Answers how far its log is in, so that it goes on from there.
    """
    with transaction.atomic(savepoint=False):
        row = _held(device, hello.log_id)
        if hello.oldest > hello.next_seq:
            logger.warning("%s says it holds entries from %d to before %d", device, hello.oldest, hello.next_seq)
        elif row.through < hello.oldest - 1:
            jump(row, hello.oldest)
        elif row.through >= hello.next_seq:
            logger.warning(
                "%s repeats entry numbers from %d of log %s, the ward holds them up to %d: its card was copied back; "
                "remove the log's file on the box, so that a new log begins",
                device,
                hello.next_seq,
                hello.log_id,
                row.through,
            )
    return Receipt(log_id=row.log_id, through=row.through)


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


def _store(row: BoxLog, fresh: Sequence[messages.Entry], now: datetime) -> None:
    rows = [
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
        for seq, entry in enumerate(fresh, row.through + 1)
    ]
    Entry.objects.bulk_create(rows, ignore_conflicts=True)
