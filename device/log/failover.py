"""Keeps entries on the disk, and in memory while the disk fails. Knows no queue and no thread: one thread calls it."""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from device.log.files import SIDECARS, put_aside, remove, rename
from device.log.memory import MemoryStore
from device.log.stores import (
    DiskStore,
    LogBrokenError,
    LogError,
    LogInUseError,
    LogOfAnotherMachineError,
    Row,
    is_broken,
    read_memory,
)
from device.machine import Marks
from messages import Code, Reason, because

MOST_IN_MEMORY_BYTES = 32_000_000  # some 60,000 entries: a bed's use of a year and more
FOREIGN = ".of-"  # between a log's file name and its id: it was written on another machine and is only sent
RETRY_FIRST_S, RETRY_MOST_S = 1.0, 60.0

Store = DiskStore | MemoryStore

_logger = logging.getLogger("device.log.log")


class Keeper:
    """The log's stores. `stores`, in the order in which they go out, may be read by any thread: it is swapped whole."""

    def __init__(
        self,
        path: Path,
        *,
        utcnow: Callable[[], datetime],
        clock: Callable[[], float],
        trouble: Callable[[Reason | None], None],
        here: Marks | None = None,
    ) -> None:
        """`here`: the marks of this machine, to which the log belongs; None: to any."""
        self._path = path
        self._here = here
        self._utcnow = utcnow
        self._clock = clock
        self._trouble = trouble
        self._disk: DiskStore | None = None
        self._spare: MemoryStore | None = None  # takes entries while the disk does not
        self._draining: list[MemoryStore] = []  # handed out while the disk did not, waiting for receipts
        self._foreign: list[DiskStore] = []  # what another machine wrote on this card and the ward does not have yet
        self._memory: bytes | None = None
        self._unsaved = False
        self._stay_ended_at: int | None = None  # the number of the entry that says so, until it has its receipt
        self._told = False
        self._retry_at = 0.0
        self._retry_s = 0.0
        self.stores: tuple[Store, ...] = ()
        self.lost = 0

    def open(self) -> tuple[bytes | None, Reason | None]:
        """What was remembered, and why an older file was set aside. Raises LogInUseError, nothing else."""
        why: Reason | None = None
        try:
            self._disk, why = self._open_disk()
            self._memory = self._disk.memory()
        except LogInUseError:
            raise
        except (LogError, OSError, sqlite3.Error) as error:
            self._memory = read_memory(self._path, self._here)
            self._fail(error)
        self._open_foreign()
        self._read_ahead({})
        self._publish()
        return self._memory, why

    @property
    def log_id(self) -> str:
        """The log that new entries go into."""
        into = self._spare or self._disk
        return "" if into is None else into.log_id

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
        """Store rows and memory, delete what has receipts (`through`, by log). `at_last`: try a failing disk again;
        `stay_ended`: nothing of the stay may remain on the disk except entries without a receipt."""
        if memory is not None:
            self._memory, self._unsaved = memory, True
        if self._spare is not None and (self.retry_in_s == 0 or at_last):
            self._try_disk(through)
        self._keep(rows, through)
        for store in (*self._draining, *((self._spare,) if self._spare else ())):
            store.forget(through.get(store.log_id, 0))
            self.lost += store.take_lost()
        self._draining = [store for store in self._draining if store.count]
        self._forget_foreign(through)
        self._read_ahead(through)
        self._scrub(through, stay_ended=stay_ended)
        self._publish()

    def shorten(self, log_id: str, seq: int, body: bytes) -> None:
        """Replace the body of an entry that cannot be sent."""
        try:
            for store in self.stores:
                if store.log_id == log_id:
                    store.shorten(seq, body)
        except sqlite3.Error as error:
            _logger.warning("log=unshortened reason=%r", _one_line(error))

    def begin_again(self, log_id: str, through: int) -> None:
        """Number the entries beyond `through` again: the ward has other entries under these numbers."""
        try:
            self._begin_again(log_id, through)
        except (LogError, OSError, sqlite3.Error) as error:
            self._lose_disk(error)
        self._publish()

    def _begin_again(self, log_id: str, through: int) -> None:
        disk = self._disk
        if disk is not None and disk.log_id == log_id and self._spare is None:
            _logger.warning("log=renumbered reason='the ward holds other entries after %d'", through)
            disk.begin_again(through)
            self._disk, _ = self._open_disk()
        for store in [store for store in self._foreign if store.log_id == log_id]:
            self._keep(store.rows(through), {})
            self._foreign.remove(store)
            _discard(store)

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
        """Close the files."""
        for store in (*self._foreign, *((self._disk,) if self._disk else ())):
            store.close()

    def _open_foreign(self) -> None:
        for path in sorted(self._path.parent.glob(f"{self._path.name}{FOREIGN}*")):
            if path.name.endswith((*SIDECARS, ".lock")) or any(store.path == path for store in self._foreign):
                continue
            try:
                self._foreign.append(DiskStore(path))
            except (LogError, OSError, sqlite3.Error) as error:
                _logger.warning("log=foreign_unread file=%s reason=%r", path.name, _one_line(error))

    def _forget_foreign(self, through: Mapping[str, int]) -> None:
        for store in list(self._foreign):
            try:
                if receipted := through.get(store.log_id, 0):
                    store.commit((), through=receipted)
            except sqlite3.Error as error:
                _logger.warning("log=foreign_kept reason=%r", _one_line(error))
            if not store.count:
                self._foreign.remove(store)
                _discard(store)

    def _read_ahead(self, through: Mapping[str, int]) -> None:
        """So that sending entries never waits for the disk."""
        for store in (*self._foreign, *((self._disk,) if self._disk else ())):
            try:
                store.read_ahead(through.get(store.log_id, 0))
            except sqlite3.Error as error:
                _logger.warning("log=unreadable error=%s", error)
                if store is self._disk:
                    self.check()

    def _scrub(self, through: Mapping[str, int], *, stay_ended: bool) -> None:
        """Remove deleted data at the end of a stay, and again once the ward has its last entry: two extra writes."""
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
        if self._disk is not None and self._spare is None and not self._disk.is_in_place:
            self._put_back(self._disk)
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

    def _put_back(self, disk: DiskStore) -> None:
        """The file was deleted or replaced: write its content there again before adding anything."""
        try:
            disk.put_back(self._utcnow())
            self._disk, _ = self._open_disk()
        except (LogError, OSError, sqlite3.Error) as error:
            self._fail(error)
            return
        _logger.warning("log=put_back reason='its file was deleted or replaced'")
        self._trouble(because(Code.LOG_FILE_REPLACED))
        self._trouble(None)

    def _lose_disk(self, error: Exception) -> None:
        if not is_broken(error) or self._disk is None:
            self._fail(error)
            return
        self._disk.close()
        self._disk = None
        try:
            self._disk, why = self._open_disk()
        except (LogError, OSError, sqlite3.Error) as again:
            self._fail(again)
            return
        self._unsaved = self._memory is not None
        self._trouble(why or because(Code.LOG_OPENED_AGAIN, what=_one_line(error)))
        self._trouble(None)

    def _open_disk(self) -> tuple[DiskStore, Reason | None]:
        try:
            return DiskStore(self._path, self._here), None
        except LogOfAnotherMachineError as error:
            rename(self._path, self._path.with_name(f"{self._path.name}{FOREIGN}{error.log_id}"))
            _logger.warning("log=of_another_machine log_id=%s", error.log_id)
            return DiskStore(self._path, self._here), because(Code.LOG_OF_ANOTHER_BOX)
        except (LogError, sqlite3.Error) as error:
            if not is_broken(error):
                raise
            target = put_aside(self._path, self._utcnow())
            what = str(error) if isinstance(error, LogBrokenError) else f"is damaged ({_one_line(error)})"
        why = because(Code.LOG_SET_ASIDE, what=what, file=target.name)
        _logger.warning("log=set_aside reason=%r", why.line)
        return DiskStore(self._path, self._here), why

    def _fail(self, error: Exception) -> None:
        self._retry_s = min(max(2 * self._retry_s, RETRY_FIRST_S), RETRY_MOST_S)
        self._retry_at = self._clock() + self._retry_s
        if self._spare is None:
            self._spare = MemoryStore(MOST_IN_MEMORY_BYTES)
        if not self._told:
            self._told = True
            is_held = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            why = because(Code.LOG_IN_USE if is_held else Code.LOG_NOT_WRITTEN, what=_one_line(error))
            _logger.warning("log=failed reason=%r", why.line)
            self._trouble(why)

    def _try_disk(self, through: Mapping[str, int]) -> None:
        spare = self._spare
        if spare is None:
            return
        try:
            if self._disk is None:
                self._disk, why = self._open_disk()
                self._unsaved = self._memory is not None
                self._open_foreign()
                if why:
                    self._trouble(why)
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
        self.stores = (*self._foreign, *disk, *self._draining, *spare)


def _discard(store: DiskStore) -> None:
    store.close()
    remove(store.path)


def _one_line(error: Exception) -> str:
    strerror = error.strerror if isinstance(error, OSError) else None  # without its path, which does not help
    return " ".join((strerror or str(error)).split())[:80]
