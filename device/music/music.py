"""The tracks on this box: which are there, where they lie, how loud they are, and the built-in playlists. Knows no
rule."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from device.config.settings import SoundSettings
from device.music.index_copy import IndexCopy
from device.music.track_levels import TrackLevels, Unplayable
from device.rules.events import BedPlaylist, BedTrack, MusicFound
from messages import Code, Reason, because
from playlists.files import is_file
from playlists.format import Playlist
from playlists.index import INDEX_NAME, TRACKS_NAME, Library, LibraryError, track_path
from playlists.track_level import TrackLevel, gain_db, is_too_quiet

log = logging.getLogger(__name__)

FIRST_WITHIN_S = 1.0  # a start waits no longer for a disk
TOO_QUIET = because(Code.TRACK_TOO_QUIET)
UNTOLD = SoundSettings()  # how a box plays by default


@dataclass(frozen=True, slots=True)
class Adjustment:
    """How a track is played so that it is as loud as the box says, and whole. `mono_mix`: factors of left and right for
    a box that plays mono; `seconds`: its length when all of it was decoded. None: not measured."""

    gain_db: float
    mono_mix: tuple[float, float] | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class _Index:
    """What was read of an index. `library` None: never one that could be used."""

    library: Library | None
    levels: Mapping[str, TrackLevel]
    seconds: Mapping[str, float]


class Music:
    """One music folder. `held` and `path` read the disk's directory, the index is read once and when `look` is called;
    any thread may ask."""

    def __init__(
        self,
        folder: Path,
        sound: SoundSettings = UNTOLD,
        measured: TrackLevels | None = None,
        copy: IndexCopy | None = None,
    ) -> None:
        """`sound`: how this box plays; `measured`: what it has measured itself; `copy`: of the last index."""
        self.folder = folder
        self._sound = sound
        self._measured = measured
        self._copy = copy
        self._index: _Index | None = None
        self._told = ""  # why the index could not be used, as the log was told

    def look(self) -> MusicFound:
        """The folder's content now; if the index cannot be used, the last usable one counts. A disk may be slow."""
        reason = self._read()
        if self._copy and not reason and self._known.library:
            self._copy.keep(self._known.library)
        lying = self.lying()
        unusable = self._unusable(lying)
        return MusicFound(self.builtin(), lying - frozenset(dict(unusable)), reason, unusable)

    @property
    def signature(self) -> tuple[object, ...]:
        """Differs where `look` may find something else; a few looks at the disk's directory."""
        stamps = tuple(_stamp(self.folder / name) for name in (INDEX_NAME, TRACKS_NAME))
        return (*stamps, self._measured.changes if self._measured else 0)

    def builtin(self) -> tuple[BedPlaylist, ...]:
        """The starter playlists as far as they were rendered here; none, and one line in the log, without an index."""
        library = self._known.library
        playlists = library.playlists() if library else ()
        return tuple(bed_playlist for bed_playlist in map(_bed_playlist, playlists) if bed_playlist.tracks)

    def held(self) -> frozenset[str]:
        """The SHA-256s of the tracks that lie in the folder now and can be played as far as is known."""
        lying = self.lying()
        return lying - frozenset(dict(self._unusable(lying)))

    def lying(self) -> frozenset[str]:
        """The SHA-256s of all that lies in the folder now. Reads the disk's directory."""
        try:
            return frozenset(path.stem for path in (self.folder / TRACKS_NAME).iterdir() if is_file(path))
        except OSError:
            return frozenset()

    def path(self, sha256: str) -> Path:
        """The path of a track; if it is missing, the speaker reports that in one line."""
        return track_path(self.folder, sha256) or self.folder / TRACKS_NAME / sha256

    def adjustment(self, sha256: str) -> Adjustment:
        """The gain that brings a track to its level; low for a track that has not been measured."""
        sound, level = self._sound, self.level(sha256)
        headroom_db = sound.full_scale_dba - sound.cap_day_dba
        wanted_db = gain_db(level, mono=sound.mono, presence=sound.presence, headroom_db=headroom_db)
        return Adjustment(wanted_db, level.mono_mix.factors if level else None, self._known.seconds.get(sha256))

    def level(self, sha256: str) -> TrackLevel | None:
        """The measured level of a track, from its rendering or from this box."""
        return self._known.levels.get(sha256) or (self._measured.get(sha256) if self._measured else None)

    def unmeasured(self) -> tuple[str, ...]:
        """The tracks in the folder that have not been measured; last, those that failed to decode. Reads the disk's
        directory."""
        unmeasured = (sha256 for sha256 in self.lying() if self.level(sha256) is None)
        return tuple(sorted(unmeasured, key=lambda sha256: (self.why_not(sha256) is not None, sha256)))

    def keep(self, sha256: str, level: TrackLevel) -> None:
        """Store what this box has measured; one thread. Raises OSError if it cannot be stored."""
        if self._measured is not None:
            self._measured.keep(sha256, level, self.lying())

    def keep_unplayable(self, sha256: str, reason: str) -> None:
        """Remember that this file cannot be decoded, until it is replaced; one thread. Raises OSError as `keep`."""
        stamp = self.stamp(sha256)
        if self._measured is not None and stamp is not None:
            self._measured.keep(sha256, Unplayable(reason, *stamp), self.lying())

    def stamp(self, sha256: str) -> tuple[int, int] | None:
        """Size in bytes and time of change in ns of a track's file: others where it was replaced. None: not there."""
        try:
            found = self.path(sha256).stat()
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns

    def _unusable(self, lying: frozenset[str]) -> tuple[tuple[str, Reason], ...]:
        """Which of these tracks cannot be played, and why."""
        found = ((sha256, self.why_not(sha256)) for sha256 in sorted(lying))
        return tuple((sha256, reason) for sha256, reason in found if reason is not None)

    def why_not(self, sha256: str) -> Reason | None:
        """Why a track that lies there cannot be played; None: as far as is known it can."""
        level = self.level(sha256)
        if level is not None:
            return TOO_QUIET if is_too_quiet(level, mono=self._sound.mono, presence=self._sound.presence) else None
        known = self._measured.unplayable(sha256) if self._measured else None
        same = known is not None and self.stamp(sha256) == (known.size_bytes, known.changed_ns)
        return because(Code.TRACK_UNREADABLE, what=known.reason) if known is not None and same else None

    @property
    def _known(self) -> _Index:
        if self._index is None:
            self._read()
        return self._index or _Index(None, {}, {})

    def _read(self) -> Reason | None:
        """Read the index; why it cannot be used, or None."""
        try:
            library = Library.open(self.folder)
        except LibraryError as error:
            if str(error) != self._told:
                log.warning("music=unreadable reason=%s", error)
            self._told, self._index = str(error), self._index or self._copied()
            return because(Code.NO_INDEX, what=error)
        self._told, self._index = "", _indexed(library)
        return None

    def _copied(self) -> _Index:
        library = self._copy.library(self.folder) if self._copy else None
        return _indexed(library) if library else _Index(None, {}, {})


class MusicWatch:
    """Own thread: looks at a music folder each minute and when it is asked to, and tells what it finds where that is
    another than before. A folder that is mounted late, or an index that was fixed, needs no restart."""

    def __init__(self, music: Music, tell: Callable[[MusicFound], None], *, every_s: float = 60.0) -> None:
        self._music = music
        self._tell = tell
        self._every_s = every_s
        self._asked = threading.Event()
        self._looked = threading.Event()
        self._closing = False
        self._found: MusicFound | None = None
        self._signature: tuple[object, ...] | None = None
        self._thread = threading.Thread(target=self._run, name="music", daemon=True)

    def start(self, within_s: float = FIRST_WITHIN_S) -> MusicFound:
        """The folder's content, or nothing if the disk does not answer in time; it is then reported later."""
        self._thread.start()
        self._looked.wait(within_s)
        return self._found or MusicFound((), frozenset(), because(Code.DISK_NO_ANSWER))

    def look_again(self) -> None:
        """Look now. Returns at once; any thread may ask."""
        self._asked.set()

    def close(self) -> None:
        """End the thread; one that hangs on the disk is abandoned."""
        self._closing = True
        self._asked.set()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while not self._closing:
            self._look()
            self._looked.set()
            self._asked.wait(self._every_s)
            self._asked.clear()

    def _look(self) -> None:
        signature = self._music.signature  # first: what changes while it is read is read again
        if signature == self._signature:
            return
        found = self._music.look()
        self._signature = None if found.reason else signature  # a disk that failed may answer next time
        if found != self._found:
            self._found = found
            self._tell(found)


def _indexed(library: Library) -> _Index:
    recordings = library.recordings.values()
    levels = {held.sha256: held.level for held in recordings if held.level is not None}
    return _Index(library, levels, {held.sha256: held.seconds for held in recordings})


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _bed_playlist(music: Playlist) -> BedPlaylist:
    tracks = tuple(
        BedTrack(track.sha256, track.title, track.seconds)
        for track in music.tracks
        if track.sha256 is not None and track.seconds is not None
    )
    return BedPlaylist(music.slug, music.title, music.label, str(music.purpose), tracks)
