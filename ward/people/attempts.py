"""Counts tries to log in, in the database: several web processes share one count, and no cache server is needed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from ward.people.models import Attempt

WITHIN = timedelta(minutes=15)
MOST_A_NAME, MOST_AN_ADDRESS, MOST_CODES = 5, 20, 5


@dataclass(frozen=True, slots=True)
class Spent:
    """One try: its row, and where it is one too many, when there is room for the next."""

    row: int
    wait_until: datetime | None


def spend(kind: str, who: str, most: int, now: datetime, within: timedelta = WITHIN) -> Spent:
    """Write a try down, then count: of tries that come at once, none can slip through between count and row.

    A try too many leaves no row, so whoever goes on trying does not lengthen the wait.
    """
    Attempt.objects.filter(at__lte=now - WITHIN).delete()
    key = _key(kind, who)
    row = Attempt.objects.create(key=key, at=now)
    earlier = list(
        Attempt.objects.filter(key=key, at__gt=now - within)
        .exclude(pk=row.pk)
        .order_by("-at")
        .values_list("at", flat=True)
    )
    if len(earlier) < most:
        return Spent(row.pk, None)
    row.delete()
    return Spent(0, earlier[most - 1] + within)


def give_back(*spent: Spent) -> None:
    """The try was a right one: it counts no longer. Earlier wrong ones do, or a guesser could log in between."""
    Attempt.objects.filter(pk__in=[one.row for one in spent]).delete()


def _key(kind: str, who: str) -> str:
    return salted_hmac("ward.people.attempts", f"{kind}:{who}", algorithm="sha256").hexdigest()
