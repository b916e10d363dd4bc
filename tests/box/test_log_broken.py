"""A broken file costs neither the music nor an entry that could be kept."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from device.log.log import Log
from tests.box.recorded import Troubles, a_log, numbered, waiting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def write(log: Log, *numbers: int) -> None:
    for number in numbers:
        log.put([(numbered(number), None)])
    assert log.flush()


def a_file_with_entries(path: Path, count: int = 200) -> str:
    log = a_log(path)
    log.open()
    write(log, *range(count))
    log.put([], b"assignment")
    log_id = log.span().log_id
    log.close()
    return log_id


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(20_000))


def text(path: Path) -> None:
    path.write_text("this is no database\n" * 50)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_within_a_page(path: Path) -> None:
    os.truncate(path, 5000)


def zeroed_in_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(12_288))


def another_program(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE song(title TEXT)")
    connection.close()


def a_later_version(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()


def without_an_id(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DELETE FROM fact WHERE name='log_id'")
    connection.close()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


BREAKERS = [
    garbage,
    text,
    empty,
    cut_short,
    cut_within_a_page,
    zeroed_in_the_middle,
    another_program,
    a_later_version,
    without_an_id,
    a_folder,
]


@pytest.mark.parametrize("damage", BREAKERS, ids=lambda damage: damage.__name__)
def test_a_broken_file_is_set_aside_and_a_new_log_begins(path: Path, damage: Callable[[Path], None]) -> None:
    old_id = a_file_with_entries(path)
    damage(path)
    troubles = Troubles()
    log = a_log(path, trouble=troubles)
    opened = log.open()
    assert opened.log_id != old_id
    assert opened.memory is None
    assert opened.set_aside is not None
    assert "set aside as log.db.broken-20260301T120000-" in opened.set_aside.line
    assert len(opened.set_aside.line) <= 200
    assert "\n" not in opened.set_aside.line
    assert len(list(path.parent.glob("log.db.broken-*-????"))) == 1
    write(log, 7)
    assert waiting(log) == [(opened.log_id, 1, 7)]
    assert troubles == []
    log.close()


def half_made(path: Path, scratch: Path) -> None:
    """What a plug leaves that is pulled while a file is made: pages without a commit, and what undoes them."""
    with closing(sqlite3.connect(scratch / "made", isolation_level=None)) as connection:
        for statement in ("PRAGMA cache_size=1", "BEGIN", "CREATE TABLE entry(body BLOB)"):
            connection.execute(statement)
        connection.execute("INSERT INTO entry VALUES (zeroblob(100000))")
        for suffix in ("", "-journal"):
            shutil.copyfile(scratch / f"made{suffix}", f"{path}{suffix}")
    assert path.stat().st_size > 50_000, "nothing was written ahead of the commit"


@pytest.mark.parametrize("pages", [True, False], ids=["some pages written", "no page written"])
def test_a_plug_pulled_while_the_log_is_made_leaves_a_log_that_begins(path: Path, tmp_path: Path, pages: bool) -> None:
    half_made(path, tmp_path)
    if not pages:
        os.truncate(path, 0)
    log = a_log(path)
    assert log.open().set_aside is None
    write(log, 7)
    log.close()
    log = a_log(path)
    log.open()
    assert len(waiting(log)) == 1
    log.close()


def test_a_file_that_is_set_aside_takes_its_journal_along_so_that_it_undoes_no_new_log(path: Path) -> None:
    a_file_with_entries(path)
    a_later_version(path)
    Path(f"{path}-journal").write_bytes(bytes(512))
    log = a_log(path)
    assert log.open().set_aside is not None
    log.close()
    assert [file.read_bytes() for file in path.parent.glob("log.db.broken-*-journal")] == [bytes(512)]


def deleted(path: Path) -> None:
    path.unlink()


def deleted_with_its_journal(path: Path) -> None:
    for file in path.parent.glob("log.db*"):
        file.unlink()


def moved_away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def replaced(path: Path) -> None:
    text(path.with_name("other"))
    path.with_name("other").replace(path)


@pytest.mark.parametrize("act", [deleted, deleted_with_its_journal, moved_away, replaced], ids=lambda act: act.__name__)
def test_a_file_that_is_taken_away_from_a_running_box_is_written_again_with_all_that_it_held(
    path: Path, act: Callable[[Path], None]
) -> None:
    troubles = Troubles()
    log = a_log(path, trouble=troubles)
    log_id = log.open().log_id
    write(log, 0, 1)
    act(path)
    write(log, 2)
    log.put([], b"assignment")
    assert log.flush()
    write(log, 3)
    log.close()
    assert troubles == ["the log's file was deleted or replaced: it was written again", None]
    again = a_log(path)
    opened = again.open()
    assert (opened.log_id, opened.memory, opened.set_aside) == (log_id, b"assignment", None)
    assert waiting(again) == [(log_id, number + 1, number) for number in range(4)]
    again.close()


def test_a_sound_file_is_not_set_aside(path: Path) -> None:
    old_id = a_file_with_entries(path)
    log = a_log(path)
    opened = log.open()
    assert (opened.log_id, opened.memory, opened.set_aside) == (old_id, b"assignment", None)
    assert len(waiting(log)) == 200
    log.close()


def test_no_more_than_three_broken_files_are_kept(path: Path) -> None:
    for _ in range(6):
        path.write_text("broken")
        log = a_log(path)
        log.open()
        log.close()
    assert len(list(path.parent.glob("log.db.broken-*-????"))) == 3


def test_an_entry_that_lay_damaged_keeps_its_number_and_blocks_nothing(path: Path) -> None:
    a_file_with_entries(path, 3)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE entry SET body = CAST(replace(body, 'calm', 'palm') AS BLOB) WHERE seq = 2")
    connection.close()
    log = a_log(path)
    log.open()
    batch = log.batch()
    assert batch is not None
    assert [entry.kind for entry in batch.entries] == ["track_failed", "unreadable", "track_failed"]
    log.close()


def test_a_journal_torn_at_any_byte_leaves_whole_steps_only(tmp_path: Path) -> None:
    log = a_log(tmp_path / "log.db")
    log.open()
    for number in range(0, 60, 2):  # a step of the box: two entries and what it remembers, together
        log.put([(numbered(number), None), (numbered(number + 1), None)], memory=str(number + 1).encode())
        assert log.flush()
    chance = random.Random(4)
    size = (tmp_path / "log.db-wal").stat().st_size
    kept_counts = set()
    for round_number in range(60):
        copy = tmp_path / f"cut-{round_number}"
        copy.mkdir()
        shutil.copy(tmp_path / "log.db", copy / "log.db")
        torn = (tmp_path / "log.db-wal").read_bytes()[: chance.randrange(size)]
        (copy / "log.db-wal").write_bytes(torn + chance.randbytes(chance.choice([0, 100, 5000])))
        kept_counts.add(check_torn_copy(copy / "log.db"))
    assert len(kept_counts) > 10
    log.close()


def check_torn_copy(path: Path) -> int:
    log = a_log(path)
    opened = log.open()
    kept = waiting(log)
    assert opened.set_aside is None
    assert [(seq, number) for _, seq, number in kept] == [(n + 1, n) for n in range(len(kept))]
    assert len(kept) % 2 == 0
    assert opened.memory == (str(len(kept) - 1).encode() if kept else None)
    log.close()
    return len(kept)


def test_damage_found_while_running_begins_a_new_log(path: Path) -> None:
    troubles = Troubles()
    log = a_log(path, trouble=troubles)
    old_id = log.open().log_id
    write(log, *range(100))
    log.put([], b"assignment")
    assert log.flush()
    disk = log._keeper._disk
    assert disk is not None
    disk._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    disk._connection.execute("PRAGMA cache_size=0")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(path.stat().st_size - 4096))
    write(log, 100)
    assert log.span().log_id != old_id
    assert [number for _, _, number in waiting(log)] == [100]
    assert troubles[0] is not None
    assert "set aside" in troubles[0]
    assert troubles[-1] is None
    log.close()
    again = a_log(path)
    assert again.open().memory == b"assignment"
    again.close()
