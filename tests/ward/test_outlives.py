"""A form outlives its session: what was typed is kept for whoever typed it, offered again, and never sent by itself."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
import requests
import time_machine
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.outliving import (
    ENDS,
    NOTE,
    PIN,
    SEEN,
    WORD,
    browser,
    clock,
    come_back,
    desk,
    for_sleep,
    km,
    log_in,
    log_in_at,
    logged_out_everywhere,
    logged_out_in_another_tab,
    note_at,
    outlived,
    rt,
    said,
    sent_again,
    stay,
    stored,
    typed_note,
)
from tests.ward.page_forms import form_to, forms
from tests.ward.people import person
from tests.ward.saying import NOW
from tests.ward.test_people_login import code_of, with_factor
from tests.ward.test_people_oidc import START, Provider, provider
from ward.assignments.assigning import assign, discharge
from ward.assignments.models import Assignment
from ward.beds.models import Access, Bed, Role, Ward
from ward.music.models import Playlist
from ward.people import keeping
from ward.people.models import Done, KeptForm

__all__ = ["browser", "clock", "desk", "km", "provider", "rt", "stay"]  # fixtures


# what is kept, and offered


@pytest.mark.parametrize("end", ENDS, ids=lambda one: one.__name__)
def test_a_note_sent_after_the_session_ended_is_offered_after_the_log_in_and_stored_once(
    end: Callable[[Client, time_machine.Traveller], None], browser: Client, stay: Bed, clock: time_machine.Traveller
) -> None:
    form = typed_note(browser, stay)
    end(browser, clock)
    answer = browser.post(note_at(stay), form)
    assert (answer.status_code, stored()) == (302, [])
    login = browser.get(answer.headers["Location"])
    assert "Your entry is saved but not sent." in said(login)
    assert SEEN not in login.content.decode() + answer.headers["Location"]
    there = log_in_at(browser, login, answer.headers["Location"], "km")
    offer = browser.get(there.headers["Location"])
    assert "Save a note for the next shift Bed 1 A, Ward 4 North" in said(offer)
    assert SEEN in said(offer)
    assert said(offer).count("Your entry is saved") == 1
    assert stored() == [], "nothing is sent by itself"
    for _press in ("first", "a second tap"):
        assert sent_again(browser, offer, note_at(stay)).headers["Location"].startswith("/bed/")
        assert stored() == [NOTE.replace("\r\n", "\n")]
    assert not KeptForm.objects.exists()
    assert "entry is kept" not in said(browser.get(reverse("own")))


def test_a_page_tells_what_is_kept_until_it_is_sent_or_thrown_away_wherever_its_person_logs_in(
    browser: Client, stay: Bed
) -> None:
    form = typed_note(browser, stay)
    del browser.cookies["sessionid"]
    browser.post(note_at(stay), form)
    elsewhere = Client(enforce_csrf_checks=True)
    log_in(elsewhere, "km")
    page = elsewhere.get(reverse("ward", args=["4-north"]))
    assert "Your entry is saved but not sent. Save a note for the next shift, bed 1 A, Ward 4 North." in said(page)
    assert SEEN not in said(page)
    key = KeptForm.objects.get().key
    offer = elsewhere.get(keeping.address(key))
    drop = reverse("kept_drop", args=[key])
    gone = elsewhere.post(drop, form_to(offer.content, drop).fields)
    assert gone.headers["Location"] == reverse("history", args=[stay.pk])
    assert "entry is kept" not in said(elsewhere.get(gone.headers["Location"]))
    assert (KeptForm.objects.count(), stored()) == (0, [])


def test_another_person_who_logs_in_there_gets_one_line_and_its_person_is_offered_it_later(
    browser: Client, stay: Bed, rt: User
) -> None:
    form = typed_note(browser, stay)
    logged_out_everywhere(browser, None)  # type: ignore[arg-type]
    login = browser.post(note_at(stay), form).headers["Location"]
    there = log_in(browser, "rt", login.partition("next=")[2]).headers["Location"]
    seen = [browser.get(there), browser.get(reverse("ward", args=["4-north"])), browser.get(reverse("own"))]
    assert "No saved entry" in said(seen[0])
    assert not [page for page in seen if SEEN in page.content.decode()]
    assert not [page for page in seen[1:] if "entry is kept" in said(page)]
    assert [one.action for one in forms(seen[0].content) if one.action == note_at(stay)] == []
    logged_out_in_another_tab(browser, None)  # type: ignore[arg-type]
    there = log_in(browser, "km", login.partition("next=")[2]).headers["Location"]
    assert SEEN in said(browser.get(there))
    assert stored() == []


def test_music_that_was_chosen_is_offered_in_words_and_given_as_it_was(browser: Client, stay: Bed) -> None:
    address = reverse("assign", args=[stay.pk])
    form = form_to(browser.get(address).content, address).filled(
        playlist=["garden", "sleep"], cap_night="40", comfort="20"
    )
    del browser.cookies["sessionid"]
    login = browser.post(address, form).headers["Location"]
    offer = browser.get(log_in(browser, "km", login.partition("next=")[2]).headers["Location"])
    assert (
        "Assign playlists Bed 1 A, Ward 4 North Playlists Garden, Sleep Settings "
        "Maximum volume 60 dB (night 40 dB). Stops after 20 min" in said(offer)
    )
    assert Assignment.objects.count() == 1
    assert sent_again(browser, offer, address).status_code == 302
    newest = Assignment.objects.latest("version").message
    assert {one["slug"] for one in newest["playlists"]} == {"garden", "sleep"}
    assert newest["rules"]["cap_night_dba"] == 40.0


def test_what_is_liked_is_offered_in_words(stay: Bed, rt: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    log_in(browser, "rt")
    address = reverse("therapy_preferences", args=[stay.pk])
    page = browser.get(reverse("therapy_bed", args=[stay.pk])).content
    form = form_to(page, address).filled(comforts="Rain on a tin roof", languages=["fr", "de"])
    del browser.cookies["sessionid"]
    login = browser.post(address, form).headers["Location"]
    offer = said(browser.get(log_in(browser, "rt", login.partition("next=")[2]).headers["Location"]))
    for words in ("Record preferences Bed 1 A", "German, French", "Comforting, in words Rain on a tin roof"):
        assert words in offer


def test_evening_music_is_offered_with_its_playlist_and_beds(ward: Ward, browser: Client, stay: Bed) -> None:
    for_sleep("harbour")
    address = reverse("evening", args=[ward.slug])
    form = form_to(browser.get(address).content, address).fields
    del browser.cookies["sessionid"]
    login = browser.post(address, form).headers["Location"]
    offer = browser.get(log_in(browser, "km", login.partition("next=")[2]).headers["Location"])
    assert "Assign evening playlists Ward 4 North Playlists Harbour Beds 1 A" in said(offer)
    assigned = sent_again(browser, offer, address)
    assert assigned.headers["Location"].startswith(reverse("evening_assigned", args=[ward.slug]))


# every way in


def test_a_second_factor_comes_before_the_offer(browser: Client, stay: Bed, km: User) -> None:
    login = outlived(browser, stay)
    secret = with_factor(km)
    there = log_in_at(browser, browser.get(login), login, "km").headers["Location"]
    assert there == reverse("mfa_authenticate")
    assert browser.get(keeping.address(KeptForm.objects.get().key)).status_code == 302
    page = browser.get(there)
    assert SEEN not in page.content.decode()
    code = next(one for one in forms(page.content) if "code" in one.fields).filled(code=code_of(secret))
    assert SEEN in said(browser.get(browser.post(there, code).headers["Location"]))


def test_the_hospital_s_log_in_leads_to_the_offer(
    provider: Provider, ward: Ward, bed: Bed, playlists: list[Playlist]
) -> None:
    provider.claims["realm_access"] = {"roles": ["4n-nurses"]}
    browser = Client(enforce_csrf_checks=True)

    def through(path: str) -> HttpResponse:
        form = next(one for one in forms(browser.get(path).content) if one.action.startswith(START))
        there = browser.post(form.action, form.fields)
        back = requests.get(there.headers["Location"], allow_redirects=False, timeout=5)
        return browser.get(back.headers["Location"])

    through(reverse("login"))
    assign(bed, playlists, User.objects.get(), NOW)
    login = outlived(browser, bed)
    assert SEEN in said(browser.get(through(login).headers["Location"]))


def test_at_a_desk_the_pin_leads_from_the_log_in_page_to_the_offer(desk: Client, stay: Bed, km: User) -> None:
    login = desk.get(outlived(desk, stay)).content.decode()
    way = re.search(r'<a class="button" href="(/desk/[^"]*)"', login)
    assert way is not None
    page = desk.get(html.unescape(way[1]))
    assert "Your entry is saved but not sent." in said(page)
    assert SEEN in said(desk.get(come_back(desk, page, km, PIN).headers["Location"]))


def test_a_locked_desk_keeps_a_form_unreadable_and_offers_it_after_wrong_pins_too(
    desk: Client, stay: Bed, km: User, clock: time_machine.Traveller
) -> None:
    form = typed_note(desk, stay)
    clock.move_to(NOW + timedelta(minutes=6))
    page = desk.post(note_at(stay), form)
    assert page.status_code == HTTPStatus.LOCKED
    for pin in ("111222", "111223"):
        assert "Your entry is saved but not sent." in said(page)
        assert SEEN not in page.content.decode()
        page = come_back(desk, page, km, pin)
    offer = desk.get(come_back(desk, page, km, PIN).headers["Location"])
    assert (SEEN in said(offer), stored()) == (True, [])
    sent_again(desk, offer, note_at(stay))
    assert len(stored()) == 1


def test_another_person_at_the_locked_desk_is_not_offered_it_and_nothing_is_lost(
    desk: Client, stay: Bed, km: User, rt: User, clock: time_machine.Traveller
) -> None:
    form = typed_note(desk, stay)
    clock.move_to(NOW + timedelta(minutes=6))
    page = desk.post(note_at(stay), form)
    there = desk.get(come_back(desk, page, rt, "830264").headers["Location"])
    assert "No saved entry" in said(there)
    assert SEEN not in there.content.decode()
    clock.move_to(NOW + timedelta(minutes=12))
    page = desk.get(desk.get(reverse("own")).headers["Location"])
    come_back(desk, page, km, PIN)
    board = said(desk.get(reverse("ward", args=["4-north"])))
    assert "Your entry is saved but not sent." in board
    assert stored() == []


@override_settings(REQUIRE_MFA=True)
def test_where_a_second_factor_is_asked_for_in_the_middle_of_a_session_a_form_is_kept(stay: Bed, ward: Ward) -> None:
    boss = person(ward, Role.ADMINISTRATOR, "boss", WORD)
    browser = Client(enforce_csrf_checks=True)
    with override_settings(REQUIRE_MFA=False):
        log_in(browser, "boss")
        form = typed_note(browser, stay)
    assert browser.post(note_at(stay), form).headers["Location"] == reverse("mfa_activate_totp")
    with_factor(boss)
    assert "Your entry is saved but not sent." in said(browser.get(reverse("own")))
    assert SEEN in said(browser.get(keeping.address(KeptForm.objects.get().key)))


# sent once


def test_a_note_that_was_stored_before_its_second_tap_came_too_late_is_not_stored_twice(
    browser: Client, stay: Bed
) -> None:
    form = typed_note(browser, stay)
    first = browser.post(note_at(stay), form)
    del browser.cookies["sessionid"]
    login = browser.post(note_at(stay), form).headers["Location"]
    offer = browser.get(log_in(browser, "km", login.partition("next=")[2]).headers["Location"])
    assert sent_again(browser, offer, note_at(stay)).headers["Location"] == first.headers["Location"]
    assert (len(stored()), Done.objects.count()) == (1, 1)


def test_an_offer_whose_session_ends_too_is_kept_once_and_offered_again(browser: Client, stay: Bed) -> None:
    login = outlived(browser, stay)
    offer = browser.get(log_in(browser, "km", login.partition("next=")[2]).headers["Location"])
    del browser.cookies["sessionid"]
    assert sent_again(browser, offer, note_at(stay)).headers["Location"] == login
    assert KeptForm.objects.count() == 1
    assert SEEN in said(browser.get(log_in(browser, "km", login.partition("next=")[2]).headers["Location"]))


def test_a_action_that_fails_on_the_server_stays_kept(browser: Client, stay: Bed) -> None:
    login = outlived(browser, stay)
    offer = browser.get(log_in(browser, "km", login.partition("next=")[2]).headers["Location"])
    Access.objects.all().delete()
    assert sent_again(browser, offer, note_at(stay)).status_code == 404
    assert KeptForm.objects.count() == 1


def test_a_note_that_is_refused_when_it_is_sent_after_all_is_not_called_kept(browser: Client, stay: Bed) -> None:
    """What was typed stands there; a way to what is kept no more would lead away from it."""
    form = typed_note(browser, stay, "long " * 100)
    del browser.cookies["sessionid"]
    login = browser.post(note_at(stay), form).headers["Location"]
    offer = browser.get(log_in(browser, "km", login.partition("next=")[2]).headers["Location"])
    refused = sent_again(browser, offer, note_at(stay))
    assert refused.status_code == 422
    assert "entry is kept" not in said(refused)
    assert "long long" in said(refused)


def test_what_a_page_hands_over_when_it_finds_its_session_over_is_kept_and_done_by_nobody(
    browser: Client, stay: Bed
) -> None:
    for is_over in (True, False):  # someone may have logged in again in another tab
        form = typed_note(browser, stay) | {keeping.ONLY: ["only"]}
        session = browser.cookies.pop("sessionid") if is_over else None
        answer = browser.post(note_at(stay), form)
        assert answer.headers["Location"] == keeping.address(KeptForm.objects.get().key)
        if session is not None:
            browser.cookies["sessionid"] = session.value
        assert SEEN in said(browser.get(answer.headers["Location"]))
        KeptForm.objects.all().delete()
    assert stored() == []


def test_a_choice_for_a_guest_who_has_left_is_offered_for_nobody_else(browser: Client, stay: Bed, km: User) -> None:
    address = reverse("assign", args=[stay.pk])
    form = form_to(browser.get(address).content, address).filled(playlist=["garden"])
    discharge(stay, km, NOW)
    answer = browser.post(address, form)
    assert answer.status_code == 409
    assert "The stay that you chose this for has ended. Nothing was assigned." in said(answer)
    assert form_to(answer.content, address).fields.get("playlist", []) == []


def test_that_somebody_looked_is_not_kept(browser: Client, stay: Bed) -> None:
    address = reverse("assign", args=[stay.pk])
    form = form_to(browser.get(address).content, address).filled(playlist=["garden"], looked=["yes"])
    del browser.cookies["sessionid"]
    login = browser.post(address, form).headers["Location"]
    offer = browser.get(log_in(browser, "km", login.partition("next=")[2]).headers["Location"])
    assert "looked" not in form_to(offer.content, address).fields


def test_an_offer_names_no_bed_to_who_has_no_role_there_any_more(browser: Client, stay: Bed) -> None:
    login = outlived(browser, stay)
    Access.objects.all().delete()
    offer = said(browser.get(log_in(browser, "km", login.partition("next=")[2]).headers["Location"]))
    assert SEEN in offer
    assert "4 North" not in offer
