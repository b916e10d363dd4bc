"""Tells the live pages that a bed or a box changed; the growing id is what they wait for. Knows no page."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ward.beds.models import Change

KEPT_FOR = timedelta(hours=1)  # a page that was away for longer loads afresh


def changed(beds: Iterable[int | None]) -> None:
    """One row for each bed that is named; call it in the transaction that changed the bed. None: no bed."""
    Change.objects.bulk_create([Change(bed_id=bed) for bed in dict.fromkeys(beds) if bed is not None])


def boxes_changed(places: Iterable[tuple[int | None, int | None]]) -> None:
    """The same of boxes, and of the beds where they stand: a bed, or None and the box's ward, where it has one."""
    rows = [
        Change(bed_id=bed, home_id=home if bed is None else None, of_box=True) for bed, home in dict.fromkeys(places)
    ]
    Change.objects.bulk_create(rows)


def prune(now: datetime) -> int:
    """Forgets changes that no page waits for any more; says how many."""
    return Change.objects.filter(at__lt=now - KEPT_FOR).delete()[0]
