"""The audit's page: who sees which rows, what a search finds, and that nothing of another ward is ever among them."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messages import Verb
from tests.ward.audit_rows import change
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from tests.ward.test_audit_chain import grow
from ward.assignments.assigning import assign
from ward.audit.chain import Whole, verify
from ward.audit.models import AuditHead, AuditRow
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Access, Bed, Role, Room, Ward
from ward.fleet.commands import ask
from ward.fleet.models import Device
from ward.music.models import Playlist

pytestmark = pytest.mark.django_db
OTHERS = ("Hospice", "90 Z", "secret-set", "ZZTOP", "ZQ")  # whatever of another ward could leak


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def administrator(ward: Ward) -> User:
    return person(ward, Role.ADMINISTRATOR, "ad")


@pytest.fixture
def elsewhere(db: None) -> Ward:
    """Another ward with a bed, people, and rows of every kind; ZQ is a nurse of that ward alone."""
    other = Ward.objects.create(name="Hospice", slug="hospice")
    bed = Bed.objects.create(room=Room.objects.create(ward=other, number="90", position=1), letter="Z")
    stranger = person(other, Role.NURSE, "zq")
    box = Device.objects.create(id="6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0499", number="ZZTOP", bed=bed)
    record(AuditVerb.ASSIGNED, by=stranger, bed=bed, after={"playlists": ["secret-set"]}, now=NOW)
    record(AuditVerb.ROLE_ADDED, by=stranger, ward=other, after={"role": "secret-set"}, now=NOW)
    ask(box, Verb.STOP, stranger, NOW)
    record(AuditVerb.SIGNED_IN, by=stranger, now=NOW)
    record(AuditVerb.SIGN_IN_FAILED, by=None, after={"nobody": "ZZTOP"}, now=NOW)
    return other


def shown(browser: Client, slug: str = "4-north", status: int = 200, **search: Any) -> str:
    answer = browser.get(reverse("audit", args=[slug]), search)
    assert answer.status_code == status
    tokens = r'(name="csrfmiddlewaretoken" value=")[^"]+'  # chance letters may spell anything
    return re.sub(tokens, r"\1", answer.content.decode())


def sentences(said: str) -> list[str]:
    found = re.findall(r"</time><span>(.*?)</span>", said)
    return [re.sub("<[^>]+>", "", one) for one in found]


def as_csv(browser: Client, slug: str = "4-north", **search: Any) -> list[list[str]]:
    answer = browser.post(reverse("audit_csv", args=[slug]), search)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="audit-{slug}-2026-11-23.csv"'
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_row_is_a_sentence_with_before_and_after_folded(
    bed: Bed, playlists: list[Playlist], nurse: User, administrator: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    assign(bed, playlists[:2], nurse, NOW + timedelta(minutes=1))
    said = shown(logged_in(administrator))
    assert sentences(said)[:3] == ["AD signed in.", "KM assigned playlists to 1 A.", "KM assigned playlists to 1 A."]
    newest = said[said.index("<details><summary><time") :]
    words = " ".join(re.sub("<[^>]+>", " ", newest[: newest.index("</details>")]).split())
    assert "Playlists Calm Calm, Garden" in words
    assert "<b>Garden</b>" in newest
    assert "Expires 7 December 2026, 14:02 7 December 2026, 14:03" in words
    assert "<details open" not in said


def test_the_newest_stand_first_by_days_fifty_on_a_page(ward: Ward, administrator: User) -> None:
    for number in range(120):
        after = {"letters": number}
        record(AuditVerb.WROTE_NOTE, by=None, ward=ward, after=after, now=NOW - timedelta(hours=120 - number))
    browser = logged_in(administrator)
    pages = [shown(browser)]
    while (found := re.search(r'href="(\?[^"]*older=\d+)"', pages[-1])) is not None:
        pages.append(browser.get(reverse("audit", args=["4-north"]) + found[1]).content.decode())
    numbers = [[int(one) for one in re.findall(r"Record (\d+)</p>", page)] for page in pages]
    assert [len(one) for one in numbers] == [49, 50, 21]  # a log-in has nothing to unfold
    assert [*chain(*numbers)] == list(range(120, 0, -1))
    back = re.search(r'href="(\?[^"]*newer=\d+)"', pages[2])
    assert back is not None
    assert "Record 71</p>" in browser.get(reverse("audit", args=["4-north"]) + back[1]).content.decode()
    assert "Monday <span>23 November 2026" in pages[0] or "Monday <span>23 Nov 2026" in pages[0]


def test_a_search_finds_by_bed_who_what_and_days(
    bed: Bed, other_bed: Bed, nurse: User, ward: Ward, administrator: User
) -> None:
    therapist = person(ward, Role.THERAPIST, "rt")
    record(AuditVerb.ASSIGNED, by=nurse, bed=bed, now=NOW - timedelta(days=2))
    record(AuditVerb.ASSIGNED, by=therapist, bed=other_bed, now=NOW)
    record(AuditVerb.STOPPED, by=therapist, bed=bed, now=NOW - timedelta(hours=14, minutes=2))  # midnight
    assigned, assigned_other = "KM assigned playlists to 1 A.", "RT assigned playlists to 2."
    stopped = "RT asked the box at 1 A to stop."
    browser = logged_in(administrator)

    def found(**search: Any) -> list[str]:
        return [one for one in sentences(shown(browser, **search)) if "signed in" not in one]

    assert found() == [stopped, assigned_other, assigned]
    assert found(where=bed.pk) == [stopped, assigned]
    assert found(who="rt") == [stopped, assigned_other]
    assert found(verb="assigned") == [assigned_other, assigned]
    assert found(first="2026-11-23") == [stopped, assigned_other]
    assert found(last="2026-11-22") == [assigned]
    assert found(first="2026-11-21", last="2026-11-21", who="KM", where=bed.pk, verb="assigned") == [assigned]
    assert found(who="nobody") == []
    assert "No records found" in shown(browser, who="nobody")


@pytest.mark.parametrize(
    "search",
    [
        {"where": "x"},
        {"where": "999999"},
        {"verb": "danced"},
        {"first": "yesterday"},
        {"first": "0001-01-01"},
        {"last": "9999-12-31"},
        {"older": "-1"},
        {"newer": "9" * 30},
        {"first": "2026-11-23", "last": "2026-11-01"},
        {"who": "x" * 151},
    ],
)
def test_a_search_that_makes_no_sense_says_so_and_shows_no_row(
    administrator: User, bed: Bed, nurse: User, search: dict[str, str]
) -> None:
    record(AuditVerb.ASSIGNED, by=nurse, bed=bed, now=NOW)
    browser = logged_in(administrator)
    said = shown(browser, status=422, **search)
    assert sentences(said) == []
    assert 'role="alert"' in said
    assert browser.post(reverse("audit_csv", args=["4-north"]), search).status_code == 422


def test_a_bed_of_another_ward_cannot_be_searched_for(administrator: User, elsewhere: Ward) -> None:
    theirs = Bed.objects.get(room__ward=elsewhere)
    said = shown(logged_in(administrator), status=422, where=theirs.pk)
    assert not [word for word in OTHERS if word in said]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_whoever_may_see_a_ward_sees_nothing_of_another(
    ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User, elsewhere: Ward, role: Role
) -> None:
    assign(bed, playlists, nurse, NOW)
    browser = logged_in(person(ward, role, "me"))
    searches: list[dict[str, Any]] = [{}, {"who": "zq"}, {"verb": "stopped"}, {"verb": "signed_in"}, {"older": 99}]
    for search in searches:
        said = shown(browser, **search) + str(as_csv(browser, **search))
        assert not [word for word in OTHERS if word in said], search
    assert "KM assigned playlists to 1 A." in sentences(shown(browser))


@pytest.mark.parametrize("role", [Role.NURSE, Role.THERAPIST, Role.FACILITIES])
def test_a_role_that_is_no_administrator_and_no_auditor_gets_neither_page_nor_file(
    ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User, role: Role
) -> None:
    assign(bed, playlists, nurse, NOW)
    browser = logged_in(person(ward, role, "me"))
    rows = AuditRow.objects.count()
    assert browser.get(reverse("audit", args=["4-north"])).status_code == 403
    assert browser.post(reverse("audit_csv", args=["4-north"])).status_code == 403
    assert AuditRow.objects.count() == rows
    assert "Activity log</a>" not in browser.get("/", follow=True).content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_a_stranger_of_another_ward_gets_404_whatever_the_role_there(
    ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User, elsewhere: Ward, role: Role
) -> None:
    assign(bed, playlists, nurse, NOW)
    browser = logged_in(person(elsewhere, role, "me"))
    for answer in (
        browser.get(reverse("audit", args=["4-north"]), {"where": bed.pk}),
        browser.post(reverse("audit_csv", args=["4-north"])),
    ):
        assert answer.status_code == 404
        assert not [word for word in ("4 North", "KM", "calm") if word in answer.content.decode()]


def test_sign_ins_are_seen_by_administrators_of_a_ward_where_the_account_has_a_role(
    ward: Ward, nurse: User, elsewhere: Ward
) -> None:
    for one in (nurse, User.objects.create_user("lonely")):
        record(AuditVerb.SIGNED_IN, by=one, now=NOW)
    here, there = person(ward, Role.ADMINISTRATOR, "ad"), person(elsewhere, Role.ADMINISTRATOR, "eva")
    auditor = person(ward, Role.AUDITOR, "rev")
    assert {"KM signed in.", "AD signed in."} == {one for one in sentences(shown(logged_in(here))) if "signed" in one}
    of_theirs = sentences(shown(logged_in(there), "hospice"))
    assert "ZQ signed in." in of_theirs
    assert "KM signed in." not in of_theirs
    assert [one for one in sentences(shown(logged_in(auditor))) if "signed" in one] == []
    Access.objects.create(user=nurse, ward=elsewhere, role=Role.NURSE)
    assert "KM signed in." in sentences(shown(logged_in(there), "hospice"))


def test_a_file_holds_what_the_search_finds_and_is_recorded_itself(
    bed: Bed, other_bed: Bed, nurse: User, administrator: User
) -> None:
    record(AuditVerb.ASSIGNED, by=nurse, bed=bed, after={"playlists": ["calm"]}, now=NOW)
    record(AuditVerb.ASSIGNED, by=nurse, bed=other_bed, now=NOW)
    lines = as_csv(logged_in(administrator), where=bed.pk, first="2026-11-01")
    assert [line[7:11] for line in lines[1:-1]] == [["1 A", "assigned", "", '{"playlists":["calm"]}']]
    assert "Not a medical device" in lines[-1][0]
    newest = AuditRow.objects.latest("number")
    assert (newest.verb, newest.account, newest.ward) == ("exported", administrator.pk, bed.room.ward.pk)
    assert json.loads(newest.after) == {"what": "audit", "rows": 1, "bed": "1 A", "first": "2026-11-01"}


def test_a_file_that_is_too_long_says_what_is_not_in_it(
    bed: Bed, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        record(AuditVerb.ASSIGNED, by=None, bed=bed, now=NOW)
    monkeypatch.setattr("ward.activity.views.MOST", 3)
    lines = as_csv(logged_in(administrator), verb="assigned")
    assert len(lines) == 6
    assert lines[-1] == ["More than 3 records. Choose fewer days, or use nightingale-ward audit export."]


def test_a_file_cannot_be_taken_by_a_link_or_from_another_site(administrator: User) -> None:
    address = reverse("audit_csv", args=["4-north"])
    assert logged_in(administrator).get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(administrator)
    assert strict.post(address).status_code == 403


def test_the_page_says_the_heads_short_hash_and_that_hash_verifies(bed: Bed, administrator: User) -> None:
    record(AuditVerb.ASSIGNED, by=None, bed=bed, now=NOW)
    said = shown(logged_in(administrator))
    found = re.search(r"audit verify <span>--head ([0-9a-f]{12})<", said)
    assert found is not None
    assert AuditHead.objects.get().hash.startswith(found[1])
    assert isinstance(verify(found[1]), Whole)


def test_names_that_hold_markup_stay_letters(ward: Ward, bed: Bed, administrator: User) -> None:
    mallory = User.objects.create_user("<script>alert(1)</script>%(who)s")
    Room.objects.filter(pk=bed.room.pk).update(number="<i>%(x)s")
    record(AuditVerb.ASSIGNED, by=mallory, bed=Bed.objects.get(), before=["<b>"], after={"<u>": "<img>"}, now=NOW)
    said = shown(logged_in(administrator))
    assert not [word for word in ("<script>alert", "<i>%", "<u>", "<img>") if word in said]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;%(who)s</b> assigned playlists to" in said


def test_a_verb_of_a_later_version_and_a_row_without_a_person_are_still_shown(ward: Ward, administrator: User) -> None:
    grow(1)
    AuditRow.objects.create(number=2, at=NOW, ward=ward.pk, verb="<s>ang", bed_label="1 A", hash="x")
    record_of_nobody = AuditRow(number=3, at=NOW, ward=ward.pk, verb="exported", hash="x")
    record_of_nobody.save()
    AuditHead.objects.update(number=3)
    said = sentences(shown(logged_in(administrator)))
    assert "System: “&lt;s&gt;ang”, 1 A." in said
    assert "System exported data from the ward." in said


def test_a_row_that_somebody_tampered_with_is_shown_as_it_stands(bed: Bed, administrator: User) -> None:
    record(AuditVerb.ASSIGNED, by=None, bed=bed, after={"playlists": ["calm"]}, now=NOW)
    change(1, after="{no json", initials="ZZ")
    said = shown(logged_in(administrator))
    assert "ZZ assigned playlists to 1 A." in sentences(said)
    assert "{no json" in said


def test_an_account_that_a_row_is_about_is_named_by_its_initials(ward: Ward, nurse: User, administrator: User) -> None:
    for about in (nurse.pk, 999999):
        record(AuditVerb.ROLE_ADDED, by=administrator, ward=ward, after={"user": about, "role": "nurse"}, now=NOW)
    words = " ".join(re.sub("<[^>]+>", " ", shown(logged_in(administrator))).split())
    assert "Role nurse Account KM" in words
    assert "Role nurse Account “999999”" in words


def test_every_verb_has_a_word_for_the_search_and_a_sentence() -> None:
    assert [verb for verb in AuditVerb if not str(verb.label) or not str(verb.sentence).endswith(".")] == []
    assert len({str(verb.sentence) for verb in AuditVerb}) == len(AuditVerb)


def test_every_command_of_the_wire_has_one_verb() -> None:
    looking = {Verb.WATCH}  # changes nothing, and no command of the ward's table asks it (ward.fleet.screens)
    assert sorted(verb.command for verb in AuditVerb if verb.command) == sorted(set(Verb) - looking)


def test_the_number_of_queries_is_the_same_for_three_rows_and_for_fifty(
    bed: Bed, nurse: User, administrator: User
) -> None:
    browser = logged_in(administrator)

    def queries(rows: int) -> int:
        for _ in range(rows):
            record(AuditVerb.ROLE_ADDED, by=nurse, bed=bed, after={"user": nurse.pk}, now=NOW)
        with CaptureQueriesContext(connection) as counted:
            shown(browser)
        return len(counted)

    assert queries(3) == queries(60)


def test_nothing_is_inline_and_every_field_has_its_label(administrator: User, bed: Bed) -> None:
    record(AuditVerb.ASSIGNED, by=None, bed=bed, before={"playlists": []}, after={"playlists": ["calm"]}, now=NOW)
    said = shown(logged_in(administrator))
    assert not re.search(r"<[^>]+\s(style|on\w+)=", said)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", said)
    fields = re.findall(r'<(?:input|select)[^>]* id="(\w+)"', said)
    assert len(fields) == 5
    assert [one for one in fields if f'<label for="{one}">' not in said] == []
