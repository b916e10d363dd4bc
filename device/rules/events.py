"""What can happen to a box. Events enter the controller; a reply carries the identity of its request."""

from dataclasses import dataclass
from enum import StrEnum

from device.rules.view import View
from messages import Part, PartResult, Question, Reason, Verb
from playlists.format import Purpose


class Button(StrEnum):
    """What a patient can press."""

    PLAY = "play"
    SLEEP = "sleep"
    NEXT = "next"
    CHOOSE = "choose"


class Knob(StrEnum):
    """What a patient can turn."""

    VOLUME = "volume"
    CHOOSE = "choose"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button went down, once debounced."""

    button: Button


@dataclass(frozen=True, slots=True)
class Turned:
    """A knob moved by whole detents, clockwise positive."""

    knob: Knob
    detents: int


@dataclass(frozen=True, slots=True)
class StuckDown:
    """A button has been down for 8 s: something is on it."""

    button: Button


@dataclass(frozen=True, slots=True)
class Released:
    """A button was released."""

    button: Button


@dataclass(frozen=True, slots=True)
class Brushed:
    """A button went down and must not act: tremor, a brushing hand. Held with another it can be the staff's chord."""

    button: Button


@dataclass(frozen=True, slots=True)
class NurseCallChanged:
    """The nurse call started (music must stop) or ended."""

    active: bool


@dataclass(frozen=True, slots=True)
class PlayBegan:
    """The first sample of play `play_id` was heard."""

    play_id: int


@dataclass(frozen=True, slots=True)
class PlayEnded:
    """The last sample of play `play_id` was heard, or its fade reached silence (`faded`)."""

    play_id: int
    heard_s: float
    faded: bool = False


@dataclass(frozen=True, slots=True)
class PlayFailed:
    """Play or cue `play_id` made no sound: its track is missing or corrupt. `what`: what the decoder says."""

    play_id: int
    what: str


@dataclass(frozen=True, slots=True)
class PlayTruncated:
    """The track of `play_id` is cut short or corrupt in the middle: it plays as far as it goes.
    `what`: what the decoder says."""

    play_id: int
    what: str


@dataclass(frozen=True, slots=True)
class PlayMeasured:
    """How loud play `play_id` was so far, over its `seconds` of sound: an estimate, in dB(A) at the pillow."""

    play_id: int
    seconds: float
    mean_dba: float
    max_dba: float


@dataclass(frozen=True, slots=True)
class PlayerDied:
    """The player hung or died, `position_s` into the track of `play_id` (None: it played nothing). It is silent;
    another player takes over and `SoundReady` says when. `heard_dba`: at what level it was heard last, if it was."""

    play_id: int | None
    position_s: float
    what: str
    heard_dba: float | None = None


@dataclass(frozen=True, slots=True)
class SoundReady:
    """Sound device and player are ready, silent: for the first time, or again."""


@dataclass(frozen=True, slots=True)
class PartLost:
    """A part of the box failed; told once by its driver."""

    part: Part
    reason: Reason


@dataclass(frozen=True, slots=True)
class PartBack:
    """A part of the box works again."""

    part: Part


@dataclass(frozen=True, slots=True)
class BedTrack:
    """A track as the bed knows it: the SHA-256 of its file, its title and its length in seconds."""

    sha256: str
    title: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BedPlaylist:
    """A playlist as the bed knows it; `label` is what the screen shows."""

    slug: str
    title: str
    label: str
    purpose: str
    tracks: tuple[BedTrack, ...]

    @property
    def is_sleep(self) -> bool:
        """Whether SLEEP plays it, with sleep's length and fade."""
        return self.purpose == Purpose.SLEEP

    @property
    def is_vigil(self) -> bool:
        """Whether it is for music without an end."""
        return self.purpose == Purpose.VIGIL


@dataclass(frozen=True, slots=True)
class BedRules:
    """The rules of one bed, for all defaults see `messages.Rules`. Levels in dB(A) at the pillow, lengths in seconds,
    times of day in minutes after midnight by local time, `expires_at_s`: UTC seconds since 1970."""

    cap_day_dba: float = 60.0
    cap_night_dba: float = 45.0
    comfort_s: float = 24 * 60.0
    sleep_s: float = 45 * 60.0
    night_begins: int = 21 * 60
    night_ends: int = 7 * 60
    shared_room: bool = False
    vigil: bool = False
    ask_before: Question | None = None
    ask_after: Question | None = None
    ask_sleep: bool = False
    reminders: tuple[int, ...] = ()
    sleep_starts: int | None = None
    never_play: frozenset[str] = frozenset()
    expires_at_s: float | None = None
    language: str = ""


NO_RULES = BedRules()
"""The rules of a bed without an assignment: the defaults."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """The ward's assignment arrived, whole. `digest`: SHA-256 of its canonical JSON; `stay` None: the stay ended."""

    version: int
    digest: str
    stay: str | None
    playlists: tuple[BedPlaylist, ...]
    rules: BedRules = NO_RULES


@dataclass(frozen=True, slots=True)
class TracksHeld:
    """The SHA-256s of all tracks that are on the box now."""

    held: frozenset[str]


@dataclass(frozen=True, slots=True)
class FetchTrouble:
    """Why assigned tracks cannot come to the box; None: they can again."""

    reason: Reason | None


@dataclass(frozen=True, slots=True)
class MusicFound:
    """The music folder was looked at: its built-in playlists and the SHA-256s of its tracks. `reason`: why its index
    cannot be used; the playlists are then those of the last one that could. `unusable`: SHA-256 and reason
    of each track that lies there and cannot be played; it is not `held`."""

    builtin: tuple[BedPlaylist, ...]
    held: frozenset[str]
    reason: Reason | None = None
    unusable: tuple[tuple[str, Reason], ...] = ()


@dataclass(frozen=True, slots=True)
class TrackMeasured:
    """How loud this track is was not known, and is now."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Commanded:
    """A command from the ward; `late_s`: how long ago it expired, 0 while it is valid; `forced`: wanted although it
    disturbs."""

    command_id: str
    verb: Verb
    late_s: float = 0.0
    forced: bool = False


@dataclass(frozen=True, slots=True)
class SelfTested:
    """The self-test that `command_id` asked for is over."""

    command_id: str
    results: tuple[PartResult, ...]


@dataclass(frozen=True, slots=True)
class ScreenSeen:
    """What the screen shows, while the ward watches: the view, its pixels as they are seen, packed as for the chip
    (1024 bytes), and its words. Where the screen is lost, `frame` is empty."""

    view: View
    frame: bytes
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The broker was reached or lost (`up`); the ward's own presence (`ward_up`)."""

    up: bool
    ward_up: bool


@dataclass(frozen=True, slots=True)
class Wall:
    """What a clock on the wall shows. `day`: ordinal of the local date, `minute`: after local midnight, `utc_s`:
    seconds since 1970 in UTC."""

    day: int
    minute: int
    utc_s: float


@dataclass(frozen=True, slots=True)
class ClockRead:
    """The wall's clock was looked at, each minute and when it jumped; None: the clock is not set."""

    wall: Wall | None


@dataclass(frozen=True, slots=True)
class Tick:
    """Only time has passed."""


Event = (
    Pressed
    | Brushed
    | Turned
    | StuckDown
    | Released
    | NurseCallChanged
    | PlayBegan
    | PlayEnded
    | PlayFailed
    | PlayTruncated
    | PlayMeasured
    | PlayerDied
    | SoundReady
    | PartLost
    | PartBack
    | Assigned
    | TracksHeld
    | FetchTrouble
    | MusicFound
    | TrackMeasured
    | Commanded
    | SelfTested
    | ScreenSeen
    | LinkChanged
    | ClockRead
    | Tick
)
