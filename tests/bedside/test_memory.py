"""What a box remembers over a power cut."""

from dataclasses import replace

import pytest

from device.memory import encode_memory, memory_of, recall
from device.state import State
from tests.bedside.bench import ALL_PIECES, BUILT_IN, CALM, RAIN, Bed, assigned, one_play, wall

UTC_MINUS_CLOCK_S = 1.7e9


def cut(bed: Bed, *, away_s: float = 40.0, clock_ok: bool = True, at: str | None = "12:00") -> Bed:
    """The power goes and comes back: another run of the same box, whose clock begins anew."""
    kept = encode_memory(memory_of(bed.state), UTC_MINUS_CLOCK_S)
    again = Bed(night=at is None)
    fresh = State(boot="b00u", code="7F3A", builtin=BUILT_IN, held=ALL_PIECES, level_dba=50.0, wall=at and wall(at))
    again.now = 5.0
    utc_minus_clock_s = UTC_MINUS_CLOCK_S + bed.now + away_s - again.now
    again.state = recall(fresh, kept, utc_minus_clock_s, clock_ok=clock_ok)
    again.state = replace(again.state, sound_ready=True)
    return again


def test_a_box_that_lost_its_power_is_silent_with_its_assignment_choice_and_level() -> None:
    bed = Bed()
    bed.happens(assigned(3, CALM, RAIN, shared_room=True, ask_sleep=True))
    bed.turn("volume", -4)
    bed.press("play")
    again = cut(bed)
    assert again.state.playing is None
    assert again.state.assigned == bed.state.assigned
    assert (again.state.version, again.state.chosen, again.state.level_dba) == (3, bed.state.chosen, 42.0)


def test_play_after_a_power_cut_goes_on_with_the_piece_that_played() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    again = cut(bed)
    play = one_play(again.press("play"))
    assert (again.heard, play.start_s, play.rise_s) == (["harbour"], 0.0, 5.0)


def test_a_piece_that_began_longer_ago_than_half_an_hour_is_not_gone_on_with() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    again = cut(bed, away_s=30 * 60)
    again.press("play")
    assert again.heard == ["tide"]


def test_without_a_clock_nobody_knows_how_long_ago_it_was() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    again = cut(bed, clock_ok=False, at=None)
    assert (again.state.resume, again.state.stopped_at) == (None, None)
    assert again.state.level_dba <= 45.0
    again.press("play")
    assert again.heard == ["dusk"], "an unknown clock means night"


def test_the_patients_own_stop_is_remembered_so_that_nothing_starts_by_itself_soon_after() -> None:
    bed = Bed()
    bed.press("play")
    bed.press("play")
    again = cut(bed, away_s=60.0)
    assert again.state.stopped_at == pytest.approx(again.now - 60.0, abs=1e-3)


def test_who_was_asked_about_the_night_is_not_asked_again_after_a_power_cut() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, ask_sleep=True))
    bed.press("play")
    assert bed.state.asking
    again = cut(bed)
    again.press("play")
    assert again.state.asking is None


def test_a_box_by_night_knows_its_beds_own_hours_at_once() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, night_begins=11 * 60, night_ends=13 * 60))
    assert cut(bed).state.night
    assert not cut(bed, at="22:00").state.night


def test_playing_costs_a_write_a_piece_and_none_a_second() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(1)
    kept = {memory_of(bed.state)}
    for _ in range(400):
        bed.wait(1)
        kept.add(memory_of(bed.state))
    assert len(kept) == 3
