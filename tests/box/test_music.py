"""The tracks on a box: the gain that brings each to its level, and tracks that have not been measured."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from device.config.calibration import Calibration
from device.config.settings import SoundSettings
from device.music.music import UNTOLD, Music
from device.music.track_levels import TrackLevels
from playlists.index import Recording, write_index
from playlists.track_level import REFERENCE_A_DBFS, MonoMix, TrackLevel
from tests.rules.bed import level_of


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _music(folder: Path, level: TrackLevel | None, sound: SoundSettings = UNTOLD) -> Music:
    write_index(folder, {"it": Recording("it", _hash("it"), 60.0, "It", -20.0, -3.0, 4.0, level=level)})
    return Music(folder, sound)


def _gain_db(folder: Path, level: TrackLevel | None, sound: SoundSettings = UNTOLD) -> float:
    return _music(folder, level, sound).adjustment(_hash("it")).gain_db


@pytest.mark.parametrize("off_db", [-18.0, -12.1, -3.5, 0.0, 6.0, 12.0, 12.1, 20.0, 27.0])
def test_a_track_is_brought_down_however_loud_it_is_and_up_as_far_as_hiss_allows(tmp_path: Path, off_db: float) -> None:
    assert _gain_db(tmp_path, level_of(REFERENCE_A_DBFS + off_db)) == pytest.approx(-off_db)


@pytest.mark.parametrize("a_dbfs", [-44.7, -60.0, -120.0])
def test_a_track_that_is_all_but_silent_is_not_brought_up_without_end(tmp_path: Path, a_dbfs: float) -> None:
    assert _gain_db(tmp_path, level_of(a_dbfs)) == 18.0


def test_the_level_is_the_one_of_the_way_in_which_this_box_plays(tmp_path: Path) -> None:
    level = TrackLevel(-27.0, -28.0, -25.0, -26.0, MonoMix.SUM, -3.0)
    wanted = {(False, False): 0.4, (True, False): 1.4, (False, True): -1.6, (True, True): -0.6}
    for (mono, presence), gain_db in wanted.items():
        sound = SoundSettings(mono=mono, presence=presence)
        assert _gain_db(tmp_path, level, sound) == pytest.approx(gain_db, abs=0.01)


def test_no_boost_takes_a_tracks_peaks_into_the_limiter_at_the_highest_level(tmp_path: Path) -> None:
    weak = SoundSettings(calibration=Calibration(66.0, date(2026, 11, 1), "facilities"), cap_day_dba=60.0)
    quiet = level_of(REFERENCE_A_DBFS - 10.0)
    assert _gain_db(tmp_path, replace(quiet, true_peak=-3.0), weak) == pytest.approx(8.0)
    assert _gain_db(tmp_path, replace(quiet, true_peak=0.5), weak) == pytest.approx(4.5)
    assert _gain_db(tmp_path, replace(quiet, true_peak=9.0), weak) == 0.0
    assert _gain_db(tmp_path, level_of(REFERENCE_A_DBFS + 10.0, true_peak=9.0), weak) == pytest.approx(-10.0)


@pytest.mark.parametrize("presence", [False, True])
def test_a_track_that_nobody_measured_is_never_louder_than_the_loudest_that_was(tmp_path: Path, presence: bool) -> None:
    sound = SoundSettings(presence=presence)
    music = _music(tmp_path, None, sound)
    for sha256 in (_hash("it"), _hash("a stranger")):
        careful = music.adjustment(sha256)
        assert careful.gain_db <= _gain_db(tmp_path, level_of(-8.0 + (5.0 if presence else 0.0)), sound)
        assert careful.mono_mix is None, "the player finds out while it plays"


def test_the_mix_that_was_measured_is_the_one_that_is_played(tmp_path: Path) -> None:
    music = _music(tmp_path, replace(level_of(-20.0), mono_mix=MonoMix.DIFFERENCE))
    assert music.adjustment(_hash("it")).mono_mix == (0.5, -0.5)


def test_an_index_of_an_older_program_still_has_its_playlists_and_its_tracks_wait_to_be_measured(
    tmp_path: Path,
) -> None:
    slug = "along-the-shore"
    entry = {"sha256": _hash(slug), "seconds": 60.0, "title": "It", "lufs": -20.0, "true_peak": -3.0, "range_lu": 4.0}
    (tmp_path / "index.json").write_text(json.dumps({"version": 1, "tracks": {slug: entry}}))
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / f"{_hash(slug)}.opus").touch()
    music = Music(tmp_path)
    assert [track.sha256 for bed_playlist in music.builtin() for track in bed_playlist.tracks] == [_hash(slug)]
    assert music.unmeasured() == (_hash(slug),)


def test_what_the_box_measured_itself_outlives_its_power(tmp_path: Path) -> None:
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / f"{_hash('it')}.opus").touch()
    kept = tmp_path / "levels.json"
    music = Music(tmp_path, SoundSettings(), TrackLevels(kept))
    assert music.unmeasured() == (_hash("it"),)
    music.keep(_hash("it"), level_of(-20.0))
    assert music.unmeasured() == ()
    again = Music(tmp_path, SoundSettings(), TrackLevels(kept))
    assert (again.unmeasured(), again.level(_hash("it"))) == ((), level_of(-20.0))


def test_levels_of_tracks_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    levels = TrackLevels(tmp_path / "levels.json")
    levels.keep("a" * 64, level_of(-20.0), ["a" * 64])
    levels.keep("b" * 64, level_of(-20.0), ["b" * 64])
    assert TrackLevels(tmp_path / "levels.json").get("a" * 64) is None
    assert TrackLevels(tmp_path / "levels.json").get("b" * 64) == level_of(-20.0)


@pytest.mark.parametrize(
    "contents", ["", "{", "[]", "3", '{"version": 0, "tracks": {}}', '{"version": 1, "tracks": {"a": {}}}', "\x00"]
)
def test_kept_levels_that_cannot_be_read_are_measured_again(
    tmp_path: Path, contents: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "levels.json"
    path.write_text(contents)
    assert TrackLevels(path).get("a" * 64) is None
    assert str(path) in caplog.text


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1e9, 41.0, "loud", None])
def test_a_level_that_no_sound_has_is_as_good_as_none(tmp_path: Path, number: object) -> None:
    entry = level_of(-20.0).entry() | {"a_mono_dbfs": number}
    with pytest.raises((ValueError, TypeError)):
        TrackLevel.of_entry(entry)
    music = _music(tmp_path, level_of(-20.0))
    found = json.loads((tmp_path / "index.json").read_text())
    found["tracks"]["it"]["level"] = entry
    (tmp_path / "index.json").write_text(json.dumps(found))
    assert music.level(_hash("it")) is None


def test_a_folder_without_an_index_has_no_playlists_and_careful_gains(tmp_path: Path) -> None:
    music = Music(tmp_path)
    assert (music.builtin(), music.adjustment(_hash("any")).gain_db < -15) == ((), True)


def test_an_entry_that_cannot_be_looked_at_hides_no_other_track(tmp_path: Path) -> None:
    music = _music(tmp_path, None)
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / f"{_hash('it')}.opus").touch()
    held = music.held()
    assert held == {_hash("it")}
    (tmp_path / "tracks" / "stray.opus").symlink_to("x" * 300)  # no file system has names so long
    assert music.held() == held
