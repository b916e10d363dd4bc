"""A box that is killed at any moment tears, repeats, renumbers and loses no entry that it said was kept."""

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import msgspec

import messages
from tests.box.recorded import a_log, number_of

KILLS = 50


class Ledger:
    """What the killed processes said, and what the file held after each of them."""

    def __init__(self) -> None:
        self.kept = -1
        self.received = 0
        self.last = 0
        self.log_id: bytes | None = None
        self.numbers: dict[int, int] = {}

    def hear(self, line: str) -> None:
        """One line of a process; the last one may be torn, which is the pipe's doing."""
        word, _, value = line.partition(" ")
        if not line.endswith("\n"):
            return
        match word:
            case "kept":
                self.kept = int(value)
            case "received":
                self.received = max(self.received, int(value))

    def check(self, path: Path) -> int:
        """Hold the file against what was said; the next number to write."""
        log_id, memory, rows = read(path)
        assert self.log_id in {None, log_id}
        self.log_id = log_id
        assert rows, "receipts never cover everything, so something is always left"
        first, last = rows[0][0], rows[-1][0]
        assert [seq for seq, _ in rows] == list(range(first, last + 1))
        assert first <= self.received + 1, "an entry went without a receipt"
        assert rows[-1][1] >= self.kept, "an entry that was said to be kept is gone"
        assert int(memory) == rows[-1][1], "entries and memory of one step came apart"
        for seq, number in rows:
            assert self.numbers.setdefault(seq, number) == number, "an entry was numbered again"
        assert len(set(self.numbers.values())) == len(self.numbers), "an entry came twice"
        return rows[-1][1] + 1


def read(path: Path) -> tuple[bytes, bytes, list[tuple[int, int]]]:
    connection = sqlite3.connect(path)
    facts = dict(connection.execute("SELECT name, value FROM fact"))
    decoder = msgspec.json.Decoder(messages.Entry)
    found = connection.execute("SELECT seq, body FROM entry ORDER BY seq").fetchall()
    connection.close()
    return facts["log_id"], facts["memory"], [(seq, number_of(decoder.decode(body))) for seq, body in found]


def run_and_kill(path: Path, first: int, ledger: Ledger, lives_s: float) -> None:
    command = [sys.executable, "-m", "tests.box.log_recorder", str(path), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ledger.hear(process.stdout.readline())
        time.sleep(lives_s)
        process.kill()
        for line in process.stdout:
            ledger.hear(line)


def test_fifty_kills_at_random_moments_cost_no_entry(tmp_path: Path) -> None:
    path, chance, ledger, first = tmp_path / "log.db", random.Random(11), Ledger(), 0
    for _ in range(KILLS):
        run_and_kill(path, first, ledger, chance.uniform(0.0, 0.12))
        first = ledger.check(path)
    assert sorted(ledger.numbers.values()) == sorted(set(ledger.numbers.values()))
    assert first > 10 * KILLS
    log = a_log(path)
    assert log.open().set_aside is None
    log.close()
