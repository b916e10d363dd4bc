"""A ward's rooms as rows, and what a new text of them would change. Writes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ward.assignments.models import Assignment
from ward.beds.models import Bed, Ward
from ward.beds.naming import NamedRoom
from ward.fleet.models import Device


@dataclass(frozen=True, slots=True)
class Plan:
    """What saving these rooms would do. `new`: beds that there never were, `opened`: closed ones that come back, by
    label; `closes`: beds that the text leaves out; `moves`: whether a room changes its place on the board."""

    rooms: tuple[NamedRoom, ...]
    new: tuple[str, ...]
    opened: tuple[str, ...]
    closes: tuple[Bed, ...]
    moves: bool

    @property
    def changes(self) -> bool:
        """Whether it would do anything."""
        return bool(self.new or self.opened or self.closes or self.moves)


def beds_of(ward: Ward) -> list[Bed]:
    """Every bed that the ward has or had, in the board's order."""
    rows = Bed.objects.filter(room__ward=ward).select_related("room__ward")
    return list(rows.order_by("room__position", "room__pk", "letter"))


def rooms_of(ward: Ward) -> tuple[NamedRoom, ...]:
    """The rooms with open beds, in the board's order."""
    return named(bed for bed in beds_of(ward) if bed.closed_at is None)


def named(beds: Iterable[Bed]) -> tuple[NamedRoom, ...]:
    """Beds in the board's order as rooms."""
    rooms: dict[str, list[str]] = {}
    for bed in beds:
        rooms.setdefault(bed.room.number, []).append(bed.letter)
    return tuple(NamedRoom(number, tuple(letters)) for number, letters in rooms.items())


def plan_of(ward: Ward, rooms: Sequence[NamedRoom]) -> Plan:
    """What saving them would do; a fixed number of queries."""
    known = {(bed.room.number, bed.letter): bed for bed in beds_of(ward)}
    said = {(room.number, letter): f"{room.number} {letter}".strip() for room in rooms for letter in room.beds}
    now_open = named(bed for bed in known.values() if bed.closed_at is None)
    order = [room.number for room in now_open]
    places = {room.number: place for place, room in enumerate(rooms)}
    kept = [places[number] for number in order if number in places]
    return Plan(
        tuple(rooms),
        new=tuple(label for key, label in said.items() if key not in known),
        opened=tuple(label for key, label in said.items() if key in known and known[key].closed_at is not None),
        closes=tuple(bed for key, bed in known.items() if key not in said and bed.closed_at is None),
        moves=kept != sorted(kept),
    )


def occupied(beds: Iterable[Bed]) -> tuple[list[Bed], list[Bed]]:
    """Of these beds those with a stay, and those whose box has not confirmed yet that the last one ended: it would play
    the last patient's music at its next bed."""
    found = list(beds)
    with_box = set(Device.objects.filter(bed__in=[bed.pk for bed in found]).values_list("bed", flat=True))
    stays = [bed for bed in found if bed.stay is not None]
    waits = [bed for bed in found if bed.stay is None and bed.pk in with_box and not _is_confirmed(bed)]
    return stays, waits


def _is_confirmed(bed: Bed) -> bool:
    newest = Assignment.objects.filter(bed=bed).order_by("-version").first()
    return newest is None or newest.applied_at is not None
