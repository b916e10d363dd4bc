"""The rules of the box, one sentence a test."""

import pytest

from device.effects import Answer, Fade, Play, Record, SetLevel, Silence
from device.events import Button, Commanded, PartBack, PartLost, PieceBroke, PieceEnded, PiecesHeld, Released, StuckDown
from device.view import Scene, View
from messages import (
    AssignmentApplied,
    AssignmentRefused,
    Cause,
    Fault,
    FaultOver,
    Part,
    PieceFailed,
    PieceSkipped,
    PieceStarted,
    Reset,
    SessionEnded,
    SessionStarted,
    Verb,
)
from tests.bedside.bench import ALL_PIECES, CALM, GARDEN, RAIN, SLEEP, Bed, assigned, music, piece


def test_play_plays_the_comfort_set_of_a_box_that_nobody_assigned_anything() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.plays == ["tide"]
    assert bed.entries == [
        SessionStarted(session="b00t-1", set="calm", level_dba=50.0, cause=Cause.BUTTON),
        PieceStarted(session="b00t-1", set="calm", piece=piece("tide").sha256),
    ]


def test_play_again_is_silence_and_the_session_is_told() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(60)
    assert bed.press("play") == (
        Silence(0.15),
        Record(
            SessionEnded(session="b00t-1", set="calm", heard_s=60.0, level_dba=50.0, skips=0, cause=Cause.BUTTON), None
        ),
    )


def test_play_goes_on_from_where_it_stopped_within_half_an_hour() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    bed.press("play")
    bed.wait(29 * 60)
    (play,) = [e for e in bed.press("play") if isinstance(e, Play)]
    assert (play.sha256, play.start_s) == (piece("harbour").sha256, 20.0)


def test_after_half_an_hour_play_begins_anew() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    bed.press("play")
    bed.wait(30 * 60)
    (play,) = [e for e in bed.press("play") if isinstance(e, Play)]
    assert (play.sha256, play.start_s) == (piece("tide").sha256, 0.0)


def test_sleep_plays_the_sleep_set_and_fades_it_over_its_last_ten_minutes() -> None:
    bed = Bed()
    bed.press("sleep")
    assert bed.plays == ["dusk"]
    bed.wait(35 * 60 - 1)
    assert not [e for e in bed.effects if isinstance(e, Fade)]
    bed.wait(1)
    assert next(e for e in bed.effects if isinstance(e, Fade)) == Fade(600.0)
    bed.wait(10 * 60)
    assert bed.state.playing is None
    assert isinstance(bed.entries[-1], SessionEnded)
    assert bed.entries[-1].cause is Cause.COMPLETED


def test_sleep_pressed_while_calm_plays_goes_over_to_sleep_without_silence() -> None:
    bed = Bed()
    bed.press("play")
    bed.press("sleep")
    assert bed.plays == ["tide", "dusk"]
    assert bed.silences == 0


def test_sleep_pressed_while_it_is_on_shows_the_time_left_and_changes_nothing() -> None:
    bed = Bed()
    bed.press("sleep")
    bed.wait(7 * 60)
    assert bed.press("sleep") == ()
    assert bed.view == View(Scene.TIME_LEFT, minutes=38)
    bed.wait(5)
    assert bed.view.scene is Scene.SLEEP


def test_next_plays_the_next_piece_and_the_skip_is_told() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(12)
    bed.press("next")
    assert bed.plays == ["tide", "harbour"]
    assert PieceSkipped(session="b00t-1", set="calm", piece=piece("tide").sha256, heard_s=12.0) in bed.entries
    assert bed.view == View(Scene.NEXT, word="Calm")


def test_next_in_silence_plays_the_piece_after_the_one_that_was_stopped() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(10)
    bed.press("play")
    bed.press("next")
    assert bed.plays == ["tide", "harbour"]


def test_a_set_goes_round_until_its_session_ends_after_24_minutes() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(23 * 60 - 0.1)
    assert bed.plays[:4] == ["tide", "harbour", "meadow", "tide"]
    bed.wait(0.2)
    fades = [e for e in bed.effects if isinstance(e, Fade)]
    assert len(fades) == 1
    assert fades[0].seconds == pytest.approx(60.0)
    bed.wait(60)
    assert bed.state.playing is None


def test_a_fade_that_reaches_silence_ends_the_session() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(23 * 60 + 30)
    assert bed.state.playing
    bed.happens(PieceEnded(bed.state.playing.play_id, 30.0, faded=True))
    assert bed.state.playing is None


def test_volume_moves_two_decibels_a_detent_and_stops_at_the_cap_with_a_wall() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.turn("volume", 2) == (SetLevel(54.0),)
    assert bed.view == View(Scene.VOLUME, word="Calm", bars=12, bars_most=15)
    assert bed.turn("volume", 10) == (SetLevel(60.0),)
    assert bed.view == View(Scene.VOLUME, word="Calm", bars=15, bars_most=15, wall=True)
    assert bed.turn("volume", 1) == ()


def test_volume_never_goes_below_a_floor_that_can_be_heard() -> None:
    bed = Bed()
    bed.turn("volume", -100)
    assert bed.state.level_dba == 32.0
    assert bed.view == View(Scene.VOLUME, word="Calm", bars=1, bars_most=15)


def test_volume_in_silence_sets_where_music_will_start_and_makes_no_sound() -> None:
    bed = Bed()
    assert bed.turn("volume", -3) == ()
    (play,) = [e for e in bed.press("play") if isinstance(e, Play)]
    assert play.level_dba == 44.0


def test_the_volume_goes_home_after_three_seconds() -> None:
    bed = Bed()
    bed.turn("volume", 1)
    bed.wait(3)
    assert bed.view.scene is Scene.READY


def test_choose_shows_names_and_what_rests_three_seconds_is_what_play_will_play() -> None:
    bed = Bed()
    assert bed.turn("choose", 2) == ()
    assert bed.view == View(Scene.CHOOSING, word="Garden", place=2, places=3)
    bed.wait(3)
    assert bed.plays == []
    bed.press("play")
    assert bed.plays == ["moss"]


def test_choose_turned_back_from_the_first_name_shows_the_last() -> None:
    bed = Bed()
    bed.turn("choose", -1)
    assert bed.view.word == "Garden"


def test_choose_pushed_plays_the_set_shown() -> None:
    bed = Bed()
    bed.turn("choose", 2)
    bed.press("choose")
    assert bed.plays == ["moss"]


def test_choose_resting_while_music_plays_goes_over_to_that_set() -> None:
    bed = Bed()
    bed.press("play")
    bed.turn("choose", 2)
    bed.wait(3)
    assert bed.plays == ["tide", "moss"]
    assert bed.silences == 0


def test_choose_back_on_the_set_that_plays_changes_nothing() -> None:
    bed = Bed()
    bed.press("play")
    bed.turn("choose", 1)
    bed.turn("choose", -1)
    bed.press("choose")
    assert bed.plays == ["tide"]


def test_a_stale_end_starts_nothing() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.state.playing
    stale = bed.state.playing.play_id
    bed.press("play")
    before = bed.state
    assert bed.happens(PieceEnded(stale, 3.0)) == ()
    assert bed.state == before


def test_a_broken_piece_is_told_and_the_next_one_plays() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.state.playing
    bed.happens(PieceBroke(bed.state.playing.play_id, "tide.opus ends after 3 s"))
    assert bed.plays == ["tide", "harbour"]
    assert PieceFailed(set="calm", piece=piece("tide").sha256, reason="tide.opus ends after 3 s") in bed.entries


def test_a_set_of_which_nothing_plays_ends_in_silence_and_a_fault_not_in_a_loop() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    while bed.state.playing:
        bed.happens(PieceBroke(bed.state.playing.play_id, "not to be read"))
    assert len(bed.plays) == 3
    assert isinstance(bed.entries[-1], Fault)
    assert bed.view.scene is Scene.NO_SOUND
    assert not [entry for entry in bed.entries if isinstance(entry, SessionStarted | SessionEnded)]


def test_missing_pieces_are_passed_over() -> None:
    bed = Bed(held=ALL_PIECES - {piece("tide").sha256})
    bed.press("play")
    assert bed.plays == ["harbour"]


def test_a_lost_sound_card_is_told_once_and_nothing_starts_when_it_returns() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PartLost(Part.SOUND, "no sound card"))
    bed.happens(PartLost(Part.SOUND, "no sound card"))
    assert bed.view == View(Scene.NO_SOUND)
    bed.wait(30)
    bed.press("play")
    assert bed.plays == ["tide"]
    bed.happens(PartBack(Part.SOUND))
    assert bed.entries[-2:] == [Fault(part=Part.SOUND, reason="no sound card"), FaultOver(part=Part.SOUND, lasted_s=30)]
    assert bed.plays == ["tide"]
    bed.press("play")
    assert bed.plays == ["tide", "tide"]


def test_a_stuck_button_is_a_fault_and_not_a_repeat() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(StuckDown(Button.PLAY))
    bed.wait(4)
    bed.happens(Released(Button.PLAY))
    assert bed.entries[-2:] == [
        Fault(part=Part.CONTROLS, reason="PLAY held down: is something lying on it?"),
        FaultOver(part=Part.CONTROLS, lasted_s=4),
    ]
    assert bed.plays == ["tide"]


def test_what_the_ward_newly_gave_is_what_the_next_press_plays() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, SLEEP))
    bed.happens(assigned(2, CALM, RAIN, SLEEP))
    bed.press("play")
    assert bed.plays == ["drops"]


def test_a_new_sleep_set_waits_for_sleep() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM))
    bed.happens(assigned(2, CALM, SLEEP))
    bed.press("play")
    assert bed.plays == ["tide"]


def test_an_assignment_leaves_the_music_that_plays_undisturbed() -> None:
    bed = Bed()
    bed.press("play")
    effects = bed.happens(assigned(1, RAIN))
    assert effects == (Record(AssignmentApplied(version=1, digest=f"{1:064x}", held=2, needed=2), "stay-a"),)
    assert bed.state.playing
    assert bed.state.playing.music == CALM


def test_a_lower_cap_from_the_ward_lowers_what_plays_and_a_higher_one_changes_nothing() -> None:
    bed = Bed()
    bed.press("play")
    assert SetLevel(45.0) in bed.happens(assigned(1, CALM, cap_dba=45.0))
    bed.happens(assigned(2, CALM, cap_dba=65.0))
    bed.turn("volume", 50)
    assert bed.state.level_dba == 60.0


def test_an_old_assignment_is_refused_once_and_changes_nothing() -> None:
    bed = Bed()
    bed.happens(assigned(5, RAIN))
    bed.happens(assigned(4, CALM))
    bed.happens(assigned(4, CALM))
    assert bed.entries[1:] == [AssignmentRefused(version=4, have=5, reason="older than the one on this box")]
    assert bed.state.sets == (RAIN,)


def test_a_forged_assignment_under_the_number_held_is_refused() -> None:
    bed = Bed()
    bed.happens(assigned(5, RAIN))
    bed.happens(assigned(5, CALM, digest="f" * 64))
    assert isinstance(bed.entries[-1], AssignmentRefused)
    assert bed.state.sets == (RAIN,)


def test_the_same_assignment_again_is_not_told_again() -> None:
    bed = Bed()
    bed.happens(assigned(5, RAIN))
    assert bed.happens(assigned(5, RAIN)) == ()


def test_discharge_silences_forgets_and_proves_it() -> None:
    bed = Bed()
    bed.happens(assigned(1, RAIN, SLEEP))
    bed.press("play")
    bed.turn("volume", 3)
    effects = bed.happens(assigned(2, stay=None))
    assert isinstance(effects[0], Silence)
    assert effects[-1] == Record(Reset(version=2), "stay-a")
    assert (bed.state.resume, bed.state.chosen, bed.state.level_dba, bed.state.stay) == (None, None, 50.0, None)
    bed.press("play")
    assert bed.plays[-1] == "tide"


def test_another_stay_without_a_reset_inherits_nothing() -> None:
    bed = Bed()
    bed.happens(assigned(1, RAIN))
    bed.press("play")
    bed.turn("volume", 4)
    effects = bed.happens(assigned(2, CALM, stay="stay-b"))
    assert isinstance(effects[0], Silence)
    assert bed.state.resume is None
    assert bed.state.level_dba == 50.0


def test_a_set_is_offered_when_its_pieces_are_on_the_box() -> None:
    bed = Bed(held=ALL_PIECES - {piece("slate").sha256})
    bed.happens(assigned(1, RAIN, GARDEN))
    assert bed.state.sets == (GARDEN,)
    bed.happens(PiecesHeld(ALL_PIECES))
    assert bed.state.sets == (RAIN, GARDEN)


def test_stop_from_the_ward_silences_and_is_answered() -> None:
    bed = Bed()
    bed.press("play")
    effects = bed.happens(Commanded("c1", Verb.STOP))
    assert effects[0] == Silence(0.15)
    assert effects[-1] == Answer("c1", done=True)
    bed.press("play")
    assert bed.happens(Commanded("c1", Verb.STOP)) == (Answer("c1", done=True),)
    assert bed.state.playing, "a repeated message is not a second command"


def test_a_late_command_is_refused() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.happens(Commanded("c1", Verb.STOP, late_s=12.4)) == (Answer("c1", False, "too late by 12 s"),)
    assert bed.state.playing


def test_locate_shows_the_end_of_the_id_and_any_press_acts() -> None:
    bed = Bed()
    bed.happens(Commanded("c1", Verb.LOCATE))
    assert bed.view.code == "7F3A"
    bed.press("play")
    assert bed.plays == ["tide"]


@pytest.mark.parametrize("button", list(Button))
def test_no_press_is_without_effect_even_without_any_music(button: Button) -> None:
    bed = Bed(held=frozenset())
    before = bed.view
    bed.press(button)
    assert bed.view == View(Scene.NO_SOUND) != before
    bed.wait(20)
    assert bed.view.scene is Scene.READY


def test_the_ready_screen_is_dimmed_a_minute_after_the_last_touch() -> None:
    bed = Bed()
    bed.turn("volume", 1)
    bed.wait(59)
    assert not bed.view.dimmed
    bed.wait(1)
    assert bed.view == View(Scene.READY, word="Calm", dimmed=True)


def test_a_set_without_pieces_is_not_offered() -> None:
    bed = Bed(held=frozenset())
    bed.happens(assigned(1, music("none")))
    assert bed.state.sets == ()
    assert bed.view.word == ""
