"""Counts what cannot be used and says so once, so that one broken box fills no disk with its noise."""

import logging
from collections import Counter

logger = logging.getLogger(__name__)

EACH = 1_000  # the first of a kind is told, then each thousandth
KINDS = 10_000  # a stranger who invents ids must not fill the memory either


class Complaints:
    """Counted by whom they are about and what they are. One thread."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()
        self.count = 0

    def add(self, about: str, kind: str, line: str) -> None:
        """Counts one, and logs it where it is the first of its kind or a thousandth."""
        self.count += 1
        key = (about, kind) if (about, kind) in self._seen or len(self._seen) < KINDS else ("others", kind)
        self._seen[key] += 1
        times = self._seen[key]
        if times == 1:
            logger.warning("%s", line)
        elif times % EACH == 0:
            logger.warning("%s (%d times by now)", line, times)
