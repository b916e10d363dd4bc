"""The log of a box, running or not, as SQLite makes it of a copy: the box holds its file alone. Knows no entry."""

import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

NAMES = ("log.sqlite3", "log.sqlite3-wal", "log.sqlite3-journal")


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in the log of this data folder now; nothing where no log has begun yet."""
    with tempfile.TemporaryDirectory(prefix="nightingale-log-") as name:
        while not _copied(folder, Path(name)):
            pass
        with closing(sqlite3.connect(Path(name) / NAMES[0])) as connection:
            begun = connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
            return connection.execute(query).fetchall() if begun else []


def _copied(folder: Path, to: Path) -> bool:
    """Whether nothing was written meanwhile: file and journal must be of one moment."""
    before = _stamps(folder)
    for name in NAMES:
        (to / name).unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # a journal may go between two looks
            shutil.copyfile(folder / name, to / name)
    return _stamps(folder) == before


def _stamps(folder: Path) -> list[tuple[int, int] | None]:
    return [_stamp(folder / name) for name in NAMES]


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
