"""Whatever a power cut, a failing card or an editor left in a file: each reader answers or refuses in one line."""

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from device import card_volume
from device.card_volume import kept
from device.clock import clock
from device.config import calibration, last_good
from device.config import settings as config
from device.config.table import ConfigError
from device.display.screens.languages import Word, _words, said
from device.log.log import Log
from device.log.stores import read_memory
from device.music import track_levels
from device.music.music import Music
from device.rules.memory import encode_memory, memory_of, recall
from device.rules.state import State
from firmware.sound_cards import sound_cards
from playlists.catalogue import catalogue_playlists
from playlists.exchange import read_m3u, read_xspf, write_m3u, write_xspf
from playlists.format import PlaylistError, parse_playlist, write_playlist
from playlists.index import INDEX_NAME, Recording, read_index, write_index
from playlists.track_level import MonoMix, TrackLevel
from tests.rules.bed import BUILT_IN, Bed, assigned

ROOT = Path(__file__).resolve().parents[2]
ID = "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0404"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
A_PLAYLIST = catalogue_playlists()[0]


@dataclass(frozen=True, slots=True)
class Reader:
    """One who reads a file: its name, what a sound one holds, and how it is read; refusals are of `refuses`."""

    file: str
    sound: bytes
    read: Callable[[Path], object]
    refuses: tuple[type[Exception], ...] = ()


def _index() -> bytes:
    held = Recording("slow-tide", "ab" * 32, 60.0, "Slow tide", -20.0, -3.0, 4.0)
    entry = {name: getattr(held, name) for name in ("sha256", "seconds", "title", "lufs", "true_peak", "range_lu")}
    return json.dumps({"version": 1, "tracks": {held.slug: entry}}).encode()


def _levels() -> bytes:
    entry = TrackLevel(-20.0, -20.0, -20.0, -20.0, MonoMix.SUM, -3.0).entry()
    return json.dumps({"version": track_levels.VERSION, "tracks": {"ab" * 32: entry}}).encode()


def _state() -> State:
    return State(boot="b00t", code="7F3A", builtin=BUILT_IN, held=frozenset(), level_dba=50.0)


def _remember(path: Path) -> State:
    return recall(_state(), path.read_bytes(), 5.0, 1.7e9, clock_ok=True)


def _clock(path: Path) -> bool:
    found = clock.SystemClock(path, is_kept=lambda: False, boot="boot-1", keeps=False)
    found.utcnow()
    return found.known()


def _music(path: Path) -> object:
    music = Music(path.parent)
    return music.builtin(), music.adjustment("ab" * 32)


def _log(path: Path) -> object:
    log = Log(path, boot="b00t", utcnow=lambda: NOW, clock_ok=lambda: True, trouble=lambda _: None)
    try:
        return log.open(), log.batch()
    finally:
        log.close()


def _words_of(path: Path) -> str:
    _words.cache_clear()
    return said(Word.PLAY, "xx", path.parent)


def _memory() -> bytes:
    bed = Bed()
    bed.happens(assigned(1, *BUILT_IN))
    bed.press("play")
    return encode_memory(memory_of(bed.state), 1.7e9)


def _text(read: Callable[[str, str], object]) -> Callable[[Path], object]:
    return lambda path: read(path.read_bytes().decode(errors="replace"), path.name)


BOX = f'[box]\nid = "{ID}"\ndata = "."\n[sound]\ncap_day_dba = 55\nmono = true\n[link]\nbrokers = ["a.example:8883"]\n'
CLOCK = {"boot": "boot-1", "ahead_s": NOW.timestamp()}
SET, LIST = write_playlist(A_PLAYLIST).encode(), write_m3u(A_PLAYLIST, lambda track: track.slug).encode()
LANGUAGE = b'play = "PLAY"\nnext = "NEXT"\n'
READERS = {
    "configuration": Reader("device.toml", BOX.encode(), config.load, (ConfigError,)),
    "configuration to run by": Reader("device.toml", BOX.encode(), last_good.load, (ConfigError,)),
    "its last good copy": Reader(
        "device.toml.last-good", BOX.encode(), lambda path: last_good.load(path.parent / "device.toml"), (ConfigError,)
    ),
    "box id": Reader("box-id", ID.encode(), lambda path: config.default_settings(path.parent), (ConfigError,)),
    "calibration": Reader(
        calibration.FILE_NAME,
        b"full_scale_dba = 71.5\nmeasured_on = 2026-03-01\nby = 'facilities'\n",
        lambda path: calibration.read(path.parent),
        (ConfigError,),
    ),
    "measured levels": Reader(
        track_levels.FILE_NAME, _levels(), lambda path: track_levels.TrackLevels(path).get("ab" * 32)
    ),
    "the card's controls": Reader(
        card_volume.FILE_NAME, b'{"card": "Headphones", "controls": {"PCM": "80"}}', lambda path: kept(path.parent)
    ),
    "index": Reader(INDEX_NAME, _index(), lambda path: read_index(path.parent), (PlaylistError,)),
    "music": Reader(INDEX_NAME, _index(), _music),
    "words of the screen": Reader("xx.toml", LANGUAGE, _words_of),
    "clock": Reader(clock.FILE_NAME, json.dumps(CLOCK).encode(), _clock),
    "memory": Reader("memory", _memory(), _remember),
    "memory of a card that cannot be written": Reader("log.sqlite3", b"SQLite format 3\0", read_memory),
    "log": Reader("log.sqlite3", b"SQLite format 3\0", _log),
    "what the kernel says": Reader(
        "cards", b" 0 [Headphones     ]: bcm2835 - bcm2835 Headphones\n", lambda path: sound_cards(path.parent)
    ),
    "playlist": Reader("set.toml", SET, _text(parse_playlist), (PlaylistError,)),
    "M3U": Reader("list.m3u", LIST, _text(read_m3u), (PlaylistError,)),
    "XSPF": Reader(
        "list.xspf", write_xspf(A_PLAYLIST, lambda track: track.slug).encode(), _text(read_xspf), (PlaylistError,)
    ),
}
DIGITS = b"9" * 5000
NASTY = (
    b"",
    b"\n",
    b"\0",
    b"\0" * 4096,
    b"\xff\xfe[\0b\0o\0x\0",
    b'[box]\nname = "M\xfcller"\n',
    b"[" * 100_000,
    b"a = " + b"[" * 100_000,
    b"a = " + b"{b = " * 50_000,
    b'{"tracks": ' * 100_000,
    b"a = " + DIGITS,
    b".".join([b"a"] * 100_000) + b" = 1",
    b"[" + b".".join([b"a"] * 100_000) + b"]",
    b'{"version": 1, "tracks": {"a": {"a_mono_dbfs": ' + b"9" * 400 + b"}}}",
    b"a = 0x" + b"f" * 5000,
    b'{"version": ' + DIGITS + b"}",
    b'{"version": 1, "tracks": {"a": ' + DIGITS + b"}}",
    b'{"version": NaN, "tracks": {}}',
    b'{"version": [1], "tracks": {}, "tracks": {}}',
    b'{"version": {}, "tracks": {}, "tracks": {}}',
    b'{"version": 1, "tracks": {"\\ud800": {}}}',
    b"<playlist>" + b"<a>" * 10_000,
    b"null",
    b"true",
    b'"text"',
    b"x" * (5 << 20),
)


def _answers(reader: Reader, folder: Path, contents: bytes) -> None:
    """It answers, or refuses in one line of letters."""
    path = folder / reader.file
    for left in folder.glob("log.sqlite3*"):
        left.unlink()
    path.write_bytes(contents)
    try:
        reader.read(path)
    except reader.refuses as refusal:
        line = str(refusal)
        assert line.replace(str(folder), "").isprintable(), line
        assert len(line) < 800


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> Reader:
    return READERS[request.param]


@pytest.mark.parametrize("contents", NASTY, ids=lambda contents: f"{contents[:20]!r}-{len(contents)}")
def test_every_reader_survives_what_nobody_meant_to_write(reader: Reader, tmp_path: Path, contents: bytes) -> None:
    _answers(reader, tmp_path, contents)


def test_every_reader_survives_a_sound_file_that_was_cut_or_zeroed(reader: Reader, tmp_path: Path) -> None:
    sound = reader.sound
    for at in range(0, len(sound), max(1, len(sound) // 25)):
        _answers(reader, tmp_path, sound[:at])
        _answers(reader, tmp_path, sound[:at] + bytes(len(sound) - at))
        _answers(reader, tmp_path, sound[:at] + DIGITS + sound[at:])
        _answers(reader, tmp_path, sound[:at] + b"\xef\xbb\xbf\\ud800" + sound[at:])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
@example(contents=b"\xed\xa0\x80")
def test_every_reader_survives_any_bytes(reader: Reader, tmp_path: Path, contents: bytes) -> None:
    _answers(reader, tmp_path, contents)


def _places(path: Path) -> Iterator[None]:
    path.mkdir()
    yield
    path.rmdir()
    os.mkfifo(path)
    yield
    path.unlink()
    path.symlink_to("/dev/zero")
    yield
    path.unlink()
    path.symlink_to(path)
    yield
    path.unlink()


@pytest.mark.parametrize(
    "name",
    [
        "configuration",
        "configuration to run by",
        "box id",
        "calibration",
        "index",
        "music",
        "clock",
        "measured levels",
        "the card's controls",
    ],
)
def test_what_is_no_file_is_refused_and_never_waited_for(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    for _ in _places(tmp_path / reader.file):
        with contextlib.suppress(*reader.refuses):
            reader.read(tmp_path / reader.file)


FROM_THE_KERNEL_OR_OURSELVES = {
    "device/clock/kernel_clock.py",
    "device/machine.py",
    "device/health.py",
    "firmware/sound_cards.py",
    "firmware/gpio/pwm.py",
    "firmware/speaker/kernel.py",
    "firmware/speaker/player/cards.py",
    "firmware/simulator/panel_request.py",
    "playlists/catalogue/__init__.py",
    "playlists/parsing.py",
    "playlists/starter/render.py",
}


def test_whoever_reads_a_file_that_may_hold_anything_reads_it_by_the_readers_for_that() -> None:
    direct = re.compile(r"\bjson\.loads?\(|\btomllib\.|\.read_bytes\(|\.read_text\(")
    sources = [file for package in ("device", "firmware", "playlists") for file in (ROOT / package).rglob("*.py")]
    found = {str(file.relative_to(ROOT)) for file in sources if direct.search(file.read_text())}
    assert found - FROM_THE_KERNEL_OR_OURSELVES == set()


def test_a_byte_order_mark_is_no_part_of_any_file(tmp_path: Path) -> None:
    for name in ("configuration", "calibration", "index", "box id"):
        reader = READERS[name]
        (tmp_path / reader.file).write_bytes(b"\xef\xbb\xbf" + reader.sound)
        assert reader.read(tmp_path / reader.file)


def test_an_index_whose_numbers_cannot_be_is_refused(tmp_path: Path) -> None:
    write_index(tmp_path, {"a": Recording("a", "ab" * 32, 60.0, "A", -20.0, -3.0, 4.0)})
    sound = (tmp_path / INDEX_NAME).read_text()
    for seconds in ("1e999", "9" * 400, "-1", "0", "86401"):
        (tmp_path / INDEX_NAME).write_text(sound.replace('"seconds": 60.0', f'"seconds": {seconds}'))
        with pytest.raises(PlaylistError):
            read_index(tmp_path)
