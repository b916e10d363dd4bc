"""The ward's messages become the controller's events."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

import messages
from device.link import translate
from device.rules.events import Assigned, BedPlaylist, BedRules, BedTrack, Commanded
from tests.box.recorded import NOON

TRACK = messages.TrackRef(sha256="a" * 64, title="Garden", seconds=180.0)
SLEEP = messages.PlaylistRef(
    slug="night-rain", title="Night rain", label="Sleep", purpose="sleep", arc="descending", tracks=(TRACK,)
)

RULES: dict[str, Any] = {
    "cap_day_dba": 52.0,
    "cap_night_dba": 40.0,
    "comfort_s": 600.0,
    "sleep_s": 1500.0,
    "night_begins": 22 * 60,
    "night_ends": 6 * 60,
    "shared_room": True,
    "vigil": True,
    "ask_sleep": True,
    "reminders": (600, 900),
    "sleep_starts": 1290,
    "language": "fr",
}


def test_an_assignment_keeps_everything_that_the_bed_needs() -> None:
    rules = messages.Rules(**RULES, ask_before="pain", ask_after="change", never_play=("b" * 64,), expires_at=NOON)
    message = messages.Assignment(version=4, stay="stay-1", assigned_at=NOON, playlists=(SLEEP,), rules=rules)
    bed_playlist = BedPlaylist("night-rain", "Night rain", "Sleep", "sleep", (BedTrack("a" * 64, "Garden", 180.0),))
    digest = messages.assignment_digest(message)
    assert translate.assigned(message) == Assigned(
        4,
        digest,
        "stay-1",
        (bed_playlist,),
        BedRules(
            **RULES,
            ask_before=messages.Question.PAIN,
            ask_after=messages.Question.CHANGE,
            never_play=frozenset({"b" * 64}),
            expires_at_s=NOON.timestamp(),
        ),
    )


def test_wire_and_bed_have_the_same_rules_and_this_file_tries_each() -> None:
    """They are two types, so that the wire cannot reach into the bed; a rule in one only would do nothing."""
    on_wire = set(messages.Rules.__struct_fields__)
    at_bed = {field.name for field in fields(BedRules)}
    assert {"expires_at" if name == "expires_at_s" else name for name in at_bed} == on_wire
    assert RULES.keys() | {"ask_before", "ask_after", "never_play", "expires_at"} == on_wire
    usual = messages.Rules()
    assert [name for name, value in RULES.items() if value == getattr(usual, name)] == []


def test_rules_that_the_ward_leaves_out_are_the_same_on_both_sides() -> None:
    assert (
        translate.assigned(messages.Assignment(version=4, stay="s", assigned_at=NOON, playlists=())).rules == BedRules()
    )


def test_the_end_of_a_stay_is_an_assignment_without_stay_and_playlists() -> None:
    event = translate.assigned(messages.Assignment(version=5, stay=None, assigned_at=NOON, playlists=()))
    assert (event.version, event.stay, event.playlists) == (5, None, ())


@pytest.mark.parametrize(("age_s", "late_s"), [(0, 0.0), (30, 0.0), (31, 1.0), (3600, 3570.0), (-500, 0.0)])
def test_a_command_is_late_by_what_has_passed_since_its_time_ran_out(age_s: float, late_s: float) -> None:
    command = messages.Command(id="c", verb=messages.Verb.STOP, issued_at=NOON - timedelta(seconds=age_s))
    assert translate.commanded(command, NOON, clock_ok=True) == Commanded("c", messages.Verb.STOP, late_s)


def test_a_box_whose_clock_is_wrong_takes_every_command() -> None:
    command = messages.Command(id="c", verb=messages.Verb.STOP, issued_at=NOON - timedelta(days=20_000))
    assert translate.commanded(command, NOON, clock_ok=False).late_s == 0.0
