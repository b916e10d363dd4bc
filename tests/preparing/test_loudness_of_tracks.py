"""What is stored is as loud as all others, under the ceiling, and the same each time."""

from pathlib import Path

import numpy as np
import pytest

from playlists.preparing.loudness import Loudness
from playlists.preparing.recipe import CEILING_DBTP, TARGET_LUFS, TRIES, Plan, better
from playlists.preparing.verdicts import Remark
from tests.preparing import odd_files as odd
from tests.preparing.verdict_of import prepared


def made(lufs: float, true_peak_dbtp: float) -> Loudness:
    return Loudness(lufs, 5.0, true_peak_dbtp, np.zeros(0, np.float32))


def claps(level: float) -> odd.Sound:
    sound = level * odd.music(6.0)
    for place in range(10_000, len(sound), 40_000):
        clap = np.random.default_rng(place).uniform(-1, 1, 400) * np.exp(-np.arange(400) / 100)
        sound[place : place + 400] += clap[:, None]
    return sound


def test_the_same_file_gives_the_same_track_twice(tmp_path: Path):
    song = odd.written(odd.music(4.0), "mp3")
    first, stored = prepared(tmp_path, song), (tmp_path / "made" / "track.opus").read_bytes()
    assert prepared(tmp_path, song) == first
    assert (tmp_path / "made" / "track.opus").read_bytes() == stored


@pytest.mark.parametrize("level", [0.3, 0.6])
def test_claps_are_held_down_under_the_ceiling_and_it_is_said(level: float, tmp_path: Path):
    track = prepared(tmp_path, odd.written(claps(level), "flac"))
    assert track.true_peak_dbtp <= CEILING_DBTP
    remarks = {told.remark for told in track.told}
    assert Remark.EASED in remarks
    assert abs(track.lufs - TARGET_LUFS) <= 0.5 or Remark.SOFTER in remarks


def test_a_peak_over_the_ceiling_lowers_it_by_what_is_over():
    following = better(Plan(0, 60, -4.0), made(-20.0, -1.0), 1)
    assert following == Plan(0, 60, -4.0, pytest.approx(CEILING_DBTP - 2.1))


def test_after_the_last_try_gain_and_ceiling_fall_together():
    following = better(Plan(0, 60, -4.0, -5.0), made(-20.0, -2.0), TRIES)
    assert following == Plan(0, 60, pytest.approx(-5.1), pytest.approx(-6.1))


def test_a_track_that_came_out_too_soft_is_made_again_but_never_over_the_most_boost():
    assert better(Plan(0, 60, 11.8), made(-21.0, -9.0), 1) == Plan(0, 60, 12.0)
    assert better(Plan(0, 60, 12.0), made(-30.0, -9.0), 1) is None
    assert better(Plan(0, 60, 0.0), made(-20.3, -3.1), 1) is None
