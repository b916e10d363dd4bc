"""A bus that hangs for ever inside a write: reported by the next call, and back when it goes on."""

from collections.abc import Iterator
from queue import SimpleQueue

import numpy as np
import pytest

from device.display.painter import Painter
from device.display.screen_owner import HANGS, HANGS_AFTER_S
from device.rules.events import Event, PartBack, PartLost
from device.rules.view import Scene, View
from firmware.screen.screen import Screen
from messages import Part
from tests.box.painter_bench import DARK, DIM, PLAYING, READY, VOLUME, Clock, HangingChip, pixels

PATIENCE_S = 60.0  # for another thread to do what it does at once
LOST, BACK = PartLost(Part.SCREEN, HANGS), PartBack(Part.SCREEN)
HANGS_AT = [
    ("the question for power", READY, VOLUME, 0),
    ("a window", READY, VOLUME, 1),
    ("its data", READY, VOLUME, 2),
    ("the contrast", READY, DIM, 0),
    ("the way into the dark", READY, DARK, 0),
    ("the registers of a dark chip", DARK, READY, 0),
    ("its light", DARK, READY, 4),
]


class HungBox:
    """A painter on a bus that hangs when told to, under a clock that the test moves."""

    def __init__(self) -> None:
        self.chip, self.clock = HangingChip(), Clock()
        self.reports: SimpleQueue[Event] = SimpleQueue()
        self.painter = Painter(lambda: Screen(self.chip), self.reports.put, self.clock)
        self.painter.start()

    def show_first(self, view: View) -> None:
        """Open the screen and let it stand: the bus hangs at the transaction after."""
        self.chip.goes_on.set()
        self.painter.show(view)
        assert self.painter.wait_until_warm(PATIENCE_S)  # it warms behind the first view

    def hang(self, view: View, transactions: int) -> None:
        """Show this, and hang after so many transactions of it."""
        self.chip.hang_after(transactions)
        self.painter.show(view)
        assert self.chip.is_waiting.wait(PATIENCE_S)

    def report(self) -> Event:
        return self.reports.get(timeout=PATIENCE_S)


@pytest.fixture
def box() -> Iterator[HungBox]:
    box = HungBox()
    yield box
    box.chip.goes_on.set()
    box.painter.close(PATIENCE_S)


@pytest.mark.parametrize(
    ("first", "view", "transactions"), [row[1:] for row in HANGS_AT], ids=[row[0] for row in HANGS_AT]
)
def test_a_bus_that_hangs_is_told_once_by_whoever_shows_next_and_once_when_it_goes_on(
    box: HungBox, first: View, view: View, transactions: int
) -> None:
    box.show_first(first)
    box.hang(view, transactions)
    box.clock.now += HANGS_AFTER_S
    box.painter.show(view)
    assert box.reports.empty(), "a drawing has two seconds"
    box.clock.now += 0.1
    box.painter.show(view)
    assert box.reports.get_nowait() == LOST
    box.painter.show(view)
    assert box.reports.empty()
    box.chip.goes_on.set()
    assert box.report() == BACK
    assert np.array_equal(box.chip.pixels(), pixels(view))
    box.painter.close(PATIENCE_S)
    assert box.reports.empty()


def test_a_bus_that_hangs_while_the_screen_is_opened_is_told_too(box: HungBox) -> None:
    box.hang(READY, 7)
    box.clock.now += HANGS_AFTER_S + 0.1
    box.painter.show(READY)
    assert box.reports.get_nowait() == LOST
    box.chip.goes_on.set()
    assert box.report() == BACK
    assert np.array_equal(box.chip.pixels(), pixels(READY))


def test_a_hang_that_ends_in_an_error_is_told_once(box: HungBox) -> None:
    box.show_first(READY)
    box.chip.fails_with = 110
    box.hang(VOLUME, 1)
    box.clock.now += HANGS_AFTER_S + 0.1
    box.painter.show(PLAYING)
    box.chip.goes_on.set()
    assert [box.report(), box.report()] == [LOST, BACK]
    assert np.array_equal(box.chip.pixels(), pixels(PLAYING))


def test_what_was_shown_last_while_the_bus_hung_is_on_the_screen_when_it_goes_on(box: HungBox) -> None:
    box.show_first(READY)
    box.hang(VOLUME, 2)
    for second in range(20):
        box.clock.now += 1
        box.painter.show(View(Scene.PLAYING, word="Calm", minutes=1, progress=second))
    box.chip.goes_on.set()
    assert [box.report(), box.report()] == [LOST, BACK]
    assert box.reports.empty()
    assert np.array_equal(box.chip.pixels(), pixels(View(Scene.PLAYING, word="Calm", minutes=1, progress=19)))


def test_an_idle_painter_has_nothing_to_tell_however_late_it_is(box: HungBox) -> None:
    box.show_first(READY)
    box.painter.close(PATIENCE_S)
    box.clock.now += 3600
    box.painter.show(READY)
    assert box.reports.empty()
