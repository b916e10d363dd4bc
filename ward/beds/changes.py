"""Tells the live pages that something about a bed changed; the growing id is what they wait for. Knows no page."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ward.beds.models import Change

KEPT_FOR = timedelta(hours=1)  # a page that was away for longer loads afresh


def changed(beds: Iterable[int | None]) -> None:
    """One row for each bed that is named; call it in the transaction that changed the bed. None: no bed."""
    Change.objects.bulk_create([Change(bed_id=bed) for bed in dict.fromkeys(beds) if bed is not None])


def prune(now: datetime) -> int:
    """Forgets changes that no page waits for any more; says how many."""
    return Change.objects.filter(at__lt=now - KEPT_FOR).delete()[0]
