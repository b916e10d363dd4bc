"""What the virtual Pi is made with, tested without it: what is kept, what a hand does, what the ear hears."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.pi.commands import run
from tests.pi.figures import Figures
from tests.pi.hands import PLAY, VOLUME, Pull, press, turn
from tests.pi.image import BOARD
from tests.pi.layers import key, layer
from tests.servers import need

RATE = 48_000


def test_a_key_changes_with_a_text_a_file_and_the_place_where_one_ends(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    keys = [key("a", "bc"), key("ab", "c"), key(file)]
    file.write_text("two")
    (tmp_path / "other").touch()
    assert len({*keys, key(file), key(tmp_path)}) == 5


def test_a_layer_is_made_once_and_the_last_but_one_goes(tmp_path: Path) -> None:
    made = []

    def build(to: Path) -> None:
        made.append(to)
        (to / "content").write_text("here")

    old, again = layer("disk", "1", build, tmp_path), layer("disk", "1", build, tmp_path)
    assert (old == again, len(made)) == (True, 1)
    for number in ("2", "3"):
        assert (layer("disk", number, build, tmp_path) / "content").exists()
        layer("disk", "1", build, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"disk-1", "disk-3"}


def test_a_build_that_fails_is_not_taken_for_a_layer(tmp_path: Path) -> None:
    def fail(to: Path) -> None:
        (to / "half").write_text("here")
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  # the one above
        layer("disk", "1", fail, tmp_path)
    whole = layer("disk", "1", lambda _: None, tmp_path)
    assert list(whole.iterdir()) == []


def test_a_press_ends_open_and_a_turn_passes_four_states_a_detent() -> None:
    assert list(press(PLAY))[-1] == Pull(600, PLAY, False)
    pulls = list(turn(VOLUME, -2, 1000))
    assert [str(pull) for pull in pulls[:3]] == ["1000,27,1", "150,27,0", "200,27,1"]
    assert len(pulls) == 2 * 4 * 3
    assert not any(last.closed for last in {pull.line: pull for pull in pulls}.values())


def test_the_99th_percentile_of_fifty_is_the_worst(tmp_path: Path) -> None:
    figures = Figures(tmp_path / "figures.json")
    figures.spread("press to sound", [0.1] * 49 + [0.3])
    figures.tell()
    assert "median 100 ms, p99 300 ms, 50 times" in (tmp_path / "figures.json").read_text()


def test_the_ear_tells_where_sound_begins_and_ends(tmp_path: Path) -> None:
    """60 ms of zeros, 40 ms of sound with 3 ms of zeros in it, 30 ms of zeros; a silence is 10 ms of zeros."""
    need(shutil.which("gcc") or "/usr/bin/gcc")
    run("gcc", "-o", tmp_path / "ear", BOARD / "ear.c")
    sound = b"".join(struct.pack("<hh", 0, 1) for _ in range(20 * RATE // 1000))
    pcm = _zeros(60) + sound + _zeros(3) + sound + _zeros(30)
    said = subprocess.run([tmp_path / "ear", "10"], input=pcm, stdout=subprocess.PIPE, check=True).stdout.decode()
    told = [(line.split()[0], int(line.split()[2]) * 1000 // RATE) for line in said.splitlines()]
    assert told == [("begin", 0), ("sound", 60), ("silent", 103), ("end", 133)]


def _zeros(ms: int) -> bytes:
    return bytes(4 * RATE * ms // 1000)
