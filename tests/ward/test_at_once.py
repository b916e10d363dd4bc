"""Two hands, or one hand that taps twice, in the same moment: one action is done, and the other is told so.

PAIRS=1000 tries as many of each.
"""

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.ward.addresses import patterns
from tests.ward.at_once import at_once
from tests.ward.people import logged_in, person
from ward.assignments.assigning import assign, newest
from ward.assignments.models import Assignment
from ward.assignments.stays import mark_of
from ward.audit.models import AuditRow
from ward.beds.models import Access, Bed, Role, Ward
from ward.music.models import Playlist
from ward.people.models import Done

pytestmark = pytest.mark.django_db(transaction=True)

TEMPLATES = Path(__file__).parents[2] / "ward" / "templates"
WITHOUT_A_WORD = {  # forms whose second sending does no harm, and why
    "nothing is changed": "audit_csv night_print reports_print reports_csv reports_json theme language demo_as "
    "demo_night demo_hide",
    "the second does no more": "stop stop_room evening evening_choose evening_undo kept_drop desk_lock logout "
    "own_everywhere people_switch people_factor people_revoke people_role desk_revoke therapy_block therapy_unblock",
    "what it shows is shown once": "people_invite people_link desk_register",
    "a secret, of which nothing is kept": "own_pin desk first login.html openid_connect_login people_invitation.html "
    "account/password_change.html account/reauthenticate.html mfa/authenticate.html mfa/reauthenticate.html "
    "mfa/recovery_codes/generate.html mfa/totp/activate_form.html mfa/totp/deactivate_form.html "
    "socialaccount/login.html",
    "it sends what was kept, with the word of then": "people_kept.html",
}
PAIRS = int(os.environ.get("PAIRS", "15"))


def again(browser: Client) -> Client:
    """The same browser once more: a second tap comes on a connection of its own."""
    other = Client()
    other.cookies = browser.cookies
    return other


def assigns(browser: Client, bed: Bed, version: int, slug: str) -> Callable[[], HttpResponse]:
    return lambda: browser.post(reverse("bed", args=[bed.pk]), {"version": str(version), "playlist": [slug]})


def puts_back(browser: Client, bed: Bed, version: int) -> Callable[[], HttpResponse]:
    return lambda: browser.post(reverse("put_back", args=[bed.pk]), {"version": str(version)})


def version_of(bed: Bed) -> int:
    last = newest(bed)
    return last.version if last else 0


def test_a_double_tap_on_give_is_one_version_and_both_are_led_to_it(
    bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    browser = logged_in(nurse)
    for pair in range(PAIRS):
        slug = playlists[pair % 2].slug
        tap, second = assigns(browser, bed, pair, slug), assigns(again(browser), bed, pair, slug)
        answers = at_once(tap, second)
        assert [answer.headers.get("Location") for answer in answers] == [reverse("assigned", args=[bed.pk])] * 2
        assert version_of(bed) == pair + 1
    assert Assignment.objects.count() == AuditRow.objects.filter(bed=bed.pk).count() == PAIRS


def test_of_two_nurses_at_once_one_gives_and_the_other_reads_who_was_quicker(
    ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    one, other = logged_in(nurse), logged_in(person(ward, Role.NURSE, "other"))
    for pair in range(PAIRS):
        answers = at_once(assigns(one, bed, pair, playlists[0].slug), assigns(other, bed, pair, playlists[1].slug))
        assert sorted(answer.status_code for answer in answers) == [302, 409]
        overtaken = next(answer for answer in answers if answer.status_code == 409)
        assert b"changed these playlists (" in overtaken.content
        assert version_of(bed) == pair + 1


def test_a_double_tap_on_undo_puts_back_once(bed: Bed, playlists: list[Playlist], nurse: User, now: datetime) -> None:
    browser = logged_in(nurse)
    for _pair in range(PAIRS):
        assign(bed, playlists[:1], nurse, now)
        made = assign(bed, playlists[1:2], nurse, now)
        at_once(puts_back(browser, bed, made.version), puts_back(again(browser), bed, made.version))
        assert version_of(bed) == made.version + 1
        last = newest(bed)
        assert last is not None
        assert [entry["slug"] for entry in last.message["playlists"]] == [playlists[0].slug]


def discharges(browser: Client, bed: Bed) -> Callable[[], HttpResponse]:
    return _sends(browser, "history_discharge", bed, {"stay": mark_of(bed)})


def notes(browser: Client, bed: Bed) -> Callable[[], HttpResponse]:
    return _sends(browser, "history_note", bed, {"stay": mark_of(bed), "newest": "0", "text": "Sleeps better"})


def reviews(browser: Client, bed: Bed) -> Callable[[], HttpResponse]:
    return _sends(browser, "therapy_reviewed", bed, {"stay": mark_of(bed)})


def _sends(browser: Client, name: str, bed: Bed, said: dict[str, str]) -> Callable[[], HttpResponse]:
    return lambda: browser.post(reverse(name, args=[bed.pk]), said | {"once": "0123456789abcdef"})


@pytest.mark.parametrize("action", [discharges, notes, reviews])
def test_a_double_tap_is_one_action_with_one_answer(
    ward: Ward,
    bed: Bed,
    playlists: list[Playlist],
    now: datetime,
    action: Callable[[Client, Bed], Callable[[], HttpResponse]],
) -> None:
    user = person(ward, Role.THERAPIST, "rt")
    browser = logged_in(user)
    assign(bed, playlists[:1], user, now)
    bed.refresh_from_db()
    before = AuditRow.objects.count()
    answers = at_once(action(browser, bed), action(again(browser), bed))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert AuditRow.objects.count() == before + 1


def test_another_text_from_the_same_form_is_another_action(
    ward: Ward, bed: Bed, playlists: list[Playlist], now: datetime
) -> None:
    user = person(ward, Role.NURSE, "other")
    browser, address = logged_in(user), reverse("history_note", args=[bed.pk])
    assign(bed, playlists[:1], user, now)
    bed.refresh_from_db()
    said = {"once": "a", "stay": mark_of(bed), "newest": "0"}
    assert browser.post(address, said | {"text": ""}).status_code == 422
    assert browser.post(address, said | {"text": "Sleeps better"}).status_code == 302
    assert browser.post(address, said | {"text": "Sleeps worse"}).status_code == 409, "the first note is shown"


def test_what_was_refused_is_not_taken_for_done(ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    browser, address = logged_in(nurse), reverse("bed", args=[bed.pk])
    Playlist.objects.filter(pk=playlists[0].pk).update(offered=False)
    said = {"once": "a", "version": "0", "playlist": [playlists[0].slug]}
    assert browser.post(address, said).status_code == 422
    Playlist.objects.filter(pk=playlists[0].pk).update(offered=True)
    assert browser.post(address, said).status_code == 302
    Access.objects.filter(user=nurse).delete()
    assert browser.post(address, said | {"version": "1"}).status_code == 404
    assert Done.objects.count() == 1


def test_nobody_is_answered_for_another(ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    said = {"once": "a", "version": "0", "playlist": [playlists[0].slug]}
    address = reverse("bed", args=[bed.pk])
    assert logged_in(nurse).post(address, said).status_code == 302
    stranger = person(Ward.objects.create(name="Hospice", slug="hospice"), Role.NURSE, "stranger")
    assert logged_in(stranger).post(address, said).status_code == 404


def _forms() -> list[tuple[str, bool]]:
    """Of each form that is posted: its address, or its template's name, and whether it carries a word of its own."""
    found = []
    for template in TEMPLATES.rglob("*.html"):
        for attributes, follows in re.findall(r'<form([^>]*method="post"[^>]*)>(.{60})', template.read_text()):
            name = re.search(r"url '(\w+)'", attributes)
            address = name.group(1) if name else template.relative_to(TEMPLATES).as_posix()
            found.append((address, "{% once %}" in follows))
    return found


def test_every_form_carries_a_word_of_its_own_or_needs_none() -> None:
    needs_none = set(" ".join(WITHOUT_A_WORD.values()).split())
    forms = _forms()
    assert len(forms) > 50
    assert not {name for name, has_word in forms if not has_word} - needs_none
    assert not {name for name, has_word in forms if has_word} & needs_none


def test_a_word_counts_where_the_view_says_so_and_nowhere_else() -> None:
    """Or whoever sends one chooses that a refusal undoes what it counted."""
    views = {name for name, pattern in patterns().items() if getattr(pattern.callback, "is_done_once", False)}
    assert views == {name for name, has_word in _forms() if has_word}
