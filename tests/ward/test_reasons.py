"""What a box gives as its reason, in the reader's language: by code and arguments, else its own line."""

import string
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from django.utils.translation import override

from messages import LINES, AssignmentRefused, Code, Fault, Part, Reply, Verb, because
from tests.ward.saying import entry, log
from ward.assignments.assigning import assign
from ward.assignments.progress import progress
from ward.beds.models import Bed
from ward.fleet.commands import answered, ask
from ward.fleet.models import Device
from ward.fleet.reasons import NOT_TOLD, WORDS, reason_of, said, words
from ward.music.models import Playlist
from ward.usage.ingest import ingest_log


class Named(dict[str, str]):
    """Notes which arguments a text asks for."""

    def __getitem__(self, name: str) -> str:
        self[name] = name
        return name


def arguments_of_the_box(code: Code) -> dict[str, str]:
    return {name: f"<{name}>" for _, name, _, _ in string.Formatter().parse(LINES[code]) if name}


def kept(code: Code, **args: object) -> dict[str, Any]:
    reason = because(code, **args)
    return reason_of(Fault(part=Part.SOUND, reason=reason.line, code=reason.code, args=dict(reason.args)))


def test_the_ward_has_words_for_every_code_of_the_box_and_one_of_its_own() -> None:
    assert set(WORDS) == {*Code, NOT_TOLD}


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_no_two_codes_are_told_in_the_same_words(language: str) -> None:
    with override(language):
        told = Counter(str(text.what) for text in WORDS.values())
    assert all(told)
    assert [what for what, times in told.items() if times > 1] == []


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_the_words_ask_for_no_argument_that_the_box_does_not_send(code: Code, language: str) -> None:
    with override(language):
        asked = Named()
        _ = str(WORDS[code].what) % asked, str(WORDS[code].look) % asked
        assert set(asked) <= set(arguments_of_the_box(code))
        assert said(kept(code, **arguments_of_the_box(code))).is_known


def test_a_known_code_is_worded_with_its_arguments() -> None:
    assert words(kept(Code.BUTTON_HELD, button="PLAY")) == "PLAY held down. Is something lying on it?"
    assert words(kept(Code.TOO_LATE, seconds=12)) == "too late by 12 s"


@pytest.mark.parametrize(
    "told",
    [
        {"code": "of_a_newer_box", "args": {"button": "PLAY"}},
        {"code": "button_held", "args": {}},
        {"code": "button_held", "args": {"what": "PLAY"}},
        {"code": "button_held", "args": None},
        {"code": "button_held", "args": {"button": 7}},
        {"code": None},
        {"code": ["button_held"], "args": {}},
        {},
    ],
)
def test_what_is_not_known_or_not_whole_is_shown_in_the_box_s_own_line(told: dict[str, Any]) -> None:
    assert words(told | {"reason": "PLAY: look at it"}) == "PLAY: look at it"


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J\nred", "%(button)s %s %n", "{button}", "\x00", "\u202egnp", "x" * 100_000]
)
def test_no_argument_and_no_line_does_harm(hostile: str) -> None:
    for told in ({"code": "button_held", "args": {"button": hostile}}, {"code": "of_a_newer_box", "args": {}}):
        shown = words(told | {"reason": hostile})
        assert shown.isprintable()
        assert len(shown) <= 250


def test_a_fault_is_kept_with_its_code(device: Device, now: datetime) -> None:
    reason = because(Code.BUTTON_HELD, button="PLAY")
    fault = Fault(part=Part.CONTROLS, reason=reason.line, code=reason.code, args=dict(reason.args))
    ingest_log(device, log(1, entry(fault)), now)
    device.refresh_from_db()
    assert words(device.faults["controls"]) == "PLAY held down. Is something lying on it?"


def test_a_refused_assignment_says_why_in_the_ward_s_words(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    given = assign(bed, playlists, None, now)
    reason = because(Code.NIGHT_EMPTY)
    no = AssignmentRefused(version=given.version, have=0, reason=reason.line, code=reason.code)
    ingest_log(device, log(1, entry(no)), now)
    way = progress(bed, now)
    assert way is not None
    assert way.stalled_because is not None
    assert way.stalled_because.endswith("at the same minute. Change the ward's night hours.")


def test_a_refusal_without_a_word_is_told_as_such(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    given = assign(bed, playlists, None, now)
    ingest_log(device, log(1, entry(AssignmentRefused(version=given.version, have=0, reason=""))), now)
    given.refresh_from_db()
    assert words(given.kept_reason) == "no reason given"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (Code.ASSIGNMENT_OLDER, "older than the one on this box"),
        ("of_a_newer_box", "no reason given"),
    ],
)
def test_a_refusal_with_a_code_alone_is_told_as_refused(
    code: str, told: str, bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    given = assign(bed, playlists, None, now)
    ingest_log(device, log(1, entry(AssignmentRefused(version=given.version, have=0, reason="", code=code))), now)
    given.refresh_from_db()
    assert words(given.kept_reason) == told


def test_a_refused_command_keeps_its_code(device: Device, now: datetime) -> None:
    asked = ask(device, Verb.STOP, None, now)
    reason = because(Code.TOO_LATE, seconds=12)
    answered(device, Reply(id=asked.pk, done=False, reason=reason.line, code=reason.code, args=dict(reason.args)), now)
    asked.refresh_from_db()
    assert (asked.reason, words(asked.kept_reason)) == ("too late by 12 s", "too late by 12 s")
    assert asked.coded == {"code": "too_late", "args": {"seconds": "12"}}
