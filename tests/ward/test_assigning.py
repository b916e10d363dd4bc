"""Giving, putting back and ending: versions only grow, and nothing of one stay reaches the next."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection

from messages import AssignmentApplied, AssignmentRefused, Rules, assignment_digest
from tests.ward.at_once import at_once
from tests.ward.saying import NOW, entry, hello, log
from ward.assignments import confirming
from ward.assignments.assigning import (
    AHEAD_LAST,
    AHEAD_MOST,
    AssigningError,
    assign,
    discharge,
    issue_again,
    newest,
    put_back,
    wire,
)
from ward.assignments.defaults import DAYS
from ward.assignments.models import Assignment
from ward.assignments.progress import progress
from ward.assignments.sending import unsent
from ward.beds.models import Bed, Change
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.usage.ingest import ingest_log

pytestmark = pytest.mark.django_db


def slugs(assignment: Assignment | None) -> list[str]:
    assert assignment is not None
    return [playlist.slug for playlist in wire(assignment).playlists]


def confirm(device: Device, assignment: Assignment, seq: int, now: datetime = NOW) -> None:
    said = AssignmentApplied(version=assignment.version, digest=assignment.digest, held=1, needed=1)
    ingest_log(device, log(seq, entry(said, stay=assignment.stay)), now)


def test_the_first_give_opens_a_stay_and_names_who_gave_what(
    bed: Bed, playlists: list[Playlist], nurse: User, now: datetime
) -> None:
    assigned = assign(bed, playlists[:2], nurse, now)
    bed.refresh_from_db()
    assert (assigned.version, assigned.before, assigned.assigned_by) == (1, None, nurse)
    assert bed.stay == assigned.stay
    assert bed.stay_since == now
    assert slugs(assigned) == ["calm", "garden"]
    assert assigned.digest == assignment_digest(wire(assigned))
    assert Change.objects.filter(bed=bed).exists()


def test_a_second_give_is_the_next_version_of_the_same_stay(bed: Bed, playlists: list[Playlist], now: datetime) -> None:
    first, second = assign(bed, playlists[:1], None, now), assign(bed, playlists[1:], None, now)
    assert (second.version, second.before, second.stay) == (2, 1, first.stay)


def test_the_digest_survives_the_database(bed: Bed, playlists: list[Playlist], now: datetime) -> None:
    assigned = assign(bed, playlists, None, now)
    assigned.refresh_from_db()
    assert assignment_digest(wire(assigned)) == assigned.digest


def test_what_a_box_holds_already_pushes_the_number_up(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    Device.objects.update(assignment_version=41)
    assert assign(bed, playlists, None, now).version == 42


@pytest.mark.parametrize("said", [2 * AHEAD_MOST, 2**31 - 3, 2**31 - 2, 2**31 - 1])
def test_a_box_that_says_a_number_nobody_can_have_given_does_not_use_up_the_beds_numbers(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime, said: int
) -> None:
    Device.objects.update(assignment_version=said)
    assert assign(bed, playlists, None, now).version == 1
    assert put_back(bed, None, now).version == 2  # type: ignore[union-attr]
    assert discharge(bed, None, now).version == 3


def test_a_box_that_claims_later_numbers_again_and_again_leaves_people_half_of_all(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    assigned = assign(bed, playlists, None, now)
    Assignment.objects.filter(pk=assigned.pk).update(version=AHEAD_LAST)
    for _hello in range(3):
        last = newest(bed)
        assert last is not None
        confirming.hello(device, hello(version=last.version + AHEAD_MOST - 1), 0, now)
    assert assign(bed, playlists[:1], None, now).version == AHEAD_LAST + 1
    assert discharge(bed, None, now).version == AHEAD_LAST + 2


def test_a_box_may_be_ahead_of_a_ward_that_was_put_back_from_a_copy(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    Device.objects.update(assignment_version=AHEAD_MOST)
    assert assign(bed, playlists, None, now).version == AHEAD_MOST + 1


def test_putting_back_is_what_was_before_under_a_new_number(bed: Bed, playlists: list[Playlist], now: datetime) -> None:
    assign(bed, playlists[:1], None, now)
    assign(bed, playlists[1:], None, now)
    back = put_back(bed, None, now)
    assert back is not None
    assert (back.version, slugs(back)) == (3, ["calm"])


def test_a_second_tap_on_put_back_changes_nothing(bed: Bed, playlists: list[Playlist], now: datetime) -> None:
    assign(bed, playlists[:1], None, now)
    assigned = assign(bed, playlists[1:], None, now)
    once = put_back(bed, None, now, version=assigned.version)
    assert put_back(bed, None, now, version=assigned.version) == once
    assert Assignment.objects.count() == 3


def test_putting_back_the_first_one_is_a_reset_so_that_a_wrong_bed_is_silent_again(
    bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    assign(bed, playlists, None, now)
    back = put_back(bed, None, now)
    bed.refresh_from_db()
    assert back is not None
    assert (back.stay, slugs(back), bed.stay, bed.stay_since) == (None, [], None, None)


def test_a_bed_that_was_never_given_anything_has_nothing_to_put_back(bed: Bed, now: datetime) -> None:
    assert put_back(bed, None, now) is None


def test_discharge_ends_the_stay_and_the_next_one_inherits_no_rules(
    bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    first = assign(bed, playlists, None, now)
    message = wire(first)
    first.message["rules"] |= {"cap_day_dba": 45.0, "cap_night_dba": 40.0}
    first.save()
    kept = assign(bed, playlists, None, now)
    assert (wire(kept).rules.cap_day_dba, wire(kept).rules.cap_night_dba) == (45.0, 40.0)
    gone = discharge(bed, None, now)
    assert (gone.stay, slugs(gone)) == (None, [])
    after = assign(bed, playlists, None, now)
    assert after.stay not in {None, message.stay}
    assert wire(after).rules == Rules(expires_at=now + timedelta(days=DAYS))


def test_an_assignment_without_a_rule_that_came_later_is_still_known_by_its_digest(
    bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    assigned = assign(bed, playlists, None, now)
    known = assigned.digest
    assert set(Rules.__struct_fields__) <= set(assigned.message["rules"])
    assigned.message["rules"] = {name: assigned.message["rules"][name] for name in ("cap_day_dba", "expires_at")}
    assigned.save()
    assigned.refresh_from_db()
    assert assignment_digest(wire(assigned)) == known


def test_issuing_again_keeps_who_gave_it_and_what_was_before(
    bed: Bed, playlists: list[Playlist], nurse: User, now: datetime
) -> None:
    assign(bed, playlists[:1], nurse, now)
    assigned = assign(bed, playlists[1:], nurse, now)
    again = issue_again(bed, now + timedelta(minutes=1))
    again.refresh_from_db()
    assert (again.version, again.assigned_by, again.assigned_at, again.before) == (3, nurse, now, assigned.before)
    assert slugs(again) == slugs(assigned)
    assert slugs(put_back(bed, None, now)) == ["calm"]


def test_an_empty_choice_and_an_empty_set_are_one_line(bed: Bed, now: datetime) -> None:
    with pytest.raises(AssigningError, match="select at least one"):
        assign(bed, [], None, now)
    hollow = Playlist.objects.create(slug="hollow", title="Hollow", label="HOLLOW", purpose="comfort", arc="u")
    with pytest.raises(AssigningError, match="has no tracks"):
        assign(bed, [hollow], None, now)
    assert newest(bed) is None


def test_thirteen_playlists_are_refused_before_anything_is_written(
    bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    with pytest.raises(AssigningError, match="at most 12"):
        assign(bed, playlists * 5, None, now)
    bed.refresh_from_db()
    assert bed.stay is None


def test_only_the_newest_goes_out_and_only_until_it_is_confirmed(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    assign(bed, playlists[:1], None, now)
    assigned = assign(bed, playlists, None, now)
    assert unsent(now) == [assigned]
    assert unsent(now + timedelta(seconds=9)) == []
    assert unsent(now + timedelta(seconds=11)) == [assigned]
    assigned.refresh_from_db()
    assert assigned.sent_at == now, "when it was sent is told of the first time, however often it is sent again"
    confirm(device, assigned, 1)
    assert unsent(now + timedelta(minutes=1)) == []


def test_nothing_goes_to_a_box_that_is_away_and_all_when_it_is_back(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    Device.objects.update(online=False)
    assigned = assign(bed, playlists, None, now)
    assert unsent(now) == []
    Device.objects.update(online=True)
    assert unsent(now) == [assigned]


def test_another_box_at_the_bed_gets_it_at_once(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    assigned = assign(bed, playlists, None, now)
    assert unsent(now) == [assigned]
    Device.objects.update(bed=None)
    Device.objects.create(id="6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0499", number="0499", bed=bed, online=True)
    assert unsent(now + timedelta(seconds=1)) == [assigned]


def test_progress_follows_the_way_to_the_bed(
    bed: Bed, device: Device, playlists: list[Playlist], nurse: User, now: datetime
) -> None:
    assert progress(bed, now) is None
    assigned = assign(bed, playlists, nurse, now)
    found = progress(bed, now)
    assert found is not None
    assert (found.by, found.sent_at, found.applied_at, found.stalled_because) == ("KM", None, None, None)
    unsent(now)
    confirm(device, assigned, 1)
    found = progress(bed, now)
    assert found is not None
    assert (found.sent_at, found.applied_at, found.held, found.needed) == (now, now, 1, 1)


@pytest.mark.parametrize(
    ("device_says", "line"),
    [
        ({"online": False}, "The box has been offline since 14:02"),
        ({"online": False, "contact_at": None}, "The box has never connected"),
        ({"bed": None}, "No box at this bed"),
        (
            {"contact_at": NOW + timedelta(minutes=2)},
            "Not sent since 14:02. The message service may not be running. Contact IT.",
        ),
    ],
)
def test_progress_says_why_it_stands_still(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime, device_says: dict[str, object], line: str
) -> None:
    assign(bed, playlists, None, now)
    Device.objects.update(**device_says)
    found = progress(bed, now + timedelta(minutes=2))
    assert found is not None
    assert found.stalled_because == line


def test_an_hour_of_another_day_says_so(bed: Bed, device: Device, playlists: list[Playlist], now: datetime) -> None:
    assign(bed, playlists, None, now)
    Device.objects.update(online=False)
    found = progress(bed, now + timedelta(days=1))
    assert found is not None
    assert found.stalled_because == "The box has been offline since 23 Nov, 14:02"


@pytest.mark.django_db(transaction=True)
def test_two_nurses_at_once_take_two_numbers(bed: Bed, playlists: list[Playlist], now: datetime) -> None:
    at_once(*[lambda: assign(Bed.objects.get(pk=bed.pk), playlists, None, now)] * 4)
    assert sorted(Assignment.objects.values_list("version", flat=True)) == [1, 2, 3, 4]
    assert len(set(Assignment.objects.values_list("stay", flat=True))) == 1


@pytest.mark.django_db(transaction=True)
def test_two_senders_claim_an_assignment_once(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime
) -> None:
    assign(bed, playlists, None, now)
    assert sum(map(len, at_once(*[lambda: unsent(now)] * 4))) == 1


def test_the_database_is_the_real_one_with_the_settings_own_options(request: pytest.FixtureRequest) -> None:
    assert connection.vendor == request.config.getoption("--database")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            journal = cursor.fetchone()[0]
            cursor.execute("PRAGMA synchronous")
            assert (journal, cursor.fetchone()[0]) == ("wal", 2)  # 2 is FULL


@pytest.mark.parametrize("said", [2 * AHEAD_MOST, 2**31 - 2])
def test_a_box_that_says_a_number_nobody_can_have_given_is_not_given_to_again_and_again(
    bed: Bed, device: Device, playlists: list[Playlist], now: datetime, said: int
) -> None:
    assigned = assign(bed, playlists[:1], None, now)
    claims = (
        AssignmentApplied(version=said, digest="0" * 64, held=1, needed=1),
        AssignmentRefused(version=assigned.version, have=said, reason="older than what I hold"),
    )
    for seq, claim in enumerate(claims, 1):
        ingest_log(device, log(seq, entry(claim, stay=assigned.stay)), now)
    confirming.hello(device, hello(version=said), 0, now)
    assert newest(bed) == assigned
