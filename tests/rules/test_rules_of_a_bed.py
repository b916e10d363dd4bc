"""What staff can set for one bed: vigil, a shared room, what is never played, other hours, an end; and nurse_call."""

import pytest

from device.rules.effects import Cue, Fade, Silence
from device.rules.events import Commanded, NurseCallChanged, TracksHeld
from device.rules.view import Scene, View
from messages import (
    AssignmentApplied,
    AssignmentRefused,
    Cause,
    Code,
    Expired,
    Fault,
    Part,
    Reset,
    SessionEnded,
    Verb,
    because,
)
from tests.rules.bed import ALL_TRACKS, CALM, GARDEN, RAIN, SLEEP, Bed, assigned, music, one_play, told, track, wall

PEACE = music("peace", "moss", "drops", purpose="vigil")


def test_a_vigil_plays_its_own_set_without_an_end_and_with_long_crossfades() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, PEACE, vigil=True))
    bed.press("play")
    bed.wait(5 * 3600)
    assert bed.state.playing
    assert not [effect for effect in bed.effects if isinstance(effect, Fade)]
    assert {effect.crossfade_s for effect in bed.effects if isinstance(effect, Cue)} == {8.0}
    assert set(bed.heard) == {"moss", "drops"}


def test_in_a_vigil_nothing_moves_counts_or_asks_and_the_light_is_the_nights() -> None:
    bed = Bed()
    bed.happens(assigned(1, PEACE, vigil=True, ask_before="pain", reminders=(13 * 60,)))
    bed.clock("12:59")
    bed.clock("13:00")
    assert bed.state.reminding_until is None
    bed.press("play")
    shown = bed.view
    bed.wait(3600)
    assert bed.view == shown == View(Scene.VIGIL, word="Peace", night=True)


def test_a_vigil_ends_by_staff_or_family() -> None:
    bed = Bed()
    bed.happens(assigned(1, PEACE, vigil=True))
    bed.press("play")
    assert bed.press("play")[0] == Silence(0.15)
    bed.press("play")
    bed.happens(Commanded("c", Verb.STOP))
    assert bed.state.playing is None


def test_a_vigil_that_is_called_off_gives_the_music_an_end_and_one_that_is_set_takes_it() -> None:
    bed = Bed()
    bed.happens(assigned(1, PEACE, vigil=True))
    bed.press("play")
    bed.wait(5000)
    bed.happens(assigned(2, PEACE))
    bed.wait(24 * 60)
    assert bed.state.playing is None
    bed.press("play")
    bed.happens(assigned(3, PEACE, vigil=True))
    bed.wait(3 * 3600)
    assert bed.state.playing


def test_a_shared_room_lowers_the_caps_for_the_neighbour() -> None:
    bed = Bed(level_dba=58.0)
    bed.press("play")
    bed.happens(assigned(1, CALM, shared_room=True))
    assert (bed.state.cap_dba, bed.state.level_dba) == (50.0, 50.0)
    bed.clock("21:00")
    assert (bed.state.cap_dba, bed.state.level_dba) == (40.0, 40.0)


def test_a_shared_room_raises_nothing_that_is_lower() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, shared_room=True, cap_day_dba=45.0, cap_night_dba=36.0))
    assert bed.state.cap_dba == 45.0
    bed.clock(None)
    assert bed.state.cap_dba == 36.0


def test_what_is_never_to_be_played_is_in_no_playlist_not_even_a_built_in_one() -> None:
    bed = Bed()
    never = frozenset({track("harbour").sha256, track("lamp").sha256})
    bed.happens(assigned(1, CALM, never_play=never))
    assert [one.title for one in bed.state.playlists[0].tracks] == ["tide", "meadow"]
    assert bed.state.sleep_playlist
    assert [one.title for one in bed.state.sleep_playlist.tracks] == ["dusk"]
    bed.press("play")
    for _ in range(4):
        bed.press("next")
    assert "harbour" not in bed.heard


def test_a_set_is_whole_without_what_is_never_played_and_lacks_nothing() -> None:
    bed = Bed(held=ALL_TRACKS - {track("harbour").sha256})
    bed.happens(assigned(1, CALM, GARDEN, never_play=frozenset({track("harbour").sha256})))
    assert [found.slug for found in bed.state.playlists] == ["calm", "garden"]
    (applied,) = [entry for entry in bed.entries if isinstance(entry, AssignmentApplied)]
    assert (applied.held, applied.needed) == (4, 4)


def test_a_track_that_must_not_be_played_any_more_makes_way_at_once() -> None:
    bed = Bed()
    bed.press("play")
    play = one_play(bed.happens(assigned(1, CALM, never_play=frozenset({track("tide").sha256}))))
    assert play.sha256 == track("harbour").sha256
    bed.wait(20 * 60)
    assert bed.heard.count("tide") == 1


def test_a_cued_track_that_must_not_be_played_any_more_is_cued_no_more() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(assigned(1, CALM, never_play=frozenset({track("harbour").sha256})))
    bed.wait(180)
    assert bed.heard == ["tide", "meadow"]


def test_a_playlist_of_which_nothing_may_be_played_any_more_is_silence_and_says_so() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(assigned(1, GARDEN, never_play=frozenset(one.sha256 for one in CALM.tracks)))
    assert bed.state.playing is None
    assert any(isinstance(entry, Fault) and entry.part is Part.MUSIC for entry in bed.entries)
    bed.press("play")
    assert bed.heard[-1] == "moss"


def test_a_skipped_track_does_not_come_back_by_itself_in_its_session() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(10)
    bed.press("next")
    bed.wait(10 * 60)
    assert bed.heard == ["tide", "harbour", "meadow", "harbour", "meadow"]


def test_where_everything_was_skipped_the_first_one_comes_again() -> None:
    bed = Bed()
    bed.press("play")
    for _ in range(4):
        bed.press("next")
    assert bed.heard == ["tide", "harbour", "meadow", "tide", "harbour"]


def test_the_ward_says_when_it_is_night() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, night_begins=11 * 60, night_ends=13 * 60))
    assert bed.state.night
    bed.clock("13:00")
    assert not bed.state.night
    bed.clock("23:00")
    assert not bed.state.night


def test_no_rule_of_the_ward_abolishes_the_night() -> None:
    bed = Bed()
    bed.happens(assigned(1, GARDEN))
    bed.happens(assigned(2, RAIN, night_begins=420, night_ends=420))
    assert bed.entries[-1] == told(AssignmentRefused, because(Code.NIGHT_EMPTY), version=2, have=1)
    bed.clock("23:00")
    assert bed.state.night
    assert (bed.state.version, bed.state.playlists) == (1, (GARDEN,))


def test_a_discharge_is_never_refused_for_its_rules() -> None:
    bed = Bed()
    bed.happens(assigned(1, GARDEN))
    bed.happens(assigned(2, stay=None, night_begins=420, night_ends=420))
    assert bed.state.stay is None
    assert isinstance(bed.entries[-1], Reset)


def test_an_assignment_that_runs_out_gives_way_to_the_built_in_playlists_and_keeps_its_stay() -> None:
    bed = Bed()
    bed.happens(assigned(7, RAIN, expires_at_s=wall("14:00").utc_s, vigil=True, cap_day_dba=40.0))
    bed.press("play")
    bed.clock("13:59")
    assert bed.state.chosen_playlist == RAIN
    bed.clock("14:00")
    assert bed.entries[-1] == Expired(version=7)
    assert [found.slug for found in bed.state.playlists] == ["calm", "sleep", "garden"]
    assert (bed.state.stay, bed.state.version, bed.state.level_dba) == ("stay-a", 7, 40.0)
    assert bed.state.playing, "what plays may come to its end"
    assert not bed.state.playing.endless
    bed.clock("14:01")
    assert sum(isinstance(entry, Expired) for entry in bed.entries) == 1


def test_an_assignment_that_ran_out_on_its_way_is_none() -> None:
    bed = Bed()
    bed.happens(assigned(7, RAIN, expires_at_s=wall("11:00").utc_s, cap_day_dba=40.0))
    assert bed.entries[-1] == Expired(version=7)
    assert bed.state.level_dba == 50.0


def test_a_box_without_a_clock_keeps_its_assignment() -> None:
    bed = Bed()
    bed.happens(assigned(7, RAIN, expires_at_s=wall("14:00").utc_s))
    bed.clock(None)
    bed.wait(30 * 86400)
    assert bed.state.chosen_playlist != CALM


def test_the_same_assignment_once_more_does_not_bring_it_back_to_life() -> None:
    bed = Bed()
    offer = assigned(7, RAIN, expires_at_s=wall("14:00").utc_s)
    bed.happens(offer)
    bed.clock("14:00")
    bed.happens(offer)
    assert RAIN not in bed.state.playlists


def test_new_music_on_its_way_is_shown_until_all_of_it_is_there() -> None:
    bed = Bed(held=ALL_TRACKS - {track("slate").sha256, track("drops").sha256})
    bed.happens(assigned(1, RAIN, GARDEN))
    assert bed.view == View(Scene.ON_ITS_WAY, word="Garden", held=2, needed=4)
    bed.happens(TracksHeld(ALL_TRACKS - {track("slate").sha256}))
    assert bed.view.held == 3
    bed.happens(TracksHeld(ALL_TRACKS))
    assert bed.view == View(Scene.READY, word="Rain", dimmed=True)


def test_music_that_does_not_arrive_goes_home_after_20_seconds() -> None:
    bed = Bed(held=ALL_TRACKS - {track("slate").sha256})
    bed.happens(assigned(1, RAIN, GARDEN))
    bed.wait(20)
    assert bed.view.scene is Scene.READY


def test_the_screen_speaks_the_language_of_the_stay() -> None:
    bed = Bed()
    assert bed.view.language == "en"
    bed.happens(assigned(1, CALM, language="fr"))
    assert bed.view.language == "fr"
    bed.happens(assigned(2, stay=None))
    assert bed.view.language == "en"


@pytest.mark.parametrize(
    ("event", "cause"),
    [(NurseCallChanged(True), Cause.NURSE_CALL), (Commanded("c", Verb.SILENCE), Cause.WARD)],
)
def test_the_nurse_call_is_silence_at_once_and_does_not_resume_by_itself(
    event: NurseCallChanged | Commanded, cause: Cause
) -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(60)
    assert bed.happens(event)[0] == Silence(0.15)
    ended = bed.entries[-1]
    assert isinstance(ended, SessionEnded)
    assert ended.cause is cause
    bed.happens(NurseCallChanged(False))
    bed.wait(3600)
    assert bed.heard == ["tide"]


def test_a_press_while_the_nurse_call_is_held_plays_on_from_where_it_was() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(60)
    bed.happens(NurseCallChanged(True))
    bed.wait(30)
    assert one_play(bed.press("play")).start_s == 60.0


def test_the_nurse_call_in_silence_changes_nothing_to_be_heard() -> None:
    assert Bed().happens(NurseCallChanged(True)) == ()


def test_an_assigned_sleep_set_is_what_sleep_plays() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, music("lull", "drops", purpose="sleep"), SLEEP))
    bed.press("sleep")
    assert bed.heard == ["drops"]


def test_sleep_pressed_again_in_a_vigil_shows_the_level_for_there_is_no_time_left() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, SLEEP, vigil=True))
    bed.press("sleep")
    bed.press("sleep")
    assert bed.view.scene is Scene.VOLUME


def test_after_a_long_vigil_that_is_called_off_sleep_plays_its_whole_time() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, vigil=True))
    bed.press("play")
    bed.wait(3 * 3600)
    bed.happens(assigned(2, CALM))
    bed.press("sleep")
    assert bed.view.minutes == 45
