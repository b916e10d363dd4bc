"""A cover becomes a small JPEG without its camera's traces, or nothing; the music is never the worse for it."""

import io
from pathlib import Path

import pytest
from PIL import Image

from playlists.preparing.labels import small_picture
from tests.preparing import odd_files as odd
from tests.preparing.verdict_of import prepared


def opened(raw: bytes | None) -> Image.Image:
    assert raw is not None
    return Image.open(io.BytesIO(raw))


def test_a_cover_in_an_mp3_is_kept_small(tmp_path: Path):
    tag = odd.id3(odd.id3_cover(odd.picture(2000, 1000)))
    assert prepared(tmp_path, tag + odd.without_id3(odd.written(odd.music(3.0), "mp3"))).has_cover
    with Image.open(tmp_path / "made" / "cover.jpg") as cover:
        assert (cover.format, cover.size) == ("JPEG", (480, 240))


def test_a_file_without_a_cover_has_none(tmp_path: Path):
    assert not prepared(tmp_path, odd.written(odd.music(3.0), "flac")).has_cover
    assert not (tmp_path / "made" / "cover.jpg").exists()


def test_a_cover_that_is_no_picture_costs_the_cover_only(tmp_path: Path):
    tag = odd.id3(odd.id3_cover(b"\xff\xd8\xff" + odd.noise(5000)))
    assert not prepared(tmp_path, tag + odd.without_id3(odd.written(odd.music(3.0), "mp3"))).has_cover


def test_a_camera_s_traces_are_gone_and_the_picture_stands_upright():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Anna"
    exif.get_ifd(0x8825)[1] = "N"
    upright = opened(small_picture(odd.picture(60, 40, exif=exif)))
    assert upright.size == (40, 60)
    assert not upright.getexif()
    assert "exif" not in upright.info


@pytest.mark.parametrize("side", [5_001, 9_000, 30_000])
def test_a_picture_that_would_unpack_to_hundreds_of_megabytes_is_left_out(side: int):
    assert small_picture(odd.wide_png(side)) is None


@pytest.mark.parametrize("raw", [b"", b"\xff\xd8\xff", odd.noise(5000), odd.picture()[:200], b"<svg onload='x'/>"])
def test_what_cannot_be_drawn_is_left_out(raw: bytes):
    assert small_picture(raw) is None


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "L", "1", "I;16"])
def test_every_kind_of_colour_becomes_a_jpeg(mode: str):
    made = io.BytesIO()
    Image.new(mode, (20, 20)).save(made, "PNG")
    assert opened(small_picture(made.getvalue())).mode == "RGB"
