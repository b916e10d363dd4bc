"""Music that is odd becomes a track, and what a therapist should look at is said."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from playlists.preparing.prepare import Prepared
from playlists.preparing.verdicts import Refused, Remark
from tests.preparing import odd_files as odd
from tests.preparing.verdict_of import prepared, verdict

SONG = odd.music(6.0)


def mp3(seconds: float = 6.0) -> bytes:
    return odd.written(odd.music(seconds), "mp3")


def raw_mp3(seconds: float = 6.0) -> bytes:
    return odd.without_id3(mp3(seconds))


def joined_at_serials(first: str, second: str) -> bytes:
    """A chained Ogg; `bitexact` gives both the same serial number."""
    return b"".join(
        odd.written(odd.music(3.0, hz=hz), "ogg", options={"fflags": flags} if flags else {})
        for hz, flags in ((220.0, first), (330.0, second))
    )


def antiphase() -> odd.Sound:
    return np.stack([SONG[:, 0], -SONG[:, 0]], axis=1)


def one_sided() -> odd.Sound:
    return np.stack([SONG[:, 0], 0 * SONG[:, 0]], axis=1)


def surround() -> odd.Sound:
    return np.tile(SONG, (1, 3))


def hidden_track() -> odd.Sound:
    return np.concatenate([SONG, odd.silence(10), SONG])


def spiky() -> odd.Sound:
    """Soft music with claps: to be as loud as the rest, the claps would go over the ceiling."""
    sound = 0.4 * SONG
    for place in range(10_000, len(sound), 60_000):
        clap = np.random.default_rng(place).uniform(-1, 1, 400) * np.exp(-np.arange(400) / 100)
        sound[place : place + 400] += clap[:, None]
    return sound


ODD: dict[str, tuple[set[Remark], Callable[[], bytes]]] = {
    "an MP3": (set(), mp3),
    "an Ogg": (set(), lambda: odd.written(SONG, "ogg")),
    "an Opus": (set(), lambda: odd.written(SONG, "opus")),
    "an M4A with its edit list": (set(), lambda: odd.written(SONG, "m4a")),
    "an M4A made for the web": (set(), lambda: odd.written(SONG, "m4a", options={"movflags": "+faststart"})),
    "a FLAC": (set(), lambda: odd.written(SONG, "flac")),
    "an AIFF": (set(), lambda: odd.written(SONG, "aiff")),
    "a WAV of floats": (set(), lambda: odd.written(SONG, "float.wav")),
    "mono": (set(), lambda: odd.written(SONG[:, :1], "wav")),
    "a cover in front": (set(), lambda: odd.id3(odd.id3_cover(odd.picture())) + raw_mp3()),
    "two tags in front": (set(), lambda: 2 * odd.id3(odd.id3_text(b"TIT2", "Song")) + raw_mp3()),
    "a tag in front of a FLAC": (set(), lambda: odd.id3(odd.id3_text(b"TIT2", "A")) + odd.written(SONG, "flac")),
    "20 kB of garbage in front": (set(), lambda: odd.noise(20_000) + raw_mp3()),
    "a header that says hours": ({Remark.CUT_SHORT}, lambda: odd.with_xing_frames(mp3(), 1_000_000)),
    "a header that says a second": (set(), lambda: odd.with_xing_frames(mp3(), 40)),
    "an MP3 cut in half": ({Remark.CUT_SHORT}, lambda: (song := mp3(12.0))[: len(song) // 2]),
    "an M4A for the web, cut": (
        {Remark.CUT_SHORT, Remark.DAMAGED},
        lambda: (song := odd.written(SONG, "m4a", options={"movflags": "+faststart"}))[: len(song) // 2],
    ),
    "a WAV cut in half": ({Remark.CUT_SHORT}, lambda: (song := odd.written(SONG, "wav"))[: len(song) // 2]),
    "a hole of garbage": ({Remark.DAMAGED}, lambda: odd.with_hole(mp3(12.0), length=1500)),
    "a WAV whose size is the highest": (set(), lambda: odd.with_wav_size(odd.written(SONG, "wav"), 0xFFFFFFFF)),
    "a WAV whose size is 0": (set(), lambda: odd.with_wav_size(odd.written(SONG, "wav"), 0)),
    "two Oggs with two serials": (set(), lambda: joined_at_serials("", "")),
    "two Oggs with one serial": (set(), lambda: joined_at_serials("+bitexact", "+bitexact")),
    "antiphase": ({Remark.OUT_OF_PHASE}, lambda: odd.written(antiphase(), "flac")),
    "one side only": ({Remark.ONE_SIDED}, lambda: odd.written(one_sided(), "flac")),
    "5.1": ({Remark.DOWNMIXED}, lambda: odd.written(surround(), "flac")),
    "8 kHz": ({Remark.THIN}, lambda: odd.written(odd.music(6.0, rate=8000), "wav", rate=8000)),
    "two songs with ten seconds between": ({Remark.LONG_SILENCE}, lambda: odd.written(hidden_track(), "flac")),
    "half a minute of silence at its end": (
        {Remark.LONG_EDGES},
        lambda: odd.written(np.concatenate([SONG, odd.silence(30)]), "flac"),
    ),
    "claps in soft music": ({Remark.EASED}, lambda: odd.written(spiky(), "flac")),
    "a recording that is far too soft": (
        {Remark.BOOST_LIMITED, Remark.SOFTER},
        lambda: odd.written(0.01 * SONG, "float.wav"),
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_music_becomes_a_track_with_its_remarks(name: str, tmp_path: Path):
    remarks, content = ODD[name]
    said = verdict(tmp_path, content())
    assert said == remarks


def test_ten_files_joined_are_as_long_as_all_of_them(tmp_path: Path):
    made = prepared(tmp_path, b"".join(raw_mp3(3.0) for _ in range(10)))
    assert made.source_seconds == pytest.approx(30, abs=1.0)
    assert {told.remark for told in made.told} <= {Remark.DAMAGED}


@pytest.mark.parametrize("flags", ["", "+bitexact"], ids=["two serials", "one serial"])
def test_all_of_a_chained_file_is_taken(flags: str, tmp_path: Path):
    assert prepared(tmp_path, joined_at_serials(flags, flags)).source_seconds == pytest.approx(6.0, abs=0.05)


@pytest.mark.parametrize("kind", ["mp3", "m4a", "ogg", "opus", "flac", "wav"])
def test_what_an_encoder_adds_at_the_ends_is_taken_off(kind: str, tmp_path: Path):
    assert prepared(tmp_path, odd.written(SONG, kind)).source_seconds == pytest.approx(6.0, abs=0.05)


def test_a_hole_of_garbage_costs_its_own_moment_only(tmp_path: Path):
    assert prepared(tmp_path, odd.with_hole(mp3(12.0), length=1500)).source_seconds == pytest.approx(12.0, abs=0.3)


def test_a_large_hole_of_garbage_is_refused(tmp_path: Path):
    assert verdict(tmp_path, odd.with_hole(mp3(12.0), length=100_000)) in (Refused.BROKEN, {Remark.CUT_SHORT})


def test_the_rate_of_a_file_is_what_its_decoder_gives(tmp_path: Path):
    made = prepared(tmp_path, odd.written(odd.music(6.0, rate=44_100), "m4a", rate=44_100))
    assert made.codec == "aac"
    assert not made.told


def labels_of(folder: Path, *frames: bytes) -> Prepared:
    return prepared(folder, odd.id3(*frames) + raw_mp3(3.0))


def test_a_title_of_a_megabyte_is_cut(tmp_path: Path):
    assert labels_of(tmp_path, odd.id3_text(b"TIT2", "Lied " * 200_000)).labels["title"] == ("Lied " * 40).strip()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Für Élise\0\x07 ☂", "Für Élise ☂"),
        ("a\r\n b\u2028c\u202ed", "a b c d"),
        ("e\u0301te\u0301", "été"),
        ("夜の歌", "夜の歌"),
    ],
)
def test_a_title_is_one_line_that_a_page_can_show(written: str, shown: str, tmp_path: Path):
    song = odd.written(odd.music(3.0), "flac", tags={"title": written.replace("\0", "\x01")})
    assert prepared(tmp_path, song).labels["title"] == shown


def test_letters_that_are_none_are_replaced(tmp_path: Path):
    labels = labels_of(tmp_path, odd.id3_frame(b"TPE1", b"\x03Gr\xfc\xdfe \xed\xa0\x80")).labels
    labels["artist"].encode()
    assert labels["artist"].startswith("Gr")


def test_a_title_that_unpacks_to_200_megabytes_is_cut_or_left_out(tmp_path: Path):
    assert len(labels_of(tmp_path, odd.id3_bomb(200_000_000)).labels.get("title", "")) <= 200
