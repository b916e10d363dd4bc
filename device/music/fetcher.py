"""Brings the assigned tracks to the box, one after the other and behind everything else, on a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress

from device.config.settings import ContentSettings
from device.music.download import CutError, Source, SourceError, StoppedError, TrackError
from device.music.track_store import NoSpaceError, StoreError, TrackStore, WrongHashError
from device.rules import fetching
from device.rules.fetching import Attempts, Pace
from device.rules.state import State
from messages import Code, Reason, because

log = logging.getLogger(__name__)

LOOK_S = 30.0  # between two looks whether something is missing
RATE_S = 1.0  # over which the rate is measured
DEFAULT_PACE = Pace()
WRONG_OFTEN = 3  # then it is told


class Fetcher:
    """Fetches until all that is assigned is there. `state` and `harm` are read on the fetcher's thread."""

    def __init__(
        self,
        settings: ContentSettings,
        store: TrackStore,
        box_id: str,
        *,
        state: Callable[[], State],
        held: Callable[[], Collection[str]],
        arrived: Callable[[str], None],
        trouble: Callable[[Reason | None], None],
        harm: Callable[[], int] = lambda: 0,
        pace: Pace = DEFAULT_PACE,
    ) -> None:
        """`held`: what lies in the folder; `arrived`: told each track that came; `trouble`: told why what is assigned
        cannot come, None when it can again; `harm`: how often the sound had to wait since the start."""
        self._source, self._store, self._pace = Source(settings), store, pace
        self._state, self._held, self._arrived, self._trouble, self._harm = state, held, arrived, trouble, harm
        self._attempts = Attempts(box_id, pace)
        self._first_look_s = pace.start_s * fetching.chance(box_id, "start")
        self._wrong: dict[str, int] = {}
        self._told: Code | None = None
        self._harm_before = 0
        self._rate = _Rate()
        self._closing, self._asked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="fetcher", daemon=True)

    def start(self) -> None:
        """Begin to look. Returns at once."""
        self._thread.start()

    def hurry(self) -> None:
        """Something else may be wanted: look now. Returns at once; any thread may ask."""
        self._asked.set()

    def close(self) -> None:
        """End; what is unfinished goes on at the next start. Waits briefly: a disk may hang."""
        self._closing.set()
        self._asked.set()
        self._source.interrupt()
        if self._thread.ident is not None:
            self._thread.join(timeout=2.0)

    @property
    def rate_kb_s(self) -> int:
        """How fast a track comes now, in kB/s; 0: none comes. Any thread may ask."""
        return self._rate.kb_s

    def _run(self) -> None:
        wait_s = self._first_look_s
        while not self._closing.is_set():
            self._asked.wait(wait_s)
            self._asked.clear()
            try:
                wait_s = self._look()
            except Exception:  # what one track does must not end the fetching
                log.exception("fetch=unexpected")
                wait_s = LOOK_S
        self._source.close()

    def _look(self) -> float:
        """Fetch what may be fetched now; how long to wait then, in seconds."""
        while not self._closing.is_set():
            missing = self._missing()
            sha256 = self._attempts.next(missing, time.monotonic())
            if sha256 is None:
                self._rate.end()
                return self._wait_s(missing)
            try:
                self._fetch(sha256)
            except _HarmError:
                log.info("fetch=waits reason=the sound had to wait")
                return self._pace.harmed_s
            except StoppedError:
                continue
        return 0.0

    def _missing(self) -> tuple[str, ...]:
        """What is assigned and not there, the most urgent first."""
        wanted, held = fetching.wanted(self._state()), self._held()
        with suppress(StoreError):  # it will be told where a track is written
            self._store.assigned(wanted)
        missing = tuple(sha256 for sha256 in wanted if sha256 not in held)
        if not missing:
            self._tell(None)
            self._store.sweep(wanted)
        return missing

    def _wait_s(self, missing: tuple[str, ...]) -> float:
        due_at = self._attempts.due_at(missing)
        return LOOK_S if due_at is None else min(LOOK_S, max(0.05, due_at - time.monotonic()))

    def _fetch(self, sha256: str) -> None:
        """Fetch one track, or note why not. Raises StoppedError."""
        try:
            self._bring(sha256)
        except SourceError as error:
            log.warning("fetch=no-source reason=%s", error)
            self._attempts = self._attempts.source_failed(time.monotonic())
        except CutError as error:
            log.info("fetch=cut track=%s reason=%s", sha256, error)
            self._cut(sha256, came_on=error.came_on)
        except NoSpaceError as error:
            self._failed(sha256, error, Code.MUSIC_TOO_LARGE if error.over_limit else Code.CARD_FULL)
        except WrongHashError as error:
            self._wrong[sha256] = self._wrong.get(sha256, 0) + 1
            self._failed(sha256, error, Code.TRACK_ARRIVES_WRONG if self._wrong[sha256] >= WRONG_OFTEN else None)
        except (TrackError, StoreError) as error:
            self._failed(sha256, error, None)

    def _bring(self, sha256: str) -> None:
        self._harm_before = self._harm()
        self._rate.begin()
        with self._store.partial(sha256) as partial:
            self._source.fetch(
                sha256,
                partial,
                room_for=lambda size: self._make_room(size, partial.size),
                arrived=lambda size: self._block(sha256, size),
            )
            self._store.keep(partial, sha256)
        log.info("fetch=done track=%s", sha256)
        self._attempts = self._attempts.came_on(sha256)
        self._wrong.pop(sha256, None)
        self._arrived(sha256)

    def _make_room(self, coming_bytes: int, there_bytes: int) -> None:
        gone = self._store.make_room(coming_bytes, there_bytes, fetching.kept(self._state()))
        for sha256 in gone:
            self._arrived(sha256)  # the folder changed

    def _block(self, sha256: str, size_bytes: int) -> None:
        """A block came: wait if the sound needs it. Raises StoppedError if something else is to be done."""
        self._rate.add(size_bytes)
        if self._closing.is_set():
            raise StoppedError
        if self._asked.is_set():
            self._asked.clear()
            if self._attempts.next(self._missing(), time.monotonic()) != sha256:
                raise StoppedError
        if self._state().playing is not None:
            if self._harm() > self._harm_before:
                raise _HarmError
            self._closing.wait(size_bytes / self._pace.playing_bytes_s)

    def _cut(self, sha256: str, *, came_on: bool) -> None:
        """A cut is the server's affair; where some of it came, the first wait is enough."""
        if came_on:
            self._attempts = self._attempts.came_on(sha256)
        self._attempts = self._attempts.source_failed(time.monotonic())

    def _failed(self, sha256: str, error: Exception, code: Code | None) -> None:
        log.warning("fetch=failed track=%s reason=%s", sha256, error)
        self._attempts = self._attempts.track_failed(sha256, time.monotonic())
        if code is not None and self._told is None:  # one fault at a time, until all is there
            self._tell(code)

    def _tell(self, code: Code | None) -> None:
        if code is not self._told:
            self._told = code
            self._trouble(None if code is None else because(code))


class _HarmError(StoppedError):
    """The sound had to wait."""


class _Rate:
    """Measures how fast bytes come, also over several short tracks."""

    def __init__(self) -> None:
        self.kb_s = 0
        self._since: float | None = None
        self._bytes = 0

    def begin(self) -> None:
        """A track is asked for."""
        if self._since is None:
            self._since, self._bytes = time.monotonic(), 0

    def add(self, size_bytes: int) -> None:
        """So many bytes came."""
        self._bytes += size_bytes
        now = time.monotonic()
        if self._since is not None and now - self._since >= RATE_S:
            self.kb_s = max(1, round(self._bytes / 1000 / (now - self._since)))
            self._since, self._bytes = now, 0

    def end(self) -> None:
        """No track comes now."""
        self.kb_s, self._since = 0, None
