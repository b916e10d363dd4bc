"""The ring's arithmetic alone: places, tracks and the play head."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.speaker.chain.deck import RUN_FRAMES
from firmware.speaker.chain.frames import BLOCK, RATE, RING_FRAMES, spans
from firmware.speaker.chain.limiter import AHEAD_FRAMES, FORESEEN_FRAMES
from firmware.speaker.player.ring import (
    LATE_FRAMES,
    LOW_FRAMES,
    MARGIN_MS,
    PERIOD,
    REFILL_FRAMES,
    first_free_frame,
    since_taken_ms,
    taken_frames,
    whole_periods,
)


@given(st.integers(0, 10 * RING_FRAMES), st.integers(0, RING_FRAMES))
def test_spans_are_the_frames_places_in_order(first: int, frames: int) -> None:
    runs = list(spans(first, frames))
    assert len(runs) <= 2
    assert sum(length for _, length in runs) == frames
    if frames:
        assert runs[0][0] == first % RING_FRAMES
    if len(runs) == 2:
        assert runs[0][0] + runs[0][1] == RING_FRAMES
        assert runs[1][0] == 0


def position_ms(periods: int, since_s: float) -> int:
    """pygame's clock so long after the mixer took its last period: two numbers, each rounded down."""
    return periods * PERIOD * 1000 // RATE + int(since_s * 1000)


@given(st.integers(0, 10**8), st.floats(0, 5))
def test_time_since_the_last_period_is_told_to_the_millisecond(periods: int, since_s: float) -> None:
    since_ms = since_taken_ms(periods, position_ms(periods, since_s))
    assert 0 <= since_s * 1000 - since_ms <= 1


def test_a_period_that_was_counted_before_the_clock_knows_of_it_was_taken_just_now() -> None:
    assert since_taken_ms(101, position_ms(100, 0.02)) == 0


@given(st.integers(0, 10**6), st.integers(0, 60_000))
def test_the_play_head_never_runs_on_into_a_period_that_was_not_taken(periods: int, since_ms: int) -> None:
    assert whole_periods(taken_frames(periods, since_ms)) == periods * PERIOD


@given(st.integers(0, 10**6), st.integers(0, 60_000))
def test_a_free_frame_begins_a_period_and_is_not_taken_within_the_margin(periods: int, since_ms: int) -> None:
    free = first_free_frame(periods, since_ms)
    assert free % PERIOD == 0
    # The mixer takes the next period when the last one has sounded; up to 1 ms more than `since_ms` may have passed.
    assert free > periods * PERIOD or (since_ms + 1 + MARGIN_MS) * RATE <= PERIOD * 1000


@given(st.integers(0, 10**6), st.integers(0, 60_000))
def test_a_free_frame_is_never_far_from_what_was_taken_however_long_the_device_stands_still(
    periods: int, since_ms: int
) -> None:
    assert 0 <= first_free_frame(periods, since_ms) - periods * PERIOD <= 2 * PERIOD


def test_a_period_that_is_about_to_be_taken_is_left_alone() -> None:
    assert first_free_frame(7, 10) == 7 * PERIOD
    assert first_free_frame(7, 18) == 8 * PERIOD  # 2.3 ms before it is taken
    assert first_free_frame(7, 22) == 8 * PERIOD


def test_a_mixer_that_is_late_may_take_two_periods_at_once() -> None:
    assert first_free_frame(7, 40) == 9 * PERIOD


def test_the_ring_holds_what_is_rendered_what_is_foreseen_and_what_may_be_made_anew() -> None:
    ahead = LOW_FRAMES + REFILL_FRAMES + FORESEEN_FRAMES + AHEAD_FRAMES
    assert ahead + LATE_FRAMES + 3 * BLOCK <= RING_FRAMES  # rendered, mixed and decoded by whole blocks
    assert RING_FRAMES % BLOCK == RING_FRAMES % PERIOD == RING_FRAMES % RUN_FRAMES == 0
