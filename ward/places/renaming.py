"""Renames rooms and beds, and changes the order of rooms. The rows stay: figures and history keep their place."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.changes import changed as changed_beds
from ward.beds.models import Bed, Room, Ward
from ward.beds.naming import NamedRoom, read, write
from ward.places.errors import PlacesError
from ward.places.holding import changed, hold
from ward.places.rooms import rooms_of


def rename_room(
    ward: Ward, room: Room, number: str, by: AbstractBaseUser | None, now: datetime, *, seen: int | None = None
) -> None:
    """Raises PlacesError where no door can have the name or another room has it, also a closed one."""
    with transaction.atomic():
        hold(ward, seen)
        room.refresh_from_db()
        beds = list(Bed.objects.filter(room=room, closed_at=None))
        wanted = _checked(number, [bed.letter for bed in beds])
        if wanted == room.number:
            return
        if Room.objects.filter(ward=ward, number=wanted).exclude(pk=room.pk).exists():
            raise PlacesError(
                _("There is or was a room %(room)s on this ward. Choose another name.") % {"room": wanted}
            )
        was, room.number = room.number, wanted
        room.save(update_fields=["number"])
        changed(ward, by, now)
        record(AuditVerb.ROOM_RENAMED, by=by, ward=ward, before={"room": was}, after={"room": wanted}, now=now)
        changed_beds(bed.pk for bed in beds)


def rename_bed(
    ward: Ward, bed: Bed, letter: str, by: AbstractBaseUser | None, now: datetime, *, seen: int | None = None
) -> None:
    """The same for a bed within its room."""
    with transaction.atomic():
        hold(ward, seen)
        others = Bed.objects.filter(room=bed.room_id).exclude(pk=bed.pk)
        beds = [*others.filter(closed_at=None).values_list("letter", flat=True), letter.strip().upper()]
        if bed.letter == beds[-1]:
            return
        _checked(bed.room.number, beds)
        if others.filter(letter=beds[-1]).exists():
            line = _("There is or was a bed %(bed)s in this room. Choose another name.")
            raise PlacesError(line % {"bed": beds[-1] or bed.room.number})
        was, bed.letter = str(bed), beds[-1]
        bed.save(update_fields=["letter"])
        changed(ward, by, now)
        record(AuditVerb.BED_RENAMED, by=by, bed=bed, before={"bed": was}, after={"bed": str(bed)}, now=now)
        changed_beds([bed.pk])


def order_rooms(
    ward: Ward, rooms: Sequence[int], by: AbstractBaseUser | None, now: datetime, *, seen: int | None = None
) -> None:
    """Rooms by key, in the order that the board is to have; rooms that are not named stay behind them."""
    with transaction.atomic():
        hold(ward, seen)
        was = write(rooms_of(ward))
        known = {room.pk: room for room in Room.objects.filter(ward=ward).order_by("position")}
        ordered = [key for key in dict.fromkeys(rooms) if key in known]
        for place, key in enumerate([*ordered, *(key for key in known if key not in ordered)], 1):
            Room.objects.filter(pk=key).update(position=place)
        after = write(rooms_of(ward))
        if was != after:
            changed(ward, by, now)
            record(AuditVerb.BEDS_CHANGED, by=by, ward=ward, before={"beds": was}, after={"beds": after}, now=now)


def _checked(number: str, letters: Sequence[str]) -> str:
    """The room's name, as a text of beds would read it."""
    named = read(write([NamedRoom(number.strip(), tuple(letters) or ("",))]))
    if named.problems or len(named.rooms) != 1 or len(named.labels) != max(1, len(letters)):
        raise PlacesError(_("A room's name has 1 to 8 letters and digits, a bed's at most 2. Each stands once."))
    return named.rooms[0].number
