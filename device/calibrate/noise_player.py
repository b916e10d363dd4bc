"""Plays the calibration's noise through the same chain as music, and unmutes the amplifier only for it.

Knows no meter and no person. Everything runs on one thread, except `report`, which the speaker calls on its own.
"""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from device.calibrate.measurement import Trial
from device.config.calibration import CalibrationError
from firmware.gpio.outputs import Outputs
from firmware.speaker import Broke, Died, Failed, Lost, OutputProfile, Ready, Report, Sink, Speaker, Started
from firmware.speaker.profile import HARD_CEILING_DBA

RISE_S = 5.0  # as music rises by day
END_RAMP_S = 0.2  # with the delay before a press is noticed, silence within 0.3 s


class NoSoundError(CalibrationError):
    """The noise cannot be played here; one line that says why and what to do."""


class NoisePlayer:
    """Repeats the noise at a trial's level inside a `with`; always silent and muted at its end.

    Its owner passes it every report, on its own thread. Raises NoSoundError if the noise cannot be played.
    """

    def __init__(
        self,
        sink: Sink,
        noise: Path,
        trial: Trial,
        *,
        mono: bool,
        outputs: Outputs | None,
        report: Callable[[Report], None],
    ) -> None:
        """`outputs` None: a machine without a box amplifier."""
        self._noise = noise
        self._trial = trial
        self._outputs = outputs
        # No presence: the number is for every gain at 0 dB. The box's own cap limits the level; the speaker's ceiling
        # is higher, or it would cut the noise's peaks and change the result.
        self._speaker = Speaker(sink, report, OutputProfile(trial.belief_dba, ceiling_dba=HARD_CEILING_DBA, mono=mono))
        self._plays = 0
        self.steady_at: float | None = None  # monotonic; when it has risen to its level

    def __enter__(self) -> Self:
        self._speaker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._speaker.stop(END_RAMP_S)
            self._speaker.close()
        finally:
            self._unmute(False)

    def hear(self, report: Report) -> None:
        """Handles a report: the noise starts when the device is ready, and again when its minute is over."""
        match report:
            case Ready():
                self._unmute(True)
                self._start()
            case Started(play_id):
                self.steady_at = self.steady_at or time.monotonic() + RISE_S
                self._plays = play_id + 1
                self._speaker.cue(self._plays, self._noise, crossfade_s=0.0)  # it repeats without a gap
            case Lost(reason) | Died(_, _, reason) | Failed(_, reason) | Broke(_, reason):
                raise NoSoundError(f"no sound ({reason}): see `nightingale-device check`")
            case _:
                pass

    def _start(self) -> None:
        self._plays += 1
        self._speaker.set_cap(HARD_CEILING_DBA)
        self._speaker.play(self._plays, self._noise, level_dba=self._trial.level_dba, rise_s=RISE_S)

    def _unmute(self, sounding: bool) -> None:
        if self._outputs is not None:
            self._outputs.unmute(sounding)
