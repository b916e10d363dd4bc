"""One box plays one playlist of recordings, as a nurse assigns it and a patient hears it; all of it is kept in a
folder.

Nothing is judged here: what is kept can be judged afterwards, and again.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tests.end_to_end.pages import Nurse
from tests.end_to_end.processes import until
from tests.listening.box import Box
from tests.listening.house import Bed, House
from tests.listening.panel import PanelError
from tests.listening.records import Act, Entry

SOUND, TOLD = "sound.s16", "told.json"
LOOK_S = 0.3
TURN_S = 0.1
MEASURED_WITHIN_S = 900.0  # many boxes at once measure some minutes
ASSIGNED_WITHIN_S = 60.0
MOST_TIMES, MORE_S = 1.3, 30.0  # of a playlist's length: a busy machine takes sound more slowly than it runs
BEFORE_NEXT_S = 9.0
AFTER_STOP_S = 2.0
LEVELS = "track-levels.json"  # what the box has measured, in its data folder
_LOAD = """
import json
from ward.music.models import Playlist, Track, PlaylistTrack
for slug, tracks in json.loads({playlists!r}).items():
    playlist = Playlist.objects.create(slug=slug, title=slug.title(), label="Music", purpose="comfort", arc="flat")
    for place, (sha256, title, seconds) in enumerate(tracks, 1):
        track, _ = Track.objects.get_or_create(sha256=sha256, defaults=dict(title=title, seconds=seconds))
        PlaylistTrack.objects.create(playlist=playlist, place=place, track=track)
"""


@dataclass(frozen=True, slots=True)
class Recording:
    """One file. `seconds`: its decoded length."""

    path: str
    sha256: str
    title: str
    seconds: float


@dataclass(slots=True)
class Told:
    """What one box was assigned, did and said. Times are monotonic seconds. `arrivals`: frames that had come, and when;
    `looks`: when, and what /state said; `levels`: what the box measured of each track."""

    playlist: list[Recording]
    arrivals: list[tuple[int, float]] = field(default_factory=list)
    looks: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    levels: dict[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Beside the sound."""
        (folder / TOLD).write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, folder: Path) -> "Told":
        """What `save` wrote."""
        told = json.loads((folder / TOLD).read_text())
        return cls(
            [Recording(**one) for one in told["playlist"]],
            [(frames, at) for frames, at in told["arrivals"]],
            [(at, state) for at, state in told["looks"]],
            [Act(**one) for one in told["acts"]],
            [Entry(**one) for one in told["entries"]],
            told["levels"],
        )


class PlaylistHouse(House):
    """A ward that has playlists of recordings to assign, too. Any thread may ask for a bed."""

    def __init__(self, folder: Path, music: Path, devices: Mapping[str, str]) -> None:
        super().__init__(folder, music, devices)
        self._one_at_a_time = threading.Lock()  # to log in takes long on a busy machine

    def load(self, playlists: Mapping[str, Sequence[Recording]]) -> None:
        """By slug. The ward runs already."""
        told = {slug: [(one.sha256, one.title, one.seconds) for one in found] for slug, found in playlists.items()}
        self._ward.do("shell", "-c", _LOAD.format(playlists=json.dumps(told)))

    def bed_with(self, box: Box, slug: str) -> Bed:
        """The box's bed, when a nurse has assigned it this playlist alone."""
        with self._one_at_a_time:
            Nurse(self._ward.url).assign(str(list(self._devices).index(box.device_id) + 1), [slug])
            return self.bed_of(box)


def make_music(folder: Path, starter: Path, playlist: Sequence[Recording]) -> None:
    """A box's music folder: the starter music with its index, and the recordings by their hash."""
    tracks = folder / "tracks"
    tracks.mkdir(parents=True)
    (folder / "index.json").write_bytes((starter / "index.json").read_bytes())
    for path in (starter / "tracks").iterdir():
        (tracks / path.name).symlink_to(path.resolve())
    for one in playlist:
        (tracks / f"{one.sha256}.opus").symlink_to(Path(one.path).resolve())  # a box looks into files, not at names


class Performance:
    """One box that plays one playlist, of two recordings at least. `folder` is its own. One thread."""

    def __init__(self, box: Box, bed: Bed, slug: str, playlist: Sequence[Recording], folder: Path) -> None:
        self._box = box
        self._bed = bed
        self._slug = slug
        self._folder = folder
        self._told = Told(list(playlist))
        self._frames = 0
        self._looked_at = 0.0

    def prepare(self) -> None:
        """Wait until the playlist has come, and its recordings are measured."""
        until("the box has its playlist", self._is_assigned, within_s=ASSIGNED_WITHIN_S)
        until("the box has measured its recordings", self._has_measured, within_s=MEASURED_WITHIN_S)

    def play(self, detents: int, nexts: int) -> None:
        """VOLUME is turned, then the whole playlist plays without a touch; then some presses of NEXT, and a stop.

        Saves what was told.
        """
        playlist = self._told.playlist
        lasts_s = sum(one.seconds for one in playlist)
        with (self._folder / SOUND).open("wb") as out:
            if detents:
                self._box.panel.do(f"turn?knob=volume&steps={detents}")
            self._press("play")
            self._listen(out, MOST_TIMES * lasts_s + MORE_S, until_again=playlist[0].title)
            self._listen(out, BEFORE_NEXT_S)
            for _ in range(nexts):
                self._press("next")
                self._listen(out, BEFORE_NEXT_S)
            self._press("play")
            self._listen(out, AFTER_STOP_S)
        clock_lead_s = time.time() - time.monotonic()
        until("the ward has the session's end", lambda: self._has_ended(self._bed.new_entries(clock_lead_s)))
        self._told.save(self._folder)

    def _press(self, button: str) -> None:
        self._told.acts.append(Act(time.monotonic(), button, f"press?button={button}"))
        self._box.panel.do(f"press?button={button}")

    def _listen(self, out: BinaryIO, seconds: float, until_again: str = "") -> None:
        """So long at most; or until this track plays again after others, or nothing plays any more."""
        ends, played = time.monotonic() + seconds, list[str]()
        while time.monotonic() < ends:
            for at, frames in self._box.sink.take():
                out.write(frames.tobytes())
                self._frames += len(frames)
                self._told.arrivals.append((self._frames, at))
            state = self._look()
            if state and until_again:
                played += [str(state["track"])] if state["track"] not in played[-1:] else []
                if (not state["playing"] and len(played) > 1) or played.count(until_again) > 1:
                    return
            time.sleep(TURN_S)

    def _look(self) -> dict[str, Any] | None:
        if time.monotonic() < self._looked_at + LOOK_S:
            return None
        asked_at = self._looked_at = time.monotonic()
        try:
            state = self._box.panel.state()
        except PanelError:  # a busy machine; the sound goes on
            return None
        self._told.looks.append(((asked_at + time.monotonic()) / 2, state))
        return state

    def _is_assigned(self) -> bool:
        time.sleep(TURN_S)
        return self._slug in self._box.panel.state()["playlists"]

    def _has_measured(self) -> bool:
        time.sleep(1.0)
        file = self._folder / "data" / LEVELS
        self._told.levels = json.loads(file.read_bytes())["tracks"] if file.exists() else {}
        return {one.sha256 for one in self._told.playlist} <= set(self._told.levels)

    def _has_ended(self, entries: list[Entry]) -> bool:
        time.sleep(TURN_S)
        self._told.entries += entries
        return any(one.kind == "session_ended" for one in self._told.entries)
