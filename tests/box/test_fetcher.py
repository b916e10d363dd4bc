"""Tracks come to the box over real HTTP: whole and verified or not at all, whatever the server and the power do."""

import hashlib
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from device.music.track_store import FILE_NAME, SYNC_BYTES, TrackStore
from device.rules.events import BedPlaylist
from device.rules.session import Session
from messages import Code
from tests.box.content_server import ContentServer
from tests.box.fetching_box import FetchingBox, needing
from tests.end_to_end.processes import ROOT, until

MB = 1_000_000
CHANCE = random.Random(26)
LIES = ["other content", "gzip", "no length", "too short", "huge", "404", "418"]


def named(*contents: bytes) -> dict[str, bytes]:
    """Tracks by hash."""
    return {hashlib.sha256(content).hexdigest(): content for content in contents}


TRACKS = named(*(CHANCE.randbytes(300_000 + place) for place in range(4)))
NAMES = tuple(TRACKS)


@pytest.fixture
def server() -> Iterator[ContentServer]:
    with ContentServer(TRACKS).running() as server:
        yield server


@contextmanager
def fetching(box: FetchingBox) -> Iterator[FetchingBox]:
    """It fetches while this lasts."""
    box.fetcher.start()
    try:
        yield box
    finally:
        box.fetcher.close()


def left_over(box: FetchingBox) -> list[str]:
    """Files that are neither whole tracks nor unfinished ones."""
    folder = box.music.folder
    return [str(path) for path in folder.rglob("*") if path.is_file() and path.parent.name not in {"tracks", "partial"}]


def is_true(box: FetchingBox) -> bool:
    """Whether every track has the content of its name."""
    files = (box.music.folder / "tracks").iterdir() if (box.music.folder / "tracks").exists() else ()
    return all(hashlib.sha256(path.read_bytes()).hexdigest() == path.stem for path in files)


def test_what_is_assigned_and_missing_comes_in_the_order_of_the_playlist(tmp_path: Path, server: ContentServer) -> None:
    with fetching(FetchingBox(tmp_path, server.url, *NAMES)) as box:
        until("all are there", lambda: box.has(*NAMES))
        assert [box.arrived.get(timeout=5) for _ in NAMES] == list(NAMES)
    assert [sha256 for sha256, _ in server.asked] == list(NAMES), "each once"
    assert is_true(box)
    assert not left_over(box)
    assert not list((box.music.folder / "partial").iterdir())


def test_what_is_there_is_never_fetched(tmp_path: Path, server: ContentServer) -> None:
    box = FetchingBox(tmp_path, server.url, *NAMES)
    (box.music.folder / "tracks").mkdir(parents=True)
    (box.music.folder / "tracks" / f"{NAMES[0]}.opus").write_bytes(TRACKS[NAMES[0]])
    with fetching(box):
        until("all are there", lambda: box.has(*NAMES))
    assert NAMES[0] not in dict(server.asked)


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_one_track_never_stores_it_and_never_stops_the_others(
    tmp_path: Path, server: ContentServer, lie: str
) -> None:
    server.lie, server.lies_about = lie, frozenset(NAMES[:1])
    with fetching(FetchingBox(tmp_path, server.url, *NAMES)) as box:
        until("the others are there", lambda: box.has(*NAMES[1:]))
        until("it was tried again", lambda: [sha256 for sha256, _ in server.asked].count(NAMES[0]) >= 3)
        assert is_true(box)
        assert not box.has(NAMES[0])
        server.lie = ""
        until("an honest server gives it", lambda: box.has(NAMES[0]))
    assert is_true(box)


@pytest.mark.parametrize("lie", ["other range", "no ranges", "too long"])
def test_after_a_cut_a_server_that_sends_another_part_or_length_or_all_of_it_is_understood(
    tmp_path: Path, server: ContentServer, lie: str
) -> None:
    server.cuts = [100_000]
    server.lie = lie
    with fetching(FetchingBox(tmp_path, server.url, NAMES[0])) as box:
        until("it is there", lambda: box.has(NAMES[0]))
    assert is_true(box)
    assert "bytes=100000-" in [wanted for _, wanted in server.asked]


def test_a_track_that_arrives_wrong_each_time_is_told_and_that_it_came_too(
    tmp_path: Path, server: ContentServer
) -> None:
    server.lie = "other content"
    with fetching(FetchingBox(tmp_path, server.url, NAMES[0])) as box:
        reason = box.trouble.get(timeout=20)
        assert reason is not None
        assert reason.code is Code.TRACK_ARRIVES_WRONG
        server.lie = ""
        until("it is there", lambda: box.has(NAMES[0]))
        assert box.trouble.get(timeout=60) is None


def test_a_whole_partial_is_verified_without_fetching_a_byte(tmp_path: Path) -> None:
    content = CHANCE.randbytes(SYNC_BYTES)
    (sha256,) = named(content)
    partial = tmp_path / "music" / "partial" / sha256
    partial.parent.mkdir(parents=True)
    partial.write_bytes(content)
    with (
        ContentServer({sha256: content}).running() as server,
        fetching(FetchingBox(tmp_path, server.url, sha256)) as box,
    ):
        until("it is there", lambda: box.has(sha256))
        assert server.sent_bytes == 0
        assert server.asked == [(sha256, f"bytes={SYNC_BYTES}-")]


def test_a_partial_that_decayed_is_deleted_and_fetched_again(tmp_path: Path) -> None:
    content = CHANCE.randbytes(SYNC_BYTES + 1000)
    (sha256,) = named(content)
    partial = tmp_path / "music" / "partial" / sha256
    partial.parent.mkdir(parents=True)
    partial.write_bytes(bytes(SYNC_BYTES))
    with (
        ContentServer({sha256: content}).running() as server,
        fetching(FetchingBox(tmp_path, server.url, sha256)) as box,
    ):
        until("it is there", lambda: box.has(sha256))
    assert is_true(box)


def test_a_server_that_is_away_is_asked_rarely_and_then_all_comes(tmp_path: Path, server: ContentServer) -> None:
    server.lie = "503"
    with fetching(FetchingBox(tmp_path, server.url, *NAMES)) as box:
        until("it was asked", lambda: len(server.asked) >= 3)
        assert {sha256 for sha256, _ in server.asked} == {NAMES[0]}, "one question is enough to know that it is away"
        server.lie = ""
        until("all are there", lambda: box.has(*NAMES))


def test_another_assignment_while_a_track_comes_goes_first(tmp_path: Path, server: ContentServer) -> None:
    server.slow_s = 0.3
    with fetching(FetchingBox(tmp_path, server.url, NAMES[0])) as box:
        until("it comes", lambda: server.asked)
        box.state = needing(NAMES[1])
        box.fetcher.hurry()
        until("the new one is there", lambda: box.has(NAMES[1]))
        assert not box.has(NAMES[0])


def test_while_music_plays_it_comes_slowly_and_not_at_all_once_the_sound_had_to_wait(
    tmp_path: Path, server: ContentServer
) -> None:
    box = FetchingBox(tmp_path, server.url, NAMES[0])
    harm = iter((0, 0, 1))
    box.harm = lambda: next(harm, 1)
    music = box.state.assigned.playlists[0] if box.state.assigned else None
    assert music is not None
    box.state = replace(box.state, playing=a_session(music))
    with fetching(box):
        until("it goes on after a while", lambda: len(server.asked) >= 2)
        until("it is there", lambda: box.has(NAMES[0]))
    assert server.asked[1][1] is not None, "it goes on where it was"


def test_the_rate_is_told_while_a_track_comes_and_zero_after_it(tmp_path: Path, server: ContentServer) -> None:
    server.slow_s = 0.2
    with fetching(FetchingBox(tmp_path, server.url, *NAMES)) as box:
        until("a rate", lambda: 50 < box.fetcher.rate_kb_s < 2000)
        server.slow_s = 0.0
        until("all are there", lambda: box.has(*NAMES))
        until("none comes", lambda: box.fetcher.rate_kb_s == 0)


def test_fifty_cuts_and_twenty_kills_cost_at_most_4_mib_each(tmp_path: Path) -> None:
    contents = [CHANCE.randbytes(9 * MB + place) for place in range(3)]
    tracks = named(*contents)
    (tmp_path / "box").mkdir()
    with ContentServer(tracks).running() as server:
        server.cuts = [CHANCE.randrange(1, MB) for _ in range(50)]
        server.slow_s = 0.002
        kills = 0
        while kills < 20:
            seen = server.sent_bytes
            process = a_process(tmp_path / "box", server.url, *tracks)
            aim = CHANCE.randrange(1, MB)
            until("some came", lambda: server.sent_bytes >= seen + aim or held(tmp_path / "box") >= set(tracks))  # noqa: B023
            process.kill()
            process.wait()
            kills += 1
        with fetching(FetchingBox(tmp_path / "box", server.url, *tracks)) as box:
            until("all are there", lambda: box.has(*tracks))
        assert is_true(box)
        twice = server.sent_bytes - sum(map(len, contents))
        assert twice <= (kills + 50) * SYNC_BYTES
        assert max(0, twice) < 20 * SYNC_BYTES + 50 * MB


def test_a_cut_connection_costs_no_byte_at_all(tmp_path: Path) -> None:
    tracks = named(CHANCE.randbytes(6 * MB))
    with ContentServer(tracks).running() as server:
        server.cuts = [100_000] * 20
        with fetching(FetchingBox(tmp_path, server.url, *tracks)) as box:
            until("it is there", lambda: box.has(*tracks))
        assert server.sent_bytes == 6 * MB
        assert len(server.asked) == 21


def test_an_assignment_that_exceeds_the_limit_is_told_and_what_fits_comes(tmp_path: Path) -> None:
    tracks = named(*(CHANCE.randbytes(4 * MB + place) for place in range(3)))
    with (
        ContentServer(tracks).running() as server,
        fetching(FetchingBox(tmp_path, server.url, *tracks, most_mb=10.0)) as box,
    ):
        reason = box.trouble.get(timeout=20)
        assert reason is not None
        assert reason.code is Code.MUSIC_TOO_LARGE
        until("two fit", lambda: len(box.music.lying()) == 2)
        assert server.sent_bytes < 14 * MB, "what does not fit is not fetched for nothing"


def test_what_was_assigned_longest_ago_makes_room_and_what_a_person_put_there_never_does(tmp_path: Path) -> None:
    names = list(tracks := named(*(CHANCE.randbytes(4 * MB + place) for place in range(4))))
    with ContentServer(tracks).running() as server:
        box = FetchingBox(tmp_path, server.url, names[0], most_mb=10.0)
        (by_hand := box.music.folder / "tracks").mkdir(parents=True)
        (by_hand / f"{'0' * 64}.opus").write_bytes(bytes(20 * MB))
        with fetching(box):
            for name in names:
                box.state = needing(name)
                box.fetcher.hurry()
                until("it is there", lambda: box.has(name))  # noqa: B023
        assert box.music.lying() == {names[2], names[3], "0" * 64}


def test_a_full_disk_is_told_and_nothing_half_is_called_a_track(tmp_path: Path) -> None:
    tracks = named(CHANCE.randbytes(3 * MB))
    with (
        ContentServer(tracks).running() as server,
        files_of_at_most(MB),
        fetching(FetchingBox(tmp_path, server.url, *tracks)) as box,
    ):
        reason = box.trouble.get(timeout=20)
        assert reason is not None
        assert reason.code is Code.CARD_FULL
        assert not box.music.lying()


def test_a_spoilt_list_of_what_was_fetched_only_means_that_nothing_of_it_goes(tmp_path: Path) -> None:
    for spoilt in (b"", b"\0" * 50, b"[]", b'{"oldest_first": 3}', b'{"oldest_first": ["../x", 1]}'):
        (tmp_path / FILE_NAME).write_bytes(spoilt)
        store = TrackStore(tmp_path / "music", tmp_path, most_bytes=1000, spare_bytes=0)
        assert store.make_room(10, 0, ()) == ()


def test_closing_while_a_server_says_nothing_takes_no_time(tmp_path: Path) -> None:
    tracks = named(CHANCE.randbytes(3 * MB))
    with ContentServer(tracks).running() as server:
        server.slow_s = 30.0
        with fetching(FetchingBox(tmp_path, server.url, *tracks)) as box:
            until("it waits", lambda: server.sent_bytes > 0)
        assert not box.fetcher._thread.is_alive()


def a_session(music: BedPlaylist) -> Session:
    return Session("s1", music, 0, play_id=1, began_at=0.0, length_s=600.0, fade_s=5.0, track_zero_at=0.0)


def held(folder: Path) -> set[str]:
    return {path.stem for path in (folder / "music" / "tracks").glob("*")}


def a_process(folder: Path, url: str, *hashes: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.box.fetching_box", str(folder), url, *hashes]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """No file grows beyond this, as on a full card."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
