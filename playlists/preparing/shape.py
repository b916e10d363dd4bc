"""What a track looks like: its waveform, its silences, and what its two sides have in common. Pure."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from playlists.preparing.source import RATE, Samples

STEP_S = 0.01
STEP = int(RATE * STEP_S)
DRAWN = 800  # pairs of a waveform
SILENCE_DBFS = -60.0  # under it nothing is heard; at -40 dBFS three of four fades lose more than a second
_TINY = 1e-12

Peaks = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """`lows`, `highs`: of each 10 ms, the lowest and highest sample of both sides. `correlation`: of left and right,
    -1 to 1. `side_db`: how much louder the left is than the right. `mono_db`: what is left of the mean power of both in
    their sum."""

    lows: Peaks
    highs: Peaks
    correlation: float
    side_db: float
    mono_db: float

    @property
    def peak(self) -> float:
        """The highest sample, of either sign."""
        return float(max(self.highs.max(initial=0.0), -self.lows.min(initial=0.0)))

    def sounding(self, gain_db: float) -> tuple[float, float]:
        """Where the first and the last sound over -60 dBFS lie once `gain_db` is added, in seconds; (0, 0) for none."""
        found = np.flatnonzero(self._over(gain_db))
        return (float(found[0] * STEP_S), float((found[-1] + 1) * STEP_S)) if len(found) else (0.0, 0.0)

    def longest_silence(self, gain_db: float) -> float:
        """The longest silence between two sounds, in seconds."""
        found = np.flatnonzero(self._over(gain_db))
        return float((np.diff(found).max(initial=1) - 1) * STEP_S)

    def waveform(self, drawn: int = DRAWN) -> tuple[tuple[float, float], ...]:
        """At most `drawn` pairs of lowest and highest sample, for a picture."""
        edges = np.linspace(0, len(self.lows), min(drawn, len(self.lows)) + 1).astype(int)[:-1]
        if not len(edges):
            return ()
        lows, highs = np.minimum.reduceat(self.lows, edges), np.maximum.reduceat(self.highs, edges)
        return tuple((round(float(low), 3), round(float(high), 3)) for low, high in zip(lows, highs, strict=True))

    def _over(self, gain_db: float) -> NDArray[np.bool_]:
        limit = 10 ** ((SILENCE_DBFS - gain_db) / 20)
        return np.asarray(np.maximum(self.highs, -self.lows) > limit)


@dataclass(slots=True)
class ShapeMeter:
    """Feed it blocks, frames by 2 at 48 kHz, then ask once."""

    _rest: Samples = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    _lows: list[Peaks] = field(default_factory=list)
    _highs: list[Peaks] = field(default_factory=list)
    _powers: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def add(self, block: Samples) -> None:
        """The next sound."""
        left, right = block[:, 0].astype(np.float64), block[:, 1].astype(np.float64)
        self._powers += (left @ left, right @ right, left @ right)
        held = np.concatenate([self._rest, block])
        whole = len(held) // STEP * STEP
        self._steps(held[:whole])
        self._rest = held[whole:]

    def result(self) -> Shape:
        """After the last block."""
        if len(self._rest):
            self._steps(np.pad(self._rest, ((0, STEP - len(self._rest)), (0, 0))))
        left, right, both = (float(power) + _TINY for power in self._powers)
        return Shape(
            lows=_joined(self._lows),
            highs=_joined(self._highs),
            correlation=float(np.clip(both / np.sqrt(left * right), -1, 1)),
            side_db=float(10 * np.log10(left / right)),
            mono_db=float(10 * np.log10(max((left + right + 2 * both) / 2 / (left + right), _TINY))),
        )

    def _steps(self, sound: Samples) -> None:
        steps = sound.reshape(-1, 2 * STEP)
        self._lows.append(steps.min(axis=1, initial=0.0))
        self._highs.append(steps.max(axis=1, initial=0.0))


def _joined(parts: list[Peaks]) -> Peaks:
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
