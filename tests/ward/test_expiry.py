"""An assignment that ran out: the ward knows, says so in one line, and never brings it back by itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from messages import AssignmentApplied, Expired, Rules
from tests.ward.saying import NOW, entry, expired, hello, log, started
from ward.assignments import confirming
from ward.assignments.assigning import assign, discharge, issue_again, newest, put_back, wire
from ward.assignments.defaults import DAYS
from ward.assignments.models import Assignment
from ward.assignments.sending import unsent
from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.usage.ingest import ingest_log

pytestmark = pytest.mark.django_db

END = NOW + timedelta(days=DAYS)
LATER = END + timedelta(hours=1)


@pytest.fixture
def over(device: Device, bed: Bed, playlists: list[Playlist], nurse: User) -> Assignment:
    """Two playlists with rules of their own, on the box for 14 days, until it said that they had run out."""
    with_rules(assign(bed, playlists[:2], nurse, NOW), cap_day_dba=45.0, never_play=["c3" * 32])
    assigned = assign(bed, playlists[:2], nurse, NOW)
    unsent(NOW)
    applied = AssignmentApplied(version=assigned.version, digest=assigned.digest, held=2, needed=2)
    ingest_log(device, log(1, entry(applied, stay=assigned.stay), expired(assigned.version, assigned.stay, END)), LATER)
    assigned.refresh_from_db()
    return assigned


def with_rules(assigned: Assignment, **rules: Any) -> Assignment:
    assigned.message["rules"] |= rules
    assigned.save()
    return assigned


def says_nothing(assignment: Assignment | None, stay: str | None) -> bool:
    """Whether it is the stay's built-in music, without an end or a rule."""
    assert assignment is not None
    message = wire(assignment)
    return (message.stay, message.playlists, message.rules) == (stay, (), Rules())


def test_what_is_given_ends_by_itself_after_fourteen_days(bed: Bed, playlists: list[Playlist], now: datetime) -> None:
    assert wire(assign(bed, playlists, None, now)).rules == Rules(expires_at=now + timedelta(days=14))


def test_giving_again_begins_the_fourteen_days_anew_and_keeps_the_other_rules(
    bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    with_rules(assign(bed, playlists, None, now), cap_day_dba=45.0, ask_after="change", vigil=True)
    again = assign(bed, playlists, None, now + timedelta(days=3))
    assert wire(again).rules == Rules(
        cap_day_dba=45.0, ask_after="change", vigil=True, expires_at=END + timedelta(days=3)
    )


def test_putting_back_and_issuing_again_do_not_move_the_end(bed: Bed, playlists: list[Playlist], now: datetime) -> None:
    assign(bed, playlists[:1], None, now)
    assign(bed, playlists, None, now + timedelta(days=3))
    back = put_back(bed, None, now + timedelta(days=4))
    assert back is not None
    assert wire(back).rules.expires_at == END
    again = issue_again(bed, now + timedelta(days=5))
    assert (wire(again).rules.expires_at, len(wire(again).playlists), again.expired_at) == (END, 1, None)


def test_an_expired_entry_marks_what_ran_out_and_when(over: Assignment, device: Device) -> None:
    assert over.expired_at == END
    device.refresh_from_db()
    assert device.assignment_version == over.version


def test_an_expired_entry_of_nothing_that_was_given_or_of_a_reset_marks_nothing(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    assign(bed, playlists, None, now)
    gone = discharge(bed, None, now)
    ingest_log(device, log(1, entry(Expired(version=99)), expired(gone.version, None)), now)
    assert not Assignment.objects.exclude(expired_at=None).exists()


def test_the_first_entry_counts_where_a_box_tells_it_twice(over: Assignment, device: Device) -> None:
    ingest_log(device, log(3, expired(over.version, over.stay, LATER)), LATER)
    over.refresh_from_db()
    assert over.expired_at == END


def test_a_hello_of_the_box_on_which_it_ran_out_changes_nothing(over: Assignment, device: Device, bed: Bed) -> None:
    confirming.hello(device, hello(version=over.version, stay=over.stay, next_seq=3), 2, LATER)
    assert newest(bed) == over
    assert unsent(LATER + timedelta(minutes=1)) == []


def test_another_box_at_the_bed_is_told_of_the_stay_and_not_given_what_ran_out(
    over: Assignment, device: Device, bed: Bed, nurse: User
) -> None:
    confirming.hello(device, hello(version=0), 0, LATER)
    (sent,) = unsent(LATER)
    assert sent == newest(bed)
    assert says_nothing(sent, over.stay)
    assert (sent.version, sent.expired_at, sent.assigned_by) == (over.version + 1, END, nurse)
    confirming.hello(device, hello(version=0), 0, LATER)
    assert newest(bed) == sent  # once is enough: it goes out until it is confirmed


def test_what_a_box_slept_through_is_not_given_to_it_when_it_is_back(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    assigned = assign(bed, playlists, None, now)
    confirming.hello(device, hello(version=0), 0, LATER)
    (sent,) = unsent(LATER)
    assert says_nothing(sent, assigned.stay)
    assert sent.expired_at == END


def test_a_box_that_holds_something_else_is_not_given_what_ran_out(over: Assignment, device: Device, bed: Bed) -> None:
    confirming.hello(device, hello(version=70, stay="somebody-elses"), 0, LATER)
    assert says_nothing(newest(bed), over.stay)


def test_what_ran_out_does_not_come_back_when_it_is_issued_again_before_or_after_the_box_said_so(
    over: Assignment, bed: Bed
) -> None:
    assert says_nothing(issue_again(bed, LATER), over.stay)
    Assignment.objects.filter(pk=over.pk).update(expired_at=None)
    Assignment.objects.exclude(pk=over.pk).delete()
    again = issue_again(bed, LATER)
    assert says_nothing(again, over.stay)
    assert again.expired_at == END
    assert says_nothing(issue_again(bed, LATER), over.stay)


def test_undoing_what_was_given_after_the_end_leaves_built_in_music_within_the_stay(
    over: Assignment, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assigned = assign(bed, playlists[2:], nurse, LATER)
    back = put_back(bed, nurse, LATER, version=assigned.version)
    assert says_nothing(back, over.stay)
    assert back is not None
    assert back.expired_at == END


def test_a_person_who_gives_music_again_gets_fourteen_days_and_the_rules_of_the_stay(
    over: Assignment, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    issue_again(bed, LATER)
    assigned = assign(bed, playlists, nurse, LATER)
    assert (assigned.stay, assigned.expired_at) == (over.stay, None)
    assert wire(assigned).rules == Rules(
        cap_day_dba=45.0, never_play=("c3" * 32,), expires_at=LATER + timedelta(days=DAYS)
    )


def test_built_in_music_after_the_end_is_not_the_first_use_of_what_ran_out(over: Assignment, device: Device) -> None:
    ingest_log(device, log(3, entry(started("s1"), at=LATER, stay=over.stay)), LATER)
    over.refresh_from_db()
    assert over.played_at is None
