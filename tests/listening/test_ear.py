"""The ear itself: levels, clicks and tracks in sound that is made here, on music that is made here."""

import ast
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.listening.ear import Ear
from tests.listening.fitting import Lock, Window
from tests.listening.judge_level import dba
from tests.listening.recognise import Recogniser
from tests.listening.records import FULL_SCALE_DBA, RATE_HZ, WINDOW, WINDOW_S, Heard
from tests.listening.tracks import SCALE, Track
from tests.listening.weighting import AMeter, a_amplitude, pink_a_db, runs_of

Samples = NDArray[np.float32]
HERE = Path(__file__).parent
SECONDS = 14
CHUNK = 4096


def _music(seed: int) -> NDArray[np.int16]:
    """Notes that decay over a soft noise, -20 dB: a little like the starter music, and fast to make."""
    chance = np.random.default_rng(seed)
    time = np.arange(SECONDS * RATE_HZ, dtype=np.float32) / RATE_HZ
    sound = np.convolve(chance.normal(0, 0.05, len(time)), np.ones(48) / 48, "same").astype(np.float32)
    for begin in np.arange(0.0, SECONDS, 0.4):
        first, last = round(begin * RATE_HZ), min(len(time), round((begin + 2) * RATE_HZ))
        after = time[: last - first]
        hz = 220 * 2 ** (chance.integers(0, 24) / 12)
        sound[first:last] += np.sin(2 * np.pi * hz * after) * np.exp(-2 * after) * 0.15 * np.minimum(1, 200 * after)
    return np.rint(sound / np.abs(sound).max() * 0.5 * SCALE).astype(np.int16)


@pytest.fixture(scope="module")
def tracks() -> dict[str, Track]:
    return {name: Track(name, name.upper(), -20.0, _music(seed)) for seed, name in enumerate(("a", "b", "c", "d"))}


@pytest.fixture(scope="module")
def recogniser(tracks: dict[str, Track]) -> Recogniser:
    return Recogniser(tracks)


def _sink(sound: Samples) -> NDArray[np.int16]:
    """As the box writes it: both sides the same, each with its own dither, digital silence where there is nothing."""
    chance = np.random.default_rng(7)
    noise = chance.random((len(sound), 2)) - chance.random((len(sound), 2))
    return np.where(sound[:, None] == 0, 0, np.rint(sound[:, None] * SCALE + noise)).astype(np.int16)


def _hear(tracks: dict[str, Track], recogniser: Recogniser, sound: Samples) -> list[Heard]:
    ear = Ear(tracks, recogniser)
    frames = np.concatenate([_sink(sound), np.zeros((2 * RATE_HZ, 2), np.int16)])
    chunks: Iterable[int] = range(0, len(frames), CHUNK)
    return [heard for at in chunks for heard in ear.feed(frames[at : at + CHUNK], (at + CHUNK) / RATE_HZ)]


def test_the_ear_imports_nothing_of_the_product() -> None:
    for file in HERE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            product = {"firmware", "device", "playlists", "ward", "messages"} & {
                name.partition(".")[0] for name in names
            }
            assert not product, f"{file.name} imports {product}"


def test_the_a_curve_is_the_standards() -> None:
    """IEC 61672-1, table 3, at exact third octaves."""
    hz = np.array([31.623, 63.096, 125.89, 251.19, 501.19, 1000.0, 1995.3, 3981.1, 7943.3, 15849.0])
    wanted_db = [-39.4, -26.2, -16.1, -8.6, -3.2, 0.0, 1.2, 1.0, -1.1, -6.6]
    assert 20 * np.log10(a_amplitude(hz)) == pytest.approx(wanted_db, abs=0.06)


@pytest.mark.parametrize(("hz", "a_db"), [(1000.0, 0.0), (100.0, -19.1), (4000.0, 1.0)])
def test_a_sine_has_the_level_that_its_amplitude_says(hz: float, a_db: float) -> None:
    """Full scale stands for what pink noise of -20 LUFS assigns; a sine of amplitude x lies 20 lg x - 3 dB above it."""
    amplitude = 0.01
    sine = (amplitude * 32768 * np.sin(2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ)).astype(np.float32)
    cells = [energy for run in list(runs_of(sine))[1:-1] for energy in AMeter().energies(run)]
    wanted_dba = FULL_SCALE_DBA + 20 * math.log10(amplitude) - 3.01 + a_db - pink_a_db()
    assert dba(float(np.mean(cells))) == pytest.approx(wanted_dba, abs=0.1)


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_each_track_is_told_from_all_at_30_db_less_in_mono(
    tracks: dict[str, Track], recogniser: Recogniser, name: str
) -> None:
    sound = tracks[name].span(5 * RATE_HZ + 333, 6 * RATE_HZ) * np.float32(10 ** (-30 / 20))
    heard = [one for one in _hear(tracks, recogniser, sound) if not one.is_zero][10:-1]
    assert {(part.sha256, part.offset) for one in heard for part in one.parts} == {(name, 5 * RATE_HZ + 333)}
    assert [one.parts[0].gain_db for one in heard] == pytest.approx([-30] * len(heard), abs=0.05)


def test_a_gain_that_rises_is_followed(tracks: dict[str, Track], recogniser: Recogniser) -> None:
    ramp_db = np.linspace(-50, -30, 5 * RATE_HZ)
    sound = (tracks["a"].span(0, 5 * RATE_HZ) * 10 ** (ramp_db / 20)).astype(np.float32)
    heard = _hear(tracks, recogniser, sound)[4:18]
    for one in heard:
        assert one.parts[0].gain_db == pytest.approx(-50 + 4 * (one.frame / RATE_HZ + WINDOW_S / 2), abs=0.3)


def test_both_tracks_of_a_crossfade_are_heard(tracks: dict[str, Track], recogniser: Recogniser) -> None:
    angle = np.clip((np.arange(12 * RATE_HZ) / RATE_HZ - 4) / 4, 0, 1) * np.pi / 2
    leaving, entering = tracks["a"].span(0, len(angle)), tracks["b"].span(-4 * RATE_HZ, len(angle))
    sound = ((leaving * np.cos(angle) + entering * np.sin(angle)) * 10 ** (-35 / 20)).astype(np.float32)
    by_second = {one.frame / RATE_HZ: {part.sha256 for part in one.parts} for one in _hear(tracks, recogniser, sound)}
    assert (by_second[3.0], by_second[6.0], by_second[9.0]) == ({"a"}, {"a", "b"}, {"b"})
    assert not [one for one in _hear(tracks, recogniser, sound)[:46] if one.click]


def test_a_third_track_is_heard_within_a_crossfade(tracks: dict[str, Track], recogniser: Recogniser) -> None:
    frames = 10 * RATE_HZ
    one, two, three = (tracks[name].span(-begin * RATE_HZ, frames) for name, begin in (("a", 0), ("b", 3), ("c", 5)))
    time = np.arange(frames) / RATE_HZ
    first, second = (np.clip((time - begin) / 4, 0, 1) * np.pi / 2 for begin in (3, 5))
    sound = (one * np.cos(first) + two * np.sin(first)) * np.cos(second) + three * np.sin(second)
    heard = _hear(tracks, recogniser, (sound * 10 ** (-35 / 20)).astype(np.float32))
    assert {part.sha256 for part in heard[26].parts} == {"a", "b", "c"}  # 6.5 s


def test_a_place_that_was_not_exact_while_the_track_was_faint_is_corrected_and_not_taken_twice(
    tracks: dict[str, Track], recogniser: Recogniser
) -> None:
    """Two places of soft music near each other would explain it together, each by half."""
    sound = (0.7 * tracks["a"].span(0, 4 * WINDOW) + 0.7 * tracks["b"].span(0, 4 * WINDOW)) * np.float32(SCALE / 32)
    asked = [Window(first, sound[first : first + WINDOW], is_zero=False) for first in range(0, 4 * WINDOW, WINDOW)]
    ear, inexact = Ear(tracks, recogniser), [Lock("a", 0), Lock("b", 4)]
    ear._locks = list(inexact)
    assert ear._accept(asked, inexact, ear._rest_of(asked, inexact), [("b", -4)])
    assert [(lock.sha256, lock.offset) for lock in ear._locks] == [("a", 0), ("b", 0)]


def test_two_tracks_that_begin_together_are_heard(tracks: dict[str, Track], recogniser: Recogniser) -> None:
    angle = np.clip(np.arange(5 * RATE_HZ) / RATE_HZ / 4, 0, 1) * np.pi / 2
    leaving, entering = tracks["a"].span(0, len(angle)), tracks["b"].span(-4000, len(angle))
    sound = ((leaving * np.cos(angle) + entering * np.sin(angle)) * 10 ** (-35 / 20)).astype(np.float32)
    assert {part.sha256 for part in _hear(tracks, recogniser, sound)[8].parts} == {"a", "b"}


def test_music_that_is_no_track_is_not_taken_for_one(tracks: dict[str, Track], recogniser: Recogniser) -> None:
    strange = (_music(99)[: 5 * RATE_HZ] / SCALE * 10 ** (-30 / 20)).astype(np.float32)
    assert not any(one.is_sure for one in _hear(tracks, recogniser, strange))


def test_a_wrong_place_of_the_right_track_is_refused(tracks: dict[str, Track], recogniser: Recogniser) -> None:
    sound = tracks["a"].span(7 * RATE_HZ, RATE_HZ)
    assert recogniser.find(sound)[0].first == 7 * RATE_HZ
    assert not recogniser.find(sound[::-1].copy())


@pytest.mark.parametrize("size", [30, 60])
def test_a_step_that_the_music_does_not_have_is_a_click(
    tracks: dict[str, Track], recogniser: Recogniser, size: int
) -> None:
    sound = tracks["a"].span(0, 6 * RATE_HZ) * np.float32(10 ** (-35 / 20))
    sound[3 * RATE_HZ + 100 :] += np.float32(size / SCALE)
    found = [one.click for one in _hear(tracks, recogniser, sound) if one.click]
    assert abs(found[0].frame - 3 * RATE_HZ - 100) <= 48
    assert len(found) <= 2  # the end of the sound is a step, too: it was raised


def test_a_track_cut_off_is_a_click(tracks: dict[str, Track], recogniser: Recogniser) -> None:
    sound = tracks["a"].span(0, 6 * RATE_HZ) * np.float32(10 ** (-35 / 20))
    loud = int(np.argmax(np.abs(sound[4 * RATE_HZ : 5 * RATE_HZ]))) + 4 * RATE_HZ
    sound[loud:] = 0
    assert [one for one in _hear(tracks, recogniser, sound) if one.click]


def test_a_window_read_late_is_dated_by_what_came_in_time(tracks: dict[str, Track], recogniser: Recogniser) -> None:
    ear = Ear(tracks, recogniser)
    frames = _sink(tracks["a"].span(0, 8 * RATE_HZ))
    heard = []
    for at in range(0, len(frames), CHUNK):
        came = (at + CHUNK) / RATE_HZ
        heard += ear.feed(
            frames[at : at + CHUNK], 4.0 if 3.0 < came < 4.0 else came
        )  # a reader that slept for a second
    assert [one.at for one in heard] == pytest.approx([one.frame / RATE_HZ for one in heard], abs=0.03)
    assert not any(one.torn for one in heard)
