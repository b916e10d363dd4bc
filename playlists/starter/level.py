"""Loudness as EBU R128 has it, measured by FFmpeg's filter, and a gain to the target; knows no music."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from playlists.starter.sound import RATE, Samples

TARGET_LUFS = -20.0
TOLERANCE_LU = 0.5
HIGHEST_TRUE_PEAK_DB = -3.0
PEAK_ROOM_DB = 0.7  # kept free for what the codec adds to a peak
PEAK_WINDOW_S = 0.05
SECOND = RATE


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness (LUFS), range (LU) and true peak (dBTP) of a whole recording."""

    lufs: float
    range_lu: float
    true_peak: float


def measure(sound: Samples) -> Loudness:
    """EBU R128 of stereo samples at 48 kHz, silence gives -70 LUFS. Takes 3 ms a second of sound."""
    import av  # slow to load, and a second `make` that renders nothing has no use for it
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=RATE, layout="stereo", time_base=Fraction(1, RATE))
    meter = graph.add("ebur128", "peak=true:metadata=1:framelog=quiet")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    found: dict[str, str] = {}
    padded = np.concatenate([sound, np.zeros((RATE // 2, 2), np.float32)])  # the filter speaks in 100 ms steps
    for start in range(0, len(padded), SECOND):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(padded[start : start + SECOND].T), "fltp", "stereo")
        frame.sample_rate, frame.pts = RATE, start
        graph.push(frame)
        found = _last_words(graph, av) or found
    return _loudness(found)


def _last_words(graph: Any, av: Any) -> dict[str, str]:
    """What the filter says with its newest frame."""
    words: dict[str, str] = {}
    while True:
        try:
            words = dict(graph.pull().metadata)
        except (av.error.BlockingIOError, av.error.EOFError):
            return words


def _loudness(words: dict[str, str]) -> Loudness:
    peak = max(float(words.get("lavfi.r128.true_peak", 0.0)), 1e-6)
    return Loudness(
        lufs=float(words.get("lavfi.r128.I", -70.0)),
        range_lu=float(words.get("lavfi.r128.LRA", 0.0)),
        true_peak=20 * float(np.log10(peak)),
    )


def levelled(sound: Samples) -> Samples:
    """The same sound at the target loudness, with its few highest peaks eased under the limit."""
    gain_db = TARGET_LUFS - measure(sound).lufs
    return eased(sound * np.float32(10 ** (gain_db / 20)))


def eased(sound: Samples) -> Samples:
    """Turn the gain down round peaks over the limit, over a tenth of a second: a hand on the fader, no clipping."""
    limit = 10 ** ((HIGHEST_TRUE_PEAK_DB - PEAK_ROOM_DB) / 20)
    block = int(PEAK_WINDOW_S * RATE)
    count = -(-len(sound) // block)
    peaks = np.abs(np.resize(np.pad(sound, ((0, count * block - len(sound)), (0, 0))), (count, block * 2))).max(axis=1)
    if peaks.max(initial=0.0) <= limit:
        return sound
    wanted = np.minimum(1.0, limit / np.maximum(peaks, 1e-9))
    held = np.pad(wanted, 2, mode="edge")
    held = np.min([held[shift : shift + count] for shift in range(5)], axis=0)  # two blocks to each side
    gain = np.interp(np.arange(len(sound)), (np.arange(count) + 0.5) * block, held)
    return np.asarray(sound * gain.astype(np.float32)[:, None], dtype=np.float32)
