"""Whatever a file does to the process that looks at it, its caller gets a verdict and is none the worse."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from playlists.preparing.child import Crashed, Limits, Verdict, prepare_apart
from playlists.preparing.prepare import Prepared
from playlists.preparing.verdicts import Reason, Refusal, Refused
from tests.preparing import odd_files as odd


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (made := tmp_path / "made").mkdir()
    return made


@pytest.fixture(scope="module")
def long_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three minutes, which take seconds to prepare."""
    path = tmp_path_factory.mktemp("brought") / "long.flac"
    path.write_bytes(odd.written(odd.music(180.0), "flac"))
    return path


def brought(tmp_path: Path, content: bytes, name: str = "song.mp3") -> Path:
    (path := tmp_path / name).write_bytes(content)
    return path


def children() -> Iterator[int]:
    for task in Path("/proc/self/task").iterdir():
        yield from map(int, (task / "children").read_text().split())


def started(path: Path, folder: Path) -> tuple[threading.Thread, list[Verdict], int]:
    """A preparing under way: its thread, where its verdict will stand, and its process."""
    before, verdicts = set(children()), list[Verdict]()
    thread = threading.Thread(target=lambda: verdicts.append(prepare_apart(path, folder)))
    thread.start()
    while not (new := set(children()) - before):
        assert thread.is_alive()
    return thread, verdicts, new.pop()


@pytest.mark.parametrize("name", ["-i\n☂ \u202e.mp3", "http:__x.mp3", "concat:a|b.mp3", "%d.mp3", "'; rm.mp3"])
def test_a_file_may_have_any_name(name: str, tmp_path: Path, folder: Path):
    verdict = prepare_apart(brought(tmp_path, odd.written(odd.music(2.0), "mp3"), name), folder)
    assert isinstance(verdict, Prepared)
    assert (folder / "track.opus").stat().st_size == verdict.bytes


def test_a_refusal_comes_with_its_numbers(tmp_path: Path, folder: Path):
    verdict = prepare_apart(brought(tmp_path, odd.written(odd.music(0.5), "wav")), folder)
    assert verdict == Refusal(Refused.TOO_SHORT, {"seconds": 0.5})


def test_a_list_of_files_opens_none_of_them(tmp_path: Path, folder: Path):
    brought(tmp_path, odd.written(odd.music(2.0), "mp3"), "other.mp3")
    verdict = prepare_apart(brought(tmp_path, b"ffconcat version 1.0\nfile other.mp3\n"), folder)
    assert verdict == Refusal(Refused.PLAYLIST)


def test_a_cover_of_60_megabytes_costs_its_own_process_only(tmp_path: Path, folder: Path):
    song = odd.without_id3(odd.written(odd.music(2.0), "mp3"))
    verdict = prepare_apart(brought(tmp_path, odd.id3(odd.id3_cover(bytes(60 << 20))) + song), folder)
    assert isinstance(verdict, Prepared | Crashed)


def test_want_of_memory_is_a_verdict(long_song: Path, folder: Path):
    verdict = prepare_apart(long_song, folder, limits=Limits(memory_bytes=64 << 20))
    assert isinstance(verdict, Crashed)
    assert verdict.reason in {Reason.MEMORY, Reason.DIED}


def test_a_file_that_takes_too_much_of_the_processor_is_ended(long_song: Path, folder: Path):
    verdict = prepare_apart(long_song, folder, limits=Limits(cpu_s=2))
    assert isinstance(verdict, Crashed)
    assert verdict.reason is Reason.TIME


def test_a_file_that_takes_too_long_is_ended(long_song: Path, folder: Path):
    before = set(children())
    verdict = prepare_apart(long_song, folder, limits=Limits(wall_s=0.5))
    assert isinstance(verdict, Crashed)
    assert verdict.reason is Reason.TIME
    assert set(children()) <= before


def test_a_track_that_grows_over_its_limit_is_no_track(tmp_path: Path, folder: Path):
    song = brought(tmp_path, odd.written(odd.music(20.0), "mp3"))
    verdict = prepare_apart(song, folder, limits=Limits(file_bytes=50_000))
    assert isinstance(verdict, Crashed)
    assert verdict.reason is Reason.DISK


def test_a_file_that_is_gone_is_a_verdict_too(tmp_path: Path, folder: Path):
    verdict = prepare_apart(tmp_path / "gone.mp3", folder)
    assert isinstance(verdict, Crashed)
    assert "No such file" in verdict.detail


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV])
@pytest.mark.parametrize("after_s", [0.0, 0.5, 3.0])
def test_killed_at_any_moment_it_leaves_nothing_outside_its_folder(
    end: signal.Signals, after_s: float, long_song: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    thread, verdicts, process = started(long_song, folder)
    thread.join(after_s)
    os.kill(process, end)
    thread.join()
    assert [type(verdict) for verdict in verdicts] == [Crashed]
    assert list(tmp_path.iterdir()) == [folder]
    assert {path.name for path in folder.iterdir()} <= {"track.opus"}
    assert [path.name for path in long_song.parent.iterdir()] == ["long.flac"]


def test_the_process_knows_no_password_of_the_wards(long_song: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://ward:geheim@db/ward")
    thread, _verdicts, process = started(long_song, folder)
    while b"preparing" not in Path(f"/proc/{process}/cmdline").read_bytes():
        assert thread.is_alive()
    known = Path(f"/proc/{process}/environ").read_bytes()
    os.kill(process, signal.SIGKILL)
    thread.join()
    assert b"geheim" not in known
