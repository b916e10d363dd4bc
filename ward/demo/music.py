"""How far the rendering of the demo's music is. Reads the music folder's index; knows no row."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path

from playlists.format import PlaylistError
from playlists.index import read_index
from ward.demo.playlists import tracks_by_playlist
from ward.demo_folder import Told

ROUND_S = 10
GUESS_S = 15  # each track, before one is done


@dataclass(frozen=True, slots=True)
class Progress:
    """Playlists with all their tracks, of how many; tracks likewise; `left_s`: about, in steps of ten seconds."""

    whole: int
    playlists: int
    done: int
    tracks: int
    left_s: int

    @property
    def is_over(self) -> bool:
        """Whether everything is there."""
        return self.done == self.tracks


def progress(music: Path, told: Told, now: datetime) -> Progress:
    """What is rendered at `now`, and how long the rest takes if it goes on so."""
    wanted = tracks_by_playlist()
    all_slugs = {slug for slugs in wanted.values() for slug in slugs}
    there = all_slugs & _rendered(music)
    made, left = len(there) - told.music_had, len(all_slugs) - len(there)
    each_s = (now - told.music_at).total_seconds() / made if made > 0 else GUESS_S
    left_s = max(1, ceil(each_s * left / ROUND_S)) * ROUND_S
    whole = sum(set(slugs) <= there for slugs in wanted.values())
    return Progress(whole, len(wanted), len(there), len(all_slugs), left_s)


def _rendered(music: Path) -> set[str]:
    try:
        return set(read_index(music))
    except PlaylistError:
        return set()
