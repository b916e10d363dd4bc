"""What has had its time goes, and nothing else: no open stay, no figure of a report, no entry that a box may repeat."""

import io
import json
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session as WebSession
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messages import (
    Answered,
    AssignmentApplied,
    Entry,
    Moment,
    Outcome,
    Question,
    Receipt,
    Reset,
)
from tests.ward.at_once import at_once
from tests.ward.people import logged_in
from tests.ward.saying import LOG, NOW, ended, entry, hello, log, started, story
from tests.ward.test_mqttd_held import held, limited
from ward import settings as ward_settings
from ward.assignments.assigning import LateError, assign, discharge, newest, put_back
from ward.assignments.models import Assignment, Checked, Evening, Took
from ward.audit.chain import Whole, verify
from ward.audit.models import AuditHead, AuditRow
from ward.beds.models import Bed, Change, MyBed, Ward
from ward.fleet.last_seen import note_hello
from ward.fleet.models import Command, Device, LogExcerpt, OfflineTime, WatchedScreen
from ward.history.pages import hours_of
from ward.limits import Limits
from ward.management.commands import purge as purge_command
from ward.music.models import Playlist
from ward.notes.models import Note
from ward.people.models import Attempt, Desk, Done, Invitation, KeptForm, KnownBrowser, Visit
from ward.purging import plan
from ward.purging.purge import Purged, purge
from ward.purging.stays import Given, Place, over
from ward.purging.steps import AT_ONCE
from ward.reports import counting
from ward.reports.report import Report, report_of
from ward.reports.weeks import week_of
from ward.therapy.models import Preferences, Review
from ward.usage.ingest import ingest_log, meet
from ward.usage.models import BoxLog, Session
from ward.usage.models import Entry as Row
from ward.usage.models import Purged as Range

pytestmark = pytest.mark.django_db

DAY, MINUTES = timedelta(days=1), timedelta(minutes=29)
KEPT = 90
PAIN = Answered(question=Question.PAIN, moment=Moment.AFTER, outcome=Outcome.ANSWERED, score=3, session="s1", took_s=5)


def run(now: datetime, keep_days: int = KEPT, pause: Callable[[], object] = lambda: None) -> Purged:
    return purge(plan.steps(now, keep_days), now, keep_days, pause, lambda _number, _what: None)


def counted(now: datetime, keep_days: int = KEPT) -> dict[str, int]:
    return {step.what: step.count() for step in plan.steps(now, keep_days)}


def everything(*but: type[models.Model]) -> dict[str, list[dict[str, Any]]]:
    """All rows of the database, in an order of their own."""
    left_out = {AuditRow, AuditHead, Change, *but}
    kinds = [model for model in apps.get_models() if model not in left_out and model._meta.managed]
    return {kind._meta.label: list(kind._default_manager.order_by("pk").values()) for kind in kinds}


def a_stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User, at: datetime = NOW) -> str:
    """A stay of which everything is kept that a ward can keep; its box told of it in ten entries."""
    assign(bed, playlists[:1], nurse, at)
    given = assign(bed, playlists[:2], nurse, at)
    stay = str(given.stay)
    note_hello(device, hello(version=given.version, stay=stay), at)
    Device.objects.filter(pk=device.pk).update(stay=stay, assignment_version=given.version, hello_at=at)
    device.refresh_from_db()
    applied = AssignmentApplied(version=given.version, digest=given.digest, held=1, needed=1)
    told = [applied, started("s1"), PAIN, ended("s1"), started("s2"), ended("s2")]
    ingest_log(device, log(next_of(device), *(entry(data, at=at, stay=stay) for data in told)), at)
    about: dict[str, Any] = {"bed": bed, "stay": stay}
    Note.objects.create(text="likes rain", written_by=nurse, written_at=at, **about)
    Preferences.objects.create(comforts="rain", written_by=nurse, written_at=at, **about)
    Review.objects.create(by=nurse, at=at, **about)
    Checked.objects.create(by=nurse, at=at, **about)
    OfflineTime.objects.create(bed=bed, since=at, until=at + timedelta(hours=1))
    return stay


def ends(bed: Bed, device: Device, nurse: User, at: datetime = NOW) -> None:
    """The stay ends, and the box says so."""
    given = discharge(bed, nurse, at)
    ingest_log(device, log(next_of(device), entry(Reset(version=given.version), at=at)), at)


def told(ward: Ward, when: datetime, now: datetime) -> tuple[Report, list[tuple[bool, bool]]]:
    """The report of a week, and of each bed whether someone stayed there when it began, or came in it."""
    week = week_of(when, hours_of(ward))
    beds = counting.beds_of(ward, week)
    return report_of(ward, week, now), [(bed.was_stay is not None, bed.had_stay) for bed in beds]


def next_of(device: Device) -> int:
    found = BoxLog.objects.filter(device=device, log_id=LOG).first()
    return found.through + 1 if found else 1


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> str:
    """One that ended when it began."""
    made = a_stay(bed, device, playlists, nurse)
    ends(bed, device, nurse)
    return made


def test_every_model_with_a_stay_has_its_place_in_the_plan() -> None:
    of_stays = {model for model in apps.get_models() if any(one.name == "stay" for one in model._meta.get_fields())}
    assert of_stays == {*plan.DELETED, *plan.NAMELESS, *plan.OTHERWISE}
    assert plan.DELETED.keys() | plan.NAMELESS.keys() == plan.NAMES.keys()


def test_no_row_names_a_stay_after_its_time(stay: str) -> None:
    assert stay in str(everything())
    run(NOW + (KEPT + 1) * DAY)
    assert stay not in str(everything())
    left = [Note, Preferences, Review, Checked, Row, OfflineTime]
    assert [model.objects.count() for model in left] == [0] * len(left)  # type: ignore[attr-defined]


def test_what_was_given_and_by_whom_goes_with_the_stay(stay: str, nurse: User, playlists: list[Playlist]) -> None:
    run(NOW + (KEPT + 1) * DAY)
    of_stay = Assignment.objects.filter(stay="")
    assert of_stay.count() == 2
    assert {row.assigned_by for row in of_stay} == {None}
    assert playlists[0].slug not in str([row.message for row in of_stay])
    last = Assignment.objects.order_by("-version")[0]
    assert (last.stay, last.assigned_by) == (None, nurse), "who ended the last stay is shown on the bed's page"


def test_nothing_changes_before_its_time(stay: str) -> None:
    before = everything()
    run(NOW + (KEPT - 1) * DAY)
    assert everything() == before


def test_an_open_stay_is_whole_however_long_it_lasts(
    bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    a_stay(bed, device, playlists, nurse)
    before = everything()
    run(NOW + 1000 * DAY)
    assert everything() == before


def test_the_next_guest_loses_nothing_when_the_one_before_is_purged(
    stay: str, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    later = a_stay(bed, device, playlists, nurse, NOW + 5 * DAY)
    ingest_log(device, log(next_of(device), entry(started("s3"), at=NOW + 6 * DAY, stay=later)), NOW + 6 * DAY)
    own = {name: [row for row in rows if row.get("stay") == later] for name, rows in everything().items()}
    run(NOW + (KEPT + 30) * DAY)
    assert stay not in str(everything())
    assert {name: [row for row in rows if row.get("stay") == later] for name, rows in everything().items()} == own
    assert OfflineTime.objects.filter(until__gt=NOW + 5 * DAY).exists()


def test_a_stay_that_was_put_back_is_open(stay: str, bed: Bed, nurse: User) -> None:
    put_back(bed, nurse, NOW + MINUTES)
    assert bed.stay == stay
    before = everything(Row, Range), list(Row.objects.filter(stay=stay).values())
    run(NOW + 200 * DAY)
    assert (everything(Row, Range), list(Row.objects.filter(stay=stay).values())) == before
    assert not Row.objects.filter(stay=None).exists(), "the box's word of the end that was none"


def test_a_stay_that_was_put_back_and_ended_later_counts_from_its_last_end(
    stay: str, bed: Bed, device: Device, nurse: User
) -> None:
    put_back(bed, nurse, NOW + MINUTES)
    ends(bed, device, nurse, NOW + 60 * DAY)
    before = everything(Row, Range, OfflineTime)
    run(NOW + (KEPT + 59) * DAY)
    assert everything(Row, Range, OfflineTime) == before
    run(NOW + (KEPT + 61) * DAY)
    assert stay not in str(everything())


def test_after_its_time_there_is_nothing_to_put_back(stay: str, bed: Bed, nurse: User) -> None:
    run(NOW + (KEPT + 1) * DAY)
    with pytest.raises(LateError, match="30 minutes"):
        put_back(bed, nurse, NOW + (KEPT + 1) * DAY)
    last = newest(bed)
    assert last is not None
    assert (last.stay, last.message["playlists"], bed.stay) == (None, [], None)
    assert last.version == 3, "no action"
    assert discharge(bed, nurse, NOW).version == 4, "numbers go on"


@pytest.mark.parametrize("keep_days", [KEPT, 1])
def test_reports_say_the_same_before_and_after(keep_days: int, stay: str, ward: Ward) -> None:
    ward.refresh_from_db()
    at = NOW + 100 * DAY
    before = told(ward, NOW, at)
    assert run(at, keep_days).counts["music sessions, made anonymous"] == 2
    run(at, keep_days)
    assert told(ward, NOW, at) == before


def test_what_reports_count_no_more_goes_too_and_the_beds_newest_assignment_stays(stay: str, bed: Bed) -> None:
    at = NOW + plan.COUNTED + DAY
    run(at)
    done = run(at).counts
    assert (done["anonymous music sessions"], done["anonymous answers"], done["anonymous assignments"]) == (2, 1, 2)
    assert not Session.objects.exists()
    last = newest(bed)
    assert last is not None
    assert last.version == 3


def test_reports_two_years_back_still_know_who_stayed(
    stay: str, bed: Bed, device: Device, playlists: list[Playlist], nurse: User, ward: Ward
) -> None:
    """A stay that began before what is counted, and ended within."""
    later = a_stay(bed, device, playlists, nurse, NOW + DAY)
    ends(bed, device, nurse, NOW + 100 * DAY)
    ward.refresh_from_db()
    at = NOW + 40 * DAY + plan.COUNTED
    before = told(ward, NOW + 60 * DAY, at)
    assert before[1] == [(True, False)], "somebody stayed there"
    run(at)
    run(at)
    assert later not in str(everything())
    assert told(ward, NOW + 60 * DAY, at) == before


def test_for_ever_is_for_ever(stay: str) -> None:
    before = everything()
    run(NOW + 3000 * DAY, keep_days=0)
    assert everything() == before


def test_a_purged_entry_that_comes_again_is_receipted_and_neither_stored_nor_called_another(
    device: Device, now: datetime
) -> None:
    told = story(20)
    ingest_log(device, log(1, *told), now)
    at = now + (KEPT + 1) * DAY
    run(at)
    assert not Row.objects.exists()
    before = everything()
    assert ingest_log(device, log(1, *told), at) == Receipt(log_id=LOG, through=20)
    assert everything() == before
    assert BoxLog.objects.get().differs_from is None
    assert meet(device, hello(oldest=5, next_seq=21)).through == 4
    assert ingest_log(device, log(5, *told[4:], entry(started("new"))), at).through == 21
    assert list(Row.objects.values_list("seq", flat=True)) == [21]


def test_a_card_that_was_copied_back_is_found_by_its_boot_though_the_entries_are_purged(
    device: Device, now: datetime
) -> None:
    """It writes on under numbers that it gave before, and a receipt would have it delete what nobody has."""
    ingest_log(device, log(1, *story(20)), now)
    at = now + (KEPT + 1) * DAY
    run(at)
    other = Entry(at=at, clock_ok=True, boot="boot-2", stay=None, kind="box_started", data={})
    said = ingest_log(device, log(11, *story(20)[10:13], other), at)
    assert said == Receipt(log_id=LOG, through=13, differs=True)
    assert not Row.objects.exists()


def test_what_fell_into_a_gap_between_purged_entries_is_taken_in_when_it_comes(device: Device, now: datetime) -> None:
    told = story(10)
    ingest_log(device, log(1, *told[:3]), now)
    meet(device, hello(oldest=6, next_seq=11))
    ingest_log(device, log(6, *told[5:]), now)
    at = now + (KEPT + 1) * DAY
    run(at)
    assert list(Range.objects.values_list("first", "last")) == [(1, 3), (6, 10)]
    assert ingest_log(device, log(2, *told[1:8]), at).through == 8
    assert list(Row.objects.values_list("seq", flat=True)) == [4, 5]


def test_entries_of_one_boot_that_go_at_different_times_are_one_range(device: Device, now: datetime) -> None:
    restarted = Entry(at=now, clock_ok=True, boot="boot-2", stay=None, kind="box_started", data={})
    ingest_log(device, log(1, *story(4)), now)
    ingest_log(device, log(5, *story(4), restarted), now + 10 * DAY)
    run(now + (KEPT + 5) * DAY)
    assert list(Row.objects.values_list("seq", flat=True)) == [5, 6, 7, 8, 9]
    run(now + (KEPT + 11) * DAY)
    assert list(Range.objects.values_list("first", "last", "boot")) == [(1, 8, "boot-1"), (9, 9, "boot-2")]


def test_a_late_word_of_a_purged_stay_goes_by_its_own_time(stay: str, device: Device) -> None:
    """A box that was away for months."""
    back = NOW + (KEPT + 10) * DAY
    run(back)
    ingest_log(device, log(next_of(device), entry(started("late"), at=back, stay=stay)), back)
    run(back + (KEPT - 1) * DAY)
    assert Row.objects.get().stay == Session.objects.get(session="late").stay == stay
    run(back + (KEPT + 1) * DAY)
    assert stay not in str(everything())


def test_what_a_box_without_a_clock_told_after_the_end_goes_with_its_stay(
    bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    """It is dated by the ward when it comes, weeks after the stay."""
    stay = a_stay(bed, device, playlists, nurse)
    discharge(bed, nurse, NOW)
    late = [entry(started("late"), clock_ok=False, stay=stay), entry(ended("late"), clock_ok=False, stay=stay)]
    ingest_log(device, log(next_of(device), *late), NOW + 60 * DAY)
    at = NOW + (KEPT + 1) * DAY
    said = counted(at)
    assert said == run(at).counts
    assert stay not in str(everything())


STORY = story(30)
ACTIONS = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 12), st.booleans()), max_size=25)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_any_order_of_batches_and_purges_stores_each_entry_once_and_calls_none_another(
    device: Device, actions: list[tuple[int, int, bool]]
) -> None:
    for model in (Row, Range, BoxLog, Session):
        model.objects.all().delete()
    at, through, gone = NOW, 0, set[int]()
    for first, length, purges in actions:
        chunk = STORY[first - 1 : first - 1 + length]
        said = ingest_log(device, log(first, *chunk), at)
        assert not said.differs
        if first <= through + 1:
            through = max(through, first - 1 + len(chunk))
        if purges:
            at += (KEPT + 1) * DAY
            run(at)
            gone |= set(range(1, through + 1))
        assert set(Row.objects.values_list("seq", flat=True)) == set(range(1, through + 1)) - gone
    assert Session.objects.count() == len(set(Session.objects.values_list("session", flat=True)))


@pytest.mark.django_db(transaction=True)
def test_a_purge_while_the_box_sends_again_changes_nothing_for_it(device: Device, now: datetime) -> None:
    told = story(100)
    ingest_log(device, log(1, *told), now)
    at = now + (KEPT + 1) * DAY
    actions: list[Callable[[], object]] = [lambda: run(at), *[lambda: ingest_log(device, log(1, *told), at)] * 3]
    _done, *receipts = at_once(*actions)
    assert receipts == [Receipt(log_id=LOG, through=100)] * 3
    assert not Row.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_purges_at_once_are_one(device: Device, stay: str, now: datetime) -> None:
    ingest_log(device, log(next_of(device), *story(400)), now)
    at = now + (KEPT + 1) * DAY
    at_once(*[lambda: run(at)] * 3)
    assert list(Range.objects.values_list("first", "last")) == [(1, 407)]
    assert isinstance(verify(), Whole)


def test_a_stay_ends_with_what_is_given_next_at_its_bed() -> None:
    def rows(*stays: str | None) -> Iterator[Given]:
        return (Given(1, place, stay, NOW + place * DAY) for place, stay in enumerate(stays, 1))

    late = NOW + 100 * DAY
    assert over(rows("a", "a", None, "b"), late, ["b"]) == [Place(1, "a")]
    assert over(rows("a", None), NOW + 2 * DAY, []) == [], "it ended at that moment, not before"
    assert over(rows("a", None, "a"), late, ["a"]) == []
    assert over(rows("a", None, "a", None), NOW + 3 * DAY, []) == []
    assert over(rows("a", "b"), late, ["b"]) == [Place(1, "a")]
    assert over(rows("a"), late, []) == over(rows("a", None, "a"), late, []) == [], "nobody ended it"
    assert over([Given(1, 1, "a", NOW), Given(2, 1, None, NOW)], late, []) == [], "another bed's"


def old_and_new(ward: Ward, nurse: User, old: datetime, new: datetime) -> None:
    """A row of each kind that goes, and one that is still of use."""
    desk = Desk.objects.create(ward=ward, name="desk", token_hash="x", made_at=NOW)
    bed, other = Bed.objects.order_by("pk")[:1], User.objects.create_user("other")
    for word, at, user in (("old", old, nurse), ("new", new, other)):
        WebSession.objects.create(session_key=word, session_data="", expire_date=at)
        Invitation.objects.create(ward=ward, token_hash=word, made_at=NOW, expires_at=at)
        Attempt.objects.create(key=word, at=at)
        Visit.objects.create(desk=desk, user=user, at=at)
        KnownBrowser.objects.create(key=word, user=user, at=at)
        Done.objects.create(key=word, at=at)
        KeptForm.objects.create(key=word, user=user, at=at, said="")
        Evening.objects.create(key=word, ward=ward, title="", assigned_at=at)
        Took.objects.create(ward=ward, verb="assign", seconds=1.0, at=at)
        MyBed.objects.create(user=user, bed=bed[0], at=at)
        LogExcerpt.objects.create(device=Device.objects.get(), at=at)
        change = Change.objects.create(bed=bed[0])
        Change.objects.filter(pk=change.pk).update(at=at)


def test_what_the_ward_keeps_of_its_people_goes_when_it_is_of_no_use(
    device: Device, ward: Ward, nurse: User, now: datetime
) -> None:
    at = now + 500 * DAY
    old_and_new(ward, nurse, old=now, new=at + timedelta(seconds=1))
    for number, issued in enumerate((now, at)):
        Command.objects.create(id=str(number), device=device, verb="stop", issued_at=issued)
        other = Device.objects.create(id=uuid.uuid4(), number=f"050{number}")
        WatchedScreen.objects.create(device=other, until=(now, at + timedelta(seconds=1))[number])
    done = run(at, keep_days=0)
    assert done.counts == dict.fromkeys(done.counts, 1)
    kinds = [
        WebSession,
        Invitation,
        Attempt,
        Visit,
        KnownBrowser,
        Done,
        KeptForm,
        Evening,
        Took,
        Change,
        Command,
        LogExcerpt,
        WatchedScreen,
    ]
    assert [kind.objects.count() for kind in kinds] == [1] * 13  # type: ignore[attr-defined]
    assert WebSession.objects.get().session_key == "new"


@pytest.mark.parametrize("ended_by", ["used_at", "revoked_at", "expires_at"])
def test_a_link_goes_a_month_after_its_end_however_it_ended(ended_by: str, ward: Ward, now: datetime) -> None:
    times = {"made_at": now, "expires_at": now + 400 * DAY} | {ended_by: now}
    Invitation.objects.create(ward=ward, token_hash="x", **times)
    run(now + plan.LINKS_KEPT)
    assert Invitation.objects.exists()
    run(now + plan.LINKS_KEPT + timedelta(seconds=1))
    assert not Invitation.objects.exists()


def test_a_purge_is_one_row_of_the_audit_with_its_counts_and_touches_no_other(stay: str) -> None:
    before = list(AuditRow.objects.order_by("number").values())
    run(NOW + (KEPT + 1) * DAY)
    *others, made = AuditRow.objects.order_by("number").values()
    assert others == before
    assert (made["verb"], made["account"], made["ward"]) == ("purged", None, None)
    assert '"keep_stays_days":90' in made["after"]
    assert '"box entries":7' in made["after"]
    assert stay not in made["after"]
    assert isinstance(verify(), Whole)


def test_a_purge_of_nothing_is_no_action(ward: Ward, now: datetime) -> None:
    run(now)
    assert not AuditRow.objects.exists()


def test_a_dry_run_counts_what_the_purge_then_does_and_changes_nothing(
    stay: str, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    a_stay(bed, device, playlists, nurse, NOW + 5 * DAY)
    old_and_new(bed.room.ward, nurse, old=NOW, new=NOW + 400 * DAY)
    at = NOW + (KEPT + 30) * DAY
    before, said = everything(), counted(at)
    assert everything() == before
    assert said == run(at).counts
    assert sum(counted(at).values()) == 0, "a second time there is nothing left"


def test_it_deletes_in_batches_and_pauses_between_them(bed: Bed, now: datetime) -> None:
    Change.objects.bulk_create([Change(bed=bed) for _ in range(2 * AT_ONCE + 1)])
    Change.objects.update(at=now)
    left: list[int] = []
    run(now + DAY, pause=lambda: left.append(Change.objects.count()))
    assert left == [AT_ONCE + 1, 1, 0]


def test_what_was_done_stands_in_the_audit_though_the_database_failed_then(bed: Bed, now: datetime) -> None:
    class Failing:
        what = "broken rows"

        def count(self) -> int:
            return 0

        def batches(self) -> Iterator[int | None]:
            raise OSError("the disk")

    Change.objects.create(bed=bed)
    Change.objects.update(at=now)
    at = now + DAY
    steps = [*plan.steps(at, 0), Failing()]
    with pytest.raises(OSError, match="the disk"):
        purge(steps, at, 0, lambda: None, lambda _number, _what: None)
    assert '"bed changes":1' in AuditRow.objects.get().after


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("holds", ["bed", "log", "note"])
def test_rows_that_somebody_holds_are_left_whole_and_the_rest_goes(
    holds: str, stay: str, bed: Bed, device: Device, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite holds no rows")
    other = Device.objects.create(number="0402", id="6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0402", bed=other_bed)
    second = a_stay(other_bed, other, playlists, nurse)
    ends(other_bed, other, nurse)
    rows: dict[str, Any] = {
        "bed": Bed.objects.filter(pk=bed.pk),
        "log": BoxLog.objects.filter(device=device),
        "note": Note.objects.filter(bed=bed),
    }
    at = NOW + (KEPT + 1) * DAY
    with limited(Limits(50, 5_000, 5_000)), held(rows[holds]):
        done = run(at)
    assert len(done.held) == 1
    if holds != "note":
        assert second not in str(everything())
    if holds == "bed":
        assert (Note.objects.get().stay, Session.objects.filter(stay=stay).count()) == (stay, 2), "a stay goes as one"
    assert run(at).held == []
    assert stay not in str(everything())


def test_a_stop_by_the_system_leaves_its_row_in_the_audit(
    bed: Bed, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    Change.objects.bulk_create(Change(bed=bed) for _ in range(2 * AT_ONCE))
    Change.objects.update(at=now - DAY)
    monkeypatch.setattr(purge_command, "PAUSE_S", 0.0)
    monkeypatch.setattr(purge_command.time, "sleep", lambda _s: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(SystemExit):
        call_command("purge", stdout=io.StringIO())
    assert json.loads(AuditRow.objects.get(verb="purged").after)["rows"] == {"bed changes": AT_ONCE}


def test_after_its_time_no_page_offers_to_put_it_back(stay: str, bed: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    pages = [reverse("assigned", args=[bed.pk]), reverse("history", args=[bed.pk])]
    with time_machine.travel(NOW, tick=False):
        assert all("Restore the stay" in browser.get(page).content.decode() for page in pages)
    run(NOW + (KEPT + 1) * DAY)
    with time_machine.travel(NOW + (KEPT + 1) * DAY, tick=False):
        assert not any("put-back" in browser.get(page).content.decode() for page in pages)
    last = newest(bed)
    assert put_back(bed, nurse, NOW) == last


def test_the_command_says_how_much_of_each_kind(stay: str) -> None:
    """By the real clock: what was written on a day of the tests' calendar may be old or new by now."""
    now = timezone.now()
    Change.objects.update(at=now - DAY)
    said = io.StringIO()
    call_command("purge", "--dry-run", stdout=said)
    number = Change.objects.count()
    assert f"{number:>9}  bed changes\n" in said.getvalue()
    assert Change.objects.count() == number
    call_command("purge", stdout=said)
    assert not Change.objects.exists()
    assert said.getvalue().count("bed changes\n") == 2


def test_the_command_says_that_stays_are_kept_for_ever(
    ward: Ward, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.KEEP_STAYS_DAYS = 0
    call_command("purge")
    assert "Stays are never deleted" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_the_command_names_what_somebody_held(bed: Bed) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite holds no rows")
    Change.objects.create(bed=bed)
    Change.objects.update(at=timezone.now() - DAY)
    line = "left for the next run: bed changes"
    with held(Change.objects.all()), limited(Limits(50, 5_000, 5_000)), pytest.raises(CommandError, match=line):
        call_command("purge", stdout=io.StringIO())


@pytest.mark.parametrize("value", ["-1", "3651", "ninety", "1.5"])
def test_days_that_mean_nothing_are_one_line(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTINGALE_KEEP_STAYS_DAYS", value)
    with pytest.raises(ImproperlyConfigured, match="Use days from 1 to 3650, or 0 to keep data for ever"):
        ward_settings._days("NIGHTINGALE_KEEP_STAYS_DAYS", 90, most=3650)
