"""Moving a stay on the pages: chosen and confirmed on the history page, told at both beds, moved back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.ward.at_once import at_once
from tests.ward.people import logged_in
from tests.ward.saying import NOW
from ward.assignments.assigning import assign, discharge, newest
from ward.assignments.models import Assignment
from ward.assignments.stays import mark_of
from ward.audit.models import AuditRow
from ward.beds.models import Access, Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.notes.models import Note

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=10, seconds=12)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> str:
    made = assign(bed, playlists, nurse, NOW - timedelta(hours=2))
    Note.objects.create(bed=bed, stay=made.stay, text="Likes it low.", written_by=nurse, written_at=NOW)
    bed.refresh_from_db()
    return str(made.stay)


def moves(browser: Client, bed: Bed, target: object, mark: str | None = None) -> HttpResponse:
    said = {"stay": mark_of(bed) if mark is None else mark, "bed": str(target)}
    answered = browser.post(reverse("history_move", args=[bed.pk]), said)
    assert isinstance(answered, HttpResponse)
    return answered


def words(answered: HttpResponse) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answered.content.decode()).split()))


def shown(browser: Client, name: str, bed: Bed) -> str:
    return words(browser.get(reverse(name, args=[bed.pk])))  # type: ignore[arg-type]


def offered(browser: Client, bed: Bed) -> dict[str, list[str]]:
    """By ward what the list offers."""
    body = unescape(browser.get(reverse("history", args=[bed.pk])).content.decode())
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', body, re.DOTALL)
    return {ward: re.findall(r">([^<]+)</option>", beds) for ward, beds in groups}


def another_ward(nurse: User, role: Role | None) -> Bed:
    made = Ward.objects.create(name="A ward that is first by name", slug="5")
    if role is not None:
        Access.objects.create(user=nurse, ward=made, role=role)
    return Bed.objects.create(room=Room.objects.create(ward=made, number="51", position=1), letter="")


def test_the_list_has_empty_open_beds_of_the_person_s_wards_with_their_boxes(
    stay: str, ward: Ward, bed: Bed, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    another_ward(nurse, Role.NURSE)
    room = Room.objects.create(ward=ward, number="4", position=4)
    offline, closed, taken = (Bed.objects.create(room=room, letter=letter) for letter in "ABC")
    Device.objects.create(number="0404", id="6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0404", bed=offline)
    Bed.objects.filter(pk=closed.pk).update(closed_at=NOW)
    assign(taken, playlists, nurse, NOW)
    assert list(offered(logged_in(nurse), bed).items()) == [
        ("Ward 4 North", ["2 (no box)", "4 A (box offline)"]),
        ("A ward that is first by name", ["51 (no box)"]),
    ]


@pytest.mark.parametrize("role", [None, Role.FACILITIES, Role.AUDITOR])
def test_a_bed_where_the_person_may_not_assign_is_not_offered_and_not_taken(
    role: Role | None, stay: str, bed: Bed, other_bed: Bed, nurse: User
) -> None:
    far = another_ward(nurse, role)
    browser = logged_in(nurse)
    assert list(offered(browser, bed)) == ["Ward 4 North"]
    answered = moves(browser, bed, far.pk)
    assert answered.status_code == 422
    assert "Nothing was moved. Choose a bed from the list." in words(answered)
    far.refresh_from_db()
    assert far.stay is None


@pytest.mark.parametrize("said", ["", "x", "0", "-1", "99999999999999999999", "999"])
def test_a_bed_that_there_is_not_moves_nothing(said: str, stay: str, bed: Bed, nurse: User) -> None:
    answered = moves(logged_in(nurse), bed, said)
    assert answered.status_code == 422
    assert "Choose a bed from the list." in words(answered)
    bed.refresh_from_db()
    assert bed.stay == stay


def test_it_lands_at_the_new_bed_and_both_beds_say_it(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    answered = moves(browser, bed, other_bed.pk)
    assert (answered.status_code, answered.headers["Location"]) == (302, reverse("assigned", args=[other_bed.pk]))
    body = browser.get(reverse("assigned", args=[other_bed.pk])).content.decode()
    assert re.search(r"<title>\s*Moved from bed 1 A to bed 2. Ward 4 North", body), body[:600]
    told = shown(browser, "assigned", other_bed)
    assert "The patient presses PLAY at bed 2 to go on." in told
    assert "Waiting for the box at bed 1 A to confirm since 14:02:00." in told
    assert "Move back to bed 1 A" in told
    assert not re.search("Restore|to undo|Previous", told)
    for name in ("history", "assigned", "bed"):
        old = shown(browser, name, bed)
        assert "Moved to bed 2: 14:02, KM." in old
        assert not re.search("Restore the stay|Wrong bed|Calm|Likes it low", old) or name == "bed"
    assert "Likes it low." in shown(browser, "history", other_bed)
    assert "Likes it low." not in shown(browser, "bed", bed)


def test_the_proof_of_the_old_box_reaches_the_open_page(
    stay: str, bed: Bed, device: Device, other_bed: Bed, nurse: User
) -> None:
    browser = logged_in(nurse)
    moves(browser, bed, other_bed.pk)
    body = browser.get(reverse("assigned", args=[other_bed.pk])).content.decode()
    known = re.findall(r'name="seen"[^>]* value="([^"]+)"', body)
    pulse = reverse("bed_pulse", args=[other_bed.pk])
    assert 'id="moved"' not in browser.get(pulse, {"seen": known}).content.decode()
    Assignment.objects.filter(bed=bed, stay=None).update(applied_at=LATER)
    with time_machine.travel(LATER, tick=False):
        told = browser.get(pulse, {"seen": known}).content.decode()
    assert "The box at bed 1 A is cleared: 14:12:12." in told
    assert "Move back to bed 1 A" in told


def test_without_a_box_at_the_old_bed_nothing_is_waited_for(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    Device.objects.all().delete()
    browser = logged_in(nurse)
    moves(browser, bed, other_bed.pk)
    assert "No box at bed 1 A to confirm." in shown(browser, "assigned", other_bed)


def test_it_is_moved_back_by_one_press(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    moves(browser, bed, other_bed.pk)
    other_bed.refresh_from_db()
    assert moves(browser, other_bed, bed.pk).status_code == 302
    bed.refresh_from_db()
    assert bed.stay == stay
    assert "Moved from bed 2 to bed 1 A" in shown(browser, "assigned", bed)
    assert "Moved to bed 1 A: 14:02, KM." in shown(browser, "history", other_bed)


def test_it_is_not_offered_to_move_back_to_a_bed_that_was_taken(
    stay: str, bed: Bed, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    browser = logged_in(nurse)
    moves(browser, bed, other_bed.pk)
    assign(bed, playlists[:1], nurse, NOW)
    assert "Move back" not in shown(browser, "assigned", other_bed)
    other_bed.refresh_from_db()
    answered = moves(browser, other_bed, bed.pk)
    assert answered.status_code == 422
    assert "Bed 1 A has a patient now. Choose another bed." in words(answered)


def test_the_page_of_the_new_bed_moves_back_and_the_old_bed_is_not_discharged(
    stay: str, bed: Bed, other_bed: Bed, nurse: User
) -> None:
    browser = logged_in(nurse)
    moves(browser, bed, other_bed.pk)
    assert "Move back to bed 1 A" in shown(browser, "bed", other_bed)
    old = shown(browser, "history", bed)
    assert "Moved to another bed" in old
    assert "Discharge" not in old
    assert "Write a note" not in shown(browser, "bed", bed)


def test_an_old_page_restores_nothing_at_the_old_bed(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    moves(browser, bed, other_bed.pk)
    answered = browser.post(reverse("put_back", args=[bed.pk]), {"version": "2"})
    assert answered.status_code == 409
    assert "This patient's stay is at bed 2 now." in words(answered)  # type: ignore[arg-type]
    version = newest(other_bed).version  # type: ignore[union-attr]
    answered = browser.post(reverse("put_back", args=[other_bed.pk]), {"version": str(version)})
    assert answered.status_code == 409
    assert "This stay came from bed 1 A. Move it back to undo that." in words(answered)  # type: ignore[arg-type]


def test_a_page_from_before_the_stay_ended_moves_nothing(stay: str, bed: Bed, other_bed: Bed, nurse: User) -> None:
    mark = mark_of(bed)
    discharge(bed, nurse, NOW)
    answered = moves(logged_in(nurse), bed, other_bed.pk, mark)
    assert answered.status_code == 409
    assert "The stay shown on this page has ended. Nothing was changed." in words(answered)


def test_an_old_page_writes_no_note_and_says_where_the_stay_is(
    stay: str, bed: Bed, other_bed: Bed, nurse: User
) -> None:
    browser, mark = logged_in(nurse), mark_of(bed)
    moves(browser, bed, other_bed.pk)
    said = {"stay": mark, "newest": "0", "text": "Slept well"}
    answered = browser.post(reverse("history_note", args=[bed.pk]), said)
    assert answered.status_code == 409
    assert "This patient's stay is at bed 2 now. Nothing was changed." in words(answered)  # type: ignore[arg-type]
    assert "Slept well" in words(answered), "what was typed is kept to copy"  # type: ignore[arg-type]


def test_on_another_ward_the_beds_are_named_with_their_wards(stay: str, bed: Bed, nurse: User) -> None:
    far = another_ward(nurse, Role.THERAPIST)
    browser = logged_in(nurse)
    moves(browser, bed, far.pk)
    assert "Moved from bed 1 A, Ward 4 North to bed 51" in shown(browser, "assigned", far)
    assert "Moved to bed 51, A ward that is first by name: 14:02, KM." in shown(browser, "history", bed)


def test_who_may_only_read_is_not_offered_it(stay: str, ward: Ward, bed: Bed, other_bed: Bed) -> None:
    auditor = User.objects.create_user("au")
    Access.objects.create(user=auditor, ward=ward, role=Role.AUDITOR)
    assert "Move the stay to another bed" not in shown(logged_in(auditor), "history", bed)


def test_where_no_bed_is_empty_it_is_said(stay: str, bed: Bed, nurse: User) -> None:
    assert "There is no empty bed on your wards." in shown(logged_in(nurse), "history", bed)


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_moves_once_and_both_are_led_to_the_new_bed(
    bed: Bed, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists, nurse, NOW)
    bed.refresh_from_db()
    said = {"stay": mark_of(bed), "bed": str(other_bed.pk), "once": "0123456789abcdef"}
    browser, second = logged_in(nurse), Client()
    second.cookies = browser.cookies
    address = reverse("history_move", args=[bed.pk])
    answers = at_once(lambda: browser.post(address, said), lambda: second.post(address, said))
    assert [answer.headers["Location"] for answer in answers] == [reverse("assigned", args=[other_bed.pk])] * 2
    assert AuditRow.objects.filter(verb="moved_stay").count() == 2, "one at each bed"


def test_music_chosen_for_an_empty_bed_is_not_assigned_to_a_patient_who_was_moved_there(
    bed: Bed, device: Device, other_bed: Bed, stay: str, nurse: User, playlists: list[Playlist]
) -> None:
    browser = logged_in(nurse)
    moves(browser, bed, other_bed.pk)
    other_bed.refresh_from_db()
    assign(other_bed, playlists[:1], nurse, NOW)  # a later version says nothing of the move
    sent = {"version": "0", "playlist": [playlists[-1].slug]}
    answered = browser.post(reverse("assign", args=[other_bed.pk]), sent)
    assert answered.status_code == 409
    said = words(answered)  # type: ignore[arg-type]
    assert f"A patient was moved here from bed {bed} while you were choosing. Nothing was assigned." in said
    assert "Your selection is kept" not in said
    last = newest(other_bed)
    assert last is not None
    assert [one["slug"] for one in last.message["playlists"]] == [playlists[0].slug]


def test_music_chosen_for_a_patient_who_was_moved_away_says_where_they_are(
    bed: Bed, device: Device, other_bed: Bed, stay: str, nurse: User, playlists: list[Playlist]
) -> None:
    browser, shown_version = logged_in(nurse), newest(bed)
    assert shown_version is not None
    moves(browser, bed, other_bed.pk)
    sent = {"version": str(shown_version.version), "playlist": [playlists[0].slug]}
    answered = browser.post(reverse("assign", args=[bed.pk]), sent)
    assert answered.status_code == 409
    assert f"This patient's stay is at bed {other_bed} now. Nothing was assigned." in words(answered)  # type: ignore[arg-type]
