"""Answers, invitations and what was measured: each entry is read into a row once, whatever is sent again."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from messages import (
    Answered,
    AssignmentApplied,
    Cause,
    Change,
    Cleaning,
    Data,
    Moment,
    Outcome,
    Question,
    Reminded,
    SessionEnded,
)
from tests.ward.saying import NOW, ended, entry, log, started
from ward.assignments.assigning import assign
from ward.assignments.sending import unsent
from ward.beds.models import Bed
from ward.beds.models import Change as BedChange
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.usage.ingest import ingest_log
from ward.usage.models import Answer, BoxLog, Session
from ward.usage.models import Entry as Row
from ward.usage.reading import read

pytestmark = pytest.mark.django_db

PAIN = Answered(
    question=Question.PAIN, moment=Moment.BEFORE, outcome=Outcome.ANSWERED, score=6, session="s1", took_s=8.0
)
BETTER = Answered(
    question=Question.CHANGE, moment=Moment.AFTER, outcome=Outcome.ANSWERED, change=Change.BETTER, session="s1"
)


def test_an_answer_is_a_row_with_its_bed_its_session_and_when_it_was_asked(
    device: Device, bed: Bed, now: datetime
) -> None:
    ingest_log(device, log(1, entry(started("s1"), stay="stay1"), entry(PAIN, stay="stay1")), now)
    found = Answer.objects.get()
    assert (found.device, found.bed, found.stay, found.session) == (device, bed, "stay1", "s1")
    assert (found.question, found.moment, found.outcome) == ("pain", "before", "answered")
    assert (found.score, found.change) == (6, None)
    assert (found.asked_at, found.answered_at, found.clock_ok) == (NOW - timedelta(seconds=8), NOW, True)
    assert (found.log, found.seq) == (BoxLog.objects.get(), 2)


def test_an_answer_is_known_by_its_number_in_the_log_whatever_batch_it_came_in(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(PAIN), entry(started("s1"))), now)
    ingest_log(device, log(1, entry(PAIN), entry(started("s1")), entry(BETTER)), now)
    assert list(Answer.objects.order_by("seq").values_list("seq", "question")) == [(1, "pain"), (3, "change")]


def test_an_answer_is_told_to_the_open_pages_of_its_bed(device: Device, bed: Bed, now: datetime) -> None:
    ingest_log(device, log(1, entry(PAIN)), now)
    assert list(BedChange.objects.values_list("bed", flat=True)) == [bed.pk]


def test_the_answer_in_three_is_a_word_and_no_score(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(BETTER)), now)
    found = Answer.objects.get()
    assert (found.question, found.moment, found.score, found.change) == ("change", "after", None, "better")


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.NOT_ANSWERED])
def test_a_question_without_an_answer_is_counted_and_never_scored(
    outcome: Outcome, device: Device, now: datetime
) -> None:
    stood_somewhere = msgspec.structs.replace(PAIN, outcome=outcome, change=Change.SAME, session=None)
    ingest_log(device, log(1, entry(stood_somewhere)), now)
    found = Answer.objects.get()
    assert (found.outcome, found.score, found.change, found.session) == (outcome.value, None, None, None)


def test_a_score_of_nothing_is_a_score(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(msgspec.structs.replace(PAIN, score=0))), now)
    assert Answer.objects.get().score == 0


def test_the_same_answers_twice_are_there_once_also_where_an_entry_is_read_again(device: Device, now: datetime) -> None:
    told = [entry(PAIN), entry(BETTER)]
    for _ in range(2):
        ingest_log(device, log(1, *told), now)
    assert Answer.objects.count() == 2
    read(device, BoxLog.objects.get(), 1, told, now)
    assert Answer.objects.count() == 2
    ingest_log(device, log(1, *told, log_id="log-2"), now)
    assert Answer.objects.count() == 4


def test_an_answer_of_a_box_that_was_carried_elsewhere_belongs_to_the_bed_of_its_stay(
    device: Device, bed: Bed, other_bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    assigned = assign(bed, playlists, None, now)
    unsent(now)
    Device.objects.update(bed=other_bed)
    device.refresh_from_db()
    applied = AssignmentApplied(version=assigned.version, digest=assigned.digest, held=1, needed=1)
    ingest_log(device, log(1, entry(applied, stay=assigned.stay), entry(PAIN, stay=assigned.stay)), now)
    assert Answer.objects.get().bed == bed


def test_an_answer_of_a_box_without_a_clock_is_timed_by_the_ward(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(PAIN, at=datetime(1999, 1, 1, tzinfo=UTC), clock_ok=False)), now)
    found = Answer.objects.get()
    assert (found.answered_at, found.asked_at, found.clock_ok) == (now, now - timedelta(seconds=8), False)


def test_an_answer_that_took_for_ever_is_still_a_date(device: Device, now: datetime) -> None:
    slow = entry(msgspec.structs.replace(PAIN, took_s=1e9, session="s\x00"), at=datetime(1, 1, 1, tzinfo=UTC))
    ingest_log(device, log(1, slow), now)
    found = Answer.objects.get()
    assert (found.session, found.answered_at - found.asked_at) == ("s\ufffd", timedelta(days=1))


def test_an_answer_that_breaks_its_kind_is_kept_whole_and_makes_no_row(device: Device, now: datetime) -> None:
    broken = msgspec.structs.replace(entry(PAIN), data={**entry(PAIN).data, "score": 11})
    assert ingest_log(device, log(1, broken, entry(BETTER)), now).through == 2
    assert [found.change for found in Answer.objects.all()] == ["better"]


@pytest.mark.parametrize("data", [Reminded(accepted=True), Reminded(accepted=False), Cleaning()])
def test_an_invitation_and_the_cleaning_mode_are_their_entries(data: Data, device: Device, now: datetime) -> None:
    assert ingest_log(device, log(1, entry(data)), now).through == 1
    assert Row.objects.get().data == msgspec.to_builtins(data)
    assert not Answer.objects.exists()


def test_a_session_keeps_how_loud_it_was_and_why_it_began(device: Device, now: datetime) -> None:
    quiet = SessionEnded(
        session="s1",
        playlist="calm",
        heard_s=60.0,
        level_dba=38.0,
        skips=0,
        cause=Cause.NURSE_CALL,
        mean_dba=34.5,
        max_dba=41.2,
    )
    ingest_log(device, log(1, entry(started("s1", Cause.TIMED)), entry(quiet)), now)
    found = Session.objects.get()
    assert (found.mean_dba, found.max_dba, found.begun_by, found.cause) == (34.5, 41.2, "timed", "nurse_call")


def test_a_session_that_nobody_measured_has_no_loudness(device: Device, now: datetime) -> None:
    ingest_log(device, log(1, entry(ended("s1"))), now)
    found = Session.objects.get()
    assert (found.mean_dba, found.max_dba, found.begun_by) == (None, None, "")
