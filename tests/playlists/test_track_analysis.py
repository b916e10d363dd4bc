"""What is measured of a track, and that a box which plays it by that gives the level that it says.

The recordings are synthetic, of many kinds; `tests.benchmarks.levels` does the same for a folder of real ones.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from firmware.speaker import OutputProfile
from firmware.speaker.chain import presence_boost, weighting
from playlists.analysis import RATE, a_power, analyse, lift_power
from playlists.track_level import (
    MOST_BOOST_DB,
    PRESENCE_MOST_DB,
    REFERENCE_A_DBFS,
    SILENT_DBFS,
    UNMEASURED_A_DBFS,
    MonoMix,
    TrackLevel,
    gain_db,
)
from tests.benchmarks.levels import find
from tests.sound.level_meter import gated_and_whole_db

SECONDS = 5
Samples = NDArray[np.float32]
AT = np.arange(SECONDS * RATE) / RATE


def noise(seed: int, slope: float, low_hz: float = 30.0, high_hz: float = 16_000.0) -> NDArray[np.float64]:
    """Noise between two pitches, its power falling as a power of the pitch; 1.0 RMS."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(AT)))
    hz = np.maximum(np.fft.rfftfreq(len(AT), 1 / RATE), 1.0)
    spectrum *= hz ** (-slope / 2) * ((hz > low_hz) & (hz < high_hz))
    sound = np.fft.irfft(spectrum, len(AT))
    return np.asarray(sound / sound.std())


def both(left: NDArray[np.float64], right: NDArray[np.float64] | None = None) -> Samples:
    return np.stack([left, left if right is None else right], axis=1).astype(np.float32)


def notes() -> Samples:
    swells = 0.5 * (1 - np.cos(2 * np.pi * AT / 2))
    return both(0.1 * swells * sum(np.sin(2 * np.pi * hz * AT) for hz in (110, 220, 330, 660)))


def with_a_long_silence() -> Samples:
    return notes() * (AT < 2)[:, np.newaxis]


def changing_sides() -> Samples:
    """Alike on both sides, then reversed, four times."""
    sound = 0.1 * noise(3, 1.0)
    return both(sound, sound * np.where(AT % 4 < 2, 1, -1))


def bass_that_cancels() -> Samples:
    bass, song = 0.2 * noise(4, 1.0, 40, 200), 0.1 * noise(5, 1.0, 300)
    return both(song + bass, song - bass)


KINDS: dict[str, Callable[[], Samples]] = {
    "pink": lambda: both(0.1 * noise(1, 1.0)),
    "bass": lambda: both(0.3 * noise(1, 2.0, 30, 200)),
    "bright": lambda: both(0.05 * noise(1, 0.0, 1000)),
    "notes": notes,
    "with a long silence": with_a_long_silence,
    "quiet": lambda: both(0.002 * noise(1, 1.0)),
    "clipped, 12 dB too loud": lambda: np.clip(4 * both(0.3 * noise(1, 1.0)), -1, 1),
    "as loud as files of floats can be": lambda: both(2.0 * noise(1, 1.0)),
    "wide": lambda: both(0.1 * noise(1, 1.0), 0.1 * noise(2, 1.0)),
    "of reversed polarity": lambda: notes() * np.array([1, -1], np.float32),
    "nearly of reversed polarity": lambda: both(0.1 * noise(1, 1.0), -0.09 * noise(1, 1.0) + 0.01 * noise(2, 1.0)),
    "only left": lambda: both(0.1 * noise(1, 1.0), 0 * AT),
    "only right": lambda: both(0 * AT, 0.1 * noise(1, 1.0)),
    "left and right by turns": lambda: both(0.1 * noise(1, 1.0) * (AT % 2 < 1), 0.1 * noise(2, 1.0) * (AT % 2 >= 1)),
    "changing sides": changing_sides,
    "bass that cancels": bass_that_cancels,
}


MONO, STEREO, LIFTED = (True, False), (False, False), (True, True)
ONE_SPEAKER = [(kind, *MONO) for kind in KINDS]
OTHERS = [(kind, *way) for way in (STEREO, LIFTED) for kind in ("bass", "bright", "of reversed polarity", "only left")]


@pytest.mark.parametrize(("kind", "mono", "lifted"), [*ONE_SPEAKER, *OTHERS])
def test_a_box_gives_the_level_that_it_says_whatever_the_recording(
    tmp_path: Path, kind: str, mono: bool, lifted: bool
) -> None:
    path = tmp_path / "track.wav"
    soundfile.write(path, KINDS[kind](), RATE, subtype="FLOAT")
    found = find(path, OutputProfile(85.0, ceiling_dba=60.0, mono=mono, presence=lifted), 45.0)
    wanted_db = 0.0
    if kind == "quiet":  # so much is not made up for
        wanted_db = min(0.0, found.level.a_dbfs(mono=mono, presence=lifted) + MOST_BOOST_DB - REFERENCE_A_DBFS)
    assert found.off_db == pytest.approx(wanted_db, abs=0.5)


def mix_of(samples: Samples) -> MonoMix:
    return analyse([samples]).mono_mix


@pytest.mark.parametrize(
    ("kind", "mixes"),
    [
        ("pink", {MonoMix.SUM}),
        ("wide", {MonoMix.SUM}),
        ("only left", {MonoMix.SUM}),
        ("left and right by turns", {MonoMix.SUM}),
        ("of reversed polarity", {MonoMix.DIFFERENCE}),
        ("nearly of reversed polarity", {MonoMix.DIFFERENCE}),
        ("changing sides", {MonoMix.LEFT, MonoMix.RIGHT}),
        ("bass that cancels", {MonoMix.LEFT, MonoMix.RIGHT}),
    ],
)
def test_the_mix_for_one_speaker_is_one_in_which_nothing_is_lost(kind: str, mixes: set[MonoMix]) -> None:
    assert mix_of(KINDS[kind]()) in mixes


def test_a_recording_with_one_side_reversed_loses_neither_side() -> None:
    middle, left, right = 0.1 * noise(1, 1.0), 0.05 * noise(2, 1.0), 0.05 * noise(3, 1.0)
    assert mix_of(both(middle + left, -(middle + right))) is MonoMix.DIFFERENCE


def test_a_moment_that_cancels_does_not_cost_a_recording_one_of_its_sides() -> None:
    sound = 0.1 * noise(1, 1.0)
    assert mix_of(both(sound, sound * np.where(AT < 0.2, -1, 1))) is MonoMix.SUM


def test_silence_has_a_level_and_a_mix() -> None:
    for samples in (np.zeros((RATE, 2), np.float32), np.zeros((0, 2), np.float32)):
        level = analyse([samples])
        assert (level.a_mono_dbfs, level.a_stereo_dbfs, level.mono_mix) == (SILENT_DBFS, SILENT_DBFS, MonoMix.SUM)
    assert analyse([]).true_peak == SILENT_DBFS


def test_what_is_no_number_is_measured_as_the_chain_plays_it() -> None:
    samples = notes()
    samples[1000:1010] = np.nan
    samples[2000] = np.inf
    level = analyse([samples])
    assert level.true_peak < 20
    assert TrackLevel.of_entry(level.entry()).mono_mix is level.mono_mix


def test_runs_of_any_length_measure_the_same() -> None:
    samples = notes()
    cuts = np.random.default_rng(1).integers(0, len(samples), 40)
    assert analyse(np.split(samples, np.sort(cuts))) == analyse([samples])


@pytest.mark.parametrize("kind", ["pink", "notes", "with a long silence", "wide", "only left"])
def test_the_measured_level_is_a_meters(kind: str) -> None:
    samples = KINDS[kind]()
    level = analyse([samples])
    assert level.a_stereo_dbfs == pytest.approx(gated_and_whole_db(samples * 32767)[0], abs=0.4)
    mono = samples @ np.array([[f] for f in level.mono_mix.factors], np.float32)
    assert level.a_mono_dbfs == pytest.approx(gated_and_whole_db(mono * 32767)[0], abs=0.4)


def test_a_peak_between_two_samples_is_seen() -> None:
    # BS.1770-4, annex 2: a tone at a quarter of the rate whose samples all miss its peaks by 45 degrees
    tone = 0.5 * np.sin(2 * np.pi * RATE / 4 * AT + np.pi / 4)
    assert analyse([both(tone)]).true_peak == pytest.approx(-6.02, abs=0.3)


def test_the_curves_are_the_chains() -> None:
    hz = np.geomspace(10, 24_000, 5000)
    np.testing.assert_allclose(a_power(hz), weighting.a_power(hz), rtol=1e-9)
    np.testing.assert_allclose(10 * np.log10(lift_power(hz)), presence_boost.lift_db(hz), atol=1e-9)


def test_the_reference_is_the_noise_that_a_box_is_calibrated_with() -> None:
    assert pytest.approx(weighting.pink_a_db(), abs=0.005) == REFERENCE_A_DBFS


def test_no_recording_of_minus_5_lufs_is_louder_than_what_was_not_measured_is_taken_for() -> None:
    hz = np.geomspace(10, 24_000, 5000)
    above_k_db = 10 * np.log10(weighting.a_power(hz) / weighting.k_power(hz)).max()
    assert -5.0 + 0.691 - 10 * np.log10(2) + above_k_db <= UNMEASURED_A_DBFS + 0.05
    unmeasured_db = gain_db(None, mono=True, presence=False)
    assert unmeasured_db - gain_db(None, mono=True, presence=True) == PRESENCE_MOST_DB
