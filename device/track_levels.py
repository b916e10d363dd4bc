"""What this box has measured of tracks that no index speaks of, by the hash of their file; kept in the data folder."""

import json
import logging
from collections.abc import Collection
from pathlib import Path
from typing import Any

from playlists.files import read_small
from playlists.index import write_atomically
from playlists.parsing import parse_json
from playlists.track_level import TrackLevel

log = logging.getLogger(__name__)

FILE_NAME = "track-levels.json"
VERSION = 1  # of the file and of how a level is measured: another one, and all is measured anew


class TrackLevels:
    """Read once, when it is made. One thread keeps, any may ask. A file that cannot be read is as good as none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._levels = _read(path)

    def get(self, sha256: str) -> TrackLevel | None:
        """What was measured of this file; None: nothing."""
        return self._levels.get(sha256)

    def keep(self, sha256: str, level: TrackLevel, held: Collection[str]) -> None:
        """Keep it for good, and of the others those that are still `held`. Raises OSError; it is known all the same."""
        self._levels = {known: of for known, of in self._levels.items() if known in held} | {sha256: level}
        tracks = {known: of.entry() for known, of in sorted(self._levels.items())}
        write_atomically(self._path, (json.dumps({"version": VERSION, "tracks": tracks}, indent=1) + "\n").encode())


def _read(path: Path) -> dict[str, TrackLevel]:
    try:
        return _levels(parse_json(read_small(path)))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("levels=none file=%s reason=%s: the tracks are measured again", path, error)
        return {}


def _levels(found: Any) -> dict[str, TrackLevel]:
    if found["version"] != VERSION:
        raise ValueError(f"is not version {VERSION}")
    return {str(sha256): TrackLevel.of_entry(entry) for sha256, entry in found["tracks"].items()}
