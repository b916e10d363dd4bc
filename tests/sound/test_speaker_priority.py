"""A player goes before other work where it may, and never waits for whoever reads its lines."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.speaker.player.log_lines import LinesIfThereIsRoom

ROOT = Path(__file__).resolve().parents[2]


def told(program: str) -> str:
    """What a Python process prints."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def may_run_in_real_time() -> bool:
    """Whether this user may, whatever its limit says."""
    program = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("allowed", "scheduler"), [(0, os.SCHED_OTHER), (20, os.SCHED_RR)])
def test_a_player_runs_in_real_time_only_where_the_unit_allows_it(allowed: int, scheduler: int) -> None:
    if allowed and not may_run_in_real_time():
        pytest.skip("this user may not run in real time")
    program = f"""
import os, resource
limits = {{resource.RLIMIT_RTPRIO: ({allowed}, {allowed})}}  # a unit's: few users may set it
resource.getrlimit = limits.__getitem__
from firmware.speaker.priority import go_in_real_time
go_in_real_time()
print(os.sched_getscheduler(0))
"""
    assert told(program) == f"{scheduler}\n"


def test_what_c_libraries_print_goes_nowhere_and_what_python_says_is_kept() -> None:
    program = """
import logging, os, sys
from firmware.speaker.player.log_lines import take_standard_error
take_standard_error()
os.write(2, b"ALSA lib pcm.c: underrun occurred")
logging.getLogger("player").warning("sound device lost")
print("a traceback", file=sys.stderr)
"""
    lines = told(program)
    assert "underrun" not in lines
    assert "WARNING player sound device lost" in lines
    assert "a traceback" in lines


def test_a_line_that_nobody_reads_is_dropped_and_waits_for_nobody() -> None:
    reads, writes = os.pipe()
    with os.fdopen(reads, "rb") as reader, os.fdopen(writes, "w", buffering=1) as stream:
        handler = LinesIfThereIsRoom(stream)
        line = logging.LogRecord("player", logging.WARNING, "", 0, "x" * 5000, None, None)
        for _ in range(100):  # 64 KiB and more: without the look it would wait for ever
            handler.emit(line)
        assert 1 < reader.read1(1 << 20).count(b"\n") < 100
        handler.emit(line)
        assert reader.read1(1 << 20).count(b"\n") == 1
