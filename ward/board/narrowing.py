"""The board filtered: by state with counts, by room number; kept in the address. It hides tiles and never moves them.
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ward.tiles.status import Face, State

# name in the address -> word, a shorter word for narrow screens, shape
FILTERS = {
    "": (gettext_noop("All"), gettext_noop("All"), ""),
    "music": (gettext_noop("With music"), gettext_noop("Music"), ""),
    "need": (gettext_noop("Check box"), gettext_noop("Check"), "diamond"),
}
TO_CHECK = (State.CHECK_BOX, State.STILL_PLAYING)


@dataclass(frozen=True, slots=True)
class Segment:
    """One of the filters as a link."""

    name: str
    word: str
    short: str
    shape: str
    count: int
    address: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Narrowing:
    """`show`: the filter's name, empty for all; `room`: what a room's number must begin with; `beds`: all there are;
    `found`: how many are shown."""

    show: str
    room: str
    segments: list[Segment]
    beds: int
    found: int


def narrowing(asked: QueryDict, tiles: Sequence[tuple[str, Face]]) -> Narrowing:
    """`tiles`: room and face of each bed."""
    show = asked.get("show", "") if asked.get("show", "") in FILTERS else ""
    room = asked.get("room", "").strip()[:8]
    segments = []
    for name, (word, short, shape) in FILTERS.items():
        count = sum(passes(face, name) for _room, face in tiles)
        segments.append(Segment(name, _(word), _(short), shape, count, _address(name, room), name == show))
    found = sum(passes(face, show) and is_room(number, room) for number, face in tiles)
    return Narrowing(show, room, segments, len(tiles), found)


def passes(face: Face, show: str) -> bool:
    """Whether a filter shows this face."""
    if show == "music":
        return face.sound is not None
    return show != "need" or face.state in TO_CHECK


def is_room(number: str, sought: str) -> bool:
    """Whether a room matches the search: `1` finds 1, 10 and 12."""
    return number.casefold().startswith(sought.casefold())


def _address(show: str, room: str) -> str:
    said = QueryDict(mutable=True)
    said.update({name: value for name, value in (("show", show), ("room", room)) if value})
    return f"?{said.urlencode()}"
