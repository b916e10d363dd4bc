"""Brings tracks from a folder, such as a stick, into the box's music folder: for boxes without a way to the ward."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from device.music.music import Music
from device.music.track_store import NoSpaceError, StoreError, TrackStore, WrongHashError
from playlists.format import SHA256
from playlists.index import READ_BYTES, hash_file

MUSIC_SUFFIXES = frozenset({".opus", ".ogg", ".flac", ".wav", ".mp3", ".m4a", ".aac"})


def load(folder: Path, music: Music, store: TrackStore, wanted: Mapping[str, str]) -> int:
    """Take each file that is named by its hash, and each music file whose content is wanted; print a line for each.

    `wanted`: titles by hash. Returns the exit code: 0 where nothing failed, 1 where a file could not be taken, 2 where
    there is no folder.
    """
    if not folder.is_dir():
        print(f"{folder}: there is no such folder: is the stick mounted?")
        return 2
    taken, failed = 0, 0
    for path in _files(folder):
        try:
            line = _take(path, music, store, wanted)
        except (OSError, StoreError, WrongHashError) as error:
            failed += 1
            print(f"not taken  {path.name}: {getattr(error, 'strerror', None) or error}", flush=True)
            if isinstance(error, NoSpaceError):
                break  # the next one would not fit either
            continue
        taken += line.startswith("taken")
        print(line, flush=True)
    missing = sorted(set(wanted) - music.lying())
    for sha256 in missing:
        print(f"missing    {wanted[sha256]} ({sha256[:12]}...)")
    print(f"{taken} taken, {failed} not taken, {len(missing)} assigned tracks still missing")
    return int(failed > 0)


def _take(path: Path, music: Music, store: TrackStore, wanted: Mapping[str, str]) -> str:
    """One file; the line for a person. Raises OSError, StoreError or WrongHashError."""
    sha256 = path.stem if SHA256.fullmatch(path.stem) else hash_file(path)
    if sha256 in music.lying():
        return f"was there  {path.name}"
    if sha256 != path.stem and sha256 not in wanted:
        return f"left out   {path.name}: no playlist of this box needs it"
    store.make_room(path.stat().st_size, 0, {*wanted})
    with store.partial(sha256) as partial, path.open("rb") as file:
        partial.start_anew()
        while block := file.read(READ_BYTES):
            partial.write(block)
        store.keep(partial, sha256)
    return f"taken      {path.name}"


def _files(folder: Path) -> Iterator[Path]:
    """The music files under this folder, sorted; no hidden ones."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if Path(name).suffix.lower() in MUSIC_SUFFIXES and not name.startswith("."):
                yield Path(place, name)
