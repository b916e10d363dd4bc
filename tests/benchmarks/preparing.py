"""The preparing part: what one file costs until it is a track. Processor seconds of one core; no peer, so no ratio."""

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from playlists.preparing.analysis import analysed
from playlists.preparing.child import prepare_apart
from playlists.preparing.prepare import prepare
from playlists.preparing.source import Source
from tests.benchmarks.figures import OURS, Figures
from tests.preparing import odd_files as odd

SONG_S, LONG_S = 240, 3 * 3600 - 60
QUICK_SONG_S, QUICK_LONG_S = 5, 10


def measure_preparing(*, quick: bool, say: Callable[[str], None]) -> Figures:
    """Analysis and the whole way of an MP3 of four minutes, and the memory that a file of three hours takes."""
    figures = Figures(notes=["An MP3 of 192 kbit/s; bounds: 5 s, 10 s, 150 MB more than the libraries take."])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        song = _song(folder / "song.mp3", QUICK_SONG_S if quick else SONG_S)
        say("one file of four minutes")
        figures.put("analysis of 4 min, CPU s", OURS, _cpu_s(lambda: _analyse(song)))
        figures.put("whole way of 4 min, CPU s", OURS, _cpu_s(lambda: prepare(song, folder)))
        say("a file of three hours")
        (folder / "long.mp3").write_bytes(_long(QUICK_LONG_S if quick else LONG_S))
        prepare_apart(folder / "long.mp3", folder)
        memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        figures.put("memory for 3 h, MB in all", OURS, round(memory_mb))
    return figures


def _song(path: Path, seconds: float) -> Path:
    path.write_bytes(odd.written(odd.music(seconds), "mp3"))
    return path


def _long(seconds: float) -> bytes:
    """One minute again and again."""
    minute = odd.without_id3(odd.written(np.tile(odd.music(6.0), (10, 1)), "mp3"))
    return minute * max(round(seconds / 60), 1)


def _analyse(path: Path) -> None:
    with Source.open(path) as source:
        analysed(source.blocks())


def _cpu_s(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
