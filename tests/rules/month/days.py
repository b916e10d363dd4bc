"""Time that jumps to whatever is next: an agenda of acts, the month's days, and a queue whose waiting passes it."""

import heapq
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from queue import Empty, SimpleQueue
from zoneinfo import ZoneInfo

from device.loop import Item

LATE_S = 1e-6  # every wait lasts longer than asked, as real ones do: no rounding makes it last no time at all
NIGHT_BEGINS, NIGHT_ENDS = 21, 7  # hours, as the design has them


class Days:
    """Seconds since the month began, and what is due when. Times of day are those of the zone."""

    def __init__(self, first: date, zone: ZoneInfo, day: int = 1) -> None:
        """`day`: on whose morning it begins."""
        self.zone = zone
        self.acts = 0
        self._begins = datetime.combine(first, time(6), zone).astimezone(UTC)
        self._first = first
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._night: tuple[int, bool] = (-1, False)
        self.now_s = self.when(day, "06:00")

    @property
    def utc(self) -> datetime:
        """What a true clock shows."""
        return self.utc_at(self.now_s)

    @property
    def local(self) -> datetime:
        """The same on the wall."""
        return self.utc.astimezone(self.zone)

    @property
    def is_night(self) -> bool:
        """Whether it is night on a true wall's clock."""
        minute = int(round(self.now_s, 6) // 60)  # the calendar knows microseconds
        if minute != self._night[0]:
            hour = self.local.hour
            self._night = (minute, hour >= NIGHT_BEGINS or hour < NIGHT_ENDS)
        return self._night[1]

    def when(self, day: int, at: str) -> float:
        """Seconds from the month's begin to this time ("21:30") of its day, the first of which is 1."""
        hours, minutes = map(int, at.split(":"))
        local = datetime.combine(self._first + timedelta(days=day - 1), time(hours, minutes), self.zone)
        return (local.astimezone(UTC) - self._begins).total_seconds()

    def utc_at(self, when_s: float) -> datetime:
        """The moment that lies so many seconds after the month's begin."""
        return self._begins + timedelta(seconds=when_s)

    def at(self, when_s: float, act: Callable[[], None]) -> None:
        """Something that happens then; now, where that is over."""
        heapq.heappush(self._agenda, (max(when_s, self.now_s), next(self._order), act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Something that happens in so many seconds."""
        self.at(self.now_s + seconds, act)

    def go_on(self, until_s: float) -> bool:
        """Let time pass to the next act and do it; False where it passed to `until_s` without one."""
        if not self._agenda or self._agenda[0][0] > until_s:
            self.now_s = until_s
            return False
        self.now_s, _, act = heapq.heappop(self._agenda)
        self.acts += 1
        act()
        return True


class Inbox(SimpleQueue[Item]):
    """What the loop waits on. `settled` is called before each wait, `passing` with the moment that it will end at."""

    def __init__(self, days: Days, settled: Callable[[], None], passing: Callable[[], None]) -> None:
        super().__init__()
        self._days = days
        self._settled = settled
        self._passing = passing

    def get(self, _block: bool = True, timeout: float | None = None) -> Item:
        """The next item, as soon as someone puts one, or Empty when the time is over."""
        self._settled()
        until_s = self._days.now_s + max(LATE_S, timeout or 0.0)
        while self.empty():
            happens = self._days.go_on(until_s)
            self._passing()
            if not happens:
                raise Empty
        return super().get(False)
