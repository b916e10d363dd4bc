"""The files of a log: private to the service, used by one box at a time, set aside when broken. Knows no entry."""

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

KEPT_BROKEN = 3  # files set aside; older ones are deleted, or a failing card would fill up
FILE_MODE, FOLDER_MODE = 0o600, 0o700  # an entry contains data of a patient's stay
JOURNALS = ("-journal", "-wal")  # a file is made under the first, which then takes it back to nothing if the plug goes
SIDECARS = ("-shm", *JOURNALS)
_ALL = (*SIDECARS, "")
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder of its own is made in it


class LogError(Exception):
    """The base of what can be wrong with a log; one line."""


class LogInUseError(LogError):
    """Another box runs on this folder: numbers would be used twice."""


def make_folder(folder: Path) -> None:
    """Make a folder for the service alone; one that is there keeps its rights. Raises OSError."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)


def make_private(path: Path) -> None:
    """Make the file where there is none, for the service alone, and tighten all that lies there of the log.

    Raises OSError where the folder takes no file; rights that cannot be changed stay as they are.
    """
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE))
    for file in path.parent.glob(f"{path.name}*"):
        with contextlib.suppress(OSError):
            if file.is_file() and file.stat().st_mode & 0o077:
                file.chmod(FILE_MODE)


def put_aside(path: Path, now: datetime) -> Path:
    """Rename a broken file and its journal, so that a new log can start and a person can still examine it."""
    target = path.with_name(f"{path.name}.broken-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}")
    rename(path, target)
    broken = sorted(file for file in path.parent.glob(f"{path.name}.broken-*") if not file.name.endswith(SIDECARS))
    for old in broken[:-KEPT_BROKEN]:
        remove(old)
    return target


def rename(path: Path, target: Path) -> None:
    """Rename a log's file and its journal."""
    for suffix in _ALL:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{target}{suffix}")


def remove(path: Path) -> None:
    """Remove a log's file with all that belongs to it."""
    for suffix in (*_ALL, ".lock"):
        with contextlib.suppress(OSError):
            Path(f"{path}{suffix}").unlink()


@contextlib.contextmanager
def readable_copy(path: Path) -> Iterator[Path]:
    """A private copy of a log that cannot be opened where it lies, with what its journal holds; gone with the block.

    Raises OSError where there is no room for it.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(_temporary_folder()))
        for suffix in (*JOURNALS, ""):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{suffix}", folder / f"{path.name}{suffix}")
        yield folder / path.name


def _temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    """In memory where that is possible: the card is what cannot be written."""
    with contextlib.suppress(OSError):
        return tempfile.TemporaryDirectory(prefix="nightingale-", dir=_IN_MEMORY)
    return tempfile.TemporaryDirectory(prefix="nightingale-")


def lock(path: Path) -> int | None:
    """Lock a log's folder against other boxes until the file handle is closed; None if the folder is not writable.

    Raises LogInUseError when another box runs on it.
    """
    try:
        lock_file = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE)
    except OSError:
        return None  # a folder that takes no file: opening the log says so better
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock_file)
        raise LogInUseError(f"another box runs on {path.parent}: end it, or name another data folder") from None
    return lock_file


def sync_folder(folder: Path) -> None:
    """Make sure that new and renamed files of a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
