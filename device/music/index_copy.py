"""The last index of the music folder that a box could use, kept in its data folder: a power cut may leave half of one.

The tracks are still there, so the box plays them and reports a fault until the index is fixed.
"""

import logging
from pathlib import Path

from playlists.index import INDEX_NAME, Library, LibraryError, write_index

FOLDER_NAME = "music.last-good"

log = logging.getLogger(__name__)


class IndexCopy:
    """One box's copy. Reads and writes the disk, which may be slow; one thread at a time."""

    def __init__(self, data: Path) -> None:
        """`data`: the box's data folder. Touches nothing yet."""
        self._folder = data / FOLDER_NAME
        self._told = ""

    def library(self, music: Path) -> Library | None:
        """The music folder as the copy knows it; None where there is no copy that can be used."""
        try:
            return Library(music, Library.open(self._folder).recordings)
        except LibraryError:
            return None

    def keep(self, library: Library) -> None:
        """Keep what could be used, where it differs from what is kept. A disk that fails is logged, once a reason."""
        kept = self.library(library.folder)
        if kept is not None and kept.recordings == library.recordings:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_index(self._folder, library.recordings)
            self._told = ""
        except OSError as error:
            reason = f"{self._folder / INDEX_NAME}: {error.strerror}"
            if reason != self._told:
                log.warning("music=not-kept reason=%s", reason)
            self._told = reason
