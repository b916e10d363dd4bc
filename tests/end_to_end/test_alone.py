"""A box with no broker anywhere, and bad input at its command line."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.end_to_end.pcm import RATE_HZ, count, frames, last_sound
from tests.end_to_end.processes import ROOT, Bedside, Process, until
from tests.servers import free_port, listens

pytestmark = pytest.mark.e2e
ID = "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0404"


@pytest.fixture
def box(tmp_path: Path, music: Path) -> Iterator[Bedside]:
    made = Bedside(tmp_path, ID, music, None, f"disk:{tmp_path / 'out.raw'}")
    yield made
    assert made.end() in {0, None}, made.said


def test_play_sounds_and_play_again_is_silent(box: Bedside, tmp_path: Path) -> None:
    out = tmp_path / "out.raw"
    box.start()
    for _ in range(3):
        started = count(out)
        box.press("play")
        until("a second of sound", lambda started=started: last_sound(out) > started + RATE_HZ)
        box.press("play")
        until("a second of silence", lambda: count(out) > last_sound(out) + RATE_HZ)
    assert box.state()["unsent"] > 0, "nothing is lost while nobody listens"


def test_a_start_stands_20_db_under_its_level_and_rises(box: Bedside, tmp_path: Path) -> None:
    out = tmp_path / "out.raw"
    box.start()
    box.press("play")
    until("seven seconds of sound", lambda: last_sound(out) > 7 * RATE_HZ)
    sound = frames(out).astype(np.float64)
    first = int(np.flatnonzero(np.abs(sound).max(axis=1) > 2)[0])
    early = np.sqrt(np.mean(sound[first : first + RATE_HZ // 4] ** 2))
    late = np.sqrt(np.mean(sound[first + 5 * RATE_HZ : first + 6 * RATE_HZ] ** 2))
    assert 20 * np.log10(late / early) > 8


def test_pulling_the_plug_leaves_a_box_that_is_silent_and_remembers(box: Bedside, tmp_path: Path) -> None:
    box.start()
    box.turn("choose", 2)
    until("the choice rested", lambda: box.state()["play_would_play"] == "garden")
    box.turn("volume", -4)
    box.press("play")
    until("sound", lambda: box.state()["sounding"])
    until("it is in the log", lambda: box.state()["unsent"] >= 3)
    box.kill()
    box.start()
    state = box.state()
    assert (state["playing"], state["play_would_play"], state["level_dba"]) == (False, "garden", 42.0)
    box.press("play")
    until("music on the next press", lambda: box.state()["sounding"])


@pytest.mark.parametrize("spoil", [b"", b"not music at all", b"OggS" + bytes(60)])
def test_a_corrupt_track_is_passed_over_and_told(tmp_path: Path, music: Path, spoil: bytes) -> None:
    copy = tmp_path / "music"
    (copy / "tracks").mkdir(parents=True)
    (copy / "index.json").write_bytes((music / "index.json").read_bytes())
    for track in (music / "tracks").iterdir():
        (copy / "tracks" / track.name).hardlink_to(track)
    box = Bedside(tmp_path, ID, copy, None)
    try:
        box.start()
        box.press("play")
        first = until("the first track", lambda: box.state()["track"])
        box.press("play")
        box.end()
        _spoil(copy, first, spoil)
        box.start()
        box.press("play")
        until("another track plays", lambda: box.state()["sounding"] and box.state()["track"] != first)
    finally:
        box.end()


def _spoil(folder: Path, title: str, contents: bytes) -> None:
    index = json.loads((folder / "index.json").read_text())
    found = next(track for track in index["tracks"].values() if track["title"] == title)
    path = folder / "tracks" / f"{found['sha256']}.opus"
    path.unlink()
    path.write_bytes(contents)


def _refused(*arguments: str) -> str:
    """The one line that the command ends with; its exit status is 2."""
    command = [sys.executable, "-m", "device", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("nightingale-device:")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def test_a_port_in_use_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = _refused("simulate", f"--panel=127.0.0.1:{port}", f"--data={tmp_path}", "--sound=silent")
    assert f"{port}" in line
    assert "--panel" in line


def test_a_misspelt_key_asks_did_you_mean(tmp_path: Path) -> None:
    config = tmp_path / "box.toml"
    config.write_text(f'[box]\nid = "{ID}"\n\n[sound]\ncap_day_dbaa = 50\n')
    assert "did you mean 'cap_day_dba'" in _refused("run", f"--config={config}")


def test_a_missing_configuration_names_the_example(tmp_path: Path) -> None:
    assert "device.example.toml" in _refused("run", f"--config={tmp_path / 'none.toml'}")


def test_an_unknown_sound_output_is_refused(tmp_path: Path) -> None:
    line = _refused("simulate", "--sound=loudspeaker", f"--data={tmp_path}", f"--panel=127.0.0.1:{free_port()}")
    assert "disk:" in line


def test_a_box_without_music_or_card_answers_every_press_and_lives(tmp_path: Path) -> None:
    box = Bedside(tmp_path, ID, tmp_path / "nothing", None, "system:nowhere")
    try:
        box.start()
        until("it says that there is no sound", lambda: set(box.state()["faults"]) == {"music", "sound"})
        box.press("play")
        until("and shows it", lambda: box.state()["scene"] == "no_sound")
        assert not box.state()["playing"]
    finally:
        box.end()


def test_ending_it_is_quick_and_clean(box: Bedside) -> None:
    box.start()
    box.press("play")
    until("sound", lambda: box.state()["sounding"])
    assert box.end() == 0
    assert "Traceback" not in box.said
    assert not listens(box.port)


def test_two_boxes_on_one_folder_are_refused(box: Bedside) -> None:
    box.start()
    other = Process("other", [*box.command[:-1], f"--panel=127.0.0.1:{free_port()}"], box.folder)
    other.start()
    assert other.running
    assert other.running.wait(timeout=30) == 2
    other.running = None
    assert "nightingale-device:" in other.said
