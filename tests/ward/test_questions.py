"""The ward's one table of questions against the contract with the boxes."""

import typing

from messages import Moment, Question, Rules
from ward.bed.rules_form import RulesForm
from ward.usage import questions


def on_the_wire(field: str) -> set[str]:
    """What a rule of this name may ask for."""
    literal, _none = typing.get_args(typing.get_type_hints(Rules)[field])
    return set(typing.get_args(literal))


def test_every_question_of_the_contract_has_its_words() -> None:
    assert list(questions.QUESTIONS) == list(Question)
    assert all(questions.label(one) and questions.phrase(one) for one in Question)


def test_staff_may_have_asked_what_the_contract_lets_a_rule_ask() -> None:
    for field, moment in (("ask_before", Moment.BEFORE), ("ask_after", Moment.AFTER)):
        assert set(questions.at(moment)) == on_the_wire(field)
        offered = [value for value, _word in RulesForm.base_fields[field].choices]
        assert offered == ["", *questions.at(moment)]


def test_what_is_asked_before_and_after_is_compared() -> None:
    assert set(questions.PAIRED) == on_the_wire("ask_before") & on_the_wire("ask_after")
