"""The pieces on a box: what brings each to the loudness of all."""

import hashlib
from pathlib import Path

import pytest

from device.music import Music
from playlists.index import Recording, write_index


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _folder(tmp_path: Path, **lufs: float) -> Music:
    recordings = {name: Recording(name, _hash(name), 60.0, name, value, -3.0, 4.0) for name, value in lufs.items()}
    write_index(tmp_path, recordings)
    return Music(tmp_path)


def test_a_piece_is_brought_to_minus_20_lufs_up_or_down(tmp_path: Path) -> None:
    music = _folder(tmp_path, quiet=-23.5, loud=-14.0)
    assert (music.gain_db(_hash("quiet")), music.gain_db(_hash("loud"))) == (3.5, -6.0)


@pytest.mark.parametrize(("lufs", "gain_db"), [(-32.0, 12.0), (-8.0, -12.0), (-32.1, 0.0), (-7.9, 0.0), (-70.0, 0.0)])
def test_a_loudness_that_cannot_be_true_is_not_made_up_for(tmp_path: Path, lufs: float, gain_db: float) -> None:
    assert _folder(tmp_path, odd=lufs).gain_db(_hash("odd")) == gain_db


def test_a_piece_that_the_index_does_not_name_plays_as_it_is(tmp_path: Path) -> None:
    assert _folder(tmp_path, known=-23.0).gain_db(_hash("another")) == 0.0


def test_a_folder_without_an_index_has_no_sets_and_no_gains(tmp_path: Path) -> None:
    music = Music(tmp_path)
    assert (music.builtin(), music.gain_db(_hash("any"))) == ((), 0.0)
