"""What the box measures by itself: real files, real processes, kept by hash."""

import hashlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import pytest
import soundfile

from device.__main__ import main
from device.config.settings import SoundSettings
from device.music.measure import level_of
from device.music.measurer import Measurer
from device.music.music import TOO_QUIET, Music
from device.music.track_levels import TrackLevels
from playlists.track_level import MonoMix, TrackLevel
from tests.end_to_end.processes import ROOT, until
from tests.sound.pipe_sink import holds, is_alive

PATIENCE_S = 60.0


class Listening(Music):
    """The real music folder, which tells when something was measured."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, SoundSettings(), TrackLevels(folder / "levels.json"))
        self.kept: SimpleQueue[str] = SimpleQueue()

    def keep(self, sha256: str, level: TrackLevel) -> None:
        super().keep(sha256, level)
        self.kept.put(sha256)

    def keep_unplayable(self, sha256: str, reason: str) -> None:
        super().keep_unplayable(sha256, reason)
        self.kept.put(sha256)


class Said(logging.Handler):
    """What the measurer's log says, as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: SimpleQueue[str] = SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.put(record.getMessage())

    def next(self, pattern: str) -> str:
        while not re.search(pattern, line := self.lines.get(timeout=PATIENCE_S)):
            pass
        return line


@pytest.fixture
def said() -> Iterator[Said]:
    handler, logger = Said(), logging.getLogger("device.music.measurer")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@pytest.fixture
def music(tmp_path: Path) -> Listening:
    (tmp_path / "tracks").mkdir()
    return Listening(tmp_path)


def put(folder: Path, samples: np.ndarray, named: str = "") -> str:
    """A track in the folder; says its hash."""
    path = folder / "track.wav"
    soundfile.write(path, samples, 48_000, subtype="FLOAT")
    return put_file(folder, path.read_bytes(), named)


def put_file(folder: Path, contents: bytes, named: str = "") -> str:
    sha256 = named or hashlib.sha256(contents).hexdigest()
    (folder / "tracks" / f"{sha256}.opus").write_bytes(contents)
    return sha256


def reversed_polarity(seconds: float = 2.0) -> np.ndarray:
    tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * 48_000)) / 48_000)
    return np.stack([tone, -tone], axis=1).astype(np.float32)


@contextmanager
def measuring(music: Music, **how: Any) -> Iterator[Measurer]:
    measurer = Measurer(music, first_look_s=0.0, **{"look_s": 0.05} | how)
    measurer.start()
    try:
        yield measurer
    finally:
        measurer.close()


def test_a_track_that_nobody_measured_is_measured_and_then_played_by_that(music: Listening) -> None:
    sha256 = put(music.folder, reversed_polarity())
    careful = music.adjustment(sha256)
    with measuring(music):
        assert music.kept.get(timeout=PATIENCE_S) == sha256
    level = music.level(sha256)
    assert level == TrackLevel.of_entry(level_of(music.path(sha256)).entry())
    assert level is not None
    assert level.mono_mix is MonoMix.DIFFERENCE
    after = music.adjustment(sha256)
    assert (after.gain_db > careful.gain_db, after.mono_mix) == (True, (0.5, -0.5))
    assert Listening(music.folder).level(sha256) == level, "kept for the next start"


def test_a_track_that_comes_later_is_found(music: Listening) -> None:
    with measuring(music):
        sha256 = put(music.folder, reversed_polarity(1.0))
        assert music.kept.get(timeout=PATIENCE_S) == sha256


def test_one_that_is_no_music_is_told_once_and_keeps_none_from_being_measured(music: Listening, said: Said) -> None:
    put_file(music.folder, b"no music at all", named="0" * 64)
    good = put(music.folder, reversed_polarity(1.0))
    with measuring(music):
        assert "0" * 64 in said.next("playable=no")
        assert music.kept.get(timeout=PATIENCE_S) == "0" * 64
        assert music.kept.get(timeout=PATIENCE_S) == good
        later = put(music.folder, reversed_polarity(1.5))
        assert music.kept.get(timeout=PATIENCE_S) == later
    left = []
    while not said.lines.empty():
        left.append(said.lines.get())
    assert not [line for line in left if "=no" in line]


def test_what_is_not_what_its_name_says_is_not_measured_in_its_name(music: Listening, said: Said) -> None:
    put(music.folder, reversed_polarity(1.0), named="e" * 64)
    with measuring(music):
        assert "its contents are not what its name says" in said.next("measured=no")
    assert music.level("e" * 64) is None


def test_a_track_that_takes_too_long_is_given_up(music: Listening, said: Said) -> None:
    put(music.folder, reversed_polarity(1.0))
    with measuring(music, track_s=0.0):
        assert "it took more than 0 s" in said.next("measured=no")


def test_a_box_that_goes_does_not_wait_for_what_is_being_measured(music: Listening) -> None:
    put(music.folder, reversed_polarity(1.0))
    measurer = Measurer(music, first_look_s=3600.0)
    measurer.start()
    measurer.close()
    with pytest.raises(Empty):
        music.kept.get_nowait()
    Measurer(music).close()  # one that never started
    assert not [thread for thread in threading.enumerate() if thread.name == "measurer"]


def test_measuring_by_hand_says_a_line_for_each_file_and_one_for_what_is_none(
    music: Listening, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.nice", lambda _by: 0)  # the test goes on at its own priority
    sha256 = put(music.folder, reversed_polarity(1.0))
    assert main(["measure", str(music.path(sha256))]) == 0
    out, err = capsys.readouterr()
    assert (f'"sha256": "{sha256}"' in out, '"mono_mix": "difference"' in out, err) == (True, True, "")
    missing = music.folder / "missing.opus"
    assert main(["measure", str(missing), str(music.path(sha256))]) == 1
    out, err = capsys.readouterr()
    assert err == f"nightingale-device: not measured: {missing}: No such file or directory\n"
    assert sha256 in out


def test_a_silent_track_and_one_that_is_no_music_are_not_held_and_that_outlives_a_start(
    music: Listening, said: Said
) -> None:
    silent = put(music.folder, np.zeros((48_000, 2), np.float32))
    faint = put(music.folder, 10 ** (-55 / 20) * reversed_polarity(1.0))
    picture = put_file(music.folder, b"\x89PNG\r\n\x1a\n" + bytes(100))
    empty = put_file(music.folder, b"")
    good = put(music.folder, reversed_polarity(1.0))
    with measuring(music):
        assert {music.kept.get(timeout=PATIENCE_S) for _ in range(5)} == {silent, faint, picture, empty, good}
    for box in (music, Listening(music.folder)):
        assert box.held() == {good}
        unusable = dict(box.look().unusable)
        assert set(unusable) == {silent, faint, picture, empty}
        assert (unusable[silent], unusable[faint]) == (TOO_QUIET, TOO_QUIET)
        assert unusable[picture].line.endswith("holds no sound")
    told = [said.next("playable=no") for _ in unusable]
    assert all("it is passed over" in line for line in told)


def test_what_could_not_be_decoded_is_looked_at_again_where_another_file_lies_in_its_place(music: Listening) -> None:
    torn = put_file(music.folder, b"")
    with measuring(music):
        assert music.kept.get(timeout=PATIENCE_S) == torn
        assert music.held() == frozenset()
        put_file(music.folder, b"torn once more", named=torn)
        assert music.held() == {torn}
        assert music.kept.get(timeout=PATIENCE_S) == torn
    assert music.held() == frozenset()


def test_what_could_not_be_decoded_once_may_be_at_the_next_start(music: Listening) -> None:
    good = put(music.folder, reversed_polarity(1.0))
    music.keep_unplayable(good, "the disk did not answer")
    music.kept.get_nowait()
    assert music.held() == frozenset()
    with measuring(music):
        assert music.kept.get(timeout=PATIENCE_S) == good
    assert music.held() == {good}


def test_what_plays_is_measured_before_all_others(music: Listening) -> None:
    tracks = [put(music.folder, reversed_polarity(1.0 + number / 10)) for number in range(4)]
    wanted = sorted(tracks)[::-1]
    told: SimpleQueue[str] = SimpleQueue()
    with measuring(music, first=lambda: wanted, measured=told.put):
        assert [told.get(timeout=PATIENCE_S) for _ in tracks] == wanted


def test_a_long_track_that_nobody_waits_for_makes_way_for_the_one_that_plays(music: Listening) -> None:
    long = put(music.folder, np.tile(reversed_polarity(10.0), (30, 1)))
    wanted: list[str] = []
    with measuring(music, first=lambda: wanted, look_s=3600.0) as measurer:
        while measurer._child is None:
            threading.Event().wait(0.01)
        wanted.append(put(music.folder, reversed_polarity(1.0)))
        measurer.hurry()
        assert music.kept.get(timeout=PATIENCE_S) == wanted[0]
        assert music.level(long) is None
        assert music.kept.get(timeout=PATIENCE_S) == long, "its turn comes again"


def test_measuring_by_hand_names_the_file_and_says_which_is_no_music(
    music: Listening, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.nice", lambda _by: 0)
    track = music.path(put(music.folder, reversed_polarity(1.0)))
    text, noise = tmp_path / "text.ogg", tmp_path / "noise.mp3"
    text.write_text("no music\n")
    noise.write_bytes(bytes(range(256)) * 8)
    assert main(["measure", str(track), str(text), str(noise)]) == 1
    out, err = capsys.readouterr()
    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(file) for file in (track, text, noise)]
    said = [
        f"nightingale-device: not measured: {file}: contains no music that can be decoded" for file in (text, noise)
    ]
    assert err.splitlines() == said


BOX = """
import sys, time
from pathlib import Path
from device.music.measurer import Measurer
from device.music.music import TOO_QUIET, Music
Measurer(Music(Path(sys.argv[1])), first_look_s=0.0).start()
time.sleep(600)
"""


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def test_what_measures_does_not_outlive_a_box_that_was_killed(music: Listening) -> None:
    track = music.path(put(music.folder, reversed_polarity(60.0)))
    with subprocess.Popen([sys.executable, "-c", BOX, str(music.folder)], cwd=ROOT) as box:
        until("it measures", lambda: any(holds(child, track) for child in children_of(box.pid)))
        (child,) = children_of(box.pid)
        os.kill(child, signal.SIGSTOP)  # it cannot finish by itself, and even so it must go
        box.kill()
        try:
            until("it is gone", lambda: not is_alive(child), within_s=PATIENCE_S)
        finally:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
