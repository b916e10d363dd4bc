"""Everything a box remembers, one frozen value. Times are monotonic seconds, levels dB(A) at the pillow."""

from dataclasses import dataclass, field
from math import inf

from device.rules import offered_playlists
from device.rules.events import NO_RULES, Assigned, BedPlaylist, BedRules, Button, Wall
from device.rules.session import Session
from device.rules.view import Scene
from messages import Light, Moment, Part, Question, Reason, Showing

# Caps where a neighbour sleeps: the start level by day, one detent over it by night.
SHARED_DAY_DBA, SHARED_NIGHT_DBA = 50.0, 40.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What the box itself allows, from its own configuration; the ward can only lower it."""

    floor_dba: float = 32.0  # quiet, never silent: a silent box looks broken
    start_day_dba: float = 50.0
    start_night_dba: float = 38.0
    cap_day_dba: float = 60.0
    cap_night_dba: float = 45.0
    step_db: float = 2.0  # one detent


@dataclass(frozen=True, slots=True)
class Resume:
    """Where music stopped: PLAY goes on from there within 30 minutes."""

    slug: str
    place: int
    position_s: float
    at: float


@dataclass(frozen=True, slots=True)
class Undated:
    """What a box stored before its clock was set. How long ago it was is not known, which is not
    never: it is taken for just now (`taken_for`, monotonic seconds) until a clock tells. `resume_utc_s` and
    `stopped_utc_s`: UTC seconds since 1970, None where no clock ever dated it."""

    taken_for: float
    resume_utc_s: float | None
    stopped_utc_s: float | None


@dataclass(frozen=True, slots=True)
class Overlay:
    """A screen that answers a press for a while, then goes home."""

    scene: Scene
    until: float
    wall: bool = False


@dataclass(frozen=True, slots=True)
class Choosing:
    """The playlist that the knob shows; what rests is what PLAY will play."""

    place: int
    rests_at: float


@dataclass(frozen=True, slots=True)
class Asking:
    """A question on the screen. `stands`: where the knob stands (a score, or the place among better, same, worse);
    None:
    not turned yet. `session`: the one that it is about."""

    question: Question
    moment: Moment
    session: str | None
    asked_at: float
    until: float
    stands: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """When the bed was asked last, before and after a session; `sleep_day`: ordinal of the day of the question about
    last night."""

    before_at: float | None = None
    after_at: float | None = None
    sleep_day: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Entries of tracks: `spent` of what may be written, as of `at`; `left_out` of them `since` then, not yet told."""

    spent: float = 0.0
    at: float = 0.0
    left_out: int = 0
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What the ward is told of the screen. `frame`: 1024 bytes of a picture, else empty; `words`: those on it."""

    showing: Showing
    light: Light = Light.BRIGHT
    frame: bytes = b""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """The ward watches the screen `until` then. `seen`: what it shows, None where the painter has not told yet; `told`
    at `told_at`: the last that went to the ward since it asked."""

    until: float
    seen: Shown | None = None
    told: Shown | None = None
    told_at: float = -inf


@dataclass(frozen=True, slots=True)
class State:
    """The whole box. `boot`: random at each start; `code`: the end of its id; `faults`: part and since when."""

    boot: str
    code: str
    builtin: tuple[BedPlaylist, ...]
    held: frozenset[str]
    level_dba: float
    unusable: tuple[tuple[str, Reason], ...] = ()  # tracks that lie there and cannot be played, each with its reason
    limits: Limits = field(default_factory=Limits)
    language: str = "en"  # the box's own
    assigned: Assigned | None = None
    version: int = 0  # of the newest assignment ever applied; outlives a stay
    chosen: str | None = None
    chosen_tonight: bool = False  # PLAY plays it also by night, until day comes
    playing: Session | None = None
    resume: Resume | None = None
    stopped_at: float | None = None  # the patient's own last stop
    undated: Undated | None = None  # of `resume` and `stopped_at`, as long as nothing newer is in their place
    overlay: Overlay | None = None
    choosing: Choosing | None = None
    asking: Asking | None = None
    asked: Asked = Asked()
    reminding_until: float | None = None
    cleaning_until: float | None = None
    down: frozenset[Button] = frozenset()
    chord_at: float | None = None  # since when PLAY and NEXT are down together
    nurse_call: bool = False  # the nurse-call relay is closed
    faults: tuple[tuple[Part, float], ...] = ()
    index_fault: Reason | None = None  # why the index of the music folder cannot be used
    fetch_fault: Reason | None = None  # why assigned tracks cannot come to the box
    stuck: Button | None = None
    plays: int = 0
    sessions: int = 0
    touched_at: float = 0.0
    written: Written = Written()
    refused: str = ""  # digest of the last assignment refused, so that its repeats are told once
    link_up: bool = False
    wall: Wall | None = None  # the last look at the clock
    seen_until: int | None = None  # local minutes up to which times of the day have had their turn
    night: bool = True  # until a clock says otherwise: an unknown clock means night
    sound_ready: bool = False
    has_screen: bool = True
    watched: Watched | None = None
    testing: tuple[str, float] | None = None  # the command that asked for a self-test, and until when it may take

    @property
    def stay(self) -> str | None:
        """The stay that entries belong to."""
        return None if self.assigned is None else self.assigned.stay

    @property
    def rules(self) -> BedRules:
        """The bed's rules."""
        return NO_RULES if self.assigned is None else self.assigned.rules

    @property
    def cap_dba(self) -> float:
        """The highest level allowed now, the lowest of box, ward and shared room; by night never above the day's."""
        limits, rules = self.limits, self.rules
        day_dba, night_dba = min(limits.cap_day_dba, rules.cap_day_dba), min(limits.cap_night_dba, rules.cap_night_dba)
        if rules.shared_room:
            day_dba, night_dba = min(day_dba, SHARED_DAY_DBA), min(night_dba, SHARED_NIGHT_DBA)
        return min(day_dba, night_dba) if self.night else day_dba

    @property
    def no_sound(self) -> bool:
        """Whether the sound card is lost."""
        return any(part is Part.SOUND for part, _ in self.faults)

    @property
    def can_play(self) -> bool:
        """Whether a press would play music: the sound card is there, and something to play."""
        return not self.no_sound and bool(self.playlists)

    @property
    def speaks(self) -> str:
        """The language of the screen."""
        return self.rules.language or self.language

    @property
    def needed(self) -> frozenset[str]:
        """The tracks that the assignment may play, by hash."""
        given = () if self.assigned is None else self.assigned.playlists
        return frozenset(track.sha256 for music in given for track in music.tracks) - self.rules.never_play

    @property
    def unplayable(self) -> frozenset[str]:
        """The tracks, assigned or built in, that are stored but cannot be played, by hash."""
        builtin = (track.sha256 for music in self.builtin for track in music.tracks)
        return frozenset(dict(self.unusable)) & (self.needed | frozenset(builtin))

    @property
    def playlists(self) -> tuple[BedPlaylist, ...]:
        """What the patient may choose."""
        given = () if self.assigned is None else self.assigned.playlists
        return offered_playlists.offered(given, self.builtin, self.held, self.rules.never_play)

    @property
    def sleep_playlist(self) -> BedPlaylist | None:
        """What SLEEP will play: an assigned sleep playlist, else the built-in one."""
        playlists = (*self.playlists, *offered_playlists.playable(self.builtin, self.held - self.rules.never_play))
        return next((music for music in playlists if music.is_sleep), None)

    @property
    def chosen_playlist(self) -> BedPlaylist | None:
        """What PLAY will play: the playlist last chosen, by night the sleep playlist, else the first that is not for
        sleep."""
        playlists, rules = self.playlists, self.rules
        last = next((music for music in playlists if music.slug == self.chosen), None)
        if rules.vigil:
            last = last or next((music for music in playlists if music.is_vigil), None)
        elif self.night and not (self.chosen_tonight and last):
            return self.sleep_playlist or last or next(iter(playlists), None)
        return last or next((music for music in playlists if not music.is_sleep), None) or next(iter(playlists), None)
