"""Any file: what plays, what is refused and in which words, and what breaks in the middle."""

import io
import os
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware.speaker import DecodeError
from firmware.speaker.chain.frames import RATE
from firmware.speaker.player.decode import TrackFile
from tests.sound.speaker_bench import tone, write_flac, write_opus

Samples = NDArray[np.float32]


def read_all(source: TrackFile, run: int = 4096) -> Samples:
    """Read to the end in runs."""
    runs, out = [np.empty((0, 2), np.float32)], np.empty((run, 2), np.float32)
    while read := source.read(out):
        runs.append(out[:read].copy())
        if read < run:
            break
    source.close()
    return np.concatenate(runs)


def refusal(path: Path, start_s: float = 0.0) -> str:
    """Why a track is not opened, or holds nothing."""
    try:
        source = TrackFile.open(path, start_s)
    except DecodeError as error:
        return str(error)
    assert len(read_all(source)) == 0
    return source.fault or "holds nothing"


def write_by_ffmpeg(path: Path, samples: Samples, rate: int, codec: str, **options: str) -> Path:
    """A file of any kind that FFmpeg writes; `samples` are frames by channels."""
    if codec == "vorbis":  # which this FFmpeg only reads
        soundfile.write(path, samples, rate, format="OGG", subtype="VORBIS")
        return path
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[1]]
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), "fltp", layout)
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        for made in resampler.resample(frame):
            fifo.write(made)
        size = stream.codec_context.frame_size or 1024
        while track := fifo.read(size, partial=True):
            container.mux(stream.encode(track))
        container.mux(stream.encode(None))
    return path


def hz_of(samples: Samples) -> float:
    """The strongest frequency of the first channel."""
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


@pytest.mark.parametrize("write", [write_flac, write_opus])
@pytest.mark.parametrize("start_s", [0.0, 0.7])
def test_reading_in_runs_is_exactly_the_file(
    tmp_path: Path, write: Callable[[Path, Samples], Path], start_s: float
) -> None:
    path = write(tmp_path / "track", tone(1.5))
    whole, _ = soundfile.read(path, dtype="float32")
    ours = read_all(TrackFile.open(path, start_s))
    np.testing.assert_allclose(ours, whole[round(start_s * RATE) :], atol=1e-5)


def test_mono_is_spread_to_both_sides(tmp_path: Path) -> None:
    mono = tone(0.5)[:, 0]
    stereo = read_all(TrackFile.open(write_flac(tmp_path / "mono.flac", mono)))
    np.testing.assert_allclose(stereo[:, 0], stereo[:, 1])
    np.testing.assert_allclose(stereo[:, 0], mono, atol=1e-4)


KINDS = [
    ("flac", "flac", 44_100, 2),
    ("flac", "flac", 96_000, 2),
    ("flac", "flac", 48_000, 6),
    ("ogg", "vorbis", 44_100, 2),
    ("ogg", "vorbis", 22_050, 1),
    ("opus", "libopus", 48_000, 2),
    ("opus", "libopus", 16_000, 1),
    ("mp3", "libmp3lame", 44_100, 2),
    ("mp3", "libmp3lame", 48_000, 1),
    ("wav", "pcm_s16le", 8_000, 1),
    ("wav", "pcm_s24le", 96_000, 2),
    ("wav", "pcm_f32le", 48_000, 6),
    ("wav", "pcm_u8", 11_025, 2),
    ("m4a", "aac", 44_100, 2),
]


@pytest.mark.parametrize(("ending", "codec", "rate", "channels"), KINDS)
def test_every_kind_of_file_plays_at_its_pitch_length_and_level(
    tmp_path: Path, ending: str, codec: str, rate: int, channels: int
) -> None:
    at = np.arange(2 * rate) / rate
    samples = np.zeros((len(at), channels), np.float32)
    samples[:, : min(channels, 2)] = (0.3 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)[:, None]
    path = write_by_ffmpeg(tmp_path / f"track.{ending}", samples, rate, codec)
    source = TrackFile.open(path)
    heard = read_all(source)
    assert source.fault == ""
    assert len(heard) / RATE == pytest.approx(2.0, abs=0.08)
    assert hz_of(heard[RATE // 2 : -RATE // 2]) == pytest.approx(440.0, abs=2.0)
    rms = float(np.sqrt(np.mean(heard[RATE // 2 : -RATE // 2, 0] ** 2)))
    assert 20 * np.log10(rms / (0.3 / np.sqrt(2))) == pytest.approx(0.0, abs=0.5 if channels < 6 else 8.0)


def test_wrong_names_and_tags_mislead_nobody(tmp_path: Path) -> None:
    flac = write_flac(tmp_path / "really-flac.mp3", tone(0.5))
    assert len(read_all(TrackFile.open(flac))) == RATE // 2
    tagged = write_by_ffmpeg(tmp_path / "tagged.mp3", tone(1.0), RATE, "libmp3lame")
    junk = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(range(256)) + tagged.read_bytes() + b"TAG" + b"\xff" * 125
    (tmp_path / "junk.mp3").write_bytes(junk)
    assert len(read_all(TrackFile.open(tmp_path / "junk.mp3"))) / RATE == pytest.approx(1.0, abs=0.1)


def test_what_is_no_track_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("not music\n" * 1000)
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/track.ts\n")
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "gone") == "gone: no such file"
    assert refusal(tmp_path / "empty") == "empty: the file is empty"
    assert refusal(tmp_path / "pipe") == "pipe: not a file"
    assert refusal(tmp_path) == f"{tmp_path.name}: not a file"
    assert refusal(tmp_path / "text").startswith("text: ")
    assert refusal(tmp_path / "list.m3u8").startswith("list.m3u8: ")
    soundfile.write(tmp_path / "nothing.wav", np.zeros((0, 2)), RATE)
    assert refusal(tmp_path / "nothing.wav")


def test_a_start_behind_the_end_is_refused(tmp_path: Path) -> None:
    path = write_flac(tmp_path / "track.flac", tone(0.5))
    assert refusal(path, 0.5) == "track.flac: lasts 0.5 s and cannot start at 0.5 s"


def test_a_film_of_music_without_sound_is_refused(tmp_path: Path) -> None:
    picture = io.BytesIO()
    with av.open(picture, "w", format="gif") as container:
        stream = container.add_stream("gif", rate=1)
        stream.width = stream.height = 16
        stream.pix_fmt = "rgb8"
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), "rgb24")
        container.mux(stream.encode(frame.reformat(format="rgb8")))
        container.mux(stream.encode(None))
    (tmp_path / "picture.opus").write_bytes(picture.getvalue())
    assert refusal(tmp_path / "picture.opus") == "picture.opus: holds no sound"


def test_a_head_that_lies_about_the_length_says_more_than_there_is(tmp_path: Path) -> None:
    path = tmp_path / "liar.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((tone(1.0) * 32767).astype(np.int16).tobytes())
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", 400 * RATE)  # a hundred seconds
    data[4:8] = struct.pack("<I", 400 * RATE + 36)
    path.write_bytes(data)
    source = TrackFile.open(path)
    assert len(read_all(source)) == RATE


@pytest.mark.parametrize("hz", [0, 1, 4_000_000_000])
def test_a_head_with_an_impossible_rate_is_refused(tmp_path: Path, hz: int) -> None:
    soundfile.write(tmp_path / "rate.wav", tone(0.2), RATE, subtype="PCM_16")
    data = bytearray((tmp_path / "rate.wav").read_bytes())
    data[24:28] = struct.pack("<I", hz)
    (tmp_path / "rate.wav").write_bytes(data)
    assert refusal(tmp_path / "rate.wav").startswith("rate.wav: ")


SPOILT = [("flac", "flac"), ("opus", "libopus"), ("mp3", "libmp3lame"), ("ogg", "vorbis"), ("wav", "pcm_s16le")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SPOILT), st.data())
def test_a_spoilt_file_is_refused_or_plays_finite_samples_and_ends(
    tmp_path: Path, kind: tuple[str, str], data: st.DataObject
) -> None:
    ending, codec = kind
    whole = tmp_path / f"whole.{ending}"
    if not whole.exists():
        write_by_ffmpeg(whole, tone(2.0), RATE, codec)
    contents = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(0, 6))):
        contents[data.draw(st.integers(0, len(contents) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(contents)))
    spoilt = tmp_path / f"spoilt.{ending}"
    spoilt.write_bytes(contents[:cut])
    try:
        heard = read_all(TrackFile.open(spoilt))
    except DecodeError as error:
        said, heard = str(error), np.zeros((0, 2), np.float32)
    else:
        said = f"spoilt.{ending}: "
    assert said.startswith(f"spoilt.{ending}: ")
    assert "\n" not in said
    assert np.isfinite(heard).all()
    assert len(heard) <= 12 * RATE
