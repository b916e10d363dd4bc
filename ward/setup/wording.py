"""What a set-up would do and did, in words; and the map of the board that it makes. Reads no row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ward.beds.models import Bed, Ward
from ward.beds.naming import Named, NamedRoom
from ward.beds.naming_words import gaps
from ward.beds.staff import initials
from ward.beds.times import clock
from ward.places.rooms import Plan

NAMED_MOST = 8  # beds that a sentence names


@dataclass(frozen=True, slots=True)
class MapBed:
    """One bed of the map; `is_new`: it is not on the board yet."""

    room: str
    letter: str
    is_new: bool


def board_map(rooms: Sequence[NamedRoom], plan: Plan | None) -> list[list[MapBed]]:
    """Room by room in the board's order; without a plan all beds are new."""
    new = None if plan is None else {*plan.new, *plan.opened}
    return [
        [
            MapBed(room.number, letter, new is None or label in new)
            for letter, label in zip(room.beds, room.labels, strict=True)
        ]
        for room in rooms
    ]


def counted(named: Named) -> str:
    """`24 beds in 13 rooms.`"""
    beds, rooms = len(named.labels), len(named.rooms)
    in_rooms = ngettext("%(number)d room", "%(number)d rooms", rooms) % {"number": rooms}
    line = ngettext("%(number)d bed in %(rooms)s.", "%(number)d beds in %(rooms)s.", beds)
    return line % {"number": beds, "rooms": in_rooms}


def differs(named: Named, plan: Plan | None) -> str:
    """What is new, what comes back, and which number no room has."""
    parts = []
    if plan is not None and plan.new:
        line = ngettext("%(number)d new: %(beds)s.", "%(number)d new: %(beds)s.", len(plan.new))
        parts.append(line % {"number": len(plan.new), "beds": listed(plan.new)})
    if plan is not None and plan.opened:
        parts.append(_("Open again: %(beds)s.") % {"beds": listed(plan.opened)})
    if plan is not None and plan.moves:
        parts.append(_("Rooms change places on the board."))
    return " ".join(filter(None, [*parts, gaps(named.gaps)]))


def closes(beds: Sequence[Bed]) -> str:
    """What becomes of beds that are left out; empty where none is."""
    if not beds:
        return ""
    line = ngettext(
        "Bed %(beds)s is not in the list any more and will be closed. Its figures stay in reports.",
        "Beds %(beds)s are not in the list any more and will be closed. Their figures stay in reports.",
        len(beds),
    )
    return line % {"beds": listed([str(bed) for bed in beds])}


def did(plan: Plan) -> str:
    """What became of beds; empty where nothing did."""
    parts = []
    if plan.new or plan.opened:
        parts.append(_("New on the board: %(beds)s.") % {"beds": listed((*plan.new, *plan.opened))})
    if plan.closes:
        parts.append(_("Closed: %(beds)s.") % {"beds": listed([str(bed) for bed in plan.closes])})
    return " ".join(parts)


def meanwhile(ward: Ward, now: datetime) -> str:
    """Who was quicker, and when."""
    at = clock(ward.changed_at, now) if ward.changed_at else ""
    if ward.changed_by is None:
        line = _("This ward was changed at %(time)s on the server. Here is the new state; yours is kept below.")
        return line % {"time": at}
    line = _("%(who)s changed this ward at %(time)s. Here is the new state; yours is kept below.")
    return line % {"who": initials(ward.changed_by), "time": at}


def listed(labels: Sequence[str]) -> str:
    """`15 A, 15 B`; of many the first, and how many more."""
    if len(labels) <= NAMED_MOST:
        return ", ".join(labels)
    more = len(labels) - NAMED_MOST
    said = {"beds": ", ".join(labels[:NAMED_MOST]), "number": more}
    return ngettext("%(beds)s and %(number)d more", "%(beds)s and %(number)d more", more) % said
