"""What is kept of a form that came without its session: unreadable, for one person, for twelve hours, and no secret."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.outliving import SEEN, WORD, browser, clock, km, log_in, note_at, outlived, rt, said, stay, typed_note
from tests.ward.page_forms import form_to
from tests.ward.people import person
from tests.ward.saying import NOW
from tests.ward.test_pages_access import path_of
from ward.beds.models import Bed, Role
from ward.people import keeping, marks
from ward.people.models import KeptForm
from ward.people.roles import switch_off

__all__ = ["browser", "clock", "km", "rt", "stay"]  # fixtures


# what is not kept, and for how long the rest is


def test_what_is_kept_can_be_read_neither_in_the_database_nor_in_a_session(browser: Client, stay: Bed) -> None:
    outlived(browser, stay)
    log_in(browser, "km")
    row = KeptForm.objects.get()
    assert not [word for word in ("Breathes", "history", "door") if word in row.said + row.key]
    assert not [one for one in Session.objects.all() if "Breathes" in str(one.get_decoded())]


def test_a_mark_tells_nobody_whose_it_is_and_where_it_stood(browser: Client, stay: Bed) -> None:
    first, second = (typed_note(browser, stay)[marks.FIELD][0] for _time in range(2))
    assert first != second
    assert "history" not in first
    with override_settings(SECRET_KEY="another key than the one that made it"):
        assert marks.decrypt(first, 60) is None


@pytest.mark.parametrize("wrong", ["", "x", "gAAAAA", "gAAAAABk\u00e9", "turned", "of another key", "too old"])
def test_a_form_with_a_mark_that_is_none_of_ours_is_nobody_s(
    wrong: str, browser: Client, stay: Bed, clock: time_machine.Traveller
) -> None:
    form = typed_note(browser, stay)
    mark = form[marks.FIELD][0]
    with override_settings(SECRET_KEY="another key than the one that made it"):
        other = marks.encrypt([User.objects.get(username="km").pk, "/own/"])
    words = {"turned": mark[:-9] + ("A" if mark[-9] != "A" else "B") + mark[-8:], "of another key": other}
    if wrong == "too old":
        clock.move_to(NOW + timedelta(hours=24, minutes=1))
    del browser.cookies["sessionid"]
    answer = browser.post(
        note_at(stay), form | {marks.FIELD: [words.get(wrong, mark if wrong == "too old" else wrong)]}
    )
    assert "Nothing was sent. Sign in and do it again." in said(browser.get(answer.headers["Location"]))
    assert not KeptForm.objects.exists()


def test_a_made_up_a_foreign_and_an_expired_key_are_one_plain_line(
    browser: Client, stay: Bed, rt: User, clock: time_machine.Traveller
) -> None:
    outlived(browser, stay)
    key, line = KeptForm.objects.get().key, "No saved entry Entries are kept for 12 hours"
    log_in(browser, "rt")
    foreign = browser.get(keeping.address(key))
    for page in (foreign, browser.get(keeping.address("made-up")), browser.get(keeping.address("x" * 3000))):
        assert (page.status_code, line in said(page), SEEN in page.content.decode()) == (200, True, False)
    drop = form_to(browser.get(reverse("own")).content, reverse("logout")).fields
    assert browser.post(reverse("kept_drop", args=[key]), drop).headers["Location"] == reverse("board")
    assert KeptForm.objects.count() == 1, "nobody throws another's away"
    clock.move_to(NOW + timedelta(hours=12))
    browser.cookies.pop("sessionid", None)
    log_in(browser, "km")
    assert line in said(browser.get(keeping.address(key)))
    assert "entry is saved" not in said(browser.get(reverse("own")))


def test_what_is_kept_is_deleted_after_twelve_hours_when_the_next_is_kept(
    browser: Client, stay: Bed, clock: time_machine.Traveller
) -> None:
    outlived(browser, stay)
    first = KeptForm.objects.get().key
    clock.move_to(NOW + timedelta(hours=12))
    log_in(browser, "km")
    outlived(browser, stay)
    assert KeptForm.objects.get().key != first


def test_a_row_that_was_changed_or_moved_to_another_account_is_offered_to_nobody(
    browser: Client, stay: Bed, rt: User
) -> None:
    outlived(browser, stay)
    row = KeptForm.objects.get()
    KeptForm.objects.update(user=rt)
    log_in(browser, "rt")
    assert "No saved entry" in said(browser.get(keeping.address(row.key)))
    assert KeptForm.objects.count() == 0
    KeptForm.objects.create(key=row.key, user=rt, at=NOW, said=row.said[:-9])
    assert "No saved entry" in said(browser.get(keeping.address(row.key)))


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("own_pin", "918273"),
        ("account_change_password", "ropes on the pier"),
        ("people_invite", "nurse"),
        ("login", WORD),
    ],
)
def test_passwords_pins_and_links_are_never_kept_with_whatever_mark(
    name: str, secret: str, browser: Client, stay: Bed
) -> None:
    form = typed_note(browser, stay, secret)
    del browser.cookies["sessionid"]
    browser.post(path_of(name, stay) if name != "login" else reverse("login"), form)
    assert not KeptForm.objects.exists()


def test_a_file_and_a_form_that_is_longer_than_any_of_ours_are_not_kept(browser: Client, stay: Bed) -> None:
    form = typed_note(browser, stay)
    del browser.cookies["sessionid"]
    for more in ({"file": SimpleUploadedFile("a.txt", b"x")}, {"text": "x" * keeping.LONGEST}):
        answer = browser.post(note_at(stay), form | more)
        assert "unsent=1" in answer.headers["Location"]
    assert not KeptForm.objects.exists()


def test_a_person_has_ten_entries_and_one_that_is_sent_again_is_the_same(browser: Client, stay: Bed) -> None:
    form = typed_note(browser, stay)
    del browser.cookies["sessionid"]
    for text in ("first", "first", *(f"note {number}" for number in range(keeping.MOST))):
        browser.post(note_at(stay), form | {"text": [text]})
    assert KeptForm.objects.count() == keeping.MOST


def test_an_account_that_is_switched_on_again_has_nothing_of_before(browser: Client, stay: Bed, km: User) -> None:
    outlived(browser, stay)
    assert KeptForm.objects.exists()
    switch_off(km, stay.room.ward, person(stay.room.ward, Role.ADMINISTRATOR), NOW)
    assert not KeptForm.objects.exists()


def test_nothing_is_kept_for_an_account_that_was_switched_off(browser: Client, stay: Bed, km: User) -> None:
    form = typed_note(browser, stay)
    User.objects.filter(pk=km.pk).update(is_active=False)
    assert "unsent=1" in browser.post(note_at(stay), form).headers["Location"]
    assert not KeptForm.objects.exists()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/bed/99999999999999999999999999/history/note", {"text": "x"}),
        ("/bed/1/assign/", {"playlist": ["nowhere", "calm"], "rules": "said", "cap_day": "x", "bed": "9" * 40}),
        ("/w/nowhere/evening/", {"bed": ["9" * 40, "\u0663"], "playlist": "\ufffd"}),
        ("/w/4-north/evening/", {"bed": ["9" * 40, "\u0663"], "playlist": "x" * 300}),
        ("/therapy/4-north/never/add", {"track": "x" * 300, "again": "yes"}),
    ],
)
def test_an_entry_that_makes_no_sense_is_offered_all_the_same(
    path: str, fields: dict[str, str], browser: Client, stay: Bed
) -> None:
    form = typed_note(browser, stay)
    del browser.cookies["sessionid"]
    browser.post(path, {name: form[name] for name in ("csrfmiddlewaretoken", marks.FIELD)} | fields)
    log_in(browser, "km")
    assert "Your entry is saved" in said(browser.get(keeping.address(KeptForm.objects.get().key)))
