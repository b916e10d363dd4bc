"""What no keyboard sends: characters that a database refuses, numbers without end, bodies that no form has."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.ward.addresses import Address
from tests.ward.conftest import make_playlist
from tests.ward.people import logged_in, person
from tests.ward.test_pages_access import EACH, busy, path_of  # noqa: F401 - a fixture
from ward.assignments.assigning import assign, newest
from ward.assignments.models import Assignment
from ward.beds.models import Bed, Ward
from ward.bounded import Bounded
from ward.frame import NOT_UNDERSTOOD
from ward.music.models import Playlist
from ward.people.typed import NO_FORM, address, clean

HOSTILE = ("a\x00b", "\ud800", "-1", "1e400", "٣", "\u202e")
ENDLESS = "9" * 5_000  # more digits than Python makes a number of
WARD = Path(__file__).parents[2] / "ward"


def _fields() -> list[str]:
    """Every field that a form has or a view asks for: what is added is tried, too."""
    forms = "".join(template.read_text() for template in (WARD / "templates").rglob("*.html"))
    views = "".join(source.read_text() for source in WARD.rglob("*.py"))
    asked = re.findall(r'(?:GET|POST|said)\.get(?:list)?\("(\w+)"', views)
    made = re.findall(r"^    (\w+) = forms\.", views, re.MULTILINE)
    return sorted({*re.findall(r'name="(\w+)"', forms), *asked, *made})


FIELDS = _fields()


@EACH
def test_no_text_that_nobody_can_type_breaks_a_page(address: Address, ward: Ward, busy: Bed) -> None:  # noqa: F811
    browser = logged_in(person(ward, address.roles[0]))
    browser.raise_request_exception = False
    path = path_of(address.name, busy)
    for hostile in (*HOSTILE, ENDLESS):
        answer = getattr(browser, address.method)(path, dict.fromkeys(FIELDS, hostile.encode("utf-8", "surrogatepass")))
        assert answer.status_code < 500, hostile[:9]


@pytest.mark.parametrize("name", ["sessionid", "desk", "theme", "language", "csrftoken"])
def test_no_cookie_breaks_a_page(nurse: User, name: str) -> None:
    browser = Client(raise_request_exception=False)
    browser.cookies[name] = "a\x00b" * 11  # in quotes, as \\000, a cookie may say it; a session has 32 letters
    assert browser.get(reverse("login")).status_code == 200


def test_what_cannot_be_typed_is_shown_as_no_character() -> None:
    assert clean("a\x00b\ud800\tc\nd\x7f") == "a\ufffdb\ufffd\tc\nd\ufffd"


def test_a_number_without_end_undoes_nothing(bed: Bed, playlists: list[Playlist], nurse: User, now: Any) -> None:
    assign(bed, playlists[:1], nurse, now)
    for version in ("9" * 5_000, "9" * 30, "-1", ""):
        assert logged_in(nurse).post(reverse("put_back", args=[bed.pk]), {"version": version}).status_code == 302
    assert newest(bed).version == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("told", ["http://[", "//[", "http://a\u2100.example/"])
def test_no_address_that_cannot_be_read_breaks_a_page(nurse: User, told: str) -> None:
    """Python's own reader of addresses refuses them, wherever a page to go back to is said."""
    browser = logged_in(nurse)
    browser.raise_request_exception = False
    for name in ("login", "own", "account_reauthenticate", "account_change_password"):
        said = {"headers": {"Referer": told.encode("ascii", "replace").decode(), "HX-Current-URL": "http://["}}
        assert browser.get(reverse(name), {"next": told}, **said).status_code < 500
        assert browser.post(reverse(name), {"next": told}, **said).status_code < 500
    assert [address(one) for one in (told, "/bed/1/?a=b#c", "")] == ["", "/bed/1/?a=b#c", ""]


FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"


@pytest.mark.parametrize("charset", ["hex", "undefined", "utf-16", "latin-1", "nonsense"])
def test_no_charset_that_a_client_tells_breaks_a_page(nurse: User, charset: str) -> None:
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for kind in (FORM, f"{PARTS}; boundary=x"):
        told = f"{kind}; charset={charset}"
        assert browser.generic("POST", reverse("login"), b"a=%C3%A9", told).status_code == 403
        assert browser.generic("GET", f"{reverse('login')}?a=%C3%A9", b"", told).status_code == 200


@pytest.mark.parametrize(
    ("kind", "body"), [(FORM, b"a=b&" * 1_200), (FORM, b"a=" + b"x" * (2 << 20)), (PARTS, b"--x\r\n")]
)
def test_a_body_that_cannot_be_read_is_refused_once(db: None, kind: str, body: bytes) -> None:
    """Django reads it once more for the form's token while it says so, and breaks."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answer = browser.generic("POST", reverse("login"), body, kind)
    assert (answer.status_code, answer.content.decode()) == (400, NO_FORM)


def _asked(told: bytes | None, *bodies: bytes) -> tuple[int, int]:
    """The status, and how many parts of the body were taken, of an application that reads all and says 200."""
    parts, sent = list(bodies), []
    headers = [] if told is None else [(b"content-length", told)]

    async def application(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Bounded(application, 10)({"type": "http", "headers": headers}, receive, send))
    return sent[0]["status"], len(bodies) - len(parts)


def test_a_body_that_no_form_has_is_refused_before_it_is_read() -> None:
    assert _asked(b"10", b"0123456789") == (200, 1)
    assert _asked(b"11", b"0123456789a") == (413, 0)
    assert _asked(None, b"01234", b"56789", b"a", b"b", b"c") == (413, 3)
    assert _asked(b"5", b"01234", b"56789", b"a", b"b") == (413, 3)
    assert _asked(b"9" * 5_000, b"0" * 11, b"a") == (413, 1)


def test_every_field_is_tried() -> None:
    assert {"version", "who", "older", "where", "first", "track", "pin", "text", "playlist"} <= set(FIELDS)


def test_a_request_that_cannot_be_read_is_one_line(db: None) -> None:
    answer = Client(raise_request_exception=False).get(reverse("login"), headers={"host": "evil.example"})
    assert (answer.status_code, answer.content.decode()) == (400, NOT_UNDERSTOOD)


def test_a_press_whose_session_ended_while_it_was_carried_out_is_told_to_look(nurse: User, bed: Bed) -> None:
    """Django refuses it after the action: someone logged out in another tab at that moment."""

    def ends(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "assignments_assignment"'):
            Session.objects.all().delete()
        return execute(sql, *rest)

    browser = logged_in(nurse)
    browser.raise_request_exception = False
    session = browser.session
    session["seen"] -= 60  # so that this press writes it
    session.save()
    make_playlist("calm")
    with connection.execute_wrapper(ends):
        answer = browser.post(reverse("assign", args=[bed.pk]), {"version": "0", "playlist": "calm"})
    assert answer.status_code == 400
    assert "Check whether your change was made, then try again." in answer.content.decode()
    assert Assignment.objects.count() == 1
