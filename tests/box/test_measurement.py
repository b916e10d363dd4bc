"""What a meter shows becomes the number by which the box plays what it says."""

from math import log10

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from device.calibrate.measurement import (
    CHECK_BEGINS_UNDER_DB,
    LEAST_ABOVE_ROOM_DB,
    LOWEST_READING_DBA,
    Trial,
    agrees,
    checking,
    found_dba,
    is_clear,
    read_dba,
    read_role,
)
from device.config.calibration import CalibrationError

TRUE = st.floats(45, 105)
BELIEFS = st.floats(40, 110)
CAPS = st.floats(30, 65)
ROOMS = st.floats(20, 60)


def heard_dba(true_dba: float, trial: Trial) -> float:
    """At the pillow, of a box that truly gives `true_dba` at full scale."""
    return true_dba + trial.gain_db


def shown_dba(true_dba: float, trial: Trial, room_dba: float) -> float:
    """By a meter, which hears the room too and shows a tenth."""
    noise_dba = heard_dba(true_dba, trial)
    return round(10 * log10(10 ** (noise_dba / 10) + 10 ** (room_dba / 10)), 1)


def measured(true_dba: float, belief_dba: float, cap_dba: float, room_dba: float) -> tuple[list[Trial], float | None]:
    """What a person with a perfect meter does: the trials, and the number where there is one."""
    trials = [Trial(belief_dba, cap_dba)]
    while True:
        reading_dba = shown_dba(true_dba, trials[-1], room_dba)
        if is_clear(room_dba, reading_dba):
            return trials, found_dba(trials[-1], room_dba, reading_dba)
        louder = trials[-1].louder(reading_dba)
        if louder is None:
            return trials, None
        trials.append(louder)


@given(true_dba=TRUE, belief_dba=BELIEFS, cap_dba=CAPS, room_dba=ROOMS, level_dba=st.floats(30, 65))
def test_what_is_asked_is_heard_whatever_the_box_gives(
    true_dba: float, belief_dba: float, cap_dba: float, room_dba: float, level_dba: float
) -> None:
    """Within half a decibel, and on the soft side: the room counts as the box's."""
    assume(belief_dba < true_dba + 40)
    _, found = measured(true_dba, belief_dba, cap_dba, room_dba)
    assume(found is not None)
    assert found is not None
    heard = true_dba + (level_dba - found)
    assert level_dba - 0.6 <= heard <= level_dba + 0.11


@given(true_dba=TRUE, careful_db=st.floats(0, 40), cap_dba=CAPS, room_dba=ROOMS)
def test_a_careful_belief_never_lets_the_noise_exceed_the_cap(
    true_dba: float, careful_db: float, cap_dba: float, room_dba: float
) -> None:
    trials, _ = measured(true_dba, true_dba + careful_db, cap_dba, room_dba)
    assert all(heard_dba(true_dba, trial) <= min(60.0, cap_dba) + 0.11 for trial in trials)


@given(belief_dba=BELIEFS, cap_dba=CAPS)
def test_no_noise_is_asked_above_cap_or_full_scale(belief_dba: float, cap_dba: float) -> None:
    for trial in (Trial(belief_dba, cap_dba), checking(belief_dba, cap_dba)):
        assert trial.level_dba <= min(cap_dba, belief_dba)
        assert trial.gain_db <= 0


@given(true_dba=st.floats(65, 85), room_dba=st.floats(20, 45))
def test_a_careful_guess_can_be_measured_in_an_ordinary_room(true_dba: float, room_dba: float) -> None:
    """An uncalibrated box is softer than it believes; it comes louder until it is told from the room."""
    trials, found = measured(true_dba, 85.0, 60.0, room_dba)
    assert found is not None
    assert len(trials) <= 4


@given(belief_dba=BELIEFS, cap_dba=CAPS, reading_dba=st.floats(15, 100))
def test_a_mistyped_number_makes_the_noise_ten_decibels_louder_at_most(
    belief_dba: float, cap_dba: float, reading_dba: float
) -> None:
    trial = Trial(belief_dba, cap_dba)
    louder = trial.louder(reading_dba)
    assert louder is None or 1 <= louder.gain_db - trial.gain_db <= 10.001


@pytest.mark.parametrize("room_dba", [30.0, 60.0])
def test_a_box_that_makes_no_sound_is_given_up_in_one_line(room_dba: float) -> None:
    trials, found = measured(-100.0, 85.0, 60.0, room_dba)
    assert found is None
    with pytest.raises(CalibrationError, match=r"0 dB above the room.*quieter time.*amplifier is on"):
        found_dba(trials[-1], room_dba, room_dba)


def test_just_ten_decibels_above_the_room_are_enough() -> None:
    assert found_dba(Trial(85.0, 60.0), 40.0, 40.0 + LEAST_ABOVE_ROOM_DB) == 75.0


@pytest.mark.parametrize(("reading_dba", "answer"), [(52.9, False), (53.0, True), (57.0, True), (57.1, False)])
def test_the_check_agrees_within_two_decibels(reading_dba: float, answer: bool) -> None:
    assert agrees(checking(75.0, cap_dba=60.0), reading_dba) is answer


@given(found_dba=BELIEFS, cap_dba=CAPS)
def test_a_push_without_a_look_never_agrees(found_dba: float, cap_dba: float) -> None:
    trial = checking(found_dba, cap_dba)
    assert not agrees(trial, round(trial.level_dba - CHECK_BEGINS_UNDER_DB))
    assert trial.level_dba - CHECK_BEGINS_UNDER_DB >= LOWEST_READING_DBA


def test_an_implausible_number_is_refused_with_what_to_look_at() -> None:
    with pytest.raises(CalibrationError, match=r"the result is 115 dB\(A\).*should be 40 to 110.*to A and slow"):
        found_dba(Trial(85.0, 60.0), 30.0, 90.0)


@pytest.mark.parametrize(("text", "value"), [("57.5", 57.5), (" 57,5 ", 57.5), ("58", 58.0)])
def test_a_reading_is_taken_as_people_write_it(text: str, value: float) -> None:
    assert read_dba(text) == value


@pytest.mark.parametrize("text", ["", "loud", "57.5 dB", "nan", "inf", "-3", "575", "1e999"])
def test_a_reading_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(CalibrationError, match=r"a number from 15 to 100, like 57\.5"):
        read_dba(text)


@pytest.mark.parametrize("text", ["", "  ", "x" * 41, "a\tb"])
def test_a_role_is_one_short_line(text: str) -> None:
    with pytest.raises(CalibrationError, match="like facilities"):
        read_role(text)
    assert read_role(" night nurse ") == "night nurse"
