"""Holds a ward while its set-up is changed, and counts its version up."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F

from ward.beds.models import Ward
from ward.places.errors import MeanwhileError


def hold(ward: Ward, seen: int | None = None) -> None:
    """Until the transaction's end, and reads it afresh. An UPDATE that changes nothing does so on PostgreSQL and on
    SQLite alike. Raises MeanwhileError where its version is another than `seen`; None checks nothing."""
    Ward.objects.filter(pk=ward.pk).update(version=F("version"))
    ward.refresh_from_db()
    if seen is not None and ward.version != seen:
        raise MeanwhileError(ward)


def changed(ward: Ward, by: AbstractBaseUser | None, now: datetime) -> None:
    """The ward has a new version; it must be held."""
    ward.version += 1
    ward.changed_by_id, ward.changed_at = (by.pk if by else None), now
    ward.save()
