"""What an assignment or a command of the ward does at the bed, one sentence a test."""

from device.rules.effects import Answer, Record, SetLevel, Silence
from device.rules.events import Commanded, TracksHeld
from messages import AssignmentApplied, AssignmentRefused, Code, Reset, Verb, because
from tests.rules.bed import ALL_TRACKS, CALM, GARDEN, RAIN, SLEEP, Bed, assigned, told, track


def test_what_the_ward_newly_gave_is_what_the_next_press_plays() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, SLEEP))
    bed.happens(assigned(2, CALM, RAIN, SLEEP))
    bed.press("play")
    assert bed.plays == ["drops"]


def test_a_new_sleep_playlist_waits_for_sleep() -> None:
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
    assert SetLevel(45.0) in bed.happens(assigned(1, CALM, cap_day_dba=45.0))
    bed.happens(assigned(2, CALM, cap_day_dba=65.0))
    bed.turn("volume", 50)
    assert bed.state.level_dba == 60.0


def test_an_old_assignment_is_refused_once_and_changes_nothing() -> None:
    bed = Bed()
    bed.happens(assigned(5, RAIN))
    bed.happens(assigned(4, CALM))
    bed.happens(assigned(4, CALM))
    assert bed.entries[1:] == [told(AssignmentRefused, because(Code.ASSIGNMENT_OLDER), version=4, have=5)]
    assert bed.state.playlists == (RAIN,)


def test_a_forged_assignment_under_the_number_held_is_refused() -> None:
    bed = Bed()
    bed.happens(assigned(5, RAIN))
    bed.happens(assigned(5, CALM, digest="f" * 64))
    assert isinstance(bed.entries[-1], AssignmentRefused)
    assert bed.state.playlists == (RAIN,)


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


def test_a_set_is_offered_when_its_tracks_are_on_the_box() -> None:
    bed = Bed(held=ALL_TRACKS - {track("slate").sha256})
    bed.happens(assigned(1, RAIN, GARDEN))
    assert bed.state.playlists == (GARDEN,)
    bed.happens(TracksHeld(ALL_TRACKS))
    assert bed.state.playlists == (RAIN, GARDEN)


def test_stop_from_the_ward_silences_and_is_answered() -> None:
    bed = Bed()
    bed.press("play")
    effects = bed.happens(Commanded("c1", Verb.STOP))
    assert effects[0] == Silence(0.15)
    assert effects[-1] == Answer("c1", done=True)
    assert bed.happens(Commanded("c2", Verb.STOP)) == (Answer("c2", done=True),), "silence is what was asked for"


def test_a_late_command_is_refused() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.happens(Commanded("c1", Verb.STOP, late_s=12.4)) == (
        Answer("c1", False, because(Code.TOO_LATE, seconds=12)),
    )
    assert bed.state.playing


def test_locate_shows_the_end_of_the_id_and_any_press_acts() -> None:
    bed = Bed()
    bed.happens(Commanded("c1", Verb.LOCATE))
    assert bed.view.code == "7F3A"
    bed.press("play")
    assert bed.plays == ["tide"]


def test_a_version_made_up_does_not_shut_the_ward_out() -> None:
    bed = Bed()
    bed.happens(assigned(3, GARDEN))
    bed.happens(assigned(2**31 - 1, RAIN))
    refused = told(AssignmentRefused, because(Code.ASSIGNMENT_TOO_FAR), version=2**31 - 1, have=3)
    assert (bed.state.version, bed.entries[-1]) == (3, refused)
    bed.happens(assigned(4, RAIN))
    assert bed.state.version == 4
