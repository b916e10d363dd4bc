"""Which sessions still hold, and what each may hear of: many in one look, for streams that live as long as a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from ward.beds.access import SEES_BOARD, SEES_DEVICES
from ward.beds.models import Access, Role
from ward.people.sessions import IDLE_ELSEWHERE, Holds, holds, stand_of
from ward.people.typed import number

AT_ONCE = 500  # keys in one query


class BoxesOf(NamedTuple):
    """The boxes of a ward; of NO_WARD those that have none yet, which whoever tends boxes anywhere may see."""

    ward: int


NO_WARD = 0
Hears = frozenset[int | BoxesOf]  # an int: the beds of that ward


class Asked(NamedTuple):
    """Someone who asks for a stream: a session's key, and whether the browser says that it is a desk, true or not."""

    session: str
    at_desk: bool


@dataclass(frozen=True, slots=True)
class _Standing:
    said: Mapping[str, Any]
    hears: Hears
    administers: bool

    def is_plain(self, now: datetime, at_desk: bool) -> bool:
        """Whether a page would be answered at once, whatever else the browser is or says. At a desk the shorter of the
        two idle times counts: whether it is one nobody has looked at yet."""
        lock_after = min(timedelta(minutes=settings.DESK_LOCK_MINUTES), IDLE_ELSEWHERE) if at_desk else None
        if holds(stand_of(self.said, now), now, lock_after) is not Holds.OPEN:
            return False
        return bool(not settings.REQUIRE_MFA or not self.administers or self.said.get("factor"))


def standing(keys: Iterable[str], now: datetime) -> dict[str, Hears]:
    """Of which wards' beds and boxes each session's person may hear, by the session's key. Three queries for 500
    sessions.

    A session that is over, by itself, by a sign-out, by "everywhere", or by its account's switch-off, is not in it.
    """
    return {key: one.hears for key, one in _each(keys, now).items()}


def plainly_open(asked: Iterable[Asked], now: datetime) -> dict[Asked, Hears]:
    """The same of those who need no second look: neither idle for long, nor locked, nor before a second factor.

    Whoever is not in it is asked one by one, as for a page (ward.accounts.middleware).
    """
    all_asked = list(asked)
    found = _each([one.session for one in all_asked], now)
    plain = (one for one in all_asked if one.session in found and found[one.session].is_plain(now, one.at_desk))
    return {one: found[one.session].hears for one in plain}


def _each(keys: Iterable[str], now: datetime) -> dict[str, _Standing]:
    known, found = list(dict.fromkeys(keys)), dict[str, _Standing]()
    for first in range(0, len(known), AT_ONCE):
        found |= _some(known[first : first + AT_ONCE], now)
    return found


def _some(keys: list[str], now: datetime) -> dict[str, _Standing]:
    rows = Session.objects.filter(pk__in=keys, expire_date__gt=now)
    said = {row.pk: row.get_decoded() for row in rows}
    ids = {key: number(str(data.get(SESSION_KEY, ""))) for key, data in said.items()}
    users = User.objects.select_related("person").filter(is_active=True).in_bulk([i for i in set(ids.values()) if i])
    roles = _roles(users)
    return {
        key: _standing_of(data, roles.get(user.pk, []))
        for key, data in said.items()
        if (user := users.get(ids[key] or 0)) is not None and _is_of(user, data)
    }


def _is_of(user: User, data: Mapping[str, Any]) -> bool:
    """As at each request: the password is the same, and "everywhere" was not said since."""
    if not constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return False
    person = getattr(user, "person", None)
    return BACKEND_SESSION_KEY in data and (person is None or data.get("sessions", 0) == person.sessions)


def _roles(users: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    for user, ward, role in Access.objects.filter(user__in=users).values_list("user", "ward", "role"):
        found.setdefault(user, []).append((ward, role))
    return found


def _standing_of(data: Mapping[str, Any], roles: list[tuple[int, str]]) -> _Standing:
    beds = {ward for ward, role in roles if role in SEES_BOARD}
    boxes = {BoxesOf(ward) for ward, role in roles if role in SEES_DEVICES}
    hears = frozenset({*beds, *boxes, *({BoxesOf(NO_WARD)} if boxes else ())})
    return _Standing(data, hears, any(role == Role.ADMINISTRATOR for _ward, role in roles))
