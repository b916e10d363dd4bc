"""The painter's own thread: the latest view wins, a hanging bus delays no one, labels are drawn in advance."""

from collections.abc import Callable, Iterator
from queue import SimpleQueue

import numpy as np
import pytest
from numpy.typing import NDArray

from device.display.painter import Painter
from device.display.screens import draw
from device.display.screens.words import fitted
from device.rules.events import Event, PartLost
from device.rules.view import Scene, View
from firmware.screen.screen import Screen
from firmware.simulator.chip import Ssd1306Chip
from tests.box.painter_bench import PLAYING, READY, VOLUME, HangingChip, pixels

PATIENCE_S = 60.0  # for another thread to do what it does at once


class WatchedScreen(Screen):
    """The real screen, which tells of every picture that reached the chip."""

    def __init__(self, chip: Ssd1306Chip) -> None:
        super().__init__(chip)
        self.chip = chip
        self.seen: SimpleQueue[NDArray[np.bool_]] = SimpleQueue()

    def power(self, on: bool) -> None:
        super().power(on)
        if self.is_open:
            self.seen.put(self.chip.pixels())

    def show(self, frame: bytes) -> int:
        sent = super().show(frame)
        if self.chip.on:
            self.seen.put(self.chip.pixels())
        return sent

    def until_seen(self, view: View) -> list[NDArray[np.bool_]]:
        """Wait for this view; what was on the screen before it."""
        before = []
        while not np.array_equal(seen := self.seen.get(timeout=PATIENCE_S), pixels(view)):
            before.append(seen)
        return before


def stopped() -> float:
    """A clock that stands still: nothing becomes due."""
    return 1000.0


@pytest.fixture
def started() -> Iterator[Callable[..., Painter]]:
    painters: list[Painter] = []

    def start(screen: Screen, reports: SimpleQueue[Event] | None = None) -> Painter:
        painter = Painter(lambda: screen, (reports or SimpleQueue()).put, stopped)
        painters.append(painter)
        painter.start()
        return painter

    yield start
    for painter in painters:
        painter.close(PATIENCE_S)


def test_a_painter_brings_views_to_the_screen_and_puts_it_out_at_the_end(started: Callable[..., Painter]) -> None:
    chip = Ssd1306Chip()
    screen = WatchedScreen(chip)
    painter = started(screen)
    for view in (READY, PLAYING, VOLUME):
        painter.show(view)
        screen.until_seen(view)
    painter.close(PATIENCE_S)
    assert not chip.on


def test_only_the_latest_view_is_drawn_when_the_bus_is_slow(started: Callable[..., Painter]) -> None:
    chip = HangingChip()
    screen = WatchedScreen(chip)
    painter = started(screen)
    painter.show(READY)
    assert chip.is_waiting.wait(PATIENCE_S)
    for bars in range(1, 14):
        painter.show(View(Scene.VOLUME, word="Calm", bars=bars, bars_most=13))
    painter.show(PLAYING)
    chip.goes_on.set()
    assert all(not seen.any() or np.array_equal(seen, pixels(READY)) for seen in screen.until_seen(PLAYING))


def test_a_bus_that_hangs_holds_up_neither_show_nor_close() -> None:
    chip = HangingChip()
    reports: SimpleQueue[Event] = SimpleQueue()
    painter = Painter(lambda: Screen(chip), reports.put, stopped)
    painter.start()
    painter.show(READY)
    assert chip.is_waiting.wait(PATIENCE_S)
    painter.show(PLAYING)
    painter.close(timeout_s=0.01)
    assert reports.empty()  # close returned while the bus still hung: its patience would have ended in a report
    chip.goes_on.set()
    painter.close(PATIENCE_S)
    assert not chip.on


def test_a_painter_may_be_closed_before_it_was_started_and_twice() -> None:
    painter = Painter(lambda: Screen(Ssd1306Chip()), SimpleQueue[Event]().put)
    painter.close()
    painter.close()


def test_a_painter_tells_of_a_lost_screen(started: Callable[..., Painter]) -> None:
    chip = Ssd1306Chip()
    chip.fail(121)
    reports: SimpleQueue[Event] = SimpleQueue()
    started(Screen(chip), reports).show(READY)
    lost = reports.get(timeout=PATIENCE_S)
    assert isinstance(lost, PartLost)


def test_labels_are_drawn_before_they_are_shown(started: Callable[..., Painter]) -> None:
    screen = WatchedScreen(Ssd1306Chip())
    painter = started(screen)
    painter.warm(["Seashore", "Lullaby"])
    painter.show(READY)
    assert painter.wait_until_warm(PATIENCE_S)
    misses = fitted.cache_info().misses
    draw(View(Scene.CHOOSING, word="Seashore"))
    draw(View(Scene.CHOOSING, word="Lullaby"))
    assert fitted.cache_info().misses == misses


def test_the_words_of_the_beds_language_are_drawn_before_they_are_shown(started: Callable[..., Painter]) -> None:
    painter = started(Screen(Ssd1306Chip()))
    painter.warm(["Ruhe"], "de")
    painter.show(READY)
    assert painter.wait_until_warm(PATIENCE_S)
    misses = fitted.cache_info().misses
    for scene in (Scene.NO_SOUND, Scene.CLEANING):
        draw(View(scene, language="de", seconds=120, seconds_most=120))
    assert fitted.cache_info().misses == misses
