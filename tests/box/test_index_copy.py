"""An index of the music folder that a power cut spoilt: the box plays by the last one it could use, and says so."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from device.music.index_copy import FOLDER_NAME, IndexCopy
from device.music.music import Music
from device.rules.events import MusicFound, TracksHeld
from messages import Code, Fault, FaultOver, Part, because
from playlists.index import INDEX_NAME
from tests.box.simulated import whole_box
from tests.box.test_music_that_comes_later import HASH, adjustment_at, faults, fill
from tests.rules.bed import ALL_TRACKS, BUILT_IN, Bed, told


def a_music(folder: Path) -> Music:
    """A box that starts again."""
    return Music(folder / "music", copy=IndexCopy(folder / "data"))


def zeros(index: Path) -> None:
    index.write_bytes(bytes(index.stat().st_size))


def half(index: Path) -> None:
    contents = index.read_bytes()
    index.write_bytes(contents[: len(contents) // 2])


def other_version(index: Path) -> None:
    index.write_text(index.read_text().replace('"version": 2', '"version": 9'))


SPOILS: list[Callable[[Path], None]] = [zeros, half, other_version, Path.unlink]


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_a_start_with_a_spoilt_index_plays_by_its_last_good_copy(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    fill(tmp_path / "music", a_dbfs=-33.0)
    before = a_music(tmp_path).look()
    spoil(tmp_path / "music" / INDEX_NAME)
    music = a_music(tmp_path)
    found = music.look()
    assert (found.builtin, found.held) == (before.builtin, before.held)
    assert found.builtin
    assert INDEX_NAME in str(found.reason)
    assert music.adjustment(HASH) == adjustment_at(-33.0), "as loud as before"


def test_a_mended_index_goes_before_its_copy_and_is_kept(tmp_path: Path) -> None:
    fill(tmp_path / "music")
    a_music(tmp_path).look()
    fill(tmp_path / "music", a_dbfs=-33.0)
    a_music(tmp_path).look()
    zeros(tmp_path / "music" / INDEX_NAME)
    music = a_music(tmp_path)
    music.look()
    assert music.adjustment(HASH) == adjustment_at(-33.0)
    fill(tmp_path / "music", a_dbfs=-36.0)
    assert music.look().reason is None
    assert music.adjustment(HASH) == adjustment_at(-36.0)


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_a_copy_that_is_spoilt_too_is_none(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    fill(tmp_path / "music")
    a_music(tmp_path).look()
    zeros(tmp_path / "music" / INDEX_NAME)
    spoil(tmp_path / "data" / FOLDER_NAME / INDEX_NAME)
    assert a_music(tmp_path).look().builtin == ()


def test_the_copy_is_written_only_where_it_differs(tmp_path: Path) -> None:
    fill(tmp_path / "music")
    a_music(tmp_path).look()
    copy = tmp_path / "data" / FOLDER_NAME / INDEX_NAME
    before = copy.stat()
    a_music(tmp_path).look()
    assert copy.stat() == before


def test_a_copy_that_cannot_be_kept_costs_no_music_and_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(tmp_path / "music")
    (tmp_path / "data").write_text("a file in the folder's place")
    music = a_music(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert music.look().builtin
        assert music.look().builtin
    assert len(caplog.records) == 1
    assert "music=not-kept" in caplog.text


def test_a_spoilt_index_is_a_fault_until_it_is_mended_though_music_plays() -> None:
    bed = Bed()
    spoilt = MusicFound(BUILT_IN, ALL_TRACKS, because(Code.NO_INDEX, what="index.json: is not JSON, run: make venv"))
    bed.happens(spoilt)
    bed.press("play")
    bed.happens(TracksHeld(ALL_TRACKS))
    bed.happens(TracksHeld(ALL_TRACKS | {"ff" * 32}))
    bed.happens(spoilt)
    reason = because(Code.INDEX_COPY, what="index.json: is not JSON, run: make venv")
    assert faults(bed) == [told(Fault, reason, part=Part.CONFIG)]
    assert bed.heard == ["tide"]
    bed.now += 5.0
    bed.happens(MusicFound(BUILT_IN, ALL_TRACKS))
    assert faults(bed)[1:] == [FaultOver(part=Part.CONFIG, lasted_s=5.0)]


def test_a_whole_box_with_a_spoilt_index_has_its_music_and_tells_the_fault(tmp_path: Path) -> None:
    fill(tmp_path / "music")
    Music(tmp_path / "music", copy=IndexCopy(tmp_path)).look()
    zeros(tmp_path / "music" / INDEX_NAME)
    with whole_box(tmp_path) as (box, _):
        while Part.CONFIG not in {part for part, _ in box.loop.state.faults}:
            assert box.loop.turn()
        assert box.loop.state.playlists


def test_an_index_that_never_could_be_used_is_no_copy_of_anything() -> None:
    bed = Bed()
    bed.happens(MusicFound((), ALL_TRACKS, because(Code.NO_INDEX, what="there is no music here yet")))
    bed.happens(MusicFound(BUILT_IN, ALL_TRACKS))
    assert {fault.part for fault in faults(bed)} == {Part.MUSIC}
