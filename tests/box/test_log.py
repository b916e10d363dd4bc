"""The log numbers, keeps and forgets as it promises."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import messages
from device.log.log import Log, LogInUseError, Span
from tests.box.recorded import NOON, a_log, numbered, waiting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "box" / "log.db"


@pytest.fixture
def log(path: Path) -> Iterator[Log]:
    log = a_log(path)
    log.open()
    yield log
    log.close()


def write(log: Log, *numbers: int) -> None:
    for number in numbers:
        log.put([(numbered(number), "stay-1")])
    assert log.flush()


def test_an_entry_carries_time_boot_stay_kind_and_data(log: Log) -> None:
    log.put([(messages.Reset(version=7), "stay-1")])
    assert log.flush()
    batch = log.batch()
    assert batch is not None
    (entry,) = batch.entries
    assert (entry.at, entry.clock_ok, entry.boot, entry.stay) == (NOON, True, "boot-1", "stay-1")
    assert (entry.kind, messages.entry_data(entry)) == ("reset", messages.Reset(version=7))


def test_entries_are_numbered_from_one_without_a_hole(log: Log) -> None:
    write(log, *range(300))
    assert [(seq, number) for _, seq, number in waiting(log)] == [(n + 1, n) for n in range(300)]


def test_a_restart_goes_on_numbering_where_it_stopped(path: Path, log: Log) -> None:
    write(log, 0, 1)
    log_id = log.span().log_id
    log.close()
    again = a_log(path)
    assert again.open().log_id == log_id
    write(again, 2)
    assert waiting(again) == [(log_id, n + 1, n) for n in range(3)]
    again.close()


def test_numbers_are_not_given_again_after_everything_was_received_and_the_box_restarted(path: Path, log: Log) -> None:
    write(log, 0, 1, 2)
    log_id = log.span().log_id
    assert log.receipt(log_id, 3)
    assert log.flush()
    log.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (0,)
    again = a_log(path)
    again.open()
    assert again.span() == Span(log_id, 4, 4)
    write(again, 3)
    assert waiting(again) == [(log_id, 4, 3)]
    again.close()


def test_a_receipt_takes_what_it_covers_and_nothing_else(log: Log) -> None:
    write(log, 0, 1, 2, 3)
    log_id = log.span().log_id
    assert log.receipt(log_id, 2)
    assert [number for _, _, number in waiting(log)] == [2, 3]
    assert log.flush()
    assert log.span() == Span(log_id, 3, 5)
    assert log.unsent() == (2, NOON)


def test_repeated_and_late_receipts_change_nothing(log: Log) -> None:
    write(log, 0, 1, 2, 3)
    log_id = log.span().log_id
    log.receipt(log_id, 3)
    assert not log.receipt(log_id, 3)
    assert not log.receipt(log_id, 1)
    assert not log.receipt(log_id, 0)
    assert log.flush()
    assert [number for _, _, number in waiting(log)] == [3]
    assert log.refused_receipts == 0


@pytest.mark.parametrize("through", [5, 6, 2**53 - 1])
def test_a_receipt_beyond_what_the_log_holds_is_ignored_and_counted(log: Log, through: int) -> None:
    write(log, 0, 1, 2, 3)
    assert not log.receipt(log.span().log_id, through)
    assert log.flush()
    assert len(waiting(log)) == 4
    assert log.refused_receipts == 1


def test_a_receipt_for_another_log_is_ignored_and_counted(log: Log) -> None:
    write(log, 0)
    assert not log.receipt("somebody-else", 1)
    assert log.flush()
    assert len(waiting(log)) == 1
    assert log.refused_receipts == 1


def test_what_was_remembered_last_is_there_after_a_restart(path: Path, log: Log) -> None:
    log.put([], b"first")
    log.put([(numbered(0), None)], memory=b"second")
    log.close()
    again = a_log(path)
    assert again.open().memory == b"second"
    again.close()


def test_entries_and_memory_of_a_step_cannot_come_apart(path: Path) -> None:
    log = a_log(path)
    log.put([(numbered(0), None), (numbered(1), None)], memory=b"step")
    assert log._queue.qsize() == 1  # one track of work is one transaction


def test_a_new_log_remembers_nothing_and_holds_nothing(path: Path) -> None:
    log = a_log(path)
    opened = log.open()
    assert (opened.memory, opened.set_aside) == (None, None)
    assert log.span() == Span(opened.log_id, 1, 1)
    assert log.batch() is None
    assert log.unsent() == (0, None)
    log.close()


def test_every_commit_waits_for_the_disk(log: Log) -> None:
    disk = log._keeper._disk
    assert disk is not None
    assert disk._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert disk._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_batch_holds_no_more_than_asked_for(log: Log) -> None:
    write(log, *range(10))
    batch = log.batch(3)
    assert batch is not None
    assert len(batch.entries) == 3


def test_news_is_told_when_entries_can_be_read(log: Log) -> None:
    seen: list[int] = []
    log.tell_news(lambda: seen.append(len(waiting(log))))
    write(log, 0)
    assert seen[0] == 1


def test_a_second_box_on_the_same_folder_is_refused(path: Path, log: Log) -> None:
    with pytest.raises(LogInUseError, match=r"another box runs on .*: end it, or name another data folder"):
        a_log(path).open()


def test_an_untrusted_clock_is_written_into_the_entry(path: Path) -> None:
    log = a_log(path, clock_ok=False)
    log.open()
    write(log, 0)
    batch = log.batch()
    assert batch is not None
    assert not batch.entries[0].clock_ok
    log.close()


def test_nothing_of_a_stay_is_left_on_the_disk_once_its_entries_are_with_the_ward(path: Path, log: Log) -> None:
    log.put([(numbered(0), "stay-secret")], b"what stay-secret was given")
    log.put([(messages.Reset(version=7), "stay-secret")], b"nothing")
    assert log.flush()
    held = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"was given" not in held, "the memory is gone at once; the entries are on their way"
    assert b"stay-secret" in held
    log.put([(numbered(1), None)])
    assert log.receipt(log.span().log_id, 2)
    assert log.flush()
    assert b"stay-secret" not in b"".join(file.read_bytes() for file in path.parent.iterdir())
