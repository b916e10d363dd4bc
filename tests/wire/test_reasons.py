"""Reasons as codes: each has its line, with exactly its arguments, and nothing that is put into one does harm."""

import string
from datetime import UTC, datetime

import msgspec
import pytest

import messages
from messages import LINES, Code, Fault, Part, because
from messages.reasons import LONGEST_LINE, MOST_ARGUMENTS, MOST_LETTERS

HOSTILE = ["\x1b[2J\nred", "{what} {0.__class__}", "%(what)s %s %n", "\x00", "\u202egnp", "x" * 100_000, ""]


def names(code: Code) -> set[str]:
    """The arguments that the line of this code names."""
    return {name for _, name, _, _ in string.Formatter().parse(LINES[code]) if name}


def test_every_code_has_a_line_of_its_own_and_no_other() -> None:
    assert set(LINES) == set(Code)
    assert len(set(LINES.values())) == len(LINES)


@pytest.mark.parametrize("code", Code)
def test_a_line_names_exactly_its_arguments(code: Code) -> None:
    args = {name: f"<{name}>" for name in names(code)}
    reason = because(code, **args)
    assert len(args) <= MOST_ARGUMENTS
    assert all(told in reason.line for told in args.values())
    assert "{" not in reason.line
    for missing in args:
        with pytest.raises(KeyError):
            because(code, **{name: told for name, told in args.items() if name != missing})


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_whatever_an_argument_holds_it_travels_as_one_short_line(code: Code, hostile: str) -> None:
    reason = because(code, **dict.fromkeys(names(code), hostile))
    assert reason.line.isprintable()
    assert len(reason.line) <= LONGEST_LINE
    assert all(told.isprintable() and len(told) <= MOST_LETTERS for told in reason.args.values())
    fault = Fault(part=Part.SOUND, reason=reason.line, code=reason.code, args=dict(reason.args))
    assert msgspec.json.decode(messages.encode(fault), type=Fault) == fault


@pytest.mark.parametrize(
    "args",
    [
        {str(number): "x" for number in range(MOST_ARGUMENTS + 1)},
        {"what": "x" * (MOST_LETTERS + 1)},
        {"what": 1},
        {"": "x"},
        [],
    ],
)
def test_more_or_longer_arguments_than_the_contract_allows_are_refused(args: object) -> None:
    told = msgspec.json.encode({"part": "sound", "reason": "x", "code": "no_sound", "args": args})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(told, type=Fault)


def test_a_reason_without_a_code_is_read_as_an_older_box_sends_it() -> None:
    fault = msgspec.json.decode(b'{"part": "sound", "reason": "gone"}', type=Fault)
    assert (fault.code, fault.args) == (None, {})


WRONG = [{"args": {"what": 7}}, {"args": []}, {"code": 5}, {"code": "x" * 65}, {"args": {"a": "x" * 900}}]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_fault_whose_code_or_arguments_are_wrong_is_still_a_fault_with_its_reason(wrong: dict[str, object]) -> None:
    data = {"part": "sound", "reason": "no sound card"} | wrong
    at = datetime(2026, 3, 14, tzinfo=UTC)
    entry = messages.Entry(at=at, clock_ok=True, boot="b", stay=None, kind="fault", data=data)
    assert messages.entry_data(entry) == messages.Fault(part=messages.Part.SOUND, reason="no sound card")
