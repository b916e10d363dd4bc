"""The board for a screen on the wall: what a visitor may read. Pure; it names no playlist, no person and no box."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ward.beds.models import Bed, Room
from ward.beds.times import clock
from ward.tiles.pictures import ArcPicture, arc_picture
from ward.tiles.status import Face, Rows, Sound, State, face, told_last

COLUMNS = ((24, 6), (40, 8), (60, 10), (84, 12))  # up to so many beds -> columns
COLUMNS_MOST = 14


class Kind(StrEnum):
    """What a tile is counted as in the header."""

    MUSIC = "music"
    CHECK = "check"
    OFFLINE = "offline"
    QUIET = "quiet"
    EMPTY = "empty"


KINDS: Mapping[State, Kind] = {
    State.PLAYING: Kind.MUSIC,
    State.FADING: Kind.MUSIC,
    State.CONTINUOUS: Kind.MUSIC,
    State.STOPPING: Kind.MUSIC,
    State.CHECK_BOX: Kind.CHECK,
    State.STILL_PLAYING: Kind.CHECK,
    State.OFFLINE: Kind.OFFLINE,
    State.UNASSIGNED: Kind.EMPTY,
    State.NO_BOX: Kind.EMPTY,
}  # every other state makes no sound and needs nobody
SHAPES = {Kind.MUSIC: "sound", Kind.CHECK: "diamond", Kind.OFFLINE: "broken", Kind.QUIET: "rest", Kind.EMPTY: "ready"}
COUNTED: Mapping[Kind, Promise] = {
    Kind.MUSIC: gettext_lazy("%(number)d with music"),
    Kind.CHECK: gettext_lazy("%(number)d to check"),
    Kind.OFFLINE: gettext_lazy("%(number)d offline"),
    Kind.QUIET: gettext_lazy("%(number)d no music"),
    Kind.EMPTY: gettext_lazy("%(number)d empty"),
}
WORDS: Mapping[Kind, Promise] = {
    Kind.CHECK: gettext_lazy("Check box"),
    Kind.OFFLINE: gettext_lazy("Offline"),
}


@dataclass(frozen=True, slots=True)
class WallTile:
    """One bed. `figure`: the minutes left, or since when a box is offline; empty where there is none."""

    bed: Bed
    kind: Kind
    shape: str
    fill: str
    word: str
    figure: str
    arc: ArcPicture | None


@dataclass(frozen=True, slots=True)
class Count:
    """A kind of tile with its shape and its number in words."""

    kind: Kind
    shape: str
    words: str


def wall_tile(rows: Rows, now: datetime) -> WallTile:
    """The tile of one bed at `now`, in the ward's time zone."""
    shown = face(rows, now)
    kind = KINDS.get(shown.state, Kind.QUIET)
    if kind is Kind.EMPTY and rows.bed.stay is not None:  # a patient whose bed has no box
        kind = Kind.QUIET
    if kind is Kind.MUSIC and shown.sound is not None:
        return _music(rows.bed, shown, shown.sound)
    last = told_last(rows.device) if rows.device is not None and kind is Kind.OFFLINE else None
    figure = clock(last, now) if last else ""
    return WallTile(rows.bed, kind, SHAPES[kind], "", str(WORDS.get(kind, "")), figure, None)


def _music(bed: Bed, shown: Face, sound: Sound) -> WallTile:
    """Music without an end is not told from any other: a visitor must not read what it is for."""
    left = sound.minutes_left
    figure = _("%(minutes)d min") % {"minutes": left} if left is not None else ""
    if shown.fill == "sleep":
        return WallTile(bed, Kind.MUSIC, "moon", "sleep", _("Fading out"), figure, None)
    arc = arc_picture(sound.arc, sound.progress) if left is not None else None
    return WallTile(bed, Kind.MUSIC, SHAPES[Kind.MUSIC], "play", _("Playing"), figure, arc)


def columns(tiles: Sequence[WallTile]) -> int:
    """How many tiles stand in a row: of a ward of 24 beds six, of 40 eight, of 60 ten."""
    return next((across for most, across in COLUMNS if len(tiles) <= most), COLUMNS_MOST)


def rooms_of(tiles: Sequence[WallTile]) -> list[tuple[Room, list[WallTile]]]:
    """The tiles room by room, in the board's order."""
    return [(room, list(beds)) for room, beds in groupby(tiles, lambda tile: tile.bed.room)]


def counts(tiles: Sequence[WallTile]) -> list[Count]:
    """The header: kinds that there are, and how many have music even where none has."""
    found = Counter(tile.kind for tile in tiles)
    shown = [kind for kind in Kind if found[kind] or kind is Kind.MUSIC]
    return [Count(kind, SHAPES[kind], str(COUNTED[kind]) % {"number": found[kind]}) for kind in shown]
