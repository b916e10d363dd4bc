"""A fetcher over a music folder; as a process that may be killed: `-m tests.box.fetching_box FOLDER URL HASH...`."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from device.config.settings import ContentSettings
from device.music.fetcher import Fetcher
from device.music.music import Music
from device.music.track_store import TrackStore
from device.rules.events import Assigned, BedPlaylist, BedTrack
from device.rules.fetching import Pace
from device.rules.state import State
from messages import Reason

BOX = "6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a40"
QUICK = Pace(start_s=0.0, first_s=0.02, most_s=0.1, harmed_s=0.1)


def needing(*hashes: str) -> State:
    """A box to which these tracks are assigned, by day."""
    tracks = tuple(BedTrack(sha256, f"Track {place}", 60.0) for place, sha256 in enumerate(hashes))
    playlists = (BedPlaylist("calm", "Calm", "Calm", "comfort", tracks),) if tracks else ()
    assigned = Assigned(1, "d", "stay", playlists)
    return State(boot="b", code="C", builtin=(), held=frozenset(), level_dba=50.0, assigned=assigned, night=False)


class FetchingBox:
    """A music folder, what is assigned, and the fetcher; what it tells lies in queues."""

    def __init__(self, folder: Path, url: str, *hashes: str, most_mb: float = 1000.0, spare_bytes: int = 0) -> None:
        self.music = Music(folder / "music")
        self.state = needing(*hashes)
        self.arrived: SimpleQueue[str] = SimpleQueue()
        self.trouble: SimpleQueue[Reason | None] = SimpleQueue()
        self.harm: Callable[[], int] = lambda: 0
        folder.mkdir(exist_ok=True)
        settings = ContentSettings(url=url, most_mb=most_mb)
        store = TrackStore(self.music.folder, folder, most_bytes=settings.most_bytes, spare_bytes=spare_bytes)
        self.fetcher = Fetcher(
            settings,
            store,
            BOX,
            state=lambda: self.state,
            held=self.music.lying,
            arrived=self.arrived.put,
            trouble=self.trouble.put,
            harm=self._harmed,
            pace=QUICK,
        )

    def _harmed(self) -> int:
        return self.harm()

    def has(self, *hashes: str) -> bool:
        """Whether these lie there whole."""
        return self.music.lying() >= set(hashes)


if __name__ == "__main__":
    FetchingBox(Path(sys.argv[1]), *sys.argv[2:]).fetcher.start()
    threading.Event().wait()
