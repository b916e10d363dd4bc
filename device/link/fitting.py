"""How much of the log goes out at once, as far as experience tells. Pure: time is handed in.

A broker, or something before it, may swallow what is too large for it without a word, or end the connection each time;
only MQTT 5 says a bound beforehand. So what was not receipted twice goes out by halves. Outlives a connection.
"""

from dataclasses import dataclass

from device.log.log import MOST_BYTES

FAILURES = 2  # of one batch, before less is tried
GROWS_AFTER_S = 3600.0  # a bound that was found is believed so long
STRIKES = 8  # by the talk's pace more than five minutes; then an entry that alone never arrives is given up


@dataclass(slots=True)
class Fitting:
    """What was tried. One thread calls everything."""

    most_bytes: int = MOST_BYTES
    _head: tuple[str, int] = ("", 0)  # log and first number of what goes out
    _failures: int = 0
    _strikes: int = 0
    _smaller_at: float = 0.0

    def failed(self, head: tuple[str, int], count: int, size_bytes: int, now: float) -> None:
        """`count` entries from `head` on got no receipt, though the ward was there, or the connection ended while they
        waited."""
        self._follow(head)
        self._failures += 1
        if count > 1 and self._failures % FAILURES == 0:
            self.most_bytes = max(1, min(self.most_bytes, size_bytes) // 2)
            self._smaller_at = now

    def is_doubtful(self, head: tuple[str, int]) -> bool:
        """Whether what begins there has failed by halves down to one entry: that may be what never gets through."""
        return head == self._head and self._failures >= FAILURES

    def strike(self, head: tuple[str, int]) -> bool:
        """An entry goes out alone, after the ward has just answered. False: it did so too often, give it up."""
        self._follow(head)
        self._strikes += 1
        if self._strikes <= STRIKES:
            return True
        self.most_bytes = MOST_BYTES  # it was this one entry, not how many went together
        return False

    def worked(self, now: float) -> None:
        """A receipt came."""
        self._head, self._failures, self._strikes = ("", 0), 0, 0
        if now - self._smaller_at > GROWS_AFTER_S:
            self.most_bytes = min(2 * self.most_bytes, MOST_BYTES)

    def _follow(self, head: tuple[str, int]) -> None:
        if head != self._head:
            self._head, self._failures, self._strikes = head, 0, 0
