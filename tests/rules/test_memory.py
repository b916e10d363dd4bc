"""What a box remembers over a power cut."""

from dataclasses import replace

import pytest

from device.rules.memory import encode_memory, memory_of, recall
from device.rules.state import State
from tests.rules.bed import ALL_TRACKS, BUILT_IN, CALM, RAIN, SLEEP, Bed, assigned, one_play, wall


def cut(bed: Bed, *, away_s: float = 40.0, at: str | None = "12:00", utc_error_s: float = 0.0) -> Bed:
    """The power goes and comes back: another run of the same box, whose clock begins again. `at`: what it shows, None:
    nobody knows; `utc_error_s`: by how much it was wrong before."""
    kept = encode_memory(memory_of(bed.state), utc_minus_clock_s(bed) + utc_error_s)
    again = Bed(night=at is None)
    fresh = State(boot="b00u", code="7F3A", builtin=BUILT_IN, held=ALL_TRACKS, level_dba=50.0, wall=at and wall(at))
    again.now = 5.0
    utc_s = utc_minus_clock_s(bed) + bed.now + away_s
    again.state = recall(fresh, kept, again.now, utc_s - again.now, clock_ok=at is not None)
    again.state = replace(again.state, sound_ready=True)
    return again


def utc_minus_clock_s(bed: Bed) -> float:
    """By the bed's own clock, as if it had shown noon at its second 1000 where nobody knew it."""
    return wall("12:00").utc_s - 1000.0


def test_a_box_that_lost_its_power_is_silent_with_its_assignment_choice_and_level() -> None:
    bed = Bed()
    bed.happens(assigned(3, CALM, RAIN, shared_room=True, ask_sleep=True))
    bed.turn("volume", -4)
    bed.press("play")
    again = cut(bed)
    assert again.state.playing is None
    assert again.state.assigned == bed.state.assigned
    assert (again.state.version, again.state.chosen, again.state.level_dba) == (3, bed.state.chosen, 42.0)


def test_play_after_a_power_cut_goes_on_with_the_track_that_played() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    again = cut(bed)
    play = one_play(again.press("play"))
    assert (again.heard, play.start_s, play.rise_s) == (["harbour"], 0.0, 5.0)


def test_a_track_that_began_longer_ago_than_half_an_hour_is_not_gone_on_with() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    again = cut(bed, away_s=30 * 60)
    again.press("play")
    assert again.heard == ["tide"]


def test_without_a_clock_what_was_stopped_was_stopped_just_now() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    bed.press("play")
    again = cut(bed, at=None)
    assert again.state.level_dba <= 45.0
    assert again.state.stopped_at == again.now
    again.wait(29 * 60)
    again.press("play")
    assert again.heard == ["harbour"], "PLAY goes on, although nobody knows the time"


def test_what_was_stopped_long_ago_is_known_for_it_once_a_clock_comes() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    bed.press("play")
    again = cut(bed, away_s=10 * 60.0, at=None)
    again.wait(60)
    again.clock("12:15")  # 200 s + 10 min + 1 min after noon
    assert again.state.stopped_at == pytest.approx(5.0 - 10 * 60.0, abs=45.0)
    assert again.state.resume
    assert again.state.resume.at == again.state.stopped_at
    again.clock("13:30")
    again.wait(1)
    assert again.state.resume is None or again.now - again.state.resume.at < 30 * 60


def sleep_at_half_past_nine() -> Bed:
    """A bed whose music starts by itself at half past nine, stopped by the patient at twenty past."""
    bed = Bed()
    bed.happens(assigned(1, CALM, SLEEP, sleep_starts=21 * 60 + 30))
    bed.now = 1000.0 + 9 * 3600.0 + 20 * 60.0  # the clock has shown noon at second 1000
    bed.clock("21:20")
    return bed


def _minutes(bed: Bed, *shown: str | None) -> None:
    for at in shown:
        bed.now += 60.0
        bed.clock(at)


@pytest.mark.parametrize("blinks", [1, 2])
def test_after_a_stop_and_a_power_blink_no_clock_that_comes_later_starts_music(blinks: int) -> None:
    bed = sleep_at_half_past_nine()
    bed.press("play")
    bed.press("play")
    for _ in range(blinks):
        bed = cut(bed, at=None)
    _minutes(bed, None, None, "21:28", "21:29", "21:30", "21:31")
    assert bed.state.playing is None, "the patient stopped it ten minutes ago"


def test_a_stop_that_no_clock_ever_dated_is_not_one_that_never_was() -> None:
    bed = Bed(night=True)
    bed.happens(assigned(1, CALM, SLEEP, sleep_starts=21 * 60 + 30))
    bed.press("play")
    bed.press("play")
    again = cut(bed, away_s=60.0, at="21:25")
    assert again.state.stopped_at == again.now
    _minutes(again, "21:29", "21:30")
    assert again.state.playing is None


def test_an_hour_after_the_start_a_stop_that_nobody_can_date_hinders_nothing() -> None:
    bed = Bed(night=True)
    bed.happens(assigned(1, CALM, SLEEP, sleep_starts=21 * 60 + 30))
    bed.press("play")
    bed.press("play")
    again = cut(bed, at=None)
    again.wait(61 * 60)
    _minutes(again, "21:29", "21:30")
    assert again.state.playing


def test_a_stop_in_the_future_was_just_now() -> None:
    bed = sleep_at_half_past_nine()
    bed.press("play")
    bed.press("play")
    again = cut(bed, at="21:25", utc_error_s=5 * 365 * 86_400.0)
    assert again.state.stopped_at == again.now
    assert again.state.resume
    assert again.state.resume.at == again.now
    again.wait(61 * 60)
    _minutes(again, "21:29", "21:30")
    assert again.state.playing, "no clock of 2031 keeps it silent for years"


def test_a_stop_newer_than_the_start_keeps_its_time_when_the_clock_comes() -> None:
    bed = Bed()
    bed.press("play")
    bed.press("play")
    again = cut(bed, away_s=3 * 3600.0, at=None)
    again.wait(1)
    again.press("play")
    again.press("play")
    stopped_at = again.state.stopped_at
    again.clock("15:10")
    assert again.state.stopped_at == stopped_at


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


def test_playing_costs_a_write_a_track_and_none_a_second() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(1)
    kept = {memory_of(bed.state)}
    for _ in range(400):
        bed.wait(1)
        kept.add(memory_of(bed.state))
    assert len(kept) == 3
