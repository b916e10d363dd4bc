"""The rules of the box, one sentence a test."""

import pytest

from device.rules.effects import Fade, Record, SetLevel, Silence
from device.rules.events import Button, PartLost, PlayBegan, PlayEnded, Released, SoundReady, StuckDown
from device.rules.view import Scene, View
from messages import (
    Cause,
    Code,
    Fault,
    FaultOver,
    Part,
    SessionEnded,
    SessionStarted,
    TrackSkipped,
    TrackStarted,
    because,
)
from tests.rules.bed import ALL_TRACKS, Bed, assigned, music, one_play, told, track


def test_play_plays_the_comfort_playlist_of_a_box_that_nobody_assigned_anything() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.plays == ["tide"]
    assert bed.entries == [
        SessionStarted(session="b00t-1", playlist="calm", level_dba=50.0, cause=Cause.BUTTON),
        TrackStarted(session="b00t-1", playlist="calm", track=track("tide").sha256),
    ]


def test_play_again_is_silence_and_the_session_is_told() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(60)
    assert bed.press("play") == (
        Silence(0.15),
        Record(
            SessionEnded(session="b00t-1", playlist="calm", heard_s=60.0, level_dba=50.0, skips=0, cause=Cause.BUTTON),
            None,
        ),
    )


def test_play_goes_on_from_where_it_stopped_within_half_an_hour() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    bed.press("play")
    bed.wait(29 * 60)
    play = one_play(bed.press("play"))
    assert (play.sha256, play.start_s) == (track("harbour").sha256, pytest.approx(24.0))


def test_after_half_an_hour_play_begins_anew() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(200)
    bed.press("play")
    bed.wait(30 * 60)
    play = one_play(bed.press("play"))
    assert (play.sha256, play.start_s) == (track("tide").sha256, 0.0)


def test_sleep_plays_the_sleep_playlist_and_fades_it_over_its_last_ten_minutes() -> None:
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


def test_next_plays_the_next_track_and_the_skip_is_told() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(12)
    bed.press("next")
    assert bed.plays == ["tide", "harbour"]
    assert TrackSkipped(session="b00t-1", playlist="calm", track=track("tide").sha256, heard_s=12.0) in bed.entries
    assert bed.view == View(Scene.NEXT, word="Calm")


def test_next_in_silence_plays_the_track_after_the_one_that_was_stopped() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(10)
    bed.press("play")
    bed.press("next")
    assert bed.plays == ["tide", "harbour"]


def test_a_playlist_goes_round_until_its_session_ends_after_24_minutes() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(23 * 60 - 0.1)
    assert bed.heard[:4] == ["tide", "harbour", "meadow", "tide"]
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
    bed.happens(PlayEnded(bed.state.playing.play_id, 30.0, faded=True))
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
    assert one_play(bed.press("play")).level_dba == 44.0


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


def test_choose_pushed_plays_the_playlist_shown() -> None:
    bed = Bed()
    bed.turn("choose", 2)
    bed.press("choose")
    assert bed.plays == ["moss"]


def test_choose_resting_while_music_plays_goes_over_to_that_playlist() -> None:
    bed = Bed()
    bed.press("play")
    bed.turn("choose", 2)
    bed.wait(3)
    assert bed.plays == ["tide", "moss"]
    assert bed.silences == 0


def test_choose_back_on_the_playlist_that_plays_changes_nothing() -> None:
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
    assert bed.happens(PlayEnded(stale, 3.0)) == ()
    assert bed.state == before


def test_missing_tracks_are_passed_over() -> None:
    bed = Bed(held=ALL_TRACKS - {track("tide").sha256})
    bed.press("play")
    assert bed.plays == ["harbour"]


def test_a_lost_sound_card_is_told_once_and_nothing_starts_when_it_returns() -> None:
    bed = Bed()
    bed.press("play")
    lost = because(Code.NO_SOUND, what="no sound card")
    bed.happens(PartLost(Part.SOUND, lost))
    bed.happens(PartLost(Part.SOUND, lost))
    assert bed.view == View(Scene.NO_SOUND)
    bed.wait(30)
    bed.press("play")
    assert bed.plays == ["tide"]
    bed.happens(SoundReady())
    assert bed.entries[-2:] == [
        told(Fault, lost, part=Part.SOUND),
        FaultOver(part=Part.SOUND, lasted_s=30),
    ]
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
        told(Fault, because(Code.BUTTON_HELD, button="PLAY"), part=Part.CONTROLS),
        FaultOver(part=Part.CONTROLS, lasted_s=4),
    ]
    assert bed.plays == ["tide"]


@pytest.mark.parametrize("button", list(Button))
def test_no_press_is_without_effect_even_without_any_music(button: Button) -> None:
    bed = Bed(held=frozenset())
    bed.wait(60)
    before = bed.view
    bed.press(button)
    assert bed.view == View(Scene.NO_MUSIC) != before
    bed.wait(20)
    assert bed.view == View(Scene.NO_MUSIC)


def test_the_ready_screen_is_dimmed_a_minute_after_the_last_touch() -> None:
    bed = Bed()
    bed.turn("volume", 1)
    bed.wait(59)
    assert not bed.view.dimmed
    bed.wait(1)
    assert bed.view == View(Scene.READY, word="Calm", dimmed=True)


def test_a_playlist_without_tracks_is_not_offered() -> None:
    bed = Bed(held=frozenset())
    bed.happens(assigned(1, music("none")))
    assert bed.state.playlists == ()
    assert bed.view.word == ""


def test_the_tracks_place_counts_from_its_first_sound_and_not_from_the_press() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    assert bed.state.playing
    bed.wait(0.4)
    bed.happens(PlayBegan(bed.state.playing.play_id))
    bed.wait(10)
    bed.press("play")
    assert bed.state.resume
    assert bed.state.resume.position_s == pytest.approx(10.0)
    assert next(entry for entry in bed.entries if isinstance(entry, TrackStarted)).start_s == 0.0
