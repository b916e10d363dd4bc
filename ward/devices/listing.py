"""The boxes of a ward in four groups: action needed, recovering, working normally, not at a bed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from ward.beds.models import Ward
from ward.devices.status import Condition, Kind, Version, condition, newest_of
from ward.fleet.models import Away, Device


@dataclass(frozen=True, slots=True)
class Row:
    """One box of the list; `away`: why it stands at no bed."""

    box: str
    condition: Condition
    away: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Groups:
    """The list, most serious first, else in the order of the beds; those that work with older software first."""

    need: tuple[Row, ...]
    recovering: tuple[Row, ...]
    working: tuple[Row, ...]
    nowhere: tuple[Row, ...]

    @property
    def count(self) -> int:
        """How many boxes stand at a bed."""
        return len(self.need) + len(self.recovering) + len(self.working)

    @property
    def old(self) -> int:
        """How many of those that work have older software than others of the ward."""
        return sum(row.condition.is_old for row in self.working)

    @property
    def first(self) -> str | None:
        """The box that is shown where none was chosen."""
        rows = (*self.need, *self.recovering, *self.working, *self.nowhere)
        return rows[0].box if rows else None


def boxes_of(ward: Ward) -> QuerySet[Device]:
    """Boxes at this ward's beds, its own that stand at none, and those that belong to no ward yet."""
    nowhere = Q(bed=None) & (Q(home=ward) | Q(home=None))
    return (
        Device.objects.filter(Q(bed__room__ward=ward) | nowhere)
        .select_related("bed__room__ward", "home")
        .annotate(aside_since=F("aside__since"))
        .order_by("bed__room__position", "bed__letter", "number")
    )


def groups(ward: Ward, now: datetime, find: str = "") -> Groups:
    """The list at `now`; `find`: part of a bed's or box's number."""
    found = [device for device in boxes_of(ward).exclude(away=Away.RETIRED) if _matches(device, find)]
    newest = newest_of(found)
    rows = [(device, _row(device, now, newest)) for device in found]
    at_bed = [row for device, row in rows if device.bed is not None]
    return Groups(
        tuple(sorted(_of(at_bed, Kind.ACTION), key=lambda row: row.condition.troubles[0].rank)),
        _of(at_bed, Kind.RECOVERING),
        tuple(sorted(_of(at_bed, Kind.WORKING), key=lambda row: not row.condition.is_old)),  # they are looked for
        tuple(row for device, row in rows if device.bed is None),
    )


def _row(device: Device, now: datetime, newest: Version) -> Row:
    away = str(Away(device.away).label) if device.bed is None and device.away in Away.values else ""
    return Row(str(device.pk), condition(device, now, newest), away, device.away_note)


def _of(rows: Sequence[Row], kind: Kind) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.condition.kind is kind)


def _matches(device: Device, find: str) -> bool:
    wanted = find.casefold().replace(" ", "")
    names = (device.number, str(device.bed) if device.bed else "")
    return not wanted or any(wanted in name.casefold().replace(" ", "") for name in names)
