"""Gain lines of one play: level with its slew, rise, fade, exit, ease and crossings, over frames. Knows no samples.

A line is straight in dB between its bends; lines add up. Amplitudes are exact at the edges of cells and straight in
between: 1e-6 dB off in slow fades, 0.07 dB in a ramp of 60 dB in 150 ms.
"""

from dataclasses import dataclass, field, replace
from math import ceil, inf, pi

import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import CELL, RATE

SLEW_DB_PER_S = 3.0  # a level rises no faster
FALL_FRAMES = 512  # a level falls within this, 11 ms: no click
FADE_FLOOR_DB = -60.0  # a fade or a ramp runs straight to here ...
TAIL_FRAMES = 512  # ... and over this into silence
SILENT_DB = -120.0  # below half a step of 16 bits, whatever plays
START_BELOW_DB = -20.0  # a start stands so far under its level, then rises
START_FRAMES = 2048  # 43 ms until it stands there
BACK_FRAMES = 14_400  # 0.3 s until sound that broke off stands where it was


@dataclass(frozen=True, slots=True)
class Line:
    """dB over frames: flat before its first bend and after its last."""

    frames: tuple[int, ...]
    decibels: tuple[float, ...]

    @classmethod
    def flat(cls, db: float) -> "Line":
        """A line without a bend."""
        return cls((0,), (db,))

    @classmethod
    def through(cls, *bends: tuple[int, float]) -> "Line":
        """A line through (frame, dB), frames rising."""
        return cls(tuple(frame for frame, _ in bends), tuple(db for _, db in bends))

    def at(self, frame: int) -> float:
        """dB at one frame."""
        return float(np.interp(frame, self.frames, self.decibels))

    def over(self, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """dB at many frames."""
        return np.interp(frames, self.frames, self.decibels)

    def is_flat_from(self, frame: int) -> bool:
        """Whether nothing changes at this frame or later."""
        return frame >= self.frames[-1]

    def bent(self, frame: int, *legs: tuple[int, float]) -> "Line":
        """From its value at `frame` on through legs of (frames long, dB at the end); forgets what was before."""
        bends = [(frame, self.at(frame))]
        for length, db in legs:
            bends.append((bends[-1][0] + length, db))
        return Line.through(*bends)

    @property
    def end(self) -> int:
        """The frame of the last bend."""
        return self.frames[-1]


@dataclass(frozen=True, slots=True)
class Crossing:
    """One side of a crossfade: a quarter of a sine over `frames` from `first`. Both sides together keep the power."""

    first: int
    frames: int
    entering: bool

    @property
    def end(self) -> int:
        """The frame from which it does not change any more."""
        return self.first + self.frames

    def factors(self, grid: NDArray[np.int64]) -> NDArray[np.float64]:
        """Amplitudes at these frames."""
        angle = np.clip((grid - self.first) / max(1, self.frames), 0.0, 1.0) * (pi / 2)
        return np.sin(angle) if self.entering else np.cos(angle)


FLAT = Line.flat(0.0)


def moved_level(level: Line, frame: int, db: float, rise: Line = FLAT) -> Line:
    """The level on its way to `db`: falls at once, rises at 3 dB/s. `rise`: of the start that it stands in; the two
    together rise at 3 dB/s, or at the start's own pace where that is more."""
    rise_db = db - level.at(frame)
    if rise_db <= 0:
        return level.bent(frame, (FALL_FRAMES, db))
    beside = max(0.0, SLEW_DB_PER_S - _pace(rise)) / RATE  # dB a frame
    gained_db = beside * max(0, rise.end - frame)
    if gained_db >= rise_db:
        return level.bent(frame, (ceil(rise_db / beside), db))
    legs = [(rise.end - frame, level.at(frame) + gained_db)] if rise.end > frame else []
    return level.bent(frame, *legs, (ceil((rise_db - gained_db) / SLEW_DB_PER_S * RATE), db))


def _pace(rise: Line) -> float:
    """dB a second of a start's last leg, which is all of it but a moment."""
    if len(rise.frames) < 2:
        return 0.0
    return (rise.decibels[-1] - rise.decibels[-2]) / (rise.frames[-1] - rise.frames[-2]) * RATE


def start_line(frame: int, rise_s: float) -> Line:
    """A start: heard at once, 20 dB under its level after 43 ms, at its level `rise_s` later (0: at once)."""
    if rise_s <= 0:
        return Line.through((frame, SILENT_DB), (frame + TAIL_FRAMES, 0.0))
    stands = frame + START_FRAMES
    return Line.through(
        (frame, SILENT_DB),
        (frame + CELL, START_BELOW_DB - 12),
        (stands, START_BELOW_DB),
        (stands + round(rise_s * RATE), 0.0),
    )


def back_line(frame: int, below_db: float, rise_s: float) -> Line:
    """Sound that broke off comes back: `below_db` (0 or less) from its level in 0.3 s, at its level `rise_s` later."""
    stands, back = frame + START_FRAMES, frame + BACK_FRAMES
    start_db = below_db + START_BELOW_DB
    bends = [(frame, SILENT_DB), (frame + CELL, start_db - 12), (stands, start_db), (back, below_db)]
    return Line.through(*bends, (back + max(CELL, round(rise_s * RATE)), 0.0))


def silenced(line: Line, frame: int, seconds: float) -> Line:
    """The line on its way down: straight in dB to -60 in `seconds`, then into silence; ends where silence is."""
    length = max(TAIL_FRAMES, round(seconds * RATE / CELL) * CELL)
    return line.bent(frame, (length, min(FADE_FLOOR_DB, line.at(frame))), (TAIL_FRAMES, SILENT_DB))


@dataclass(frozen=True, slots=True)
class Gains:
    """All lines of one play. A change of one leaves the others where they are."""

    level: Line
    rise: Line = FLAT
    fade: Line = FLAT
    exit: Line = FLAT
    ease: Line = FLAT  # over the track's own last frames
    track_db: float = 0.0
    track: Line = FLAT  # from there to what was measured while it played
    crossings: tuple[Crossing, ...] = field(default=())
    _flat_from: float = field(init=False, repr=False, compare=False)  # the frame from which nothing moves
    _flat: float = field(init=False, repr=False, compare=False)  # and the factor there

    def __post_init__(self) -> None:
        """It is asked for this with each block, and made again only by a command."""
        crossed = [crossing.end if crossing.entering else inf for crossing in self.crossings]
        object.__setattr__(self, "_flat_from", max([line.end for line in self._lines] + crossed))
        decibels = self.track_db + sum(line.decibels[-1] for line in self._lines)
        object.__setattr__(self, "_flat", float(10.0 ** (decibels / 20.0)))

    def with_level(self, frame: int, db: float) -> "Gains":
        """From `frame` on towards another level."""
        return replace(self, level=moved_level(self.level, frame, db, self.rise))

    def with_track(self, frame: int, db: float) -> "Gains":
        """From `frame` on towards another gain of the track itself."""
        return replace(self, track=moved_level(self.track, frame, db - self.track_db))

    def with_fade(self, frame: int, seconds: float) -> "Gains":
        """From `frame` on fading; the level is untouched."""
        return replace(self, fade=silenced(self.fade, frame, seconds))

    def with_exit(self, frame: int, seconds: float) -> "Gains":
        """From `frame` on leaving for good."""
        return replace(self, exit=silenced(self.exit, frame, seconds))

    def with_crossing(self, crossing: Crossing) -> "Gains":
        """One more crossfade to go through."""
        return replace(self, crossings=(*self.crossings, crossing))

    def amplitudes(self, first: int, frames: int) -> float | NDArray[np.float32]:
        """Factors at `first` and at the edge of every cell up to `first + frames`; one number if nothing moves."""
        if first >= self._flat_from:
            return self._flat
        grid = np.arange(first, first + frames + CELL, CELL)
        decibels = np.full(len(grid), self.track_db)
        for line in self._lines:
            decibels += line.over(grid)
        factors = np.power(10.0, decibels / 20.0)
        for crossing in self.crossings:
            if first < crossing.end or not crossing.entering:
                factors *= crossing.factors(grid)
        return factors.astype(np.float32)

    def standing(self, grid: NDArray[np.int64]) -> NDArray[np.float64]:
        """dB at these frames, whatever the crossings do: level, rise, fade and exit, and what was found of the track
        while it played."""
        lines = (self.level, self.track, self.rise, self.fade, self.exit)
        still_db = sum(line.decibels[-1] for line in lines if line.is_flat_from(int(grid[0])))
        moving = [line.over(grid) for line in lines if not line.is_flat_from(int(grid[0]))]
        return np.full(len(grid), still_db) + sum(moving)

    @property
    def _lines(self) -> tuple[Line, ...]:
        return self.level, self.track, self.rise, self.fade, self.exit, self.ease
