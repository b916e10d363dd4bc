"""One question before a session and one after it at most, by day, where staff switched them on."""

from typing import Any

import pytest

from device.rules.effects import Record, Silence
from device.rules.view import Scene, View
from messages import Answered, Change, Moment, Outcome, Question
from tests.rules.bed import CALM, SLEEP, Bed, assigned


def asked(**rules: Any) -> Bed:
    """A bed with these questions."""
    bed = Bed()
    bed.happens(assigned(1, CALM, SLEEP, **rules))
    return bed


def answers(bed: Bed) -> list[Answered]:
    return [entry for entry in bed.entries if isinstance(entry, Answered)]


def test_nothing_is_asked_where_staff_switched_nothing_on() -> None:
    bed = asked()
    bed.press("play")
    bed.wait(24 * 60)
    assert bed.state.asking is None
    assert answers(bed) == []


def test_music_does_not_wait_for_the_question_before_it() -> None:
    bed = asked(ask_before=Question.PAIN)
    bed.press("play")
    assert bed.heard == ["tide"]
    assert bed.view == View(Scene.QUESTION, question=Question.PAIN)


def test_the_knob_begins_at_nothing_and_its_first_detent_is_0_either_way() -> None:
    for detent in (1, -1):
        bed = asked(ask_before=Question.PAIN)
        bed.press("play")
        bed.turn("choose", detent)
        assert bed.view == View(Scene.ANSWER, question=Question.PAIN, score=0)


def test_the_knob_counts_to_10_and_no_further_and_its_push_sends() -> None:
    bed = asked(ask_before=Question.ANXIETY)
    bed.press("play")
    bed.turn("choose", 7)
    assert bed.view.score == 6
    bed.turn("choose", 9)
    assert bed.view.score == 10
    bed.turn("choose", -3)
    bed.wait(4)
    bed.press("choose")
    assert answers(bed) == [
        Answered(
            question=Question.ANXIETY,
            moment=Moment.BEFORE,
            outcome=Outcome.ANSWERED,
            score=7,
            session="b00t-1",
            took_s=4.0,
        )
    ]
    assert bed.view == View(Scene.THANKS)
    bed.wait(3)
    assert bed.view.scene is Scene.PLAYING


def test_20_seconds_without_an_answer_are_not_answered_and_each_detent_gives_20_more() -> None:
    bed = asked(ask_before=Question.PAIN)
    bed.press("play")
    bed.wait(19)
    bed.turn("choose", 4)
    bed.wait(19)
    assert bed.view.scene is Scene.ANSWER
    bed.wait(1)
    assert [(entry.outcome, entry.score) for entry in answers(bed)] == [(Outcome.NOT_ANSWERED, None)]
    assert bed.view.scene is Scene.PLAYING


def test_a_push_without_an_answer_declines_the_question() -> None:
    bed = asked(ask_before=Question.PAIN)
    bed.press("play")
    bed.press("choose")
    assert [entry.outcome for entry in answers(bed)] == [Outcome.DECLINED]
    assert bed.view.scene is Scene.PLAYING, "nobody is thanked for nothing"


def test_play_is_silence_during_a_question_too() -> None:
    bed = asked(ask_before=Question.PAIN)
    bed.press("play")
    bed.turn("choose", 3)
    assert bed.press("play")[0] == Silence(0.15)
    assert bed.state.asking is None
    assert [entry.outcome for entry in answers(bed)] == [Outcome.NOT_ANSWERED]


def test_buttons_and_volume_keep_their_meaning_and_the_question_comes_back_behind_them() -> None:
    bed = asked(ask_before=Question.PAIN)
    bed.press("play")
    bed.turn("volume", 1)
    assert bed.view.scene is Scene.VOLUME
    bed.wait(3)
    assert bed.view.scene is Scene.QUESTION
    bed.press("next")
    assert bed.heard == ["tide", "harbour"]
    bed.wait(4)
    assert bed.view.scene is Scene.QUESTION


def test_who_goes_on_from_where_it_stopped_is_not_asked_again() -> None:
    bed = asked(ask_before=Question.PAIN)
    bed.press("play")
    bed.wait(120)
    bed.press("play")
    bed.wait(60)
    bed.press("play")
    assert bed.state.asking is None
    bed.wait(120)
    bed.press("play")
    bed.wait(31 * 60)
    bed.press("play")
    assert bed.state.asking is not None, "that is a new session"


@pytest.mark.parametrize(
    ("detents", "change"), [([1], "same"), ([-1], "same"), ([1, -1], "better"), ([-1, 1], "worse"), ([4], "worse")]
)
def test_the_answer_in_three_begins_in_the_middle(detents: list[int], change: str) -> None:
    bed = asked(ask_after=Question.CHANGE)
    bed.press("play")
    bed.wait(24 * 60)
    assert bed.view == View(Scene.QUESTION, question=Question.CHANGE)
    for detent in detents:
        bed.turn("choose", detent)
    assert bed.view == View(Scene.ANSWER, question=Question.CHANGE, change=Change(change))
    bed.press("choose")
    (answer,) = answers(bed)
    assert (answer.change, answer.score, answer.session, answer.moment) == (change, None, "b00t-1", Moment.AFTER)


def test_after_a_few_minutes_of_music_nothing_can_have_changed() -> None:
    bed = asked(ask_after=Question.CHANGE)
    bed.press("play")
    bed.wait(299)
    bed.press("play")
    assert bed.state.asking is None
    bed.press("play")
    bed.wait(300)
    bed.press("play")
    assert bed.state.asking is not None


def test_what_staff_or_a_fault_ended_is_not_asked_about() -> None:
    from device.rules.events import Commanded, NurseCallChanged
    from messages import Verb

    for event in (Commanded("c", Verb.STOP), Commanded("c", Verb.SILENCE), NurseCallChanged(True)):
        bed = asked(ask_after=Question.CHANGE)
        bed.press("play")
        bed.wait(600)
        bed.happens(event)
        assert bed.state.asking is None


def test_play_while_the_question_after_stands_plays_and_leaves_it_unanswered() -> None:
    bed = asked(ask_before=Question.PAIN, ask_after=Question.PAIN)
    bed.press("play")
    bed.press("choose")  # declined
    bed.wait(24 * 60)
    bed.press("play")
    assert bed.state.playing
    assert [(entry.moment, entry.outcome) for entry in answers(bed)] == [
        (Moment.BEFORE, Outcome.DECLINED),
        (Moment.AFTER, Outcome.NOT_ANSWERED),
    ]


def test_by_night_nothing_is_asked_and_what_stands_goes_when_night_begins() -> None:
    bed = asked(ask_before=Question.PAIN, ask_after=Question.PAIN, ask_sleep=True)
    bed.press("play")
    bed.clock("21:00")
    assert bed.state.asking is None
    bed.wait(24 * 60)
    bed.press("play")
    assert bed.state.asking is None


def test_the_first_press_of_a_morning_is_asked_about_the_night_once() -> None:
    bed = asked(ask_sleep=True, ask_before=Question.PAIN)
    bed.clock("21:00")
    bed.press("sleep")
    bed.clock("6:59", day=1)
    bed.press("play")
    assert bed.state.asking is None
    bed.clock("7:00", day=1)
    bed.turn("volume", 1)
    assert bed.state.asking is None, "a turn is no press"
    bed.press("play")
    assert bed.view == View(Scene.QUESTION, question=Question.SLEEP)
    bed.turn("choose", 8)
    bed.press("choose")
    assert [(entry.question, entry.score) for entry in answers(bed)] == [(Question.SLEEP, 7)]
    bed.wait(3600)
    bed.press("play")
    assert bed.state.asking
    assert bed.state.asking.question is Question.PAIN, "one question a session: the night's was the first one's"


def test_the_answer_belongs_to_the_stay_of_its_question() -> None:
    bed = asked(ask_before=Question.PAIN)
    bed.press("play")
    effects = bed.happens(assigned(2, stay=None))
    stays = {effect.stay for effect in effects if isinstance(effect, Record) and isinstance(effect.data, Answered)}
    assert stays == {"stay-a"}
    assert bed.state.asked.before_at is None


def test_nobody_answers_a_question_that_is_covered_a_push_uncovers_it() -> None:
    bed = asked(ask_before=Question.PAIN)
    bed.press("play")
    bed.turn("volume", 1)
    bed.press("choose")
    assert bed.view.scene is Scene.QUESTION
    assert answers(bed) == []
    bed.press("choose")
    assert [entry.outcome for entry in answers(bed)] == [Outcome.DECLINED]
