"""How loud it may be at the bed by day and by night, one sentence a test."""

import pytest

from device.rules.effects import SetLevel
from device.rules.state import State
from device.rules.view import Scene, View
from tests.rules.bed import CALM, RAIN, Bed, assigned, one_play


def test_a_box_that_knows_no_time_takes_it_for_night() -> None:
    assert State(boot="b00t", code="7F3A", builtin=(), held=frozenset(), level_dba=38.0).night


def test_by_night_music_starts_at_38_however_loud_it_was_left_and_rises_over_20_seconds() -> None:
    bed = Bed(night=True, level_dba=45.0)
    play = one_play(bed.press("play"))
    assert (play.level_dba, play.rise_s) == (38.0, 20.0)
    assert bed.state.level_dba == 38.0


def test_by_night_music_that_was_left_quieter_than_38_starts_there() -> None:
    bed = Bed(night=True, level_dba=34.0)
    assert one_play(bed.press("play")).level_dba == 34.0


def test_by_day_music_starts_where_it_was_left_and_rises_over_5_seconds() -> None:
    play = one_play(Bed(level_dba=52.0).press("play"))
    assert (play.level_dba, play.rise_s) == (52.0, 5.0)


def test_by_night_sleep_takes_over_at_the_level_that_the_patient_has() -> None:
    bed = Bed(night=True)
    bed.turn("choose", 1)
    bed.press("choose")
    bed.turn("volume", 2)
    play = one_play(bed.press("sleep"))
    assert (play.level_dba, play.rise_s) == (42.0, 0.0)


def test_night_presses_what_plays_under_its_cap_at_once_and_day_raises_nothing() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.clock("21:00") == (SetLevel(45.0),)
    assert bed.clock("07:00", day=1) == ()
    assert (bed.state.level_dba, bed.state.cap_dba) == (45.0, 60.0)


def test_night_in_silence_makes_no_sound() -> None:
    bed = Bed()
    assert bed.clock("21:00") == ()
    assert bed.state.level_dba == 45.0


def test_by_night_the_knob_stops_at_45() -> None:
    bed = Bed(night=True, level_dba=38.0)
    bed.turn("volume", 10)
    assert bed.state.level_dba == 45.0
    assert bed.view == View(Scene.VOLUME, bars=7, bars_most=7, wall=True, night=True), "the band alone"


@pytest.mark.parametrize(
    ("day_dba", "night_dba", "cap_dba"), [(60.0, 40.0, 40.0), (60.0, 65.0, 45.0), (36.0, 45.0, 36.0)]
)
def test_by_night_the_lowest_of_all_caps_holds(day_dba: float, night_dba: float, cap_dba: float) -> None:
    bed = Bed(night=True)
    bed.happens(assigned(1, CALM, cap_day_dba=day_dba, cap_night_dba=night_dba))
    assert bed.state.cap_dba == cap_dba
    assert bed.state.level_dba <= cap_dba


def test_a_new_stay_by_night_begins_within_the_cap() -> None:
    bed = Bed(night=True, level_dba=34.0)
    bed.happens(assigned(1, RAIN))
    bed.happens(assigned(2, stay=None))
    assert bed.state.level_dba == 45.0
    assert one_play(bed.press("play")).level_dba == 38.0


def test_by_night_play_plays_the_sleep_playlist() -> None:
    bed = Bed(night=True)
    bed.press("play")
    assert bed.heard == ["dusk"]
    assert bed.state.playing
    assert bed.state.playing.length_s == 45 * 60


def test_by_night_play_goes_on_with_what_was_stopped_in_the_evening() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(60)
    bed.press("play")
    bed.clock("21:00")
    play = one_play(bed.press("play"))
    assert (bed.heard[-1], play.start_s) == ("tide", 60.0)


def test_by_night_what_was_chosen_is_what_play_plays_until_day_comes() -> None:
    bed = Bed(night=True)
    bed.turn("choose", 1)
    assert bed.view.word == "Garden"
    bed.wait(3)
    bed.press("play")
    assert bed.heard == ["moss"]
    bed.wait(3600)
    bed.clock("7:00")
    bed.press("play")
    assert bed.heard[-1] == "moss", "the playlist last chosen"
    bed.wait(3600)
    bed.clock("21:00")
    bed.press("play")
    assert bed.heard[-1] == "dusk"


def test_by_night_a_push_of_choose_in_the_dark_plays_what_play_would() -> None:
    bed = Bed(night=True)
    bed.press("choose")
    assert bed.heard == ["dusk"]


def test_what_a_nurse_gives_by_night_is_what_play_plays() -> None:
    bed = Bed(night=True)
    bed.happens(assigned(1, RAIN))
    bed.press("play")
    assert bed.heard == ["drops"]


def test_music_that_goes_on_without_silence_ends_after_two_hours() -> None:
    bed = Bed()
    bed.press("play")
    for button in ("sleep", "choose", "sleep", "choose", "sleep"):
        bed.wait(20 * 60)
        bed.turn("choose", 1)
        bed.press(button)
    bed.wait(20 * 60)
    assert bed.state.playing is None
    assert bed.silences == 1
    bed.press("play")
    bed.wait(23 * 60)
    assert bed.state.playing, "silence begins it anew"


def test_a_turn_down_raises_nothing_that_a_cap_pressed_under_the_knobs_floor() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, cap_day_dba=30.0))
    bed.happens(assigned(2, CALM))
    bed.turn("volume", -1)
    assert bed.state.level_dba == 30.0
    bed.turn("volume", 1)
    assert bed.state.level_dba == 32.0
