"""What CHOOSE makes of a question on the screen, turn by turn and push by push."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.calibrate.dial import Dial, DialAnswer, PlaceMeter
from device.rules.view import Scene, View

TURNS = st.lists(st.integers(-200, 200), max_size=20)


def test_the_meter_is_laid_down_before_there_is_a_number() -> None:
    place = PlaceMeter(Dial.at(40.0, float))
    assert place.view("de") == View(Scene.METER, language="de")
    assert place.turned(3) == place
    dial = place.pushed()
    assert isinstance(dial, Dial)
    assert dial.view("de") == View(Scene.READING, language="de", reading_dba=40)


def test_a_detent_is_a_decibel_and_a_push_takes_what_stands_there() -> None:
    dial = Dial.at(60.0, float).turned(-4).turned(1)
    assert dial.view("en").reading_dba == 57
    assert dial.pushed() == DialAnswer(57.0, "57 dB(A)")


@given(begins_dba=st.floats(0, 120), least_dba=st.floats(15, 99), turns=TURNS)
def test_no_turning_leaves_what_a_terminal_would_take(begins_dba: float, least_dba: float, turns: list[int]) -> None:
    dial = Dial.at(begins_dba, float, least_dba)
    for detents in (0, *turns):
        dial = dial.turned(detents)
        assert least_dba <= dial.dba <= 100


def test_it_begins_no_lower_than_it_may_be_turned() -> None:
    assert Dial.at(30.0, float, least_dba=43.5).dba == 44


def test_the_far_end_is_left_by_the_first_detent_back() -> None:
    assert Dial.at(98.0, float).turned(50).turned(-1).dba == 99


@pytest.mark.parametrize(("dba", "answer"), [(53, True), (52, False)])
def test_a_push_may_say_more_than_a_number(dba: int, answer: bool) -> None:
    dial: Dial[bool] = Dial.at(float(dba), lambda shown_dba: shown_dba >= 53)
    assert dial.pushed().value is answer
