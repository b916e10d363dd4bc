"""What was heard and is not yet written: a queue for each box, so that one that floods waits for itself alone."""

from collections import Counter, deque

import messages
from ward.mqttd.handlers import Received

BACKLOG_BYTES = 64_000_000
MOST_OF_ONE = 1_000  # messages of one box: it says again what was lost, and others stand behind it at the broker
SHARE = 50  # messages of one box in a turn: half a second of the slowest ones, in which others wait for it


class Inbox:
    """Boxes in turn, each one's messages in their order. Bounded for each box, and in bytes for all: then the oldest
    of the box that has most goes, and that box sends its entries again. `heard`, `lost`: so many in all. One thread."""

    def __init__(self, limit_bytes: int = BACKLOG_BYTES) -> None:
        self.heard = self.lost = 0
        self._of: dict[str, deque[Received]] = {}  # by box; whose turn is next stands first
        self._bytes: Counter[str] = Counter()
        self._limit = limit_bytes
        self._count = self._size = 0

    def __len__(self) -> int:
        return self._count

    def append(self, one: Received) -> None:
        """From paho's callback, in the same thread."""
        box = _box(one)
        self._of.setdefault(box, deque()).append(one)
        self._counted(box, one, 1)
        self.heard += 1
        if len(self._of[box]) > MOST_OF_ONE:
            self._lose(box)
        while self._size > self._limit:
            self._lose(max(self._bytes, key=self._bytes.__getitem__))

    def first(self, count: int) -> list[Received]:
        """So many at most, a share of each box; they stay until they are dropped, so that a failing database loses
        none."""
        found: list[Received] = []
        for place in range(SHARE):
            there = [queue[place] for queue in self._of.values() if place < len(queue)]
            found += there[: count - len(found)]
            if not there or len(found) == count:
                break
        return found

    def drop(self, written: list[Received]) -> None:
        """What `first` said last: it is written. Those boxes come last now."""
        served = list(dict.fromkeys(map(_box, written)))
        for one in written:
            self._pop(_box(one))
        for box in served:
            if box in self._of:
                self._of[box] = self._of.pop(box)

    def _lose(self, box: str) -> None:
        self._pop(box)
        self.lost += 1

    def _pop(self, box: str) -> None:
        self._counted(box, self._of[box].popleft(), -1)
        if not self._of[box]:
            del self._of[box], self._bytes[box]

    def _counted(self, box: str, one: Received, sign: int) -> None:
        cost = sign * (len(one.payload) + 500)  # the object itself
        self._bytes[box] += cost
        self._size += cost
        self._count += sign


def _box(one: Received) -> str:
    """Empty for what no box says."""
    found = messages.parse_topic(one.topic)
    return found[0] if found else ""
