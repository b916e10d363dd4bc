"""Tracks that were skipped early, as a hint for therapists; counted within one stay. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from messages import Data, TrackSkipped, TrackStarted

SOON_S = 30.0  # evidence section 2.2: a skip within 30 s counts as a dislike
SHOWN_MOST = 6


@dataclass(frozen=True, slots=True)
class Skipped:
    """A track (by its hash): how often it was skipped early, how often it began, and the playlist where it was last
    skipped."""

    track: str
    skipped: int
    begun: int
    playlist_slug: str


def skipped(entries: Iterable[Data]) -> list[Skipped]:
    """From entries, oldest first. The most skipped comes first; of equals, the one that began less often."""
    begun, soon, where = Counter[str](), Counter[str](), dict[str, str]()
    for data in entries:
        match data:
            case TrackStarted(start_s=0):  # resuming a track is not a beginning
                begun[data.track] += 1
            case TrackSkipped() if data.heard_s < SOON_S:
                soon[data.track] += 1
                where[data.track] = data.playlist
    found = [Skipped(track, number, max(number, begun[track]), where[track]) for track, number in soon.items()]
    return sorted(found, key=lambda one: (-one.skipped, one.begun, one.track))[:SHOWN_MOST]
