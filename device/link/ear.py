"""Notices when messages from the ward no longer arrive: a box with nothing to send would not notice otherwise.

Some brokers answer pings but deliver nothing; the nurse's next choice would then never reach the box.
"""

from collections.abc import Callable

QUIET_S = 300.0  # without a receipt, then a hello asks for one


class Ear:
    """For one connection. `each_s`: between two hellos; after `deaf_s` without an answer the line counts as deaf.
    One thread calls everything."""

    def __init__(self, clock: Callable[[], float], *, each_s: float, deaf_s: float) -> None:
        self._clock = clock
        self._each_s, self._deaf_s = each_s, deaf_s
        self._ask_at = clock() + QUIET_S
        self._since: float | None = None  # time of the first hello without an answer

    def heard(self) -> None:
        """A receipt arrived, or the ward came online."""
        self._since = None
        self._ask_at = self._clock() + QUIET_S

    def asks(self) -> bool:
        """Whether to say hello now; counts as asked."""
        now = self._clock()
        if now < self._ask_at:
            return False
        self._ask_at = now + self._each_s
        self._since = now if self._since is None else self._since
        return True

    @property
    def is_deaf(self) -> bool:
        """Whether there has been no answer for too long."""
        return self._since is not None and self._clock() - self._since > self._deaf_s
