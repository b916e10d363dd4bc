"""Files that are hurt, joined, or begin and end elsewhere than their heads say: what can play plays on."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from firmware.speaker import DecodeError
from firmware.speaker.chain.frames import BLOCK, RATE
from firmware.speaker.player.decode import TrackFile
from firmware.speaker.player.samples import Converter
from tests.sound.speaker_bench import tone, write_flac
from tests.sound.test_speaker_decode import Samples, hz_of, read_all, refusal, write_by_ffmpeg

SLICES = 10_000  # of a look ahead, more than any file here needs


def tones(seconds: float, hz: float = 440.0, rate: int = RATE, channels: int = 2) -> Samples:
    """A tone in every channel."""
    at = np.arange(round(seconds * rate)) / rate
    return np.repeat((0.3 * np.sin(2 * np.pi * hz * at)).astype(np.float32)[:, None], channels, axis=1)


def mp3(folder: Path, seconds: float, hz: float = 440.0, *, rate: int = RATE, **options: str) -> bytes:
    """An MP3 file's bytes; `options` are the container's."""
    path = folder / f"part-{hz}-{rate}.mp3"
    return write_by_ffmpeg(path, tones(seconds, hz, rate), rate, "libmp3lame", **options).read_bytes()


def saved(path: Path, *parts: bytes) -> Path:
    """Parts of a file, one behind the other."""
    path.write_bytes(b"".join(parts))
    return path


def frames_ahead(source: TrackFile) -> int | None:
    """What is left once everything was looked at."""
    for _ in range(SLICES):
        if not source.look_ahead(50):
            break
    return source.frames_left


def largest_step(samples: Samples) -> float:
    """Between two samples of one channel."""
    return float(np.abs(np.diff(samples, axis=0)).max())


HURT = [
    ("flac", "flac"),
    ("mp3", "libmp3lame"),
    ("aac", "aac"),
    ("ogg", "vorbis"),
    ("opus", "libopus"),
    ("wv", "wavpack"),
]


@pytest.mark.parametrize(("ending", "codec"), HURT)
def test_a_hurt_track_plays_on_behind_the_hole_and_says_so_once(tmp_path: Path, ending: str, codec: str) -> None:
    whole = write_by_ffmpeg(tmp_path / f"whole.{ending}", tones(8.0), RATE, codec).read_bytes()
    at = len(whole) // 2
    noise = np.random.default_rng(1).bytes(600)
    source = TrackFile.open(saved(tmp_path / f"hurt.{ending}", whole[:at], noise, whole[at + 600 :]))
    heard = read_all(source)
    assert source.fault == ""
    assert source.damage.startswith(f"hurt.{ending}: skipped ")
    assert 5.9 <= len(heard) / RATE <= 8.1
    assert hz_of(heard[-2 * RATE : -RATE]) == pytest.approx(440.0, abs=1.0)


def test_a_whole_track_says_nothing(tmp_path: Path) -> None:
    for ending, codec in HURT:
        source = TrackFile.open(write_by_ffmpeg(tmp_path / f"whole.{ending}", tones(2.0), RATE, codec))
        read_all(source)
        assert (source.fault, source.damage) == ("", "")


@pytest.mark.parametrize("seed", range(12))
def test_a_hole_in_an_mp3_makes_no_burst_of_noise(tmp_path: Path, seed: int) -> None:
    whole = bytearray(mp3(tmp_path, 4.0))
    at = int(np.random.default_rng(seed).integers(len(whole) // 4, len(whole) // 2))
    whole[at : at + 6000] = bytes(3000)
    heard = read_all(TrackFile.open(saved(tmp_path / "hurt.mp3", whole)))
    assert np.abs(heard).max() < 0.6  # of 0.3
    assert len(heard) / RATE > 3.5


def test_joined_mp3_files_play_to_the_end_of_the_last(tmp_path: Path) -> None:
    one, two = mp3(tmp_path, 4.0, 440.0), mp3(tmp_path, 4.0, 660.0)
    source = TrackFile.open(saved(tmp_path / "joined.mp3", one, two))
    assert frames_ahead(source) == pytest.approx(8.0 * RATE, abs=0.12 * RATE)
    assert source.length_is_known
    heard = read_all(source)
    assert len(heard) / RATE == pytest.approx(8.0, abs=0.12)
    assert hz_of(heard[5 * RATE : 7 * RATE]) == pytest.approx(660.0, abs=1.0)


def test_a_joint_with_a_picture_in_it_is_a_short_silence(tmp_path: Path) -> None:
    picture = np.random.default_rng(2).integers(0, 250, 600_000, np.uint8).tobytes()  # no 0xFF: no frame's beginning
    source = TrackFile.open(saved(tmp_path / "joined.mp3", mp3(tmp_path, 4.0), picture, mp3(tmp_path, 4.0, 660.0)))
    heard = read_all(source)
    assert source.fault == ""
    assert 8.0 < len(heard) / RATE < 8.6
    assert hz_of(heard[-2 * RATE : -RATE]) == pytest.approx(660.0, abs=1.0)
    assert largest_step(heard) < 0.05


def chain_of(folder: Path, *links: tuple[int, int, float]) -> Path:
    """An Ogg file of joined streams: rate, channels and tone of each."""
    parts = []
    for number, (rate, channels, hz) in enumerate(links):
        held = io.BytesIO()
        soundfile.write(held, tones(3.0, hz, rate, channels), rate, format="OGG", subtype="VORBIS")
        parts.append(with_serial(held.getvalue(), 1000 + number))
    return saved(folder / "chain.ogg", *parts)


def with_serial(contents: bytes, serial: int, first_granule: int = 0) -> bytes:
    """An Ogg stream with another serial number, its stamps moved on (RFC 3533)."""
    made, at = bytearray(contents), 0
    while at < len(made):
        segments = made[at + 26]
        size = 27 + segments + sum(made[at + 27 : at + 27 + segments])
        granule = int.from_bytes(made[at + 6 : at + 14], "little", signed=True)
        if granule > 0:
            made[at + 6 : at + 14] = (granule + first_granule).to_bytes(8, "little")
        made[at + 14 : at + 18] = serial.to_bytes(4, "little")
        made[at + 22 : at + 26] = bytes(4)
        made[at + 22 : at + 26] = ogg_crc(made[at : at + size]).to_bytes(4, "little")
        at += size
    return bytes(made)


def ogg_crc(page: bytes) -> int:
    """Polynomial 0x04C11DB7, nothing reflected."""
    crc = 0
    for byte in page:
        crc = (crc << 8 & 0xFFFFFFFF) ^ OGG_CRC[crc >> 24 ^ byte]
    return crc


def _crc_of(byte: int) -> int:
    crc = byte << 24
    for _ in range(8):
        crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc


OGG_CRC = [_crc_of(byte) for byte in range(256)]


@pytest.mark.parametrize("second", [(RATE, 2), (44_100, 2), (RATE, 1), (22_050, 1)])
def test_a_chain_of_ogg_streams_goes_on_without_a_click_at_another_rate(
    tmp_path: Path, second: tuple[int, int]
) -> None:
    source = TrackFile.open(chain_of(tmp_path, (RATE, 2, 440.0), (*second, 660.0)))
    assert frames_ahead(source) == pytest.approx(6.0 * RATE, abs=0.05 * RATE)
    heard = read_all(source)
    assert source.fault == ""
    assert len(heard) / RATE == pytest.approx(6.0, abs=0.05)
    assert hz_of(heard[4 * RATE : 5 * RATE]) == pytest.approx(660.0, abs=2.0)
    assert largest_step(heard) < 0.04  # 660 Hz at 0.3 makes 0.026


def test_a_stream_whose_first_stamp_is_not_zero_starts_where_it_was_asked_to(tmp_path: Path) -> None:
    held = io.BytesIO()
    low, high = tones(5.0, 440.0), tones(5.0, 880.0)
    soundfile.write(held, np.concatenate([low, high]), RATE, format="OGG", subtype="VORBIS")
    path = saved(tmp_path / "late.ogg", with_serial(held.getvalue(), 7, first_granule=1000 * RATE))
    source = TrackFile.open(path, 6.0)
    assert source.frames_left == pytest.approx(4.0 * RATE, abs=0.05 * RATE)
    heard = read_all(source)
    assert len(heard) / RATE == pytest.approx(4.0, abs=0.05)
    assert hz_of(heard[:RATE]) == pytest.approx(880.0, abs=2.0)
    assert source.fault == ""


@pytest.mark.parametrize(
    ("ending", "codec"), [("ts", "mp2"), ("mka", "libopus"), ("m4a", "aac"), ("mp3", "libmp3lame")]
)
def test_every_container_resumes_at_its_place(tmp_path: Path, ending: str, codec: str) -> None:
    sound = np.concatenate([tones(5.0, 440.0), tones(5.0, 880.0)])
    path = write_by_ffmpeg(tmp_path / f"track.{ending}", sound, RATE, codec)
    heard = read_all(TrackFile.open(path, 4.0))
    assert len(heard) / RATE == pytest.approx(6.0, abs=0.06)
    change = next(at for at in range(0, 3 * RATE, RATE // 50) if hz_of(heard[at : at + RATE // 10]) > 660.0)
    assert change / RATE == pytest.approx(1.0, abs=0.1)


def test_the_length_of_an_mp3_without_a_head_is_found_by_looking_ahead(tmp_path: Path) -> None:
    sound = np.concatenate([tones(6.0), 0.1 * np.random.default_rng(3).standard_normal((6 * RATE, 2))])
    path = write_by_ffmpeg(
        tmp_path / "bare.mp3", sound.astype(np.float32), RATE, "libmp3lame", write_xing="0", id3v2_version="0"
    )
    source = TrackFile.open(path, 3.0)
    assert not source.length_is_known
    left = frames_ahead(source)
    assert source.length_is_known
    assert left == pytest.approx(len(read_all(source)), abs=RATE // 50)


def test_looking_ahead_moves_nothing_that_is_heard(tmp_path: Path) -> None:
    path = saved(tmp_path / "track.mp3", mp3(tmp_path, 5.0, write_xing="0"))
    plain, looking, out = read_all(TrackFile.open(path)), TrackFile.open(path), np.empty((BLOCK, 2), np.float32)
    heard = []
    while read := looking.read(out):
        heard.append(out[:read].copy())
        looking.look_ahead(20)
    looking.close()
    np.testing.assert_array_equal(np.concatenate(heard), plain)


def test_a_measured_length_wins_over_the_head(tmp_path: Path) -> None:
    source = TrackFile.open(saved(tmp_path / "track.mp3", mp3(tmp_path, 5.0, write_xing="0")), 1.0, seconds=4.5)
    assert (source.frames_left, source.length_is_known) == (round(3.5 * RATE), True)
    assert not source.look_ahead(100)
    source.close()


@pytest.mark.parametrize("seconds", [0.0, -3.0, float("nan"), float("inf")])
def test_a_measured_length_that_is_none_is_not_believed(tmp_path: Path, seconds: float) -> None:
    source = TrackFile.open(write_flac(tmp_path / "track.flac", tone(2.0)), seconds=seconds)
    assert source.frames_left == 2 * RATE
    source.close()


JUNK: list[tuple[str, Callable[[int], bytes]]] = [
    ("zeros", bytes),
    ("noise", np.random.default_rng(4).bytes),
    ("ones", lambda size: b"\xff" * size),
]


@pytest.mark.parametrize(("name", "junk"), JUNK)
@pytest.mark.parametrize(("ending", "codec"), [*HURT, ("ts", "mp2"), ("mka", "libopus"), ("m4a", "alac")])
def test_no_read_searches_far_and_no_file_is_searched_for_ever(
    tmp_path: Path, ending: str, codec: str, name: str, junk: Callable[[int], bytes]
) -> None:
    whole = write_by_ffmpeg(tmp_path / f"whole.{ending}", tones(3.0), RATE, codec).read_bytes()
    source = (
        TrackFile.open(saved(tmp_path / f"junk.{ending}", whole[: len(whole) * 2 // 3], junk(10_000_000)))
        if (ending != "m4a")
        else TrackFile.open(saved(tmp_path / "junk.m4a", whole, junk(10_000_000)))
    )
    file, out, most, frames = source._medium.file, np.empty((BLOCK, 2), np.float32), 0, 0
    opened = file.taken
    while True:
        before = file.taken
        read = source.read(out)
        most, frames = max(most, file.taken - before), frames + read
        if read < BLOCK:
            break
    taken = file.taken - opened
    source.close()
    assert most <= 2**20 + 2**17
    assert taken <= 2**23 + 2**21 or name == "noise"  # some of which looks like sound
    assert frames <= 9 * RATE


def test_a_large_file_of_nothing_is_refused_at_once(tmp_path: Path) -> None:
    for ending in ("mp3", "flac", "ogg", "wav", "aac", "m4a", "opus"):
        path = tmp_path / f"nothing.{ending}"
        with path.open("wb") as file:
            file.truncate(500_000_000)
        began = time.process_time()
        assert refusal(path).startswith(f"nothing.{ending}: ")
        assert time.process_time() - began < 2.0  # a read of all of it takes 10 s


def test_names_in_an_old_code_page_are_no_reason_to_refuse(tmp_path: Path) -> None:
    tag = b"TAG" + "Für Élise".encode("latin-1").ljust(125, b"\0")
    path = saved(tmp_path / "old.mp3", mp3(tmp_path, 1.0, id3v2_version="0"), tag)
    assert len(read_all(TrackFile.open(path))) / RATE == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("channels", [9, 32])
def test_channels_that_nobody_can_place_are_refused_with_what_to_do(tmp_path: Path, channels: int) -> None:
    soundfile.write(tmp_path / "many.wav", np.zeros((RATE, channels)), RATE, subtype="PCM_16")
    said = f"many.wav: has {channels} channels and does not say where each belongs: save it as stereo"
    assert refusal(tmp_path / "many.wav") == said


@pytest.mark.parametrize("channels", [10, 12, 16, 24])
def test_more_than_eight_channels_are_mixed_down(tmp_path: Path, channels: int) -> None:
    soundfile.write(tmp_path / "many.wav", tones(1.0, channels=channels), RATE, subtype="PCM_16")
    heard = read_all(TrackFile.open(tmp_path / "many.wav"))
    assert len(heard) == RATE
    assert hz_of(heard) == pytest.approx(440.0, abs=2.0)


def test_a_film_plays_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        pictures, sound = (
            container.add_stream("mpeg4", rate=25),
            container.add_stream("pcm_s16le", rate=RATE, layout="stereo"),
        )
        pictures.width = pictures.height = 64
        for number in range(50):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number, np.uint8), "rgb24")
            container.mux(pictures.encode(picture))
            samples = (32_767 * tones(0.04)).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, "s16", "stereo")
            frame.sample_rate = RATE
            container.mux(sound.encode(frame))
        container.mux(pictures.encode(None))
        container.mux(sound.encode(None))
    assert len(read_all(TrackFile.open(path))) / RATE == pytest.approx(2.0, abs=0.05)


def test_a_list_of_files_opens_none_of_them(tmp_path: Path) -> None:
    write_flac(tmp_path / "track.flac", tone(1.0))
    (tmp_path / "list.mp3").write_text("ffconcat version 1.0\nfile track.flac\n")
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\npiece.flac\n#EXT-X-ENDLIST\n")
    for name in ("list.mp3", "list.m3u8"):
        with pytest.raises(DecodeError, match=f"^{name}: "):
            TrackFile.open(tmp_path / name)


@pytest.mark.parametrize(("ending", "codec"), HURT)
def test_a_file_cut_at_any_place_plays_what_is_there(tmp_path: Path, ending: str, codec: str) -> None:
    whole = write_by_ffmpeg(tmp_path / f"whole.{ending}", tones(1.0), RATE, codec).read_bytes()
    for size in range(1024, len(whole), 1024):
        try:
            heard = read_all(TrackFile.open(saved(tmp_path / f"cut.{ending}", whole[:size])))
        except DecodeError as error:
            assert str(error).startswith(f"cut.{ending}: ")  # noqa: PT017 - not every cut is refused
        else:
            assert len(heard) <= 1.2 * RATE


def test_a_frame_louder_than_any_recording_is_left_out_without_a_step() -> None:
    rate, converter = RATE, Converter()
    frames = [np.full((2, 1000), value, np.float32) for value in (0.3, 1e5, 0.3)]
    runs = []
    for samples in frames:
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
        frame.sample_rate = rate
        for run in converter.convert(frame):
            if run.max() > 100:
                converter.drop()
            else:
                runs.append(run)
    np.testing.assert_allclose(np.concatenate(runs), 0.3, atol=1e-6)


def test_a_long_mp3_resumes_without_being_read_up_to_the_place(tmp_path: Path) -> None:
    second = mp3(tmp_path, 10.0, write_xing="0", id3v2_version="0")
    path = saved(tmp_path / "long.mp3", *[second] * 100)
    source = TrackFile.open(path, 900.0, seconds=1002.0)
    assert source._medium.file.taken < 1_000_000
    left = frames_ahead(source)
    assert left == pytest.approx(len(read_all(source)), abs=RATE // 5)
    assert left == pytest.approx(102 * RATE, abs=3 * RATE)
