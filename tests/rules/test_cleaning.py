"""PLAY and NEXT held for five seconds are the staff's cleaning mode: nothing acts for two minutes."""

import pytest

from device.rules.events import Brushed, Button, ClockRead, Commanded, Released, StuckDown
from device.rules.view import Scene, View
from messages import Cause, Cleaning, Fault, SessionEnded, Verb
from tests.rules.bed import CALM, Bed, assigned, wall


def cleaned() -> Bed:
    """A bed whose box is being cleaned."""
    bed = Bed()
    bed.hold("play", "next")
    bed.wait(5)
    bed.let_go("play", "next")
    return bed


def test_the_chord_is_silence_an_entry_and_a_countdown() -> None:
    bed = cleaned()
    assert bed.state.playing is None
    assert bed.entries[-1] == Cleaning()
    ended = bed.entries[-2]
    assert isinstance(ended, SessionEnded)
    assert ended.cause is Cause.CLEANING
    assert bed.view == View(Scene.CLEANING, seconds=120, seconds_most=120)
    bed.wait(34)
    assert bed.view.seconds == 86


def test_no_control_acts_while_it_is_cleaned() -> None:
    bed = cleaned()
    before = bed.state
    for button in Button:
        assert bed.press(button) == ()
    assert bed.turn("volume", 5) == ()
    assert bed.turn("choose", 2) == ()
    assert bed.state == before


def test_it_ends_by_itself_and_then_a_press_acts() -> None:
    bed = cleaned()
    bed.wait(119.9)
    bed.press("play")
    assert bed.state.playing is None
    bed.wait(0.1)
    assert bed.view.scene is Scene.READY
    bed.press("play")
    assert bed.state.playing


@pytest.mark.parametrize("seconds", [0.0, 4.9])
def test_a_chord_that_is_let_go_sooner_is_two_presses(seconds: float) -> None:
    bed = Bed()
    bed.hold("play", "next")
    bed.wait(seconds)
    bed.let_go("next")
    bed.wait(60)
    assert bed.state.cleaning_until is None
    assert bed.state.playing


def test_the_chord_may_begin_with_either_button_and_slowly() -> None:
    bed = Bed()
    bed.hold("next")
    bed.wait(2)
    bed.hold("play")
    bed.wait(5)
    assert bed.state.cleaning_until is not None


def test_other_buttons_together_are_no_chord() -> None:
    bed = Bed()
    bed.hold("play", "sleep")
    bed.happens(Brushed(Button.CHOOSE))
    bed.wait(60)
    assert bed.state.cleaning_until is None


def test_a_cloth_that_lies_on_a_button_is_no_fault_and_does_not_begin_it_again() -> None:
    bed = Bed()
    bed.hold("play", "next")
    bed.wait(5)
    bed.happens(StuckDown(Button.PLAY))
    bed.wait(300)
    assert not [entry for entry in bed.entries if isinstance(entry, Fault)]
    assert sum(isinstance(entry, Cleaning) for entry in bed.entries) == 1
    bed.happens(Released(Button.PLAY))


def test_a_cloth_on_both_buttons_while_it_lasts_does_not_begin_it_anew() -> None:
    bed = cleaned()
    bed.hold("play", "next")
    bed.wait(300)
    assert bed.view.scene is Scene.READY
    assert sum(isinstance(entry, Cleaning) for entry in bed.entries) == 1
    bed.let_go("next")
    bed.happens(Brushed(Button.NEXT))
    bed.wait(5)
    assert bed.state.cleaning_until is not None


def test_nothing_starts_by_itself_while_it_is_cleaned() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, sleep_starts=13 * 60, reminders=(13 * 60,)))
    bed.clock("12:59")
    bed.hold("play", "next")
    bed.wait(5)
    bed.happens(ClockRead(wall("13:00")))
    assert (bed.state.playing, bed.state.reminding_until) == (None, None)


def test_staff_can_still_ask_the_box_where_it_is_and_stop_it() -> None:
    bed = cleaned()
    bed.happens(Commanded("c1", Verb.LOCATE))
    bed.happens(Commanded("c2", Verb.STOP))
    assert bed.view.scene is Scene.CLEANING, "the countdown says why nothing acts"
    bed.wait(120)
    assert bed.view.scene is Scene.READY
