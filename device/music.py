"""The pieces on this box: which are there, where they lie, and the built-in sets. Knows no rule."""

import logging
from functools import cached_property
from pathlib import Path

from device.events import BedPiece, BedSet
from playlists.format import MusicSet
from playlists.index import Library, LibraryError, piece_path

log = logging.getLogger(__name__)

PIECE_LUFS = -20.0  # what every piece is brought to
MOST_GAIN_DB = 12.0  # a piece that wants more was measured wrongly


class Music:
    """One music folder. `held` and `path` read the disk's directory, the index is read once; any thread may ask."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

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

    def gain_db(self, sha256: str) -> float:
        """What brings a piece to -20 LUFS, in dB; 0 for one that the index does not name or names absurdly."""
        gain_db = self._gains_db.get(sha256, 0.0)
        return gain_db if abs(gain_db) <= MOST_GAIN_DB else 0.0

    @cached_property
    def _library(self) -> Library | None:
        try:
            return Library.open(self.folder)
        except LibraryError as error:
            log.warning("music=none reason=%s", error)
            return None

    @cached_property
    def _gains_db(self) -> dict[str, float]:
        recordings = self._library.recordings.values() if self._library else ()
        return {recording.sha256: PIECE_LUFS - recording.lufs for recording in recordings}


def _bed_set(music: MusicSet) -> BedSet:
    pieces = tuple(
        BedPiece(piece.sha256, piece.title, piece.seconds)
        for piece in music.pieces
        if piece.sha256 is not None and piece.seconds is not None
    )
    return BedSet(music.slug, music.title, music.label, str(music.purpose), pieces)
