"""Loudness by EBU R128 (ITU-R BS.1770-4, EBU Tech 3342), as FFmpeg's own meter measures it, in one pass.

That meter gives -70 LUFS for silence, for numbers that are none and for less than 0.4 s: so silence is told here by
itself, and a short sound gets half a second of silence behind it.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph
from numpy.typing import NDArray

from playlists.preparing.source import RATE, Samples

NOT_MEASURABLE_LUFS = -69.0  # FFmpeg's meter says -70 where no block passes its gates
STEP_S = 0.1  # the meter speaks so often
_SILENT_LUFS = -120.0
_PAD = np.zeros((RATE // 2, 2), np.float32)


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness (LUFS), range (LU), true peak (dBTP), and the momentary loudness each 0.1 s (LUFS)."""

    lufs: float
    range_lu: float
    true_peak_dbtp: float
    momentary: NDArray[np.float32]

    @property
    def most_momentary_lufs(self) -> float:
        """The loudest 0.4 s."""
        return float(self.momentary.max(initial=_SILENT_LUFS))

    @property
    def is_measurable(self) -> bool:
        """False for silence, and what is as good as silence."""
        return self.lufs > NOT_MEASURABLE_LUFS


def _meter() -> Graph:
    graph = Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="stereo", time_base=Fraction(1, RATE))
    meter, sink = graph.add("ebur128", "peak=true:metadata=1:framelog=quiet"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph


@dataclass(slots=True)
class LoudnessMeter:
    """Feed it blocks, frames by 2 at 48 kHz, then ask once. One thread."""

    _graph: Graph = field(default_factory=_meter)
    _last: dict[str, str] = field(default_factory=dict)
    _momentary: list[float] = field(default_factory=list)

    def add(self, block: Samples) -> None:
        """The next sound."""
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate = RATE
        self._graph.push(frame)
        self._read()

    def result(self) -> Loudness:
        """After the last block."""
        self.add(_PAD)
        self._graph.push(None)
        self._read()
        last = self._last
        return Loudness(
            lufs=float(last.get("I", -70.0)),
            range_lu=float(last.get("LRA", 0.0)),
            true_peak_dbtp=_db(float(last.get("true_peak", 0.0))),  # an amplitude, whatever its name says
            momentary=np.array(self._momentary, np.float32),
        )

    def _read(self) -> None:
        while True:
            try:
                told = self._graph.pull().metadata
            except (av.BlockingIOError, av.EOFError):
                return
            if told:
                self._last = {name.removeprefix("lavfi.r128."): value for name, value in told.items()}
                self._momentary.append(_lufs(self._last["M"]))  # "nan" and "-inf" for silence


def _db(amplitude: float) -> float:
    return 20 * math.log10(amplitude) if amplitude > 1e-6 else -120.0


def _lufs(told: str) -> float:
    value = float(told)
    return max(_SILENT_LUFS, value)
