"""The wards that a person sets up, with their counts; and beds whose settings are their own. Reads, and changes
nothing."""

from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import Count, OuterRef, Q, Subquery

from messages import Rules
from ward.assignments.assigning import wire
from ward.assignments.defaults import Defaults
from ward.assignments.models import Assignment
from ward.bed.rules_words import same
from ward.beds.access import Person, wards_ever_of
from ward.beds.models import Bed, Role, Ward


@dataclass(frozen=True, slots=True)
class Row:
    """One ward of the list."""

    ward: Ward
    beds: int
    boxes: int


def wards_to_set_up(user: Person) -> list[Row]:
    """Those that the person administers, by name, closed ones last."""
    mine = wards_ever_of(user).filter(access__user=user.pk, access__role=Role.ADMINISTRATOR)
    open_beds = Q(rooms__beds__closed_at=None)
    counts: Any = Ward.objects.filter(pk__in=mine.values("pk")).annotate(
        bed_count=Count("rooms__beds", filter=open_beds), box_count=Count("rooms__beds__device", filter=open_beds)
    )
    rows = [Row(ward, ward.bed_count, ward.box_count) for ward in counts]
    return sorted(rows, key=lambda row: (row.ward.closed_at is not None, row.ward.name.casefold()))


def beds_of_their_own(ward: Ward, defaults: Defaults) -> list[str]:
    """Beds with a stay whose settings are not the ward's defaults: they keep them until the stay ends."""
    newest = Assignment.objects.filter(bed=OuterRef("pk")).order_by("-version").values("pk")[:1]
    beds: Any = Bed.objects.open().filter(room__ward=ward, stay__isnull=False).select_related("room")
    found = list(beds.order_by("room__position", "letter").annotate(newest_pk=Subquery(newest)))
    assigned = Assignment.objects.in_bulk([bed.newest_pk for bed in found])
    return [str(bed) for bed in found if _is_own(assigned.get(bed.newest_pk), defaults.rules)]


def _is_own(assigned: Assignment | None, usual: Rules) -> bool:
    if assigned is None or not assigned.message["playlists"]:
        return False
    rules = wire(assigned).rules
    return not same(rules, msgspec.structs.replace(usual, never_play=rules.never_play))
