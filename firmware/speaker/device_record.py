"""What is known of a sound device that goes again and again: how soon to try it, and when to believe it. Pure."""

EARLY_S = 2.0  # a device that goes so soon after a start never worked; a hang is seen after 0.8 s
MANY_EARLY = 3
HUNG_PROBATION_S = 1.2  # a device that hangs takes a few periods when it is opened, and no more
FIRST_PROBATION_S, LONGEST_PROBATION_S = 5.0, 300.0
FIRST_RETRY_S, LONGEST_RETRY_S = 0.5, 10.0


class DeviceRecord:
    """Told what happens to a device; times are seconds of one clock."""

    def __init__(self) -> None:
        self._early = 0  # losses soon after a start, since it last played
        self._opened_at: float | None = None
        self._play_at: float | None = None
        self._retry_s = FIRST_RETRY_S
        self._hung = False

    def opened(self, now: float) -> None:
        """It is open, silent."""
        self._opened_at = now

    def play(self, now: float) -> None:
        """Music is to start."""
        self._has_played(now)
        self._play_at = now

    def lost(self, now: float) -> None:
        """It has gone, or hangs."""
        self._has_played(now)
        begun = [at for at in (self._opened_at, self._play_at) if at is not None]
        if begun and now - max(begun) < EARLY_S:
            self._early += 1
        self._opened_at = self._play_at = None

    def hung(self) -> float:
        """It takes no more sound. Says how long to leave it alone; ever longer until it has held."""
        self._hung = True
        retry_s, self._retry_s = self._retry_s, min(LONGEST_RETRY_S, 2 * self._retry_s)
        return retry_s

    def held(self) -> None:
        """It is said to be well."""
        self._hung = False

    @property
    def probation_s(self) -> float:
        """How long it must hold, open and silent, before it is said to be well."""
        if self._early < MANY_EARLY:
            return HUNG_PROBATION_S if self._hung else 0.0
        return min(LONGEST_PROBATION_S, FIRST_PROBATION_S * 2.0 ** (self._early - MANY_EARLY))

    def _has_played(self, now: float) -> None:
        if self._play_at is not None and now - self._play_at >= EARLY_S:
            self._early = 0
        if self._opened_at is not None and now - self._opened_at >= EARLY_S:
            self._retry_s = FIRST_RETRY_S
