"""The whole speaker on SDL's disk driver, judged by frames in its file and never by the clock."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.speaker import Ended, Faded, Failed, Started
from firmware.speaker.chain.frames import RATE, RING_FRAMES
from firmware.speaker.player.ring import PERIOD
from tests.sound.speaker_bench import (
    FULL_SCALE_DBA,
    disk_bench,
    first_sound,
    last_sound,
    level_db,
    tone,
    write_flac,
    write_opus,
)

MS = RATE // 1000


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tracks: long.flac, long.opus (6 s), short.flac (0.4 s)."""
    folder = tmp_path_factory.mktemp("tracks")
    write_flac(folder / "long.flac", tone(12.0))
    write_opus(folder / "long.opus", tone(12.0))
    write_flac(folder / "short.flac", tone(0.4))
    return folder


def test_a_start_is_heard_and_a_stop_is_silence(tracks: Path, tmp_path: Path) -> None:
    with disk_bench(tmp_path) as bench:
        for play_id, name in enumerate(("long.flac", "long.opus")):
            played_at = bench.play(play_id, tracks / name)
            bench.run(RATE // 2)
            bench.speaker.stop()
            stopped_at = bench.frames()
            bench.run(RATE)
            pcm = bench.pcm()
            assert first_sound(pcm, played_at) < stopped_at
            assert pcm[stopped_at - 10 * MS : stopped_at].any()
            assert last_sound(pcm) < stopped_at + RATE // 2


def test_nothing_playing_is_exactly_zero(tracks: Path, tmp_path: Path) -> None:
    with disk_bench(tmp_path) as bench:
        played_at = bench.play(1, tracks / "short.flac")
        assert [bench.report(), bench.report()] == [Started(1), Ended(1, 0.4)]
        ended_at = bench.run(0)
        bench.run(RATE // 4)
    pcm = bench.pcm()
    assert not pcm[:played_at].any()
    assert not pcm[ended_at + PERIOD :].any()
    # The end is told after the last sample has gone: only the driver's own buffer may be behind.
    assert last_sound(pcm) <= ended_at + PERIOD


def test_the_ring_comes_round_without_a_seam(tracks: Path, tmp_path: Path) -> None:
    with disk_bench(tmp_path) as bench:
        played_at = bench.play(1, tracks / "long.opus")
        bench.run(RING_FRAMES + RATE // 2)
    pcm = bench.pcm()
    begin = first_sound(pcm, played_at)
    begin -= begin % PERIOD  # the ring begins on a period; its first values may be zero
    heard = pcm[begin + 2048 : begin + RING_FRAMES + 8 * PERIOD]
    samples, _ = soundfile.read(tracks / "long.opus", start=2048, frames=len(heard))
    assert np.abs(heard - samples * 32767 * 10 ** ((70.0 - FULL_SCALE_DBA) / 20)).max() <= 2.0


def test_a_detent_of_2_db_moves_the_sound_by_2_db(tracks: Path, tmp_path: Path) -> None:
    with disk_bench(tmp_path) as bench:
        bench.play(1, tracks / "long.flac")
        down_at = bench.run(RATE // 2)
        bench.speaker.set_level(68.0)
        up_at = bench.run(RATE // 2)
        bench.speaker.set_level(70.0)
        bench.run(RATE + RATE // 4)
    pcm = bench.pcm()
    tenth = RATE // 10
    before, down = level_db(pcm[down_at - tenth : down_at]), level_db(pcm[up_at - tenth : up_at])
    up = level_db(pcm[up_at + RATE - tenth : up_at + RATE])
    assert down - before == pytest.approx(-2.0, abs=0.3)
    assert up - before == pytest.approx(0.0, abs=0.3)
    steps = [level_db(pcm[at : at + tenth]) for at in range(up_at, up_at + RATE - tenth, tenth)]
    assert np.diff(steps).max() <= 0.3 + 0.05  # 3 dB a second


def test_a_knob_turned_quickly_leaves_no_click(tracks: Path, tmp_path: Path) -> None:
    with disk_bench(tmp_path) as bench:
        bench.play(1, tracks / "long.flac", level_dba=FULL_SCALE_DBA)
        turned_at = bench.run(RATE // 4)
        for turn in range(12):
            bench.speaker.set_level(FULL_SCALE_DBA - 2.0 * turn)
            bench.run(60 * MS + 7 * turn * MS)
    heard = bench.pcm()[turned_at:].astype(np.int64)
    # The tone's own steps; a period that was rewritten too late would step by a fifth of its peak.
    assert np.abs(np.diff(heard, axis=0)).max() <= 0.3 * 32767 * 2 * np.pi * 440 / RATE * 1.1


def test_the_next_play_replaces_the_one_before(tracks: Path, tmp_path: Path) -> None:
    with disk_bench(tmp_path) as bench:
        bench.play(1, tracks / "long.flac")
        bench.run(RATE // 2)
        replaced_at = bench.play(2, tracks / "short.flac", level_dba=60.0)
        reports = [bench.report() for _ in range(3)]
    assert reports == [Started(1), Started(2), Ended(2, 0.4)]
    heard = bench.pcm()[replaced_at + 200 * MS : replaced_at + 350 * MS]
    assert level_db(heard) - level_db(tone(1.0) * 32767) == pytest.approx(60.0 - FULL_SCALE_DBA, abs=0.3)


def test_a_fade_ends_in_silence_and_says_so(tracks: Path, tmp_path: Path) -> None:
    with disk_bench(tmp_path) as bench:
        bench.play(1, tracks / "long.flac")
        asked_at = bench.run(RATE // 2)
        bench.speaker.fade(1.0)
        assert bench.report() == Started(1)
        faded = bench.report()
    assert isinstance(faded, Faded)
    pcm = bench.pcm()
    played_s = (asked_at - first_sound(pcm, 0)) / RATE
    assert faded.heard_s == pytest.approx(played_s + 1.0, abs=0.15)
    halfway = pcm[asked_at + RATE // 2 : asked_at + RATE // 2 + RATE // 20]
    start = level_db(pcm[asked_at - RATE // 10 : asked_at])
    assert level_db(halfway) - start == pytest.approx(-30.0, abs=5.0)
    assert last_sound(pcm) - asked_at <= 1200 * MS


def test_what_cannot_play_is_told_and_the_next_track_plays(tracks: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.opus").touch()
    (tmp_path / "torn.opus").write_bytes((tracks / "long.opus").read_bytes()[:100])
    (tmp_path / "noise.opus").write_bytes(bytes(range(256)) * 64)
    with disk_bench(tmp_path) as bench:
        for play_id, name in enumerate(("gone.opus", "empty.opus", "torn.opus", "noise.opus")):
            bench.play(play_id, tmp_path / name)
            failed = bench.failure()
            assert isinstance(failed, Failed)
            assert failed.play_id == play_id
            assert failed.reason.startswith(f"{name}: ")
            assert "\n" not in failed.reason
        bench.play(9, tracks / "short.flac")
        assert [bench.report(), bench.report()] == [Started(9), Ended(9, 0.4)]
