"""Sound into a file that a box plays: gain, ceiling, ramps at cut ends, Opus."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph

from playlists.preparing.recipe import Plan
from playlists.preparing.source import RATE, Samples

BITS_A_SECOND = 128_000
RAMP = RATE // 100  # 10 ms
_OVERSAMPLED = 4 * RATE  # at 48 kHz the limiter misses peaks between samples by up to 1 dB


def store(blocks: Iterable[Samples], plan: Plan, seconds: float, path: Path) -> None:
    """Writes the blocks, frames by 2 at 48 kHz, as `plan` says. `seconds`: how long they are. Raises OSError."""
    sound = _cut(blocks, plan, seconds)
    if plan.ceiling_dbtp is not None:
        sound = _eased(sound, plan.ceiling_dbtp)
    # No tags, no random serial number: the same sound gives the same bytes, as far as one encoder goes.
    with av.open(str(path), "w", format="ogg", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo")
        stream.bit_rate = BITS_A_SECOND
        for block in sound:
            container.mux(stream.encode(_frame(block)))
        container.mux(stream.encode(None))


def _cut(blocks: Iterable[Samples], plan: Plan, seconds: float) -> Iterator[Samples]:
    """From beginning to end of the plan, at its gain; an end that was cut rises or falls within 10 ms."""
    first, last = round(plan.begins_s * RATE), round(plan.ends_s * RATE)
    rise = RAMP if plan.begins_s > 0 else 0
    fall = RAMP if plan.ends_s < seconds else 0
    gain, place = np.float32(10 ** (plan.gain_db / 20)), 0
    for block in blocks:
        frames = np.arange(place, place + len(block))
        keep = (frames >= first) & (frames < last)
        place += len(block)
        if keep.any():
            yield np.asarray(block[keep] * gain * _ramp(frames[keep], first, last, rise, fall), np.float32)


def _ramp(frames: np.ndarray, first: int, last: int, rise: int, fall: int) -> np.ndarray:
    up = np.clip((frames - first) / rise, 0, 1) if rise else 1.0
    down = np.clip((last - 1 - frames) / fall, 0, 1) if fall else 1.0
    return np.asarray(np.broadcast_to(up * down, frames.shape), np.float32)[:, np.newaxis]


def _eased(blocks: Iterable[Samples], ceiling_dbtp: float) -> Iterator[Samples]:
    """Peaks over the ceiling held down, the rest as it is; as long as before."""
    graph = _limiter(ceiling_dbtp)
    for block in blocks:
        graph.push(_frame(block))
        yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)


def _limiter(ceiling_dbtp: float) -> Graph:
    limit = 10 ** (ceiling_dbtp / 20)
    graph = Graph()
    last = graph.add_abuffer(sample_rate=RATE, format="flt", layout="stereo", time_base=Fraction(1, RATE))
    for name, args in (
        ("aresample", str(_OVERSAMPLED)),
        ("alimiter", f"limit={limit:.6f}:attack=5:release=120:level=false:latency=true"),
        ("aresample", str(RATE)),
        ("aformat", "sample_fmts=flt:channel_layouts=stereo"),
        ("abuffersink", None),
    ):
        node = graph.add(name, args)
        last.link_to(node)
        last = node
    graph.configure()
    return graph


def _pulled(graph: Graph) -> Iterator[Samples]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        yield np.asarray(frame.to_ndarray(), np.float32).reshape(-1, 2)


def _frame(block: Samples) -> AudioFrame:
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="flt", layout="stereo")
    frame.sample_rate = RATE
    return frame
