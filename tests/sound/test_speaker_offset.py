"""A constant offset in a recording: taken out, and a recording without one left alone to the bit."""

from pathlib import Path

import numpy as np
import pytest

from firmware.speaker.chain.frames import RATE
from firmware.speaker.player.decode import TrackFile
from firmware.speaker.player.direct_current import UNHEARD
from tests.sound.speaker_bench import tone, write_flac
from tests.sound.test_speaker_decode import read_all


@pytest.mark.parametrize("offset", [0.01, 0.1, -0.3])
def test_an_offset_is_gone_from_the_first_sample_on(tmp_path: Path, offset: float) -> None:
    heard = read_all(TrackFile.open(write_flac(tmp_path / "track.flac", tone(5.0) + np.float32(offset))))
    left = (heard - tone(5.0)).mean(axis=1)
    assert np.abs(left).max() <= UNHEARD + 0.002
    assert np.abs(np.diff(left)).max() < 1e-5


def test_an_offset_under_a_bass_note_is_gone_within_seconds(tmp_path: Path) -> None:
    music = tone(12.0, hz=45.0, peak=0.4)
    heard = read_all(TrackFile.open(write_flac(tmp_path / "track.flac", music + np.float32(0.05))))
    assert np.abs((heard - music)[8 * RATE :].mean(axis=0)).max() <= UNHEARD + 0.002


@pytest.mark.parametrize("hz", [60.0, 94.0, 110.0, 440.0, 5000.0])
def test_a_recording_without_an_offset_is_left_alone(tmp_path: Path, hz: float) -> None:
    music = (np.round(tone(3.0, hz=hz) * 2**23) / 2**23).astype(np.float32)
    heard = read_all(TrackFile.open(write_flac(tmp_path / "track.flac", music)))
    np.testing.assert_array_equal(heard, music)


def test_noise_is_left_alone(tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(1).standard_normal((5 * RATE, 2))
    music = (np.round(noise * 2**23) / 2**23).astype(np.float32)
    heard = read_all(TrackFile.open(write_flac(tmp_path / "track.flac", music)))
    np.testing.assert_array_equal(heard, music)


@pytest.mark.parametrize("hz", [23.4, 30.0, 45.0])
def test_the_lowest_notes_are_hardly_taken_for_an_offset(tmp_path: Path, hz: float) -> None:
    taken = read_all(TrackFile.open(write_flac(tmp_path / "track.flac", tone(3.0, hz=hz)))) - tone(3.0, hz=hz)
    assert np.abs(taken).max() < 0.3 * 0.03  # 30 dB under the note, and slower than anything that is heard
    assert np.abs(np.diff(taken, axis=0)).max() < 1e-5


def test_nothing_depends_on_how_much_is_read_at_once(tmp_path: Path) -> None:
    path = write_flac(tmp_path / "track.flac", tone(2.0) + np.float32(0.1))
    np.testing.assert_array_equal(read_all(TrackFile.open(path), 4096), read_all(TrackFile.open(path), 777))
