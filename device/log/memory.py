"""Stores entries while there is no disk. Knows no queue; its owner calls everything but `batch` from one thread."""

import threading
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from device.log.stores import Numbered, Row, new_log_id, parse_at, within

ROW_BYTES = 300  # what Python needs for a row beside its text: tuple, strings, number and place in the table


class MemoryStore:
    """A log without a disk, with its own id. Its content is lost when the process ends."""

    def __init__(self, most_bytes: int) -> None:
        """`most_bytes`: how much memory it takes; entries beyond are counted in `lost`."""
        self.log_id = new_log_id()
        self.next_seq = 1
        self.lost = 0
        self._room = most_bytes
        self._handed_out = 0
        self._rows: dict[int, Row] = {}
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many entries it holds."""
        return len(self._rows)

    @property
    def oldest_at(self) -> datetime | None:
        """When its oldest entry was written."""
        with self._lock:
            return next((parse_at(row.at) for row in self._rows.values()), None)

    def append(self, rows: Iterable[Row]) -> None:
        """Number and keep rows, as far as there is room."""
        with self._lock:
            for row in rows:
                if cost(row) > self._room:
                    self.lost += 1
                    continue
                self._room -= cost(row)
                self._rows[self.next_seq] = row
                self.next_seq += 1

    def take_lost(self) -> int:
        """How many entries there was no room for since this was last asked."""
        lost, self.lost = self.lost, 0
        return lost

    def forget(self, through: int) -> None:
        """Drop entries up to `through`."""
        with self._lock:
            for seq in [seq for seq in self._rows if seq <= through]:
                self._room += cost(self._rows.pop(seq))

    def shorten(self, seq: int, body: bytes) -> None:
        """Replace an entry's body: an entry that never arrives would hold up all after it."""
        with self._lock:
            if seq in self._rows:
                self._rows[seq] = self._rows[seq]._replace(body=body)

    def batch(self, after: int, most: int, most_bytes: int) -> list[Numbered]:
        """The oldest entries beyond `after`; at least one and else no more than `most_bytes`. From any thread."""
        with self._lock:
            beyond = (Numbered(seq, row.at, row.body) for seq, row in self._rows.items() if seq > after)
            found = within(list(islice(beyond, most)), most_bytes)
            self._handed_out = max([self._handed_out, *(row.seq for row in found)])
        return found

    def take_unseen(self) -> list[Row]:
        """Remove what `batch` never returned: only these entries can be renumbered without arriving twice."""
        with self._lock:
            unseen = [seq for seq in self._rows if seq > self._handed_out]
            self.next_seq -= len(unseen)
            return [self._rows.pop(seq) for seq in unseen]


def cost(row: Row) -> int:
    """Bytes of memory that a row takes."""
    return len(row.at) + len(row.body) + ROW_BYTES
