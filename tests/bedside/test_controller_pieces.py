"""How one piece follows another at the bed: crossfades, broken pieces, a player that dies. One sentence a test."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.effects import Cue, Fade, Play, Record, Silence
from device.events import (
    Commanded,
    Event,
    PartLost,
    PieceBegan,
    PieceBroke,
    PieceCut,
    PieceEnded,
    PieceMeasured,
    PlayerDied,
    SoundReady,
)
from device.state import State
from device.view import Scene
from messages import Cause, Fault, FaultOver, Part, PieceFailed, SessionEnded, SessionStarted, Verb
from tests.bedside.bench import ALL_PIECES, CALM, SLEEP, Bed, assigned, music, one_play, piece


def test_a_play_is_followed_by_the_cue_of_the_next_piece() -> None:
    bed = Bed()
    assert bed.press("play") == (
        Play(1, piece("tide").sha256, 0.0, 50.0, rise_s=5.0, crossfade_s=0.06),
        Cue(2, piece("harbour").sha256, 4.0),
    )


def test_a_set_plays_without_a_gap_and_each_piece_is_told() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(600)
    assert bed.plays == ["tide"]
    assert bed.heard == ["tide", "harbour", "meadow", "tide"]
    assert bed.cues == ["harbour", "meadow", "tide", "harbour"]
    assert bed.silences == 0


def test_a_cued_piece_that_begins_has_its_own_place_and_time() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(186)
    assert bed.state.playing
    assert (bed.state.playing.piece.title, bed.now - bed.state.playing.piece_zero_at) == ("harbour", pytest.approx(10))
    bed.press("play")
    assert bed.state.resume
    assert (bed.state.resume.place, bed.state.resume.position_s) == (1, pytest.approx(10))


def test_a_set_of_one_piece_follows_itself() -> None:
    bed = Bed(held=frozenset({piece("tide").sha256}))
    bed.press("play")
    bed.wait(400)
    assert bed.heard == ["tide", "tide", "tide"]


def test_next_goes_over_in_four_seconds_without_a_rise() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(12)
    play = one_play(bed.press("next"))
    assert (play.crossfade_s, play.rise_s, play.in_fade) == (4.0, 0.0, False)
    assert bed.cues[-1] == "meadow"


def test_sleep_and_choose_go_over_in_four_seconds_without_a_rise() -> None:
    bed = Bed()
    bed.press("play")
    sleep = one_play(bed.press("sleep"))
    bed.turn("choose", 1)
    garden = one_play(bed.press("choose"))
    assert [(play.crossfade_s, play.rise_s) for play in (sleep, garden)] == [(4.0, 0.0)] * 2


def test_next_before_the_first_sample_rises_as_every_start_from_silence() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    play = one_play(bed.press("next"))
    assert (play.crossfade_s, play.rise_s) == (0.06, 5.0)


def test_next_within_the_closing_fade_stays_within_it_and_the_session_ends_on_time() -> None:
    bed = Bed()
    bed.press("sleep")
    bed.wait(40 * 60)
    effects = bed.press("next")
    assert one_play(effects).in_fade
    assert not [effect for effect in effects if isinstance(effect, Fade)], "the fade that runs goes on"
    bed.wait(5 * 60)
    assert bed.state.playing is None
    assert sum(isinstance(effect, Fade) for effect in bed.effects) == 1


def test_other_music_out_of_a_closing_fade_rises_softly_because_it_is_louder_than_what_is_heard() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(23 * 60 + 50)
    play = one_play(bed.press("sleep"))
    assert (play.crossfade_s, play.rise_s, play.in_fade) == (4.0, 5.0, False)


def test_a_broken_piece_is_told_and_the_next_one_plays() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PieceBroke(bed.play_id, "tide.opus is missing"))
    assert bed.heard == ["tide", "harbour"]
    assert PieceFailed(set="calm", piece=piece("tide").sha256, reason="tide.opus is missing") in bed.entries


def test_a_broken_cue_is_told_and_another_one_takes_its_place_while_music_plays_on() -> None:
    bed = Bed()
    bed.press("play")
    effects = bed.happens(PieceBroke(bed.cue_id, "harbour.opus is missing"))
    failed = PieceFailed(set="calm", piece=piece("harbour").sha256, reason="harbour.opus is missing")
    assert effects == (Cue(3, piece("meadow").sha256, 4.0), Record(failed, None))
    bed.wait(180)
    assert bed.heard == ["tide", "meadow"]
    assert bed.silences == 0


def test_the_end_of_a_piece_without_any_cue_plays_the_next_one() -> None:
    bed = Bed()
    bed.press("play")
    while bed.state.playing and bed.state.playing.cued:
        bed.happens(PieceBroke(bed.cue_id, "missing"))
    assert bed.cues == ["harbour", "meadow", "tide"]
    bed.happens(PieceEnded(bed.play_id, 180.0))
    assert isinstance(bed.entries[-1], Fault), "nothing of the set can be played"
    assert bed.view.scene is Scene.NO_SOUND


def test_a_cue_that_breaks_after_the_piece_before_has_ended_is_followed_by_the_one_after_it() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PieceEnded(bed.play_id, 3.0))
    assert bed.plays == ["tide"], "the cue begins by itself"
    play = one_play(bed.happens(PieceBroke(bed.cue_id, "missing")))
    assert (play.sha256, play.rise_s) == (piece("meadow").sha256, 5.0)


def test_a_cue_that_never_begins_is_played_after_a_second() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    bed.happens(PieceBegan(bed.play_id))
    bed.happens(PieceEnded(bed.play_id, 180.0))
    bed.wait(0.9)
    assert bed.plays == ["tide"]
    bed.wait(0.1)
    assert bed.plays == ["tide", "harbour"]


def test_a_cue_that_fails_or_never_begins_within_the_closing_fade_leaves_silence() -> None:
    for failing in (True, False):
        bed = Bed()
        bed.press("play")
        bed.wait(23 * 60 + 30)
        bed.answering = False
        bed.happens(PieceEnded(bed.play_id, 30.0))
        if failing:
            bed.happens(PieceBroke(bed.cue_id, "missing"))
        bed.wait(1)
        assert bed.plays == ["tide"]
        assert bed.state.playing is None


def test_a_good_piece_is_found_in_whatever_order_the_others_are_said_to_be_broken() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    bed.happens(PieceBroke(bed.cue_id, "missing"))
    bed.happens(PieceBroke(bed.play_id, "missing"))
    assert bed.plays == ["tide", "meadow"]
    bed.happens(PieceBegan(bed.play_id))
    assert bed.heard == ["meadow"]


def test_a_set_of_which_nothing_plays_ends_in_silence_and_a_fault_not_in_a_loop() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    while bed.state.playing:
        bed.happens(PieceBroke(bed.play_id, "not to be read"))
    assert len(bed.plays) == 3
    assert isinstance(bed.entries[-1], Fault)
    assert bed.view.scene is Scene.NO_SOUND
    assert not [entry for entry in bed.entries if isinstance(entry, SessionStarted | SessionEnded)]


@pytest.mark.parametrize(("cued", "title"), [(False, "tide"), (True, "harbour")])
def test_a_piece_that_is_cut_short_is_told_and_changes_nothing(cued: bool, title: str) -> None:
    bed = Bed()
    bed.press("play")
    before = bed.state
    effects = bed.happens(PieceCut(bed.cue_id if cued else bed.play_id, "ends after 3 s"))
    failed = PieceFailed(set="calm", piece=piece(title).sha256, reason="ends after 3 s")
    assert (bed.state, effects) == (replace(before, written=bed.state.written), (Record(failed, None),))


@pytest.mark.parametrize(
    "stale",
    [
        PieceBegan(1),
        PieceEnded(1, 12.0),
        PieceEnded(1, 12.0, faded=True),
        PieceBroke(2, "late"),
        PieceCut(2, "late"),
        PieceMeasured(99, 12.0, 44.0, 50.0),
    ],
)
def test_what_comes_late_of_a_piece_before_changes_nothing(stale: Event) -> None:
    bed = Bed()
    bed.press("play")
    bed.press("next")
    before = bed.state
    assert bed.happens(stale) == ()
    assert bed.state == before


def test_a_player_that_dies_is_a_fault_and_the_piece_goes_on_where_it_was_softly() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(60)
    play = one_play(bed.happens(PlayerDied(bed.play_id, 59.7, "no heartbeat for 500 ms")))
    assert (play.sha256, play.start_s, play.rise_s, play.back_dba) == (piece("tide").sha256, 59.7, 5.0, None)
    assert bed.cues[-1] == "harbour"
    assert Fault(part=Part.PLAYER, reason="no heartbeat for 500 ms") in bed.entries
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


def test_a_piece_that_the_player_dies_of_twice_within_30_seconds_is_a_broken_one() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayerDied(bed.play_id, 3.0, "it died"))
    bed.wait(30)
    bed.happens(PlayerDied(bed.play_id, 33.0, "it died again"))
    assert bed.plays == ["tide", "tide", "harbour"]
    assert PieceFailed(set="calm", piece=piece("tide").sha256, reason="it died again") in bed.entries


def test_a_player_that_dies_now_and_then_is_not_the_pieces_fault() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayerDied(bed.play_id, 3.0, "it died"))
    bed.wait(31)
    bed.happens(PlayerDied(bed.play_id, 34.0, "it died"))
    bed.press("next")
    bed.happens(PlayerDied(bed.play_id, 1.0, "it died"))
    assert bed.plays == ["tide", "tide", "tide", "harbour", "harbour"]


def test_a_player_that_dies_at_the_very_end_of_a_piece_goes_on_with_the_next() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayerDied(bed.play_id, 180.0, "it died"))
    assert bed.plays == ["tide", "harbour"]


def test_a_player_that_dies_of_the_piece_that_just_began_goes_on_with_that_one() -> None:
    bed = Bed()
    bed.press("play")
    play = one_play(bed.happens(PlayerDied(bed.cue_id, 0.2, "it died")))
    assert (play.sha256, play.start_s) == (piece("harbour").sha256, 0.2)


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
    bed.happens(PieceBegan(bed.play_id))
    assert bed.heard == ["tide"]


def test_sound_that_is_ready_again_ends_both_faults_and_starts_nothing() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayerDied(bed.play_id, 3.0, "it died"))
    bed.happens(PartLost(Part.SOUND, "no sound card"))
    plays = bed.plays
    bed.wait(5)
    bed.happens(SoundReady())
    assert bed.entries[-2:] == [FaultOver(part=Part.SOUND, lasted_s=5.0), FaultOver(part=Part.PLAYER, lasted_s=5.0)]
    assert (bed.plays, bed.state.playing) == (plays, None)


def test_how_loud_it_was_is_told_at_the_end_by_energy_and_time() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PieceMeasured(bed.play_id, 1.0, 30.0, 35.0))
    bed.happens(PieceMeasured(bed.play_id, 10.0, 40.0, 52.5))
    bed.press("next")
    bed.happens(PieceMeasured(bed.play_id, 10.0, 50.0, 51.0))
    bed.press("play")
    ended = bed.entries[-1]
    assert isinstance(ended, SessionEnded)
    assert (ended.mean_dba, ended.max_dba) == (47.4, 52.5)


def test_the_last_measure_of_a_track_that_was_left_counts_though_it_comes_late() -> None:
    bed = Bed()
    bed.press("play")
    left = bed.play_id
    bed.happens(PieceMeasured(left, 10.0, 40.0, 45.0))
    bed.press("next")
    bed.happens(PieceMeasured(left, 11.0, 41.0, 55.0))
    bed.press("next")
    bed.happens(PieceMeasured(left, 20.0, 60.0, 60.0))  # of a track before that: nobody waits for it
    bed.press("play")
    ended = bed.entries[-1]
    assert isinstance(ended, SessionEnded)
    assert (ended.mean_dba, ended.max_dba) == (41.0, 55.0)


def test_what_a_fault_kept_away_was_not_heard() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(20)
    bed.answering = False
    bed.happens(PlayerDied(bed.play_id, 20.0, "no heartbeat"))
    bed.wait(7)
    bed.happens(SoundReady())
    bed.happens(PieceBegan(bed.play_id))
    bed.wait(10)
    bed.press("play")
    ended = bed.entries[-1]
    assert isinstance(ended, SessionEnded)
    assert ended.heard_s == pytest.approx(30.0, abs=0.2)


def test_a_session_of_which_nothing_was_measured_does_not_say_how_loud_it_was() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(Commanded("c1", Verb.STOP))
    ended = bed.entries[-1]
    assert isinstance(ended, SessionEnded)
    assert (ended.mean_dba, ended.max_dba) == (None, None)


def test_a_new_set_of_the_ward_leaves_what_is_cued_alone() -> None:
    bed = Bed()
    bed.press("play")
    before = _session_and_plays(bed.state)
    bed.happens(assigned(1, music("rain", "drops", "slate"), SLEEP))
    assert _session_and_plays(bed.state) == before
    assert bed.state.playing
    assert bed.state.playing.music == CALM


def _session_and_plays(state: State) -> tuple[object, int]:
    return state.playing, state.plays


def test_missing_pieces_are_never_cued() -> None:
    bed = Bed(held=ALL_PIECES - {piece("harbour").sha256})
    bed.press("play")
    bed.wait(400)
    assert bed.heard == ["tide", "meadow", "tide"]
