"""Counts tries to sign in, in the database: several web processes share one count, and no cache server is needed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from ward.people.models import Attempt

WITHIN = timedelta(hours=1)
MOST_A_NAME, MOST_CODES = 5, 5  # of one name from one place or browser; of one account
MOST_ELSEWHERE, MOST_AN_ADDRESS = 20, 50  # of one name from anywhere, and from one address, by browsers that are new
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Spent:
    """One try: its row, and where it is one too many, when there is room for the next."""

    row: int
    wait_until: datetime | None


def spend(kind: str, who: str, most: int, now: datetime) -> Spent:
    """Write a try down, then count: of tries that come at once, none can slip through between count and row.

    After `most` of them each further one waits: 1 minute, then 2, 4, 8 and at most 15. A try too early leaves no row:
    who goes on trying does not lengthen the wait.
    """
    Attempt.objects.filter(at__lte=now - WITHIN).delete()
    key = _key(kind, who)
    row = Attempt.objects.create(key=key, at=now)
    earlier = list(Attempt.objects.filter(key=key).exclude(pk=row.pk).order_by("-at").values_list("at", flat=True))
    until = earlier[0] + wait_after(len(earlier) - most) if len(earlier) >= most else now
    if until <= now:
        return Spent(row.pk, None)
    row.delete()
    return Spent(0, until)


def wait_after(more: int) -> timedelta:
    """How long to wait after so many more than may be tried at once."""
    doubled: int = 2 ** min(more, 10)
    return min(LONGEST_WAIT, FIRST_WAIT * doubled)


def is_first(kind: str, who: str, now: datetime) -> bool:
    """Whether this was not seen within the hour; it counts as seen from now on."""
    key = _key(kind, who)
    row = Attempt.objects.create(key=key, at=now)
    return not Attempt.objects.filter(key=key, at__gt=now - WITHIN).exclude(pk=row.pk).exists()


def give_back(*spent: Spent) -> None:
    """The try was a right one: it counts no longer. Earlier wrong ones do, or a guesser could sign in between."""
    Attempt.objects.filter(pk__in=[one.row for one in spent]).delete()


def _key(kind: str, who: str) -> str:
    return salted_hmac("ward.people.attempts", f"{kind}:{who}", algorithm="sha256").hexdigest()
