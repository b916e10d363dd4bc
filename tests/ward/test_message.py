"""After every action: one message under the page's heading, which takes the focus and begins the page's title.
Every form of every page is sent once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.addresses import ADDRESSES, OPEN, OWN, Address
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from tests.ward.test_audit_complete import busy, typed
from tests.ward.test_pages_access import FAST, path_of
from ward.beds.models import Bed, Role, Ward
from ward.music.models import Playlist

__all__ = ["busy"]  # a fixture
pytestmark = pytest.mark.django_db
POSTS = [one for one in ADDRESSES if one.method == "post"]
NO_PAGE = {
    "audit_csv": "a file",
    "reports_csv": "a file",
    "reports_json": "a file",
    "night_print": "the same page, which is printed",
    "reports_print": "the same page, which is printed",
}
OF_A_BROWSER = {
    "theme": "the page in other colours, where it stood",
    "language": "the page in another language, where it stood",
    "login": "the page that was asked for",
    "account_login": "the page that was asked for",
    "logout": "the sign-in page",
    "account_logout": "the sign-in page",
    "desk": "the page that was locked, as it was",
    "desk_panel": "a part of a page",
    "desk_lock": "the page of a locked computer, which says so",
    "here": "no page at all",
    "account_reauthenticate": "the page that asked for it",
    "mfa_authenticate": "the page that was asked for",
    "mfa_reauthenticate": "the page that asked for it",
    "openid_connect_login": "the hospital's sign-in page",
    "openid_connect_callback": "the page that was asked for",
}
TESTED_ELSEWHERE = {  # test_people*.py, test_first_start.py, and below
    "own", "own_pin", "own_everywhere", "kept", "kept_drop", "setup_new", "setup_first", "invitation", "first",
    "account_change_password", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_generate_recovery_codes",
}  # fmt: skip
READ = {
    "healthz", "invitation_link", "mfa_index", "mfa_view_recovery_codes", "mfa_download_recovery_codes",
    "account_inactive", "socialaccount_login_cancelled", "socialaccount_login_error",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), override_settings(PASSWORD_HASHERS=[FAST]):
        yield


@dataclass(slots=True)
class Heard(HTMLParser):
    """The messages of a page: their attributes, the text of their heads, and the page's title."""

    messages: list[dict[str, str | None]] = field(default_factory=list)
    focused: int = 0
    heads: list[str] = field(default_factory=list)
    title: str = ""
    inside: str = ""

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.focused += "autofocus" in said
        if "message" in (said.get("class") or "").split():
            self.messages.append(said)
        if said.get("id") == "message-head" or tag == "title":
            self.inside = tag
            self.heads += [""] if tag != "title" else []

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside == "title":
            self.title += data
        elif self.inside:
            self.heads[-1] += data


def heard(answer: HttpResponse) -> Heard:
    page = Heard()
    page.feed(answer.content.decode())
    return page


def says_one_thing(answer: HttpResponse, role: str) -> str:
    """Its head; the page holds to the rule."""
    page = heard(answer)
    assert len(page.messages) == 1, page.heads
    (message,), (head,) = page.messages, page.heads
    assert message["tabindex"] == "-1"
    assert "autofocus" in message
    assert message["role"] == role
    assert page.title.startswith(head.rstrip("."))
    return head


def sent(browser: Client, address: Address, bed: Bed) -> HttpResponse:
    return browser.post(path_of(address.name, bed), address.said | typed(address.name, bed))


@pytest.mark.parametrize("address", POSTS, ids=lambda one: one.name)
def test_each_action_is_said_once_where_it_leads_and_said_again_when_that_page_is_loaded_again(
    address: Address, busy: Bed, ward: Ward
) -> None:
    if address.name in NO_PAGE:
        return
    if address.name.startswith("evening"):
        Playlist.objects.filter(slug="sleep").update(purpose="sleep")
    browser = logged_in(person(ward, Role.ADMINISTRATOR, "ad"))
    if address.name == "evening_undo":
        browser.post(reverse("evening", args=[ward.slug]), typed("evening", busy))
    answer = sent(browser, address, busy)
    if answer.status_code != 302:
        kind = "status" if answer.status_code == 200 else "alert"
        says_one_thing(answer, kind)
        return
    place = answer.headers["Location"]
    assert "#" not in place, "a browser that goes to a part of a page does not focus the message"
    shown = browser.get(place)
    kind = "alert" if b"may still play" in shown.content else "status"
    head = says_one_thing(shown, kind)
    assert says_one_thing(browser.get(place), kind) == head, "lost by loading it again"


def test_each_address_that_takes_a_form_is_tested_or_stands_in_a_list_with_its_reason() -> None:
    assert OWN | OPEN.keys() == OF_A_BROWSER.keys() | TESTED_ELSEWHERE | READ
    assert {one.name for one in POSTS} > NO_PAGE.keys()


def test_a_message_is_gone_when_another_page_was_opened(busy: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    place = browser.post(reverse("look", args=[busy.pk])).headers["Location"]
    browser.get(reverse("history", args=[busy.pk]))
    assert "Safety check recorded for bed 1 A" not in "".join(heard(browser.get(place)).heads)


def test_a_message_is_no_news_after_five_minutes(busy: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    with time_machine.travel(NOW, tick=False) as clock:
        place = browser.post(reverse("look", args=[busy.pk])).headers["Location"]
        clock.shift(299)
        assert heard(browser.get(place)).messages
        clock.shift(2)
        assert heard(browser.get(place)).messages == []


def test_one_s_own_account_and_a_new_ward_say_what_was_done_too(ward: Ward) -> None:
    browser = logged_in(person(ward, Role.ADMINISTRATOR, "ad"))
    said = {
        "own_pin": ({"pin": "402915", "again": "402915"}, "PIN saved"),
        "setup_new": ({"name": "Hospice"}, "Hospice is added"),
        "setup_first": ({"step": "ward", "name": "Ward 9"}, "Ward 9 saved"),
        "own_everywhere": ({}, "You are signed out everywhere"),
    }
    for name, (typed_in, head) in said.items():
        place = browser.post(reverse(name), typed_in).headers["Location"]
        assert says_one_thing(browser.get(place), "status") == head


@pytest.mark.parametrize(("name", "typed_in", "field_id"), [
    ("own_pin", {"pin": "1", "again": "2"}, "pin"),
    ("setup_new", {"name": ""}, "id_name"),
])  # fmt: skip
def test_what_was_not_saved_is_an_alert_that_leads_to_the_field(
    ward: Ward, name: str, typed_in: dict[str, str], field_id: str
) -> None:
    browser = logged_in(person(ward, Role.ADMINISTRATOR, "ad"))
    answer = browser.post(reverse(name), typed_in)
    assert says_one_thing(answer, "alert") == "Not saved"
    body = answer.content.decode()
    assert f'href="#{field_id}"' in body
    assert re.search(rf'id="{field_id}"[^>]*aria-(?:invalid|describedby)=', body) or re.search(
        rf'aria-(?:invalid|describedby)="[^"]*"[^>]*id="{field_id}"', body
    )
