"""What the ward may ask of a box now, and what the box refuses because it would disturb. One sentence a test."""

import pytest

from device.rules.commands import TEST_WITHIN_S, private_words
from device.rules.effects import Answer, Record, Restart, RunTest, SendLines, Silence
from device.rules.events import ClockRead, Commanded, SelfTested
from messages import Cause, Code, PartResult, SessionEnded, Verb, because
from tests.rules.bed import CALM, GARDEN, Bed, assigned, wall

RESULTS = (PartResult(part="sound", well=True),)


@pytest.mark.parametrize("verb", [Verb.RESTART, Verb.SELF_TEST])
def test_no_restart_and_no_self_test_while_music_plays_and_the_minutes_left_are_told(verb: Verb) -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(120.0)
    refused = because(Code.MUSIC_PLAYS, minutes=22)
    assert bed.happens(Commanded("c1", verb)) == (Answer("c1", False, refused),)
    assert bed.state.playing


@pytest.mark.parametrize("verb", [Verb.RESTART, Verb.SELF_TEST])
def test_music_without_an_end_has_no_minutes_left(verb: Verb) -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, vigil=True))
    bed.press("play")
    assert bed.happens(Commanded("c1", verb)) == (Answer("c1", False, because(Code.MUSIC_ENDLESS)),)


def test_a_restart_in_silence_is_answered_before_the_service_goes() -> None:
    assert Bed().happens(Commanded("c1", Verb.RESTART)) == (Answer("c1", done=True), Restart())


def test_a_forced_restart_ends_the_music_as_from_the_ward_and_records_it_first() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(60.0)
    effects = bed.happens(Commanded("c1", Verb.RESTART, forced=True))
    assert isinstance(effects[0], Silence)
    (ended,) = (effect.data for effect in effects if isinstance(effect, Record))
    assert isinstance(ended, SessionEnded)
    assert ended.cause is Cause.WARD
    assert effects[-2:] == (Answer("c1", done=True), Restart())


def test_no_light_by_night_and_the_end_of_the_night_is_told() -> None:
    bed = Bed(night=True)
    bed.happens(ClockRead(wall("22:48")))
    assert bed.happens(Commanded("c1", Verb.LOCATE)) == (Answer("c1", False, because(Code.NIGHT, until="07:00")),)
    assert bed.view.code is None or not bed.state.overlay


def test_the_night_of_the_bed_is_the_one_that_counts() -> None:
    bed = Bed(night=True)
    bed.happens(assigned(1, CALM, night_ends=6 * 60 + 30))
    bed.happens(ClockRead(wall("05:00")))
    assert bed.happens(Commanded("c1", Verb.LOCATE)) == (Answer("c1", False, because(Code.NIGHT, until="06:30")),)


def test_a_forced_light_shows_by_night() -> None:
    bed = Bed(night=True)
    assert bed.happens(Commanded("c1", Verb.LOCATE, forced=True)) == (Answer("c1", done=True),)
    assert bed.view.code == "7F3A"


def test_whoever_found_the_box_ends_its_light_at_once_from_the_page() -> None:
    bed = Bed()
    before = bed.view
    bed.happens(Commanded("c1", Verb.LOCATE))
    assert bed.view.code == "7F3A"
    assert bed.happens(Commanded("c2", Verb.LOCATE_END)) == (Answer("c2", done=True),)
    assert bed.view == before


def test_the_end_of_a_light_that_is_over_changes_nothing_and_is_no_fault() -> None:
    bed = Bed(night=True)
    before = bed.state
    assert bed.happens(Commanded("c1", Verb.LOCATE_END)) == (Answer("c1", done=True),)
    assert bed.state == before


def test_a_self_test_by_night_is_allowed_and_lights_nothing() -> None:
    bed = Bed(night=True)
    before = bed.view
    assert bed.happens(Commanded("c1", Verb.SELF_TEST)) == (RunTest("c1"),)
    assert bed.happens(SelfTested("c1", RESULTS)) == (Answer("c1", done=True, results=RESULTS),)
    assert bed.view == before


def test_a_second_self_test_waits_for_the_first_one_but_not_for_ever() -> None:
    bed = Bed()
    bed.happens(Commanded("c1", Verb.SELF_TEST))
    assert bed.happens(Commanded("c2", Verb.SELF_TEST, forced=True)) == (Answer("c2", False, because(Code.TEST_RUNS)),)
    bed.wait(TEST_WITHIN_S)
    assert bed.happens(Commanded("c3", Verb.SELF_TEST)) == (RunTest("c3"),)


def test_the_results_of_a_test_that_nobody_waits_for_are_dropped() -> None:
    bed = Bed()
    bed.happens(Commanded("c1", Verb.SELF_TEST))
    assert bed.happens(SelfTested("c0", RESULTS)) == ()
    bed.happens(SelfTested("c1", RESULTS))
    assert bed.happens(SelfTested("c1", RESULTS)) == ()


def test_lines_of_the_log_are_sent_also_while_music_plays() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.happens(Commanded("c1", Verb.SEND_LOGS)) == (SendLines("c1"),)


def test_a_command_that_came_too_late_is_not_saved_by_being_forced() -> None:
    bed = Bed()
    late = because(Code.TOO_LATE, seconds=3)
    assert bed.happens(Commanded("c1", Verb.RESTART, late_s=3.0, forced=True)) == (Answer("c1", False, late),)


def test_private_words_are_stay_playlists_and_titles() -> None:
    bed = Bed()
    bed.happens(assigned(1, GARDEN, stay="stay-7"))
    assert {"stay-7", "Garden", "garden", "moss", "fern", "tide"} <= private_words(bed.state)
