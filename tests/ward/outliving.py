"""Forms that are sent when their session is over, as a browser would send them."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation

from tests.ward.conftest import make_playlist
from tests.ward.page_forms import form_to, forms
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.assignments.assigning import assign
from ward.beds.models import Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.notes.models import Note
from ward.people.pins import set_pin
from ward.people.sessions import end_sessions

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"  # a real one takes a third of a second each time
WORD, PIN = "lamps on the quay", "472915"
NOTE = "Breathes easier\r\nwith the door open & the harp low."
SEEN = "Breathes easier"
TEMPLATES = Path(__file__).parents[2] / "ward" / "templates"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The clock of a ward in tests, and quick passwords."""
    fast = override_settings(PASSWORD_HASHERS=[FAST])
    with time_machine.travel(NOW, tick=False) as clock, fast, translation.override("en-gb"):
        yield clock


@pytest.fixture
def km(ward: Ward) -> User:
    """A nurse."""
    return person(ward, Role.NURSE, "km", WORD)


@pytest.fixture
def rt(ward: Ward) -> User:
    """A therapist."""
    return person(ward, Role.THERAPIST, "rt", WORD)


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], km: User) -> Bed:
    """A bed with a box and a stay."""
    assign(bed, playlists, km, NOW)
    bed.refresh_from_db()
    return bed


@pytest.fixture
def browser(km: User, stay: Bed) -> Client:
    """KM's, which checks forms' tokens as a real one's server does."""
    made = Client(enforce_csrf_checks=True)
    log_in(made, "km")
    return made


def log_in(browser: Client, name: str, next_path: str = "") -> HttpResponse:
    """By name and password, on the page that asks for them."""
    path = f"{reverse('login')}?next={next_path}" if next_path else reverse("login")
    return log_in_at(browser, browser.get(path), path, name)


def log_in_at(browser: Client, page: HttpResponse, path: str, name: str) -> HttpResponse:
    """On a page that is there already."""
    form = next(one for one in forms(page.content) if "username" in one.fields)
    return browser.post(path, form.filled(username=name, password=WORD))


def typed_note(browser: Client, bed: Bed, text: str = NOTE) -> dict[str, list[str]]:
    """What the page of the bed's history sends when this note was typed."""
    return form_to(browser.get(reverse("history", args=[bed.pk])).content, note_at(bed)).filled(text=text)


def note_at(bed: Bed) -> str:
    """Where a note of this bed is sent."""
    return reverse("history_note", args=[bed.pk])


def sent_again(browser: Client, offer: HttpResponse, action: str) -> HttpResponse:
    """The press on "Send now"."""
    return browser.post(action, form_to(offer.content, action).fields)


def said(answer: HttpResponse) -> str:
    """What an answer's page says to a reader."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def stored() -> list[str]:
    """Every note that was stored."""
    return list(Note.objects.values_list("text", flat=True))


def a_shift_later(_browser: Client, clock: time_machine.Traveller) -> None:
    """Twelve hours."""
    clock.move_to(NOW + timedelta(hours=12, seconds=1))


def half_an_hour_later(_browser: Client, clock: time_machine.Traveller) -> None:
    """Nobody touched it."""
    clock.move_to(NOW + timedelta(minutes=31))


def logged_out_in_another_tab(browser: Client, _clock: time_machine.Traveller) -> None:
    """By its button."""
    page = browser.get(reverse("own"))
    assert browser.post(reverse("logout"), form_to(page.content, reverse("logout")).fields).status_code == 302


def logged_out_everywhere(_browser: Client, _clock: time_machine.Traveller) -> None:
    """From another browser."""
    end_sessions(User.objects.get(username="km"))


def cookies_run_out(browser: Client, _clock: time_machine.Traveller) -> None:
    """The browser forgot its session."""
    del browser.cookies["sessionid"]


def sessions_swept(_browser: Client, _clock: time_machine.Traveller) -> None:
    """The server forgot it."""
    Session.objects.all().delete()


ENDS = [
    a_shift_later,
    half_an_hour_later,
    logged_out_in_another_tab,
    logged_out_everywhere,
    cookies_run_out,
    sessions_swept,
]


def outlived(browser: Client, bed: Bed) -> str:
    """A note that came without its session; where the answer leads."""
    form = typed_note(browser, bed)
    del browser.cookies["sessionid"]
    return browser.post(note_at(bed), form).headers["Location"]


@pytest.fixture
def desk(ward: Ward, km: User, rt: User, stay: Bed) -> Client:
    """A shared desk where RT and then KM logged in; both have a PIN."""
    boss = logged_in(person(ward, Role.ADMINISTRATOR, "boss"))
    boss.post(reverse("desk_register", args=[ward.slug]), {"name": "Station"})
    made = Client(enforce_csrf_checks=True)
    made.cookies["desk"] = boss.cookies["desk"].value
    set_pin(km, PIN, PIN, NOW)
    set_pin(rt, "830264", "830264", NOW)
    for name in ("rt", "km"):
        made.cookies.pop("sessionid", None)
        log_in(made, name)
    return made


def come_back(desk: Client, page: HttpResponse, who: User, pin: str) -> HttpResponse:
    """By a tap and six digits."""
    form = next(one for one in forms(page.content) if one.action == reverse("desk"))
    return desk.post(reverse("desk"), form.filled(who=str(who.pk), pin=pin, way="pin"))


def for_sleep(*slugs: str) -> None:
    """Playlists that may be a ward's evening music."""
    for slug in slugs:
        made = make_playlist(slug)
        Playlist.objects.filter(pk=made.pk).update(purpose="sleep")
