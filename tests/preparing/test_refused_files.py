"""What is no music, or no music that can be used, is refused by its kind and never by its name."""

import contextlib
import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from playlists.preparing.kinds import format_of
from playlists.preparing.source import Source
from playlists.preparing.verdicts import Refused, RefusedError, Remark
from tests.preparing import odd_files as odd
from tests.preparing.verdict_of import verdict


def mp3(seconds: float = 6.0) -> bytes:
    return odd.written(odd.music(seconds), "mp3")


def zipped(how: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        archive.writestr("song.mp3", mp3())
    return made.getvalue()


def tarred() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        info = tarfile.TarInfo("song.mp3")
        info.size = len(song := mp3())
        archive.addfile(info, io.BytesIO(song))
    return made.getvalue()


SDP = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
MIDI = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0"
NO_MUSIC: dict[str, tuple[Refused, Callable[[], bytes]]] = {
    "nothing": (Refused.EMPTY, lambda: b""),
    "a ZIP with an MP3 in it, not squeezed": (Refused.ARCHIVE, lambda: zipped(zipfile.ZIP_STORED)),
    "a ZIP with an MP3 in it, squeezed": (Refused.ARCHIVE, lambda: zipped(zipfile.ZIP_DEFLATED)),
    "an empty ZIP": (Refused.ARCHIVE, lambda: b"PK\x05\x06" + bytes(18)),
    "a tar": (Refused.ARCHIVE, tarred),
    "a gzip": (Refused.ARCHIVE, lambda: gzip.compress(mp3())),
    "a 7z": (Refused.ARCHIVE, lambda: b"7z\xbc\xaf\x27\x1c\0\x04" + odd.noise(5000)),
    "a RAR": (Refused.ARCHIVE, lambda: b"Rar!\x1a\x07\x01\0" + odd.noise(5000)),
    "a JPEG": (Refused.PICTURE, odd.picture),
    "a PNG": (Refused.PICTURE, lambda: odd.picture(kind="PNG")),
    "a WebP": (Refused.PICTURE, lambda: odd.picture(kind="WEBP")),
    "a photograph of a telephone": (Refused.PICTURE, lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + odd.noise(3000)),
    "a PDF": (Refused.DOCUMENT, lambda: b"%PDF-1.7\n" + odd.noise(3000)),
    "a page": (Refused.DOCUMENT, lambda: b"<!DOCTYPE html><title>Not found</title>"),
    "a page with a mark in front": (Refused.DOCUMENT, lambda: b"\xef\xbb\xbf  <html><body>"),
    "a letter": (Refused.DOCUMENT, lambda: "Liebe Grüße".encode() * 900),
    "a letter of 1998": (Refused.DOCUMENT, lambda: "Liebe Grüße".encode("cp1252")),
    "an M3U": (Refused.PLAYLIST, lambda: b"#EXTM3U\n#EXTINF:30,Song\nsong.mp3\n"),
    "an M3U without its head": (Refused.PLAYLIST, lambda: b"# mine\r\nC:\\Music\\song.mp3\r\n"),
    "an M3U with a mark in front": (Refused.PLAYLIST, "\ufeffLöwe.flac\n".encode),
    "an M3U in UTF-16": (Refused.PLAYLIST, lambda: "#EXTM3U\nsong.mp3\n".encode("utf-16")),
    "a PLS": (Refused.PLAYLIST, lambda: b"[playlist]\nFile1=song.mp3\n"),
    "an XSPF": (Refused.PLAYLIST, lambda: b'<?xml version="1.0"?>\n<playlist version="1">'),
    "an ffconcat": (Refused.PLAYLIST, lambda: b"ffconcat version 1.0\nfile /etc/passwd\n"),
    "an SDP": (Refused.PLAYLIST, lambda: SDP),
    "a MIDI file": (Refused.MIDI, lambda: MIDI),
    "noise": (Refused.UNKNOWN, lambda: odd.noise(1 << 20)),
    "zeros": (Refused.UNKNOWN, lambda: bytes(1 << 20)),
    "a program": (Refused.UNKNOWN, lambda: b"\x7fELF\x02\x01\x01" + odd.noise(4000)),
    "a tag and nothing behind it": (Refused.UNKNOWN, lambda: odd.id3(odd.id3_text(b"TIT2", "Song"))),
    "a tag that is longer than its file": (Refused.UNKNOWN, lambda: b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + mp3()),
}


@pytest.mark.parametrize("name", NO_MUSIC)
def test_a_file_that_is_no_music_is_told_by_what_it_is(name: str, tmp_path: Path):
    refused, content = NO_MUSIC[name]
    assert verdict(tmp_path, content()) == refused


@pytest.mark.parametrize("entry", [b"drms", b"enca", b"aavd"])
@pytest.mark.parametrize("options", [{}, {"movflags": "+faststart"}], ids=["table behind", "table in front"])
def test_a_file_with_a_shops_lock_is_refused(entry: bytes, options: dict[str, str], tmp_path: Path):
    bought = odd.locked(odd.written(odd.music(), "m4a", options=options), entry)
    assert verdict(tmp_path, bought) == Refused.PROTECTED


def test_an_audio_book_with_a_lock_is_refused(tmp_path: Path):
    assert verdict(tmp_path, b"\0\0\0\x1cftypaax \0\0\0\x01" + odd.noise(9000)) == Refused.PROTECTED
    assert verdict(tmp_path, b"\0\x01\0\0\x57\x90\x75\x36" + odd.noise(9000)) == Refused.PROTECTED


def test_a_word_in_a_title_that_reads_like_a_lock_is_none(tmp_path: Path):
    song = odd.written(odd.music(), "m4a", tags={"title": "Flamenca drms"}, options={"movflags": "+faststart"})
    assert verdict(tmp_path, song) == set()


@pytest.mark.parametrize("kind", ["mp4", "avi"])
def test_a_films_sound_is_taken_only_when_someone_says_so(kind: str, tmp_path: Path):
    film = odd.film(odd.music(), kind)
    assert verdict(tmp_path, film) == Refused.VIDEO
    assert isinstance(verdict(tmp_path, film, film=True), set)


@pytest.mark.parametrize("seconds", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("kind", ["mp3", "wav", "m4a", "opus"])
def test_less_than_a_second_is_too_short(kind: str, seconds: float, tmp_path: Path):
    assert verdict(tmp_path, odd.written(odd.music(seconds), kind)) in {Refused.TOO_SHORT, Refused.UNKNOWN}


def test_silence_is_refused(tmp_path: Path):
    assert verdict(tmp_path, odd.written(odd.silence(6), "wav")) == Refused.SILENT
    assert verdict(tmp_path, odd.written(odd.music(level=0.0001), "float.wav")) == Refused.SILENT


@pytest.mark.parametrize("value", [40.0, np.nan, np.inf])
def test_samples_that_are_no_sound_are_refused(value: float, tmp_path: Path):
    sound = odd.music()
    sound[90_000:90_100] = value
    assert verdict(tmp_path, odd.written(sound, "float.wav")) == Refused.NOT_NUMBERS


def test_a_recording_may_go_a_little_over_full_scale(tmp_path: Path):
    assert isinstance(verdict(tmp_path, odd.written(odd.music(level=1.6), "float.wav")), set)


def test_the_length_that_counts_is_what_was_decoded(tmp_path: Path):
    bomb = tmp_path / "bomb.flac"
    bomb.write_bytes(odd.written(odd.silence(600), "flac"))
    assert bomb.stat().st_size < 500_000
    with Source.open(bomb) as source:
        source.longest_s = 60.0
        with pytest.raises(RefusedError, match="too_long"):
            list(source.blocks())
        assert source.found.seconds <= 61


@pytest.mark.parametrize("kind", ["mp3", "m4a", "flac", "ogg", "opus"])
def test_a_file_that_is_garbage_for_the_most_part_is_broken(kind: str, tmp_path: Path):
    song = odd.written(odd.music(8), kind)
    ruined = odd.with_hole(song, share=0.15, length=int(len(song) * 0.8))
    said = verdict(tmp_path, ruined)
    assert said == Refused.BROKEN or (isinstance(said, set) and Remark.CUT_SHORT in said)


@pytest.mark.parametrize("kind", ["flac", "ogg", "opus", "m4a"])
def test_garbage_inside_a_file_never_plays_as_a_bang(kind: str, tmp_path: Path):
    (path := tmp_path / "song").write_bytes(odd.with_hole(odd.written(odd.music(8, level=0.1), kind), length=2000))
    with Source.open(path) as source:
        with contextlib.suppress(RefusedError):
            assert all(np.abs(block).max() < 0.3 for block in source.blocks())
        assert source.found.seconds > 5


def test_noise_that_looks_like_a_frame_is_no_music():
    frame = b"\xff\xfb\x90\x64"
    for seed in range(200):
        with pytest.raises(RefusedError):
            format_of(frame + odd.noise(1 << 16, seed))


def test_a_text_that_was_made_to_be_slow_to_read_is_read_at_once(tmp_path: Path):
    assert verdict(tmp_path, b"# " * 100_000) == Refused.DOCUMENT
    assert verdict(tmp_path, b"<?xml" + b" " * 100_000) == Refused.DOCUMENT


def test_a_file_of_boxes_within_boxes_is_broken_and_ends(tmp_path: Path):
    boxes = b"".join(
        struct.pack(">I", 1 << 20) + name for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    )
    assert verdict(tmp_path, b"\0\0\0\x08ftyp" + boxes * 2000) in {Refused.BROKEN, Refused.NO_SOUND}
