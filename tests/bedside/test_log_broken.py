"""A broken file or a failing disk costs neither the music nor an entry that could be kept."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from device.log import Log
from tests.bedside.recorded import Clock, Troubles, a_log, number_of, numbered, waiting

RETRY_S = 100.0  # longer than the longest pause between two tries


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def write(log: Log, *numbers: int) -> None:
    for number in numbers:
        log.record(numbered(number), None)
    assert log.flush()


def a_file_with_entries(path: Path, count: int = 200) -> str:
    log = a_log(path)
    log.open()
    write(log, *range(count))
    log.remember(b"assignment")
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
    assert "set aside as log.db.broken-20260301T120000-" in opened.set_aside
    assert len(opened.set_aside) <= 200
    assert "\n" not in opened.set_aside
    assert len(list(path.parent.glob("log.db.broken-*-????"))) == 1
    write(log, 7)
    assert waiting(log) == [(opened.log_id, 1, 7)]
    assert troubles == []
    log.close()


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
    assert [entry.kind for entry in batch.entries] == ["piece_failed", "unreadable", "piece_failed"]
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


def test_without_a_folder_the_log_lives_in_memory_until_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("a file where the folder should be")
    troubles, clock = Troubles(), Clock()
    log = a_log(tmp_path / "box" / "log.db", trouble=troubles, clock=clock)
    opened = log.open()
    write(log, 0, 1)
    log.remember(b"assignment")
    assert troubles[0] is not None
    assert "the log cannot be written" in troubles[0]
    assert log.unsent().waiting == 2
    (tmp_path / "box").unlink()
    clock.seconds += RETRY_S
    write(log, 2)
    assert troubles[1:] == [None]
    assert [number for _, _, number in waiting(log)] == [0, 1, 2]
    assert log.span().log_id != opened.log_id
    log.close()
    again = a_log(tmp_path / "box" / "log.db")
    assert again.open().memory == b"assignment"
    assert [number for _, _, number in waiting(again)] == [0, 1, 2]
    again.close()


def fill_disk(log: Log) -> None:
    disk = log._keeper._disk
    assert disk is not None
    (pages,) = disk._writer.execute("PRAGMA page_count").fetchone()
    disk._writer.execute(f"PRAGMA max_page_count={pages}")


def empty_disk(log: Log) -> None:
    disk = log._keeper._disk
    assert disk is not None
    disk._writer.execute("PRAGMA max_page_count=1000000")


def test_a_full_disk_is_told_once_and_entries_still_reach_the_ward(path: Path) -> None:
    troubles, clock = Troubles(), Clock()
    log = a_log(path, trouble=troubles, clock=clock)
    log.open()
    fill_disk(log)
    write(log, *range(200))
    delivered = [number for _, _, number in deliver_all(log)]
    assert delivered == list(range(200))
    clock.seconds += RETRY_S
    write(log, 200)
    assert len(troubles) == 1
    assert troubles[0] is not None
    assert "full" in troubles[0]
    log.close()


def deliver_all(log: Log) -> list[tuple[str, int, int]]:
    delivered = []
    while batch := waiting(log):
        delivered += batch
        assert log.receipt(batch[-1][0], batch[-1][1])
        assert log.flush()
    return delivered


def test_what_was_handed_out_keeps_its_number_when_the_disk_is_back(path: Path) -> None:
    clock = Clock()
    log = a_log(path, clock=clock)
    log.open()
    fill_disk(log)
    write(log, *range(100))
    seen = waiting(log)  # on its way to the ward, which may have it; the receipt never came
    write(log, 100, 101)
    empty_disk(log)
    clock.seconds += RETRY_S
    write(log, 102)
    delivered = deliver_all(log)
    assert set(seen) <= set(delivered)
    assert sorted(number for _, _, number in delivered) == list(range(103))
    assert len({(log_id, seq) for log_id, seq, _ in delivered}) == 103
    log.close()


def test_a_disk_that_fails_and_recovers_at_random_loses_and_repeats_nothing(path: Path) -> None:
    chance, clock, written = random.Random(7), Clock(), 0
    log = a_log(path, clock=clock)
    log.open()
    at_ward: dict[tuple[str, int], int] = {}
    for _ in range(400):
        match chance.choice(["write", "write", "send", "receive", "fill", "empty", "wait", "restart"]):
            case "write":
                count = chance.randrange(1, 30)
                write(log, *range(written, written + count))
                written += count
            case "send":
                arrive(at_ward, waiting(log))
            case "receive" if batch := waiting(log):
                arrive(at_ward, batch)
                log.receipt(batch[0][0], chance.choice(batch)[1])
            case "fill":
                fill_disk(log)
            case "empty":
                empty_disk(log)
            case "wait":
                clock.seconds += RETRY_S
            case "restart" if log._keeper._spare is None and not log._keeper._draining:
                log.close()
                log = a_log(path, clock=clock)
                log.open()
    empty_disk(log)
    clock.seconds += RETRY_S
    assert log.flush()
    arrive(at_ward, deliver_all(log))
    assert sorted(at_ward.values()) == list(range(written))
    log.close()


def arrive(at_ward: dict[tuple[str, int], int], batch: list[tuple[str, int, int]]) -> None:
    for log_id, seq, number in batch:
        assert at_ward.setdefault((log_id, seq), number) == number


def test_damage_found_while_running_begins_a_new_log(path: Path) -> None:
    troubles = Troubles()
    log = a_log(path, trouble=troubles)
    old_id = log.open().log_id
    write(log, *range(100))
    log.remember(b"assignment")
    assert log.flush()
    disk = log._keeper._disk
    assert disk is not None
    disk._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    disk._writer.execute("PRAGMA cache_size=0")
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


def test_memory_beyond_its_bound_keeps_the_oldest_and_counts_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.log_keeper.MOST_IN_MEMORY", 10)
    (tmp_path / "box").write_text("a file where the folder should be")
    log = a_log(tmp_path / "box" / "log.db")
    log.open()
    write(log, *range(15))
    assert [number for _, _, number in waiting(log)] == list(range(10))
    assert log.lost == 5
    log.close()


FULL_CARD = """
import json, resource, sys
from collections.abc import Callable
from pathlib import Path
from tests.bedside.recorded import Clock, Troubles, a_log, numbered, waiting
troubles, clock = Troubles(), Clock()
log = a_log(Path(sys.argv[1]), trouble=troubles, clock=clock)
log.open()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
for number in range(400):
    log.record(numbered(number), None)
    if number % 10 == 0:
        log.flush()
log.flush()
failed = list(troubles)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
clock.seconds += 100.0
log.flush()
print(json.dumps({"failed": failed, "all": list(troubles)}))
log.close()
"""


def test_a_card_that_takes_no_more_bytes_recovers_with_every_entry(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_CARD, str(path)], capture_output=True, check=True, text=True)
    told = json.loads(done.stdout)
    assert len(told["failed"]) == 1
    assert told["all"][1:] == [None]
    log = a_log(path)
    log.open()
    batch = log.batch(500)
    assert batch is not None
    assert [number_of(entry) for entry in batch.entries] == list(range(400))
    log.close()


READ_ONLY_CARD = """
import json, resource, sys
from pathlib import Path
from tests.bedside.recorded import Clock, Troubles, a_log, numbered, waiting
troubles, clock = Troubles(), Clock()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
log = a_log(Path(sys.argv[1]), trouble=troubles, clock=clock)
opened = log.open()
log.record(numbered(200), None)
log.flush()
held = log.unsent().waiting
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
clock.seconds += 100.0
log.flush()
print(json.dumps({"memory": (opened.memory or b"").decode(), "troubles": list(troubles), "held": held}))
log.close()
"""


def test_a_card_that_is_full_at_the_start_still_tells_what_it_remembers(path: Path) -> None:
    log_id = a_file_with_entries(path)
    done = subprocess.run([sys.executable, "-c", READ_ONLY_CARD, str(path)], capture_output=True, check=True, text=True)
    told = json.loads(done.stdout)
    assert told["memory"] == "assignment"
    assert [line is None for line in told["troubles"]] == [False, True]
    assert told["held"] >= 1
    log = a_log(path)
    opened = log.open()
    assert (opened.log_id, opened.memory) == (log_id, b"assignment")
    assert [number for _, _, number in waiting(log)] == list(range(201))
    log.close()
