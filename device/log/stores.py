"""Stores entries until the ward has them, in a file that survives a power cut. Knows no queue and no thread.

One thread calls everything but `batch`, which hands out what that thread has read ahead. So a file has one connection,
which holds it alone: SQLite before 3.51.3 can damage a file in WAL mode that several connections write and reset, and
a card that hangs within a read or a write holds up only the log's writer.
"""

import contextlib
import json
import os
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from device.log.files import (
    JOURNALS,
    LogError,
    LogInUseError,
    lock,
    make_folder,
    make_private,
    put_aside,
    readable_copy,
    remove,
    sync_folder,
)
from device.machine import Marks, is_other
from playlists.parsing import parse_json

__all__ = ["DiskStore", "LogBrokenError", "LogError", "LogInUseError", "LogOfAnotherMachineError", "Numbered", "Row"]

APPLICATION_ID = 0x4E474C31  # "NGL1", in the file's header
SCHEMA_VERSION = 1
FILE_NAME = "log.sqlite3"
AHEAD = 500  # entries read ahead: as many as a message may hold
_SCHEMA = (
    "CREATE TABLE entry(seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, body BLOB NOT NULL, crc INT NOT NULL)",
    "CREATE TABLE fact(name TEXT PRIMARY KEY, value BLOB NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id={APPLICATION_ID}",
    f"PRAGMA user_version={SCHEMA_VERSION}",
)
_KEEP_FACT = "INSERT OR REPLACE INTO fact(name, value, crc) VALUES (?, ?, ?)"
_BROKEN_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PROBE = b"\0" * 65_536


class LogBrokenError(LogError):
    """The file is not a sound log: set it aside."""


class LogOfAnotherMachineError(LogError):
    """The file was written on other hardware: its numbers are that box's. `log_id`: which log it is."""

    def __init__(self, log_id: str) -> None:
        super().__init__("was written on another machine")
        self.log_id = log_id


class Row(NamedTuple):
    """An entry before it has a number: when, in ISO 8601 UTC, and its JSON."""

    at: str
    body: bytes


class Numbered(NamedTuple):
    """An entry with its number; `body` None: it was damaged in the file."""

    seq: int
    at: str
    body: bytes | None


def new_log_id() -> str:
    """An id that no other log has; the numbers of a log count only together with it."""
    return secrets.token_hex(8)


def is_broken(error: Exception) -> bool:
    """Whether the file's content is at fault, not the disk's space or rights."""
    code = getattr(error, "sqlite_errorcode", None)
    short_read = code == sqlite3.SQLITE_IOERR_SHORT_READ
    return isinstance(error, LogBrokenError) or short_read or (code is not None and code & 0xFF in _BROKEN_CODES)


class DiskStore:
    """A log in one SQLite file. What `commit` returned from is on the disk; a number is never used twice.

    Attributes hold what the file holds: `log_id`, `next_seq`, `count` and `oldest_at` of the entries in it.
    """

    def __init__(self, path: Path, here: Marks | None = None) -> None:
        """Open or make the file. `here`: the marks of this machine, None for a log that belongs to any.

        Raises LogBrokenError, LogInUseError, LogOfAnotherMachineError, OSError or sqlite3.Error.
        """
        self.path = path
        self._ahead: tuple[Numbered, ...] = ()
        self.oldest_at: datetime | None = None
        make_folder(path.parent)
        self._lock_file = lock(path)
        try:
            self._refuse_stumps()
            make_private(path)
            self._connection = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
        except BaseException:
            self._unlock()
            raise
        try:
            self._prepare()
            self._count()
            self._bind(here or {})
            self._place = _place(path)
        except BaseException:
            self.close()
            raise

    def commit(self, rows: Iterable[Row], memory: bytes | None = None, through: int = 0) -> None:
        """Number and keep rows, keep the memory, forget entries up to `through`: all of it or, on an error, nothing."""
        with self._transaction() as connection:
            added = [(row.at, row.body, zlib.crc32(row.body)) for row in rows]
            connection.executemany("INSERT INTO entry(at, body, crc) VALUES (?, ?, ?)", added)
            if memory is not None:
                self._keep_fact("memory", memory)
            gone = connection.execute("DELETE FROM entry WHERE seq <= ?", (through,)).rowcount if through else 0
        self.next_seq += len(added)
        self.count += len(added) - gone
        if gone or self.oldest_at is None:
            self.oldest_at = self._oldest_at()

    def read_ahead(self, through: int) -> None:
        """Read what goes out next, for `batch`: the oldest entries beyond `through`. Raises sqlite3.Error."""
        ahead = [row for row in self._ahead if row.seq > through]
        last = ahead[-1].seq if ahead else through
        if len(ahead) < AHEAD and last < self.next_seq - 1:
            query = "SELECT seq, at, body, crc FROM entry WHERE seq > ? ORDER BY seq LIMIT ?"
            found = self._connection.execute(query, (last, AHEAD - len(ahead))).fetchall()
            ahead += [Numbered(seq, at, body if _is_sound(body, crc) else None) for seq, at, body, crc in found]
        self._ahead = tuple(row for place, row in enumerate(ahead) if row.seq == ahead[0].seq + place)

    def batch(self, after: int, most: int, most_bytes: int) -> list[Numbered]:
        """The oldest entries beyond `after` that were read ahead, without a hole between them; at least one and else no
        more than `most_bytes`. From any thread."""
        return within([row for row in self._ahead if row.seq > after][:most], most_bytes)

    def shorten(self, seq: int, body: bytes) -> None:
        """Replace an entry's body: an entry that never arrives would hold up all after it."""
        with self._transaction() as connection:
            connection.execute("UPDATE entry SET body = ?, crc = ? WHERE seq = ?", (body, zlib.crc32(body), seq))
        self._ahead = tuple(row._replace(body=body) if row.seq == seq else row for row in self._ahead)

    def begin_again(self, through: int) -> None:
        """Give the log a new id and number the entries beyond `through` from 1; then close it: open it again."""
        log_id = new_log_id().encode()
        with self._transaction() as connection:
            query = "SELECT at, body, crc FROM entry WHERE seq > ? ORDER BY seq"
            kept = connection.execute(query, (through,)).fetchall()
            connection.execute("DELETE FROM entry")
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'entry'")
            connection.executemany("INSERT INTO entry(at, body, crc) VALUES (?, ?, ?)", kept)
            self._keep_fact("log_id", log_id)
        self.close()

    def rows(self, after: int) -> list[Row]:
        """Every sound entry beyond `after`. Raises sqlite3.Error."""
        query = "SELECT at, body, crc FROM entry WHERE seq > ? ORDER BY seq"
        found = self._connection.execute(query, (after,)).fetchall()
        return [Row(at, body) for at, body, crc in found if _is_sound(body, crc)]

    @property
    def is_in_place(self) -> bool:
        """Whether the file still lies at its path: entries in a deleted or replaced file would be lost."""
        try:
            return _place(self.path) == self._place
        except FileNotFoundError:
            return False
        except OSError:  # what cannot be looked at may still be written
            return True

    def put_back(self, now: datetime) -> None:
        """Write all of it, with its id and numbers, to its path again, and close it: open it there. What lies there is
        set aside. Raises OSError or sqlite3.Error; it is as open as before then."""
        copy = self.path.with_name(f"{self.path.name}.new")
        remove(copy)
        self.scrub()
        self._connection.execute("VACUUM INTO ?", (str(copy),))
        if self.path.exists():
            put_aside(self.path, now)
        copy.rename(self.path)
        sync_folder(self.path.parent)
        self.close()

    def scrub(self) -> None:
        """Carry SQLite's journal over into the file and empty it: what was deleted is then nowhere any more."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def probe(self) -> None:
        """Raises where the disk would not take entries: a few bytes may fit where the next session does not."""
        for value in (_PROBE, b""):
            with self._transaction():
                self._keep_fact("probe", value)

    def check(self) -> None:
        """Raises LogBrokenError or sqlite3.Error where the file is damaged; the longer the log, the longer it takes."""
        verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != ("ok",):
            raise LogBrokenError(f"is damaged ({' '.join(str(verdict[0]).split())[:80]})")

    def memory(self) -> bytes | None:
        """The memory stored last; None if missing or damaged."""
        return _fact(self._connection, "memory")

    def close(self) -> None:
        """Close the file; whatever was committed stays."""
        self._ahead = ()  # the path may contain another log by now
        self._connection.close()
        self._unlock()

    def _refuse_stumps(self) -> None:
        if self.path.exists() and not self.path.is_file():
            raise LogBrokenError("is no file")
        is_being_made = Path(f"{self.path}-journal").exists()  # a plug was pulled: SQLite takes it back and begins
        if self.path.exists() and self.path.stat().st_size == 0 and not is_being_made:
            raise LogBrokenError("is empty")  # SQLite would start again and delete what its journal still holds

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # before the first read: then there is no -shm file
        if not self._connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
            self._make()
        for pragma, wanted in (("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)):
            if self._connection.execute(f"PRAGMA {pragma}").fetchone() != (wanted,):
                raise LogBrokenError("is no log of this version")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        # Deleted data of a stay must not remain in free pages.
        self._connection.execute("PRAGMA secure_delete=ON")
        self.check()

    def _make(self) -> None:
        with self._transaction() as connection:
            for statement in _SCHEMA:
                connection.execute(statement)
            self._keep_fact("log_id", new_log_id().encode())
        sync_folder(self.path.parent)

    def _count(self) -> None:
        log_id = _fact(self._connection, "log_id")
        try:
            (self.count,) = self._connection.execute("SELECT count(*) FROM entry").fetchone()
            last = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entry'").fetchone()
            self.log_id = (log_id or b"").decode()
        except (TypeError, ValueError, AttributeError):
            raise LogBrokenError("has no id") from None
        if not self.log_id:
            raise LogBrokenError("has no id")
        self.next_seq = (last[0] if last else 0) + 1
        self.oldest_at = self._oldest_at()

    def _bind(self, here: Marks) -> None:
        """The log is this machine's from now on; what is new of it is written down, where the disk takes it."""
        kept = _marks(self._connection)
        if is_other(kept, here):
            raise LogOfAnotherMachineError(self.log_id)
        known = {**kept, **here}
        if known != kept:
            with contextlib.suppress(sqlite3.Error), self._transaction():
                self._keep_fact("machine", json.dumps(known).encode())

    def _oldest_at(self) -> datetime | None:
        found = self._connection.execute("SELECT at FROM entry ORDER BY seq LIMIT 1").fetchone()
        return parse_at(found[0]) if found else None

    def _keep_fact(self, name: str, value: bytes) -> None:
        self._connection.execute(_KEEP_FACT, (name, value, zlib.crc32(value)))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _unlock(self) -> None:
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None


def within(rows: list[Numbered], most_bytes: int) -> list[Numbered]:
    """The first of them that fit together, as they travel; at least one."""
    left = most_bytes
    for place, row in enumerate(rows):
        left -= len(row.body or b"") + 1  # with its comma
        if left < 0:
            return rows[: max(1, place)]
    return rows


def parse_at(text: str) -> datetime | None:
    """The time of a row, or None where it lay damaged."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def read_memory(path: Path, here: Marks | None = None) -> bytes | None:
    """What a file that cannot be written (a read-only card) still remembers; None where nothing can be read, or where
    it was written on another machine.

    What was committed last may lie in the journal alone: the file by itself may remember the stay before.
    """
    with contextlib.suppress(OSError, sqlite3.Error):
        if _is_in_journal(path):
            with readable_copy(path) as copy, contextlib.closing(sqlite3.connect(copy)) as connection:
                return _memory(connection, here or {})
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            return _memory(connection, here or {})
    return None


def _place(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _is_in_journal(path: Path) -> bool:
    journals = [Path(f"{path}{suffix}") for suffix in JOURNALS]
    return any(journal.exists() and journal.stat().st_size > 0 for journal in journals)


def _memory(connection: sqlite3.Connection, here: Marks) -> bytes | None:
    return None if is_other(_marks(connection), here) else _fact(connection, "memory")


def _marks(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Of the machine that the log was written on; none if they are missing or damaged."""
    try:
        found = parse_json(_fact(connection, "machine") or b"{}")
        return {str(source): tuple(map(str, values)) for source, values in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _fact(connection: sqlite3.Connection, name: str) -> bytes | None:
    found = connection.execute("SELECT value, crc FROM fact WHERE name = ?", (name,)).fetchone()
    return found[0] if found is not None and _is_sound(*found) else None


def _is_sound(body: object, crc: object) -> bool:
    return isinstance(body, bytes) and zlib.crc32(body) == crc
