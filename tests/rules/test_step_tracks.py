"""How one track follows another at the bed: crossfades, broken tracks. One sentence a test."""

from dataclasses import replace

import pytest

from device.rules.effects import Cue, Fade, Play, Record
from device.rules.events import Event, PlayBegan, PlayEnded, PlayFailed, PlayMeasured, PlayTruncated
from device.rules.state import State
from device.rules.view import Scene
from messages import Code, Fault, SessionEnded, SessionStarted, TrackFailed, because
from tests.rules.bed import ALL_TRACKS, CALM, SLEEP, Bed, assigned, music, one_play, told, track


def test_a_play_is_followed_by_the_cue_of_the_next_track() -> None:
    bed = Bed()
    assert bed.press("play") == (
        Play(1, track("tide").sha256, 0.0, 50.0, rise_s=5.0, crossfade_s=0.06),
        Cue(2, track("harbour").sha256, 4.0),
    )


def test_a_playlist_plays_without_a_gap_and_each_track_is_told() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(600)
    assert bed.plays == ["tide"]
    assert bed.heard == ["tide", "harbour", "meadow", "tide"]
    assert bed.cues == ["harbour", "meadow", "tide", "harbour"]
    assert bed.silences == 0


def test_a_cued_track_that_begins_has_its_own_place_and_time() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(186)
    assert bed.state.playing
    assert (bed.state.playing.track.title, bed.now - bed.state.playing.track_zero_at) == ("harbour", pytest.approx(10))
    bed.press("play")
    assert bed.state.resume
    assert (bed.state.resume.place, bed.state.resume.position_s) == (1, pytest.approx(10))


def test_a_playlist_of_one_track_follows_itself() -> None:
    bed = Bed(held=frozenset({track("tide").sha256}))
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


def test_a_broken_track_is_told_and_the_next_one_plays() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayFailed(bed.play_id, "tide.opus is missing"))
    assert bed.heard == ["tide", "harbour"]
    assert (
        told(
            TrackFailed,
            because(Code.TRACK_UNREADABLE, what="tide.opus is missing"),
            playlist="calm",
            track=track("tide").sha256,
        )
        in bed.entries
    )


def test_a_broken_cue_is_told_and_another_one_takes_its_place_while_music_plays_on() -> None:
    bed = Bed()
    bed.press("play")
    effects = bed.happens(PlayFailed(bed.cue_id, "harbour.opus is missing"))
    failed = told(
        TrackFailed,
        because(Code.TRACK_UNREADABLE, what="harbour.opus is missing"),
        playlist="calm",
        track=track("harbour").sha256,
    )
    assert effects == (Cue(3, track("meadow").sha256, 4.0), Record(failed, None))
    bed.wait(180)
    assert bed.heard == ["tide", "meadow"]
    assert bed.silences == 0


def test_the_end_of_a_track_without_any_cue_plays_the_next_one() -> None:
    bed = Bed()
    bed.press("play")
    while bed.state.playing and bed.state.playing.cued:
        bed.happens(PlayFailed(bed.cue_id, "missing"))
    assert bed.cues == ["harbour", "meadow", "tide"]
    bed.happens(PlayEnded(bed.play_id, 180.0))
    assert isinstance(bed.entries[-1], Fault), "nothing of the playlist can be played"
    assert bed.view.scene is Scene.NO_MUSIC


def test_a_cue_that_breaks_after_the_track_before_has_ended_is_followed_by_the_one_after_it() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayEnded(bed.play_id, 3.0))
    assert bed.plays == ["tide"], "the cue begins by itself"
    play = one_play(bed.happens(PlayFailed(bed.cue_id, "missing")))
    assert (play.sha256, play.rise_s) == (track("meadow").sha256, 5.0)


def test_a_cue_that_never_begins_is_played_after_a_second() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    bed.happens(PlayBegan(bed.play_id))
    bed.happens(PlayEnded(bed.play_id, 180.0))
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
        bed.happens(PlayEnded(bed.play_id, 30.0))
        if failing:
            bed.happens(PlayFailed(bed.cue_id, "missing"))
        bed.wait(1)
        assert bed.plays == ["tide"]
        assert bed.state.playing is None


def test_a_good_track_is_found_in_whatever_order_the_others_are_said_to_be_broken() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    bed.happens(PlayFailed(bed.cue_id, "missing"))
    bed.happens(PlayFailed(bed.play_id, "missing"))
    assert bed.plays == ["tide", "meadow"]
    bed.happens(PlayBegan(bed.play_id))
    assert bed.heard == ["meadow"]


def test_a_playlist_of_which_nothing_plays_ends_in_silence_and_a_fault_not_in_a_loop() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    while bed.state.playing:
        bed.happens(PlayFailed(bed.play_id, "not to be read"))
    assert len(bed.plays) == 3
    assert isinstance(bed.entries[-1], Fault)
    assert bed.view.scene is Scene.NO_MUSIC
    assert not [entry for entry in bed.entries if isinstance(entry, SessionStarted | SessionEnded)]


@pytest.mark.parametrize(("cued", "title"), [(False, "tide"), (True, "harbour")])
def test_a_track_that_is_cut_short_is_told_and_changes_nothing(cued: bool, title: str) -> None:
    bed = Bed()
    bed.press("play")
    before = bed.state
    effects = bed.happens(PlayTruncated(bed.cue_id if cued else bed.play_id, "ends after 3 s"))
    failed = told(
        TrackFailed,
        because(Code.TRACK_DAMAGED, what="ends after 3 s"),
        playlist="calm",
        track=track(title).sha256,
    )
    assert (bed.state, effects) == (replace(before, written=bed.state.written), (Record(failed, None),))


@pytest.mark.parametrize(
    "stale",
    [
        PlayBegan(1),
        PlayEnded(1, 12.0),
        PlayEnded(1, 12.0, faded=True),
        PlayFailed(2, "late"),
        PlayTruncated(2, "late"),
        PlayMeasured(99, 12.0, 44.0, 50.0),
    ],
)
def test_what_comes_late_of_a_track_before_changes_nothing(stale: Event) -> None:
    bed = Bed()
    bed.press("play")
    bed.press("next")
    before = bed.state
    assert bed.happens(stale) == ()
    assert bed.state == before


def test_a_new_playlist_of_the_ward_leaves_what_is_cued_alone() -> None:
    bed = Bed()
    bed.press("play")
    before = _session_and_plays(bed.state)
    bed.happens(assigned(1, music("rain", "drops", "slate"), SLEEP))
    assert _session_and_plays(bed.state) == before
    assert bed.state.playing
    assert bed.state.playing.music == CALM


def _session_and_plays(state: State) -> tuple[object, int]:
    return state.playing, state.plays


def test_missing_tracks_are_never_cued() -> None:
    bed = Bed(held=ALL_TRACKS - {track("harbour").sha256})
    bed.press("play")
    bed.wait(400)
    assert bed.heard == ["tide", "meadow", "tide"]
