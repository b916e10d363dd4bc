"""Who may open what: every address, every role, and a stranger who must learn nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from tests.ward.people import heard, logged_in, person, plays
from tests.ward.saying import NOW
from ward.assignments.giving import give
from ward.assignments.models import Assignment
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Command, Device
from ward.music.models import MusicSet
from ward.urls import urlpatterns

OPEN = {"login", "logout", "theme", "healthz"}  # what nobody has to log in for
MUSIC_ROLES = (Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR, Role.AUDITOR)
GIVING_ROLES = (Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR)
DEVICE_ROLES = (Role.FACILITIES, Role.ADMINISTRATOR, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Address:
    """One address as it is tested: how it answers those who may, those of the ward who may not, and strangers."""

    name: str
    method: str
    roles: tuple[Role, ...]
    answers: int
    refused: int = 403
    stranger: int = 404
    anonymous: int = 302
    said: dict[str, str] = field(default_factory=dict)


ADDRESSES = (
    Address("board", "get", MUSIC_ROLES, 200, refused=302, stranger=200),
    Address("ward", "get", MUSIC_ROLES, 200),
    Address("board_pulse", "get", MUSIC_ROLES, 200, said={"theme": "day"}),
    Address("events", "get", MUSIC_ROLES, 200, anonymous=403),
    Address("bed", "get", MUSIC_ROLES, 200),
    Address("bed", "post", GIVING_ROLES, 302, said={"version": "1", "set": "garden"}),
    Address("tile", "get", MUSIC_ROLES, 200),
    Address("bed_pulse", "get", MUSIC_ROLES, 200),
    Address("given", "get", MUSIC_ROLES, 200),
    Address("put_back", "post", GIVING_ROLES, 302, said={"version": "1"}),
    Address("stop", "post", GIVING_ROLES, 302),
    Address("devices", "get", DEVICE_ROLES, 302, refused=404),
    Address("ward_devices", "get", DEVICE_ROLES, 200),
)
SECRETS = (b"Garden", b"CALM", b"4 North", b"4-north", b"0401", b"km", b"KM")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def busy(ward: Ward, bed: Bed, device: Device, sets: list[MusicSet], nurse: User) -> Bed:
    """A bed with a stay, given music, a session and music that plays."""
    give(bed, [sets[0], sets[1]], nurse, NOW)
    heard(device, bed, sets[0], bed.stay)
    plays(device, sets[0])
    return bed


@pytest.fixture
def stranger(db: None) -> User:
    """A nurse of another ward, which has beds of its own."""
    elsewhere = Ward.objects.create(name="Hospice", slug="hospice")
    Bed.objects.create(room=Room.objects.create(ward=elsewhere, number="90", position=1))
    return person(elsewhere, Role.NURSE, "rt")


def path_of(address: Address, bed: Bed) -> str:
    """The address of this ward's or this bed's page."""
    pattern = next(one for one in urlpatterns if one.name == address.name)
    kinds = {"bed_id": bed.pk, "slug": bed.room.ward.slug}
    return reverse(address.name, kwargs={key: kinds[key] for key in pattern.pattern.converters})


def ask(browser: Client, address: Address, bed: Bed) -> tuple[int, bytes]:
    """Status and all that is said, headers too, but for form tokens, whose chance letters may spell anything."""
    path = path_of(address, bed)
    answer = browser.get(path, address.said) if address.method == "get" else browser.post(path, address.said)
    body = b"" if isinstance(answer, StreamingHttpResponse) else answer.content
    body = re.sub(rb'(name="csrfmiddlewaretoken" value=")[^"]+', rb"\1", body)
    return answer.status_code, body + str(answer.headers).encode()


def rows() -> tuple[int, int]:
    """What a POST could have written."""
    return Assignment.objects.count(), Command.objects.count()


def test_every_address_is_tested_here() -> None:
    assert {pattern.name for pattern in urlpatterns} == {address.name for address in ADDRESSES} | OPEN


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method}-{one.name}")
@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_is_its_business_and_nothing_else(
    address: Address, role: Role, ward: Ward, busy: Bed
) -> None:
    before = rows()
    status, _ = ask(logged_in(person(ward, role)), address, busy)
    allowed = role in address.roles
    assert status == (address.answers if allowed else address.refused)
    assert allowed or rows() == before


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method}-{one.name}")
def test_a_stranger_gets_nothing_and_learns_nothing(address: Address, stranger: User, busy: Bed) -> None:
    before = rows()
    status, said = ask(logged_in(stranger), address, busy)
    assert status == address.stranger
    assert not [secret for secret in SECRETS if secret in said]
    assert rows() == before


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method}-{one.name}")
def test_a_stranger_cannot_tell_a_bed_that_is_from_one_that_is_not(address: Address, stranger: User, busy: Bed) -> None:
    if address.name in ("board", "devices"):
        return  # they name no bed and no ward
    browser = logged_in(stranger)
    there = ask(browser, address, busy)
    path = path_of(address, busy).replace(f"/{busy.pk}/", "/999999/").replace("4-north", "no-such-ward")
    gone = browser.get(path, address.said) if address.method == "get" else browser.post(path, address.said)
    assert (gone.status_code, gone.content + str(gone.headers).encode()) == there


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method}-{one.name}")
def test_whoever_is_not_logged_in_gets_the_log_in_page(address: Address, busy: Bed) -> None:
    before = rows()
    status, said = ask(Client(), address, busy)
    assert status == address.anonymous
    assert not [secret for secret in (b"Garden", b"CALM", b"0401") if secret in said]
    assert rows() == before


def test_an_account_that_was_switched_off_gets_nothing(busy: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    nurse.is_active = False
    nurse.save()
    assert browser.get(reverse("ward", args=["4-north"])).status_code == 302


def test_facilities_land_on_their_devices_after_log_in(ward: Ward, busy: Bed) -> None:
    said = {"username": "technics", "password": "lamps on the quay"}
    person(ward, Role.FACILITIES, said["username"], said["password"])
    browser = Client()
    answer = browser.post(reverse("login"), said, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("ward_devices", args=["4-north"])


def test_the_devices_page_holds_no_music_and_no_stay(ward: Ward, busy: Bed) -> None:
    said = logged_in(person(ward, Role.FACILITIES)).get(reverse("ward_devices", args=["4-north"])).content
    assert b"0401" in said
    assert not [
        word for word in (b"Calm", b"Garden", b"Playing", b"Last used", str(busy.stay).encode()) if word in said
    ]


def test_an_auditor_sees_no_stop_and_nothing_to_give(ward: Ward, busy: Bed) -> None:
    browser = logged_in(person(ward, Role.AUDITOR))
    pages = [browser.get(reverse(name, args=[busy.pk])).content for name in ("bed", "given", "tile")]
    pages.append(browser.get(reverse("ward", args=["4-north"])).content)
    words = (b">Stop<", b"Give to", b"Put back", b"Undo", b'type="checkbox"')
    assert not [word for word in words for said in pages if word in said]


@pytest.mark.parametrize("name", ["bed", "put_back", "stop"])
def test_a_post_from_another_site_writes_nothing(name: str, busy: Bed, nurse: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(nurse)
    before = rows()
    assert browser.post(reverse(name, args=[busy.pk]), {"set": "calm", "version": "1"}).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("name", ["put_back", "stop"])
def test_what_changes_something_cannot_be_a_link(name: str, busy: Bed, nurse: User) -> None:
    assert logged_in(nurse).get(reverse(name, args=[busy.pk])).status_code == 405


def test_a_part_of_a_page_without_a_session_reloads_the_page(busy: Bed) -> None:
    answer = Client().get(reverse("tile", args=[busy.pk]), headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    assert b"password" not in answer.content
