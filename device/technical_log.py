"""The newest lines of the technical log, for whoever maintains the box. Holds nothing of a stay when it leaves the box.

Any thread may log; `lines` returns at once. The lines lie in memory only and go with the service.
"""

import logging
import re
from collections import deque
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from messages.reasons import LONGEST_LINE, tidy

MOST_KEPT = 400
MOST_LINES, MOST_BYTES = 200, 16_000  # of an excerpt: brokers with small limits take it
OURS = ("device", "firmware")  # a library may log what we do not know
_HASH = re.compile(r"\b[0-9a-f]{32,64}\b")
_ENTRY = re.compile(r" entry=.*")  # an entry that was given up may hold a score


class TechnicalLog(logging.Handler):
    """Keeps the newest lines of our own loggers. `start` and `close` belong to one thread."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._kept: deque[str] = deque(maxlen=MOST_KEPT)

    def start(self) -> None:
        """Listen from now on."""
        for name in OURS:
            logging.getLogger(name).addHandler(self)

    def close(self) -> None:
        """Listen no more."""
        for name in OURS:
            logging.getLogger(name).removeHandler(self)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """One line; of an exception its kind alone, for its words may be anything."""
        try:
            kind = record.exc_info[0] if record.exc_info else None
            at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            raised = f" ({kind.__name__})" if kind else ""
            self._kept.append(f"{at} {record.levelname} {record.getMessage()}{raised}")
        except Exception:  # noqa: BLE001  # a line that cannot be made must not hurt whoever logs
            self.handleError(record)

    def lines(self, private: Collection[str]) -> tuple[str, ...]:
        """The newest lines, oldest first, without these words."""
        return excerpt(tuple(self._kept), private)


def excerpt(kept: Iterable[str], private: Collection[str]) -> tuple[str, ...]:
    """Of these lines the newest 16 kB, without private words, hashes and entries. Pure."""
    hidden = _hider(private)
    found: deque[str] = deque()
    room = MOST_BYTES
    for line in reversed(list(kept)):
        shown = tidy(hidden.sub("…", _HASH.sub("…", _ENTRY.sub("", line))), LONGEST_LINE)
        room -= len(shown.encode()) + len('"",')
        if room < 0 or len(found) == MOST_LINES:
            break
        found.appendleft(shown)
    return tuple(found)


def _hider(private: Collection[str]) -> re.Pattern[str]:
    """Longest first: a title that holds another one is hidden as a whole."""
    words = sorted((word for word in private if word.strip()), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)" if words else r"(?!)", re.IGNORECASE)
