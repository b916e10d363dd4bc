"""The pieces on this box: which are there, where they lie, how loud they are, and the built-in sets. Knows no rule."""

import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from device.config import SoundSettings
from device.events import BedPiece, BedSet
from device.track_levels import TrackLevels
from playlists.format import MusicSet
from playlists.index import Library, LibraryError, piece_path
from playlists.track_level import TrackLevel, gain_db

log = logging.getLogger(__name__)

UNTOLD = SoundSettings()  # how a box plays that nobody has told otherwise


@dataclass(frozen=True, slots=True)
class Adjustment:
    """How a piece is played so that it is as loud as the box says. `mono_mix`: factors of left and right for a box that
    plays mono, None: nobody has measured it."""

    gain_db: float
    mono_mix: tuple[float, float] | None


class Music:
    """One music folder. `held` and `path` read the disk's directory, the index is read once; any thread may ask."""

    def __init__(self, folder: Path, sound: SoundSettings = UNTOLD, measured: TrackLevels | None = None) -> None:
        """`sound`: how this box plays; `measured`: what it has measured itself."""
        self.folder = folder
        self._sound = sound
        self._measured = measured

    def builtin(self) -> tuple[BedSet, ...]:
        """The starter sets as far as they were rendered here; none, and one line in the log, without an index."""
        sets = self._library.sets() if self._library else ()
        return tuple(bed_set for bed_set in map(_bed_set, sets) if bed_set.pieces)

    def held(self) -> frozenset[str]:
        """The SHA-256s of the pieces that lie in the folder now."""
        try:
            return frozenset(path.stem for path in (self.folder / "pieces").iterdir() if path.is_file())
        except OSError:
            return frozenset()

    def path(self, sha256: str) -> Path:
        """Where a piece lies, or would lie: the speaker says so in one line if it is missing."""
        return piece_path(self.folder, sha256) or self.folder / "pieces" / sha256

    def adjustment(self, sha256: str) -> Adjustment:
        """What brings a piece to the level that the box says; careful with one that nobody has measured."""
        sound, level = self._sound, self.level(sha256)
        headroom_db = sound.full_scale_dba - sound.cap_day_dba
        wanted_db = gain_db(level, mono=sound.mono, presence=sound.presence, headroom_db=headroom_db)
        return Adjustment(wanted_db, level.mono_mix.factors if level else None)

    def level(self, sha256: str) -> TrackLevel | None:
        """What was measured of a piece, by whoever rendered it or by this box."""
        return self._levels.get(sha256) or (self._measured.get(sha256) if self._measured else None)

    def unmeasured(self) -> tuple[str, ...]:
        """The pieces in the folder that nobody has measured. Reads the disk's directory."""
        return tuple(sha256 for sha256 in sorted(self.held()) if self.level(sha256) is None)

    def keep(self, sha256: str, level: TrackLevel) -> None:
        """Remember what this box has measured; one thread. Raises OSError where that outlives no start."""
        if self._measured is not None:
            self._measured.keep(sha256, level, self.held())

    @cached_property
    def _library(self) -> Library | None:
        try:
            return Library.open(self.folder)
        except LibraryError as error:
            log.warning("music=none reason=%s", error)
            return None

    @cached_property
    def _levels(self) -> dict[str, TrackLevel]:
        recordings = self._library.recordings.values() if self._library else ()
        return {held.sha256: held.level for held in recordings if held.level is not None}


def _bed_set(music: MusicSet) -> BedSet:
    pieces = tuple(
        BedPiece(piece.sha256, piece.title, piece.seconds)
        for piece in music.pieces
        if piece.sha256 is not None and piece.seconds is not None
    )
    return BedSet(music.slug, music.title, music.label, str(music.purpose), pieces)
