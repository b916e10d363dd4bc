"""Nobody waits for standard error: not where nobody reads it, not where it was closed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

CHATTERS = """
import ctypes, logging, os, subprocess, sys, threading, warnings
from firmware.stderr import never_block
never_block()
times = int(sys.argv[1])
logging.basicConfig(level=logging.INFO, format="%(message)s")
logging.info("first")
for number in range(times):
    logging.info("line %d %s", number, "x" * 60)
print("y" * 200_000, file=sys.stderr)
warnings.warn("a warning")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
for _ in range(times // 10):
    ctypes.CDLL(None).perror(b"a C library speaks, at the length of an underrun")
subprocess.run([sys.executable, "-c", "import sys; sys.stderr.write('a child\\\\n' * int(sys.argv[1]))", str(times)])
print("done", flush=True)
sys.stdin.readline()
logging.info("last")
sys.stdin.readline()  # its end would wait half a second for a slow reader, and no longer
"""


@pytest.fixture
def full() -> Iterator[tuple[int, int]]:
    """A pipe that nobody reads, full to the brim."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"." * 1024)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b".")
    os.set_blocking(writing, True)
    yield reading, writing
    os.close(reading)
    with suppress(OSError):
        os.close(writing)


def _chatter(stderr: int | None) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CHATTERS, "20000"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True)


def _ends(chatter: "subprocess.Popen[str]") -> None:
    said, _ = chatter.communicate("go\n", timeout=60)
    assert (chatter.returncode, said) == (0, "done\n")


def test_nobody_waits_for_a_reader_that_hangs(full: tuple[int, int]) -> None:
    _ends(_chatter(full[1]))


def test_once_it_is_read_again_it_says_how_much_was_dropped(full: tuple[int, int]) -> None:
    reading, writing = full
    chatter = _chatter(writing)
    assert chatter.stdout
    assert chatter.stdout.readline() == "done\n"
    os.close(writing)
    read = [os.read(reading, 1 << 20)]
    assert chatter.stdin
    while b"dropped=" not in b"".join(read):
        read.append(os.read(reading, 1 << 20))
    chatter.stdin.write("go\n")
    chatter.stdin.flush()
    while not b"".join(read).endswith(b"last\n"):
        read.append(os.read(reading, 1 << 20))
    chatter.stdin.write("end\n")
    chatter.stdin.flush()
    while more := os.read(reading, 1 << 20):
        read.append(more)
    told = b"".join(read).decode()
    chatter.stdin.close()
    chatter.stdout.close()
    assert chatter.wait(60) == 0
    assert "first\n" in told
    assert "stderr=blocked dropped=" in told
    assert told.endswith("last\n")


def test_nothing_is_lost_where_somebody_reads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHATTERS, "300"], input="go\n", capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0
    told = done.stderr.splitlines()
    assert (told[0], told[-1]) == ("first", "last")
    assert any("ZeroDivisionError" in line for line in told)
    assert "UserWarning: a warning" in done.stderr


def test_a_reader_that_went_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    chatter = _chatter(writing)
    os.close(writing)
    _ends(chatter)


def test_the_place_of_a_closed_file_is_taken_by_no_other() -> None:
    """Or the log's file would be number 2, and a traceback would be written into it."""
    script = 'exec 2>&-; exec 0<&-; exec "$0" -c "$1"'
    code = "from firmware.stderr import never_block; never_block(); import os; print(os.open('/dev/null', 0) > 2)"
    done = subprocess.run(["sh", "-c", script, sys.executable, code], stdout=subprocess.PIPE, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"True\n")
