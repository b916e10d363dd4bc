"""The painter with Adafruit's driver on the emulated chip: what is on the glass, what it costs, and a bus that goes."""

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from device.events import Event, PartBack, PartLost
from device.painter import RETRY_MOST_S, SHIFT_EVERY_S, SIDEWAYS_EVERY_S, Glass
from device.screens import draw
from device.view import Scene, View
from firmware import ScreenLost
from firmware.screen import Screen
from firmware.simulator.chip import Ssd1306Chip
from messages import Part

READY = View(Scene.READY, word="Calm")
PLAYING = View(Scene.PLAYING, word="Calm", minutes=18, progress=420)
VOLUME = View(Scene.VOLUME, word="Calm", bars=8, bars_most=13)
HERE = View(Scene.HERE, code="7F3A")
DARK = View(Scene.DARK)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class GlimpsedChip(Ssd1306Chip):
    """Remembers what an eye saw after each transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.glimpses: list[NDArray[np.bool_]] = []

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        super().writeto(address, buffer, start=start, end=end)
        self.glimpses.append(self.pixels())


class Bench:
    """A glass, the chip it writes to, a clock, and what was reported."""

    def __init__(self, chip: Ssd1306Chip | None = None) -> None:
        self.chip = chip or Ssd1306Chip()
        self.clock = Clock()
        self.reports: list[Event] = []
        self.glass = Glass(lambda: Screen(self.chip), self.reports.append, self.clock)

    def show(self, *views: View) -> NDArray[np.bool_]:
        for view in views:
            self.glass.show(view)
        return self.chip.pixels()

    def cost(self, view: View) -> int:
        before = self.chip.bytes_written
        self.glass.show(view)
        return self.chip.bytes_written - before

    def wait(self, seconds: float, view: View) -> NDArray[np.bool_]:
        """Let time pass and do what is due then."""
        self.clock.now += seconds
        due = self.glass.due
        if due is not None and due <= self.clock.now:
            self.glass.show(view)
        return self.chip.pixels()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def pixels(view: View) -> NDArray[np.bool_]:
    return np.asarray(draw(view))


SHOWN = (
    View(Scene.BOOT),
    READY,
    PLAYING,
    View(Scene.NEXT, word="Calm"),
    VOLUME,
    View(Scene.CHOOSING, word="Memories", place=2, places=4),
    View(Scene.SLEEP, word="Sleep", minutes=38, progress=200),
    View(Scene.TIME_LEFT, minutes=38),
    View(Scene.NO_SOUND),
    HERE,
    View(Scene.HERE, code="7F3A", inverted=True),
    DARK,
    READY,
)


def test_the_glass_shows_each_view_as_it_is_drawn(bench: Bench) -> None:
    for view in SHOWN:
        assert np.array_equal(bench.show(view), pixels(view)), view.scene
    assert not bench.reports
    assert not bench.chip.unknown


def test_nobody_sees_the_noise_in_a_chip_that_was_just_powered() -> None:
    chip = GlimpsedChip()
    Bench(chip).show(READY)
    dark, ready = np.zeros((64, 128), bool), pixels(READY)
    assert all(np.array_equal(seen, dark) or np.array_equal(seen, ready) for seen in chip.glimpses)
    assert np.array_equal(chip.glimpses[-1], ready)


def test_a_dark_glass_is_lit_when_the_new_picture_is_in_place() -> None:
    chip = GlimpsedChip()
    bench = Bench(chip)
    bench.show(READY, DARK)
    chip.glimpses.clear()
    bench.show(PLAYING)
    assert [int(seen.sum()) for seen in chip.glimpses[:-1]] == [0] * (len(chip.glimpses) - 1)
    assert np.array_equal(chip.glimpses[-1], pixels(PLAYING))


def test_night_switches_the_chip_off_by_one_command(bench: Bench) -> None:
    bench.show(READY)
    assert bench.cost(DARK) == 3
    assert not bench.chip.on


def test_the_first_view_may_be_dark(bench: Bench) -> None:
    bench.show(DARK)
    assert not bench.chip.on
    assert np.array_equal(bench.show(READY), pixels(READY))


def test_an_equal_view_costs_nothing(bench: Bench) -> None:
    bench.show(PLAYING)
    assert bench.cost(View(Scene.PLAYING, word="Calm", minutes=18, progress=420)) == 0


def test_here_blinks_by_one_command_a_second(bench: Bench) -> None:
    bench.show(HERE)
    assert bench.cost(View(Scene.HERE, code="7F3A", inverted=True)) == 3


def test_what_was_inverted_or_dimmed_comes_back_as_it_should_after_the_dark(bench: Bench) -> None:
    bench.show(View(Scene.HERE, code="7F3A", inverted=True, dimmed=True), DARK)
    assert np.array_equal(bench.show(READY), pixels(READY))
    assert bench.chip.contrast == 0xCF


def test_a_dimmed_view_lowers_the_contrast_and_the_next_raises_it(bench: Bench) -> None:
    bench.show(READY)
    assert bench.cost(View(Scene.READY, word="Calm", dimmed=True)) == 6
    assert bench.chip.contrast == 0x30
    bench.show(PLAYING)
    assert bench.chip.contrast == 0xCF


def test_each_minute_the_picture_moves_by_one_row_and_stays_whole(bench: Bench) -> None:
    bench.show(PLAYING)
    places = []
    for _ in range(16):
        seen = bench.wait(SHIFT_EVERY_S, PLAYING)
        fits = [rows for rows in range(-2, 3) if np.array_equal(np.roll(pixels(PLAYING), rows, axis=0), seen)]
        assert len(fits) == 1
        places += fits
    assert set(places) == {-2, -1, 0, 1, 2}
    assert all(abs(one - other) == 1 for one, other in itertools.pairwise(places))


def test_a_shift_is_one_command(bench: Bench) -> None:
    bench.show(PLAYING)
    bench.clock.now += SHIFT_EVERY_S
    assert bench.cost(PLAYING) == 3


def test_a_dark_glass_is_left_alone(bench: Bench) -> None:
    bench.show(READY, DARK)
    assert bench.glass.due is None


def test_to_the_sides_it_moves_only_with_another_word(bench: Bench) -> None:
    bench.show(READY)
    bench.clock.now += SIDEWAYS_EVERY_S - 1
    bench.show(READY)
    bench.clock.now += 1
    # the one row up that was due meanwhile is taken back
    upright = np.roll(bench.show(PLAYING), 1, axis=0)
    assert np.array_equal(upright, pixels(PLAYING))
    other = View(Scene.PLAYING, word="Rain", minutes=18)
    moved = np.roll(bench.show(other), 1, axis=0)
    assert np.array_equal(moved, np.roll(pixels(other), 1, axis=1))


@pytest.mark.parametrize("code", [5, 121])
def test_a_screen_that_goes_is_told_once_and_comes_back_whole(bench: Bench, code: int) -> None:
    bench.show(PLAYING)
    bench.chip.fail(code)
    bench.show(READY)
    for _ in range(5):
        bench.wait(RETRY_MOST_S, READY)
    (lost,) = bench.reports
    assert isinstance(lost, PartLost)
    assert lost.part is Part.SCREEN
    assert "0x3c" in lost.reason
    bench.chip.power_up()  # its plug was out: noise in memory
    bench.chip.fail(None)
    seen = bench.wait(RETRY_MOST_S, READY)
    assert bench.reports == [lost, PartBack(Part.SCREEN)]
    assert any(np.array_equal(np.roll(pixels(READY), rows, axis=0), seen) for rows in range(-2, 3))


def test_a_screen_that_goes_again_is_told_again(bench: Bench) -> None:
    for view in (READY, PLAYING):
        bench.show(view)
        bench.chip.fail(5)
        bench.show(VOLUME)
        bench.chip.fail(None)
        bench.wait(RETRY_MOST_S, VOLUME)
    assert [type(report) for report in bench.reports] == [PartLost, PartBack, PartLost, PartBack]


def test_a_lost_screen_is_looked_for_after_1_2_4_and_at_most_30_seconds(bench: Bench) -> None:
    tries: list[float] = []

    def none() -> Screen:
        tries.append(bench.clock.now)
        raise ScreenLost("no I2C bus /dev/i2c-1")

    glass = Glass(none, bench.reports.append, bench.clock)
    for _ in range(200):
        glass.show(READY)
        bench.clock.now += 0.5
    assert [later - earlier for earlier, later in itertools.pairwise(tries)] == [1, 2, 4, 8, 16, 30, 30]
    assert bench.reports == [PartLost(Part.SCREEN, "no I2C bus /dev/i2c-1")]


def test_a_driver_that_breaks_in_a_new_way_is_a_lost_screen(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Screen:
        raise NotImplementedError("board not known")

    Glass(broken, bench.reports.append, bench.clock).show(READY)
    assert bench.reports == [PartLost(Part.SCREEN, "board not known")]
    assert "board not known" in caplog.text


def test_the_counters_are_what_the_bus_carried(bench: Bench) -> None:
    bench.show(DARK)
    opened = bench.chip.bytes_written
    bench.show(*SHOWN, View(Scene.READY, word="Calm", dimmed=True))
    assert bench.glass.counters.bytes == bench.chip.bytes_written - opened
    assert bench.glass.counters.pictures == len([view for view in SHOWN if view != DARK and not view.inverted])


COSTS = [
    ("one detent", VOLUME, View(Scene.VOLUME, word="Calm", bars=9, bars_most=13), 24),
    ("the wave", PLAYING, View(Scene.PLAYING, word="Calm", minutes=18, progress=439), 32),
    ("a new band", PLAYING, VOLUME, 395),
    ("a new name", View(Scene.CHOOSING, word="Calm", place=0, places=4), SHOWN[5], 650),
]


@pytest.mark.parametrize(("before", "after", "most"), [case[1:] for case in COSTS], ids=[case[0] for case in COSTS])
def test_only_what_changed_crosses_the_bus(bench: Bench, before: View, after: View, most: int) -> None:
    bench.show(before)
    assert 0 < bench.cost(after) <= most
