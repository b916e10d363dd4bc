"""Whether the sound device has stopped taking sound: the rule, by numbers. Pure."""

STALLED_S = 0.7  # well over what a sound server or a busy machine is late
AGAIN_S = 0.1  # a machine that stood still as a whole goes on within this
SOONEST_S = 0.02


class StallWatch:
    """Told again and again how long the device has taken nothing. Times are seconds."""

    def __init__(self) -> None:
        self._suspected_at: float | None = None

    def is_stuck(self, stalled_s: float, now: float) -> bool:
        """Whether it has stood still for so long that it is lost, twice in a row."""
        if stalled_s < STALLED_S:
            self._suspected_at = None
            return False
        if self._suspected_at is None:
            self._suspected_at = now
        return now - self._suspected_at >= AGAIN_S

    def next_look_s(self, stalled_s: float, now: float) -> float:
        """Seconds until it is worth while to look again."""
        if self._suspected_at is not None:
            return max(SOONEST_S, self._suspected_at + AGAIN_S - now)
        return max(SOONEST_S, STALLED_S - stalled_s)
