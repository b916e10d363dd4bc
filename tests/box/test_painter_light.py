"""How bright the screen is at every moment: night's light, dark, dimmed, and what an eye sees on the way between."""

import itertools
from typing import Any

import numpy as np
import pytest

from device.rules.view import View
from tests.box.painter_bench import (
    DARK,
    DIM,
    HERE,
    HERE_INVERTED,
    NIGHT,
    NIGHT_VOLUME,
    PLAYING,
    READY,
    Bench,
    GlimpsedChip,
    pixels,
)

UNLIT = np.zeros((64, 128), bool)


def light(view: View) -> tuple[bool, ...]:
    """What of a view is no pixels."""
    return view is DARK, view.night, view.dimmed, view.inverted


PAIRS = list(itertools.permutations((READY, PLAYING, DIM, NIGHT, NIGHT_VOLUME, HERE, HERE_INVERTED, DARK), 2))


@pytest.fixture
def chip() -> GlimpsedChip:
    return GlimpsedChip()


@pytest.fixture
def bench(chip: GlimpsedChip) -> Bench:
    return Bench(chip)


@pytest.mark.parametrize(
    ("view", "strength"), [(READY, (0xCF, 0xF1)), (DIM, (0x30, 0xF1)), (NIGHT, (0x00, 0x11)), (HERE, (0xCF, 0xF1))]
)
def test_each_view_has_its_light_wherever_it_comes_from(
    bench: Bench, chip: GlimpsedChip, view: View, strength: tuple[int, int]
) -> None:
    for before in (DARK, READY, DIM, NIGHT):
        bench.show(before, view)
        assert chip.glimpse().strength == strength


def test_dimming_is_one_command(bench: Bench) -> None:
    bench.show(READY)
    assert bench.cost(DIM) == 6


def test_a_chip_that_was_just_powered_shows_the_first_picture_or_nothing(bench: Bench, chip: GlimpsedChip) -> None:
    bench.show(READY)
    assert all(
        np.array_equal(seen.pixels, UNLIT) or np.array_equal(seen.pixels, pixels(READY)) for seen in chip.glimpses
    )
    assert np.array_equal(chip.glimpses[-1].pixels, pixels(READY))


@pytest.mark.parametrize(
    ("before", "view", "strength"),
    [
        (READY, NIGHT, (0x00, 0x11)),
        (READY, NIGHT_VOLUME, (0x00, 0x11)),
        (HERE_INVERTED, NIGHT, (0x00, 0x11)),
        (NIGHT, READY, (0xCF, 0xF1)),
    ],
)
def test_lit_from_the_dark_it_has_its_light_and_its_whole_picture_at_once(
    bench: Bench, chip: GlimpsedChip, before: View, view: View, strength: tuple[int, int]
) -> None:
    bench.show(before, DARK)
    chip.glimpses.clear()
    bench.show(view)
    (lit,) = [seen for seen in chip.glimpses if seen.pixels.any()]
    assert lit.strength == strength
    assert np.array_equal(lit.pixels, pixels(view))


@pytest.mark.parametrize(("before", "after"), [pair for pair in PAIRS if light(pair[0]) != light(pair[1])])
def test_from_one_light_to_another_it_is_never_brighter_than_before_or_after(
    bench: Bench, chip: GlimpsedChip, before: View, after: View
) -> None:
    bench.show(before)
    first = chip.glimpse()
    chip.glimpses.clear()
    bench.show(after)
    last = chip.glimpse()
    assert max(seen.light for seen in chip.glimpses) <= max(first.light, last.light)


@pytest.mark.parametrize(("before", "after"), [pair for pair in PAIRS if HERE_INVERTED not in pair])
def test_no_unfinished_picture_has_more_than_the_lesser_light(
    bench: Bench, chip: GlimpsedChip, before: View, after: View
) -> None:
    bench.show(before)
    first = chip.glimpse()
    chip.glimpses.clear()
    bench.show(after)
    last = chip.glimpse()
    lesser = (-1, -1) if DARK in (before, after) else min(first.strength, last.strength)
    for seen in chip.glimpses:
        is_whole = any(np.array_equal(seen.pixels, end.pixels) for end in (first, last))
        assert is_whole or seen.strength <= lesser


def test_a_plug_that_was_loose_in_the_dark_brings_no_snow_at_night(bench: Bench, chip: GlimpsedChip) -> None:
    bench.show(NIGHT, DARK)
    chip.power_up()
    chip.glimpses.clear()
    assert np.array_equal(bench.show(NIGHT), pixels(NIGHT))
    assert all(not seen.pixels.any() for seen in chip.glimpses[:-1])
    assert chip.glimpse().strength == (0x00, 0x11)


def test_what_was_inverted_or_dimmed_comes_back_as_it_should_after_the_dark(bench: Bench, chip: GlimpsedChip) -> None:
    bench.show(HERE_INVERTED, DARK)
    assert np.array_equal(bench.show(READY), pixels(READY))
    assert chip.glimpse().strength == (0xCF, 0xF1)


class BadDayChip(GlimpsedChip):
    """Breaks once, at any of its transactions, and has been without power when it answers again."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        self.left -= 1
        if self.left == 0:
            self.power_up()
            raise OSError(121, "Remote I/O error")
        super().writeto(address, buffer, start=start, end=end)


def test_a_night_with_a_loose_wire_is_never_brighter_than_night() -> None:
    for at in range(1, 100):
        chip = BadDayChip(at)
        bench = Bench(chip)
        for view in (NIGHT, NIGHT_VOLUME, DARK, NIGHT):
            bench.show(view)
            bench.wait(1.0, view)
        lit = [seen for seen in chip.glimpses if seen.pixels.any()]
        assert {seen.strength for seen in lit} == {(0x00, 0x11)}
        assert max(seen.light for seen in lit) < 128 * 64 // 3
        assert np.array_equal(chip.pixels(), pixels(NIGHT))
