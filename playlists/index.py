"""A music folder: tracks by the hash of their file, and an index of the starter tracks; knows no player."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from playlists.catalogue import catalogue_playlists
from playlists.files import is_file, read_small
from playlists.format import SHA256, Playlist, PlaylistError, Track
from playlists.parsing import UnreadableError, one_line, parse_json
from playlists.track_level import TrackLevel

INDEX_NAME = "index.json"
TRACKS_NAME = "tracks"
INDEX_VERSION = 2
OLDER_VERSIONS = frozenset({1})  # it says nothing of a track's level as a box plays it; all else is the same
READ_BYTES = 1 << 20
LONGEST_S = 24 * 3600.0  # as in a playlist's text


class LibraryError(PlaylistError):
    """The music folder cannot be used; the line says which file and what to run."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What the index knows of one rendered track. Loudness in LUFS, peak in dBTP, range in LU; `level`: as a box plays
    it, None where nobody measured it."""

    slug: str
    sha256: str
    seconds: float
    title: str
    lufs: float
    true_peak: float
    range_lu: float
    key: str = ""  # of the program and plan that made it; another key means: render again
    level: TrackLevel | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """A music folder as it was when opened. Reading only; any thread may ask it."""

    folder: Path
    recordings: Mapping[str, Recording]

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Self:
        """Read the folder's index; raises LibraryError where it is missing or broken."""
        return cls(Path(folder), read_index(Path(folder)))

    def resolve(self, playlist: Playlist) -> Playlist:
        """The playlist with hash and length filled in where this folder knows the track by its slug."""
        return replace(playlist, tracks=tuple(self._resolved(track) for track in playlist.tracks))

    def path(self, sha256: str) -> Path | None:
        """Where a track lies, None if it is not on this disk (or the hash is none)."""
        path = track_path(self.folder, sha256)
        return path if path is not None and is_file(path) else None

    def title(self, sha256: str) -> str | None:
        """The title of a starter track, None for a track that the index does not name."""
        return next((held.title for held in self.recordings.values() if held.sha256 == sha256), None)

    def range_lu(self) -> dict[str, float]:
        """Loudness range (LU) by hash, as `checks.advice` wants it."""
        return {held.sha256: held.range_lu for held in self.recordings.values()}

    def playlists(self) -> tuple[Playlist, ...]:
        """The starter playlists, resolved; a track that was never rendered keeps `sha256=None`."""
        return tuple(self.resolve(playlist) for playlist in catalogue_playlists())

    def verify(self, sha256: str) -> bool:
        """Whether the file's contents still have their hash. Reads the whole file; false if it is missing."""
        path = self.path(sha256)
        try:
            return path is not None and hash_file(path) == sha256
        except OSError:
            return False

    def _resolved(self, track: Track) -> Track:
        held = self.recordings.get(track.slug)
        if held is None or track.sha256 not in {None, held.sha256}:
            return track
        return replace(track, sha256=held.sha256, seconds=held.seconds)


def track_path(folder: Path, sha256: str) -> Path | None:
    """The place of a track in a music folder; None for text that is no hash, so that no path can be smuggled."""
    return folder / TRACKS_NAME / f"{sha256}.opus" if SHA256.fullmatch(sha256) else None


def hash_file(path: Path) -> str:
    """SHA-256 of a file's contents, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def read_index(folder: Path) -> dict[str, Recording]:
    """The index of a music folder by slug; raises LibraryError with one line."""
    path = folder / INDEX_NAME
    try:
        found = parse_json(read_small(path))
    except FileNotFoundError:
        raise LibraryError(f"{path}: there is no music here yet, run: make venv") from None
    except OSError as error:
        raise LibraryError(f"{path}: cannot be read ({error.strerror}), fix its access rights") from None
    except UnreadableError:
        raise LibraryError(f"{path}: is not JSON, run: make venv") from None
    return _recordings(path, found)


def _recordings(path: Path, found: Any) -> dict[str, Recording]:
    if not isinstance(found, dict) or not isinstance(found.get("tracks"), dict):
        raise LibraryError(f'{path}: has no "tracks": an older version made it, make the music folder again')
    if found.get("version") not in (INDEX_VERSION, *OLDER_VERSIONS):  # a tuple: what lies there may be a list
        raise LibraryError(f"{path}: is not version {INDEX_VERSION}, run: make venv")
    return {slug: _recording(path, slug, entry) for slug, entry in found["tracks"].items()}


def _recording(path: Path, slug: str, entry: Any) -> Recording:
    try:
        sha256, title, key = str(entry["sha256"]), str(entry["title"]), str(entry.get("key", ""))
        seconds, lufs, true_peak, range_lu = (
            float(entry[name]) for name in ("seconds", "lufs", "true_peak", "range_lu")
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        raise LibraryError(f'{path}: the entry "{one_line(slug)}" is incomplete, run: make venv') from None
    if not SHA256.fullmatch(sha256) or not 0 < seconds <= LONGEST_S:
        raise LibraryError(f'{path}: the entry "{one_line(slug)}" has no usable hash, run: make venv')
    return Recording(slug, sha256, seconds, title, lufs, true_peak, range_lu, key, _level(entry))


def _level(entry: Any) -> TrackLevel | None:
    """What is missing or cannot be true is measured again: no reason to be without music."""
    try:
        return TrackLevel.of_entry(entry["level"])
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None


def write_index(folder: Path, recordings: Mapping[str, Recording]) -> None:
    """Replace the index in one step; a reader sees the old one or the new one. Raises OSError."""
    tracks = {slug: _entry(recordings[slug]) for slug in sorted(recordings)}
    text = json.dumps({"version": INDEX_VERSION, "tracks": tracks}, indent=1, ensure_ascii=False) + "\n"
    write_atomically(folder / INDEX_NAME, text.encode())


def write_atomically(path: Path, contents: bytes, mode: int = 0o644) -> None:
    """Write a small file beside its place, flush it to the disk, then move it there; root gives it to the folder's
    owner. `mode`: who may read it. Raises OSError."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)  # mkstemp gives 0600, but the box may run as another user
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.chown(temporary, owner.st_uid, owner.st_gid)
        os.replace(temporary, path)  # noqa: PTH105 - the atomic step, named as every manual names it
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _entry(held: Recording) -> dict[str, Any]:
    return {
        "sha256": held.sha256,
        "seconds": round(held.seconds, 3),
        "title": held.title,
        "lufs": round(held.lufs, 2),
        "true_peak": round(held.true_peak, 2),
        "range_lu": round(held.range_lu, 2),
        "key": held.key,
        "level": held.level.entry() if held.level else None,
    }
