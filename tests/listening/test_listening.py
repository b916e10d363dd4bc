"""Whole boxes under random hands for a minute: what they say is what is heard."""

import os
import subprocess
import sys

import pytest

from tests.listening.box import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

MUSIC = ROOT / "build" / "music"
MINUTES, SEED, BOXES = 1.0, 3, 3


def test_what_three_boxes_say_is_what_is_heard() -> None:
    if not (MUSIC / "index.json").exists():
        line = "the starter music is missing: make music"
        if os.environ.get("CI") == "true":
            pytest.fail(line, pytrace=False)
        pytest.skip(line)
    command = [sys.executable, "-m", "tests.listening", f"--minutes={MINUTES}", f"--seed={SEED}", f"--boxes={BOXES}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)
