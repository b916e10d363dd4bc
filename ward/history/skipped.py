"""Tracks that were skipped soon after they began, as a sign for whoever curates; counted within one stay. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from messages import Data, TrackSkipped, TrackStarted

SOON_S = 30.0  # evidence section 2.2: a skip within 30 s counts as a dislike
SHOWN_MOST = 6


@dataclass(frozen=True, slots=True)
class Skipped:
    """A track (by its hash): skipped soon so often, of so often begun; the set where it was skipped last."""

    track: str
    skipped: int
    begun: int
    playlist_slug: str


def skipped(entries: Iterable[Data]) -> list[Skipped]:
    """From entries, oldest first; the most skipped first, then what is skipped whenever it begins."""
    begun, soon, where = Counter[str](), Counter[str](), dict[str, str]()
    for data in entries:
        match data:
            case TrackStarted(start_s=0):  # what resumes does not begin
                begun[data.track] += 1
            case TrackSkipped() if data.heard_s < SOON_S:
                soon[data.track] += 1
                where[data.track] = data.playlist
    found = [Skipped(track, number, max(number, begun[track]), where[track]) for track, number in soon.items()]
    return sorted(found, key=lambda one: (-one.skipped, one.begun, one.track))[:SHOWN_MOST]
