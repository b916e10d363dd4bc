"""What can happen to a box. Events enter the controller; an answer carries the identity of what was asked."""

from dataclasses import dataclass
from enum import StrEnum

from messages import Part, Verb


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
    """A button has been down for 8 s: something lies on it."""

    button: Button


@dataclass(frozen=True, slots=True)
class Released:
    """A button was let go; only one that was stuck makes a difference."""

    button: Button


@dataclass(frozen=True, slots=True)
class PieceBegan:
    """The speaker gave the first sample of play `play_id`."""

    play_id: int


@dataclass(frozen=True, slots=True)
class PieceEnded:
    """The last sample of play `play_id` was heard, or its fade reached silence (`faded`)."""

    play_id: int
    heard_s: float
    faded: bool = False


@dataclass(frozen=True, slots=True)
class PieceBroke:
    """Play or cue `play_id` made no sound: its piece is missing or corrupt. `reason`: one line."""

    play_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class PieceCut:
    """The piece of `play_id` is cut short or corrupt in the middle: it plays as far as it goes. `reason`: one line."""

    play_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class PieceMeasured:
    """How loud play `play_id` was so far, over its `seconds` of sound: an estimate, in dB(A) at the pillow."""

    play_id: int
    seconds: float
    mean_dba: float
    max_dba: float


@dataclass(frozen=True, slots=True)
class PlayerDied:
    """The player hung or died, `position_s` into the piece of `play_id` (None: it played nothing). It is silent;
    another player takes over and `SoundReady` says when."""

    play_id: int | None
    position_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class SoundReady:
    """Sound device and player are ready, silent: for the first time, or again."""


@dataclass(frozen=True, slots=True)
class PartLost:
    """A part of the box failed; told once by its driver. `reason`: one line."""

    part: Part
    reason: str


@dataclass(frozen=True, slots=True)
class PartBack:
    """A part of the box works again."""

    part: Part


@dataclass(frozen=True, slots=True)
class BedPiece:
    """A piece as the bed knows it: the SHA-256 of its file, its title and its length in seconds."""

    sha256: str
    title: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BedSet:
    """A set as the bed knows it; `label` is what the glass shows."""

    slug: str
    title: str
    label: str
    purpose: str
    pieces: tuple[BedPiece, ...]

    @property
    def is_sleep(self) -> bool:
        """Whether SLEEP plays it, with sleep's length and fade."""
        return self.purpose == "sleep"


@dataclass(frozen=True, slots=True)
class Assigned:
    """The ward's assignment arrived, whole. `digest`: SHA-256 of its canonical JSON; `stay` None: the stay has ended.

    Levels in dB(A) at the pillow, lengths in seconds.
    """

    version: int
    digest: str
    stay: str | None
    sets: tuple[BedSet, ...]
    cap_day_dba: float
    cap_night_dba: float
    comfort_s: float
    sleep_s: float


@dataclass(frozen=True, slots=True)
class PiecesHeld:
    """The SHA-256s of all pieces that are on the box now."""

    held: frozenset[str]


@dataclass(frozen=True, slots=True)
class Commanded:
    """The ward asks for something now; `late_s`: how long ago its time ran out, 0 while it is valid."""

    command_id: str
    verb: Verb
    late_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The broker was reached or lost (`up`); the ward's own presence (`ward_up`)."""

    up: bool
    ward_up: bool


@dataclass(frozen=True, slots=True)
class NightChanged:
    """Night began, or day did; an unknown clock means night."""

    night: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened but time."""


Event = (
    Pressed
    | Turned
    | StuckDown
    | Released
    | PieceBegan
    | PieceEnded
    | PieceBroke
    | PieceCut
    | PieceMeasured
    | PlayerDied
    | SoundReady
    | PartLost
    | PartBack
    | Assigned
    | PiecesHeld
    | Commanded
    | LinkChanged
    | NightChanged
    | Tick
)
