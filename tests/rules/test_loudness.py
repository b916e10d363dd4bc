"""Mean and maximum of music over several tracks: energies add, whatever the order."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.rules.session import Loudness, measured, together

LEVELS_DBA = st.floats(0, 120)
PARTS = st.builds(
    lambda seconds, mean_dba, above_db: Loudness(seconds, mean_dba, min(120.0, mean_dba + above_db)),
    st.floats(0.1, 4000),
    LEVELS_DBA,
    st.floats(0, 30),
)


def test_twice_as_long_at_one_level_is_that_level() -> None:
    assert Loudness(10, 40, 45).plus(Loudness(30, 40, 50)) == Loudness(40, pytest.approx(40), 50)


def test_half_the_time_ten_decibels_louder_is_nearly_the_louder_one() -> None:
    assert Loudness(10, 50, 50).plus(Loudness(10, 40, 40)).mean_dba == pytest.approx(47.4, abs=0.01)


@given(PARTS, PARTS)
def test_the_mean_lies_between_both_and_the_order_does_not_matter(one: Loudness, other: Loudness) -> None:
    both = one.plus(other)
    assert both.seconds == one.seconds + other.seconds
    assert both.max_dba == max(one.max_dba, other.max_dba)
    low, high = sorted((one.mean_dba, other.mean_dba))
    assert low - 1e-9 <= both.mean_dba <= high + 1e-9
    assert other.plus(one).mean_dba == pytest.approx(both.mean_dba)


@given(PARTS, PARTS, PARTS)
def test_tracks_may_be_added_in_any_groups(one: Loudness, other: Loudness, third: Loudness) -> None:
    left, right = one.plus(other).plus(third), one.plus(other.plus(third))
    assert (left.seconds, left.max_dba) == (pytest.approx(right.seconds), right.max_dba)
    assert left.mean_dba == pytest.approx(right.mean_dba)


@given(PARTS)
def test_nothing_adds_nothing(part: Loudness) -> None:
    assert part.plus(None) == together(part, None) == together(None, part) == part
    assert together(None, None) is None


@given(st.floats(max_value=3600), st.floats(), st.floats())
def test_whatever_a_speaker_measures_an_entry_can_say_it(seconds: float, mean_dba: float, max_dba: float) -> None:
    found = measured(seconds, mean_dba, max_dba)
    assert (found is None) is not (seconds > 0)
    if found:
        assert 0 <= found.mean_dba <= 120
        assert 0 <= found.max_dba <= 120


def test_digital_silence_counts_as_nothing_to_hear() -> None:
    assert measured(2.0, -inf, nan) == Loudness(2.0, 0.0, 0.0)
