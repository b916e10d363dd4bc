"""What this box has measured of tracks that no index speaks of, by the hash of their file; kept in the data folder."""

import json
import logging
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playlists.files import read_small
from playlists.index import write_atomically
from playlists.parsing import one_line, parse_json
from playlists.track_level import TrackLevel

log = logging.getLogger(__name__)

FILE_NAME = "track-levels.json"
VERSION = 1  # of the file and of how a level is measured: after a change all is measured again


@dataclass(frozen=True, slots=True)
class Unplayable:
    """A file that could not be decoded, and why. It holds for this very file only: `size_bytes` and `changed_ns` (its
    time of change, as the disk has it) are of another one where it was replaced."""

    reason: str
    size_bytes: int
    changed_ns: int


class TrackLevels:
    """Read once, when it is made. One thread keeps, any may ask. A file that cannot be read is as good as none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._levels, self._unplayable = _read(path)
        self.changes = 0  # a counter: a reader with the same number has seen everything

    def get(self, sha256: str) -> TrackLevel | None:
        """What was measured of this file; None: nothing."""
        return self._levels.get(sha256)

    def unplayable(self, sha256: str) -> Unplayable | None:
        """What was found where nothing could be measured of the file that lay there then."""
        return self._unplayable.get(sha256)

    def keep(self, sha256: str, found: TrackLevel | Unplayable, held: Collection[str]) -> None:
        """Keep it for good, and of the others those that are still `held`. Raises OSError; it is known all the same."""
        others = set(held) - {sha256}
        levels = {known: of for known, of in self._levels.items() if known in others}
        unplayable = {known: of for known, of in self._unplayable.items() if known in others}
        if isinstance(found, TrackLevel):
            levels[sha256] = found
        else:
            unplayable[sha256] = found
        self._levels, self._unplayable = levels, unplayable
        self.changes += 1
        tracks = {known: of.entry() for known, of in sorted(levels.items())}
        broken = {known: asdict(of) for known, of in sorted(unplayable.items())}
        text = json.dumps({"version": VERSION, "tracks": tracks, "unplayable": broken}, indent=1)
        write_atomically(self._path, f"{text}\n".encode())


def _read(path: Path) -> tuple[dict[str, TrackLevel], dict[str, Unplayable]]:
    try:
        found = parse_json(read_small(path))
        return _levels(found), _unplayable(found)
    except FileNotFoundError:
        return {}, {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("levels=none file=%s reason=%s: the tracks are measured again", path, error)
        return {}, {}


def _levels(found: Any) -> dict[str, TrackLevel]:
    if found["version"] != VERSION:
        raise ValueError(f"is not version {VERSION}")
    return {str(sha256): TrackLevel.of_entry(entry) for sha256, entry in found["tracks"].items()}


def _unplayable(found: Any) -> dict[str, Unplayable]:
    return {
        str(sha256): Unplayable(one_line(str(entry["reason"])), int(entry["size_bytes"]), int(entry["changed_ns"]))
        for sha256, entry in found.get("unplayable", {}).items()
    }
