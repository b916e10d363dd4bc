"""A stay is moved to another bed: whole, or not at all, and the old bed shows nothing of the patient."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User

from messages import Answered, Moment, Outcome, Question, Reset, TrackSkipped
from tests.ward.at_once import at_once
from tests.ward.conftest import make_playlist
from tests.ward.people import person
from tests.ward.saying import NOW, ended, entry, log, started
from ward.assignments.assigning import (
    AssigningError,
    LateError,
    assign,
    discharge,
    issue_again,
    newest,
    put_back,
    rules_of,
    wire,
    with_rules,
)
from ward.assignments.confirming import reset
from ward.assignments.models import Assignment, Blocked, Checked
from ward.assignments.moving import Spell, came_at, move, proof_of, spells_of
from ward.assignments.sending import unsent
from ward.assignments.stays import StaleError, held, mark_of
from ward.audit.models import AuditRow
from ward.bed.suggestions import sessions_of_stay
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Device, OfflineTime
from ward.history.actions import end_stay, write_note
from ward.history.reading import told_of
from ward.music.models import Playlist
from ward.notes.models import Note
from ward.purging import plan
from ward.purging.purge import purge
from ward.therapy import facts
from ward.therapy.models import Preferences, Review
from ward.tiles.rows import rows_of_bed
from ward.usage import pairs
from ward.usage.ingest import ingest_log
from ward.usage.models import Answer, Session

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEFORE = NOW - 5 * HOUR


@pytest.fixture
def other_device(other_bed: Bed) -> Device:
    return Device.objects.create(
        id="6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0402", number="0402", bed=other_bed, online=True, contact_at=NOW
    )


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> str:
    """All that a stay can have, at bed 1 A since five hours before."""
    made = assign(bed, playlists, nurse, BEFORE)
    Assignment.objects.filter(pk=made.pk).update(applied_at=BEFORE, sent_at=BEFORE, sent_to=device)
    ingest_log(device, log(1, *_heard("s1", BEFORE, str(made.stay))), BEFORE)
    about: dict[str, Any] = {"bed": bed, "stay": made.stay}
    Note.objects.create(text="Likes it low.", written_by=nurse, written_at=BEFORE, **about)
    Preferences.objects.create(comforts="rain", written_by=nurse, written_at=BEFORE, **about)
    Review.objects.create(by=nurse, at=BEFORE, **about)
    Checked.objects.create(by=nurse, at=BEFORE, **about)
    return str(made.stay)


def _heard(session: str, at: datetime, stay: str) -> list[Any]:
    """A session with both answers and a skipped track."""
    said = {"question": Question.PAIN, "outcome": Outcome.ANSWERED, "session": session, "took_s": 5.0}
    told = [
        Answered(moment=Moment.BEFORE, score=6, **said),
        started(session),
        TrackSkipped(session=session, playlist="calm", track="a" * 64, heard_s=2.0),
        ended(session),
        Answered(moment=Moment.AFTER, score=3, **said),
    ]
    return [entry(data, at=at, stay=stay) for data in told]


def moves(bed: Bed, target: Bed, nurse: User, at: datetime = NOW) -> Assignment:
    bed.refresh_from_db()
    return move(bed, target, nurse, at, mark=mark_of(bed))


# whole


def test_the_stay_goes_on_with_its_music_settings_and_beginning(
    stay: str, bed: Bed, other_bed: Bed, nurse: User
) -> None:
    before = wire(Assignment.objects.get(bed=bed))
    made = moves(bed, other_bed, nurse)
    for one in (bed, other_bed):
        one.refresh_from_db()
    assert (bed.stay, bed.stay_since, other_bed.stay, other_bed.stay_since) == (None, None, stay, BEFORE)
    after = wire(made)
    assert (after.stay, after.playlists, after.rules) == (stay, before.playlists, before.rules)
    assert rules_of(other_bed) == before.rules
    last = newest(bed)
    assert last is not None
    assert (last.stay, last.message["playlists"], last.version) == (None, [], 2), "the old box forgets and proves it"
    assert {row.bed for row in Assignment.objects.filter(other_bed__isnull=False)} == {bed, other_bed}


def test_every_model_with_a_bed_and_a_stay_says_whether_it_goes_along() -> None:
    names = [(model, {one.name for one in model._meta.get_fields()}) for model in apps.get_models()]
    both = {model for model, fields in names if {"bed", "stay"} <= fields}
    stays_where_it_happened = {Assignment, Session, Answer, Device}
    assert both - stays_where_it_happened == {model for model in both if getattr(model, "goes_with_stay", False)}


def test_what_belongs_to_the_patient_goes_along_and_outlives_the_next_stay_of_the_old_bed(
    stay: str, bed: Bed, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    moves(bed, other_bed, nurse)
    assign(bed, playlists, nurse, NOW + HOUR)
    write_note(bed, "New here.", nurse, NOW + HOUR, mark=mark_of(bed), newest="0")
    for model in (Note, Preferences, Review, Checked):
        assert [row.bed for row in model.objects.filter(stay=stay)] == [other_bed]  # type: ignore[attr-defined]


def test_every_reader_of_a_stay_goes_on_at_the_new_bed_and_the_old_one_shows_nothing(
    stay: str, bed: Bed, device: Device, other_bed: Bed, other_device: Device, nurse: User
) -> None:
    moves(bed, other_bed, nurse)
    _sent(other_bed, other_device)
    ingest_log(other_device, log(1, *_heard("s2", NOW + HOUR, stay)), NOW + HOUR)
    for one in (bed, other_bed):
        one.refresh_from_db()
    told = told_of(other_bed, NOW + HOUR)
    assert told is not None
    assert (told.since, len(told.sessions), len(told.answers), len(told.tracks)) == (BEFORE, 2, 4, 2)
    assert [note.text for note in told.notes] == ["Likes it low."]
    assert len(pairs.of_stay(other_bed)[Question.PAIN].pairs) == 2
    assert len(sessions_of_stay(other_bed)) == 2
    reviewed = facts.of_bed(other_bed, NOW + HOUR)
    assert reviewed is not None
    assert (len(reviewed.sessions), reviewed.review is not None, reviewed.since) == (2, True, BEFORE)
    face = rows_of_bed(other_bed)
    assert (face.note is not None, face.last is not None) == (True, True)
    assert (told_of(bed, NOW), facts.of_bed(bed, NOW), sessions_of_stay(bed)) == (None, None, [])
    old = rows_of_bed(bed)
    assert (old.note, old.last) == (None, None)


def test_what_happened_at_a_bed_stays_there_also_where_its_box_tells_of_it_late(
    stay: str, bed: Bed, device: Device, other_bed: Bed, other_device: Device, nurse: User
) -> None:
    moves(bed, other_bed, nurse)
    _sent(other_bed, other_device)
    ingest_log(device, log(6, *_heard("late", NOW - HOUR, stay)), NOW + HOUR)
    ingest_log(other_device, log(1, *_heard("new", NOW + HOUR, stay)), NOW + HOUR)
    beds = dict(Session.objects.values_list("session", "bed"))
    assert beds == {"s1": bed.pk, "late": bed.pk, "new": other_bed.pk}
    assert set(Session.objects.values_list("stay", flat=True)) == {stay}
    assert set(Answer.objects.filter(session="late").values_list("bed", flat=True)) == {bed.pk}


def test_a_box_that_is_carried_along_tells_each_session_at_the_bed_of_its_time(
    stay: str, bed: Bed, device: Device, other_bed: Bed, nurse: User
) -> None:
    moves(bed, other_bed, nurse)
    Device.objects.filter(pk=device.pk).update(bed=other_bed)
    device.refresh_from_db()
    _sent(other_bed, device)
    told = [*_heard("late", NOW - HOUR, stay), *_heard("new", NOW + HOUR, stay)]
    ingest_log(device, log(6, *told), NOW + HOUR)
    assert dict(Session.objects.values_list("session", "bed")) == {"s1": bed.pk, "late": bed.pk, "new": other_bed.pk}


def _sent(bed: Bed, device: Device) -> None:
    last = newest(bed)
    assert last is not None
    Assignment.objects.filter(pk=last.pk).update(applied_at=NOW, sent_at=NOW, sent_to=device)


def test_a_box_s_offline_time_counts_at_each_bed_only_while_the_stay_was_there(
    stay: str, bed: Bed, device: Device, other_bed: Bed, other_device: Device, nurse: User
) -> None:
    times = [(bed, -2, -1), (bed, 1, 2), (other_bed, -4, -3), (other_bed, -1, 1)]
    for where, since, until in times:
        OfflineTime.objects.create(bed=where, since=NOW + since * HOUR, until=NOW + until * HOUR)
    moves(bed, other_bed, nurse)
    other_bed.refresh_from_db()
    Device.objects.filter(pk=other_device.pk).update(contact_at=NOW + 3 * HOUR)
    told = told_of(other_bed, NOW + 3 * HOUR)
    assert told is not None
    assert told.offline == [(NOW - 2 * HOUR, NOW - HOUR), (NOW, NOW + HOUR)]
    assert spells_of(other_bed) == [Spell(bed.pk, None, NOW), Spell(other_bed.pk, NOW, None)]
    assert came_at([bed, other_bed]) == {other_bed.pk: NOW}


def test_music_that_has_run_out_stays_run_out(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    made = moves(bed, other_bed, nurse, NOW + 20 * DAY)
    assert (made.stay, wire(made).playlists, made.expired_at) == (stay, (), BEFORE + 14 * DAY)


def test_the_other_ward_s_night_and_excluded_tracks_hold(
    stay: str, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    far = _bed_of_another_ward()
    track = playlists[0].places.first()
    assert track is not None
    Blocked.objects.create(ward=far.room.ward, track=track.track, by=nurse, at=NOW)
    rules = wire(moves(bed, far, nurse)).rules
    assert (rules.night_begins, rules.night_ends, rules.never_play) == (22 * 60, 6 * 60, (track.track.sha256,))


def _bed_of_another_ward() -> Bed:
    far = Ward.objects.create(name="Ward 5", slug="5", night_from="22:00", night_until="06:00")
    return Bed.objects.create(room=Room.objects.create(ward=far, number="51", position=1), letter="")


def test_both_boxes_are_told(stay: str, bed: Bed, device: Device, other_device: Device, nurse: User) -> None:
    moves(bed, other_device.bed, nurse)  # type: ignore[arg-type]
    assert {(row.bed_id, row.stay) for row in unsent(NOW)} == {(bed.pk, None), (other_device.bed_id, stay)}


def test_the_audit_says_it_at_both_beds(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    moves(bed, other_bed, nurse)
    rows = AuditRow.objects.filter(verb="moved_stay")
    assert [(row.bed, row.before, row.after) for row in rows.order_by("number")] == [
        (one.pk, '{"bed":"1 A, Ward 4 North"}', '{"bed":"2, Ward 4 North"}') for one in (bed, other_bed)
    ]
    assert not AuditRow.objects.filter(verb__in=("discharged", "restored")).exists()


def test_the_old_box_proves_that_it_is_cleared(
    stay: str, bed: Bed, device: Device, other_bed: Bed, nurse: User
) -> None:
    made = moves(bed, other_bed, nurse)
    waits = proof_of(made)
    assert waits is not None
    assert (waits.bed, waits.applied_at) == (bed, None)
    again = issue_again(bed, NOW + HOUR)
    assert reset(device, Reset(version=again.version), NOW + HOUR) == bed.pk
    proven = proof_of(made)
    assert proven is not None
    assert proven.applied_at == NOW + HOUR


# back, and the ends of a stay


def test_the_old_bed_restores_nothing_while_the_stay_is_elsewhere(
    stay: str, bed: Bed, other_bed: Bed, nurse: User
) -> None:
    moves(bed, other_bed, nurse)
    with pytest.raises(LateError, match="This patient's stay is at bed 2 now"):
        put_back(bed, nurse, NOW + HOUR)
    discharge(other_bed, nurse, NOW + HOUR)
    with pytest.raises(LateError, match="moved to another bed"):
        put_back(bed, nurse, NOW + HOUR)
    assert Bed.objects.exclude(stay=None).count() == 0


def test_undoing_the_new_bed_s_version_does_not_throw_the_stay_away(
    stay: str, bed: Bed, other_bed: Bed, nurse: User
) -> None:
    made = moves(bed, other_bed, nurse)
    with pytest.raises(LateError, match="came from bed 1 A"):
        put_back(other_bed, nurse, NOW, made.version)
    assert newest(other_bed) == made


def test_what_is_changed_at_the_new_bed_is_undone_there(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    made = moves(bed, other_bed, nurse)
    with_rules(other_bed, rules_of(bed), nurse, NOW)
    back = put_back(other_bed, nurse, NOW)
    assert back is not None
    assert (back.stay, wire(back).playlists) == (stay, wire(made).playlists)


def test_moving_back_is_a_move_and_leaves_all_as_it_was(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    moves(bed, other_bed, nurse)
    back = moves(other_bed, bed, nurse, NOW + HOUR)
    for one in (bed, other_bed):
        one.refresh_from_db()
    assert (bed.stay, bed.stay_since, other_bed.stay) == (stay, BEFORE, None)
    assert wire(back).playlists == wire(Assignment.objects.order_by("pk")[0]).playlists
    assert [row.bed for row in Note.objects.all()] == [bed]
    assert [spell.bed for spell in spells_of(bed)] == [bed.pk, other_bed.pk, bed.pk]


def test_a_stay_that_was_moved_and_discharged_is_restored_where_it_ended(
    stay: str, bed: Bed, other_bed: Bed, nurse: User
) -> None:
    moves(bed, other_bed, nurse)
    other_bed.refresh_from_db()
    end_stay(other_bed, nurse, NOW + HOUR, mark=mark_of(other_bed))
    put_back(other_bed, nurse, NOW + HOUR + timedelta(minutes=29))
    assert (other_bed.stay, other_bed.stay_since) == (stay, BEFORE)
    assert Note.objects.filter(stay=stay, bed=other_bed).exists()


def test_a_stay_is_purged_by_its_last_end_and_not_by_that_at_its_old_bed(
    stay: str, bed: Bed, other_bed: Bed, nurse: User
) -> None:
    moves(bed, other_bed, nurse)
    discharge(other_bed, nurse, NOW + 60 * DAY)
    _purges(NOW + 100 * DAY)
    assert Assignment.objects.filter(stay=stay, bed=bed).exists()
    assert Note.objects.filter(stay=stay).exists()
    _purges(NOW + 151 * DAY)
    kinds = (Assignment, Note, Preferences, Review, Checked, Session, Answer)
    assert not any(kind.objects.filter(stay=stay).exists() for kind in kinds)  # type: ignore[attr-defined]


def _purges(at: datetime) -> None:
    purge(plan.steps(at, 90), at, 90, lambda: None, lambda _number, _what: None)


# what cannot be


def _occupied(bed: Bed, target: Bed, nurse: User) -> None:
    assign(target, [make_playlist("rain")], nurse, NOW)


def _closed(bed: Bed, target: Bed, nurse: User) -> None:
    Bed.objects.filter(pk=target.pk).update(closed_at=NOW)


def _ward_closed(bed: Bed, target: Bed, nurse: User) -> None:
    Ward.objects.filter(pk=target.room.ward_id).update(closed_at=NOW)


@pytest.mark.parametrize(
    ("meanwhile", "line"),
    [(_occupied, "Bed 2 has a patient now"), (_closed, "Bed 2 is closed now"), (_ward_closed, "Bed 2 is closed now")],
)
def test_a_bed_that_cannot_take_it_any_more_changes_nothing(
    meanwhile: Callable[[Bed, Bed, User], None], line: str, stay: str, bed: Bed, other_bed: Bed, nurse: User
) -> None:
    meanwhile(bed, other_bed, nurse)
    rows = Assignment.objects.count()
    with pytest.raises(AssigningError, match=line):
        moves(bed, other_bed, nurse)
    bed.refresh_from_db()
    assert (bed.stay, Assignment.objects.count(), Note.objects.get().bed) == (stay, rows, bed)


def test_the_same_bed_is_no_other_bed(stay: str, bed: Bed, nurse: User) -> None:
    with pytest.raises(AssigningError, match="at bed 1 A already"):
        moves(bed, Bed.objects.get(pk=bed.pk), nurse)


def test_an_old_page_moves_nothing_and_says_where_the_stay_is(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    bed.refresh_from_db()
    shown = mark_of(bed)
    moves(bed, other_bed, nurse)
    with pytest.raises(StaleError, match=r"This patient's stay is at bed 2 now\. Nothing was changed\."):
        move(bed, other_bed, nurse, NOW, mark=shown)
    with pytest.raises(StaleError, match=r"stay is at bed 2 now"):
        held(bed, shown)
    discharge(other_bed, nurse, NOW)
    with pytest.raises(StaleError, match="has ended"):
        move(other_bed, bed, nurse, NOW, mark=shown)


# at once


@pytest.mark.django_db(transaction=True)
def test_of_two_stays_moved_to_one_bed_at_once_one_comes_and_the_other_stays_whole(
    ward: Ward, bed: Bed, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    third = Bed.objects.create(room=bed.room, letter="C")
    for one in (bed, other_bed):
        assign(one, playlists[:1], nurse, NOW)
    told = at_once(*(_tries(one, third, nurse) for one in (bed, other_bed)))
    assert sorted(told) == ["", "Bed 1 C has a patient now. Choose another bed."]
    assert Bed.objects.exclude(stay=None).values("stay").distinct().count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_stays_that_would_change_places_at_once_both_stay(
    ward: Ward, bed: Bed, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    stays = [assign(one, playlists[:1], nurse, NOW).stay for one in (bed, other_bed)]
    for _pair in range(5):
        told = at_once(_tries(bed, other_bed, nurse), _tries(other_bed, bed, nurse))
        assert all("has a patient now" in line for line in told)
    assert list(Bed.objects.order_by("pk").values_list("stay", flat=True)) == stays


@pytest.mark.django_db(transaction=True)
def test_a_stay_is_moved_or_ended_and_never_both(
    ward: Ward, bed: Bed, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    colleague = person(ward, Role.NURSE, "other")
    for _pair in range(5):
        here, there = (bed, other_bed) if Bed.objects.get(pk=bed.pk).stay else (other_bed, bed)
        if Bed.objects.get(pk=here.pk).stay is None:
            assign(here, playlists[:1], nurse, NOW)
        told = at_once(_tries(here, there, nurse), _ends(here, colleague))
        assert sorted(line == "" for line in told) == [False, True]


def _tries(bed: Bed, target: Bed, nurse: User) -> Callable[[], str]:
    return _told(lambda one: move(one, Bed.objects.get(pk=target.pk), nurse, NOW, mark=mark_of(one)), bed)


def _ends(bed: Bed, nurse: User) -> Callable[[], str]:
    return _told(lambda one: end_stay(one, nurse, NOW, mark=mark_of(one)), bed)


def _told(action: Callable[[Bed], object], bed: Bed) -> Callable[[], str]:
    """What it was refused with; empty where it was done. The page was read before both."""
    shown = Bed.objects.select_related("room").get(pk=bed.pk)

    def tried() -> str:
        try:
            action(shown)
        except (AssigningError, StaleError) as refused:
            return str(refused)
        return ""

    return tried
