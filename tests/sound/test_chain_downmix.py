"""Two channels into one: as measured, or found out while it plays."""

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.speaker.chain.downmix import SUM, Downmix, Factors
from firmware.speaker.chain.frames import BLOCK, RATE

AT = np.arange(2 * RATE) / RATE
SONG = (0.3 * np.sin(2 * np.pi * 220 * AT)).astype(np.float32)
Samples = NDArray[np.float32]


def folded(left: Samples, right: Samples, factors: Factors | None = None, run: int = BLOCK) -> Samples:
    """What a box plays of it, given in runs as decks read."""
    samples, downmix = np.stack([left, right], axis=1), Downmix(factors)
    for begin in range(0, len(samples), run):
        downmix.fold(samples[begin : begin + run])
    assert np.array_equal(samples[:, 0], samples[:, 1])
    return samples[:, 0]


def level_db(samples: Samples, seconds: float = 0.1) -> NDArray[np.float64]:
    frames = int(seconds * RATE)
    windows = samples[: len(samples) // frames * frames].reshape(-1, frames).astype(np.float64)
    return np.asarray(10 * np.log10((windows**2).mean(axis=1) + 1e-12))


@pytest.mark.parametrize("factors", [(0.5, 0.5), (0.5, -0.5), (1.0, 0.0), (0.0, 1.0)])
def test_what_was_measured_is_kept_to(factors: Factors) -> None:
    left, right = SONG, np.roll(SONG, 37) * np.float32(0.5)
    wanted = np.float32(factors[0]) * left + np.float32(factors[1]) * right
    np.testing.assert_array_equal(folded(left, right, factors), wanted)


@pytest.mark.parametrize("run", [256, 1000, BLOCK])
@pytest.mark.parametrize("right", [-SONG, -0.8 * SONG, -1.25 * SONG], ids=["anti", "left louder", "right louder"])
def test_a_track_that_nobody_measured_is_not_silent_where_its_sides_cancel(right: Samples, run: int) -> None:
    levels = level_db(folded(SONG, right.astype(np.float32), run=run))
    assert levels[2:].min() > level_db(SONG).min() - 0.5


def test_a_track_that_nobody_measured_is_added_up_where_nothing_cancels() -> None:
    other = np.random.default_rng(1).standard_normal(len(SONG)).astype(np.float32) * np.float32(0.2)
    for left, right in ((SONG, SONG), (SONG, other), (SONG, 0 * SONG), (0 * SONG, SONG), (0 * SONG, 0 * SONG)):
        np.testing.assert_array_equal(folded(left, right), folded(left, right, SUM))


def test_a_track_that_begins_to_cancel_in_the_middle_goes_on_without_a_click() -> None:
    mono = folded(SONG, SONG * np.where((AT > 0.5) & (AT < 1.2), -1, 1).astype(np.float32), run=1024)
    softer_s = 0.1 * int((level_db(mono) < level_db(SONG).min() - 3).sum())
    assert softer_s < 0.35, "so long it takes to be sure"
    steps = np.abs(np.diff(mono))
    polarity_flips = np.isin(
        np.arange(len(steps)), np.flatnonzero(np.diff(np.sign(AT - 0.5)) + np.diff(np.sign(AT - 1.2)))
    )
    assert steps[~polarity_flips].max() < 2 * np.abs(np.diff(SONG)).max()


def test_runs_without_a_frame_change_nothing() -> None:
    downmix = Downmix(None)
    downmix.fold(np.zeros((0, 2), np.float32))
    samples = np.stack([SONG, SONG], axis=1)
    downmix.fold(samples)
    np.testing.assert_array_equal(samples[:, 0], SONG)
