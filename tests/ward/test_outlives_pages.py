"""Pages that are too old, too late or refuse a form, and where a log-in leads: no word is lost, no page is blank."""

import re
import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.ward.addresses import ADDRESSES, patterns
from tests.ward.catalogues import LANGUAGES
from tests.ward.outliving import (
    NOTE,
    PIN,
    SEEN,
    TEMPLATES,
    WORD,
    browser,
    clock,
    come_back,
    desk,
    for_sleep,
    km,
    log_in,
    log_in_at,
    logged_out_in_another_tab,
    note_at,
    rt,
    said,
    sent_again,
    stay,
    stored,
    typed_note,
)
from tests.ward.page_forms import form_to, forms
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from tests.ward.test_languages_pages import assert_no_english
from tests.ward.test_late import pressed
from tests.ward.test_pages_access import busy, path_of
from ward.assignments.assigning import assign, discharge
from ward.beds.models import Access, Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.people import keeping, marks
from ward.people.models import KeptForm

__all__ = ["browser", "busy", "clock", "desk", "km", "rt", "stay"]  # fixtures


# pages that are too old, or too late


def test_after_a_log_out_and_in_again_in_another_tab_the_page_says_so_and_keeps_what_was_typed(
    browser: Client, stay: Bed
) -> None:
    form = typed_note(browser, stay)
    logged_out_in_another_tab(browser, None)  # type: ignore[arg-type]
    log_in(browser, "km")
    answer = browser.post(note_at(stay), form)
    assert answer.status_code == 403
    assert "This page has expired" in said(answer)
    assert "Your entry is saved but not sent. View entry" in said(answer)
    assert SEEN not in answer.content.decode()
    way = re.search(r'<a class="button" href="([^"]+)"', answer.content.decode())
    assert way is not None
    offer = browser.get(way[1])
    assert SEEN in said(offer)
    sent_again(browser, offer, note_at(stay))
    assert len(stored()) == 1


def test_what_somebody_typed_is_never_done_in_the_name_of_who_logged_in_after_them(
    browser: Client, stay: Bed, rt: User
) -> None:
    form = typed_note(browser, stay)
    logged_out_in_another_tab(browser, None)  # type: ignore[arg-type]
    log_in(browser, "rt")
    token = form_to(browser.get(reverse("own")).content, reverse("logout")).fields["csrfmiddlewaretoken"]
    for one in (form, form | {"csrfmiddlewaretoken": token}):  # also with a token that holds
        answer = browser.post(note_at(stay), one)
        assert answer.status_code == 403
        assert "The entry is saved. The person who made it will see it when they sign in." in said(answer)
        assert (SEEN in answer.content.decode(), stored()) == (False, [])
    assert KeptForm.objects.get().user.username == "km"
    assert "entry is saved" not in said(browser.get(reverse("own")))


@pytest.mark.parametrize("stood_on", ["history", "history_note", "elsewhere"])
def test_a_page_that_is_too_old_and_has_nothing_to_keep_leads_back_to_itself_or_to_the_board(
    stood_on: str, browser: Client, stay: Bed
) -> None:
    path = "/of/another/site/" if stood_on == "elsewhere" else reverse(stood_on, args=[stay.pk])
    answer = browser.post(note_at(stay), {"text": NOTE}, headers={"Referer": f"http://testserver{path}"})
    assert answer.status_code == 403
    back = path if stood_on == "history" else reverse("board")
    assert f'href="{back}">Reload the page' in answer.content.decode()
    assert not KeptForm.objects.exists(), "a form that we did not make is nobody's"


def test_a_note_that_came_too_late_is_kept_and_sent_by_one_more_press(browser: Client, stay: Bed) -> None:
    form = typed_note(browser, stay) | {"pressed": [pressed(60)["pressed"]]}
    answer = browser.post(note_at(stay), form)
    assert (answer.status_code, stored()) == (409, [])
    assert "Your entry is saved but not sent." in said(answer)
    assert SEEN not in answer.content.decode()
    offer = browser.get(keeping.address(KeptForm.objects.get().key))
    assert "pressed" not in form_to(offer.content, note_at(stay)).fields
    sent_again(browser, offer, note_at(stay))
    assert len(stored()) == 1


@pytest.mark.parametrize("name", ["stop", "stop_room"])
def test_a_part_of_a_page_reloads_its_page_after_the_session_and_after_its_token(
    name: str, browser: Client, stay: Bed
) -> None:
    address = path_of(name, stay)
    htmx = {"HX-Request": "true"}
    answer = browser.post(address, {"csrfmiddlewaretoken": "x" * 64}, headers=htmx)
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (403, "true")
    token = form_to(browser.get(reverse("own")).content, reverse("logout")).fields
    del browser.cookies["sessionid"]
    answer = browser.post(address, token, headers=htmx)
    assert (answer.headers["HX-Refresh"], answer.content) == ("true", b"")
    assert not KeptForm.objects.exists()


# where a log-in leads


NAMES = sorted(patterns())
WITH_A_FACTOR = {"mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"}  # 404 without one
POSTS = {one.name for one in ADDRESSES if one.method == "post"}


def test_every_address_that_takes_a_post_alone_is_known_as_no_page(busy: Bed) -> None:
    browser = logged_in(person(busy.room.ward, Role.ADMINISTRATOR, "boss", WORD))
    post_only = {name for name in NAMES if browser.get(path_of(name, busy)).status_code == 405}
    parts = {
        "tile",
        "events",
        "board_pulse",
        "bed_pulse",
        "history_pulse",
        "desk_panel",
        "device_pulse",
        "screen_pulse",
        "room_pulse",
    }
    parts |= {"setup_beds", "setup_first_beds"}
    assert post_only | parts == marks.NO_PAGE


def boss_of(ward: Ward) -> User:
    """Who may open every page of the ward."""
    boss = person(ward, Role.ADMINISTRATOR, "boss", WORD)
    Access.objects.create(user=boss, ward=ward, role=Role.NURSE)
    return boss


@pytest.mark.parametrize("with_mark", [True, False], ids=["with its mark", "without one"])
@pytest.mark.parametrize("name", NAMES)
def test_a_form_sent_to_any_address_after_the_session_ended_leads_to_a_page_that_answers(
    name: str, with_mark: bool, busy: Bed
) -> None:
    boss_of(busy.room.ward)
    browser, path, history = Client(), path_of(name, busy), reverse("history", args=[busy.pk])
    log_in(browser, "boss")
    mark = form_to(browser.get(history).content, note_at(busy)).fields[marks.FIELD]
    del browser.cookies["sessionid"]
    answer = browser.post(path, {marks.FIELD: mark, "text": NOTE} if with_mark else {"text": NOTE})
    login = answer.headers.get("Location", "")
    if not login.startswith(reverse("login")) or name in ("logout", "account_logout"):
        assert name not in POSTS
        return
    last = browser.get(log_in_at(browser, browser.get(login), login, "boss").headers["Location"], follow=True)
    assert last.status_code == (404 if name in WITH_A_FACTOR else 200)
    assert marks.is_page(last.request["PATH_INFO"])
    may_be_kept = not name.startswith(keeping.SECRET) and name not in keeping.NOTHING_TYPED
    assert ("Your entry is saved" in said(last)) == KeptForm.objects.exists() == (may_be_kept and with_mark)


@pytest.mark.parametrize(
    "name", sorted({one.name for one in ADDRESSES if one.method == "get" and one.anonymous == 302})
)
def test_a_page_asked_for_after_the_session_ended_comes_back_after_the_log_in(name: str, busy: Bed) -> None:
    boss_of(busy.room.ward)
    path = f"{path_of(name, busy)}?days=stay"
    login = Client().get(path).headers["Location"]
    browser = Client()
    there = log_in_at(browser, browser.get(login), login, "boss").headers["Location"]
    assert there == (path if name not in marks.NO_PAGE else reverse("board"))


def test_a_form_that_says_no_page_leads_back_to_where_the_browser_says_it_stood(browser: Client, stay: Bed) -> None:
    del browser.cookies["sessionid"]
    token = form_to(browser.get(reverse("login")).content, "").fields
    said_by_browser = {"Referer": "http://testserver/own/?done=pin"}
    login = browser.post(reverse("own_pin"), token | {"pin": ["918273"]}, headers=said_by_browser).headers["Location"]
    assert "Nothing was sent. Sign in and do it again." in said(browser.get(login))
    assert log_in_at(browser, browser.get(login), login, "km").headers["Location"] == "/own/?done=pin"


@pytest.mark.parametrize("name", ["stop", "history_note", "theme", "tile", "own_pin"])
def test_no_way_in_leads_to_an_address_that_is_no_page(name: str, desk: Client, stay: Bed, km: User) -> None:
    path = path_of(name, stay)
    desk.post(reverse("desk_lock"), form_to(desk.get(reverse("own")).content, reverse("desk_lock")).fields)
    page = desk.get(f"{reverse('desk')}?next={path}")
    assert come_back(desk, page, km, PIN).headers["Location"] == reverse("board")
    del desk.cookies["sessionid"]
    assert log_in(desk, "km", path).headers["Location"] == reverse("board")
    again = f"{reverse('account_reauthenticate')}?next={path}"
    form = next(one for one in forms(desk.get(again).content) if "password" in one.fields).filled(password=WORD)
    assert desk.post(again, form).headers["Location"] == reverse("board")


@pytest.mark.parametrize("name", ["theme", "language"])
def test_the_frame_s_buttons_on_a_page_that_answers_a_form_lead_to_the_page_of_the_form(
    name: str, browser: Client, stay: Bed
) -> None:
    refused = browser.post(note_at(stay), typed_note(browser, stay, "x" * 300))
    assert refused.status_code == 422
    form = form_to(refused.content, reverse(name))
    back = browser.post(reverse(name), form.fields).headers["Location"]
    assert back == reverse("history", args=[stay.pk])
    crafted = form.fields | {"next": [note_at(stay)]}
    assert browser.post(reverse(name), crafted).headers["Location"] == reverse("board")


# pages that refuse a form keep what was typed


def test_a_note_about_a_guest_who_left_is_shown_to_copy_and_stands_in_no_form_of_the_next_guest(
    browser: Client, stay: Bed, playlists: list[Playlist], km: User
) -> None:
    form = typed_note(browser, stay)
    discharge(stay, km, NOW)
    for next_guest in (False, True):
        if next_guest:
            assign(stay, playlists, km, NOW)
        answer = browser.post(note_at(stay), form)
        assert answer.status_code == 409
        assert "Your text was not saved. Copy it from here:" in said(answer)
        assert SEEN in said(answer)
        typed = [one.fields.get("text", [""]) for one in forms(answer.content)]
        assert not [text for text in typed if SEEN in text[0]]


def test_what_a_guest_who_left_liked_is_shown_to_copy_and_stands_in_no_form_of_the_next_guest(
    stay: Bed, rt: User, km: User, playlists: list[Playlist]
) -> None:
    browser = logged_in(rt)
    address = reverse("therapy_preferences", args=[stay.pk])
    page = browser.get(reverse("therapy_bed", args=[stay.pk])).content
    form = form_to(page, address).filled(comforts="Rain on a tin roof", languages=["fr"])
    discharge(stay, km, NOW)
    for next_guest in (False, True):
        if next_guest:
            assign(stay, playlists, km, NOW)
        answer = browser.post(address, form)
        assert answer.status_code == 409
        assert "Languages: French Rain on a tin roof" in said(answer)
        assert not [one for one in forms(answer.content) if "Rain" in str(one.fields)]


def test_a_refused_evening_keeps_its_playlist_and_what_was_unticked(
    ward: Ward, bed: Bed, device: Device, other_bed: Bed, playlists: list[Playlist], km: User
) -> None:
    browser = logged_in(km)
    Device.objects.create(id=uuid.uuid4(), number="0402", bed=other_bed)
    for one in (bed, other_bed):
        assign(one, playlists[:1], km, NOW)
    for_sleep("dusk", "harbour")
    address = reverse("evening", args=[ward.slug])
    form = form_to(browser.get(f"{address}?playlist=harbour").content, address)
    assert form.fields["playlist"] == ["harbour"]
    none = browser.post(address, form.filled(bed=[]))
    assert none.status_code == 422
    assert (form_to(none.content, address).fields["playlist"], "bed" in form_to(none.content, address).fields) == (
        ["harbour"],
        False,
    )
    assert "Assign to 0 beds" in said(none)
    Playlist.objects.filter(slug="harbour").update(offered=False)
    gone = browser.post(address, form.filled(bed=[str(bed.pk)]))
    assert gone.status_code == 422
    assert form_to(gone.content, address).fields["bed"] == [str(bed.pk)]


def test_a_refused_choice_keeps_that_somebody_looked(
    bed: Bed, device: Device, playlists: list[Playlist], km: User
) -> None:
    address = reverse("assign", args=[bed.pk])
    browser = logged_in(km)
    form = form_to(browser.get(address).content, address).filled(playlist=["calm"], looked="yes", cap_night="900")
    answer = browser.post(address, form)
    assert answer.status_code == 422
    assert form_to(answer.content, address).fields["looked"] == ["yes"]


def test_a_refused_desk_keeps_its_name(ward: Ward) -> None:
    browser = logged_in(person(ward, Role.ADMINISTRATOR, "boss"))
    answer = browser.post(reverse("desk_register", args=[ward.slug]), {"name": "Station by the very long corridor" * 3})
    assert answer.status_code == 409
    assert "Station by the very long corridor" in answer.content.decode()


# every form of ours


def test_every_form_that_takes_a_log_in_carries_a_mark_or_a_reason_why_it_has_none() -> None:
    """Reasons: it is pressed as a part of its page, which loads again; it holds a secret; it asks for a file; it needs
    no log-in, as the demo's."""
    bare = []
    for file in sorted(TEMPLATES.rglob("*.html")):
        for form in re.findall(r'<form [^>]*method="post"(?:[^>]|(?<=%)>)*>.*?</form>', file.read_text(), re.DOTALL):
            name = re.search(r"""action="\{% url '(\w+)'""", form)
            secret = name is None or name[1].startswith((*keeping.SECRET, "demo_")) or name[1] in keeping.NOTHING_TYPED
            if "{% whose" not in form and "hx-post" not in form and not secret:
                bare.append((file.name, name[1] if name else ""))
    assert [one for one in bare if one[1] not in ("theme", "language", "openid_connect_login")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_kept_is_told_in_the_page_s_language(language: str, browser: Client, stay: Bed) -> None:
    browser.cookies["language"] = language
    form = typed_note(browser, stay, "x")
    late = browser.post(note_at(stay), form | {"pressed": [pressed(60)["pressed"]]})
    old = browser.post(note_at(stay), form | {"csrfmiddlewaretoken": ["x" * 64]})
    pages = [late, old, browser.get(reverse("own")), browser.get(keeping.address(KeptForm.objects.get().key))]
    pages += [browser.get(keeping.address("x"))]
    del browser.cookies["sessionid"]
    login = browser.post(note_at(stay), form).headers["Location"]
    for page in (*pages, browser.get(login), browser.get(f"{reverse('login')}?unsent=1")):
        assert_no_english(language, page.content.decode())
