"""What follows a track: the very next frame, or a crossfade before its end; and what comes between."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.speaker import Broke, Ended, Faded, Failed, Started
from firmware.speaker.chain.deck import EASE_FRAMES
from firmware.speaker.chain.frames import RATE
from firmware.speaker.player.ring import PERIOD
from tests.sound.speaker_bench import FULL_SCALE_DBA, HandBench, level_db, tone, write_flac
from tests.sound.test_speaker_decode import write_by_ffmpeg


def mp3_without_a_head(path: Path, seconds: float) -> Path:
    """Quiet and busy by turns at a variable rate, so that the first frames mislead about the length."""
    sound = noise(seconds, 4)
    sound[: len(sound) // 3] *= 0.001
    return write_by_ffmpeg(path, sound, RATE, "libmp3lame", write_xing="0", id3v2_version="0")


ATTACK = 2048  # frames that a start is given to reach its level
SPLIT = 2 * RATE + 333


def noise(seconds: float, seed: int, rms: float = 0.1) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Stereo noise."""
    samples = np.random.default_rng(seed).standard_normal((round(seconds * RATE), 2))
    return np.clip(rms * samples, -1, 1).astype(np.float32)


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tone cut in two at an odd frame, noises of one level, a short one."""
    folder = tmp_path_factory.mktemp("tracks")
    whole = tone(6.0)
    write_flac(folder / "whole.flac", whole)
    write_flac(folder / "first.flac", whole[:SPLIT])
    write_flac(folder / "second.flac", whole[SPLIT:])
    for seed in (1, 2, 3):
        write_flac(folder / f"noise{seed}.flac", noise(8.0, seed))
    return folder


def test_a_tone_cut_in_two_sounds_as_one(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "first.flac")
    bench.cue(2, tracks / "second.flac")
    bench.run(7 * RATE // PERIOD * PERIOD)
    heard = bench.device.heard[: 6 * RATE - EASE_FRAMES].astype(np.float64)
    plan, _ = soundfile.read(tracks / "whole.flac", frames=len(heard))
    plan *= 32767 * 10 ** ((70.0 - FULL_SCALE_DBA) / 20)
    assert np.abs(heard - plan)[ATTACK:].max() <= 2.0
    assert bench.reports == [Started(1), Started(2), Ended(1, SPLIT / RATE), Ended(2, (6 * RATE - SPLIT) / RATE)]


def test_what_follows_is_told_when_it_is_heard_and_not_before(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "first.flac")
    bench.cue(2, tracks / "second.flac")
    bench.run(SPLIT // PERIOD * PERIOD)
    assert bench.reports == [Started(1)]
    bench.run(PERIOD)
    assert bench.reports == [Started(1), Started(2)]


def test_a_crossfade_keeps_the_power_and_ends_with_the_track(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "noise1.flac")
    bench.cue(2, tracks / "noise2.flac", crossfade_s=4.0)
    bench.run(10 * RATE // PERIOD * PERIOD)
    assert bench.reports == [Started(1), Started(2), Ended(1, 8.0)]
    heard = bench.device.heard
    half = RATE // 2
    levels = [level_db(heard[at : at + half]) for at in range(half, 10 * RATE - half, half)]
    assert max(levels) - min(levels) < 0.3
    first, _ = soundfile.read(tracks / "noise1.flac")
    second, _ = soundfile.read(tracks / "noise2.flac")
    gain = 10 ** ((70.0 - FULL_SCALE_DBA) / 20)
    middle = slice(6 * RATE, 6 * RATE + 4800)
    way = (np.arange(6 * RATE, 6 * RATE + 4800) / RATE - 4.0) / 4.0 * np.pi / 2
    plan = np.cos(way)[:, None] * first[middle] + np.sin(way)[:, None] * second[2 * RATE : 2 * RATE + 4800]
    assert np.abs(heard[middle] - plan * gain * 32767).max() <= 3.0


def test_what_cannot_follow_is_told_in_time_and_the_track_plays_to_its_end(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "first.flac")
    bench.cue(2, tracks / "gone.flac")
    bench.run(SPLIT // PERIOD * PERIOD - RATE // 2)
    assert bench.reports == [Started(1), Failed(2, "gone.flac: no such file")]
    bench.cue(3, tracks / "second.flac")
    bench.run(RATE)
    assert bench.reports[2:] == [Started(3), Ended(1, SPLIT / RATE)]


def test_a_track_cut_short_is_eased_out_and_the_next_follows(tracks: Path, tmp_path: Path) -> None:
    whole = (tracks / "whole.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    bench = HandBench()
    bench.play(1, tmp_path / "cut.flac", level_dba=FULL_SCALE_DBA)
    bench.cue(2, tracks / "second.flac", crossfade_s=4.0)
    bench.run(5 * RATE // PERIOD * PERIOD)
    kinds = [type(report) for report in bench.reports]
    assert kinds == [Started, Broke, Started, Ended]
    # The tone's own steps; a track that broke off would step by its amplitude.
    steps = np.abs(np.diff(bench.device.heard.astype(np.int64), axis=0))
    assert steps.max() <= 0.3 * 32767 * 2 * np.pi * 440 / RATE * 1.5


def test_a_fade_goes_on_straight_in_db_through_what_follows(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "first.flac", level_dba=FULL_SCALE_DBA)
    bench.cue(2, tracks / "second.flac")
    bench.run(RATE // PERIOD * PERIOD)
    faded_at = RATE // PERIOD * PERIOD
    bench.engine.fade(3.0)
    bench.run(4 * RATE // PERIOD * PERIOD)
    heard = bench.device.heard
    for second in (0.5, 1.0, 2.0, 2.5):
        window = heard[faded_at + round(second * RATE) :][: RATE // 20]
        loss = level_db(tone(1.0) * 32767) - level_db(window)
        assert loss == pytest.approx(20 * (second + 0.025), abs=0.5), second
    assert not heard[faded_at + 3 * RATE + 2 * PERIOD :].any()
    assert [type(report) for report in bench.reports] == [Started, Started, Ended, Faded]


def test_a_play_in_the_fade_is_as_far_down_as_what_it_replaces(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "noise1.flac", level_dba=FULL_SCALE_DBA)
    bench.run(RATE // PERIOD * PERIOD)
    bench.engine.fade(6.0)
    bench.run(3 * RATE // PERIOD * PERIOD)
    bench.play(2, tracks / "noise2.flac", level_dba=FULL_SCALE_DBA, crossfade_s=0.5, in_fade=True)
    bench.run(4 * RATE // PERIOD * PERIOD)
    heard, half = bench.device.heard, RATE // 2
    levels = [level_db(heard[at : at + half]) for at in range(RATE, 6 * RATE, half)]
    assert np.diff(levels) == pytest.approx([-5.0] * (len(levels) - 1), abs=0.5)
    assert isinstance(bench.reports[-1], Faded)


@pytest.mark.parametrize("seconds", [5.0, 7.5])
def test_a_stop_around_a_crossfade_silences_both(tracks: Path, seconds: float) -> None:
    bench = HandBench()
    bench.play(1, tracks / "noise1.flac")
    bench.cue(2, tracks / "noise2.flac", crossfade_s=2.0)
    bench.run(round(seconds * RATE) // PERIOD * PERIOD)
    stopped_at = len(bench.device.heard)
    bench.engine.stop(0.15)
    bench.run(2 * RATE // PERIOD * PERIOD)
    assert not bench.device.heard[stopped_at + RATE * 15 // 100 + PERIOD :].any()
    assert bench.engine.is_silent
    assert not any(isinstance(report, Ended) for report in bench.reports)


def test_the_knob_moves_both_sides_of_a_crossfade(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "noise1.flac")
    bench.cue(2, tracks / "noise2.flac", crossfade_s=4.0)
    bench.run(6 * RATE // PERIOD * PERIOD)
    before = level_db(bench.device.heard[-RATE // 2 :])
    bench.engine.set_level(60.0)
    bench.run(RATE // PERIOD * PERIOD)
    assert level_db(bench.device.heard[-RATE // 2 :]) - before == pytest.approx(-10.0, abs=0.3)


def test_a_play_forgets_what_was_to_follow_even_when_it_was_made_ready(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "first.flac")
    bench.cue(2, tracks / "second.flac")
    bench.run(SPLIT // PERIOD * PERIOD - RATE // 4)  # the second track is rendered already
    bench.play(3, tracks / "noise1.flac")
    bench.run(2 * RATE // PERIOD * PERIOD)
    assert bench.reports == [Started(1), Started(3)]


def test_a_cue_is_replaced_even_when_the_first_was_made_ready(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "first.flac")
    bench.cue(2, tracks / "second.flac")
    bench.run(SPLIT // PERIOD * PERIOD - RATE // 4)
    bench.cue(3, tracks / "noise1.flac")
    bench.run(RATE // PERIOD * PERIOD)
    assert bench.reports == [Started(1), Started(3), Ended(1, SPLIT / RATE)]
    level = level_db(bench.device.heard[-RATE // 4 :])
    assert level - level_db(noise(1.0, 1) * 32767) == pytest.approx(70.0 - FULL_SCALE_DBA, abs=0.3)


def test_what_follows_long_after_a_fade_began_ends_with_it(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "whole.flac")
    bench.cue(2, tracks / "noise1.flac")
    bench.run(RATE // PERIOD * PERIOD)
    bench.engine.fade(6.0)
    bench.run(8 * RATE // PERIOD * PERIOD)
    assert [type(report) for report in bench.reports] == [Started, Started, Ended, Faded]
    assert bench.engine.is_silent


def test_a_track_that_breaks_off_is_ramped_down_over_its_last_20_ms(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "whole.wav", np.full((2 * RATE, 2), 0.3), RATE, subtype="PCM_16")
    (tmp_path / "cut.wav").write_bytes((tmp_path / "whole.wav").read_bytes()[: RATE * 4 + 44])
    bench = HandBench()
    bench.play(1, tmp_path / "cut.wav", level_dba=FULL_SCALE_DBA)
    bench.run(2 * RATE // PERIOD * PERIOD)
    heard = bench.device.heard.astype(np.int64)
    end = int(np.flatnonzero(np.abs(heard[:, 0]) > 2)[-1])
    assert abs(end - RATE) < RATE // 20
    assert np.abs(np.diff(heard[ATTACK:], axis=0)).max() < 0.02 * 0.3 * 32767


def test_a_track_without_a_head_is_counted_and_crosses_over_at_its_real_end(tracks: Path, tmp_path: Path) -> None:
    bench = HandBench()
    bench.play(1, mp3_without_a_head(tmp_path / "headless.mp3", 30.0))
    bench.cue(2, tracks / "noise2.flac", crossfade_s=4.0)
    bench.run(40 * RATE // PERIOD * PERIOD)
    ended = next(report for report in bench.reports if isinstance(report, Ended))
    assert bench.reports[:2] == [Started(1), Started(2)]
    assert ended.play_id == 1
    assert ended.heard_s == pytest.approx(30.0, abs=0.1)


def test_a_track_that_was_damaged_plays_to_its_end_and_says_so_once(tmp_path: Path) -> None:
    path = mp3_without_a_head(tmp_path / "hurt.mp3", 10.0)
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2 : len(contents) // 2 + 300] = bytes(300)
    path.write_bytes(contents)
    bench = HandBench()
    bench.play(1, path)
    bench.run(12 * RATE // PERIOD * PERIOD)
    _, hurt, ended = bench.reports
    assert isinstance(hurt, Broke)
    assert "damaged" in hurt.reason
    assert isinstance(ended, Ended)
    assert ended.heard_s == pytest.approx(10.0, abs=0.2)
