"""How loud a track is as a box plays it, and the gain that follows from it. Knows no samples, no file and no box.

A box promises a level in dB(A) at the pillow. Its calibration is pink noise of -20 LUFS, so a track is brought to the
A-weighted level of that noise: the promise then holds for bass and for flutes alike. The level is the mean of the
energy (L_Aeq) of all blocks of 400 ms that pass the gates of ITU-R BS.1770-4: a silence in a track must not make the
rest of it louder.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

REFERENCE_A_DBFS = -26.60  # A-weighted, one channel of pink noise of -20 LUFS; the chain's `pink_a_db` computes it
MOST_BOOST_DB = 18.0  # a recording of -32 LUFS whose bass A weighting takes off; beyond that hiss comes up
TOO_QUIET_DB = 10.0  # so far under the level that a box says nobody takes it for that level: half as loud
CEILING_DBFS = -1.0  # where the chain's limiter begins
UNMEASURED_A_DBFS = -8.0  # a recording of -5 LUFS; A weighting stands at least 3 dB under LUFS (see `gain_db`)
PRESENCE_MOST_DB = 5.0  # what the presence filter adds to a track that was not measured, at most
SILENT_DBFS = -120.0  # of a track without sound
_HIGHEST_DBFS = 40.0  # no sound is louder, whatever a file of floats says


class MonoMix(StrEnum):
    """What a box that plays mono makes of two channels."""

    SUM = "sum"
    DIFFERENCE = "difference"  # one side has its polarity reversed: a sum would be silent
    LEFT = "left"
    RIGHT = "right"

    @property
    def factors(self) -> tuple[float, float]:
        """By what left and right are multiplied before they are added up."""
        return _FACTORS[self]


_FACTORS = {
    MonoMix.SUM: (0.5, 0.5),
    MonoMix.DIFFERENCE: (0.5, -0.5),
    MonoMix.LEFT: (1.0, 0.0),
    MonoMix.RIGHT: (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class TrackLevel:
    """What was measured of one track. Levels: gated L_Aeq in dB re full scale, the mean square of both channels, for
    each way in which a box can play; `mono_mix`: what the mono ones are of; `true_peak`: dBTP of the louder channel."""

    a_stereo_dbfs: float
    a_mono_dbfs: float
    a_stereo_presence_dbfs: float
    a_mono_presence_dbfs: float
    mono_mix: MonoMix
    true_peak: float

    def a_dbfs(self, *, mono: bool, presence: bool) -> float:
        """The level as a box that is set so plays it."""
        if mono:
            return self.a_mono_presence_dbfs if presence else self.a_mono_dbfs
        return self.a_stereo_presence_dbfs if presence else self.a_stereo_dbfs

    def entry(self) -> dict[str, str | float]:
        """As it stands in a JSON file."""
        return {
            name: round(value, 2) if isinstance(value, float) else str(value) for name, value in asdict(self).items()
        }

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any]) -> Self:
        """Read it again. Raises KeyError, TypeError or ValueError where it is not whole or cannot be true."""
        numbers = {field.name: float(entry[field.name]) for field in fields(cls) if field.name != "mono_mix"}
        if not all(
            SILENT_DBFS <= number <= _HIGHEST_DBFS for number in numbers.values()
        ):  # false for what is no number
            raise ValueError("a level that no sound has")
        return cls(mono_mix=MonoMix(entry["mono_mix"]), **numbers)


def is_too_quiet(level: TrackLevel, *, mono: bool, presence: bool) -> bool:
    """Whether a track stays more than 10 dB under what a box says even with the greatest boost: silence, or as good as.

    Peaks are not looked at: a track with wide dynamics that a weak box cannot boost is heard all the same.
    """
    return level.a_dbfs(mono=mono, presence=presence) + MOST_BOOST_DB < REFERENCE_A_DBFS - TOO_QUIET_DB


def gain_db(level: TrackLevel | None, *, mono: bool, presence: bool, headroom_db: float = math.inf) -> float:
    """What brings a track to the level that the box says, in dB. None: nobody has measured it.

    Down without a bound; up by 18 dB at most, and not so far that its peaks would meet the limiter: `headroom_db` is
    what the loudest level that the box may play leaves under full scale. A track that was not measured is taken for as
    loud as recordings get, -5 LUFS. A weighting lies 0.66 dB under K weighting or more at every pitch, and LUFS adds up
    two channels and takes 0.691 off: so that is -8 dB at most.
    """
    if level is None:
        return REFERENCE_A_DBFS - UNMEASURED_A_DBFS - (PRESENCE_MOST_DB if presence else 0.0)
    room_db = max(0.0, headroom_db + CEILING_DBFS - level.true_peak)
    return min(REFERENCE_A_DBFS - level.a_dbfs(mono=mono, presence=presence), MOST_BOOST_DB, room_db)
