"""The rules of bringing tracks to the box: which comes next, how long to wait after a failure, which may go. Pure.

Times are monotonic seconds, sizes bytes.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from device.rules.events import BedPlaylist
from device.rules.state import State

MOST_DOUBLINGS = 16
SMALLEST_SHARE = 0.5  # of a wait: the other half is what differs from box to box


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits in seconds. `start`: boxes that start together ask within so long; `first` and `most`: after the first
    failure and after many; `harmed`: after the sound had to wait. `playing_bytes_s`: the most while music plays."""

    start_s: float = 60.0
    first_s: float = 10.0
    most_s: float = 900.0
    harmed_s: float = 60.0
    playing_bytes_s: int = 512 * 1024  # an hour of music in about two minutes, a small part of what a card can write


@dataclass(frozen=True, slots=True)
class Failure:
    """So many failures in a row; not tried again before `until`."""

    count: int
    until: float


@dataclass(frozen=True, slots=True)
class Attempts:
    """What has failed lately: `source` is the server, `tracks` are those that it does not give or gives wrongly."""

    box_id: str
    pace: Pace = Pace()
    source: Failure | None = None
    tracks: Mapping[str, Failure] = field(default_factory=dict)

    def source_failed(self, now: float) -> "Attempts":
        """The server cannot be reached: no track is tried for a while."""
        return replace(self, source=self._failed(self.source, "source", now))

    def track_failed(self, sha256: str, now: float) -> "Attempts":
        """This track waits; the others go on."""
        failure = self._failed(self.tracks.get(sha256), sha256, now)
        return replace(self, source=None, tracks={**self.tracks, sha256: failure})

    def came_on(self, sha256: str) -> "Attempts":
        """Some of it arrived: its failures, and the server's, are over."""
        others = {key: failure for key, failure in self.tracks.items() if key != sha256}
        return replace(self, source=None, tracks=others)

    def next(self, missing: Sequence[str], now: float) -> str | None:
        """The first of these that may be tried now."""
        if self.source is not None and self.source.until > now:
            return None
        return next((sha256 for sha256 in missing if self._until(sha256) <= now), None)

    def due_at(self, missing: Sequence[str]) -> float | None:
        """When one of these may be tried; None: none is missing."""
        first = min((self._until(sha256) for sha256 in missing), default=None)
        return first if first is None or self.source is None else max(first, self.source.until)

    def _until(self, sha256: str) -> float:
        failure = self.tracks.get(sha256)
        return 0.0 if failure is None else failure.until

    def _failed(self, before: Failure | None, what: str, now: float) -> Failure:
        count = 1 if before is None else before.count + 1
        wait_s = min(self.pace.most_s, self.pace.first_s * 2 ** min(count - 1, MOST_DOUBLINGS))
        share = SMALLEST_SHARE + (1 - SMALLEST_SHARE) * chance(self.box_id, f"{what} {count}")
        return Failure(count, now + wait_s * share)


def chance(box_id: str, what: str) -> float:
    """From 0 to 1, always the same for one box: a ward's boxes spread, and a test knows what comes."""
    return int(hashlib.sha256(f"{box_id} {what}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def wanted(state: State) -> tuple[str, ...]:
    """The tracks of the assignment by hash, first what the next presses would play."""
    return tuple(dict.fromkeys(sha256 for sha256 in _by_urgency(state) if sha256 in state.needed))


def kept(state: State) -> frozenset[str]:
    """The tracks that must stay on the box: assigned, playing and built in. What may resume is one of these."""
    playing = state.playing.music.tracks if state.playing else ()
    builtin = (track for music in state.builtin for track in music.tracks)
    return state.needed | frozenset(track.sha256 for track in (*playing, *builtin))


def to_evict(
    oldest_first: Sequence[tuple[str, int]], keep: Collection[str], excess_bytes: int
) -> tuple[tuple[str, ...], bool]:
    """The fetched tracks, each with its size, that go for so many bytes to be free, those assigned longest ago first;
    and whether that is enough. Where it is not, none goes: the assignment does not fit, and it would be for nothing."""
    gone: list[str] = []
    for sha256, size_bytes in oldest_first:
        if excess_bytes <= 0:
            break
        if sha256 not in keep:
            gone.append(sha256)
            excess_bytes -= size_bytes
    enough = excess_bytes <= 0
    return tuple(gone) if enough else (), enough


def used_last(order: Sequence[str], assigned: Collection[str]) -> tuple[str, ...]:
    """The order of the fetched tracks, those assigned longest ago first, with what is assigned now at its end."""
    old = tuple(sha256 for sha256 in order if sha256 not in assigned)
    return (*old, *(sha256 for sha256 in order if sha256 in assigned))


def _by_urgency(state: State) -> Iterator[str]:
    """Chosen, then by night what SLEEP plays, then the rest, and what is for sleep before the evening comes."""
    playlists = () if state.assigned is None else state.assigned.playlists
    for music in sorted(playlists, key=lambda music: _rank(state, music)):
        yield from (track.sha256 for track in music.tracks)


def _rank(state: State, music: BedPlaylist) -> int:
    if state.playing is not None and music.slug == state.playing.music.slug:
        return 0
    if state.night and music.is_sleep:
        return 1
    if music.slug == state.chosen or (state.rules.vigil and music.is_vigil):
        return 2
    return 3 if music.is_sleep else 4
