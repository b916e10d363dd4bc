"""The beds that a stay can be moved to, as the history page offers them."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _

from ward.assignments.stays import ActionError
from ward.beds.access import Person, assigns_on
from ward.beds.models import Bed, Ward
from ward.fleet.models import Device
from ward.fleet.online import is_online
from ward.people.typed import number


@dataclass(frozen=True, slots=True)
class Target:
    """One empty bed; `name`: with what is amiss with its box."""

    bed: int
    name: str


def targets(person: Person, bed: Bed, now: datetime) -> list[tuple[str, list[Target]]]:
    """By ward, the bed's own first: open, empty beds of wards where the person may assign."""
    wards = sorted(assigns_on(person), key=lambda ward: (ward.pk != bed.room.ward_id, ward.name))
    places = {ward.pk: place for place, ward in enumerate(wards)}
    found = Bed.objects.open().filter(room__ward__in=wards, stay=None).select_related("room__ward", "device")
    beds = sorted(found.exclude(pk=bed.pk), key=lambda one: (places[one.room.ward_id], one.room.position, one.letter))
    groups = groupby(beds, key=lambda one: one.room.ward.name)
    return [(ward, [Target(one.pk, _name(one, now)) for one in of_ward]) for ward, of_ward in groups]


def chosen(wards: list[Ward], said: str) -> Bed:
    """The bed of one of these wards that a form named, also one that is no longer free. Raises ActionError."""
    beds = Bed.objects.filter(room__ward__in=wards).select_related("room__ward")
    found = beds.filter(pk=number(said) or 0).first()
    if found is None:
        raise ActionError(_("Nothing was moved. Choose a bed from the list."))
    return found


def _name(bed: Bed, now: datetime) -> str:
    device: Device | None = getattr(bed, "device", None)  # the reverse side of a one-to-one raises where there is none
    if device is None:
        return _("%(place)s (no box)") % {"place": bed}
    return str(bed) if is_online(device, now) else _("%(place)s (box offline)") % {"place": bed}
