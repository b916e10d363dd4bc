"""What the check says of an installation, and commands of the ward's that run beside it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.ward.test_main import ROOT, ward

DAY = timedelta(days=1)
HOST = {"NIGHTINGALE_HTTPS": "yes", "NIGHTINGALE_HOSTS": "ward.example"}
OF_THIS_MACHINE = ("time service", "can damage its file")  # its clock, its SQLite: not ours to choose in a test


def lines(folder: Path, **more: str) -> tuple[int, list[str]]:
    """Exit status and lines of `check` in an installation; no line is a traceback's."""
    status, said, errors = ward(folder, "check", **more)
    found = said.splitlines()
    assert {line[:6] for line in found} <= {"OK    ", "FIX   ", "NOTE  "}, said
    number = sum(line.startswith("FIX") for line in found)
    assert (status, len(errors.splitlines())) == ((1, 1) if number else (0, 0)), errors
    return status, found


def to_fix(found: list[str]) -> list[str]:
    """What begins with FIX, except for what depends on the machine that runs the tests."""
    return [line for line in found if line.startswith("FIX") and not any(word in line for word in OF_THIS_MACHINE)]


@contextmanager
def started(*arguments: str, env: dict[str, str]) -> Iterator[None]:
    """A command of the ward's that runs until the block ends; it has said its first line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ward", *arguments],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) in {0, -signal.SIGTERM}
    finally:
        process.kill()
        process.communicate()
