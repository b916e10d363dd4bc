"""Lets streams in, many in one look: after a restart the pages of a whole hospital open theirs in the same second.

Each by itself would take Django 25 ms. Whoever may not plainly hear is left to Django, which says why.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import QueryDict, parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from ward.bounded import STREAMS
from ward.live.stream import Listener, Watcher, listen
from ward.people import desks
from ward.people.standing import Asked, Hears, plainly_open
from ward.people.typed import number

log = logging.getLogger(__name__)
WITHIN_S = 5.0  # then Django asks for each, on a connection of its own
KEY_MOST, QUERY_MOST = 40, 100  # letters of a session's key (the column's width), bytes of `since=`
Scope = MutableMapping[str, Any]
Heard = Mapping[Asked, Hears]


def ask(asked: Sequence[Asked]) -> Heard:
    """What those hear who may plainly hear; its connection ends with it."""
    try:
        return plainly_open(asked, timezone.now())
    except (DatabaseError, InterfaceError) as error:
        log.warning("streams cannot be let in, each is asked by itself: %s", error)
        return {}
    finally:
        connection.close()


class Openings:
    """Called with a request, it says which stream it gets at once; None where Django has to look. The loop's thread."""

    def __init__(self, watcher: Watcher, ask: Callable[[Sequence[Asked]], Heard] = ask) -> None:
        self._watcher = watcher
        self._ask = ask
        self._waiting: list[tuple[Asked, asyncio.Future[Hears]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope) -> AsyncIterator[bytes] | None:
        """One request of any kind."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("GET", STREAMS):
            return None
        heads = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        asked = _asked(heads.get("cookie", "")) if _is_plain(scope, heads) else None
        if asked is None or not (hears := await self._hears(asked)):
            return None
        known = heads.get("last-event-id") or QueryDict(scope["query_string"]).get("since", "")
        return listen(self._watcher, Listener(asked.session, hears, number(known)))

    async def _hears(self, asked: Asked) -> Hears:
        """Waits for the look that runs, if one does, and then for that of all who came meanwhile."""
        told: asyncio.Future[Hears] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, told))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        return await told

    async def _look(self) -> None:
        while self._waiting:
            these, self._waiting = self._waiting, []
            found: Heard = {}
            try:
                asking = asyncio.to_thread(self._ask, [asked for asked, _told in these])
                found = await asyncio.wait_for(asking, WITHIN_S)
            except TimeoutError:
                log.warning("streams cannot be let in: the database says nothing")
            except Exception:
                log.exception("streams cannot be let in, each is asked by itself")
            for asked, told in these:
                if not told.done():
                    told.set_result(found.get(asked, frozenset()))


def _is_plain(scope: Scope, heads: Mapping[str, str]) -> bool:
    """As our own page asks: one cookie's line, one short query, our name."""
    cookies = sum(name.lower() == b"cookie" for name, _value in scope["headers"])
    name, _port = split_domain_port(heads.get("host", ""))
    is_ours = bool(name) and validate_host(name, settings.ALLOWED_HOSTS)
    return is_ours and cookies == 1 and len(scope["query_string"]) <= QUERY_MOST


def _asked(cookie: str) -> Asked | None:
    """None for a key that no session has: it must not spoil the question of all the others."""
    cookies = parse_cookie(cookie)
    key = cookies.get(settings.SESSION_COOKIE_NAME, "")
    is_key = key.isascii() and key.isalnum() and len(key) <= KEY_MOST
    return Asked(key, desks.COOKIE in cookies) if is_key else None
