"""How much of the log is sent at once, learnt from what arrived. Pure: time is a parameter.

A broker, or a device before it, may drop what is too large without an error, or end the connection each time; only MQTT
5 announces a limit. So a batch that fails twice is sent in halves. Outlives a connection.
"""

from dataclasses import dataclass

from device.log.log import MOST_BYTES

FAILURES = 2  # of one batch, before a smaller one is tried
GROWS_AFTER_S = 3600.0  # how long a limit that was found is kept
STRIKES = 8  # more than five minutes; then a single entry that never arrives is given up


@dataclass(slots=True)
class Fitting:
    """The limit so far. One thread calls everything."""

    most_bytes: int = MOST_BYTES
    _head: tuple[str, int] = ("", 0)  # log and first number of the batch
    _failures: int = 0
    _strikes: int = 0
    _smaller_at: float = 0.0

    def failed(self, head: tuple[str, int], count: int, size_bytes: int, now: float) -> None:
        """`count` entries from `head` on got no receipt although the ward was online, or the connection ended while
        they waited."""
        self._follow(head)
        self._failures += 1
        if count > 1 and self._failures % FAILURES == 0:
            self.most_bytes = max(1, min(self.most_bytes, size_bytes) // 2)
            self._smaller_at = now

    def is_doubtful(self, head: tuple[str, int]) -> bool:
        """Whether this entry failed even alone: it may be the one that never arrives."""
        return head == self._head and self._failures >= FAILURES

    def strike(self, head: tuple[str, int]) -> bool:
        """An entry is sent alone, just after the ward has answered. False: this was tried too often, give it up."""
        self._follow(head)
        self._strikes += 1
        if self._strikes <= STRIKES:
            return True
        self.most_bytes = MOST_BYTES  # the cause was this one entry, not the batch's size
        return False

    def worked(self, now: float) -> None:
        """A receipt arrived."""
        self._head, self._failures, self._strikes = ("", 0), 0, 0
        if now - self._smaller_at > GROWS_AFTER_S:
            self.most_bytes = min(2 * self.most_bytes, MOST_BYTES)

    def _follow(self, head: tuple[str, int]) -> None:
        if head != self._head:
            self._head, self._failures, self._strikes = head, 0, 0
