"""What a file may cost the player's one thread, counted in calls, bytes and packets: none may keep it from playing."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware.speaker import DecodeError
from firmware.speaker.chain.frames import BLOCK, RATE
from firmware.speaker.player.bounded_file import BoundedFile
from firmware.speaker.player.decode import TrackFile
from tests.sound.test_speaker_damage import mp3, saved, tones
from tests.sound.test_speaker_decode import read_all, write_by_ffmpeg

MOST_CALLS = 1_500  # of a file that is opened: 1 us each
MOST_BYTES = 1_000_000
MOST_BARE_BYTES = 2_000_000  # of a file that is no container
JUNK_BYTES = 8_000_000


class Work:
    """Calls and bytes that a file is asked for."""

    def __init__(self) -> None:
        self.calls = 0
        self.bytes = 0

    def clear(self) -> None:
        """Begin again."""
        self.calls = self.bytes = 0


@pytest.fixture(name="work")
def _work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """GlitchCounts in front of the real file."""
    work, read, seek = Work(), BoundedFile.read, BoundedFile.seek

    def counted_read(file: BoundedFile, count: int) -> bytes:
        given = read(file, count)
        work.calls, work.bytes = work.calls + 1, work.bytes + len(given)
        return given

    def counted_seek(file: BoundedFile, offset: int, whence: int = 0) -> int:
        work.calls += 1
        return seek(file, offset, whence)

    monkeypatch.setattr(BoundedFile, "read", counted_read)
    monkeypatch.setattr(BoundedFile, "seek", counted_seek)
    return work


def wav(folder: Path, seconds: float = 2.0) -> bytes:
    """A WAV file's bytes: 44 of head, 192,000 for each second."""
    sound = (32_767 * tones(seconds)).astype("<i2").tobytes()
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(sound),
        b"WAVE",
        b"fmt ",
        16,
        1,
        2,
        RATE,
        4 * RATE,
        4,
        16,
        b"data",
        len(sound),
    )
    return saved(folder / "whole.wav", head, sound).read_bytes()


@pytest.mark.parametrize("place", ["behind", "middle", "from byte 100 on"])
def test_a_wav_with_zeros_opens_at_once_and_lasts_as_long_as_its_head_says(
    tmp_path: Path, work: Work, place: str
) -> None:
    whole, zeros = wav(tmp_path), bytes(JUNK_BYTES)
    half = len(whole) // 2
    parts = {
        "behind": [whole, zeros],
        "middle": [whole[:half], zeros, whole[half:]],
        "from byte 100 on": [whole[:100], zeros],
    }
    source = TrackFile.open(saved(tmp_path / "zeros.wav", *parts[place]))
    assert work.calls < MOST_CALLS
    assert work.bytes < MOST_BYTES
    assert (source.frames_left, source.length_is_known) == (2 * RATE, True)
    heard = read_all(source)
    assert len(heard) == pytest.approx(2 * RATE, abs=RATE // 50)
    assert source.fault == ""


def test_a_wav_of_silence_plays_all_its_zeros(tmp_path: Path) -> None:
    whole = bytearray(wav(tmp_path, 8.0))
    whole[44 + 4 * RATE : 44 + 28 * RATE] = bytes(24 * RATE)  # seconds 1 to 7
    heard = read_all(TrackFile.open(saved(tmp_path / "silence.wav", whole)))
    assert len(heard) == 8 * RATE
    assert not heard[RATE + BLOCK : 7 * RATE].any()
    assert heard[7 * RATE :].any()


@pytest.mark.parametrize("unit", [b"\0", b"OggS", b"\xff\xfb\x90\x64", b"\0\0\0\x08free", b"\x0b\x77"])
@pytest.mark.parametrize(
    ("ending", "codec"),
    [("ogg", "vorbis"), ("opus", "libopus"), ("mp3", "libmp3lame"), ("flac", "flac"), ("m4a", "aac")],
)
def test_a_head_with_junk_behind_it_is_given_up_soon(
    tmp_path: Path, work: Work, ending: str, codec: str, unit: bytes
) -> None:
    whole = write_by_ffmpeg(tmp_path / f"whole.{ending}", tones(1.0), RATE, codec).read_bytes()
    path = saved(tmp_path / f"junk.{ending}", whole[:100], unit * (JUNK_BYTES // len(unit)))
    work.clear()
    try:
        TrackFile.open(path).close()
    except DecodeError as error:
        assert str(error).startswith(f"junk.{ending}: ")  # noqa: PT017 - some open, and hold no sound
    assert work.calls < 2 * MOST_CALLS
    assert work.bytes < (MOST_BARE_BYTES if ending == "mp3" else MOST_BYTES)


@pytest.mark.parametrize(("ending", "codec"), [("ogg", "vorbis"), ("opus", "libopus")])
def test_a_start_in_a_hurt_ogg_file_is_found_or_given_up_soon(
    tmp_path: Path, work: Work, ending: str, codec: str
) -> None:
    whole = write_by_ffmpeg(tmp_path / f"whole.{ending}", tones(6.0), RATE, codec).read_bytes()
    path = saved(tmp_path / f"hurt.{ending}", whole, b"OggS" * (JUNK_BYTES // 4))
    work.clear()
    try:
        TrackFile.open(path, 4.0).close()
    except DecodeError as error:
        assert str(error).startswith(f"hurt.{ending}: ")  # noqa: PT017 - or it plays
    assert work.calls < MOST_CALLS
    assert work.bytes < 2 * MOST_BYTES


def test_zeros_behind_a_track_are_its_end_and_no_fault(tmp_path: Path, work: Work) -> None:
    for ending, codec in (("flac", "flac"), ("wav", "pcm_s16le")):
        whole = write_by_ffmpeg(tmp_path / f"whole.{ending}", tones(2.0), RATE, codec).read_bytes()
        source = TrackFile.open(saved(tmp_path / f"long.{ending}", whole, bytes(JUNK_BYTES)))
        work.clear()
        heard = read_all(source)
        assert len(heard) == pytest.approx(2 * RATE, abs=RATE // 20)
        assert source.fault == ""
        assert work.bytes < len(whole) + MOST_BYTES


def test_a_file_of_6_gb_with_sound_at_its_beginning_plays_that(tmp_path: Path, work: Work) -> None:
    path = saved(tmp_path / "sparse.wav", wav(tmp_path))
    with path.open("r+b") as file:
        file.truncate(6 << 30)
    source = TrackFile.open(path)
    assert len(read_all(source)) == 2 * RATE
    assert source.fault == ""
    assert work.calls < 2 * MOST_CALLS
    assert work.bytes < 2 * MOST_BYTES


def test_one_look_ahead_goes_through_no_more_than_a_slice(tmp_path: Path, work: Work) -> None:
    junk, parts = bytes(200_000), []
    for _ in range(20):
        parts += [mp3(tmp_path, 0.5, write_xing="0", id3v2_version="0"), junk]
    source, most = TrackFile.open(saved(tmp_path / "holes.mp3", *parts)), 0
    source.look_ahead(1)  # which opens it
    while True:
        work.clear()
        if not source.look_ahead(10_000):
            break
        most = max(most, work.bytes)
    source.close()
    assert most < 2 * 2**18 + 2**17


def test_sound_between_many_holes_is_read_a_slice_at_a_time(tmp_path: Path, work: Work) -> None:
    whole = mp3(tmp_path, 0.5, write_xing="0", id3v2_version="0")
    source = TrackFile.open(saved(tmp_path / "holes.mp3", *[whole, bytes(200_000)] * 20))
    out, most = np.empty((BLOCK, 2), np.float32), 0
    while True:
        work.clear()
        if source.read(out) < BLOCK:
            break
        most = max(most, work.bytes)
    source.close()
    assert most < 2 * 2**18


def test_packets_that_hold_nothing_are_tried_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = write_by_ffmpeg(tmp_path / "whole.aac", tones(2.0), RATE, "aac").read_bytes()
    empty = b"\xff\xf1\x4c\x80\x01\x1f\xfc" * 100_000  # heads of frames of 8 bytes
    source, out, most, tried = (
        TrackFile.open(saved(tmp_path / "empty.aac", whole, empty)),
        np.empty((BLOCK, 2), np.float32),
        0,
        [0],
    )
    decoded = source._reader._decoded

    def counted(packet: object) -> Iterator[object]:
        tried[0] += 1
        yield from decoded(packet)

    monkeypatch.setattr(source._reader, "_decoded", counted)
    while True:
        tried[0] = 0
        if source.read(out) < BLOCK:
            break
        most = max(most, tried[0])
    source.close()
    assert most < 250


@pytest.mark.parametrize("size", [100_000, 10_000_000])
def test_a_large_picture_in_a_head_keeps_no_track_from_playing(tmp_path: Path, size: int) -> None:
    whole = write_by_ffmpeg(tmp_path / "whole.flac", tones(2.0), RATE, "flac").read_bytes()
    picture = np.random.default_rng(5).bytes(size)
    words = struct.pack(">II10sIIIIII", 3, 10, b"image/jpeg", 0, 0, 0, 0, 0, size)
    block = b"\x06" + (len(words) + size).to_bytes(3, "big") + words + picture
    first = 8 + int.from_bytes(whole[5:8], "big")
    path = saved(tmp_path / "cover.flac", whole[:4], bytes([whole[4] & 0x7F]), whole[5:first], block, whole[first:])
    assert len(read_all(TrackFile.open(path))) == 2 * RATE


def test_an_mp3_with_a_hole_after_each_few_frames_still_opens(tmp_path: Path) -> None:
    part = mp3(tmp_path, 0.1, write_xing="0", id3v2_version="0")
    source = TrackFile.open(saved(tmp_path / "holes.mp3", *[part, bytes(60_000)] * 30))
    assert read_all(source).any()
