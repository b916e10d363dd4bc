"""The bench's arithmetic on samples made up here, and what it writes down. No figure is judged."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.figures import BEGIN, END, number, ratio, replaced, tab_separated, table
from tests.benchmarks.measures import TONE_HZ, first_sound, gap, levels_dbfs, median, stairs
from tests.benchmarks.players import ROOT, wait_for_line
from tests.benchmarks.processes import tree
from tests.benchmarks.recording import RATE_HZ, Pcm, Recording, load
from tests.benchmarks.tracks import tone

VALUES = {"memory_mb": {"ours": 30.0, "MPD": 24.0, "mpv": 61.25}, "gap_samples": {"ours": 0.0, "MPD": 0.0}}


def stereo(mono: np.ndarray) -> Pcm:
    return np.repeat(np.rint(mono).astype(np.int16)[:, None], 2, axis=1)


def steady(*runs: tuple[int, int]) -> Pcm:
    """Runs of (frames, value)."""
    return stereo(np.concatenate([np.full(frames, value) for frames, value in runs]))


def faded(gain_db: np.ndarray) -> Pcm:
    """The bench's quiet tone under a gain for each frame, dithered as a player does."""
    noise = np.random.default_rng(1).triangular(-1, 0, 1, len(gain_db))
    return stereo(32767 * tone(len(gain_db) / RATE_HZ, -40.0) * 10 ** (gain_db / 20) + noise)


def ramp_db(seconds: float, down_to_db: float = -60.0) -> np.ndarray:
    return np.linspace(0, down_to_db, round(seconds * RATE_HZ))


def in_steps(gain_db: np.ndarray, step_db: float) -> np.ndarray:
    return np.ceil(gain_db / step_db) * step_db


def test_the_first_sound_is_the_first_frame_beyond_dither_after_the_command():
    pcm = steady((10, 400), (100, 0), (100, -2), (5, 3))
    assert first_sound(pcm, 10) == 210
    assert first_sound(pcm[:210], 10) is None


def test_one_channel_is_a_sound_too():
    pcm = steady((50, 0))
    pcm[20, 1] = -900
    assert first_sound(pcm, 0) == 20


def test_a_sample_arrives_with_the_read_that_brought_it():
    recording = Recording(steady((3072, 9)), np.array([1024, 2048, 3072]), np.array([100, 200, 400]))
    assert [recording.arrival_ns(frame) for frame in (0, 1023, 1024, 3071)] == [100, 100, 200, 400]


def test_a_paced_drain_keeps_what_came_in_order(tmp_path: Path):
    fifo, written = tmp_path / "fifo", np.arange(8 * 1024 * 2, dtype=np.int16)
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "tests.benchmarks.drain", str(fifo), str(tmp_path / "kept"), "--paced"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as drain:
        wait_for_line(drain, "the drain")
        fifo.write_bytes(written.tobytes())  # returns when all but the last period has been taken
        drain.terminate()
    kept = load(tmp_path / "kept")
    assert len(kept.pcm) >= 6 * 1024
    assert np.array_equal(kept.pcm.reshape(-1), written[: kept.pcm.size])
    assert kept.ends[-1] == len(kept.pcm)
    assert (np.diff(kept.times_ns) > 0).all()


def test_what_came_after_a_command_begins_behind_the_last_read_before_it():
    recording = Recording(steady((3072, 9)), np.array([1024, 2048, 3072]), np.array([100, 200, 400]))
    assert [recording.first_after(time_ns) for time_ns in (50, 100, 399, 400)] == [0, 1024, 2048, 3072]
    assert recording.frames_at(300) == 2560


def test_tracks_that_meet_have_no_gap_though_silence_and_a_soft_start_surround_them():
    found = gap(steady((500, 0), (7, 3), (20, 1), (2000, 8192), (500, 0)))
    assert found is not None
    assert (found.frames, found.heard) == (0, 2007)


@pytest.mark.parametrize("silent", [1, 1015])
def test_every_silent_frame_between_two_tracks_is_counted(silent: int):
    found = gap(steady((500, 0), (4000, 8192), (silent, 1), (4000, 8192), (500, 0)))
    assert found is not None
    assert (found.frames, found.heard) == (silent, 8000)


def test_where_nothing_sounds_there_is_no_gap_to_speak_of():
    assert gap(steady((500, 1))) is None


def test_the_lock_in_reads_the_tone_within_a_tenth_of_a_decibel_down_to_where_stairs_count():
    for level_db in (0.0, -20.0, -44.0):
        levels = levels_dbfs(faded(np.full(RATE_HZ, level_db)))
        assert np.abs(levels + 40 - level_db).max() < (0.1 if level_db > -44 else 0.3)


def test_another_tone_is_no_level_of_this_one():
    assert levels_dbfs(stereo(3000 * tone(1.0, 0.0)), tone_hz=TONE_HZ * 2).max() < -60


def test_a_fade_linear_in_decibels_has_no_stair_to_its_very_end():
    found = stairs(levels_dbfs(faded(ramp_db(30))))
    assert found.count == 0
    assert found.worst_db < 0.5


def test_each_step_of_a_fade_is_one_stair_wherever_it_falls_in_a_window():
    found = stairs(levels_dbfs(faded(in_steps(ramp_db(21.7, -40.0), 1.0))))
    assert found.count == 39  # the fortieth would begin with the frame after the last
    assert 0.9 < found.worst_db < 1.2


def test_steps_too_small_to_hear_are_no_stairs():
    assert stairs(levels_dbfs(faded(in_steps(ramp_db(15, -30.0), 0.25)))).count == 0


def test_a_fade_that_is_cut_off_ends_in_one_stair():
    cut = np.concatenate([ramp_db(20, -20.0), np.full(RATE_HZ, -300.0)])
    found = stairs(levels_dbfs(faded(cut)))
    assert found.count == 1
    assert found.worst_db > 30


def test_a_step_down_there_where_nobody_hears_is_no_stair():
    levels = np.array([-84.5] * 10 + [-100.0] * 10)
    assert stairs(levels).count == 0


def test_the_median_stands_in_the_middle():
    assert median([5, 1, 2]) == 2
    assert median([5, 1, 2, 4]) == 3


def test_a_tree_holds_children_and_leaves_out_what_carries_samples():
    with subprocess.Popen(["sh", "-c", "cat; :"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdin is not None
        assert shell.stdout is not None
        shell.stdin.write(b"here\n")
        shell.stdin.flush()
        assert shell.stdout.readline() == b"here\n"  # so cat runs
        assert [process.name for process in tree(shell.pid)] == ["sh", "cat"]
        assert [process.name for process in tree(shell.pid, {"cat"})] == ["sh"]
        shell.stdin.close()


@pytest.mark.parametrize(
    ("ours", "peer", "said"), [(1, 0, "-"), (0, 4, "0.00"), (30, 24, "1.25"), (50, 4, "12.5"), (500, 3, "167")]
)
def test_a_ratio_has_two_or_three_digits_and_none_where_the_peer_has_nothing(ours: float, peer: float, said: str):
    assert ratio(ours, peer) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (1015, "1015"), (0.4567, "0.457"), (3.14159, "3.14"), (61.25, "61.2")]
)
def test_a_number_has_three_digits(value: float, said: str):
    assert number(value) == said


def test_a_line_for_each_measure_and_peer_that_can_do_it():
    assert list(tab_separated(VALUES)) == [
        "memory_mb\t30\tMPD\t24\t1.25",
        "memory_mb\t30\tmpv\t61.2\t0.49",
        "gap_samples\t0\tMPD\t0\t-",
    ]


def test_the_table_is_aligned_and_leaves_a_hole_where_a_peer_cannot():
    assert table(VALUES) == [
        "| measure     | ours | MPD       | mpv         |",
        "|-------------|------|-----------|-------------|",
        "| memory_mb   | 30   | 24 (1.25) | 61.2 (0.49) |",
        "| gap_samples | 0    | 0 (-)     |             |",
    ]


def test_only_what_stands_between_the_markers_is_replaced():
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert replaced(page, "new\n") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert replaced(replaced(page, "new"), "new") == replaced(page, "new")


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_page_without_its_two_markers_is_left_alone(page: str):
    with pytest.raises(ValueError, match="once each"):
        replaced(page, "new")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--only=light"], "bench: there is no part 'light': say sound or screen or board or preparing"),
        (["--quick", "--write=x.md"], "bench: figures of --quick are not to be quoted: leave out one of the two"),
        (["--write=no-such-page.md"], "bench: no-such-page.md cannot be read: No such file or directory"),
    ],
)
def test_what_is_asked_wrongly_gets_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]):
    assert main(arguments) == 2
    assert capsys.readouterr().err == says + "\n"


def test_the_page_of_the_bench_has_its_markers():
    replaced((ROOT / "docs" / "benchmarks.md").read_text(), "")
