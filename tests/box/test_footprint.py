"""What the bedside process holds in memory: nothing that only a start, or only another process, needs."""

import subprocess
import sys
from pathlib import Path

from device.display.screens import warm, words

LOADED = "import sys, device.__main__, device.app; print(*sys.modules)"
HELD = """
from device.display.painter import Painter
from device.rules.view import Scene, View
from firmware.screen.screen import Screen, load_driver
from firmware.simulator import Ssd1306Chip

def held_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

load_driver()
painter = Painter(lambda: Screen(Ssd1306Chip()), print)
before = held_mb()
painter.start()
painter.show(View(Scene.READY, word="Nocturne"))
assert painter.wait_until_warm(60)
print(held_mb() - before)
"""
DRAWN_MB = 10.0  # some hundred small pictures; with the typefaces that drew them it is 40


def _said(program: str) -> str:
    root = Path(__file__).parents[2]
    return subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True).stdout


def test_the_box_loads_no_numpy() -> None:
    assert "numpy" not in _said(LOADED).split()


def test_no_typeface_stays_open_when_all_is_drawn_ahead() -> None:
    warm(["Nocturne"])
    assert words._font.cache_info().currsize == 0


def test_what_was_needed_to_draw_ahead_is_given_back() -> None:
    assert float(_said(HELD)) < DRAWN_MB
