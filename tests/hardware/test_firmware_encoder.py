"""Every path through the quadrature table, and what dirt and missed edges do to it."""

from itertools import product

import pytest

from firmware.inputs.encoder import Encoder

CLOCKWISE = [(False, False), (True, False), (True, True), (False, True)]


def turn(encoder: Encoder, start: int, quarters: int) -> int:
    """Feed the readings of a shaft that goes from quarter `start` by `quarters`; the sum of detents told."""
    step = 1 if quarters > 0 else -1
    return sum(encoder.feed(*CLOCKWISE[place % 4]) for place in range(start + step, start + quarters + step, step))


@pytest.mark.parametrize("edges_per_detent", [1, 2, 4])
@pytest.mark.parametrize("detents", [1, -1, 7, -7])
def test_each_detent_is_told_once(edges_per_detent: int, detents: int) -> None:
    assert turn(Encoder(edges_per_detent), 0, detents * edges_per_detent) == detents


def test_a_reversed_knob_counts_the_other_way() -> None:
    assert turn(Encoder(4, reversed=True), 0, 12) == -3


@pytest.mark.parametrize("edges_per_detent", [1, 2, 4])
def test_on_every_path_the_detents_told_are_where_the_shaft_is(edges_per_detent: int) -> None:
    """All 4,096 walks of twelve quarter turns to and fro."""
    for walk in product((1, -1), repeat=12):
        encoder, shaft, told = Encoder(edges_per_detent), 0, 0
        for step in walk:
            shaft += step
            told += encoder.feed(*CLOCKWISE[shaft % 4])
            assert abs(told - shaft / edges_per_detent) < 1, walk
            if shaft % edges_per_detent == 0:
                assert told == shaft // edges_per_detent, walk


@pytest.mark.parametrize("reading", range(4))
def test_chatter_on_any_edge_gives_no_step(reading: int) -> None:
    encoder = Encoder()
    turn(encoder, 0, reading) if reading else None
    for _ in range(50):
        assert turn(encoder, reading, 1) + turn(encoder, reading + 1, -1) in (0, 1 if reading == 3 else 0)
    assert turn(encoder, reading, 4 - reading) == (1 if reading < 3 else 0)


def test_a_reading_told_twice_counts_once() -> None:
    encoder = Encoder()
    assert sum(encoder.feed(*pair) for pair in [*CLOCKWISE, CLOCKWISE[0]] for _ in range(3)) == 1


@pytest.mark.parametrize("detents", [6, -6])
@pytest.mark.parametrize("missed", range(1, 24))
def test_a_missed_edge_costs_at_most_one_step_and_derails_nothing(detents: int, missed: int) -> None:
    encoder, step = Encoder(), 1 if detents > 0 else -1
    shaft = [place for place in range(step, detents * 4 + step, step) if abs(place) != missed]
    told = sum(encoder.feed(*CLOCKWISE[place % 4]) for place in shaft)
    assert step * told in (5, 6)
    assert turn(encoder, 0, 20) == 5


def test_a_knob_found_between_two_detents_loses_no_more_than_one_step() -> None:
    encoder = Encoder()
    encoder.feed(True, True)
    assert turn(encoder, 2, 2) in (0, 1)
    assert turn(encoder, 0, -8) == -2


def test_an_encoder_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="edges_per_detent is 3: encoders have 1, 2 or 4"):
        Encoder(3)
