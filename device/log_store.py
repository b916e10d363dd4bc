"""Where entries lie until the ward has them: a file that survives a pulled plug, or memory while there is no disk.

Knows no queue and no thread; its owner calls everything but `batch` from one thread at a time.
"""

import contextlib
import fcntl
import os
import secrets
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

APPLICATION_ID = 0x4E474C31  # "NGL1", in the file's header
SCHEMA_VERSION = 1
FILE_NAME = "log.sqlite3"
KEPT_BROKEN = 3  # files set aside; older ones go, or a failing card would fill with them
_SCHEMA = (
    "CREATE TABLE entry(seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, body BLOB NOT NULL, crc INT NOT NULL)",
    "CREATE TABLE fact(name TEXT PRIMARY KEY, value BLOB NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id={APPLICATION_ID}",
    f"PRAGMA user_version={SCHEMA_VERSION}",
)
_KEEP_FACT = "INSERT OR REPLACE INTO fact(name, value, crc) VALUES (?, ?, ?)"
_BROKEN_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PROBE = b"\0" * 65_536


class LogError(Exception):
    """The base of what can be wrong with a log; one line."""


class LogBrokenError(LogError):
    """The file is not a sound log: set it aside."""


class LogInUseError(LogError):
    """Another box runs on this folder: numbers would be given twice."""


class Row(NamedTuple):
    """An entry before it has a number: when, in ISO 8601 UTC, and its JSON."""

    at: str
    body: bytes


class Numbered(NamedTuple):
    """An entry with its number; `body` None: it lay damaged in the file."""

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
    """A log in one SQLite file. What `commit` returned from is on the disk; a number is never given twice.

    Attributes hold what the file holds: `log_id`, `next_seq`, `count` and `oldest_at` of the entries in it.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises LogBrokenError, LogInUseError, OSError or sqlite3.Error."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock_file = lock(path)
        self._reading = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._closed = False
        self.oldest_at: datetime | None = None
        try:
            self._refuse_stumps()
            self._writer = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
        except BaseException:
            self._unlock()
            raise
        try:
            self._prepare()
            self._count()
        except BaseException:
            self.close()
            raise

    def commit(self, rows: Iterable[Row], memory: bytes | None = None, through: int = 0) -> None:
        """Number and keep rows, keep the memory, forget entries up to `through`: all of it or, on an error, nothing."""
        with self._transaction() as connection:
            added = [(row.at, row.body, zlib.crc32(row.body)) for row in rows]
            connection.executemany("INSERT INTO entry(at, body, crc) VALUES (?, ?, ?)", added)
            if memory is not None:
                fact = ("memory", memory, zlib.crc32(memory))
                connection.execute(_KEEP_FACT, fact)
            gone = connection.execute("DELETE FROM entry WHERE seq <= ?", (through,)).rowcount if through else 0
        self.next_seq += len(added)
        self.count += len(added) - gone
        if gone or self.oldest_at is None:
            self.oldest_at = self._oldest_at()

    def scrub(self) -> None:
        """Carry SQLite's journal over into the file and empty it: what was deleted is then nowhere any more.

        A journal that is being read stays until the next time.
        """
        self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def probe(self) -> None:
        """Raises where the disk would not take entries: a few bytes may fit where the next session does not."""
        for value in (_PROBE, b""):
            with self._transaction() as connection:
                fact = ("probe", value, zlib.crc32(value))
                connection.execute(_KEEP_FACT, fact)

    def batch(self, after: int, most: int) -> list[Numbered]:
        """The oldest entries beyond `after`, without a hole between them. Callable from any thread, at any time."""
        with self._reading:
            if self._closed:  # the path may hold another log by now
                return []
            if self._reader is None:
                self._reader = sqlite3.connect(self.path, timeout=2.0, isolation_level=None, check_same_thread=False)
                self._reader.execute("PRAGMA query_only=1")
            query = "SELECT seq, at, body, crc FROM entry WHERE seq > ? ORDER BY seq LIMIT ?"
            found = self._reader.execute(query, (after, most)).fetchall()
        rows = [Numbered(seq, at, body if zlib.crc32(body) == crc else None) for seq, at, body, crc in found]
        return [row for place, row in enumerate(rows) if row.seq == rows[0].seq + place]

    def check(self) -> None:
        """Raises LogBrokenError or sqlite3.Error where the file is damaged; the longer the log, the longer it takes."""
        verdict = self._writer.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != ("ok",):
            raise LogBrokenError(f"is damaged ({' '.join(str(verdict[0]).split())[:80]})")

    def memory(self) -> bytes | None:
        """What was remembered last, or None; None too where it lay damaged."""
        return _memory(self._writer)

    def close(self) -> None:
        """Close the file; whatever was committed stays."""
        with self._reading:
            if self._reader is not None:
                self._reader.close()
            self._reader, self._closed = None, True
        self._writer.close()
        self._unlock()

    def _refuse_stumps(self) -> None:
        if self.path.exists() and not self.path.is_file():
            raise LogBrokenError("is no file")
        if self.path.exists() and self.path.stat().st_size == 0:
            raise LogBrokenError("is empty")  # SQLite would begin anew and delete what its journal still holds

    def _prepare(self) -> None:
        if not self._writer.execute("SELECT 1 FROM sqlite_schema").fetchone():
            self._make()
        for pragma, wanted in (("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)):
            if self._writer.execute(f"PRAGMA {pragma}").fetchone() != (wanted,):
                raise LogBrokenError("is no log of this version")
        self._writer.execute("PRAGMA journal_mode=WAL")
        self._writer.execute("PRAGMA synchronous=FULL")
        self._writer.execute("PRAGMA secure_delete=ON")  # what a stay was given does not outlive it in free pages
        self.check()

    def _make(self) -> None:
        log_id = new_log_id().encode()
        with self._transaction() as connection:
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute(_KEEP_FACT, ("log_id", log_id, zlib.crc32(log_id)))
        _sync_folder(self.path.parent)

    def _count(self) -> None:
        try:
            (log_id,) = self._writer.execute("SELECT value FROM fact WHERE name = 'log_id'").fetchone()
            (self.count,) = self._writer.execute("SELECT count(*) FROM entry").fetchone()
            last = self._writer.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entry'").fetchone()
            self.log_id = log_id.decode()
        except (TypeError, ValueError, AttributeError):
            raise LogBrokenError("has no id") from None
        self.next_seq = (last[0] if last else 0) + 1
        self.oldest_at = self._oldest_at()

    def _oldest_at(self) -> datetime | None:
        found = self._writer.execute("SELECT at FROM entry ORDER BY seq LIMIT 1").fetchone()
        return parse_at(found[0]) if found else None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield self._writer
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise

    def _unlock(self) -> None:
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None


class MemoryStore:
    """A log without a disk, with an id of its own. What it holds is gone with the process."""

    def __init__(self, most: int) -> None:
        """`most`: how many entries it takes; those beyond are counted in `lost`."""
        self.log_id = new_log_id()
        self.next_seq = 1
        self.lost = 0
        self._most = most
        self._handed_out = 0
        self._rows: dict[int, Row] = {}
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many entries it holds."""
        return len(self._rows)

    @property
    def oldest_at(self) -> datetime | None:
        """When its oldest entry was written."""
        with self._lock:
            return next((parse_at(row.at) for row in self._rows.values()), None)

    def append(self, rows: Iterable[Row]) -> None:
        """Number and keep rows."""
        with self._lock:
            for row in rows:
                if len(self._rows) >= self._most:
                    self.lost += 1
                    continue
                self._rows[self.next_seq] = row
                self.next_seq += 1

    def take_lost(self) -> int:
        """How many entries there was no room for since this was last asked."""
        lost, self.lost = self.lost, 0
        return lost

    def forget(self, through: int) -> None:
        """Drop entries up to `through`."""
        with self._lock:
            for seq in [seq for seq in self._rows if seq <= through]:
                del self._rows[seq]

    def batch(self, after: int, most: int) -> list[Numbered]:
        """The oldest entries beyond `after`. Callable from any thread."""
        with self._lock:
            found = [Numbered(seq, row.at, row.body) for seq, row in self._rows.items() if seq > after][:most]
            self._handed_out = max([self._handed_out, *(row.seq for row in found)])
        return found

    def take_unseen(self) -> list[Row]:
        """Take out what `batch` never handed out: only that may get another number without coming twice."""
        with self._lock:
            unseen = [seq for seq in self._rows if seq > self._handed_out]
            self.next_seq -= len(unseen)
            return [self._rows.pop(seq) for seq in unseen]


Store = DiskStore | MemoryStore


def parse_at(text: str) -> datetime | None:
    """The time of a row, or None where it lay damaged."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def read_memory(path: Path) -> bytes | None:
    """What a file that cannot be written (a read-only card) still remembers; None where nothing can be read."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    except (OSError, sqlite3.Error):
        return None
    with contextlib.closing(connection), contextlib.suppress(sqlite3.Error):
        return _memory(connection)
    return None


def put_aside(path: Path, now: datetime) -> Path:
    """Rename a broken file, with its journal, so that a new log can begin and a person can still look into it."""
    target = path.with_name(f"{path.name}.broken-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}")
    for suffix in ("-shm", "-wal", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{target}{suffix}")
    broken = sorted(
        file for file in path.parent.glob(f"{path.name}.broken-*") if file.name[-4:] not in {"-wal", "-shm"}
    )
    for old in broken[:-KEPT_BROKEN]:
        for suffix in ("-shm", "-wal", ""):
            with contextlib.suppress(OSError):
                Path(f"{old}{suffix}").unlink()
    return target


def _memory(connection: sqlite3.Connection) -> bytes | None:
    found = connection.execute("SELECT value, crc FROM fact WHERE name = 'memory'").fetchone()
    if found is None or not isinstance(found[0], bytes) or zlib.crc32(found[0]) != found[1]:
        return None
    return found[0]


def lock(path: Path) -> int | None:
    """Keep every other box off a log's folder until the file handle is closed; None where the folder takes no file.

    Raises LogInUseError when another box runs on it.
    """
    try:
        lock_file = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        return None  # a folder that takes no file: opening the log says so better
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock_file)
        raise LogInUseError(f"another box runs on {path.parent}: end it, or name another data folder") from None
    return lock_file


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
