"""Where fetched tracks are written: unfinished ones in `partial/`, whole and verified ones in `tracks/`.

Which ones this box fetched stands in a file of its own; only those may be deleted, never what a person put there.
"""

import errno
import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from device.rules.fetching import to_evict, used_last
from playlists.files import read_small
from playlists.format import SHA256
from playlists.index import READ_BYTES, track_path, write_atomically
from playlists.parsing import UnreadableError, parse_json

log = logging.getLogger(__name__)

PARTIAL_NAME = "partial"
FILE_NAME = "fetched.json"
SYNC_BYTES = 4 << 20  # what a power cut may cost
SPARE_BYTES = 200_000_000  # stays free on the disk, for the log
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StoreError(Exception):
    """The disk does not take the track; one line."""


class NoSpaceError(StoreError):
    """The disk is full, or what is assigned exceeds the limit. `over_limit`: the second."""

    def __init__(self, line: str, *, over_limit: bool = False) -> None:
        super().__init__(line)
        self.over_limit = over_limit


class WrongHashError(Exception):
    """The file is not what its name says; it was deleted."""


class Partial:
    """One unfinished track, open and locked. One thread."""

    def __init__(self, path: Path, handle: int, *, trusted: bool) -> None:
        """`trusted`: this process wrote it; else what was not flushed may be anything after a power cut."""
        self._path, self._handle = path, handle
        size = os.fstat(handle).st_size
        self.size = size if trusted else size - size % SYNC_BYTES
        self._digest = hashlib.sha256()
        os.ftruncate(handle, self.size)
        self._read_again()

    def write(self, block: bytes) -> None:
        """Add to its end; on the disk each 4 MiB. Raises StoreError."""
        room = SYNC_BYTES - self.size % SYNC_BYTES
        for part in filter(None, (block[:room], block[room:])):
            with _as_store_error():
                self._write_all(part)
                self._digest.update(part)
                if self.size % SYNC_BYTES == 0:
                    os.fsync(self._handle)

    def start_anew(self) -> None:
        """Empty it."""
        with _as_store_error():
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
        self.size, self._digest = 0, hashlib.sha256()

    def finish(self, place: Path, sha256: str) -> None:
        """Verify it and move it to its place, safe on the disk. Raises WrongHashError or StoreError."""
        if self._digest.hexdigest() != sha256:
            self._path.unlink(missing_ok=True)
            raise WrongHashError(f"its content is not {sha256}")
        with _as_store_error():
            os.fchmod(self._handle, 0o644)
            os.fsync(self._handle)
            self._path.replace(place)
            sync_folder(place.parent)

    def _write_all(self, part: bytes) -> None:
        rest = memoryview(part)
        while rest:
            written = os.write(self._handle, rest)
            self.size += written
            rest = rest[written:]

    def _read_again(self) -> None:
        """What lies on the disk counts, not what was sent to it."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        while block := os.read(self._handle, READ_BYTES):
            self._digest.update(block)


class TrackStore:
    """The fetched tracks of one box. `data`: its own folder. One thread writes."""

    def __init__(self, music: Path, data: Path, *, most_bytes: int, spare_bytes: int = SPARE_BYTES) -> None:
        """`most_bytes`: of all fetched tracks together; `spare_bytes`: that stay free on the disk."""
        self._music, self._file = music, data / FILE_NAME
        self._most_bytes, self._spare_bytes = most_bytes, spare_bytes
        self._opened: set[str] = set()
        self._unreadable = ""  # as the log was told

    @property
    def _order(self) -> tuple[str, ...]:
        """The fetched tracks, those assigned longest ago first. Read each time: `load` writes it too. One that cannot
        be read only means that the tracks of before are never deleted."""
        try:
            return _read_order(self._file)
        except (OSError, UnreadableError, KeyError, TypeError) as error:
            if str(error) != self._unreadable:
                log.warning("fetched=unreadable reason=%s: these tracks stay on the card", error)
            self._unreadable = str(error)
            return ()

    def place(self, sha256: str) -> Path:
        """Where a whole track lies. Raises StoreError for text that is no hash."""
        path = track_path(self._music, sha256)
        if path is None:
            raise StoreError("its name is no SHA-256")
        return path

    @contextmanager
    def partial(self, sha256: str) -> Iterator[Partial]:
        """The unfinished track, as far as it has come. Raises StoreError, also where another process writes it."""
        place = self.place(sha256)
        path = self._music / PARTIAL_NAME / sha256
        with _as_store_error():
            path.parent.mkdir(parents=True, exist_ok=True)
            place.parent.mkdir(exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with _as_store_error():
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                partial = Partial(path, handle, trusted=sha256 in self._opened)
            self._opened.add(sha256)
            yield partial
        finally:
            os.close(handle)

    def keep(self, partial: Partial, sha256: str) -> None:
        """The track is whole: from now on it is one of the fetched. Raises WrongHashError or StoreError."""
        self._remember((*(one for one in self._order if one != sha256), sha256))  # first: else it could never go
        partial.finish(self.place(sha256), sha256)

    def assigned(self, needed: Collection[str]) -> None:
        """Note what is assigned now: it goes last. Raises StoreError."""
        before = self._order
        if (order := used_last(before, needed)) != before:
            self._remember(order)

    def make_room(self, coming_bytes: int, there_bytes: int, keep: Collection[str]) -> tuple[str, ...]:
        """Delete fetched tracks that are not in `keep` until a track fits, of which `there_bytes` are on the disk and
        `coming_bytes` are not; those that went.

        Raises NoSpaceError, and then nothing was deleted.
        """
        with _as_store_error():
            self._music.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._music).free
        sizes = tuple((sha256, self._size(sha256)) for sha256 in self._order)
        over = sum(size for _, size in sizes) + there_bytes + coming_bytes - self._most_bytes
        missing = coming_bytes + self._spare_bytes - free
        gone, enough = to_evict(sizes, keep, max(over, missing))
        if not enough:
            raise NoSpaceError(f"no room for {coming_bytes / 1e6:.1f} MB more", over_limit=over >= missing)
        for sha256 in gone:
            self._delete(sha256)
        return gone

    def sweep(self, wanted: Collection[str]) -> None:
        """Delete unfinished tracks that nobody wants any more."""
        with suppress(OSError):
            for path in (self._music / PARTIAL_NAME).iterdir():
                if path.name not in wanted and SHA256.fullmatch(path.name):
                    path.unlink(missing_ok=True)

    def _size(self, sha256: str) -> int:
        try:
            return self.place(sha256).stat().st_size
        except (OSError, StoreError):
            return 0

    def _delete(self, sha256: str) -> None:
        with _as_store_error():
            self.place(sha256).unlink(missing_ok=True)
        log.info("evicted=%s", sha256)
        self._remember(tuple(one for one in self._order if one != sha256))

    def _remember(self, order: tuple[str, ...]) -> None:
        text = json.dumps({"oldest_first": order}, indent=1) + "\n"
        with _as_store_error():
            write_atomically(self._file, text.encode())


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder safe against a power cut. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_order(file: Path) -> tuple[str, ...]:
    """Raises OSError, UnreadableError, KeyError or TypeError."""
    try:
        found = parse_json(read_small(file))["oldest_first"]
    except FileNotFoundError:
        return ()
    return tuple(dict.fromkeys(one for one in found if isinstance(one, str) and SHA256.fullmatch(one)))


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise (NoSpaceError if error.errno in NO_SPACE else StoreError)(error.strerror or str(error)) from error
