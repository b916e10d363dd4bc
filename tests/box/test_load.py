"""`nightingale-device load`: tracks from a stick come to the box verified; a person reads what came and what not."""

import hashlib
import random
from pathlib import Path

import pytest

from device.__main__ import main
from device.music.load import load
from device.music.music import Music
from device.music.track_store import TrackStore
from device.rules.memory import encode_memory, memory_of, needed_of
from tests.box.fetching_box import BOX, needing

CONTENT = random.Random(3).randbytes(200_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = random.Random(4).randbytes(1000)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (stick := tmp_path / "stick").mkdir()
    return stick


def loaded(folder: Path, stick: Path, *wanted: str, most_bytes: int = 10**9) -> tuple[int, Music]:
    """The exit code, and the folder then."""
    music = Music(folder / "music")
    (folder / "data").mkdir(exist_ok=True)
    store = TrackStore(music.folder, folder / "data", most_bytes=most_bytes, spare_bytes=0)
    return load(stick, music, store, dict.fromkeys(wanted, "Calm river")), music


def test_a_file_by_its_hash_is_taken_and_one_that_is_wanted_by_any_name(
    tmp_path: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = hashlib.sha256(OTHER).hexdigest()
    (stick / f"{SHA256}.opus").write_bytes(CONTENT)
    (stick / "Hymns").mkdir()
    (stick / "Hymns" / "Abide with me.ogg").write_bytes(OTHER)
    (stick / "unknown.mp3").write_bytes(b"other")
    (stick / ".hidden.mp3").write_bytes(b"other")
    (stick / "letter.pdf").write_bytes(b"other")
    code, music = loaded(tmp_path, stick, other)
    assert code == 0
    assert music.lying() == {SHA256, other}
    said = capsys.readouterr().out
    assert f"taken      {SHA256}.opus" in said
    assert "taken      Abide with me.ogg" in said
    assert "left out   unknown.mp3: no playlist of this box needs it" in said
    assert "2 taken, 0 not taken, 0 assigned tracks still missing" in said
    assert "hidden" not in said
    assert "letter" not in said


def test_a_file_that_is_not_what_its_name_says_is_not_taken(
    tmp_path: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (stick / f"{SHA256}.opus").write_bytes(CONTENT[:-1])
    code, music = loaded(tmp_path, stick, SHA256)
    assert code == 1
    assert not music.lying()
    said = capsys.readouterr().out
    assert f"not taken  {SHA256}.opus: its content is not {SHA256}" in said
    assert f"missing    Calm river ({SHA256[:12]}...)" in said


def test_what_is_there_is_not_copied_again(tmp_path: Path, stick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (stick / f"{SHA256}.opus").write_bytes(CONTENT)
    loaded(tmp_path, stick)
    assert loaded(tmp_path, stick)[0] == 0
    assert f"was there  {SHA256}.opus" in capsys.readouterr().out


def test_more_than_the_limit_is_not_taken(tmp_path: Path, stick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (stick / f"{SHA256}.opus").write_bytes(CONTENT)
    assert loaded(tmp_path, stick, most_bytes=1000)[0] == 1
    assert "no room for 0.2 MB more" in capsys.readouterr().out


def test_the_command_says_when_there_is_no_stick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "device.toml"
    config.write_text(f'[box]\nid = "{BOX}"\ndata = "{tmp_path / "data"}"\n')
    assert main(["load", f"--config={config}", str(tmp_path / "nothing")]) == 2
    assert "is the stick mounted?" in capsys.readouterr().out


def test_what_a_box_remembers_of_its_assignment_is_what_it_wants() -> None:
    assert needed_of(encode_memory(memory_of(needing(SHA256)), 0.0)) == {SHA256: "Track 0"}
    assert needed_of(None) == {}
