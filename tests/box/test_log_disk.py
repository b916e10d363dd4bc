"""A disk that is full, missing or comes back costs no entry that could be kept."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from device.log.log import Log
from device.log.memory import cost
from tests.box.recorded import Clock, Troubles, a_log, number_of, numbered, waiting

RETRY_S = 100.0  # longer than the longest pause between two tries


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


def test_without_a_folder_the_log_lives_in_memory_until_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("a file where the folder should be")
    troubles, clock = Troubles(), Clock()
    log = a_log(tmp_path / "box" / "log.db", trouble=troubles, clock=clock)
    opened = log.open()
    write(log, 0, 1)
    log.put([], b"assignment")
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
    (pages,) = disk._connection.execute("PRAGMA page_count").fetchone()
    disk._connection.execute(f"PRAGMA max_page_count={pages}")


def empty_disk(log: Log) -> None:
    disk = log._keeper._disk
    assert disk is not None
    disk._connection.execute("PRAGMA max_page_count=1000000")


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


def test_memory_beyond_its_bound_keeps_the_oldest_and_counts_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "box").write_text("a file where the folder should be")
    log = a_log(tmp_path / "box" / "log.db")
    monkeypatch.setattr("device.log.failover.MOST_IN_MEMORY_BYTES", 10 * cost(log._row(numbered(0), None)))
    log.open()
    write(log, *range(15))
    assert [number for _, _, number in waiting(log)] == list(range(10))
    assert log.lost == 5
    log.close()


FULL_CARD = """
import json, resource, sys
from collections.abc import Callable
from pathlib import Path
from tests.box.recorded import Clock, Troubles, a_log, numbered, waiting
troubles, clock = Troubles(), Clock()
log = a_log(Path(sys.argv[1]), trouble=troubles, clock=clock)
log.open()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
for number in range(400):
    log.put([(numbered(number), None)])
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
    batch = log.batch(500, 1_000_000)
    assert batch is not None
    assert [number_of(entry) for entry in batch.entries] == list(range(400))
    log.close()


READ_ONLY_CARD = """
import json, resource, sys
from pathlib import Path
from tests.box.recorded import Clock, Troubles, a_log, numbered, waiting
troubles, clock = Troubles(), Clock()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
log = a_log(Path(sys.argv[1]), trouble=troubles, clock=clock)
opened = log.open()
log.put([(numbered(200), None)])
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
