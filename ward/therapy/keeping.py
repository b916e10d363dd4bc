"""Deletes what was recorded in a stay when the next stay at that bed begins."""

from typing import Any

from django.db.models.signals import post_save

from ward.assignments.models import Assignment
from ward.therapy.models import Preferences, Review


def connect() -> None:
    """Starts listening; a second call changes nothing."""
    post_save.connect(_forget, sender=Assignment, dispatch_uid="therapy_forget")


def _forget(instance: Assignment, created: bool, **_signal: Any) -> None:
    """Not at discharge but at the next stay: until then a discharge of the wrong bed can be undone."""
    if created and instance.stay is not None:
        for kept in (Preferences, Review):
            kept.objects.filter(bed=instance.bed_id).exclude(stay=instance.stay).delete()
