"""The rules of a bed: as a form, in words, and as they travel with an assignment."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from messages import Rules
from tests.ward.saying import NOW
from ward.assignments.assigning import add, assign, wire
from ward.assignments.defaults import DAYS
from ward.assignments.models import Assignment
from ward.audit.models import AuditRow
from ward.audit.verbs import AuditVerb
from ward.bed.assigned_words import changed_line
from ward.bed.rules_form import RulesForm, bounds, days_of
from ward.bed.rules_words import _GROUPS, ASIDE, RULES, changes, same, summary
from ward.beds.models import Bed, Ward
from ward.music.models import Playlist

TRACK = "c3" * 32
USUAL = {"comfort": "24", "sleep": "45", "cap_day": "60", "cap_night": "45", "days": "14"}


def form(held: Rules = Rules(), tracks: tuple[str, ...] = (TRACK,), **said: Any) -> RulesForm:  # noqa: B008 - frozen
    """What a browser sends: a field, or a list of values."""
    sent = QueryDict(mutable=True)
    for name, value in (USUAL | said).items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return RulesForm(held, 14, tracks, sent)


def said(**fields: Any) -> Rules:
    made = form(**fields)
    assert made.is_valid(), made.errors
    return made.rules(NOW)


def test_a_form_that_nobody_touched_says_what_is_usual() -> None:
    assert said() == Rules(expires_at=NOW + timedelta(days=DAYS))


def test_every_rule_that_staff_may_set_travels() -> None:
    assert said(
        comfort="10",
        sleep="60",
        cap_day="55",
        cap_night="40",
        shared_room="on",
        ask_before="pain",
        ask_after="change",
        ask_sleep="on",
        reminder_1="15:00",
        reminder_3="09:30",
        sleep_starts="21:45",
        language="fr",
        days="90",
        never=[TRACK],
    ) == Rules(
        comfort_s=600.0,
        sleep_s=3600.0,
        cap_day_dba=55.0,
        cap_night_dba=40.0,
        shared_room=True,
        ask_before="pain",
        ask_after="change",
        ask_sleep=True,
        reminders=(570, 900),
        sleep_starts=1305,
        language="fr",
        never_play=(TRACK,),
        expires_at=NOW + timedelta(days=90),
    )


@pytest.mark.parametrize(
    ("field", "wire_field", "per"),
    [
        ("comfort", "comfort_s", 60),
        ("sleep", "sleep_s", 60),
        ("cap_day", "cap_day_dba", 1),
        ("cap_night", "cap_night_dba", 1),
    ],
)
def test_a_number_is_held_to_the_bounds_of_the_wire_and_one_line_says_them(
    field: str, wire_field: str, per: int
) -> None:
    least, most = (round(bound / per) for bound in bounds(wire_field))
    assert form(**{field: str(least)}).is_valid()
    assert form(**{field: str(most)}).is_valid()
    for wrong in (str(least - 1), str(most + 1), "", "loud"):
        refused = form(**{field: wrong})
        assert refused.errors[field] == [f"Enter a whole number from {least} to {most}."]
        assert refused[field].value() == wrong  # what was typed is kept


@pytest.mark.parametrize("days", ["0", "91"])
def test_an_end_lies_between_one_and_ninety_days(days: str) -> None:
    assert form(days=days).errors["days"] == ["Enter a whole number from 1 to 90."]


def test_a_time_that_is_none_is_refused_in_words() -> None:
    assert form(sleep_starts="25:00").errors["sleep_starts"] == ["Enter a time, such as 21:30, or leave this empty."]


def test_a_vigil_begins_only_when_it_is_said_twice() -> None:
    assert "vigil" in form(vigil="on").errors
    assert said(vigil="on", vigil_sure="on").vigil
    going = form(Rules(vigil=True), vigil="on")
    assert going.is_valid()
    assert going.rules(NOW).vigil
    assert not form(Rules(vigil=True)).errors


def test_a_track_that_the_ward_no_longer_holds_stays_held_back() -> None:
    lost = "d4" * 32
    kept = form(Rules(never_play=(lost, TRACK)))
    assert kept.is_valid()
    assert kept.rules(NOW).never_play == (lost,)  # the one that is shown was unticked


def test_a_track_that_is_not_on_the_list_is_refused() -> None:
    assert "never" in form(never=["e5" * 32]).errors


def test_the_form_begins_with_what_the_bed_has() -> None:
    held = Rules(comfort_s=1800.0, reminders=(600, 900), sleep_starts=1290, never_play=(TRACK,), language="es")
    shown = RulesForm(held, 30, (TRACK,))
    values = {
        name: shown[name].value() for name in ("comfort", "reminder_1", "reminder_2", "reminder_3", "sleep_starts")
    }
    assert values == {
        "comfort": 30,
        "reminder_1": "10:00",
        "reminder_2": "15:00",
        "reminder_3": None,
        "sleep_starts": "21:30",
    }
    assert (shown["days"].value(), shown["language"].value(), shown.ticked) == (30, "es", [TRACK])


def test_what_is_usual_is_said_in_one_sentence() -> None:
    words = "Maximum volume 60 dB (night 45 dB). Stops after 24 min (sleep: 45 min). No questions. No reminders."
    assert summary(Rules(), Rules()) == ("Default settings.", words)


def test_what_differs_is_said_in_words() -> None:
    rules = Rules(
        ask_before="anxiety",
        ask_after="change",
        ask_sleep=True,
        reminders=(600, 900),
        sleep_starts=1290,
        shared_room=True,
        language="de",
    )
    assert summary(rules, Rules()) == (
        "",
        (
            "Maximum volume 60 dB (night 45 dB). Stops after 24 min (sleep: 45 min). Asks about: anxiety before music; "
            "better, same or worse after music; sleep in the morning. Reminders at 10:00 and 15:00. "
            "Sleep music starts automatically at 21:30. "
            "Shared room: lower volume limit. Screen: German."
        ),
    )


def test_a_vigil_is_said_first() -> None:
    assert summary(Rules(vigil=True), Rules())[1].startswith("Continuous music until staff or family stop it.")


def test_a_vigil_asks_and_reminds_of_nothing_whatever_is_set_and_says_so() -> None:
    said = summary(Rules(vigil=True, ask_before="pain", reminders=(600,)), Rules())[1]
    assert "No questions. No reminders." in said
    assert "10:00" not in said


def test_the_night_and_the_end_are_no_difference() -> None:
    assert same(Rules(), Rules(night_begins=1200, night_ends=300, expires_at=NOW))
    assert not same(Rules(), Rules(ask_sleep=True))


def test_each_rule_that_changed_is_told_once_as_it_is_now() -> None:
    assert changes(Rules(), Rules()) == []
    assert changes(Rules(cap_day_dba=50.0, ask_sleep=True, never_play=(TRACK,)), Rules(shared_room=True)) == [
        "Maximum volume 60 dB (night 45 dB).",
        "No questions.",
        "Shared room: lower volume limit.",
        "No tracks excluded.",
    ]


def test_rules_that_are_given_hold_and_keep_their_own_end(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    ends = NOW + timedelta(days=3)
    assigned = assign(bed, playlists, nurse, NOW, rules=Rules(cap_day_dba=50.0, expires_at=ends))
    assert wire(assigned).rules == Rules(cap_day_dba=50.0, expires_at=ends)
    assert wire(assign(bed, playlists, nurse, NOW)).rules == Rules(
        cap_day_dba=50.0, expires_at=NOW + timedelta(days=DAYS)
    )


def test_the_night_is_the_ward_s_in_minutes(ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    Ward.objects.update(night_from="20:30", night_until="06:15")
    rules = wire(assign(bed, playlists, nurse, NOW, rules=Rules(night_begins=60, night_ends=120))).rules
    assert (rules.night_begins, rules.night_ends) == (1230, 375)


def test_one_playlist_more_leaves_all_else_as_it_is(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    ends = NOW + timedelta(days=3)
    assign(bed, playlists[:1], nurse, NOW, rules=Rules(cap_day_dba=50.0, expires_at=ends))
    added = wire(add(bed, playlists[2], nurse, NOW, AuditVerb.ASSIGNED_EVENING))
    assert [held.slug for held in added.playlists] == ["calm", "sleep"]
    assert added.rules == Rules(cap_day_dba=50.0, expires_at=ends)
    assert AuditRow.objects.latest("number").verb == "assigned_evening"


def test_what_changed_is_one_line(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    first = assign(bed, playlists[:2], nurse, NOW)
    assert changed_line(first, None) == ""
    second = assign(bed, playlists[1:], nurse, NOW, rules=Rules(cap_day_dba=50.0))
    assert changed_line(second, first) == "New: Sleep. Removed: Calm. Maximum volume 50 dB (night 45 dB)."


def test_the_days_are_those_for_which_it_was_given_and_what_was_only_added_to_does_not_wear_them_down(
    bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    assign(bed, playlists[:1], nurse, NOW, rules=Rules(expires_at=NOW + timedelta(days=30)))
    added = add(bed, playlists[2], nurse, NOW + timedelta(days=9), AuditVerb.ASSIGNED_EVENING)
    of_stay = Assignment.objects.order_by("version")
    assert days_of(of_stay, wire(added).rules, 14) == 30
    assert days_of(of_stay, Rules(), 14) == days_of([], wire(added).rules, 14) == 14


def test_every_rule_of_the_contract_has_its_name_and_those_that_staff_choose_their_words() -> None:
    rules = set(Rules.__struct_fields__)
    assert set(RULES) == rules
    in_words = {field for fields, _words in _GROUPS for field in fields}
    assert in_words == rules - set(ASIDE)
