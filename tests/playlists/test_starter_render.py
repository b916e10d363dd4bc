"""A short render, really measured: what a tired person would hear in the first seconds."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from playlists.index import Library
from playlists.starter import render
from playlists.starter.__main__ import main
from playlists.starter.level import HIGHEST_TRUE_PEAK_DB, eased, levelled, measure
from playlists.starter.plans import HALLS, PLANS, Voice
from playlists.starter.render import RenderError, jobs, make_music
from playlists.starter.score import Note, Part
from playlists.starter.sound import RATE, NoteTable
from playlists.starter.workers import WorkerError, in_processes
from tests.sound.level_meter import gated_and_whole_db

SHORT = 0.35  # minutes
SLUGS = ("along-the-shore", "harbour-asleep", "morning-gate")  # each voice, both kinds of beginning


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shortened tracks, one a playlist, rendered as `make` does it."""
    folder = tmp_path_factory.mktemp("music")
    for slug in SLUGS:
        make_music(folder, slug, SHORT, processes=1)
    return folder


@pytest.fixture(scope="module", params=SLUGS)
def heard(request: pytest.FixtureRequest, folder: Path) -> SimpleNamespace:
    library = Library.open(folder)
    recording = library.recordings[request.param]
    path = library.path(recording.sha256)
    assert path is not None
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return SimpleNamespace(recording=recording, samples=samples, rate=rate, mono=samples.mean(axis=1))


def level_db(samples: np.ndarray, seconds: float) -> np.ndarray:
    """RMS of successive windows in dB."""
    frames = int(seconds * RATE)
    windows = samples[: len(samples) // frames * frames].reshape(-1, frames * samples.shape[1])
    return 10 * np.log10(np.mean(windows.astype(np.float64) ** 2, axis=1) + 1e-12)


def test_the_file_is_48_khz_stereo_opus_of_the_length_in_the_index(heard):
    assert heard.rate == RATE
    assert heard.samples.shape[1] == 2
    assert len(heard.samples) / RATE == pytest.approx(heard.recording.seconds, abs=0.001)


def test_loudness_and_true_peak_of_what_is_decoded_are_on_target(heard):
    loudness = measure(heard.samples)
    assert loudness.lufs == pytest.approx(-20.0, abs=0.5)
    assert loudness.true_peak <= -3.0
    assert heard.recording.lufs == pytest.approx(loudness.lufs, abs=0.02)
    assert heard.recording.true_peak == pytest.approx(loudness.true_peak, abs=0.02)
    assert heard.recording.range_lu == pytest.approx(loudness.range_lu, abs=0.02)


def test_the_level_in_the_index_is_what_a_meter_reads_of_the_file(heard):
    level, mono = heard.recording.level, heard.mono[:, np.newaxis]
    for a_dbfs, samples in ((level.a_stereo_dbfs, heard.samples), (level.a_mono_dbfs, mono)):
        assert a_dbfs == pytest.approx(gated_and_whole_db(samples * 32767)[0], abs=0.3)
    assert level.mono_mix == "sum", "the starter music is made for one speaker"


def test_a_track_that_an_older_program_left_is_measured_and_not_rendered_again(folder: Path, tmp_path: Path):
    copy = tmp_path / "music"
    shutil.copytree(folder, copy)
    index = copy / "index.json"
    wanted = json.loads(index.read_text())
    older = {slug: {k: v for k, v in entry.items() if k != "level"} for slug, entry in wanted["tracks"].items()}
    index.write_text(json.dumps({"version": 1, "tracks": older}))
    assert make_music(copy, SLUGS[0], SHORT, processes=1) == ()
    assert json.loads(index.read_text()) == wanted


def test_the_first_sound_comes_within_100_ms_and_is_not_the_loudest(heard):
    first = np.flatnonzero(np.abs(heard.mono) > 10 ** (-50 / 20))[0] / RATE
    assert first < 0.1
    assert level_db(heard.samples, 0.1)[0] < level_db(heard.samples, 0.1).max()


def test_no_tenth_of_a_second_steps_up_by_more_than_6_db(heard):
    levels = np.maximum(level_db(heard.samples, 0.1), -60)
    assert np.diff(levels)[10:].max() < 6.0


def test_the_last_sound_dies_away_by_itself(heard):
    levels = level_db(heard.samples, 0.1)
    assert np.abs(heard.samples[-100:]).max() < 1e-4
    assert levels[-1] < -70
    assert np.diff(np.maximum(levels, -60))[-40:].min() > -6.0


def roughness(mono: np.ndarray) -> float:
    """The largest second difference of 10 ms against the median of the 200 ms round it."""
    second = np.abs(np.diff(mono, 2))
    peaks = second[: len(second) // 480 * 480].reshape(-1, 480).max(axis=1)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(peaks, 10, mode="edge"), 21)
    return float((peaks / (np.median(around, axis=1) + 1e-4)).max())


def test_there_is_no_click_and_one_that_is_put_in_is_found(heard):
    assert roughness(heard.mono) < 4
    clicked = heard.mono.copy()
    clicked[5 * RATE] += 0.01  # 40 dB under full scale
    assert roughness(clicked) > 4


def test_the_sound_is_warm_centred_and_survives_one_speaker(heard):
    spectrum = np.abs(np.fft.rfft(heard.mono))
    hertz = np.fft.rfftfreq(len(heard.mono), 1 / RATE)
    centroid_hz = float((spectrum * hertz).sum() / spectrum.sum())
    assert centroid_hz < (1200 if heard.recording.slug == "harbour-asleep" else 1800)
    assert abs(float(heard.mono.mean())) < 1e-4
    assert np.corrcoef(heard.samples.T)[0, 1] > 0.2


def test_the_folder_is_a_library_with_its_playlists(folder: Path):
    library = Library.open(folder)
    found = {track.slug for playlist in library.playlists() for track in playlist.tracks if track.sha256}
    assert found == set(SLUGS)
    assert all(library.verify(held.sha256) for held in library.recordings.values())
    assert sorted(path.name for path in folder.iterdir()) == ["index.json", "tracks"]


def test_a_second_run_renders_nothing(folder: Path):
    before = (folder / "index.json").stat()
    assert make_music(folder, SLUGS[0], SHORT) == ()
    assert (folder / "index.json").stat() == before


def test_a_damaged_track_is_rendered_again_and_replaced(folder: Path):
    held = Library.open(folder).recordings[SLUGS[0]]
    path = Library.open(folder).path(held.sha256)
    assert path is not None
    path.write_bytes(b"damaged")
    (again,) = make_music(folder, SLUGS[0], SHORT)
    library = Library.open(folder)
    assert library.verify(again.sha256)
    assert len(list((folder / "tracks").iterdir())) == 3


def test_a_change_of_plan_or_program_changes_the_key(monkeypatch: pytest.MonkeyPatch):
    (job,) = jobs("harbour-asleep")
    assert jobs("harbour-asleep")[0].key == job.key
    assert jobs("harbour-asleep", 1.0)[0].key != job.key
    monkeypatch.setattr(render, "SOUND_FILES", render.SOUND_FILES[1:])
    assert jobs("harbour-asleep")[0].key != job.key


def test_only_takes_a_playlist_or_a_track_and_says_what_there_is():
    assert [job.plan.slug for job in jobs("sleep")] == [plan.slug for plan in PLANS["sleep"]]
    assert [job.hall for job in jobs("moss-and-stone")] == [HALLS["garden"]]
    assert len(jobs()) == 12
    says = "--only nothing: there is no such playlist or track, use one of calm, garden, sleep"
    with pytest.raises(RenderError, match=says):
        jobs("nothing")


def test_a_folder_that_cannot_be_written_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").touch()
    assert main(["--to", str(tmp_path / "file" / "music"), "--only", "calm"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "cannot keep music there (Not a directory), free space or choose another --to" in said


def test_a_full_disk_gets_one_line_and_leaves_no_half_track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RenderError, match=r"cannot keep music there \(No space left on device\), free space"):
        make_music(tmp_path, "harbour-asleep", 0.1)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_interrupted_run_ends_its_processes_and_leaves_no_half_file(tmp_path: Path):
    command = [sys.executable, "-m", "playlists.starter", "--to", str(tmp_path), "--only", "calm"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while not (tmp_path / "tracks").exists():
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=120)
    assert running.returncode == 130
    assert said.strip() == "starter: interrupted; what was finished is kept, run it again to go on"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_peaks_are_eased_without_touching_the_rest():
    quiet = 0.05 * np.sin(2 * np.pi * 200 * np.arange(4 * RATE) / RATE)
    quiet[2 * RATE : 2 * RATE + 2000] *= 19.0
    sound = np.stack([quiet, quiet], axis=1).astype(np.float32)
    tamed = eased(sound)
    assert measure(tamed).true_peak <= HIGHEST_TRUE_PEAK_DB
    assert np.array_equal(tamed[:RATE], sound[:RATE])
    assert np.array_equal(tamed[3 * RATE :], sound[3 * RATE :])


def test_ffmpegs_meter_reads_a_known_tone():
    """EBU Tech 3341, case 1: a 1 kHz sine at -23 dBFS in both channels reads -23 LUFS."""
    tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * np.arange(20 * RATE) / RATE)
    stereo = np.stack([tone, tone], axis=1).astype(np.float32)
    assert measure(stereo).lufs == pytest.approx(-23.0, abs=0.1)
    assert measure(stereo).true_peak == pytest.approx(-23.0, abs=0.2)
    assert measure(levelled(stereo)).lufs == pytest.approx(-20.0, abs=0.1)


@pytest.mark.parametrize("voice", Voice)
@pytest.mark.parametrize("midi", [33, 57, 81])
def test_each_note_begins_and_ends_in_silence(voice: Voice, midi: int):
    part = Part.PAD if voice is Voice.PAD else Part.MELODY
    sound = NoteTable().samples(Note(1.0, 2.0, midi, 0.6, voice, part))
    assert np.abs(sound[:8]).max() < 0.002
    assert np.abs(sound[-8:]).max() < 0.002
    assert np.abs(sound).max() > 0.05


def double(number: int) -> int:
    return 2 * number


def stumble(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return number


def die(_number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_jobs_are_done_in_processes_each_once():
    assert sorted(in_processes(double, [1, 2, 3, 4, 5], 2)) == [2, 4, 6, 8, 10]
    assert list(in_processes(double, [], 2)) == []


@pytest.mark.parametrize(
    ("work", "says"), [(stumble, "ValueError: two"), (die, "a process was killed, perhaps for want of memory")]
)
def test_a_job_that_fails_or_dies_is_told_in_one_line(work: Callable[[int], int], says: str):
    with pytest.raises(WorkerError, match=says):
        list(in_processes(work, [1, 2, 3], 2))


def test_the_index_holds_what_the_ward_asks_for(folder: Path):
    entry = json.loads((folder / "index.json").read_text())["tracks"]["harbour-asleep"]
    assert set(entry) == {"sha256", "seconds", "title", "lufs", "true_peak", "range_lu", "key", "level"}
    assert entry["title"] == "Harbour Asleep"
