"""The audit's rows: chained, only ever added, and whatever was done to them is found."""

import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import BinaryField, TextField, Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ward.at_once import at_once
from tests.ward.audit_rows import any_rows, change, empty, first_broken, remove
from tests.ward.saying import NOW
from ward.assignments.assigning import AssigningError, assign
from ward.assignments.models import Assignment
from ward.audit.chain import Whole, row_hash, verify
from ward.audit.models import BEGIN, AppendOnlyError, AuditHead, AuditRow
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed, Ward
from ward.music.models import Playlist

pytestmark = pytest.mark.django_db
COLUMNS = [field.name for field in AuditRow._meta.concrete_fields]
LETTERS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=16)
WRITTEN: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(COLUMNS, LETTERS) | {
    "number": st.integers(8, 2**62),
    "at": st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - its form
    **dict.fromkeys(("account", "ward", "bed"), st.none() | st.integers(0, 2**62)),
}


@pytest.fixture
def story(bed: Bed, nurse: User) -> list[AuditRow]:
    """Seven rows, so that there is a middle."""
    return [
        record(
            AuditVerb.ASSIGNED,
            by=nurse,
            bed=bed,
            before={"playlists": []},
            after={"n": n},
            now=NOW + timedelta(minutes=n),
        )
        for n in range(7)
    ]


def audit(*arguments: str) -> str:
    out = io.StringIO()
    call_command("audit", *arguments, stdout=out)
    return out.getvalue()


def test_a_row_says_who_when_where_what_and_follows_on_the_one_before(bed: Bed, nurse: User, now: datetime) -> None:
    first = record(AuditVerb.ASSIGNED, by=nurse, bed=bed, before={"b": 1, "a": 2}, after=["Zoë"], now=now)
    second = record(AuditVerb.SIGNED_OUT, by=None, now=now)
    first.refresh_from_db()
    assert (first.number, first.account, first.initials, first.at) == (1, nurse.pk, "KM", now)
    assert (first.ward, first.ward_name) == (bed.room.ward.pk, "Ward 4 North")
    assert (first.bed, first.bed_label) == (bed.pk, "1 A")
    assert (first.verb, first.before, first.after) == ("assigned", '{"a":2,"b":1}', '["Zoë"]')
    assert (second.number, second.account, second.ward, second.bed, second.initials) == (2, None, None, None, "")
    head = AuditHead.objects.get()
    assert (head.number, head.hash) == (2, second.hash)


def test_an_auditor_comes_to_the_same_hash_with_nothing_but_the_documents_words(bed: Bed, nurse: User) -> None:
    row = record(AuditVerb.ASSIGNED, by=nurse, bed=bed, after={"playlists": ["ü"]}, now=NOW)
    written = (
        f'[1,"2026-11-23T14:02:00.000000+00:00",{nurse.pk},"KM",{bed.room.ward.pk},"Ward 4 North",{bed.pk},"1 A",'
        f'"assigned","",{json.dumps(row.after)}]'
    )
    assert row.hash == sha256((BEGIN + written).encode()).hexdigest()


def test_a_action_that_fails_leaves_no_row_and_a_row_that_fails_no_action(
    bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    with pytest.raises(AssigningError):
        assign(bed, playlists * 5, None, now)
    assert not AuditRow.objects.exists()
    AuditHead.objects.create(pk=1)
    AuditRow.objects.create(number=1, at=now, verb="assigned", hash=BEGIN)  # where the next row wants to stand
    with pytest.raises(DatabaseError), transaction.atomic():
        assign(bed, playlists, None, now)
    assert not Assignment.objects.exists()


def test_the_orm_refuses_to_change_or_remove_a_row(story: list[AuditRow]) -> None:
    row, rows = story[3], AuditRow.objects.filter(number=4)
    actions: list[Callable[[], object]] = [
        row.save,
        row.delete,
        rows.delete,
        AuditRow.objects.get(number=4).save,
        lambda: rows.update(initials="XX"),
        lambda: AuditRow.objects.bulk_update([row], ["initials"]),
    ]
    for action in actions:
        with pytest.raises(AppendOnlyError):
            action()
    assert isinstance(verify(), Whole)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_row SET initials = 'XX' WHERE number = 4",
        "UPDATE audit_row SET number = 40 WHERE number = 4",
        "DELETE FROM audit_row WHERE number = 4",
        "DELETE FROM audit_row",
        "TRUNCATE audit_row",
        "INSERT OR REPLACE INTO audit_row SELECT * FROM audit_row WHERE number = 4",
        "INSERT INTO audit_row SELECT * FROM audit_row WHERE number = 4 ON CONFLICT (number) DO UPDATE SET verb = 'x'",
    ],
)
def test_the_database_itself_refuses_to_change_or_remove_a_row(story: list[AuditRow], statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify() == Whole(7, story[-1].hash)


def test_the_database_refuses_what_goes_around_the_models_own_refusal(story: list[AuditRow]) -> None:
    rows = any_rows(number=4)
    for action in (rows.delete, lambda: rows.update(initials="XX"), lambda: any_rows().update(verb="assigned")):
        with pytest.raises(DatabaseError), transaction.atomic():
            action()
    assert verify() == Whole(7, story[-1].hash)


def test_a_whole_chain_is_one_line_with_its_count_and_its_head(story: list[AuditRow]) -> None:
    assert audit("verify") == f"OK: 7 records checked. Latest hash: {story[-1].hash}\n"
    assert (
        audit("verify", "--head", story[2].hash[:12].upper())
        == f"OK: 7 records checked. Latest hash: {story[-1].hash}\n"
    )


def test_a_chain_without_a_row_is_whole() -> None:
    assert audit("verify") == f"OK: 0 records checked. Latest hash: {BEGIN}\n"


@pytest.mark.parametrize("column", COLUMNS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, 7), data=st.data())
def test_a_change_of_any_column_of_any_row_is_found_at_that_row(
    story: list[AuditRow], column: str, number: int, data: st.DataObject
) -> None:
    was = AuditRow.objects.values_list(column, flat=True).get(number=number)
    value = data.draw(WRITTEN[column].filter(lambda drawn: drawn != was))
    with transaction.atomic():
        change(number, **{column: value})
        assert first_broken() == number
        transaction.set_rollback(True)
    assert isinstance(verify(), Whole)


@pytest.mark.parametrize("number", range(1, 8))
def test_a_row_that_was_removed_is_found_wherever_it_stood(story: list[AuditRow], number: int) -> None:
    remove(number=number)
    with pytest.raises(CommandError, match=f"BROKEN: record {number} is missing") as refused:
        audit("verify")
    assert refused.value.returncode == 1


@pytest.mark.parametrize(("one", "other"), [(1, 2), (3, 5), (1, 7), (6, 7)])
def test_two_rows_that_changed_places_are_found(story: list[AuditRow], one: int, other: int) -> None:
    for number, becomes in ((one, 99), (other, one), (99, other)):
        change(number, number=becomes)
    assert first_broken() == one


def test_a_tail_that_was_cut_off_is_found_by_the_head_and_with_the_head_by_one_that_was_noted(
    story: list[AuditRow],
) -> None:
    remove(number__gt=5)
    assert first_broken() == 6
    AuditHead.objects.update(number=5, hash=story[4].hash)
    assert verify() == Whole(5, story[4].hash)
    assert verify(story[2].hash) == Whole(5, story[4].hash)
    with pytest.raises(CommandError, match="records were removed or rewritten"):
        audit("verify", "--head", story[6].hash)


def test_a_chain_that_was_written_anew_is_found_by_a_head_that_was_noted(story: list[AuditRow]) -> None:
    empty()
    for row in story:
        record(AuditVerb.STOPPED, by=None, now=row.at)
    assert isinstance(verify(), Whole)
    assert verify(story[6].hash) != verify()


def test_a_head_that_names_another_hash_and_a_row_beside_the_head_are_found(story: list[AuditRow]) -> None:
    AuditHead.objects.update(hash=BEGIN)
    assert first_broken() == 7
    AuditHead.objects.update(number=6, hash=story[5].hash)
    assert first_broken() == 7


@pytest.mark.parametrize(
    ("column", "written"),
    [("at", "nonsense"), ("at", "2026-13-45 00:00:00"), ("initials", b"KM"), ("before", b""), ("bed", "x")],
)
def test_what_no_reader_understands_is_found_too(story: list[AuditRow], column: str, written: object) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this database keeps to its columns' types")
    kind = BinaryField() if isinstance(written, bytes) else TextField()
    change(4, **{column: Value(written, output_field=kind)})
    assert first_broken() == 4


def test_what_is_no_hash_is_refused_in_one_line(story: list[AuditRow]) -> None:
    for word in ("abc", "no hash at all", "0" * 65):
        with pytest.raises(CommandError, match="is not a hash") as refused:
            audit("verify", "--head", word)
        assert refused.value.returncode == 2


@pytest.mark.django_db(transaction=True)
def test_the_chain_stays_a_chain_under_many_writers(bed: Bed, playlists: list[Playlist], now: datetime) -> None:
    beds = [Bed.objects.create(room=bed.room, letter=letter) for letter in "CDEF"] * 5

    at_once(*[lambda: [assign(beds.pop(), playlists, None, now) for _ in range(5)]] * 4)
    found = verify()
    assert isinstance(found, Whole)
    assert found.rows == Assignment.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_two_who_write_the_first_row_at_once_write_two(now: datetime) -> None:
    at_once(*[lambda: record(AuditVerb.SIGNED_OUT, by=None, now=now)] * 4)
    assert isinstance(found := verify(), Whole)
    assert found.rows == 4


@pytest.mark.django_db(transaction=True)
def test_the_chain_is_whole_for_whoever_verifies_while_others_write(now: datetime) -> None:
    found: list[object] = []

    def both() -> None:
        for _ in range(10):
            record(AuditVerb.SIGNED_OUT, by=None, now=now)
            found.append(verify())

    at_once(*[both] * 3)
    assert [one for one in found if not isinstance(one, Whole)] == []


def test_verifying_takes_no_more_memory_for_more_rows(now: datetime) -> None:
    def peak() -> int:
        tracemalloc.start()
        try:
            assert isinstance(verify(), Whole)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    grow(4_000)
    few = peak()
    grow(8_000)
    assert peak() < few * 1.5


def grow(rows: int) -> None:
    """Rows as `record` adds them, many at once."""
    head = AuditHead.objects.first() or AuditHead(pk=1)
    made = []
    for number in range(head.number + 1, head.number + rows + 1):
        row = AuditRow(number=number, at=NOW, verb="assigned", after='{"playlists":["calm","garden","sleep"]}')
        row.hash = row_hash(head.hash, row)
        head.number, head.hash = number, row.hash
        made.append(row)
    AuditRow.objects.bulk_create(made, batch_size=500)
    head.save()


def test_the_export_holds_every_row_and_is_a_row_itself(story: list[AuditRow]) -> None:
    lines = list(csv.reader(io.StringIO(audit("export"))))
    assert [line[0] for line in lines[1:-1]] == [str(number) for number in range(1, 8)]
    assert lines[1][1:4] == ["2026-11-23T14:02:00.000000+00:00", str(story[0].account), "KM"]
    assert lines[-1] == ["A music player for relaxation and rest. Not a medical device, not a monitor, not an alarm."]
    last = AuditRow.objects.get(number=8)
    assert (last.verb, json.loads(last.after)) == ("exported", {"what": "audit", "through": 7})


def test_the_export_of_one_ward_holds_no_other(story: list[AuditRow], now: datetime) -> None:
    other = Ward.objects.create(name="Hospice", slug="hospice")
    record(AuditVerb.ROLE_ADDED, by=None, ward=other, now=now)
    said = audit("export", "--ward", "hospice")
    assert "Hospice" in said
    assert "Ward 4 North" not in said
    with pytest.raises(CommandError, match="Wards: 4-north, hospice"):
        audit("export", "--ward", "nowhere")


def test_no_spreadsheet_runs_what_somebody_calls_themselves(ward: Ward, now: datetime) -> None:
    name = User.objects.create_user("mallory", first_name="=cmd", last_name="|calc")
    record(AuditVerb.INVITED, by=name, ward=ward, now=now)
    assert ",'=|," in audit("export")
