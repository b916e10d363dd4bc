"""A wrong discharge is taken back for 30 minutes, whole; after that it is said, and not offered."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

from tests.ward.at_once import at_once
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW, entry, log
from tests.ward.saying import started as session_started
from tests.ward.test_at_once import assigns, puts_back, version_of
from ward.assignments.assigning import LateError, assign, discharge, newest, put_back
from ward.assignments.models import Assignment
from ward.assignments.restoring import RESTORE_FOR
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.notes.models import Note
from ward.therapy.models import Preferences
from ward.usage.ingest import ingest_log

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
OVER = "The 30 minutes to restore this stay are over (since 14:32). Assign music to begin a new stay."


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> str:
    """A stay with music, a session, a note and preferences, discharged at 14:02."""
    made = assign(bed, playlists, nurse, NOW - 2 * 60 * MINUTE)
    Assignment.objects.filter(pk=made.pk).update(applied_at=NOW, sent_to=device)
    told = entry(session_started("s1"), at=NOW - 60 * MINUTE, stay=made.stay)
    ingest_log(device, log(1, told), NOW)
    Note.objects.create(bed=bed, stay=made.stay, text="Likes it low.", written_by=nurse, written_at=NOW)
    Preferences.objects.create(bed=bed, stay=made.stay, comforts="rain", written_by=nurse, written_at=NOW)
    discharge(bed, nurse, NOW)
    return str(made.stay)


def page(user: User, name: str, bed: Bed, at: datetime) -> str:
    with time_machine.travel(at, tick=False):
        body = logged_in(user).get(reverse(name, args=[bed.pk])).content.decode()
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))


def restores(user: User, bed: Bed, at: datetime, version: int = 2) -> tuple[int, str]:
    with time_machine.travel(at, tick=False):
        answered = logged_in(user).post(reverse("put_back", args=[bed.pk]), {"version": str(version)})
    return answered.status_code, unescape(answered.content.decode())


def test_twenty_minutes_later_and_after_a_restart_all_of_the_stay_comes_back(stay: str, bed: Bed, nurse: User) -> None:
    """All that it needs is in rows: a process that never saw the discharge restores it."""
    fresh = Bed.objects.get(pk=bed.pk)
    assert restores(nurse, fresh, NOW + 20 * MINUTE)[0] == 302
    fresh.refresh_from_db()
    assert (fresh.stay, fresh.stay_since) == (stay, NOW - 2 * 60 * MINUTE)
    shown = page(nurse, "history", fresh, NOW + 20 * MINUTE)
    assert "Likes it low." in shown
    assert "13:02" in shown, "the session of this stay"
    assert Preferences.objects.get(stay=stay).comforts == "rain"
    last = newest(fresh)
    assert last is not None
    assert [one["slug"] for one in last.message["playlists"]] == ["calm", "garden", "sleep"]


def test_both_pages_say_until_when_and_what_comes_back(stay: str, bed: Bed, nurse: User) -> None:
    for name in ("history", "assigned"):
        shown = page(nurse, name, bed, NOW + 29 * MINUTE)
        assert "Wrong bed? You can restore all of it until 14:32." in shown
        assert "Restore the stay" in shown
    shown = page(nurse, "history", bed, NOW)
    assert "Restored Playlists, settings, history, notes, preferences" in shown
    assert "Not restored The place in the playlist, kept only by the box" in shown


def test_before_it_the_page_says_for_how_long(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assign(bed, playlists, nurse, NOW)
    assert "You can restore the stay for 30 minutes" in page(nurse, "history", bed, NOW)


@pytest.mark.parametrize("name", ["history", "assigned"])
def test_after_thirty_minutes_it_is_said_and_not_offered(name: str, stay: str, bed: Bed, nurse: User) -> None:
    shown = page(nurse, name, bed, NOW + 31 * MINUTE)
    assert OVER in shown
    assert "Restore the stay" not in shown
    assert "Wrong bed?" not in shown
    assert "Garden" not in shown, "details of past stays are not shown"


def test_a_page_that_is_too_old_is_refused_and_nothing_changes(stay: str, bed: Bed, nurse: User) -> None:
    rows = Assignment.objects.count(), AuditRow.objects.filter(bed=bed.pk).count()
    status, body = restores(nurse, bed, NOW + 31 * MINUTE)
    assert status == 409
    assert OVER in body
    assert (Assignment.objects.count(), AuditRow.objects.filter(bed=bed.pk).count()) == rows
    bed.refresh_from_db()
    assert bed.stay is None


@pytest.mark.parametrize(("after", "comes_back"), [(RESTORE_FOR - timedelta(seconds=1), True), (RESTORE_FOR, False)])
def test_the_thirty_minutes_end_at_the_second(
    after: timedelta, comes_back: bool, stay: str, bed: Bed, nurse: User
) -> None:
    if comes_back:
        put_back(bed, nurse, NOW + after)
        assert bed.stay == stay
    else:
        with pytest.raises(LateError):
            put_back(bed, nurse, NOW + after)


def test_an_open_page_learns_that_the_time_is_over(stay: str, bed: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    with time_machine.travel(NOW, tick=False):
        body = browser.get(reverse("history", args=[bed.pk])).content.decode()
    known = re.findall(r'name="seen"[^>]* value="([^"]+)"', body)
    with time_machine.travel(NOW + 31 * MINUTE, tick=False):
        browser = logged_in(nurse)  # half an hour without a press ended the session
        told = browser.get(reverse("history_pulse", args=[bed.pk]), {"seen": known}).content.decode()
    assert OVER in told


def test_what_was_assigned_within_one_stay_is_restored_without_a_limit(
    bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    assign(bed, playlists[1:2], nurse, NOW)
    last = put_back(bed, nurse, NOW + 5 * 60 * MINUTE)
    assert last is not None
    assert [one["slug"] for one in last.message["playlists"]] == ["calm"]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_who_restore_and_assign_the_second_reads_what_the_first_did(
    ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    one, other = logged_in(nurse), logged_in(person(ward, Role.NURSE, "other"))
    for _pair in range(5):
        first = assign(bed, playlists[:1], nurse, datetime.now(NOW.tzinfo))
        ended = discharge(bed, nurse, datetime.now(NOW.tzinfo))
        answers = at_once(puts_back(one, bed, ended.version), assigns(other, bed, ended.version, "garden"))
        bed.refresh_from_db()
        assert [answer.status_code for answer in answers] in ([409, 302], [302, 409])
        assert version_of(bed) == ended.version + 1, "one of both was done"
        assert (bed.stay == first.stay) == (answers[1].status_code == 409)
        discharge(bed, nurse, datetime.now(NOW.tzinfo))


def test_an_old_page_that_restores_after_the_next_patient_came_says_that_nothing_was_restored(
    bed: Bed, nurse: User, playlists: list[Playlist]
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    gone = discharge(bed, nurse, NOW)
    assign(bed, playlists[1:2], nurse, NOW)
    answered = logged_in(nurse).post(reverse("put_back", args=[bed.pk]), {"version": str(gone.version)})
    assert answered.status_code == 409
    assert "Nothing was restored." in answered.content.decode()
    assert Assignment.objects.filter(bed=bed, restored=True).count() == 0
