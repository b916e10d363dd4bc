"""What the loop asks of a speaker, answered in the month's time as a speaker does. Nothing is heard."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware.speaker import Died, Ended, Faded, Failed, GlitchCounts, Lost, Measured, Ready, Report, Started

FIRST_SAMPLE_AFTER_S = 0.05
TRACK_S = 180.0  # of every track on the bench
MEASURES_EVERY_S = 10.0  # a real one does each second
After = Callable[[float, Callable[[], None]], None]


class Loudspeaker:
    """One sound card and its player. `level_dba` and `cap_dba` are what it was asked last; None: it is silent."""

    def __init__(self, report: Callable[[Report], None], after: After, clock: Callable[[], float]) -> None:
        self.counts = GlitchCounts()
        self.plays = 0
        self.level_dba: float | None = None
        self.cap_dba = 0.0
        self._report = report
        self._after = after
        self._clock = clock
        self._has_card = True
        self._play_id: int | None = None
        self._cued: int | None = None
        self._began_at = self._ends_at = 0.0
        self._turn = self._fading = 0  # what was asked before counts no more

    @property
    def is_sounding(self) -> bool:
        """Whether something plays."""
        return self._play_id is not None

    def play(self, play_id: int, _path: Path, *, start_s: float, level_dba: float, in_fade: bool, **_how: Any) -> None:
        self.plays += 1
        if not self._has_card:
            self._report(Failed(play_id, "no sound card"))
            return
        self.level_dba = level_dba
        self._fading += not in_fade
        self._begin(play_id, max(1.0, TRACK_S - start_s), FIRST_SAMPLE_AFTER_S)

    def cue(self, play_id: int, _path: Path, *, crossfade_s: float, **_how: Any) -> None:
        self._cued, turn = play_id, self._turn
        self._later(self._ends_at - crossfade_s - self._clock(), lambda: self._goes_over(turn, play_id, crossfade_s))

    def set_level(self, level_dba: float) -> None:
        if self.level_dba is not None:
            self.level_dba = level_dba

    def set_cap(self, cap_dba: float) -> None:
        self.cap_dba = cap_dba

    def fade(self, seconds: float) -> None:
        self._fading += 1
        fading = self._fading
        self._after(seconds, lambda: self._faded(fading))

    def stop(self, _ramp_s: float = 0.0) -> None:
        self._play_id = self._cued = self.level_dba = None
        self._turn += 1
        self._fading += 1

    def plug(self, plugged: bool) -> None:
        """Pull the card, or put it back."""
        self.stop()
        self._has_card = plugged
        self._report(Ready() if plugged else Lost("no sound card"))

    def die(self) -> None:
        """The player hangs and is ended; another one takes over."""
        play_id, position_s = self._play_id, self._clock() - self._began_at
        self.stop()
        self._report(Died(play_id, position_s, "no heartbeat"))
        self._after(FIRST_SAMPLE_AFTER_S, lambda: self._report(Ready()))

    def _begin(self, play_id: int, lasts_s: float, after_s: float) -> None:
        self._turn += 1
        turn, now = self._turn, self._clock()
        self._play_id, self._cued, self._began_at, self._ends_at = play_id, None, now, now + lasts_s
        self._after(after_s, lambda: self._started(turn, play_id))
        self._after(lasts_s, lambda: self._over(turn, play_id))

    def _started(self, turn: int, play_id: int) -> None:
        if turn == self._turn:
            self._report(Started(play_id))
            self._after(MEASURES_EVERY_S, lambda: self._measures(turn, play_id))

    def _measures(self, turn: int, play_id: int) -> None:
        if turn == self._turn and self.level_dba is not None:
            seconds = self._clock() - self._began_at
            self._report(Measured(play_id, seconds, self.level_dba - 3.0, self.level_dba))
            self._after(MEASURES_EVERY_S, lambda: self._measures(turn, play_id))

    def _goes_over(self, turn: int, play_id: int, crossfade_s: float) -> None:
        if turn != self._turn or play_id != self._cued or self._play_id is None:
            return
        before = self._play_id
        self._begin(play_id, TRACK_S, 0.0)
        self._after(crossfade_s, lambda: self._report(Ended(before, TRACK_S)))

    def _over(self, turn: int, play_id: int) -> None:
        if turn == self._turn:
            self.stop()
            self._report(Ended(play_id, TRACK_S))

    def _faded(self, fading: int) -> None:
        if fading == self._fading and self._play_id is not None:
            play_id = self._play_id
            self.stop()
            self._report(Faded(play_id, self._clock() - self._began_at))

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._after(max(0.0, seconds), act)
