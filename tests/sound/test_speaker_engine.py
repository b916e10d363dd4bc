"""The engine on a device moved by hand: every frame it lets sound, against a plan made apart from it."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware.speaker import Broke, Ended, Faded, Failed, Started
from firmware.speaker.chain.frames import CELL, RATE, RING_FRAMES
from firmware.speaker.player.ring import LOW_FRAMES, PERIOD, REFILL_FRAMES
from tests.sound.speaker_bench import (
    FULL_SCALE_DBA,
    HandBench,
    HandDevice,
    first_sound,
    level_db,
    tone,
    write_flac,
    write_opus,
)

ATTACK = 2048  # frames that a start is given to reach its level


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tracks: long.flac, long.opus (28 s: three times round the ring), short.flac (1 s)."""
    folder = tmp_path_factory.mktemp("tracks")
    write_flac(folder / "long.flac", tone(28.0))
    write_opus(folder / "long.opus", tone(28.0))
    write_flac(folder / "short.flac", tone(1.0, hz=997.0))
    write_flac(folder / "quiet.flac", tone(24.0, hz=997.0, peak=0.01))
    return folder


def planned(path: Path, frames: int, gain_db: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """What shall be heard: the file's samples times a gain, before rounding."""
    samples, _ = soundfile.read(path, frames=frames)
    return np.asarray(samples * np.reshape(10 ** (np.asarray(gain_db) / 20), (-1, 1)) * 32767)


@pytest.mark.parametrize("name", ["long.flac", "long.opus"])
def test_three_times_round_the_ring_sounds_as_an_offline_render(tracks: Path, name: str) -> None:
    bench = HandBench()
    bench.play(1, tracks / name)
    bench.run(3 * RING_FRAMES // PERIOD * PERIOD)
    heard = bench.device.heard
    plan = planned(tracks / name, len(heard), 70.0 - FULL_SCALE_DBA)
    assert np.abs(heard - plan)[ATTACK:].max() <= 2.0


MOVES = st.lists(st.tuples(st.integers(1, 45), st.floats(40, 76)), min_size=1, max_size=8)


@settings(max_examples=15, deadline=None)
@given(MOVES)
def test_a_knob_turned_at_any_moment_sounds_as_planned_from_the_next_period_on(
    tracks: Path, moves: list[tuple[int, float]]
) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac")
    bends_at, bends_db, at = [0.0], [70.0], 0
    for periods, level_dba in moves:
        bench.run(periods * PERIOD)
        at += periods * PERIOD
        before = float(np.interp(at, bends_at, bends_db))
        keep = [i for i, frame in enumerate(bends_at) if frame < at]
        bends_at, bends_db = [bends_at[i] for i in keep], [bends_db[i] for i in keep]
        takes = 512 if level_dba <= before else (level_dba - before) / 3.0 * RATE
        bends_at += [at, at + takes]
        bends_db += [before, level_dba]
        bench.engine.set_level(level_dba)
    bench.run(30 * PERIOD)
    heard = bench.device.heard
    gain_db = np.interp(np.arange(len(heard)), bends_at, bends_db) - FULL_SCALE_DBA
    # A fall of 36 dB in 11 ms is straight in amplitude between exact points: loosely compared in itself.
    falling = np.abs(np.diff(gain_db, prepend=gain_db[0])) > 10.0 / RATE
    steady = ~np.convolve(falling, np.ones(512), "same").astype(bool)
    # So is a bend that lies between two of them.
    for bend in bends_at:
        steady[max(0, int(bend) - 256) : int(bend) + 256] = False
    steady[:ATTACK] = False
    plan = planned(tracks / "long.flac", len(heard), gain_db)
    assert np.abs(heard - plan)[steady].max() <= 2.0


def test_a_fade_is_straight_in_db_down_to_minus_60_then_silence(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "quiet.flac", level_dba=FULL_SCALE_DBA)
    bench.run(10 * PERIOD)
    bench.engine.fade(20.0)
    bench.run(22 * RATE // PERIOD * PERIOD)
    heard = bench.device.heard[10 * PERIOD :, 0].astype(np.float64)
    window = RATE // 2
    carrier = np.exp(-2j * np.pi * 997.0 * np.arange(window) / RATE)
    for begin in range(0, 20 * RATE - window + 1, window):
        amplitude = 2 * abs(np.vdot(carrier.conj(), heard[begin : begin + window])) / window
        falls = 3.0 * np.arange(begin, begin + window) / RATE
        expected = 0.01 * 32767 * np.mean(10 ** (-falls / 20))
        assert 20 * np.log10(amplitude / expected) == pytest.approx(0.0, abs=0.5), begin / RATE
    assert not heard[20 * RATE + 4 * PERIOD :].any()
    started, faded = bench.reports
    assert started == Started(1)
    assert isinstance(faded, Faded)
    assert faded.heard_s == pytest.approx(20.0 + 10 * PERIOD / RATE, abs=0.05)


def test_the_level_is_where_it_was_when_a_fade_is_followed_by_a_play(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac", level_dba=60.0)
    bench.run(RATE // PERIOD * PERIOD)
    bench.engine.fade(2.0)
    bench.run(RATE // PERIOD * PERIOD)
    bench.play(2, tracks / "long.flac", level_dba=60.0)
    bench.run(RATE // PERIOD * PERIOD)
    before, after = bench.device.heard[RATE // 2 : RATE - 2048], bench.device.heard[-RATE // 2 :]
    assert level_db(after) == pytest.approx(level_db(before), abs=0.1)


def test_the_end_is_told_when_the_last_sample_was_heard_and_not_before(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "short.flac")
    bench.run(47 * PERIOD)  # the mixer has the last sample, the listener has not
    assert bench.reports == [Started(1)]
    bench.run(PERIOD)
    assert bench.reports == [Started(1), Ended(1, 1.0)]
    assert np.flatnonzero(bench.device.heard.any(axis=1))[-1] == pytest.approx(RATE, abs=2)


def test_a_stop_ramps_down_then_exact_zeros_and_no_further_report(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac", level_dba=FULL_SCALE_DBA)
    bench.run(20 * PERIOD)
    bench.engine.stop(0.15)
    bench.run(100 * PERIOD)
    heard = bench.device.heard.astype(np.int64)
    silent_from = 20 * PERIOD + round(0.15 * RATE) + 1024
    assert not heard[silent_from:].any()
    assert heard[20 * PERIOD + RATE // 20].any()
    # The tone's own steps reach 0.3 * 2 pi * 440 / 48000 of full scale; a click would be larger.
    assert np.abs(np.diff(heard, axis=0)).max() <= 0.3 * 32767 * 2 * np.pi * 440 / RATE + 20
    assert bench.reports == [Started(1)]
    assert bench.engine.wait_s() is None
    assert not bench.device.ring.any()


def test_a_late_stop_and_a_second_stop_do_nothing(tracks: Path) -> None:
    bench = HandBench()
    bench.engine.stop(0.15)
    bench.engine.fade(1.0)
    bench.engine.set_level(50.0)
    bench.play(1, tracks / "short.flac")
    bench.engine.stop(0.05)
    bench.engine.stop(10.0)
    bench.run(10 * PERIOD)
    assert bench.engine.is_silent
    bench.engine.stop(0.15)
    assert bench.reports == [Started(1)]


def test_a_play_while_another_plays_takes_its_place_at_once(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac")
    bench.run(20 * PERIOD)
    bench.play(2, tracks / "short.flac")
    bench.run(80 * PERIOD)
    heard = bench.device.heard
    settled = slice(28 * PERIOD, 20 * PERIOD + RATE - 5 * CELL)
    plan = planned(tracks / "short.flac", RATE, 70.0 - FULL_SCALE_DBA)
    assert np.abs(heard[settled] - plan[8 * PERIOD : -5 * CELL]).max() <= 2.0
    assert bench.reports == [Started(1), Started(2), Ended(2, 1.0)]


def test_a_play_during_a_stop_is_heard_and_the_stop_takes_only_the_old_one(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac")
    bench.run(20 * PERIOD)
    bench.engine.stop(0.3)
    bench.run(4 * PERIOD)
    bench.play(2, tracks / "short.flac")
    bench.run(80 * PERIOD)
    assert bench.reports == [Started(1), Started(2), Ended(2, 1.0)]


def test_a_play_that_fails_leaves_nothing_playing(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac")
    bench.run(20 * PERIOD)
    bench.play(2, tracks / "gone.opus")
    bench.run(10 * PERIOD)
    assert bench.reports == [Started(1), Failed(2, "gone.opus: no such file")]
    assert bench.engine.is_silent


def test_a_file_cut_short_plays_what_there_is_and_ends(tracks: Path, tmp_path: Path) -> None:
    whole = (tracks / "long.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 5])
    bench = HandBench()
    bench.play(1, tmp_path / "cut.flac")
    bench.run(9 * RATE)
    started, broke, ended = bench.reports
    assert started == Started(1)
    assert isinstance(broke, Broke)
    assert broke.reason.startswith("cut.flac: is cut short after ")
    assert isinstance(ended, Ended)
    assert 4.0 < ended.heard_s < 7.0
    plan = planned(tracks / "long.flac", 2 * RATE, 70.0 - FULL_SCALE_DBA)
    assert np.abs(bench.device.heard[: 2 * RATE] - plan)[ATTACK:].max() <= 2.0


def test_a_cut_header_fails_and_the_next_track_plays(tracks: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.opus").write_bytes((tracks / "long.opus").read_bytes()[:60])
    bench = HandBench()
    bench.play(1, tmp_path / "cut.opus")
    (failed,) = bench.reports
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("cut.opus: ")
    bench.play(2, tracks / "long.opus")
    assert bench.reports[1:] == [Started(2)]


def test_a_start_rises_to_its_level_straight_in_db(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac", level_dba=70.0, rise_s=5.0)
    bench.run(6 * RATE // PERIOD * PERIOD)
    heard = bench.device.heard
    assert first_sound(heard, 0) < RATE // 100
    stands = 2048
    for second in (0.0, 1.0, 2.5, 4.0):
        at = stands + round(second * RATE)
        window = heard[at : at + RATE // 20]
        expected = 70.0 - FULL_SCALE_DBA - 20 + 4 * (second + 0.025)
        assert level_db(window) - level_db(tone(1.0) * 32767) == pytest.approx(expected, abs=0.3)


def test_what_was_heard_is_zeroed_so_that_a_hang_falls_silent(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac")
    bench.run(5 * RATE // PERIOD * PERIOD)
    for _ in range(4 * RING_FRAMES // PERIOD):
        bench.device.take()
    hung = bench.device.heard[5 * RATE :]
    ahead = LOW_FRAMES + REFILL_FRAMES
    assert not hung[ahead : ahead + RATE // 2].any()


def test_a_stall_is_silence_and_then_the_music_goes_on(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac")
    bench.run(RATE // PERIOD * PERIOD)
    bench.device.take(RING_FRAMES // PERIOD * 7 // 10)
    bench.run(2 * RATE // PERIOD * PERIOD)
    heard = bench.device.heard
    plan = planned(tracks / "long.flac", len(heard), 70.0 - FULL_SCALE_DBA)
    assert np.abs(heard[-RATE:] - plan[-RATE:]).max() <= 2.0


def test_an_audio_thread_that_is_late_loses_nothing(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac")
    for turn in range(300):
        bench.device.clock_ahead = turn % 3 * PERIOD  # two periods are left alone while a callback is late
        bench.run(PERIOD)
    heard = bench.device.heard
    plan = planned(tracks / "long.flac", len(heard), 70.0 - FULL_SCALE_DBA)
    assert np.abs(heard - plan)[ATTACK:].max() <= 2.0


def test_nan_and_too_much_in_a_file_never_reach_the_device(tmp_path: Path) -> None:
    wild = tone(1.0) * 100
    wild[1000:1100] = np.nan
    wild[2000:2100] = np.inf
    soundfile.write(tmp_path / "wild.wav", wild, RATE, subtype="FLOAT")
    bench = HandBench()
    bench.play(1, tmp_path / "wild.wav", level_dba=FULL_SCALE_DBA)
    bench.run(40 * PERIOD)
    heard = bench.device.heard
    assert np.abs(heard[1000:1100]).max() <= 1
    assert np.abs(heard.astype(np.int64)).max() <= 32767
    assert bench.reports == [Started(1)]


class LateDevice(HandDevice):
    """Two periods are taken whenever someone asks what is free: rendering takes that long here."""

    def first_free_frame(self) -> int:
        free = super().first_free_frame()
        self.clock_ahead += 2 * PERIOD
        return free


def test_a_change_that_comes_too_late_is_counted(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac")
    bench.run(20 * PERIOD)
    bench.engine.set_level(60.0)
    assert bench.tally.late_rewrites == 0
    bench.device.__class__ = LateDevice
    bench.engine.set_level(65.0)
    assert bench.tally.late_rewrites == 1


def test_a_mixer_that_ran_out_of_sound_is_counted(tracks: Path) -> None:
    bench = HandBench()
    bench.play(1, tracks / "long.flac")
    bench.run(RATE // PERIOD * PERIOD)
    bench.device.take(RING_FRAMES // PERIOD)
    bench.run(PERIOD)
    assert bench.tally.buffer_underruns == 1
