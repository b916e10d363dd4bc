"""Gain lines alone: how fast a level may rise, how a start and a fade run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.speaker.chain.frames import CELL, RATE
from firmware.speaker.chain.gain import Gains, Line, moved_level, silenced, start_line

LEVELS = st.lists(st.tuples(st.integers(0, 200), st.floats(-60, 0)), min_size=1, max_size=12)


@given(LEVELS)
def test_a_level_never_rises_faster_than_3_db_a_second_whatever_is_asked(moves: list[tuple[int, float]]) -> None:
    frames = np.arange(0, 60 * RATE, CELL)
    line, at = Line.flat(-30.0), 0
    for periods, db in moves:
        at += periods * 1024
        before = line.at(at)
        line = moved_level(line, at, db)
        assert line.at(at) == pytest.approx(before)
        steps = np.diff(np.interp(frames[frames >= at], line.frames, line.decibels))
        assert steps.max() <= 3.0 * CELL / RATE + 1e-9


def test_a_level_falls_within_20_ms_and_arrives_exactly() -> None:
    line = moved_level(Line.flat(-10.0), 4096, -16.0)
    assert line.at(4096) == -10.0
    assert line.at(4096 + RATE // 50) == -16.0


def test_a_rise_interrupted_by_a_fall_falls_from_where_it_is() -> None:
    line = moved_level(Line.flat(-30.0), 0, -18.0)
    line = moved_level(line, RATE, -40.0)
    assert line.at(RATE) == pytest.approx(-27.0)
    assert line.at(2 * RATE) == -40.0


@pytest.mark.parametrize("rise_s", [5.0, 20.0])
def test_a_start_stands_20_db_under_its_level_within_300_ms_and_rises_straight(rise_s: float) -> None:
    line = start_line(0, rise_s)
    assert line.at(round(0.3 * RATE)) == pytest.approx(-20.0, abs=20 * 0.3 / rise_s)
    stands = line.frames[2]
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        assert line.at(stands + round(part * rise_s * RATE)) == pytest.approx(-20 + 20 * part, abs=1e-3)


def test_a_start_is_heard_within_10_ms() -> None:
    assert start_line(0, 20.0).at(RATE // 100) > -40.0


def test_a_fade_leaves_the_level_where_it_is() -> None:
    gains = Gains(Line.flat(-8.0), start_line(0, 0.0)).with_fade(RATE, 10.0)
    assert gains.level == Line.flat(-8.0)
    assert gains.with_level(2 * RATE, -12.0).fade == gains.fade


def test_a_second_fade_goes_on_from_where_the_first_is() -> None:
    line = silenced(silenced(Line.flat(0.0), 0, 60.0), 30 * RATE, 5.0)
    assert line.at(30 * RATE) == pytest.approx(-30.0, abs=0.01)
    assert line.at(35 * RATE) == pytest.approx(-60.0, abs=0.1)


def test_amplitudes_are_one_number_once_nothing_moves() -> None:
    gains = Gains(Line.flat(-20.0), start_line(0, 1.0))
    assert isinstance(gains.amplitudes(0, 4096), np.ndarray)
    assert gains.amplitudes(2 * RATE, 4096) == pytest.approx(0.1)


@pytest.mark.parametrize(("frames", "points"), [(1, 2), (256, 2), (257, 3), (4096, 17)])
def test_amplitudes_reach_past_the_last_frame(frames: int, points: int) -> None:
    gains = Gains(Line.flat(0.0), start_line(0, 5.0))
    amplitudes = gains.amplitudes(0, frames)
    assert isinstance(amplitudes, np.ndarray)
    assert len(amplitudes) == points
