"""A screen that is absent, breaks at any moment, hangs, flaps or loses its power: told once, and back by itself."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from device.display.screen_owner import (
    CHECKED_EVERY_S,
    HANGS,
    HANGS_AFTER_S,
    LOOSE_MOST_S,
    RETRY_FIRST_S,
    RETRY_MOST_S,
    SHIFT_EVERY_S,
    WELL_AFTER_S,
    ScreenOwner,
)
from device.rules.events import PartBack, PartLost
from device.rules.view import View
from firmware import ScreenLost
from firmware.screen.screen import Screen
from firmware.simulator.chip import Ssd1306Chip
from messages import Code, Part, because
from tests.box.painter_bench import (
    DARK,
    DIM,
    HERE,
    HERE_INVERTED,
    NIGHT,
    NIGHT_VOLUME,
    PLAYING,
    READY,
    VOLUME,
    Bench,
    Clock,
    stands,
)

SHIFT = (READY, PLAYING, VOLUME, NIGHT, NIGHT_VOLUME, DARK, NIGHT, DARK, HERE, HERE_INVERTED, DIM)
BACK = PartBack(Part.SCREEN)
NO_BUS = because(Code.BUS_MISSING, bus="/dev/i2c-1")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def kinds(bench: Bench) -> list[type]:
    return [type(report) for report in bench.reports]


def until_due(bench: Bench) -> float:
    due = bench.screen.due
    assert due is not None
    return due - bench.clock.now


def a_day(bench: Bench) -> None:
    """Every kind of transaction: opening, windows, data, contrast, power, inversion, shift, a look at its status."""
    for view in SHIFT:
        bench.show(view)
    bench.clock.now += SHIFT_EVERY_S
    bench.show(DIM)


@pytest.mark.parametrize("code", [5, 121])
def test_a_bus_that_breaks_at_any_transaction_is_told_once_and_the_picture_comes_back(code: int) -> None:
    for sound_transactions in itertools.count():
        bench = Bench()
        bench.chip.fail(code, after=sound_transactions)
        a_day(bench)
        if not bench.reports:
            break
        (lost,) = bench.reports
        bench.chip.fail(None)
        bench.chip.power_up()
        stands(DIM, bench.wait(until_due(bench), DIM))
        assert bench.reports == [lost, BACK]
        assert isinstance(lost, PartLost)
        assert lost.part is Part.SCREEN
        assert "0x3c" in lost.reason.line
        assert "\n" not in lost.reason.line
        assert (bench.chip.contrast, bench.chip.inverted) == (0x30, False)
    assert sound_transactions > 60  # all were tried: opening alone takes more than thirty


@pytest.mark.parametrize("code", [5, 121])
def test_a_screen_that_is_away_for_long_is_told_once_each_way(bench: Bench, code: int) -> None:
    bench.chip.fail(code)
    bench.show(READY)
    for _ in range(500):
        bench.wait(RETRY_MOST_S, READY)
    bench.chip.fail(None)
    stands(READY, bench.wait(RETRY_MOST_S, READY))
    assert kinds(bench) == [PartLost, PartBack]


def test_a_screen_that_is_plugged_in_after_a_while_shows_within_five_seconds(bench: Bench) -> None:
    bench.chip.fail(121)
    bench.show(READY)
    for _ in range(60):
        bench.wait(1.0, READY)
    bench.chip.fail(None)
    stands(READY, bench.wait(5.0, READY))
    assert kinds(bench) == [PartLost, PartBack]


def test_a_screen_whose_plug_was_loose_while_nothing_changed_is_found_within_seconds(bench: Bench) -> None:
    bench.show(READY)
    bench.chip.plug(False)
    bench.chip.plug(True)
    assert not bench.chip.on
    assert until_due(bench) <= CHECKED_EVERY_S
    bench.wait(until_due(bench), READY)
    assert kinds(bench) == [PartLost]
    stands(READY, bench.wait(until_due(bench), READY))
    assert kinds(bench) == [PartLost, PartBack]


def test_what_comes_back_is_the_picture_of_now(bench: Bench) -> None:
    bench.show(PLAYING)
    bench.chip.fail(5)
    bench.show(READY, NIGHT, HERE)
    bench.chip.fail(None)
    bench.clock.now += RETRY_FIRST_S
    stands(HERE_INVERTED, bench.show(HERE_INVERTED))
    assert bench.chip.inverted


def test_a_screen_that_comes_back_by_night_stays_dark(bench: Bench) -> None:
    bench.show(PLAYING)
    bench.chip.fail(5)
    bench.show(DARK)
    bench.chip.fail(None)
    bench.wait(RETRY_FIRST_S, DARK)
    assert kinds(bench) == [PartLost, PartBack]
    assert not bench.chip.on


def test_a_lost_screen_is_looked_for_after_1_2_and_then_each_4_seconds(bench: Bench) -> None:
    tries: list[float] = []

    def none() -> Screen:
        tries.append(bench.clock.now)
        raise ScreenLost(NO_BUS)

    screen = ScreenOwner(none, bench.reports.append, bench.clock)
    for _ in range(40):
        screen.show(READY)
        bench.clock.now += 0.5
    assert [later - earlier for earlier, later in itertools.pairwise(tries)] == [1, 2, 4, 4, 4, 4]
    assert bench.reports == [PartLost(Part.SCREEN, NO_BUS)]


def test_a_driver_that_breaks_in_a_new_way_is_a_lost_screen_and_one_line(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Screen:
        raise NotImplementedError("board\n  not known")

    screen = ScreenOwner(broken, bench.reports.append, bench.clock)
    for _ in range(10):
        screen.show(READY)
        bench.clock.now += RETRY_MOST_S
    assert bench.reports == [PartLost(Part.SCREEN, because(Code.SCREEN_BROKEN, what="board not known"))]
    assert [record.message for record in caplog.records] == ["the screen could not be drawn"]


# -- flapping


def flaps(bench: Bench, seconds: int) -> Iterator[float]:
    """It answers whenever it is looked for and breaks at the next change; yields the times of the tries."""
    for second in range(seconds):
        was_lost = bench.screen.due is not None and not bench.chip.on
        bench.chip.fail(None if was_lost else 5)
        before = bench.chip.bytes_written
        bench.show(PLAYING if second % 2 else VOLUME)
        if bench.chip.bytes_written - before > 1000:
            yield bench.clock.now
            bench.chip.on = False  # so that the next line of this loop knows
        bench.clock.now += 1


def test_a_screen_that_flaps_for_an_hour_is_told_twice_and_looked_for_less_and_less(bench: Bench) -> None:
    bench.show(READY)
    bench.chip.on = False
    tries = list(flaps(bench, 3600))
    assert kinds(bench) == [PartLost, PartBack, PartLost]
    assert len(tries) < 3600 / LOOSE_MOST_S + 10


def test_a_screen_that_flapped_is_back_when_it_has_been_well_for_a_minute(bench: Bench) -> None:
    _lose_and_find(bench, PLAYING)
    bench.clock.now += 1
    _lose_and_find(bench, VOLUME)
    assert kinds(bench) == [PartLost, PartBack, PartLost]
    for _ in range(59):
        bench.wait(1, VOLUME)
    assert kinds(bench) == [PartLost, PartBack, PartLost]
    bench.wait(1, VOLUME)
    assert kinds(bench) == [PartLost, PartBack, PartLost, PartBack]


def test_a_loose_screen_that_is_well_in_the_dark_is_told_too(bench: Bench) -> None:
    _lose_and_find(bench, PLAYING)
    _lose_and_find(bench, VOLUME)
    bench.show(DARK)
    assert bench.screen.due == bench.clock.now + WELL_AFTER_S
    bench.wait(WELL_AFTER_S, DARK)
    assert kinds(bench)[-1] is PartBack
    assert bench.screen.due is None


def test_after_a_while_of_health_the_screen_is_looked_for_soon_again_and_told_at_once(bench: Bench) -> None:
    for _ in range(6):
        _lose_and_find(bench, PLAYING)
    bench.wait(WELL_AFTER_S, PLAYING)
    bench.reports.clear()
    bench.chip.fail(5)
    bench.show(VOLUME)
    assert bench.screen.due == bench.clock.now + RETRY_FIRST_S
    bench.chip.fail(None)
    bench.wait(RETRY_FIRST_S, VOLUME)
    assert kinds(bench) == [PartLost, PartBack]


def _lose_and_find(bench: Bench, view: View) -> None:
    bench.show(READY)
    bench.chip.fail(5)
    bench.show(view)
    bench.chip.fail(None)
    stands(view, bench.wait(until_due(bench), view))


# -- a bus that comes back late


class SlowChip(Ssd1306Chip):
    """Each transaction takes its time by the test's clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock, self.takes_s = clock, 0.0

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        super().writeto(address, buffer, start=start, end=end)
        self.clock.now += self.takes_s


@pytest.fixture
def slow() -> Bench:
    bench = Bench()
    bench.chip = SlowChip(bench.clock)
    return bench


def test_a_drawing_that_took_too_long_is_not_trusted_and_made_anew_at_once(slow: Bench) -> None:
    assert isinstance(slow.chip, SlowChip)
    slow.show(READY)
    slow.chip.takes_s = HANGS_AFTER_S
    slow.show(VOLUME)
    assert slow.reports == [PartLost(Part.SCREEN, HANGS)]
    slow.chip.takes_s = 0.0
    slow.chip.power_up()
    stands(VOLUME, slow.wait(0, VOLUME))
    assert slow.reports == [PartLost(Part.SCREEN, HANGS), BACK]


def test_a_screen_that_cannot_be_opened_in_time_is_tried_less_and_less(slow: Bench) -> None:
    assert isinstance(slow.chip, SlowChip)
    slow.chip.takes_s = 0.07  # opening it is some forty transactions
    slow.show(READY)
    began: list[float] = []
    for _ in range(200):
        if until_due(slow) <= 0:
            began.append(slow.clock.now)
        slow.show(READY)
        slow.clock.now += 1
    waits = [later - earlier for earlier, later in itertools.pairwise(began)]
    assert waits[:4] == sorted(waits[:4])
    assert waits[-1] == pytest.approx(RETRY_MOST_S, abs=1.0)
    assert slow.reports == [PartLost(Part.SCREEN, HANGS)]


def test_a_drawing_that_is_slow_but_comes_back_in_time_is_nothing_to_tell(slow: Bench) -> None:
    assert isinstance(slow.chip, SlowChip)
    slow.show(READY)
    slow.chip.takes_s = HANGS_AFTER_S / 20
    slow.show(VOLUME, PLAYING)
    assert slow.reports == []


# -- power lost unseen


def test_a_chip_that_lost_its_power_unseen_is_lit_again_with_the_next_minute(bench: Bench) -> None:
    bench.show(READY)
    bench.chip.power_up()
    assert not bench.wait(SHIFT_EVERY_S, READY).any()
    stands(READY, bench.wait(RETRY_FIRST_S, READY))
    (lost, back) = bench.reports
    assert isinstance(lost, PartLost)
    assert "without power" in lost.reason.line
    assert back == BACK


def test_a_chip_that_lost_its_power_unseen_is_lit_again_a_second_after_a_press(bench: Bench) -> None:
    bench.show(READY)
    bench.chip.power_up()
    bench.show(VOLUME)
    stands(VOLUME, bench.wait(RETRY_FIRST_S, VOLUME))


class MuteChip(Ssd1306Chip):
    """A module that leaves out the wire for reading, or answers what it likes."""

    def __init__(self, answer: int | None) -> None:
        super().__init__()
        self.answer = answer

    def readfrom_into(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        super().readfrom_into(address, buffer, start=start, end=end)
        if self.answer is None:
            raise OSError(121, "Remote I/O error")
        buffer[start:end] = bytes([self.answer]) * len(memoryview(buffer)[start:end])


@pytest.mark.parametrize("answer", [None, 0x00, 0xFF])
def test_a_module_that_cannot_be_read_is_believed(answer: int | None) -> None:
    bench = Bench(MuteChip(answer))
    a_day(bench)
    for _ in range(10):
        stands(DIM, bench.wait(SHIFT_EVERY_S, DIM))
    assert bench.reports == []
    assert np.any(bench.chip.pixels())
