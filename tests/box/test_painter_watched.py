"""What a watched painter reports is what an eye sees at the chip, pixel by pixel."""

from dataclasses import replace
from queue import SimpleQueue

import numpy as np
import pytest

from device.display.painter import Painter
from device.rules.events import Event, ScreenSeen
from device.rules.view import Scene, View
from firmware.screen.screen import Screen
from firmware.simulator.chip import Ssd1306Chip
from tests.box.painter_bench import DARK, HERE, HERE_INVERTED, NIGHT, PLAYING, READY, VOLUME, Bench, Pixels
from tests.end_to_end.processes import until


def as_pixels(frame: bytes) -> Pixels:
    """Eight pages of columns, the lowest bit on top, as rows of pixels."""
    pages = np.frombuffer(frame, np.uint8).reshape(8, 1, 128)
    return np.unpackbits(pages, axis=1, bitorder="little").reshape(64, 128).astype(bool)


@pytest.mark.parametrize("view", [READY, PLAYING, VOLUME, NIGHT, HERE, HERE_INVERTED])
def test_the_frame_is_what_an_eye_sees(view: View) -> None:
    bench = Bench()
    assert np.array_equal(bench.show(view), as_pixels(bench.screen.seen()))


def test_the_frame_moves_with_the_picture_against_burn_in() -> None:
    bench = Bench()
    first = bench.show(PLAYING).copy()
    places = set()
    for minute in range(40):
        pixels = bench.wait(60.0, replace(PLAYING, minutes=40 - minute))
        assert np.array_equal(pixels, as_pixels(bench.screen.seen()))
        places.add(pixels.tobytes())
    assert len(places) > 5
    assert first.any()


def test_a_dark_screen_has_no_frame() -> None:
    bench = Bench()
    bench.show(READY, DARK)
    assert bench.screen.seen() == b""


def test_a_screen_that_is_lost_has_no_frame() -> None:
    bench = Bench()
    bench.show(READY)
    bench.chip.plug(False)
    bench.clock.now += 10.0
    bench.show(PLAYING)
    assert bench.screen.seen() == b""


def test_a_painter_reports_what_stands_there_when_the_watch_begins_each_drawing_then_and_nothing_after_it() -> None:
    chip, reports = Ssd1306Chip(), SimpleQueue[Event]()
    painter = Painter(lambda: Screen(chip), reports.put)
    painter.start()
    try:
        painter.show(PLAYING)
        until("it is drawn", lambda: chip.pixels().any())
        assert reports.empty()
        painter.watch(True)
        first = reports.get(timeout=20)
        painter.show(View(Scene.VOLUME, word="Calm", bars=3, bars_most=9))
        second = reports.get(timeout=20)
        painter.watch(False)
        painter.show(READY)
        until("it is drawn", lambda: np.array_equal(chip.pixels(), as_pixels(painter._screen.seen())))
    finally:
        painter.close()
    assert isinstance(first, ScreenSeen)
    assert (first.view, first.words) == (PLAYING, ("Calm", "18 min"))
    assert isinstance(second, ScreenSeen)
    assert second.view.scene is Scene.VOLUME
    assert reports.empty()
