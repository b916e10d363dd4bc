"""Server-sent events of a ward: which bed changed, as a growing id. Tells no state: a page asks for that by itself.

One watcher a process reads the changes and hands them to every listener; no listener holds a database connection.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse

from ward.beds.access import may_see_board, wards_of
from ward.beds.models import Change, Ward
from ward.people.typed import number

log = logging.getLogger(__name__)
LOOK_EACH_S = 0.15
ALIVE_EACH_S = 15.0
RECHECK_EACH_S = 60.0
REPLAY_AT_MOST = 2000  # a page that missed more asks for its whole board


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of a bed: `id` grows."""

    id: int
    bed: int
    ward: int


Read = Callable[[int | None], Sequence[Changed]]


@dataclass(eq=False, slots=True)
class Listener:
    """One open page: what changed since it last took, newest id a bed, so a slow page cannot grow."""

    ward: int
    known: int = 0
    pending: dict[int, int] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, changed: Changed) -> None:
        """Remember a change of this ward; the loop's thread only."""
        if changed.ward == self.ward and changed.id > self.known:
            self.pending[changed.bed] = changed.id
            self.woken.set()

    def knows(self, newest: int) -> None:
        """The page was told already up to this id."""
        self.known = newest
        self.pending = {bed: number for bed, number in self.pending.items() if number > newest}
        if not self.pending:
            self.woken.clear()

    def take(self) -> list[tuple[int, int]]:
        """Bed and id of all that changed, oldest first."""
        taken = sorted(self.pending.items(), key=lambda item: item[1])
        self.pending.clear()
        self.woken.clear()
        return taken


@dataclass(eq=False, slots=True)
class Watcher:
    """Reads the changes each 150 ms while somebody listens. `read` runs in the watcher's own thread; with None it gives
    only the newest. A change that commits after a younger one (PostgreSQL) is left to the pages' polling each 15 s."""

    read: Read
    listeners: set[Listener] = field(default_factory=set)
    task: asyncio.Task[None] | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)  # the watch knows where it begins

    def join(self, listener: Listener) -> None:
        """Listen; the first listener starts the watch. The loop's thread only."""
        self.listeners.add(listener)
        if self.task is None or self.task.done():
            self.ready = asyncio.Event()
            self.task = asyncio.get_running_loop().create_task(self._watch())

    def leave(self, listener: Listener) -> None:
        """Listen no more; with the last listener the watch ends and its thread with it."""
        self.listeners.discard(listener)
        if not self.listeners and self.task is not None:
            self.task.cancel()
            self.task = None

    async def _watch(self) -> None:
        thread = ThreadPoolExecutor(1, thread_name_prefix="changes")
        last: int | None = None
        try:
            while True:
                found = await self._read(thread, last)
                if found is not None:
                    if last is not None:  # at first it only learns where it begins
                        self._hand_out(found)
                    last = found[-1].id if found else last or 0
                    self.ready.set()
                await asyncio.sleep(LOOK_EACH_S)
        finally:
            thread.submit(connection.close)
            thread.shutdown(wait=False)

    async def _read(self, thread: ThreadPoolExecutor, last: int | None) -> Sequence[Changed] | None:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, self.read, last)
        except DatabaseError as error:
            log.warning("changes cannot be read, pages poll meanwhile: %s", error)
            return None

    def _hand_out(self, found: Sequence[Changed]) -> None:
        for changed in found:
            for listener in self.listeners:
                listener.tell(changed)


def read_changes(after: int | None) -> Sequence[Changed]:
    """The changes after an id, oldest first; with None the newest only."""
    rows = Change.objects.order_by("pk").values_list("pk", "bed_id", "bed__room__ward_id")
    found = rows.reverse()[:1] if after is None else rows.filter(pk__gt=after)[:REPLAY_AT_MOST]
    return [Changed(*row) for row in found]


def newest_change() -> int:
    """The id up to which a page that is drawn now is up to date."""
    return Change.objects.aggregate(newest=Max("pk"))["newest"] or 0


WATCHER = Watcher(read_changes)


async def events(request: HttpRequest, slug: str) -> HttpResponse | StreamingHttpResponse:
    """The stream of one ward: 403 where nobody is logged in, 404 to strangers. Last-Event-ID, or `since` at first, says
    what the page knows; what it missed is told at once."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    ward = await sync_to_async(allowed)(request, slug)
    if isinstance(ward, HTTPStatus):
        return HttpResponse(f"{ward.phrase}: log in to a ward of yours.\n", status=ward, content_type="text/plain")
    known = request.headers.get("Last-Event-ID") or request.GET.get("since", "")

    async def still_allowed() -> bool:
        return isinstance(await sync_to_async(allowed)(request, slug), Ward)

    stream = listen(WATCHER, ward.pk, number(known), still_allowed)
    answer = StreamingHttpResponse(stream, content_type="text/event-stream")
    answer["X-Accel-Buffering"] = "no"  # a proxy that buffers would hold the news back
    return answer


async def listen(
    watcher: Watcher,
    ward: int,
    known: int | None,
    still_allowed: Callable[[], Awaitable[bool]],
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[bytes]:
    """The bytes of one stream, until the reader goes (the generator is closed) or may no longer see the ward."""
    listener = Listener(ward)
    watcher.join(listener)
    try:
        checked_at = clock()
        await watcher.ready.wait()
        if known is not None:
            missed, newest = await sync_to_async(_replay)(ward, known)
            listener.knows(newest)
            yield b"".join(missed)
        while True:
            if (now := clock()) - checked_at >= RECHECK_EACH_S:
                checked_at = now
                if not await still_allowed():
                    yield _event("board", 0)  # the page asks, and is told to log in
                    return
            yield await _next(listener)
    finally:
        watcher.leave(listener)


def allowed(request: HttpRequest, slug: str) -> Ward | HTTPStatus:
    """The ward, or why not. The session is read anew, so that a log-out elsewhere ends the stream; gives the connection
    back before it returns."""
    fresh = HttpRequest()
    fresh.session = type(request.session)(request.session.session_key)
    try:
        user = get_user(fresh)
        if not isinstance(user, User):
            return HTTPStatus.FORBIDDEN
        ward = wards_of(user).filter(slug=slug).first()
        if ward is None:
            return HTTPStatus.NOT_FOUND
        return ward if may_see_board(user, ward) else HTTPStatus.FORBIDDEN
    finally:
        _give_back()


async def _next(listener: Listener) -> bytes:
    """What changed, or after 15 s a comment that keeps proxies from closing the stream."""
    try:
        await asyncio.wait_for(listener.woken.wait(), ALIVE_EACH_S)
    except TimeoutError:
        return b": alive\n\n"
    return b"".join(_event(f"bed-{bed}", number) for bed, number in listener.take())


def _replay(ward: int, known: int) -> tuple[list[bytes], int]:
    """What a page missed, and up to which id; where that is no longer known (pruned, or a restored database), that all
    may have changed."""
    try:
        oldest = Change.objects.aggregate(oldest=Min("pk"))["oldest"]
        newest = newest_change()
        missed = read_changes(known)
        if known > newest or (oldest is not None and known + 1 < oldest) or len(missed) == REPLAY_AT_MOST:
            return [_event("board", newest)], newest
        beds = {changed.bed: changed.id for changed in missed if changed.ward == ward}
        told = [b": here\n\n", *(_event(f"bed-{bed}", number) for bed, number in beds.items())]
        return told, missed[-1].id if missed else known
    finally:
        _give_back()


def _give_back() -> None:
    """A stream lives for hours: the request's connection must not. One that stands in a transaction is its owner's."""
    if not connection.in_atomic_block:
        close_old_connections()


def _event(name: str, number: int) -> bytes:
    return f"id: {number}\nevent: {name}\ndata: {number}\n\n".encode()
