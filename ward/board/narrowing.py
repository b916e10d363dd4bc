"""The board filtered: by state with counts, by a bed's label; kept in the address. It hides tiles and never moves them.
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
    "mine": (gettext_noop("My beds"), gettext_noop("Mine"), ""),
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
    """`show`: the filter's name, empty for all; `room`: what a bed's label must begin with; `beds`: all there are;
    `found`: how many are shown."""

    show: str
    room: str
    segments: list[Segment]
    beds: int
    found: int


@dataclass(frozen=True, slots=True)
class Sought:
    """One bed as a filter and a search see it."""

    label: str
    face: Face
    is_mine: bool = False


def narrowing(asked: QueryDict, beds: Sequence[Sought], *, has_own: bool) -> Narrowing:
    """`has_own`: whether this person can have beds of their own."""
    names = [name for name in FILTERS if has_own or name != "mine"]
    show = asked.get("show", "") if asked.get("show", "") in names else ""
    room = asked.get("room", "").strip()[:8]
    segments = []
    for name in names:
        word, short, shape = FILTERS[name]
        count = sum(passes(one, name) for one in beds)
        segments.append(Segment(name, _(word), _(short), shape, count, _address(name, room), name == show))
    found = sum(passes(one, show) and is_sought(one.label, room) for one in beds)
    return Narrowing(show, room, segments, len(beds), found)


def passes(one: Sought, show: str) -> bool:
    """Whether a filter shows this bed."""
    if show == "mine":
        return one.is_mine
    if show == "music":
        return one.face.sound is not None
    return show != "need" or one.face.state in TO_CHECK


def is_sought(label: str, sought: str) -> bool:
    """Whether a bed matches the search as it is written: `6 B` and `6b` find 6 B, `6` finds 6 A, 6 B and 60."""
    return _plain(label).startswith(_plain(sought))


def _plain(words: str) -> str:
    return "".join(words.casefold().split())


def _address(show: str, room: str) -> str:
    said = QueryDict(mutable=True)
    said.update({name: value for name, value in (("show", show), ("room", room)) if value})
    return f"?{said.urlencode()}"
