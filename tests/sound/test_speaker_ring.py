"""The ring's arithmetic alone: places, pieces and the play head."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.speaker.chain.frames import RATE, RING_FRAMES, spans
from firmware.speaker.player.ring import MARGIN_MS, PERIOD, first_free_frame


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


@given(st.integers(0, 10**9), st.integers(0, 1000))
def test_a_free_frame_begins_a_period_and_is_not_taken_within_the_margin(now_ms: int, base_periods: int) -> None:
    base = base_periods * PERIOD
    free = first_free_frame(now_ms, base) + base
    assert free % PERIOD == 0
    # The mixer takes a period when its clock reaches the period's end; up to 1 ms more than `now_ms` may have passed.
    assert (free + PERIOD) * 1000 >= (now_ms + 1 + MARGIN_MS) * RATE


@given(st.integers(0, 10**6))
def test_a_free_frame_is_at_most_two_periods_away(now_ms: int) -> None:
    assert first_free_frame(now_ms, 0) - now_ms * RATE / 1000 <= 2 * PERIOD


def test_a_period_that_is_about_to_be_taken_is_left_alone() -> None:
    assert first_free_frame(10, 0) == 0
    assert first_free_frame(18, 0) == PERIOD  # 2.3 ms before it is taken
    assert first_free_frame(22, 0) == PERIOD
