"""The beds that someone looks after in this shift. Knows no page."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from ward.beds.models import Bed, MyBed, Ward

HELD = timedelta(hours=13)  # the longest shift with its handovers; the next one begins with none


def mine_on(user: AbstractBaseUser, ward: Ward, now: datetime) -> frozenset[int]:
    """The keys of this person's beds on a ward."""
    held = MyBed.objects.filter(user_id=user.pk, bed__room__ward=ward, at__gt=now - HELD)
    return frozenset(held.values_list("bed", flat=True))


def choose(user: AbstractBaseUser, ward: Ward, beds: Iterable[int], now: datetime) -> int:
    """Replaces this person's beds on a ward, and says how many there are; beds of other wards are left out."""
    with transaction.atomic():
        MyBed.objects.filter(user_id=user.pk, bed__room__ward=ward).delete()
        found = Bed.objects.open().filter(room__ward=ward, pk__in=list(beds)).values_list("pk", flat=True)
        made = [MyBed(user_id=user.pk, bed_id=bed, at=now) for bed in found]
        MyBed.objects.bulk_create(made, ignore_conflicts=True)  # chosen in two windows at once
    return len(made)


def over(now: datetime) -> QuerySet[MyBed]:
    """What has ended."""
    return MyBed.objects.filter(at__lte=now - HELD)
