"""Which sessions still hold, and what each may hear of: many in one look, for streams that live as long as a page."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from ward.beds.access import SEES_BOARD
from ward.beds.models import Access
from ward.people.typed import number

AT_ONCE = 500  # keys in one query


def standing(keys: Iterable[str], now: datetime) -> dict[str, frozenset[int]]:
    """The wards whose board each session's person may see, by the session's key. Three queries for 500 sessions.

    A session that is over, by itself, by a log-out, by "everywhere", or by its account's switch-off, is not in it.
    """
    known, found = list(dict.fromkeys(keys)), dict[str, frozenset[int]]()
    for first in range(0, len(known), AT_ONCE):
        found |= _standing(known[first : first + AT_ONCE], now)
    return found


def _standing(keys: list[str], now: datetime) -> dict[str, frozenset[int]]:
    rows = Session.objects.filter(pk__in=keys, expire_date__gt=now)
    said = {row.pk: row.get_decoded() for row in rows}
    ids = {key: number(str(data.get(SESSION_KEY, ""))) for key, data in said.items()}
    users = User.objects.select_related("person").filter(is_active=True).in_bulk([i for i in set(ids.values()) if i])
    wards = _wards(users)
    return {
        key: wards.get(user.pk, frozenset())
        for key, data in said.items()
        if (user := users.get(ids[key] or 0)) is not None and _is_of(user, data)
    }


def _is_of(user: User, data: Mapping[str, Any]) -> bool:
    """As at each request: the password is the same, and "everywhere" was not said since."""
    if not constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return False
    person = getattr(user, "person", None)
    return BACKEND_SESSION_KEY in data and (person is None or data.get("sessions", 0) == person.sessions)


def _wards(users: Iterable[int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for user, ward in Access.objects.filter(user__in=users, role__in=SEES_BOARD).values_list("user", "ward"):
        found.setdefault(user, set()).add(ward)
    return {user: frozenset(some) for user, some in found.items()}
