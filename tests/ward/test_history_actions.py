"""The actions of the history page: notes, excluded tracks, discharge and its confirmation."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from messages import Reset, TrackSkipped
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW, entry, log
from ward.assignments.assigning import AssigningError, assign, discharge, newest, put_back, wire, with_rules
from ward.assignments.models import Assignment
from ward.assignments.stays import mark_of
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist, Track
from ward.notes.models import Note
from ward.usage.ingest import ingest_log

MAY = (Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR)
ACTIONS = ("history_note", "history_never", "history_discharge", "history_move")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> Bed:
    """A bed with three playlists, where one track was skipped at once."""
    assigned = assign(bed, playlists, nurse, NOW - timedelta(hours=1))
    skipped = TrackSkipped(session="s0", playlist="calm", track=track(), heard_s=2.0)
    ingest_log(device, log(1, entry(skipped, stay=bed.stay)), NOW)
    Assignment.objects.filter(pk=assigned.pk).update(applied_at=NOW, sent_to=device)
    return bed


def track() -> str:
    return Track.objects.get(title="calm track").sha256


def post(user: User, name: str, bed: Bed, **said: str) -> HttpResponse:
    """A form of the page as it stands, but for what is said otherwise."""
    form = {"stay": mark_of(bed), "text": "Likes it low.", "newest": "0", "track": track()} | said
    if name == "history_move":
        form["bed"] = str(Bed.objects.get_or_create(room=bed.room, letter="Z")[0].pk)
    answered = logged_in(user).post(reverse(name, args=[bed.pk]), form)
    assert isinstance(answered, HttpResponse)
    return answered


def page(user: User, bed: Bed) -> str:
    body = logged_in(user).get(reverse("history", args=[bed.pk])).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def written() -> tuple[int, int]:
    return Note.objects.count(), Assignment.objects.count()


# who may


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("role", list(Role))
def test_nurses_therapists_and_administrators_write_and_nobody_else(
    name: str, role: Role, stay: Bed, ward: Ward
) -> None:
    before = written()
    answered = post(person(ward, role), name, stay)
    assert answered.status_code == (302 if role in MAY else 403)
    assert (written() == before) is (role not in MAY)


@pytest.mark.parametrize("name", ACTIONS)
def test_a_stranger_learns_nothing_and_writes_nothing(name: str, stay: Bed) -> None:
    stranger = person(Ward.objects.create(name="Hospice", slug="hospice"), Role.NURSE, "rt")
    before = written()
    assert post(stranger, name, stay).status_code == 404
    assert Client().post(reverse(name, args=[stay.pk])).status_code == 302
    assert written() == before


@pytest.mark.parametrize("name", ACTIONS)
def test_a_form_of_another_site_and_a_mere_link_write_nothing(name: str, stay: Bed, nurse: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(nurse)
    before = written()
    form = {"stay": mark_of(stay), "text": "x", "newest": "0", "track": track()}
    assert browser.post(reverse(name, args=[stay.pk]), form).status_code == 403
    assert browser.get(reverse(name, args=[stay.pk])).status_code == 405
    assert written() == before


@pytest.mark.parametrize("name", ACTIONS)
def test_a_page_of_an_earlier_patient_changes_nothing_of_the_next_ones(
    name: str, stay: Bed, playlists: list[Playlist], nurse: User
) -> None:
    old = mark_of(stay)
    discharge(stay, nurse, NOW)
    assign(stay, playlists, nurse, NOW)
    before = written()
    answered = post(nurse, name, stay, stay=old)
    assert answered.status_code == 409
    assert b"The stay shown on this page has ended. Nothing was changed." in answered.content
    assert written() == before


# notes


def test_a_note_says_when_and_by_whom_and_the_newest_stands_first(stay: Bed, nurse: User, ward: Ward) -> None:
    post(nurse, "history_note", stay)
    with time_machine.travel(NOW + timedelta(hours=8), tick=False):
        later = person(ward, Role.THERAPIST, "rt")
        post(later, "history_note", stay, text="Door\r\nclosed first.", newest=str(Note.objects.get().pk))
        said = page(nurse, stay)
    assert "Door closed first. Night shift, 22:02, RT 1 earlier note Likes it low. Late shift, 14:02, KM" in said


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  \r\n ", "The note is empty. Write a line, then save it."),
        ("x" * 281, "281 characters. A note can have up to 280. Shorten it, then save it."),
    ],
)
def test_a_note_that_cannot_be_kept_is_told_at_its_field_and_stays_there(
    text: str, line: str, stay: Bed, nurse: User
) -> None:
    answered = post(nurse, "history_note", stay, text=text)
    assert answered.status_code == 422
    assert line in answered.content.decode()
    assert text.strip() in answered.content.decode()
    assert not Note.objects.exists()


def test_a_note_holds_280_letters_and_a_new_line_is_one_of_them(stay: Bed, nurse: User) -> None:
    assert post(nurse, "history_note", stay, text="y" * 139 + "\r\n" + "y" * 140).status_code == 302
    assert len(Note.objects.get().text) == 280


def test_a_note_written_while_someone_else_wrote_one_is_kept_and_the_writer_is_told(
    stay: Bed, nurse: User, ward: Ward
) -> None:
    post(nurse, "history_note", stay)
    answered = post(person(ward, Role.NURSE, "rt"), "history_note", stay, text="Mine.")
    body = answered.content.decode()
    assert answered.status_code == 409
    assert "KM wrote a note at 14:02. It is shown here. Your text is kept below." in body
    assert "Likes it low." in body
    assert "Mine.</textarea>" in body
    assert f'name="newest" value="{Note.objects.get().pk}"' in body


def test_a_note_is_shown_as_text_whatever_is_written(stay: Bed, nurse: User) -> None:
    post(nurse, "history_note", stay, text="<b>loud</b>")
    assert b"&lt;b&gt;loud" in logged_in(nurse).get(reverse("history", args=[stay.pk])).content


def test_notes_end_with_the_stay_and_are_forgotten_with_the_next_ones_first(
    stay: Bed, playlists: list[Playlist], nurse: User
) -> None:
    post(nurse, "history_note", stay)
    post(nurse, "history_discharge", stay)
    stay.refresh_from_db()
    assign(stay, playlists, nurse, NOW)
    assert "Likes it low." not in page(nurse, stay)
    post(nurse, "history_note", stay, text="New here.")
    assert [note.text for note in Note.objects.all()] == ["New here."]


def test_restoring_a_stay_after_a_wrong_discharge_restores_its_notes(stay: Bed, nurse: User) -> None:
    post(nurse, "history_note", stay)
    post(nurse, "history_discharge", stay)
    put_back(stay, nurse, NOW)
    assert "Likes it low." in page(nurse, stay)


def test_a_restored_stay_goes_on_since_it_began(stay: Bed, nurse: User) -> None:
    post(nurse, "history_discharge", stay)
    later = NOW + timedelta(minutes=29)
    with time_machine.travel(later, tick=False):
        put_back(stay, nurse, later)
        assert "Current stay since 13:02." in page(nurse, stay)


def test_a_stay_is_restored_from_the_page_that_ended_it_under_one_name(stay: Bed, nurse: User) -> None:
    was = stay.stay
    post(nurse, "history_discharge", stay)
    browser = logged_in(nurse)
    for name in ("history", "assigned"):
        body = browser.get(reverse(name, args=[stay.pk])).content.decode()
        assert "Restore the stay" in body
        assert "Restore previous" not in body
        form = re.search(r'action="([^"]+/put-back)".*?name="version" value="(\d+)"', body, re.DOTALL)
        assert form is not None
    browser.post(form[1], {"version": form[2]})
    stay.refresh_from_db()
    assert stay.stay == was
    said = browser.get(reverse("assigned", args=[stay.pk])).content.decode()
    assert "The stay continues. Bed 1 A has its 3 previous playlists again." in said


def test_the_audit_knows_that_a_note_was_written_and_not_what_it_says(stay: Bed, nurse: User) -> None:
    post(nurse, "history_note", stay)
    row = AuditRow.objects.order_by("-number")[0]
    assert (row.verb, row.initials, row.after) == ("wrote_note", "KM", '{"letters":13}')


# never play here


def test_excluding_a_track_is_a_new_assignment_with_all_else_unchanged(stay: Bed, nurse: User) -> None:
    before = wire(Assignment.objects.get())
    assert post(nurse, "history_never", stay).status_code == 302
    last = newest(stay)
    assert last is not None
    after = wire(last)
    assert (after.version, after.stay, after.playlists) == (before.version + 1, before.stay, before.playlists)
    assert after.rules.never_play == (track(),)
    assert after.rules.expires_at == before.rules.expires_at
    assert "Excluded for this bed" in page(nurse, stay)


def test_a_second_press_makes_no_second_assignment(stay: Bed, nurse: User) -> None:
    for _ in range(2):
        assert post(nurse, "history_never", stay).status_code == 302
    assert Assignment.objects.count() == 2


def test_a_track_that_was_not_skipped_here_cannot_be_named(stay: Bed, nurse: User) -> None:
    for named in ("f" * 64, "nonsense", ""):
        assert post(nurse, "history_never", stay, track=named).status_code == 404
    assert Assignment.objects.count() == 1


def test_where_the_playlists_have_run_out_the_line_says_what_to_do(stay: Bed, nurse: User) -> None:
    with time_machine.travel(NOW + timedelta(days=15), tick=False):
        answered = post(nurse, "history_never", stay)
    assert answered.status_code == 422
    assert b"This bed has standard music only: assign playlists first." in answered.content


def test_new_rules_keep_the_playlists_and_a_bed_without_playlists_takes_none(stay: Bed, other_bed: Bed) -> None:
    rules = wire(Assignment.objects.get()).rules
    assert (
        wire(with_rules(stay, rules, None, NOW)).playlists == wire(Assignment.objects.order_by("version")[0]).playlists
    )
    with pytest.raises(AssigningError, match="standard music only"):
        with_rules(other_bed, rules, None, NOW)


# the end


def test_discharge_asks_once_more_on_the_same_page_and_names_the_bed(stay: Bed, nurse: User) -> None:
    body = logged_in(nurse).get(reverse("history", args=[stay.pk])).content.decode()
    asks, sure = body.index('<summary class="button">Discharge bed 1 A'), body.index("Yes, discharge bed 1 A")
    assert asks < sure < body.index("</details>", asks)


def test_after_discharge_the_page_waits_for_the_box_and_shows_its_confirmation(
    stay: Bed, device: Device, nurse: User
) -> None:
    post(nurse, "history_discharge", stay)
    stay.refresh_from_db()
    assert stay.stay is None
    assert "Waiting for the box to confirm since 14:02:00. Stay ended: 14:02, KM." in page(nurse, stay)
    last = newest(stay)
    assert last is not None
    proven_at = NOW + timedelta(minutes=10)
    ingest_log(device, log(2, entry(Reset(version=last.version), at=proven_at)), proven_at)
    assert "Box cleared: 14:12. Stay ended: 14:02, KM." in page(nurse, stay)


def test_the_confirmation_reaches_the_open_page(stay: Bed, nurse: User) -> None:
    discharge(stay, nurse, NOW)
    browser = logged_in(nurse)
    body = browser.get(reverse("history", args=[stay.pk])).content.decode()
    shown = re.findall(r'name="seen"[^>]* value="([^"]+)"', body)
    address = reverse("history_pulse", args=[stay.pk])
    assert b'id="end"' not in browser.get(address, {"seen": shown}).content
    Assignment.objects.filter(stay=None).update(applied_at=NOW)
    told = browser.get(address, {"seen": shown}).content
    assert b"Box cleared: 14:02." in told
    assert b'data-say="Bed 1 A: Box cleared' in told
    assert b"Restore the stay" in told, "it offers what the page offered"


def test_a_bed_without_a_box_waits_for_none(stay: Bed, nurse: User) -> None:
    Device.objects.update(bed=None)
    discharge(stay, nurse, NOW)
    assert "No box at this bed to confirm." in page(nurse, stay)


def test_a_second_tap_on_discharge_ends_nothing_else(stay: Bed, nurse: User) -> None:
    form = mark_of(stay)
    assert post(nurse, "history_discharge", stay).status_code == 302
    stay.refresh_from_db()
    answered = post(nurse, "history_discharge", stay, stay=form)
    assert answered.status_code == 409
    assert Assignment.objects.filter(stay=None).count() == 1


def test_the_link_to_write_a_note_opens_its_form_with_the_field_focused(stay: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    way = re.search(r'href="([^"]+)">Write a note<', browser.get(reverse("bed", args=[stay.pk])).content.decode())
    assert way is not None
    opened = browser.get(way[1]).content.decode()
    assert '<details class="write" open>' in opened
    assert re.search(r'<textarea id="note-text"[^>]* autofocus', opened)
    assert '<details class="write">' in browser.get(reverse("history", args=[stay.pk])).content.decode()


def test_the_page_of_the_bed_undoes_and_then_restores(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assign(bed, playlists[:1], nurse, NOW - timedelta(hours=1))
    assign(bed, playlists, nurse, NOW)
    browser, address = logged_in(nurse), reverse("bed", args=[bed.pk])
    assert "You have 30 seconds to undo." in browser.get(address).content.decode()
    with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
        later = browser.get(address).content.decode()
    assert "seconds to undo" not in later
    assert "Restore previous" in later
