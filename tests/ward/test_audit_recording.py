"""What is recorded, from which action, with what before and after, and what never is."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from messages import Verb
from tests.ward.people import person
from tests.ward.saying import NOW
from ward.assignments.assigning import assign, discharge, put_back
from ward.audit.chain import Whole, verify
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Ward
from ward.fleet.commands import ask
from ward.fleet.models import Device
from ward.music.models import Playlist

pytestmark = pytest.mark.django_db
PASSWORD = "lamps on the quay"  # noqa: S105 - an account of this test's own database


def test_what_is_given_put_back_and_ended_is_recorded_with_before_and_after(
    bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    assign(bed, playlists[:2], nurse, NOW + timedelta(days=1))
    put_back(bed, nurse, NOW)
    discharge(bed, nurse, NOW)
    rows = [(row.verb, json.loads(row.before), json.loads(row.after)) for row in AuditRow.objects.order_by("number")]
    ends = {"expires_at": "2026-12-07T14:02:00Z"}, {"expires_at": "2026-12-08T14:02:00Z"}
    assert [verb for verb, _, _ in rows] == ["assigned", "assigned", "restored", "discharged"]
    assert rows[0][1:] == (
        {"version": 0, "playlists": [], "rules": {"expires_at": None}},
        {"version": 1, "playlists": ["calm"], "rules": ends[0]},
    )
    assert rows[1][1:] == (
        {"version": 1, "playlists": ["calm"], "rules": ends[0]},
        {"version": 2, "playlists": ["calm", "garden"], "rules": ends[1]},
    )
    assert rows[2][2]["playlists"] == rows[3][1]["playlists"] == ["calm"]
    assert rows[3][2]["playlists"] == []
    assert str(bed.stay) not in "".join(row.before + row.after for row in AuditRow.objects.all())


def test_a_second_tap_on_put_back_is_no_second_action(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assigned = assign(bed, playlists, nurse, NOW)
    for _ in range(2):
        put_back(bed, nurse, NOW, version=assigned.version)
    assert AuditRow.objects.filter(verb="restored").count() == 1


@pytest.mark.parametrize(
    ("asked", "verb"),
    [
        (Verb.STOP, "stopped"),
        (Verb.SILENCE, "silenced"),
        (Verb.LOCATE, "located"),
        *((verb, "") for verb in Verb if verb is not Verb.WATCH),  # to look is no action
    ],
)
def test_what_is_asked_of_a_box_is_recorded_and_a_refusal_with_its_reason(
    device: Device, nurse: User, asked: Verb, verb: str
) -> None:
    Device.objects.update(capabilities=[str(one) for one in Verb])
    ask(device, asked, nurse, NOW)
    Device.objects.update(online=False)
    ask(device, asked, nurse, NOW)
    first, second = AuditRow.objects.order_by("number")
    assert first.verb == (verb or first.verb)
    assert (first.bed_label, first.initials, first.after) == ("1 A", "KM", '{"box":"0401"}')
    assert json.loads(second.after)["refused"].endswith(("box is offline. Use its buttons", "box is offline."))


def test_log_ins_are_recorded_and_a_failed_one_without_what_was_typed(ward: Ward) -> None:
    account = person(ward, Role.NURSE, "km", PASSWORD)
    browser = Client()
    for name, word in (("km", "not the password"), ("lamps on the lawn", "km"), ("km", PASSWORD)):
        browser.post(reverse("login"), {"username": name, "password": word, "login": name})
    browser.post(reverse("logout"))
    rows = list(AuditRow.objects.order_by("number").values_list("verb", "account", "before", "after"))
    known, unknown = (account.pk, "", ""), (None, "", "")
    assert [row for row in rows if row[0].startswith("sign")] == [
        ("sign_in_failed", *known),
        ("sign_in_failed", *unknown),
        ("signed_in", *known),
        ("signed_out", *known),
    ]
    assert isinstance(verify(), Whole)
