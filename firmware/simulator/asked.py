"""Reads and checks a query to the panel; an error line says what is allowed. Knows no box."""

from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from firmware import PanelError
from firmware.inputs.lines import Button, Knob

STEPS_AT_MOST = 48  # two turns of a knob in one request
PARTS = ("power", "screen", "sound", "network")
REAL = "real"
_FLAGS = {"true": True, "false": False}
_CLOCK = "to=real, to=2026-10-25T02:55 (the box's local time) or known=true or false"
Query = dict[str, str]
Word = TypeVar("Word", Button, Knob)


class RefusedError(PanelError):
    """The request is refused; the message is one line for the sender."""

    def __init__(self, status: HTTPStatus, line: str) -> None:
        super().__init__(line)
        self.status = status


def one_of(words: type[Word], key: str, query: Query) -> Word:
    """A button or a knob. Raises RefusedError, as all here do."""
    asked = query.get(key, "")
    try:
        return words(asked)
    except ValueError as error:
        raise _unknown(key, asked, tuple(words)) from error


def steps(query: Query) -> int:
    """Detents, clockwise if positive."""
    try:
        asked = int(query.get("steps", ""))
    except ValueError:
        asked = 0
    if not 0 < abs(asked) <= STEPS_AT_MOST:
        allowed = f"a whole number from -{STEPS_AT_MOST} to {STEPS_AT_MOST}, not 0"
        raise _wrong(f"steps is {allowed}; clockwise is positive")
    return asked


def part(query: Query) -> str:
    """What can be disconnected, one of PARTS."""
    asked = query.get("part", "")
    if asked not in PARTS:
        raise _unknown("part", asked, PARTS)
    return asked


def flag(key: str, query: Query) -> bool:
    """True or false."""
    asked = query.get(key, "")
    if asked not in _FLAGS:
        raise _unknown(key, asked, tuple(_FLAGS))
    return _FLAGS[asked]


def clock(query: Query) -> datetime | bool | None:
    """A naive local time to continue from, None for the actual time, or whether the clock is set."""
    if ("to" in query) == ("known" in query):
        raise _wrong(f"use one of {_CLOCK}")
    if "known" in query:
        return flag("known", query)
    return None if query["to"] == REAL else _local(query["to"])


def _local(asked: str) -> datetime:
    try:
        local = datetime.fromisoformat(asked)
    except ValueError as error:
        raise _wrong(f"to={asked} is not a time: use one of {_CLOCK}") from error
    if local.tzinfo is not None or not 2020 <= local.year < 2100:
        raise _wrong(f"to={asked} is not from 2020 to 2099 or has a time zone: use one of {_CLOCK}")
    return local


def _unknown(key: str, asked: str, allowed: tuple[str, ...]) -> RefusedError:
    wrong = f"{key}={asked} is unknown" if asked else f"{key} is missing"
    return _wrong(f"{wrong}: {key} is one of {', '.join(allowed)}")


def _wrong(line: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, line)
