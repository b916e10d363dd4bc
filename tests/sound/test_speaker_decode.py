"""Piece files: what plays, what is refused and in which words."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.speaker import DecodeError
from firmware.speaker.decode import Source
from firmware.speaker.ring import RATE
from tests.sound.speaker_bench import tone, write_flac, write_opus


def read_all(source: Source, run: int = 4096) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Read to the end in runs."""
    runs, out = [], np.empty((run, 2), np.float32)
    while read := source.read(out):
        runs.append(out[:read].copy())
    source.close()
    return np.concatenate(runs)


def refusal(path: Path, start_s: float = 0.0) -> str:
    """Why a piece is not opened."""
    with pytest.raises(DecodeError) as refused:
        Source.open(path, start_s)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("write", [write_flac, write_opus])
@pytest.mark.parametrize("start_s", [0.0, 0.7])
def test_reading_in_runs_is_exactly_the_file(tmp_path: Path, write: type, start_s: float) -> None:
    path = write(tmp_path / "piece", tone(1.5))
    whole, _ = soundfile.read(path, dtype="float32")
    ours = read_all(Source.open(path, start_s))
    np.testing.assert_allclose(ours, whole[round(start_s * RATE) :], atol=1e-6)


def test_mono_is_spread_to_both_sides(tmp_path: Path) -> None:
    mono = tone(0.5)[:, 0]
    stereo = read_all(Source.open(write_flac(tmp_path / "mono.flac", mono)))
    np.testing.assert_allclose(stereo, np.stack([mono, mono], axis=1), atol=1e-6)


def test_other_rates_and_more_channels_are_refused(tmp_path: Path) -> None:
    assert refusal(write_flac(tmp_path / "cd.flac", tone(0.2), 44_100)) == (
        "cd.flac: 44100 Hz; only 48000 Hz plays, convert it first"
    )
    assert "6 channels" in refusal(write_flac(tmp_path / "film.flac", np.zeros((4800, 6), np.float32)))


def test_what_is_no_piece_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("not music\n" * 1000)
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "gone") == "gone: no such file"
    assert refusal(tmp_path / "empty") == "empty: the file is empty"
    assert refusal(tmp_path / "pipe") == "pipe: not a file"
    assert refusal(tmp_path) == f"{tmp_path.name}: not a file"
    assert refusal(tmp_path / "text").startswith("text: ")
    soundfile.write(tmp_path / "nothing.wav", np.zeros((0, 2)), RATE)
    assert refusal(tmp_path / "nothing.wav") == "nothing.wav: holds no sound"


def test_a_start_behind_the_end_is_refused(tmp_path: Path) -> None:
    path = write_flac(tmp_path / "piece.flac", tone(0.5))
    assert refusal(path, 0.5) == "piece.flac: lasts 0.5 s and cannot start at 0.5 s"
