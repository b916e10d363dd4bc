"""Everything a box remembers, one frozen value. Times are monotonic seconds, levels dB(A) at the pillow."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from device.events import Assigned, BedPiece, BedSet, Button
from device.loudness import Loudness, together
from device.view import Scene
from messages import Part

RESUME_WITHIN_S = 30 * 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What the box itself allows, from its own configuration; the ward can only lower it."""

    floor_dba: float = 32.0  # quiet, never silent: a silent box looks broken
    start_day_dba: float = 50.0
    start_night_dba: float = 38.0
    cap_day_dba: float = 60.0
    cap_night_dba: float = 45.0
    step_db: float = 2.0  # one detent
    comfort_s: float = 24 * 60.0
    sleep_s: float = 45 * 60.0


@dataclass(frozen=True, slots=True)
class Cued:
    """The piece of the set that follows, as the speaker was told."""

    play_id: int
    place: int


@dataclass(frozen=True, slots=True)
class Death:
    """The player died while it played the piece at `place`."""

    place: int
    at: float


@dataclass(frozen=True, slots=True)
class Session:
    """What plays. `piece_zero_at`: when the piece's first sample would have sounded; `sounded_at`: first sound.

    `sounding`: music is heard now, be it still the one before; `cue_due_at`: the piece is over, and by then the cued
    one must have begun.
    """

    session: str
    music: BedSet
    place: int
    play_id: int
    began_at: float
    length_s: float
    fade_s: float
    piece_zero_at: float
    start_s: float = 0.0  # where in the piece this play began
    sounded_at: float | None = None
    fading: bool = False
    skips: int = 0
    broken: frozenset[int] = frozenset()  # places that could not be played since a piece last began
    sounding: bool = False
    cued: Cued | None = None
    cue_due_at: float | None = None
    death: Death | None = None  # the last one of the player
    heard: Loudness | None = None  # of the plays that are over
    hearing: Loudness | None = None  # of this one so far

    @property
    def piece(self) -> BedPiece:
        """The piece that plays."""
        return self.music.pieces[self.place]

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
        return together(self.heard, self.hearing)

    def with_piece(self, place: int, play_id: int) -> "Session":
        """The session at another play: what the one before measured is kept."""
        return replace(self, place=place, play_id=play_id, cue_due_at=None, heard=self.loudness, hearing=None)

    def heard_s(self, now: float) -> float:
        """Seconds since the first sound."""
        return 0.0 if self.sounded_at is None else max(0.0, now - self.sounded_at)


@dataclass(frozen=True, slots=True)
class Resume:
    """Where music stopped: PLAY goes on from there within 30 minutes."""

    slug: str
    place: int
    position_s: float
    at: float


@dataclass(frozen=True, slots=True)
class Overlay:
    """A screen that answers a press for a while, then goes home."""

    scene: Scene
    until: float
    wall: bool = False


@dataclass(frozen=True, slots=True)
class Choosing:
    """The set that the knob shows; what rests is what PLAY will play."""

    place: int
    rests_at: float


@dataclass(frozen=True, slots=True)
class State:
    """The whole box. `boot`: random at each start; `code`: the end of its id; `faults`: part and since when."""

    boot: str
    code: str
    builtin: tuple[BedSet, ...]
    held: frozenset[str]
    level_dba: float
    limits: Limits = field(default_factory=Limits)
    assigned: Assigned | None = None
    version: int = 0  # of the newest assignment ever applied; outlives a stay
    chosen: str | None = None
    playing: Session | None = None
    resume: Resume | None = None
    overlay: Overlay | None = None
    choosing: Choosing | None = None
    faults: tuple[tuple[Part, float], ...] = ()
    stuck: Button | None = None
    plays: int = 0
    sessions: int = 0
    touched_at: float = 0.0
    refused: str = ""  # digest of the last assignment refused, so that its repeats are told once
    link_up: bool = False
    night: bool = True  # until a clock says otherwise: an unknown clock means night
    sound_ready: bool = False

    @property
    def stay(self) -> str | None:
        """The stay that entries belong to."""
        return None if self.assigned is None else self.assigned.stay

    @property
    def cap_dba(self) -> float:
        """The highest level allowed now, the lower one of box and ward; by night never above the day's."""
        day_dba, night_dba = self.limits.cap_day_dba, self.limits.cap_night_dba
        if self.assigned:
            day_dba, night_dba = min(day_dba, self.assigned.cap_day_dba), min(night_dba, self.assigned.cap_night_dba)
        return min(day_dba, night_dba) if self.night else day_dba

    @property
    def no_sound(self) -> bool:
        """Whether the sound card is lost."""
        return any(part is Part.SOUND for part, _ in self.faults)

    @property
    def sets(self) -> tuple[BedSet, ...]:
        """What the patient may choose: assigned sets that are whole on the box, else what can play, else built-in."""
        assigned = () if self.assigned is None else self.assigned.sets
        whole = tuple(music for music in assigned if _cut(music, self.held).pieces == music.pieces != ())
        return whole or _playable(assigned, self.held) or _playable(self.builtin, self.held)

    @property
    def chosen_set(self) -> BedSet | None:
        """What PLAY will play: the set last chosen, else the first that is not for sleep."""
        sets = self.sets
        last = next((music for music in sets if music.slug == self.chosen), None)
        return last or next((music for music in sets if not music.is_sleep), None) or next(iter(sets), None)

    @property
    def sleep_set(self) -> BedSet | None:
        """What SLEEP will play: an assigned sleep set, else the built-in one."""
        sets = (*self.sets, *_playable(self.builtin, self.held))
        return next((music for music in sets if music.is_sleep), None)


def _playable(sets: Iterable[BedSet], held: frozenset[str]) -> tuple[BedSet, ...]:
    """The sets with only the pieces that are on the box; a set without any is left out."""
    return tuple(music for music in (_cut(music, held) for music in sets) if music.pieces)


def _cut(music: BedSet, held: frozenset[str]) -> BedSet:
    return replace(music, pieces=tuple(piece for piece in music.pieces if piece.sha256 in held))
