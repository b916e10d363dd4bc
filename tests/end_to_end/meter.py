"""A sound level meter at the pillow: it hears what reaches the sink, by how loud the box truly is, and the room."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.weighting import a_power, pink_a_db
from tests.end_to_end.pcm import RATE_HZ, count, frames
from tests.end_to_end.processes import until

FULL_SCALE_DB = pink_a_db()  # the calibration's noise with every gain at 0 dB
SETTLED_DB = 0.7  # between two looks at a noise that has stopped rising
LOOKS = 20


@dataclass(frozen=True, slots=True)
class Meter:
    """`true_dba`: what the box assigns at full scale, whatever it takes itself for."""

    sink: Path
    true_dba: float
    room_dba: float

    def level_dba(self, sound: NDArray[np.float64]) -> float:
        """At the pillow, A-weighted, without the room."""
        power = np.abs(np.fft.rfft(sound[:, 0])) ** 2 * a_power(np.fft.rfftfreq(len(sound), 1 / RATE_HZ))
        mean_square = 2 * power.sum() / len(sound) ** 2
        return float(self.true_dba + 10 * np.log10(max(mean_square, 1e-20)) - FULL_SCALE_DB)

    def shown_dba(self, seconds: int = 2) -> float:
        """What it shows of the next seconds, to a tenth."""
        start = count(self.sink) + RATE_HZ // 2
        until("the meter has settled", lambda: count(self.sink) > start + seconds * RATE_HZ)
        sound: NDArray[Any] = frames(self.sink)[start : start + seconds * RATE_HZ] / 32768
        assert np.abs(sound[:, 0] - sound[:, 1]).max() < 4 / 32768, "the box plays mono, each side with its own dither"
        return float(round(10 * np.log10(10 ** (self.level_dba(sound) / 10) + 10 ** (self.room_dba / 10)), 1))

    def settled_dba(self) -> float:
        """What it shows once it stands still on noise that stands out from the room."""
        before_dba = 0.0
        for _ in range(LOOKS):
            shown_dba = self.shown_dba(1)
            if abs(shown_dba - before_dba) < SETTLED_DB and shown_dba > self.room_dba + 1:
                return shown_dba
            before_dba = shown_dba
        raise AssertionError(f"the noise never stands still (last seen: {before_dba} dB(A))")
