"""The music folder: what is found by slug and by hash, and what is said when it is broken."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from playlists.format import Arc, Playlist, Purpose, Track
from playlists.index import Library, LibraryError, Recording, write_atomically, write_index
from playlists.track_level import MonoMix, TrackLevel

CONTENTS = b"not music, but contents with a hash"
SHA256 = hashlib.sha256(CONTENTS).hexdigest()
LEVEL = TrackLevel(-27.5, -28.25, -26.5, -27.0, MonoMix.RIGHT, -6.5)
HELD = Recording("along-the-shore", SHA256, 171.25, "Along the Shore", -20.0, -7.5, 3.25, "k", LEVEL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / f"{SHA256}.opus").write_bytes(CONTENTS)
    write_index(tmp_path, {HELD.slug: HELD})
    return tmp_path


def test_what_was_written_is_read_back(folder: Path):
    assert Library.open(folder).recordings == {"along-the-shore": HELD}
    assert json.loads((folder / "index.json").read_text())["tracks"]["along-the-shore"]["range_lu"] == 3.25


def test_a_track_is_found_by_its_hash(folder: Path):
    library = Library.open(folder)
    assert library.path(SHA256) == folder / "tracks" / f"{SHA256}.opus"
    assert library.title(SHA256) == "Along the Shore"
    assert library.range_lu() == {SHA256: 3.25}
    assert library.verify(SHA256) is True


def test_a_track_that_is_not_on_the_disk_is_absent_and_no_error(folder: Path):
    (folder / "tracks" / f"{SHA256}.opus").unlink()
    library = Library.open(folder)
    assert library.path(SHA256) is None
    assert library.verify(SHA256) is False
    assert library.title("0" * 64) is None


def test_text_that_is_no_hash_reaches_no_file(folder: Path):
    (folder / "secret.opus").write_bytes(b"x")
    assert Library.open(folder).path("../secret") is None


def test_a_damaged_track_does_not_verify(folder: Path):
    (folder / "tracks" / f"{SHA256}.opus").write_bytes(CONTENTS + b"!")
    assert Library.open(folder).verify(SHA256) is False


def test_the_starter_playlists_carry_the_hashes_that_the_folder_knows(folder: Path):
    calm = Library.open(folder).playlists()[0]
    assert [(track.sha256, track.seconds) for track in calm.tracks] == [(SHA256, 171.25)] + [(None, None)] * 3


def test_a_track_named_by_another_hash_is_left_alone(folder: Path):
    other = Track("along-the-shore", "Another recording", "f" * 64, 10.0)
    playlist = Playlist("s", "S", "S", Purpose.VIGIL, Arc.FLAT, (other,))
    assert Library.open(folder).resolve(playlist) == playlist


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (b"{", "is not JSON, run: make venv"),
        (b"\xff\xfe", "is not JSON, run: make venv"),
        (b"[]", 'has no "tracks": an older version made it, make the music folder again'),
        (b'{"version": 9, "tracks": {}}', "is not version 2, run: make venv"),
        (b'{"version": 1, "tracks": {"a": {}}}', 'the entry "a" is incomplete, run: make venv'),
        (b'{"version": 1, "tracks": {"a": 3}}', 'the entry "a" is incomplete, run: make venv'),
        (
            json.dumps({"version": 1, "tracks": {"a": {**asdict(HELD), "sha256": "../x"}}}).encode(),
            'the entry "a" has no usable hash, run: make venv',
        ),
    ],
)
def test_a_broken_index_gets_one_line_that_says_what_to_run(tmp_path: Path, contents: bytes, says: str):
    (tmp_path / "index.json").write_bytes(contents)
    with pytest.raises(LibraryError) as caught:
        Library.open(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'index.json'}: {says}"


def test_a_folder_without_an_index_says_what_to_run(tmp_path: Path):
    with pytest.raises(LibraryError, match=r"there is no music here yet, run: make venv$"):
        Library.open(tmp_path / "nowhere")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_half(tmp_path: Path):
    target = tmp_path / "there"
    target.mkdir()
    (target / "inside").touch()  # a folder in the way: the move fails after the contents were written
    with pytest.raises(OSError, match="there"):
        write_atomically(target, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
