"""The box's log: every entry is numbered, kept through power cuts and deleted only on the ward's receipt.

Knows no network and no controller. The caller's thread only ever puts things into a queue; one writer thread commits
whatever waits, at once and together. What may be lost by a pulled plug is what the disk had not confirmed yet.

When the disk fails (full, read-only, gone) entries go on being numbered in memory, as a log of their own that the ward
can receive and receipt, and the disk is tried again after 1 s, doubling to 60 s. When it is back, what the ward has not
been handed yet moves into the file; what it has been handed keeps its number, in memory, until its receipt. Memory
holds 32 MB, more than a year of a bed's use; beyond that the oldest are kept, since they may be the only proof of what
was played, and new ones are counted in `lost`. Entries in the file are never dropped for age or number.

A log belongs to the machine that writes it: a card that was copied or moved begins a new one, and what the other
machine wrote on it goes to the ward under that machine's own numbers.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

import messages
from device.log.failover import Keeper, Store
from device.log.files import LogError, LogInUseError
from device.log.stores import Numbered, Row, parse_at
from device.machine import Marks
from messages import Code, Reason

__all__ = ["Log", "LogError", "LogInUseError", "Opened", "Span", "Unsent"]

CLOSE_S = 2.0
MOST_QUEUED = 50_000  # entries while the disk hangs within one write
MOST_BYTES = 16_000  # of a batch as it travels: brokers with small limits take it, and 60 entries a time are fast
ENVELOPE_BYTES = 150  # of a batch beside its entries: braces, names, the log's id and the first number

_logger = logging.getLogger(__name__)
_entry = msgspec.json.Decoder(messages.Entry)


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening found. `memory`: what was remembered last; `set_aside`: why an older file was put away;
    `of_another_machine`: because this is a card of another box."""

    log_id: str
    memory: bytes | None
    set_aside: Reason | None
    of_another_machine: bool = False


class Span(NamedTuple):
    """The log whose entries go out next: it holds `oldest` up to before `next_seq`."""

    log_id: str
    oldest: int
    next_seq: int


class Unsent(NamedTuple):
    """How many entries have no receipt yet, and when the oldest was written."""

    waiting: int
    oldest_at: datetime | None


@dataclass(slots=True)
class _Work:
    """What waited in the queue, to be committed together."""

    rows: list[Row] = field(default_factory=list)
    memory: bytes | None = None
    done: list[threading.Event] = field(default_factory=list)
    too_long: list[tuple[str, int, bytes]] = field(default_factory=list)
    renumber: dict[str, int] = field(default_factory=dict)
    stay_ended: bool = False
    stop: bool = False

    def merge(self, other: "_Work") -> None:
        self.rows += other.rows
        self.memory = other.memory if other.memory is not None else self.memory
        self.done += other.done
        self.too_long += other.too_long
        self.renumber |= other.renumber
        self.stay_ended |= other.stay_ended
        self.stop |= other.stop


class Log:
    """The log and the box's memory, in one file."""

    def __init__(
        self,
        path: Path | str,
        *,
        boot: str,
        utcnow: Callable[[], datetime],
        clock_ok: Callable[[], bool],
        trouble: Callable[[Reason | None], None],
        clock: Callable[[], float] = time.monotonic,
        here: Marks | None = None,
    ) -> None:
        """`trouble`: told why when the disk fails, None when it works again; by the writer's thread or `open`.
        `here`: the marks of this machine; None: a log that may be carried from one to another."""
        self._boot = boot
        self._utcnow = utcnow
        self._clock_ok = clock_ok
        self._keeper = Keeper(Path(path), utcnow=utcnow, clock=clock, trouble=trouble, here=here)
        self._queue: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="log-writer", daemon=True)
        self._news: Callable[[], None] = lambda: None
        self._through: dict[str, int] = {}  # receipts, by log
        self._unsent = Unsent(0, None)
        self._recorded = 0  # by the box's thread, since the start
        self._kept = 0  # by the writer's
        self._refused_rows = 0
        self.refused_receipts = 0  # for another log, or beyond what ours holds

    def open(self) -> Opened:
        """Find the log and start the writer. Blocks; a disk that fails is trouble, not an error.

        Raises LogInUseError when another box runs on the folder.
        """
        memory, why = self._keeper.open()
        self._count_unsent()
        self._thread.start()
        of_another = why is not None and why.code is Code.LOG_OF_ANOTHER_BOX
        return Opened(self._keeper.log_id, memory, why, of_another)

    @property
    def lost(self) -> int:
        """How many entries did not fit in memory since the start."""
        return self._refused_rows + self._keeper.lost

    def put(self, entries: Iterable[tuple[messages.Data, str | None]], memory: bytes | None = None) -> None:
        """Write entries with their stays and keep the memory: both or, with the plug pulled, neither.

        Returns at once; from the box's thread.
        """
        told = list(entries)
        rows = [self._row(data, stay) for data, stay in told]
        stay_ended = any(isinstance(data, messages.Reset | messages.Expired) for data, _ in told)
        if self._recorded - self._kept >= MOST_QUEUED:  # the disk has been hanging inside one write
            self._refused_rows += len(rows)
            rows = []
        self._recorded += len(rows)
        self._queue.put(_Work(rows=rows, memory=memory, stay_ended=stay_ended))

    def receipt(self, log_id: str, through: int) -> bool:
        """The ward has every entry of that log up to `through`. Returns at once, from any one thread.

        False where it was ignored: the log is not ours or holds no such entry (counted), or it says nothing new.
        """
        store = next((store for store in self._keeper.stores if store.log_id == log_id), None)
        if store is None or through >= store.next_seq:
            self.refused_receipts += 1
            return False
        if through <= self._through.get(log_id, 0):
            return False
        self._through[log_id] = through
        self._queue.put(_Work())
        return True

    def span(self) -> Span:
        """The log whose entries go out next, and which it holds. Returns at once, from any thread."""
        stores = self._keeper.stores
        store = next((store for store in stores if self._waiting(store)), stores[0])
        next_seq = store.next_seq
        return Span(store.log_id, next_seq - self._waiting(store), next_seq)

    def batch(self, most: int = 200, most_bytes: int = MOST_BYTES) -> messages.Log | None:
        """The oldest entries that have no receipt, of one log, at least one and else no more than `most_bytes` as they
        travel; None when there are none. Returns at once: they were read ahead. For the link's thread."""
        for store in self._keeper.stores:
            found = store.batch(self._through.get(store.log_id, 0), most, most_bytes - ENVELOPE_BYTES)
            if found:
                entries = tuple(self._entry(row) for row in found)
                return messages.Log(log_id=store.log_id, first_seq=found[0].seq, entries=entries)
        return None

    def shorten(self, log_id: str, seq: int) -> None:
        """Give up an entry that cannot be sent: a note replaces it. Returns at once."""
        found = next((store.batch(seq - 1, 1, 0) for store in self._keeper.stores if store.log_id == log_id), [])
        for row in found:
            _logger.error("log=given_up seq=%d entry=%r", row.seq, row.body)
            body = messages.encode(self._unreadable(row))
            self._queue.put(_Work(too_long=[(log_id, row.seq, body)]))

    def begin_again(self, log_id: str, through: int) -> None:
        """The ward has other entries under the numbers beyond `through`: number ours again. Returns at once."""
        self._queue.put(_Work(renumber={log_id: through}))

    def unsent(self) -> Unsent:
        """How many entries wait for a receipt, those not yet on the disk too. Returns at once, from any thread."""
        on_the_way = self._recorded - self._kept
        return Unsent(self._unsent.waiting + on_the_way, self._unsent.oldest_at)

    def tell_news(self, news: Callable[[], None]) -> None:
        """Have `news` called, by the writer's thread, whenever there are new entries to send."""
        self._news = news

    def flush(self, wait_s: float = CLOSE_S) -> bool:
        """Wait until everything put before is stored; whether this happened within `wait_s` seconds."""
        done = threading.Event()
        self._queue.put(_Work(done=[done]))
        return done.wait(wait_s)

    def close(self) -> None:
        """Store what is waiting and close the file, within 2 s: a hanging disk must not delay a restart."""
        self._queue.put(_Work(stop=True))
        self._thread.join(CLOSE_S)

    def _row(self, data: messages.Data, stay: str | None) -> Row:
        at = self._utcnow().astimezone(UTC)
        entry = messages.Entry(
            at=at,
            clock_ok=self._clock_ok(),
            boot=self._boot,
            stay=stay,
            kind=messages.kind_of(data),
            data=msgspec.to_builtins(data),
        )
        return Row(at.isoformat(), messages.encode(entry))

    def _entry(self, row: Numbered) -> messages.Entry:
        with contextlib.suppress(msgspec.DecodeError, TypeError):
            return _entry.decode(row.body or b"")
        return self._unreadable(row)

    def _unreadable(self, row: Numbered) -> messages.Entry:
        at = parse_at(row.at) or self._utcnow().astimezone(UTC)
        return messages.Entry(
            at=at, clock_ok=False, boot=self._boot, stay=None, kind=messages.EntryKind.UNREADABLE, data={}
        )

    def _waiting(self, store: Store) -> int:
        return min(store.count, store.next_seq - 1 - self._through.get(store.log_id, 0))

    def _count_unsent(self) -> None:
        stores = self._keeper.stores
        ages = [at for store in stores if (at := store.oldest_at) is not None]
        self._unsent = Unsent(sum(self._waiting(store) for store in stores), min(ages, default=None))

    # From here on: the writer's thread.

    def _write(self) -> None:
        stop = False
        while not stop:
            work = self._next_work()
            try:
                self._repair(work)
                self._keeper.keep(work.rows, work.memory, self._through, at_last=work.stop, stay_ended=work.stay_ended)
                self._count_unsent()
                self._kept += len(work.rows)
                self._news()
            except Exception:  # the log's thread must not end: the next entry is still written
                _logger.exception("log=unexpected")
            for done in work.done:
                done.set()
            stop = work.stop
        self._keeper.close()

    def _repair(self, work: _Work) -> None:
        for log_id, seq, body in work.too_long:
            self._keeper.shorten(log_id, seq, body)
        for log_id, through in work.renumber.items():
            self._keeper.begin_again(log_id, through)

    def _next_work(self) -> _Work:
        work = _Work()
        with contextlib.suppress(queue.Empty):
            work.merge(self._queue.get(timeout=self._keeper.retry_in_s))
            while True:
                work.merge(self._queue.get_nowait())
        return work
