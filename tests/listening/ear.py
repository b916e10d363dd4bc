"""The ear: a stream of 16-bit frames in, what is heard out, window after window, a second and a half later.

It knows the decoded tracks and nothing of what the box says.
"""

from collections import deque
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tests.listening.fitting import Lock, Window, fit, rms_of, worst_step
from tests.listening.recognise import SURE, Recogniser
from tests.listening.records import RATE_HZ, WINDOW, WINDOW_S, Heard
from tests.listening.tracks import Track
from tests.listening.weighting import MARGIN, AMeter

AHEAD = 5  # windows that are heard before one is told: a track that begins is known by then
ASKED = 4  # windows that a search looks at together, 1 s
UNEXPLAINED = 0.06  # of the strength of the sound: a held note fits two places of a track until the next one
LEAST_REST = 0.8  # steps of 16 bits; dither alone is 0.4 in the mean of both channels
FAINT = 0.5
CLEAR = 3.0  # from here on a search through whole tracks, which is dear, may find something
FORGOTTEN = 8  # faint windows after which a lock goes
MOST_LOCKS = 3
NEEDLESS = 1.1  # times the rest without a lock: it explains nothing beside the others
EXPLAINED, DITHER_REST = 0.12, 0.42  # of the rest before, or steps of 16 bits a window: so little may be left
HALF, TRIED = 0.4, 3  # so like the sound is one of two at least; so many are tried
EXPLAINED_BY_TWO = 0.05  # two tones fit much that they are not
MISSED = 2  # frames: beside other tracks the search may miss by so much
SAME = 48  # frames: so near each other two places of a track are one that was not exact while it was faint
STOOD_STILL_S = 0.15  # the driver writes each 21 ms
STILL_S = 1.0


class Ear:
    """One sink's stream. One thread."""

    def __init__(self, tracks: Mapping[str, Track], recogniser: Recogniser) -> None:
        """`recogniser` may be shared by ears; it keeps nothing of what it is asked."""
        self.tracks = tracks
        self._recogniser = recogniser
        self._meter = AMeter()
        self._frames = np.zeros(0, np.float32)  # of a window that is not whole yet
        self._zero = True
        self._count = 0  # frames fed
        self._arrivals: deque[tuple[int, float]] = deque()  # frames that had come, when
        self._past: deque[Window] = deque(maxlen=2)  # told already
        self._pending: deque[Window] = deque()
        self._locks: list[Lock] = []
        self._known: dict[str, tuple[int, int]] = {}  # track -> offset, and the track's frame where it was heard last
        self._search_in = 0  # windows until the next search
        self._failed = 0  # searches in a row
        self._stood_still = False  # in the window before
        self._told_at = 0.0

    @property
    def frames(self) -> int:
        """How many frames it was fed."""
        return self._count

    def feed(self, frames: NDArray[np.int16], at: float) -> list[Heard]:
        """Frames by 2 that had all come by the time `at`; what is known now of windows before them."""
        mono = frames.astype(np.float32).mean(axis=1)
        self._count += len(frames)
        self._arrivals.append((self._count, at))
        self._frames = np.concatenate([self._frames, mono])
        self._zero = self._zero and not np.any(frames)
        told = []
        while len(self._frames) >= WINDOW:
            told += self._take(self._frames[:WINDOW], self._zero)
            self._frames = self._frames[WINDOW:]
            self._zero = not np.any(frames[len(frames) - len(self._frames) :]) if len(self._frames) else True
        return told

    def settle(self, now: float) -> list[Heard]:
        """What is known of the last windows of a stream that stands still."""
        if not self._pending or now - self._arrivals[-1][1] < STILL_S:
            return []
        return [self._told(self._pending.popleft()) for _ in range(len(self._pending))]

    def _take(self, frames: NDArray[np.float32], is_zero: bool) -> list[Heard]:
        first = self._count - len(self._frames)
        window = Window(first, frames, is_zero)
        self._pending.append(window)
        fit(window, self._locks, self.tracks)
        self._forget(window)
        self._search(window)
        if len(self._pending) <= AHEAD:
            return []
        return [self._told(self._pending.popleft())]

    def _when(self, first: int) -> float:
        """When this frame came: what was read late, by a busy machine, is dated by what was read in time after it."""
        soon = first + AHEAD * WINDOW
        came = [at - (end - first) / RATE_HZ for end, at in self._arrivals if first < end <= soon]
        return min(came) if came else self._arrivals[-1][1] - (self._arrivals[-1][0] - first) / RATE_HZ

    def _forget(self, window: Window) -> None:
        for share in window.shares:
            if share.rms >= FAINT:
                self._known[share.lock.sha256] = (share.lock.offset, window.frame + share.lock.offset)
        strong = {id(share.lock) for share in window.shares if share.rms >= FAINT}
        for lock in self._locks:
            lock.faint = 0 if id(lock) in strong else lock.faint + 1
        self._locks = [lock for lock in self._locks if lock.faint < FORGOTTEN]

    def _search(self, window: Window) -> None:
        """Look for a track that is not explained yet, less and less often while none is found."""
        if window.rest_rms < max(LEAST_REST, UNEXPLAINED * window.rms):
            self._search_in = self._failed = 0
            return
        asked = self._unexplained()
        self._search_in -= 1
        if len(asked) < 2 or self._search_in > 0:
            return
        if self._find(asked, self._locks) or self._think_again(asked) or self._find_two(asked):
            self._search_in = self._failed = 0
        else:
            self._failed += 1
            self._search_in = min(12, 1 << self._failed)
        for one in self._pending:
            fit(one, self._locks, self.tracks)

    def _find(self, asked: list[Window], beside: list[Lock]) -> bool:
        """Whether a track was found that explains what these locks do not; then it is locked as well."""
        before = self._rest_of(asked, self._locks)
        loud = self._failed >= 2 and len(asked) == ASKED and all(one.rest_rms > CLEAR for one in asked)
        return self._accept(asked, beside, before, self._places(asked, beside, everywhere=loud))

    def _places(
        self, asked: list[Window], beside: list[Lock], *, everywhere: bool = False, least: float = SURE
    ) -> list[tuple[str, int]]:
        """Tracks and offsets that may explain what these locks do not."""
        self._rest_of(asked, beside)
        first = asked[0].frame
        hints = [(sha, first + offset) for sha, (offset, _) in self._known.items()]
        hints += [(sha, frame) for sha, (_, frame) in self._known.items()]
        rest = np.concatenate([one.rest for one in asked])
        rows = self._rows(beside, first, len(rest))
        found = self._recogniser.find(rest, hints, rows, everywhere=everywhere, least=least)
        return [(one.sha256, one.first - first) for one in found]

    def _think_again(self, asked: list[Window]) -> bool:
        """Whether another place explains the sound better than the strongest lock: it came of a note held long."""
        self._rest_of(asked, self._locks)
        strongest = max(asked[-1].shares, key=lambda share: share.rms, default=None)
        if strongest is None:
            return False
        return self._find(asked, [lock for lock in self._locks if lock is not strongest.lock])

    def _find_two(self, asked: list[Window]) -> bool:
        """Whether two tracks that begin together explain the sound: a hand brushed a second button."""
        if len(asked) < ASKED:
            return False
        before = self._rest_of(asked, self._locks)
        for sha256, offset in self._places(asked, self._locks, least=HALF)[:TRIED]:
            beside = [*self._locks, Lock(sha256, offset)]
            if self._accept(asked, beside, before, self._places(asked, beside), EXPLAINED_BY_TWO):
                return True
        return False

    def _rows(self, locks: list[Lock], first: int, frames: int) -> list[NDArray[np.float32]]:
        """The tracks that are known to sound here, each at rest and growing."""
        spans = [self.tracks[lock.sha256].span(first + lock.offset, frames) for lock in locks]
        ramp = np.linspace(-1.0, 1.0, frames, dtype=np.float32)
        return [row for span in spans for row in (span, span * ramp)]

    def _accept(
        self,
        asked: list[Window],
        beside: list[Lock],
        before: float,
        places: list[tuple[str, int]],
        explained: float = EXPLAINED,
    ) -> bool:
        """Lock the track that leaves least unexplained, at its exact frame, if that is little; needless locks go."""
        tried = [
            (self._rest_of(asked, [*_others(beside, place), Lock(place[0], offset)]), place, offset)
            for place in places
            for offset in _offsets(beside, place)
        ]
        rest, place, offset = min(tried, default=(np.inf, ("", 0), 0))
        if rest > max(explained * before, DITHER_REST * len(asked)) or rest > 0.9 * before:
            return False
        self._locks = [*_others(beside, place), Lock(place[0], offset)]
        for lock in self._locks[:-1]:
            others = [one for one in self._locks if one is not lock]
            if self._rest_of(asked, others) < rest * NEEDLESS or len(self._locks) > MOST_LOCKS:
                self._locks = others
        return True

    def _rest_of(self, asked: list[Window], locks: list[Lock]) -> float:
        for one in asked:
            fit(one, locks, self.tracks)
        return sum(one.rest_rms for one in asked)

    def _unexplained(self) -> list[Window]:
        """The last windows in a row that hold something unexplained."""
        asked: list[Window] = []
        for one in reversed(self._pending):
            if one.rest_rms < LEAST_REST or len(asked) == ASKED:
                break
            asked.insert(0, one)
        return asked

    def _told(self, window: Window) -> Heard:
        before, after = list(self._past), list(self._pending)
        at = self._told_at = max(self._when(window.frame), self._told_at)
        stood_still = self._when(window.frame + WINDOW) - at - WINDOW_S > STOOD_STILL_S
        is_torn, self._stood_still = stood_still or self._stood_still, stood_still
        while len(self._arrivals) > 1 and self._arrivals[0][0] <= window.frame:
            self._arrivals.popleft()
        click = None if is_torn else worst_step(window, before, after, self.tracks)
        self._past.append(window)
        parts = sorted((share.part() for share in window.shares if share.rms >= FAINT), key=lambda part: -part.rms)
        return Heard(
            frame=window.frame,
            at=at,
            is_zero=window.is_zero,
            rms=rms_of(window.frames),
            rest=window.rest_rms,
            energies=(0.0,) * 5 if window.is_zero else self._meter.energies(self._run(window)),
            parts=tuple(parts),
            click=click,
            torn=is_torn,
        )

    def _run(self, window: Window) -> NDArray[np.float32]:
        silence = np.zeros(MARGIN, np.float32)
        before = self._past[-2].frames[-MARGIN:] if len(self._past) == 2 else silence
        after = self._pending[0].frames[:MARGIN] if self._pending else silence
        return np.concatenate([before, window.frames, after])


def _is_same(lock: Lock, place: tuple[str, int]) -> bool:
    return lock.sha256 == place[0] and abs(lock.offset - place[1]) <= SAME


def _others(locks: list[Lock], place: tuple[str, int]) -> list[Lock]:
    """The locks that stay beside this place; one of the same track next to it gives way."""
    return [lock for lock in locks if not _is_same(lock, place)]


def _offsets(locks: list[Lock], place: tuple[str, int]) -> range:
    """Where a track may truly be that was found at this place: around it, and up to the lock that it corrects."""
    found = [place[1], *(lock.offset for lock in locks if _is_same(lock, place))]
    return range(min(found) - MISSED, max(found) + MISSED + 1)
