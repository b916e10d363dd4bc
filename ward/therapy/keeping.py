"""What was kept of a stay goes when the next one begins, whoever begins it."""

from typing import Any

from django.db.models.signals import post_save

from ward.assignments.models import Assignment
from ward.therapy.models import Preferences, Review


def connect() -> None:
    """Listen from now on; a second call changes nothing."""
    post_save.connect(_forget, sender=Assignment, dispatch_uid="therapy_forget")


def _forget(instance: Assignment, created: bool, **_signal: Any) -> None:
    """Until another stay begins a discharge of the wrong bed can be put back, and finds what was kept."""
    if created and instance.stay is not None:
        for kept in (Preferences, Review):
            kept.objects.filter(bed=instance.bed_id).exclude(stay=instance.stay).delete()
