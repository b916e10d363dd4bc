"""Entries come in once each and without a gap, whatever order and however often they are sent."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messages import (
    AssignmentApplied,
    AssignmentRefused,
    BoxStarted,
    Cause,
    Entry,
    Fault,
    FaultOver,
    Log,
    MessageError,
    Part,
    Receipt,
    Reset,
    decode,
    entry_data,
)
from tests.ward.saying import HASH, LOG, NOW, ended, entry, hello, log, payload, started, story
from ward.assignments import confirming
from ward.assignments.assigning import assign, discharge, newest
from ward.assignments.models import Assignment
from ward.assignments.sending import unsent
from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.json_text import DEEPEST
from ward.music.models import Playlist
from ward.usage.ingest import ingest_log, meet, through_of
from ward.usage.models import BoxLog, Session
from ward.usage.models import Entry as Row

pytestmark = pytest.mark.django_db

STORY = story(30)
BATCHES = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 12)), max_size=25)


def applied(assignment: Assignment, digest: str | None = None) -> Entry:
    said = AssignmentApplied(version=assignment.version, digest=digest or assignment.digest, held=1, needed=3)
    return entry(said, stay=assignment.stay)


def kept(device: Device) -> list[tuple[int, str, object]]:
    return list(Row.objects.filter(log__device=device).order_by("seq").values_list("seq", "kind", "data"))


def sessions() -> list[tuple[object, ...]]:
    columns = ("session", "started_at", "ended_at", "heard_s", "skips", "cause")
    return list(Session.objects.order_by("session").values_list(*columns))


def test_a_batch_is_stored_exactly_as_it_came_and_receipted(device: Device, now: datetime) -> None:
    assert ingest_log(device, log(1, *STORY), now) == Receipt(log_id=LOG, through=30)
    rows = list(Row.objects.order_by("seq"))
    assert [(r.seq, r.at, r.clock_ok, r.boot, r.stay, r.kind, r.data) for r in rows] == [
        (seq, e.at, e.clock_ok, e.boot, e.stay, e.kind, e.data) for seq, e in enumerate(STORY, 1)
    ]
    assert {r.received for r in rows} == {now}


def test_the_same_batch_twice_changes_nothing(device: Device, now: datetime) -> None:
    first = ingest_log(device, log(1, *STORY), now)
    before = kept(device), sessions()
    assert ingest_log(device, log(1, *STORY), now + timedelta(hours=1)) == first
    assert (kept(device), sessions()) == before


def test_what_lies_beyond_a_gap_is_not_receipted(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY[:5]), now)
    assert ingest_log(device, log(7, *STORY[6:]), now).through == 5
    assert ingest_log(device, log(4, *STORY[3:]), now).through == 30
    assert [seq for seq, _, _ in kept(device)] == list(range(1, 31))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
def test_any_order_repeat_and_overlap_ends_in_the_same_rows(device: Device, batches: list[tuple[int, int]]) -> None:
    Row.objects.all().delete()
    BoxLog.objects.all().delete()
    Session.objects.all().delete()
    through = 0
    for first, length in batches:
        chunk = STORY[first - 1 : first - 1 + length]
        if first <= through + 1:
            through = max(through, first - 1 + len(chunk))
        said = ingest_log(device, log(first, *chunk), NOW)
        reaches = through if first > through + 1 else first - 1 + len(chunk)
        assert (said.through, said.differs) == (reaches, False), "no receipt covers what did not just come"
        assert [seq for seq, _, _ in kept(device)] == list(range(1, through + 1))
    ingest_log(device, log(1, *STORY), NOW)
    assert [data for _, _, data in kept(device)] == [e.data for e in STORY]
    assert [(row[0], row[3]) for row in sessions()] == sorted((f"s{n}", 60.0) for n in range(15))
    assert not Session.objects.filter(ended_at=None).exists()


def test_a_new_log_of_the_same_box_begins_at_one(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY), now)
    assert ingest_log(device, log(1, *STORY[:3], log_id="log-2"), now) == Receipt(log_id="log-2", through=3)
    assert Row.objects.count() == 33


def test_a_restored_ward_jumps_to_what_the_box_holds_and_notes_the_gap(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY[:5]), now)
    assert meet(device, hello(oldest=11, next_seq=31)).through == 10
    found = BoxLog.objects.get()
    assert (found.gap_from, found.gap_until, found.through) == (6, 11, 10)
    assert ingest_log(device, log(11, *STORY[10:]), now).through == 30


def test_a_hello_without_a_gap_only_says_how_far_the_log_is_in(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, *STORY[:5]), now)
    assert meet(device, hello(oldest=3, next_seq=31)).through == 2, "what the box still holds is compared first"
    assert BoxLog.objects.get().gap_from is None
    assert through_of(device, LOG) == 5


def test_a_hello_that_contradicts_itself_moves_nothing(device: Device) -> None:
    assert meet(device, hello(oldest=2**52, next_seq=3)).through == 0


def test_an_entry_of_an_unknown_kind_and_one_that_breaks_its_kind_are_kept_whole(device: Device, now: datetime) -> None:
    unknown = Entry(at=NOW, clock_ok=True, boot="b", stay=None, kind="tea_time", data={"cups": [1, {"of": None}]})
    broken = Entry(at=NOW, clock_ok=True, boot="b", stay=None, kind="session_started", data={"session": 7})
    assert ingest_log(device, log(1, unknown, broken, entry(started("s1"))), now).through == 3
    assert [data for _, _, data in kept(device)][:2] == [unknown.data, broken.data]
    assert Session.objects.count() == 1


def test_nothing_that_travels_is_too_strange_to_be_kept(device: Device, now: datetime) -> None:
    deep: dict[str, object] = {}
    for _ in range(DEEPEST * 3):
        deep = {"in": deep}
    strange = [
        Entry(at=NOW, clock_ok=True, boot="b", stay=None, kind="a\x00b", data={"\x00": "\x00"}),
        Entry(at=NOW, clock_ok=True, boot="b", stay=None, kind="deep", data=deep),
        Entry(at=NOW, clock_ok=True, boot="b", stay=None, kind="big", data={"n": 10**40, "x": 1e308}),
        Entry(at=datetime.min.replace(tzinfo=UTC), clock_ok=True, boot="b", stay=None, kind="box_started", data={}),
        Entry(at=datetime.max.replace(tzinfo=UTC), clock_ok=True, boot="b", stay=None, kind="reset", data={}),
        entry(started("s\x00")),
    ]
    assert ingest_log(device, log(1, *strange), now).through == len(strange)
    found = kept(device)
    assert found[0] == (1, "a\ufffdb", {"\x00": "\x00"})
    assert isinstance(found[1][2], str)
    assert found[1][2].count('{"in":') == DEEPEST * 3
    assert found[2][2] == {"n": 10**40, "x": 1e308}


def test_what_could_be_read_can_be_kept_however_deep_it_nests(device: Device, now: datetime) -> None:
    """Readers and writers of JSON give up at depths of their own, which hang on how deep the program is itself."""
    plain = payload(log(1, Entry(at=NOW, clock_ok=True, boot="b", stay=None, kind="later", data={"in": 0})))
    kept = 0
    for depth in range(800, 1_000):
        nested = plain.replace(b'{"in":0}', b'{"in":' * depth + b"0" + b"}" * depth).replace(
            b"log-1", b"log-%d" % depth
        )
        try:
            said = decode(Log, nested)
        except MessageError:
            break
        assert ingest_log(device, said, now).through == 1, depth
        kept += 1
    assert kept > 20


def test_sessions_open_and_close_and_are_counted_once(device: Device, bed: Bed, now: datetime) -> None:
    ingest_log(device, log(1, entry(started("s1"), at=NOW)), now)
    assert Session.objects.get().ended_at is None
    ingest_log(device, log(2, entry(ended("s1"), at=NOW + timedelta(minutes=1))), now)
    found = Session.objects.get()
    assert (found.bed, found.heard_s, found.cause) == (bed, 60.0, "completed")
    assert found.ended_at == NOW + timedelta(minutes=1)


def test_an_end_whose_beginning_is_lost_counts_what_was_heard(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(ended("s1", heard_s=90.0))), now)
    assert Session.objects.get().started_at == NOW - timedelta(seconds=90)


def test_a_session_ends_once_whatever_is_told_of_it_again(device: Device, now: datetime) -> None:
    ingest_log(
        device, log(1, entry(started("s1")), entry(ended("s1", heard_s=90.0)), entry(ended("s1", heard_s=0.0))), now
    )
    ingest_log(device, log(4, entry(started("s1")), entry(ended("s1", heard_s=1.0), at=NOW - timedelta(days=9))), now)
    found = Session.objects.get()
    assert (found.heard_s, found.ended_at, found.cause) == (90.0, NOW, "completed")


def test_a_session_that_a_power_cut_left_open_ends_where_the_next_begins(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(started("s1"), at=NOW - timedelta(minutes=9))), now)
    ingest_log(device, log(2, entry(started("s2"), at=NOW)), now)
    assert Session.objects.get(session="s1").ended_at == NOW
    assert Session.objects.get(session="s2").ended_at is None
    ingest_log(device, log(3, entry(ended("s1", heard_s=30.0), at=NOW)), now)
    assert Session.objects.get(session="s1").heard_s == 30.0


def test_a_session_that_a_power_cut_left_open_ends_when_the_box_starts_anew(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(started("s1"), at=NOW - timedelta(minutes=9))), now)
    ingest_log(device, log(2, entry(BoxStarted(software="0.1", board="A"), at=NOW)), now)
    found = Session.objects.get()
    assert (found.ended_at, found.cause) == (NOW, Cause.RESTART)
    again = log(3, entry(started("s2"), at=NOW), entry(BoxStarted(software="0.1", board="A"), at=NOW))
    ingest_log(device, again, now)
    assert Session.objects.get(session="s2").cause == Cause.RESTART


def test_a_box_without_a_clock_is_timed_by_the_ward(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(started("s1"), at=datetime(1999, 1, 1, tzinfo=UTC), clock_ok=False)), now)
    found = Session.objects.get()
    assert (found.started_at, found.clock_ok) == (now, False)


def test_the_wards_own_digest_confirms_an_assignment(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    assigned_one = assign(bed, playlists, None, now)
    ingest_log(device, log(1, applied(assigned_one), entry(started("s1"), stay=assigned_one.stay)), now)
    assigned_one.refresh_from_db()
    assert (assigned_one.applied_at, assigned_one.played_at, assigned_one.held, assigned_one.needed) == (NOW, NOW, 1, 3)
    device.refresh_from_db()
    assert device.assignment_version == 1


def test_a_box_proves_no_music_at_a_bed_that_is_another_one_s(
    device: Device, bed: Bed, other_bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    theirs = assign(other_bed, playlists, None, now)
    Assignment.objects.update(applied_at=now)
    ingest_log(device, log(1, entry(started("s1"), stay=theirs.stay)), now)
    theirs.refresh_from_db()
    assert theirs.played_at is None
    Assignment.objects.update(sent_to=device)
    ingest_log(device, log(2, entry(started("s2"), stay=theirs.stay)), now)
    theirs.refresh_from_db()
    assert theirs.played_at == NOW


def test_a_forged_digest_confirms_nothing_and_the_bed_is_given_its_music_again(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    forged = assign(bed, playlists, None, now)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            ingest_log(device, log(1, applied(forged, digest=HASH)), now)
    forged.refresh_from_db()
    again = newest(bed)
    assert again is not None
    assert (forged.applied_at, again.version, again.applied_at) == (None, 2, None)
    assert again.message["playlists"] == forged.message["playlists"]
    assert len([r for r in caplog.records if "not what was assigned" in r.message]) == 1


def test_a_forged_version_above_ours_is_overtaken(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    assign(bed, playlists, None, now)
    said = AssignmentApplied(version=70, digest=HASH, held=0, needed=0)
    ingest_log(device, log(1, entry(said)), now)
    again = newest(bed)
    assert again is not None
    assert again.version == 71


def test_an_old_version_confirmed_late_leaves_the_newest_waiting(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    old, new = assign(bed, playlists[:1], None, now), assign(bed, playlists, None, now)
    ingest_log(device, log(1, applied(old)), now)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.applied_at, new.applied_at, newest(bed)) == (NOW, None, new)
    assert unsent(now) == [new]


def test_a_refusal_is_shown_and_a_used_number_is_overtaken(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    refused = assign(bed, playlists, None, now)
    ingest_log(device, log(1, entry(AssignmentRefused(version=1, have=0, reason="no room on the card"))), now)
    refused.refresh_from_db()
    assert refused.refused == "no room on the card"
    assert unsent(now) == []
    second = assign(bed, playlists, None, now)
    older = AssignmentRefused(version=second.version, have=9, reason="older than the one on this box")
    ingest_log(device, log(2, entry(older)), now)
    again = newest(bed)
    assert again is not None
    assert again.version == 10


def test_a_reset_entry_proves_the_discharge_and_nothing_else(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    first = assign(bed, playlists, None, now)
    gone = discharge(bed, None, now)
    entries = entry(Reset(version=first.version)), entry(Reset(version=gone.version), stay=first.stay)
    ingest_log(device, log(1, *entries), now)
    first.refresh_from_db()
    gone.refresh_from_db()
    assert (first.applied_at, gone.applied_at) == (None, NOW)


def test_a_box_that_was_carried_to_another_bed_tells_of_its_old_one(
    device: Device, bed: Bed, other_bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    first = assign(bed, playlists, None, now)
    unsent(now)
    Device.objects.update(bed=other_bed)
    device.refresh_from_db()
    ingest_log(device, log(1, applied(first), entry(started("s1"), stay=first.stay)), now)
    assert Session.objects.get().bed == bed
    first.refresh_from_db()
    assert first.applied_at == NOW


def test_a_box_that_holds_another_beds_music_is_reset_at_its_hello(
    device: Device, other_bed: Bed, bed: Bed, now: datetime
) -> None:
    confirming.hello(device, hello(version=5, stay="somebody-elses"), 0, now)
    sent = newest(bed)
    assert sent is not None
    assert (sent.version, sent.stay, sent.message["playlists"]) == (6, None, [])


def test_a_hello_with_an_older_version_is_sent_the_newest_at_once(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    assigned_one = assign(bed, playlists, None, now)
    unsent(now)
    confirming.hello(device, hello(version=0), 0, now)
    assert unsent(now) == [assigned_one]


def test_a_hello_in_step_changes_nothing(device: Device, bed: Bed, playlists: list[Playlist], now: datetime) -> None:
    assigned_one = assign(bed, playlists, None, now)
    unsent(now)
    ingest_log(device, log(1, applied(assigned_one)), now)
    confirming.hello(device, hello(version=1, stay=assigned_one.stay, next_seq=2), 1, now)
    assert newest(bed) == assigned_one
    assert unsent(now + timedelta(minutes=1)) == []


def test_a_confirmation_that_fell_into_a_gap_is_asked_for_under_a_fresh_version(
    device: Device, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    assigned_one = assign(bed, playlists, None, now)
    held = hello(version=1, stay=assigned_one.stay, oldest=9, next_seq=9)
    confirming.hello(device, held, meet(device, held).through, now)
    again = newest(bed)
    assert again is not None
    assert again.version == 2


def test_faults_come_and_go_and_a_start_clears_them(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(Fault(part=Part.SCREEN, reason="no answer at 0x3C"))), now)
    device.refresh_from_db()
    assert device.faults == {"screen": {"reason": "no answer at 0x3C", "since": NOW.isoformat()}}
    ingest_log(device, log(2, entry(FaultOver(part=Part.SCREEN, lasted_s=3.0))), now)
    device.refresh_from_db()
    assert device.faults == {}
    ingest_log(device, log(3, entry(Fault(part=Part.LOG, reason="set aside"))), now)
    ingest_log(device, log(4, entry(BoxStarted(software="0.2", board="A"))), now)
    device.refresh_from_db()
    assert (device.faults, device.software) == ({}, "0.2")


def test_the_story_of_these_tests_is_readable_to_the_contract() -> None:
    assert all(entry_data(one) is not None for one in STORY)
