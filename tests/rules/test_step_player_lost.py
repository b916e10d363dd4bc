"""A player that dies or a card that goes: the music goes on where and as it was heard, or there is silence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.rules.effects import Play, Silence
from device.rules.events import PartLost, PlayBegan, PlayerDied, SoundReady
from messages import Cause, Code, Fault, FaultOver, Part, SessionEnded, TrackFailed, because
from tests.rules.bed import Bed, one_play, told, track


def test_a_player_that_dies_is_a_fault_and_the_track_goes_on_where_it_was_softly() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(60)
    play = one_play(bed.happens(PlayerDied(bed.play_id, 59.7, "no heartbeat for 500 ms")))
    assert (play.sha256, play.start_s, play.rise_s, play.back_dba) == (track("tide").sha256, 59.7, 5.0, None)
    assert bed.cues[-1] == "harbour"
    assert told(Fault, because(Code.PLAYER_FAILED, what="no heartbeat for 500 ms"), part=Part.PLAYER) in bed.entries
    assert not bed.state.sound_ready
    bed.wait(2)
    bed.happens(SoundReady())
    assert bed.entries[-1] == FaultOver(part=Part.PLAYER, lasted_s=2.0)
    assert bed.state.sound_ready
    assert bed.state.faults == ()


def test_music_that_broke_off_comes_back_as_it_was_heard_and_not_from_silence() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(60)
    play = one_play(bed.happens(PlayerDied(bed.play_id, 59.7, "no heartbeat", heard_dba=bed.state.level_dba)))
    assert (play.back_dba, play.rise_s) == (bed.state.level_dba, 0.0)


def test_music_that_broke_off_while_it_rose_goes_on_rising_from_there_at_the_same_pace() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(2)
    play = one_play(bed.happens(PlayerDied(bed.play_id, 2.0, "no heartbeat", heard_dba=bed.state.level_dba - 8.0)))
    assert (play.back_dba, play.rise_s) == (bed.state.level_dba - 8.0, 2.0)


@given(st.floats(-200.0, 200.0), st.integers(-12, 12))
def test_music_that_broke_off_never_comes_back_louder_than_it_was_heard(heard_dba: float, turned: int) -> None:
    bed = Bed()
    bed.press("play")
    bed.turn("volume", turned)
    play = one_play(bed.happens(PlayerDied(bed.play_id, 2.0, "no heartbeat", heard_dba=heard_dba)))
    stands_dba = play.level_dba - 20.0 if play.back_dba is None else play.back_dba
    assert stands_dba <= heard_dba or (play.back_dba is None and play.rise_s >= 5.0)  # or as softly as any start
    assert stands_dba <= play.level_dba == bed.state.level_dba


def test_a_track_that_the_player_dies_of_twice_within_30_seconds_is_a_broken_one() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayerDied(bed.play_id, 3.0, "it died"))
    bed.wait(30)
    bed.happens(PlayerDied(bed.play_id, 33.0, "it died again"))
    assert bed.plays == ["tide", "tide", "harbour"]
    assert (
        told(
            TrackFailed,
            because(Code.PLAYER_FAILED, what="it died again"),
            playlist="calm",
            track=track("tide").sha256,
        )
        in bed.entries
    )


def test_a_player_that_dies_now_and_then_is_not_the_tracks_fault() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayerDied(bed.play_id, 3.0, "it died"))
    bed.wait(31)
    bed.happens(PlayerDied(bed.play_id, 34.0, "it died"))
    bed.press("next")
    bed.happens(PlayerDied(bed.play_id, 1.0, "it died"))
    assert bed.plays == ["tide", "tide", "tide", "harbour", "harbour"]


def test_a_player_that_dies_at_the_very_end_of_a_track_goes_on_with_the_next() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayerDied(bed.play_id, 180.0, "it died"))
    assert bed.plays == ["tide", "harbour"]


def test_a_player_that_dies_of_the_track_that_just_began_goes_on_with_that_one() -> None:
    bed = Bed()
    bed.press("play")
    play = one_play(bed.happens(PlayerDied(bed.cue_id, 0.2, "it died")))
    assert (play.sha256, play.start_s) == (track("harbour").sha256, 0.2)


def test_a_player_that_dies_within_the_closing_fade_leaves_silence() -> None:
    bed = Bed()
    bed.press("sleep")
    bed.wait(40 * 60)
    effects = bed.happens(PlayerDied(bed.play_id, 20.0, "it died"))
    assert effects[0] == Silence(0.15)
    assert not [effect for effect in effects if isinstance(effect, Play)]
    ended = bed.entries[-2]
    assert isinstance(ended, SessionEnded)
    assert ended.cause is Cause.NO_SOUND


@pytest.mark.parametrize("play_id", [None, 1])
def test_nothing_starts_when_a_player_dies_after_the_patient_pressed_stop(play_id: int | None) -> None:
    bed = Bed()
    bed.press("play")
    bed.press("play")
    bed.happens(PlayerDied(play_id, 3.0, "it died"))
    bed.happens(SoundReady())
    assert bed.plays == ["tide"]
    assert bed.state.playing is None


def test_a_press_while_the_sound_gets_ready_is_taken() -> None:
    bed = Bed(answering=False)
    bed.state = replace(bed.state, sound_ready=False)
    bed.press("play")
    bed.wait(0.5)
    bed.happens(SoundReady())
    bed.happens(PlayBegan(bed.play_id))
    assert bed.heard == ["tide"]


def test_sound_that_is_ready_again_ends_both_faults_and_starts_nothing() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayerDied(bed.play_id, 3.0, "it died"))
    bed.happens(PartLost(Part.SOUND, because(Code.NO_SOUND, what="no sound card")))
    plays = bed.plays
    bed.wait(5)
    bed.happens(SoundReady())
    assert bed.entries[-2:] == [FaultOver(part=Part.SOUND, lasted_s=5.0), FaultOver(part=Part.PLAYER, lasted_s=5.0)]
    assert (bed.plays, bed.state.playing) == (plays, None)
