"""The curves against their standards' own figures, and the reference noise against FFmpeg's meter."""

import numpy as np
import pytest

from firmware.speaker.chain.frames import RATE
from firmware.speaker.chain.presence_boost import lift_db
from firmware.speaker.chain.weighting import A_MOST_DB, TAPS, a_filter, a_over_difference, a_power, k_power, pink_a_db
from playlists.starter.level import measure
from tests.sound.level_meter import a_weighted


@pytest.mark.parametrize(  # IEC 61672-1, table 3
    ("hz", "db"), [(31.5, -39.4), (63, -26.2), (125, -16.1), (500, -3.2), (1000, 0.0), (2500, 1.3), (8000, -1.1)]
)
def test_the_a_curve_is_the_standards(hz: float, db: float) -> None:
    exact_hz = 1000 * 10 ** (round(10 * np.log10(hz / 1000)) / 10)
    assert 10 * np.log10(a_power(np.array([exact_hz])))[0] == pytest.approx(db, abs=0.06)


def test_a_weighting_never_adds_more_than_the_bound_says() -> None:
    assert 10 * np.log10(a_power(np.geomspace(10, 24_000, 5000))).max() < A_MOST_DB


def test_the_difference_of_samples_bounds_the_a_curve_at_every_pitch() -> None:
    hz = np.geomspace(10, 24_000, 7001)
    difference = (2 * np.sin(np.pi * hz / RATE)) ** 2
    assert (a_power(hz) <= 1.0001 * a_over_difference() * difference).all()


def test_a_tone_of_997_hz_at_full_scale_in_one_channel_is_minus_3_lufs() -> None:
    # BS.1770-4: a 0 dBFS sine of 997 Hz in one front channel reads -3.01 LKFS.
    power = 0.5 * k_power(np.array([997.0]))[0]
    assert -0.691 + 10 * np.log10(power) == pytest.approx(-3.01, abs=0.01)


def test_the_filter_follows_the_curve_within_a_tenth_of_a_db() -> None:
    hz = np.fft.rfftfreq(2 * TAPS, 1 / RATE)
    heard = np.abs(a_filter()[: TAPS + 1]) ** 2
    audible = (hz > 50) & (hz < 20_000)
    assert np.abs(10 * np.log10(heard[audible] / a_power(hz[audible]))).max() < 0.1


def test_pink_noise_of_minus_20_lufs_measures_as_the_formula_says() -> None:
    noise = np.random.default_rng(7).standard_normal((60 * RATE, 2))
    spectrum = np.fft.rfft(noise, axis=0)
    hz = np.fft.rfftfreq(len(noise), 1 / RATE)
    spectrum[(hz < 20) | (hz > 20_000)] = 0
    spectrum[1:] /= np.sqrt(hz[1:, np.newaxis])
    pink = np.fft.irfft(spectrum, axis=0)
    pink *= 0.05 / pink.std()
    lufs = measure(pink.astype(np.float32)).lufs
    a_db = 10 * np.log10((a_weighted(pink * 32767) ** 2).mean())
    assert a_db - lufs + -20.0 == pytest.approx(pink_a_db(), abs=0.2)


def test_the_presence_shelf_lifts_2_to_4_khz_by_6_db_and_leaves_the_rest() -> None:
    assert lift_db(np.array([2000.0, 2828.0, 4000.0])) == pytest.approx([6.0, 6.0, 6.0])
    assert lift_db(np.array([50.0, 1000.0, 8000.0])) == pytest.approx([0.0, 0.0, 0.0])
