"""What was seen, heard and done, as plain values. Times are monotonic seconds, frames are the sink's."""

from dataclasses import dataclass, field
from typing import Any

RATE_HZ = 48_000
WINDOW = 12_000  # frames the ear looks at together: 0.25 s
WINDOW_S = WINDOW / RATE_HZ
CELL = 2_400  # frames of one energy: 50 ms
CELLS = WINDOW // CELL
FULL_SCALE_DBA = 85.0  # what we tell a box to take itself for; its level is dB(A) at the pillow by this


@dataclass(frozen=True, slots=True)
class Part:
    """One track in the sound. `offset`: the track's frame less the sink's; `gain_db`: against the decoded file as mono;
    `rms`: how strong it is here, in steps of 16 bits."""

    sha256: str
    offset: int
    gain_db: float
    rms: float


@dataclass(frozen=True, slots=True)
class Click:
    """A step that the music does not have. `size`: in steps of 16 bits, beyond `allowed`."""

    frame: int
    size: float
    allowed: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the ear makes of one window that begins at `frame` and at time `at`.

    `is_zero`: digital silence; `rms`, `rest`: of the sound, and of what no track explains, in steps of 16 bits;
    `energies`: A-weighted mean square of each 50 ms, full scale is 1; `torn`: the stream stood still within it.
    """

    frame: int
    at: float
    is_zero: bool
    rms: float
    rest: float
    energies: tuple[float, ...]
    parts: tuple[Part, ...] = ()
    click: Click | None = None
    torn: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether its tracks explain all but the dither, so that their places are exact."""
        return bool(self.parts) and self.rest <= max(0.45, 0.02 * self.rms)

    @property
    def ends_at(self) -> float:
        """The time at its end."""
        return self.at + WINDOW_S


@dataclass(frozen=True, slots=True)
class Sample:
    """What GET /state said at a time."""

    at: float
    told: dict[str, Any]

    @property
    def playing(self) -> bool:
        """Whether the box says that a session runs."""
        return bool(self.told.get("playing"))

    @property
    def sounding(self) -> bool:
        """Whether it says that the session is heard."""
        return bool(self.told.get("playing") and self.told.get("sounding"))

    @property
    def has_device(self) -> bool:
        """Whether power and sound card are plugged in, the box is up, and it knows of no fault of its sound."""
        is_in = self.told.get("ready") and self.told.get("power", True) and self.told.get("sound_card", True)
        return bool(is_in) and not {"sound", "player"} & set(self.told.get("faults") or ())


@dataclass(frozen=True, slots=True)
class Look:
    """One picture of the screen, with the states just before and after it."""

    at: float
    before: Sample
    after: Sample
    lit: int  # pixels
    word: bytes  # the pixels of the large word


@dataclass(frozen=True, slots=True)
class Tile:
    """The words of the bed's tile on the ward's board, asked for at `at`, there at `done_at`."""

    at: float
    done_at: float
    words: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the box's log, as it was found at `found_at`."""

    at: float
    found_at: float
    seq: int
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """What a hand did, begun at `at`."""

    at: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something that was said and does not fit what was heard. `at`: when; `cut`: the sound's frames round it."""

    kind: str
    at: float
    words: str


@dataclass(slots=True)
class Record:
    """Everything of one box, in the order of time. One thread writes and reads it."""

    heard: list[Heard] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    tiles: list[Tile] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
