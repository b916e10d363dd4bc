"""Keeps entries on the disk, and in memory while the disk fails. Knows no queue and no thread: one thread calls it."""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from device.log_store import (
    DiskStore,
    LogBrokenError,
    LogError,
    LogInUseError,
    MemoryStore,
    Row,
    Store,
    is_broken,
    put_aside,
    read_memory,
)

MOST_IN_MEMORY = 200_000
RETRY_FIRST_S, RETRY_MOST_S = 1.0, 60.0

_logger = logging.getLogger("device.log")


class Keeper:
    """The log's stores. `stores`, in the order in which they go out, may be read by any thread: it is swapped whole."""

    def __init__(
        self,
        path: Path,
        *,
        utcnow: Callable[[], datetime],
        clock: Callable[[], float],
        trouble: Callable[[str | None], None],
    ) -> None:
        self._path = path
        self._utcnow = utcnow
        self._clock = clock
        self._trouble = trouble
        self._disk: DiskStore | None = None
        self._spare: MemoryStore | None = None  # takes entries while the disk does not
        self._draining: list[MemoryStore] = []  # handed out while the disk did not, waiting for receipts
        self._memory: bytes | None = None
        self._unsaved = False
        self._stay_ended_at: int | None = None  # the number of the entry that says so, until it has its receipt
        self._told = False
        self._retry_at = 0.0
        self._retry_s = 0.0
        self.stores: tuple[Store, ...] = ()
        self.lost = 0

    def open(self) -> tuple[bytes | None, str | None]:
        """What was remembered, and why an older file was set aside. Raises LogInUseError, nothing else."""
        line: str | None = None
        try:
            self._disk, line = self._open_disk()
            self._memory = self._disk.memory()
        except LogInUseError:
            raise
        except (LogError, OSError, sqlite3.Error) as error:
            self._memory = read_memory(self._path)
            self._fail(error)
        self._publish()
        return self._memory, line

    @property
    def retry_in_s(self) -> float | None:
        """Seconds until the disk is to be tried again; None while it works."""
        return None if self._spare is None else max(0.0, self._retry_at - self._clock())

    def keep(
        self,
        rows: list[Row],
        memory: bytes | None,
        through: Mapping[str, int],
        *,
        at_last: bool = False,
        stay_ended: bool = False,
    ) -> None:
        """Keep rows and memory, forget what has receipts (`through`, by log). `at_last`: try a failing disk again;
        `stay_ended`: nothing of the stay is to be left on the disk but entries on their way."""
        if memory is not None:
            self._memory, self._unsaved = memory, True
        if self._spare is not None and (self.retry_in_s == 0 or at_last):
            self._try_disk(through)
        self._keep(rows, through)
        for store in (*self._draining, *((self._spare,) if self._spare else ())):
            store.forget(through.get(store.log_id, 0))
            self.lost += store.take_lost()
        self._draining = [store for store in self._draining if store.count]
        self._scrub(through, stay_ended=stay_ended)
        self._publish()

    def check(self) -> None:
        """Look for damage after an entry could not be read."""
        if self._disk is None or self._spare is not None:
            return
        try:
            self._disk.check()
        except (LogError, sqlite3.Error) as error:
            self._lose_disk(error)
        self._publish()

    def close(self) -> None:
        """Close the file."""
        if self._disk is not None:
            self._disk.close()

    def _scrub(self, through: Mapping[str, int], *, stay_ended: bool) -> None:
        """At the end of a stay, and again once its last entry is with the ward; each costs the card one write more."""
        disk = self._disk
        if disk is None or self._spare is not None:
            return
        last, self._stay_ended_at = self._stay_ended_at, disk.next_seq - 1 if stay_ended else self._stay_ended_at
        is_with_the_ward = last is not None and through.get(disk.log_id, 0) >= last
        if is_with_the_ward and not stay_ended:
            self._stay_ended_at = None
        if stay_ended or is_with_the_ward:
            try:
                disk.scrub()
            except sqlite3.Error as error:
                _logger.warning("log=unscrubbed reason=%r", _one_line(error))

    def _keep(self, rows: list[Row], through: Mapping[str, int]) -> None:
        for _ in range(2):  # a broken file is set aside and the rows go into the new one
            if self._disk is None or self._spare is not None:
                break
            try:
                memory = self._memory if self._unsaved else None
                self._disk.commit(rows, memory, through.get(self._disk.log_id, 0))
            except (LogError, OSError, sqlite3.Error) as error:
                self._lose_disk(error)
            else:
                self._unsaved = False
                self._retry_s = 0.0 if rows else self._retry_s
                return
        if self._spare is None:
            self._fail(OSError("the disk damages what is written to it"))
        if self._spare is not None:
            self._spare.append(rows)

    def _lose_disk(self, error: Exception) -> None:
        if not is_broken(error) or self._disk is None:
            self._fail(error)
            return
        self._disk.close()
        self._disk = None
        try:
            self._disk, line = self._open_disk()
        except (LogError, OSError, sqlite3.Error) as again:
            self._fail(again)
            return
        self._unsaved = self._memory is not None
        self._trouble(line or f"the log broke ({_one_line(error)}) and was opened again")
        self._trouble(None)

    def _open_disk(self) -> tuple[DiskStore, str | None]:
        try:
            return DiskStore(self._path), None
        except (LogError, sqlite3.Error) as error:
            if not is_broken(error):
                raise
            target = put_aside(self._path, self._utcnow())
            reason = str(error) if isinstance(error, LogBrokenError) else f"is damaged ({_one_line(error)})"
        line = f"the log {reason}: it was set aside as {target.name}, a new log begins"
        _logger.warning("log=set_aside reason=%r", line)
        return DiskStore(self._path), line

    def _fail(self, error: Exception) -> None:
        self._retry_s = min(max(2 * self._retry_s, RETRY_FIRST_S), RETRY_MOST_S)
        self._retry_at = self._clock() + self._retry_s
        if self._spare is None:
            self._spare = MemoryStore(MOST_IN_MEMORY)
        if not self._told:
            self._told = True
            line = f"the log cannot be written ({_one_line(error)}): see to the card's space and rights"
            _logger.warning("log=failed reason=%r", line)
            self._trouble(line)

    def _try_disk(self, through: Mapping[str, int]) -> None:
        spare = self._spare
        if spare is None:
            return
        try:
            if self._disk is None:
                self._disk, _ = self._open_disk()
                self._unsaved = self._memory is not None
            self._disk.probe()
        except (LogError, OSError, sqlite3.Error) as error:
            self._fail(error)
            return
        self._spare = None
        self._keep(spare.take_unseen(), through)
        if spare.count:
            self._draining.append(spare)
        if self._spare is None:
            self._told = False
            _logger.info("log=back")
            self._trouble(None)

    def _publish(self) -> None:
        disk = () if self._disk is None else (self._disk,)
        spare = () if self._spare is None else (self._spare,)
        self.stores = (*disk, *self._draining, *spare)


def _one_line(error: Exception) -> str:
    strerror = error.strerror if isinstance(error, OSError) else None  # without its path, which tells nobody anything
    return " ".join((strerror or str(error)).split())[:80]
