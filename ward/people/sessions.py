"""How long a session holds, as rules: plain values in, one word out. And how all sessions of an account end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from django.contrib.auth.models import User
from django.db.models import F

from ward.people.models import KnownBrowser, Person, Visit

SHIFT = timedelta(hours=12)
IDLE_ELSEWHERE = timedelta(minutes=30)


class Holds(Enum):
    """What a session is at a moment."""

    OPEN = "open"
    LOCKED = "locked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Stand:
    """What a session says of itself: begun at, last touched by a hand, and whether it is locked."""

    began: datetime
    seen: datetime
    locked: bool


class Said(Protocol):
    """What a session keeps, or a copy of it."""

    def get(self, key: str, /) -> Any:
        """What stands under this name."""


def stand_of(said: Said, now: datetime) -> Stand:
    """From what a session keeps; what it does not say was now."""
    return Stand(_time(said.get("began"), now), _time(said.get("seen"), now), bool(said.get("locked")))


def holds(stand: Stand, now: datetime, lock_after: timedelta | None) -> Holds:
    """`lock_after`: the idle time after which a desk locks, None for a browser that is no desk: there it ends."""
    if now - stand.began >= SHIFT:
        return Holds.ENDED
    if lock_after is None:
        return Holds.ENDED if stand.locked or now - stand.seen >= IDLE_ELSEWHERE else Holds.OPEN
    return Holds.LOCKED if stand.locked or now - stand.seen >= lock_after else Holds.OPEN


def _time(said: float | None, now: datetime) -> datetime:
    return now if said is None else datetime.fromtimestamp(said, tz=UTC)


def person_of(user: User) -> Person:
    """The account's PIN and count of sessions; made on first use."""
    return Person.objects.get_or_create(user=user)[0]


def end_sessions(user: User) -> None:
    """Signs the account out of every browser, all new to it; no PIN of it opens a desk until the next full sign-in."""
    person = person_of(user)
    Person.objects.filter(pk=person.pk).update(sessions=F("sessions") + 1)
    Visit.objects.filter(user=user).delete()
    KnownBrowser.objects.filter(user=user).delete()
