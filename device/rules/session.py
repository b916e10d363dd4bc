"""What plays, as values: one session, its plays and how loud they were. Times are monotonic
seconds, lengths seconds."""

from dataclasses import dataclass, replace
from math import inf, log10

from device.rules.events import BedPlaylist, BedTrack
from messages import Cause

CROSSFADE_S = 4.0  # between tracks of one loudness 4 to 8 s (docs/architecture.md); the shortest, for NEXT
VIGIL_CROSSFADE_S = 8.0  # the longest
MOST_DBA = 120.0  # what an entry can say; under 0 nobody hears anything


@dataclass(frozen=True, slots=True)
class Loudness:
    """An estimate over `seconds`, more than 0. The mean is one of energy, LAeq of IEC 61672-1."""

    seconds: float
    mean_dba: float
    max_dba: float

    def plus(self, other: "Loudness | None") -> "Loudness":
        """Both times together; each mean weighs as much as it lasted."""
        if other is None:
            return self
        seconds, louder_dba = self.seconds + other.seconds, max(self.mean_dba, other.mean_dba)
        energy = sum(part.seconds * 10 ** ((part.mean_dba - louder_dba) / 10) for part in (self, other)) / seconds
        return Loudness(seconds, louder_dba + 10 * log10(energy), max(self.max_dba, other.max_dba))


@dataclass(frozen=True, slots=True)
class Cued:
    """The track of the playlist that follows, as the speaker was told."""

    play_id: int
    place: int


@dataclass(frozen=True, slots=True)
class Death:
    """The player died while it played the track at `place`."""

    place: int
    at: float


@dataclass(frozen=True, slots=True)
class Session:
    """What plays. `track_zero_at`: when the track's first sample would have sounded; `sounded_at`: first sound.

    `length_s`: infinite in vigil; `since`: when it last was silent; `sounding`: music is heard now, be it still the
    one before; `cue_due_at`: the track is over, and by then the cued one must have begun.
    """

    session: str
    music: BedPlaylist
    place: int
    play_id: int
    began_at: float
    length_s: float
    fade_s: float
    track_zero_at: float
    since: float = 0.0
    cause: Cause = Cause.BUTTON  # why it began
    start_s: float = 0.0  # where in the track this play began
    sounded_at: float | None = None
    fading: bool = False
    skips: int = 0
    skipped: frozenset[int] = frozenset()  # places that the patient skipped
    broken: frozenset[int] = frozenset()  # places that could not be played since a track last began
    barred: frozenset[int] = frozenset()  # places that may no longer be played
    sounding: bool = False
    cued: Cued | None = None
    cue_due_at: float | None = None
    death: Death | None = None  # the last one of the player
    heard: Loudness | None = None  # of the plays that are over
    hearing: Loudness | None = None  # of this one so far
    left: tuple[int, Loudness | None] | None = None  # the play before this one, whose last measure is still to come
    quiet_at: float | None = None  # since when a session that was heard is silent, though it goes on
    quiet_s: float = 0.0  # how long it was so before

    @property
    def track(self) -> BedTrack:
        """The track that plays."""
        return self.music.tracks[self.place]

    @property
    def endless(self) -> bool:
        """Whether only a person can end it."""
        return self.length_s == inf

    @property
    def crossfade_s(self) -> float:
        """How long the crossfade between two tracks is."""
        return VIGIL_CROSSFADE_S if self.endless else CROSSFADE_S

    @property
    def fade_at(self) -> float:
        """When the closing fade begins."""
        return self.began_at + self.length_s - self.fade_s

    @property
    def ends_at(self) -> float:
        """When it is silent at the latest."""
        return self.began_at + self.length_s

    @property
    def loudness(self) -> Loudness | None:
        """How loud it was so far; None where nothing was measured."""
        return together(self._before, self.hearing)

    @property
    def _before(self) -> Loudness | None:
        return together(self.heard, self.left[1] if self.left else None)

    def with_track(self, place: int, play_id: int) -> "Session":
        """The session at another play: what the one before measured is kept."""
        left = (self.play_id, self.hearing) if self.play_id else None  # a session begins before its first play: 0
        return replace(self, place=place, play_id=play_id, cue_due_at=None, heard=self._before, hearing=None, left=left)

    def measured(self, play_id: int, loudness: Loudness | None) -> "Session":
        """The session with what was measured of a play: of this one, or the last of the one before."""
        if play_id == self.play_id:
            return replace(self, hearing=loudness)
        return replace(self, left=(play_id, loudness)) if self.left and self.left[0] == play_id else self

    def sounds(self, now: float) -> "Session":
        """Music is heard from now on."""
        quiet_s = self.quiet_s + (0.0 if self.quiet_at is None else now - self.quiet_at)
        sounded_at = now if self.sounded_at is None else self.sounded_at
        return replace(self, sounding=True, sounded_at=sounded_at, quiet_at=None, quiet_s=quiet_s)

    def falls_silent(self, now: float) -> "Session":
        """Nothing is heard from now on, though the session goes on."""
        return replace(self, sounding=False, quiet_at=now if self.sounded_at is not None else None)

    def heard_s(self, now: float) -> float:
        """Seconds of sound: since the first, without those in which a fault kept the music away."""
        if self.sounded_at is None:
            return 0.0
        until = now if self.quiet_at is None else self.quiet_at
        return max(0.0, until - self.sounded_at - self.quiet_s)

    def following(self, place: int) -> int | None:
        """The place after `place`, round and round: past what cannot or may not be played (None where that is all),
        and past what was skipped, unless all of it was."""
        count = len(self.music.tracks)
        after = [(place + step) % count for step in range(1, count + 1)]
        playable = [found for found in after if found not in self.broken | self.barred]
        return next((found for found in playable if found not in self.skipped), next(iter(playable), None))


def measured(seconds: float, mean_dba: float, max_dba: float) -> Loudness | None:
    """What a speaker measured; None while that is nothing yet. Digital silence has no level: it counts as 0 dB(A)."""
    if seconds <= 0:
        return None
    mean_dba, max_dba = (min(MOST_DBA, max(0.0, level_dba)) for level_dba in (mean_dba, max_dba))
    return Loudness(seconds, mean_dba, max_dba)


def together(one: Loudness | None, other: Loudness | None) -> Loudness | None:
    """Both times together, where either may be nothing."""
    return other if one is None else one.plus(other)
