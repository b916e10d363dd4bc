"""The calibration's noise is as loud as it says, by another's meter, and pink."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from device.calibrate.pink_noise import LENGTH_S, pink_noise, write_wav
from playlists.starter.level import measure

RATE_HZ = 48_000


@pytest.fixture(scope="module", params=[False, True], ids=["stereo", "mono"])
def noise(request: pytest.FixtureRequest) -> NDArray[np.float32]:
    return pink_noise(mono=request.param)


def read_wav(path: Path) -> NDArray[np.float32]:
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (RATE_HZ, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).astype(np.float32) / 32768


def test_the_file_is_at_minus_20_lufs_by_ffmpegs_meter(noise: NDArray[np.float32], tmp_path: Path) -> None:
    write_wav(tmp_path / "noise.wav", noise)
    sound = read_wav(tmp_path / "noise.wav")
    assert len(sound) == LENGTH_S * RATE_HZ
    assert measure(np.tile(sound, (3, 1))).lufs == pytest.approx(-20.0, abs=0.02)  # the meter's own end counts less


def test_each_octave_has_the_same_power(noise: NDArray[np.float32]) -> None:
    power = (np.abs(np.fft.rfft(noise, axis=0)) ** 2).sum(axis=1)
    octaves = [power[60 * 40 * 2**n : 60 * 40 * 2 ** (n + 1)].sum() for n in range(8)]  # 40 Hz to 10 kHz
    assert np.ptp(10 * np.log10(octaves)) < 0.05
    assert power[: 60 * 19].sum() + power[60 * 20_001 :].sum() < 1e-6 * power.sum()


def test_nothing_is_clipped_and_its_end_runs_on_into_its_beginning(noise: NDArray[np.float32]) -> None:
    assert np.abs(noise).max() < 0.5
    steps = np.abs(np.diff(noise, axis=0))
    assert np.abs(noise[0] - noise[-1]).max() <= steps.max()


def test_mono_noise_loses_nothing_where_a_box_plays_the_mean_of_both_sides() -> None:
    noise = pink_noise(mono=True)
    assert np.array_equal(noise.mean(axis=1), noise[:, 0])


def test_stereo_noise_is_independent_on_both_sides_and_the_same_each_time() -> None:
    noise = pink_noise(mono=False)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.01
    assert np.array_equal(pink_noise(mono=False), noise)
