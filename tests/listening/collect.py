"""`python -m tests.listening.collect SOURCE FOLDER`: a folder of recordings of many kinds, for `recordings`.

Takes recordings of 20 s and more from SOURCE, as evenly from its folders as they allow. What is longer than 95 s is
cut by copying its packets, so that it is still what its own encoder made. Some are then made again as other kinds.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

SUFFIXES = {".ogg", ".mp3", ".opus", ".flac", ".wav"}
LEAST_S, WHOLE_S = 20.0, 95.0
CUT_S = (60.0, 68.0, 76.0, 84.0)  # in turn
KIND_S = 60.0

Samples = NDArray[np.float32]  # channels by frames


@dataclass(frozen=True, slots=True)
class Kind:
    """What a recording is made into. `form`: of its samples, as FFmpeg names it; `change`: of the samples."""

    name: str
    suffix: str
    codec: str
    rate: int = 44_100
    form: str = "s16"
    layout: str = "stereo"
    bit_rate: int | None = None
    has_head: bool = True
    change: Callable[[Samples], Samples] = lambda samples: samples


def _times(factor: float) -> Callable[[Samples], Samples]:
    return lambda samples: samples * np.float32(factor)


def _sides(of_left: float, of_right: float) -> Callable[[Samples], Samples]:
    return lambda samples: samples * np.array([[of_left], [of_right]], np.float32)


KINDS = (
    Kind("mono", ".flac", "flac", layout="mono"),
    Kind("mono-22k", ".wav", "pcm_s16le", rate=22_050, layout="mono"),
    Kind("22k", ".flac", "flac", rate=22_050),
    Kind("96k-24-bit", ".flac", "flac", rate=96_000, form="s32"),
    Kind("48k", ".wav", "pcm_s24le", rate=48_000, form="s32"),
    Kind("cbr-without-head", ".mp3", "libmp3lame", form="s16p", bit_rate=128_000, has_head=False),
    Kind("cbr-without-head-48k", ".mp3", "libmp3lame", rate=48_000, form="s16p", bit_rate=192_000, has_head=False),
    Kind("mono-22k", ".mp3", "libmp3lame", rate=22_050, form="s16p", layout="mono", bit_rate=64_000),
    Kind("head", ".mp3", "libmp3lame", form="s16p", bit_rate=160_000),
    Kind("low-rate", ".opus", "libopus", rate=48_000, bit_rate=32_000),
    Kind("low-level", ".flac", "flac", form="s32", change=_times(0.25)),
    Kind("low-level", ".mp3", "libmp3lame", form="s16p", bit_rate=192_000, change=_times(0.3)),
    Kind("clipped", ".wav", "pcm_s16le", change=lambda samples: np.clip(samples * 6.0, -0.98, 0.98)),
    Kind("over-full-scale", ".wav", "pcm_f32le", rate=48_000, form="flt", change=_times(2.0)),
    Kind("anti-phase", ".flac", "flac", change=lambda samples: np.stack([samples.mean(axis=0), -samples.mean(axis=0)])),
    Kind("one-side-reversed", ".opus", "libopus", rate=48_000, bit_rate=128_000, change=_sides(1.0, -1.0)),
    Kind("left-only", ".flac", "flac", change=_sides(1.0, 0.0)),
    Kind("uneven-sides", ".flac", "flac", change=_sides(0.2, 1.0)),
)  # fmt: skip


def collect(source: Path, folder: Path, count: int) -> int:
    """Fill the folder; how many there are. What is there already is left."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = _chosen(source, count)
    for number, (path, seconds) in enumerate(chosen):
        name = f"{number:02d}-{path.relative_to(source).parts[0][:12]}-{path.stem[:24]}"
        lasts_s = None if seconds <= WHOLE_S else CUT_S[number % len(CUT_S)]
        copy(path, folder / f"{name}{'' if lasts_s is None else '-cut'}{path.suffix}", lasts_s)
    step = max(1, len(chosen) // len(KINDS))
    for number, kind in enumerate(KINDS):
        path, _ = chosen[number * step % len(chosen)]
        make(path, folder / f"k{number:02d}-{kind.name}{kind.suffix}", kind)
    return len(list(folder.iterdir()))


def copy(path: Path, to: Path, lasts_s: float | None) -> None:
    """The recording's packets as they are; all of them, or those of its first seconds."""
    if lasts_s is None:
        to.write_bytes(path.read_bytes())
        return
    with _opened(path) as source, av.open(str(to), "w") as out:
        stream = source.streams.audio[0]
        copied = out.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.pts is None:
                continue
            if packet.pts * stream.time_base >= lasts_s:
                break
            packet.stream = copied
            out.mux(packet)


def make(path: Path, to: Path, kind: Kind) -> None:
    """Its first minute, as another kind."""
    samples = kind.change(_decoded(path, kind))
    options = {} if kind.has_head else {"write_xing": "0", "id3v2_version": "0"}
    with av.open(str(to), "w", options=options) as out:
        stream: Any = out.add_stream(kind.codec, rate=kind.rate, format=kind.form, layout=kind.layout)
        if kind.bit_rate:
            stream.bit_rate = kind.bit_rate
        as_wanted = av.AudioResampler(kind.form, kind.layout, kind.rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32), "fltp", kind.layout)
        frame.sample_rate = kind.rate
        fifo = av.AudioFifo()
        for made in as_wanted.resample(frame):
            fifo.write(made)
        while (part := fifo.read(stream.codec_context.frame_size or 4096, partial=True)) is not None:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def _decoded(path: Path, kind: Kind) -> Samples:
    resampler, runs, frames = av.AudioResampler("fltp", kind.layout, kind.rate), [], 0
    with _opened(path) as source:
        for frame in source.decode(audio=0):
            for run in resampler.resample(frame):
                runs.append(run.to_ndarray())
                frames += run.samples
            if frames >= KIND_S * kind.rate:
                break
    return np.concatenate(runs, axis=1)


def _chosen(source: Path, count: int) -> list[tuple[Path, float]]:
    by_folder: dict[str, list[tuple[Path, float]]] = defaultdict(list)
    for path in sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()):
        seconds = _seconds(path)
        if seconds >= LEAST_S:
            by_folder[path.relative_to(source).parts[0]].append((path, seconds))
    for found in by_folder.values():
        found.sort(key=lambda one: (one[1] > WHOLE_S, one[0].name))  # whole ones first
    in_turn = (one for one in chain.from_iterable(zip_longest(*by_folder.values())) if one is not None)
    return [one for _, one in zip(range(count), in_turn, strict=False)]


def _opened(path: Path) -> Any:
    return av.open(str(path), metadata_errors="ignore")  # titles may be in any script


def _seconds(path: Path) -> float:
    try:
        with _opened(path) as container:
            return (container.duration or 0) / av.time_base if container.streams.audio else 0.0
    except av.error.FFmpegError:
        return 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.listening.collect", description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=72, help="besides those that are made anew")
    options = parser.parse_args(arguments)
    print(f"{collect(options.source, options.folder, options.count)} recordings in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
