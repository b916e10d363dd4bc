"""The demo's 24 beds: what each shows when the demo begins. A table; knows no row and no clock."""

from dataclasses import dataclass
from enum import Enum, auto

FIRST_ID = "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b{:04}"
FIRST_NUMBER = 401


class Is(Enum):
    """What a bed is at the beginning."""

    REAL = auto()  # a simulated box, the whole program, with a page of its own
    SILENT = auto()
    PLAYING = auto()
    FADING = auto()
    CONTINUOUS = auto()
    OFFLINE = auto()
    SENDING = auto()
    STUCK = auto()
    UNUSED = auto()  # assigned, and nobody has pressed PLAY
    BARE = auto()  # a patient, and nothing assigned
    EMPTY = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """One bed. `playlists`: its slugs, the first plays; `days`: how long the patient has been here; `a_day`: sessions;
    `quiet_days`: without any, up to now; `left_min`: of what plays, `length_min` its whole."""

    label: str
    is_: Is
    playlists: tuple[str, ...] = ()
    days: int = 6
    a_day: int = 2
    quiet_days: int = 0
    left_min: int = 0
    length_min: int = 24
    note: str = ""
    sleeps_through: bool = False  # each night, with music that nobody stops
    is_current: bool = True  # its software
    is_calibrated: bool = True
    clock_ok: bool = True

    @property
    def room(self) -> str:
        """The room's number."""
        return self.label.partition(" ")[0]

    @property
    def letter(self) -> str:
        """The bed's letter; empty where the room has one bed."""
        return self.label.partition(" ")[2]

    @property
    def has_sleep(self) -> bool:
        """Whether a playlist for sleep is assigned."""
        return bool({"sleep", "slow-lanterns"} & set(self.playlists))


PLACES = (
    Place("1 A", Is.SILENT, ("calm", "garden", "sleep"), days=6),
    Place("1 B", Is.REAL, ("calm", "warm-rain", "sleep"), days=5, note="Likes it soft, with the door closed."),
    Place("2 A", Is.SILENT, ("garden", "sleep"), days=7, quiet_days=2, is_current=False),
    Place("2 B", Is.SILENT, ("warm-rain", "calm", "sleep"), days=4, a_day=3),
    Place("3 A", Is.OFFLINE, ("calm", "river-lights", "sleep"), days=5),
    Place("3 B", Is.SILENT, ("sunday-kitchen", "garden", "slow-lanterns"), days=8),
    Place("4 A", Is.PLAYING, ("sunday-kitchen", "calm", "sleep"), days=7, a_day=3, left_min=6),
    Place("4 B", Is.SILENT, ("calm", "sleep"), days=3, quiet_days=1, a_day=1),
    Place("5 A", Is.SENDING, ("river-lights", "calm", "sleep"), days=2, a_day=1),
    Place("5 B", Is.SILENT, ("morning-room", "garden", "sleep"), days=6, clock_ok=False),
    Place("6 A", Is.SILENT, ("warm-rain", "sleep"), days=4),
    Place("6 B", Is.PLAYING, ("warm-rain", "calm", "slow-lanterns"), days=9, a_day=3, left_min=21,
          note="Asked for the rain again. Skips the harp."),
    Place("7 A", Is.REAL, ("calm", "garden", "warm-rain", "sleep"), days=4),
    Place("7 B", Is.SILENT, ("morning-room", "calm", "sleep"), days=6),
    Place("8 A", Is.UNUSED, ("calm", "garden", "sleep"), days=1),
    Place("8 B", Is.FADING, ("sleep", "calm"), days=5, left_min=7, length_min=45),
    Place("9 A", Is.SILENT, ("calm", "river-lights", "sleep"), days=7, a_day=3,
          sleeps_through=True, note="Slept through with the harbour music."),
    Place("9 B", Is.STUCK, ("garden", "calm", "sleep"), days=3),
    Place("10", Is.CONTINUOUS, ("long-water",), days=2, note="The family wishes the music to go on all night."),
    Place("11", Is.EMPTY, days=0),
    Place("12 A", Is.REAL, ("calm", "garden", "sunday-kitchen"), days=3),
    Place("12 B", Is.SILENT, ("warm-rain", "calm", "sleep"), days=5),
    Place("14 A", Is.SILENT, ("morning-room", "calm", "slow-lanterns"), days=4, is_calibrated=False),
    Place("14 B", Is.BARE, days=1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RealBox:
    """A simulated box of the demo, by its bed."""

    label: str
    id: str
    number: str


def box_id(index: int) -> str:
    """The id of the box at the bed of that index in PLACES."""
    return FIRST_ID.format(FIRST_NUMBER + index)


def box_number(index: int) -> str:
    """What stands on that box's label."""
    return f"{FIRST_NUMBER + index:04}"


VISITORS = "7 A"
"""The bed whose box is left to the visitor; its sound comes from this computer."""
REAL_BOXES = tuple(
    RealBox(place.label, box_id(index), box_number(index)) for index, place in enumerate(PLACES) if place.is_ is Is.REAL
)
