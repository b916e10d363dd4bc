"""What the painter brings to the screen, with Adafruit's driver on the emulated chip: pixels, their cost, burn-in."""

import itertools

import numpy as np
import pytest

from device.display.screen_owner import SHIFT_EVERY_S, SIDEWAYS_EVERY_S, SIDEWAYS_LATEST_S
from device.rules.view import Scene, View
from tests.box.painter_bench import DARK, DIM, HERE, HERE_INVERTED, NIGHT, PLAYING, READY, VOLUME, Bench, pixels, stands

VIGIL = View(Scene.VIGIL, word="Peace", night=True)


@pytest.fixture
def bench() -> Bench:
    return Bench()


SHOWN = (
    View(Scene.BOOT),
    READY,
    PLAYING,
    View(Scene.NEXT, word="Calm"),
    VOLUME,
    View(Scene.CHOOSING, word="Memories", place=2, places=4),
    View(Scene.SLEEP, word="Sleep", minutes=38, progress=200),
    View(Scene.TIME_LEFT, minutes=38),
    NIGHT,
    View(Scene.NO_SOUND),
    HERE,
    HERE_INVERTED,
    DARK,
    READY,
)


def test_the_screen_shows_each_view_as_it_is_drawn(bench: Bench) -> None:
    for view in SHOWN:
        assert np.array_equal(bench.show(view), pixels(view)), view.scene
    assert not bench.reports
    assert not bench.chip.unknown


def test_an_equal_view_costs_nothing(bench: Bench) -> None:
    bench.show(PLAYING)
    assert bench.cost(View(Scene.PLAYING, word="Calm", minutes=18, progress=420)) == 0


def test_night_switches_the_chip_off_by_one_command(bench: Bench) -> None:
    bench.show(READY)
    assert bench.cost(DARK) == 3
    assert not bench.chip.on


def test_a_dark_screen_is_left_alone(bench: Bench) -> None:
    bench.show(READY, DARK)
    assert bench.screen.due is None


def test_the_first_view_may_be_dark(bench: Bench) -> None:
    bench.show(DARK)
    assert not bench.chip.on
    assert np.array_equal(bench.show(READY), pixels(READY))


def test_here_blinks_by_one_command_a_second(bench: Bench) -> None:
    bench.show(HERE)
    assert bench.cost(HERE_INVERTED) == 3


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


# -- burn-in


def test_each_minute_the_picture_moves_by_one_row_and_stays_whole(bench: Bench) -> None:
    bench.show(PLAYING)
    rows = [stands(PLAYING, bench.wait(SHIFT_EVERY_S, PLAYING))[0] for _ in range(16)]
    assert set(rows) == {-2, -1, 0, 1, 2}
    assert all(abs(one - other) == 1 for one, other in itertools.pairwise(rows))


def test_a_shift_is_one_command(bench: Bench) -> None:
    bench.show(PLAYING)
    bench.clock.now += SHIFT_EVERY_S
    assert bench.cost(PLAYING) == 3


def test_to_the_sides_it_moves_with_another_word_and_not_within_five_minutes(bench: Bench) -> None:
    other = View(Scene.PLAYING, word="Rain", minutes=18)
    bench.show(READY)
    bench.clock.now += SIDEWAYS_EVERY_S - 1
    assert stands(other, bench.show(other))[1] == 0
    bench.clock.now += 1
    assert stands(PLAYING, bench.show(PLAYING))[1] == 1
    assert stands(other, bench.show(other))[1] == 1


def test_a_word_that_stays_is_not_moved_to_the_sides_by_its_band(bench: Bench) -> None:
    bench.show(READY)
    bench.clock.now += SIDEWAYS_EVERY_S
    assert stands(PLAYING, bench.show(PLAYING))[1] == 0


@pytest.mark.parametrize("view", [VIGIL, DIM], ids=["vigil", "ready"])
def test_a_picture_that_stays_for_a_day_stands_everywhere_and_is_sent_twice_an_hour(bench: Bench, view: View) -> None:
    bench.show(view)
    before = bench.chip.bytes_written
    minutes = 24 * 60
    places = [stands(view, bench.wait(SHIFT_EVERY_S, view)) for _ in range(minutes)]
    assert {rows for rows, _ in places} == {columns for _, columns in places} == {-2, -1, 0, 1, 2}
    assert sum(one[1] != other[1] for one, other in itertools.pairwise(places)) == pytest.approx(
        minutes * 60 / SIDEWAYS_LATEST_S, abs=1
    )
    assert (bench.chip.bytes_written - before) / (minutes * 60) < 1.0, "bytes a second"
    assert not bench.reports
