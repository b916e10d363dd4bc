"""Server-sent events of a person's wards: which bed or box changed, as a growing id.

Tells no state: a page asks for that by itself.

One watcher a process reads what changed and who may still hear of it, and hands it to every listener; no listener holds
a thread or a database connection (ward.live.streams).
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.models import Max, Min
from django.utils import timezone

from ward.beds.models import Change
from ward.people.standing import NO_WARD, BoxesOf, Hears, standing

log = logging.getLogger(__name__)
T = TypeVar("T")
LOOK_EACH_S = 0.15
STANDING_EACH_S = 2.0  # a log-out, a role that was taken, an account that was switched off: heard by then
ALIVE_EACH_S = 15.0
REPLAY_AT_MOST = 2000  # a page that missed more asks for its whole board
STREAMS_OF_ONE = 16  # of one session; with more, its oldest ends: pages share one (live.js)


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of a bed, of a box, or of both: `id` grows. `bed`, `ward`: None where a box has none."""

    id: int
    bed: int | None
    ward: int | None
    of_box: bool = False

    def names(self, hears: Hears) -> Iterator[str]:
        """The events for someone who may hear of these: of the boxes only the ward is named, whose list shows all."""
        if self.bed is not None and self.ward in hears:
            yield f"bed-{self.bed}"
        if self.of_box and BoxesOf(self.ward or NO_WARD) in hears:
            yield f"boxes-{self.ward or NO_WARD}"


@dataclass(frozen=True, slots=True)
class Missed:
    """Changes after the oldest id that was asked for, and from which id to which all changes are known."""

    changes: Sequence[Changed]
    oldest: int | None
    newest: int
    is_cut: bool = False

    def knows_since(self, known: int) -> bool:
        """Whether nothing after that id was forgotten; an id of a restored database may lie ahead."""
        return not self.is_cut and known <= self.newest and (self.oldest is None or known + 1 >= self.oldest)


class Source(Protocol):
    """What the watch asks for, on its own thread."""

    def changes(self, after: int | None) -> Sequence[Changed]:
        """The changes after an id, oldest first; with None the newest only."""

    def missed(self, known: Sequence[int]) -> Missed:
        """The changes after the lowest of these ids that is still known."""

    def standing(self, sessions: Iterable[str]) -> Mapping[str, Hears]:
        """What each session may hear of; one that is over is not in it."""


@dataclass(eq=False, slots=True)
class Listener:
    """One browser: what changed since it last took, newest id an event, so that a slow one cannot grow.

    `since`: what it knows; `hears`: what it may hear of."""

    session: str
    hears: Hears
    since: int | None = None
    known: int = 0
    is_over: bool = False
    pending: dict[str, int] = field(default_factory=dict)
    greeting: bytes = b""
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, changed: Changed) -> None:
        """Remember a change of its wards; the loop's thread only."""
        if changed.id <= self.known:
            return
        for name in changed.names(self.hears):
            self.pending[name] = changed.id
            self.woken.set()

    def greet(self, missed: Missed) -> None:
        """What it missed; where that is no longer known, that all may have changed."""
        since = self.since or 0
        if missed.knows_since(since):
            missing = [one for one in missed.changes if one.id > since]
            self.greeting = b": here\n\n" + _events({name: one.id for one in missing for name in one.names(self.hears)})
        else:
            self.greeting = event("board", missed.newest)
        self.known = missed.newest
        self.pending = {name: number for name, number in self.pending.items() if number > missed.newest}
        self.woken.set()

    def end(self) -> None:
        """Nothing more is told."""
        self.is_over = True
        self.woken.set()

    def take(self) -> bytes:
        """All that is to be told now, oldest first."""
        taken = self.greeting + _events(self.pending)
        self.greeting = b""
        self.pending.clear()
        self.woken.clear()
        return taken


@dataclass(eq=False, slots=True)
class Watcher:
    """Reads the changes each 150 ms, and each two seconds who may hear of them, while someone listens. A change that
    commits after a younger one (PostgreSQL) is left to the pages' polling each 15 s. The loop's thread only."""

    source: Source
    clock: Callable[[], float] = time.monotonic
    listeners: dict[Listener, None] = field(default_factory=dict)  # in the order in which they came
    task: asyncio.Task[None] | None = None
    came: list[Listener] = field(default_factory=list)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    def join(self, listener: Listener) -> None:
        """Listen; the first listener starts the watch."""
        same = [one for one in self.listeners if one.session == listener.session and not one.is_over]
        if len(same) >= STREAMS_OF_ONE:
            same[0].end()
        self.listeners[listener] = None
        if listener.since is not None:
            self.came.append(listener)
        if self.task is None or self.task.done():
            self._asked = asyncio.Event()
            self.task = asyncio.get_running_loop().create_task(self._watch())
        self._asked.set()

    def leave(self, listener: Listener) -> None:
        """Listen no more; with the last listener the watch ends and its thread with it."""
        self.listeners.pop(listener, None)
        if not self.listeners and self.task is not None:
            self.task.cancel()
            self.task = None

    async def _watch(self) -> None:
        thread = ThreadPoolExecutor(1, thread_name_prefix="changes")
        look = _Look(self, thread)
        try:
            while True:
                self._asked.clear()
                await look.once()
                await _until(self._asked, LOOK_EACH_S)
        finally:
            thread.submit(_close)
            thread.shutdown(wait=False)


class _Look:
    """One watch's looks at its source."""

    def __init__(self, watcher: Watcher, thread: ThreadPoolExecutor) -> None:
        self._watcher = watcher
        self._thread = thread
        self._last: int | None = None
        self._standing_at = watcher.clock()

    async def once(self) -> None:
        """What changed, what those missed who came, and at times who may still hear."""
        came, self._watcher.came = self._watcher.came, []
        try:
            await self._changes()
            await self._greet(came)
            await self._stand()
        except (DatabaseError, InterfaceError) as error:
            self._watcher.came += [one for one in came if not one.known]
            log.warning("changes cannot be read, pages poll meanwhile: %s", error)
            await self._read(close_old_connections)  # one that the database ended would fail for ever

    async def _changes(self) -> None:
        found = await self._read(lambda: self._watcher.source.changes(self._last))
        if self._last is not None:  # at first it only learns where it begins
            for changed in found:
                for listener in self._watcher.listeners:
                    listener.tell(changed)
        self._last = found[-1].id if found else self._last or 0

    async def _greet(self, came: Sequence[Listener]) -> None:
        if came:
            known = [one.since or 0 for one in came]
            missed = await self._read(lambda: self._watcher.source.missed(known))
            for listener in came:
                listener.greet(missed)

    async def _stand(self) -> None:
        if (now := self._watcher.clock()) - self._standing_at < STANDING_EACH_S:
            return
        self._standing_at = now
        listeners = list(self._watcher.listeners)
        found = await self._read(lambda: self._watcher.source.standing([one.session for one in listeners]))
        for listener in listeners:
            if hears := found.get(listener.session):
                listener.hears = hears
            else:
                listener.end()

    async def _read(self, read: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, read)


async def listen(watcher: Watcher, listener: Listener) -> AsyncIterator[bytes]:
    """The bytes of one stream, until its reader goes (the generator is closed) or may hear no more."""
    watcher.join(listener)
    try:
        while not listener.is_over:
            if not await _until(listener.woken, ALIVE_EACH_S):
                yield b": alive\n\n"  # keeps proxies from closing the stream
            elif told := listener.take():
                yield told
        yield event("board", 0)  # the page asks, and is told to log in
    finally:
        watcher.leave(listener)


async def _until(event: asyncio.Event, within_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within_s)
    except TimeoutError:
        return False
    return True


class Database:
    """The source of a running ward."""

    def changes(self, after: int | None) -> Sequence[Changed]:
        """Reads one query."""
        rows = Change.objects.order_by("pk").values_list("pk", "bed_id", "bed__room__ward_id", "home_id", "of_box")
        found = rows.reverse()[:1] if after is None else rows.filter(pk__gt=after)[:REPLAY_AT_MOST]
        return [Changed(pk, bed, ward or home, of_box) for pk, bed, ward, home, of_box in found]

    def missed(self, known: Sequence[int]) -> Missed:
        """Two queries, however many pages come back at once."""
        ends = Change.objects.aggregate(oldest=Min("pk"), newest=Max("pk"))
        oldest, newest = ends["oldest"], ends["newest"] or 0
        whole = [one for one in known if Missed((), oldest, newest).knows_since(one)]
        found = self.changes(min(whole)) if whole else []
        return Missed(found, oldest, found[-1].id if found else newest, len(found) == REPLAY_AT_MOST)

    def standing(self, sessions: Iterable[str]) -> Mapping[str, Hears]:
        """Three queries."""
        return standing(sessions, timezone.now())


def _close() -> None:
    """The connection of this thread: `connection.close` would be looked up on the thread that names it."""
    connection.close()


def newest_change() -> int:
    """The id up to which a page that is drawn now is up to date."""
    return Change.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _events(named: Mapping[str, int]) -> bytes:
    in_order = sorted(named.items(), key=lambda item: item[1])
    return b"".join(event(name, number) for name, number in in_order)


def event(name: str, number: int) -> bytes:
    """One event as it goes over the wire."""
    return f"id: {number}\ndata: {name}\n\n".encode()
