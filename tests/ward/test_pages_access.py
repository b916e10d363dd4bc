"""Who may open what: every address, every role, and a stranger who must learn nothing."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from tests.ward.addresses import ADDRESSES, OPEN, OWN, Address, patterns
from tests.ward.people import heard, logged_in, person, plays
from tests.ward.saying import NOW
from ward.assignments.assigning import assign
from ward.assignments.models import Assignment, Blocked, EveningPlaylist
from ward.audit.models import AuditRow
from ward.beds.models import Access, Bed, Role, Room, Ward
from ward.fleet.models import Command, Device, LogExcerpt
from ward.music.models import Playlist, Track
from ward.notes.models import Note
from ward.people.invitations import hashed, invite
from ward.people.models import Desk, Invitation
from ward.therapy.models import Preferences

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"  # a real one takes a third of a second each time
PATTERNS = patterns()
SECRETS = (
    b"Garden",
    b"CALM",
    b"4 North",
    b"4-north",
    b"0401",
    b"km",
    b"KM",
    b"Likes it low",
    b"Kitchen radio",
    b"Station",
)
EACH = pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method}-{one.name}")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), override_settings(PASSWORD_HASHERS=[FAST]):
        yield


@pytest.fixture
def busy(ward: Ward, bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> Bed:
    """A bed with something of everything: a stay, music that plays, a session, a note, what is liked, what never plays;
    and a ward with an invitation and a desk."""
    nurse.set_password("lamps on the quay")
    nurse.save()
    assign(bed, [playlists[0], playlists[1]], nurse, NOW)
    heard(device, bed, playlists[0], bed.stay)
    plays(device, playlists[0])
    written = {"bed": bed, "stay": bed.stay, "written_by": nurse, "written_at": NOW}
    Note.objects.create(text="Likes it low.", **written)
    Preferences.objects.create(comforts="Kitchen radio", **written)
    Blocked.objects.create(ward=ward, track=Track.objects.get(title="sleep track"), by=nurse, at=NOW)
    LogExcerpt.objects.create(device=device, at=NOW, lines=["link=up"])
    Desk.objects.create(ward=ward, name="Station", token_hash=hashed("x"), made_by=nurse, made_at=NOW)
    invite(ward, nurse, NOW, role=Role.NURSE)
    return bed


@pytest.fixture
def stranger(db: None) -> User:
    """The strongest stranger: every role on another ward, which has a bed of its own."""
    elsewhere = Ward.objects.create(name="Hospice", slug="hospice")
    Bed.objects.create(room=Room.objects.create(ward=elsewhere, number="90", position=1))
    made = person(elsewhere, Role.NURSE, "rt")
    for role in set(Role) - {Role.NURSE}:
        Access.objects.create(user=made, ward=elsewhere, role=role)
    return made


def path_of(name: str, bed: Bed, gone: bool = False) -> str:
    """The address of this ward's, this bed's, this person's page; `gone`: of one that there is not."""
    person_id, keys = User.objects.get(username="km").pk, {"desk_revoke": Desk, "people_revoke": Invitation}
    key = keys[name].objects.get().pk if name in keys else 0
    box, log = Device.objects.filter(bed=bed).first(), LogExcerpt.objects.first()
    kinds = {"bed_id": bed.pk, "slug": bed.room.ward.slug, "person_id": person_id, "key": key}
    kinds["room_id"] = bed.room_id
    kinds |= {"box": box.pk if box else UUID(int=9), "log": log.pk if log else 0}
    if gone:
        kinds = {"bed_id": 999999, "slug": "no-such-ward", "person_id": 999999, "key": 999999, "room_id": 999999}
        kinds |= {"box": UUID(int=9), "log": 999999}
    kinds |= {"token": "x", "provider_id": "hospital"}
    return reverse(name, kwargs={word: kinds[word] for word in converters(name)})


def converters(name: str) -> set[str]:
    """What an address is made with."""
    return set(PATTERNS[name].pattern.converters)


def without_tokens(page: bytes) -> bytes:
    """A page without its forms' tokens, whose chance letters may spell anything."""
    return re.sub(rb'(name="(?:csrfmiddlewaretoken|once|whose)" value=")[^"]+', rb"\1", page)


def ask(browser: Client, address: Address, path: str) -> tuple[int, bytes]:
    """Status and all that is said, headers too, but for form tokens, whose chance letters may spell anything."""
    said = dict(address.said)
    if "track" in said:
        said["track"] = Track.objects.get(title=f"{said['track']} track").pk
    answer = browser.get(path, said) if address.method == "get" else browser.post(path, said)
    body = b"" if isinstance(answer, StreamingHttpResponse) else answer.content
    body = without_tokens(body)
    return answer.status_code, body + str(answer.headers).encode()


def rows() -> tuple[object, ...]:
    """What a POST could have written."""
    counted = (Assignment, Command, AuditRow, Note, Preferences, Blocked, EveningPlaylist, Access, Invitation, Desk)
    revoked = [model.objects.filter(revoked_at=None).count() for model in (Invitation, Desk)]
    return (*(model.objects.count() for model in counted), *revoked, User.objects.filter(is_active=True).count())


def test_every_address_is_tested_here() -> None:
    assert PATTERNS.keys() == {address.name for address in ADDRESSES} | OWN | OPEN.keys()


@EACH
def test_no_page_is_kept_by_a_browser_or_on_the_way_to_it(address: Address, ward: Ward, busy: Bed) -> None:
    browser = logged_in(person(ward, address.roles[0]))
    for _time in ("as somebody", "as nobody"):
        answer = getattr(browser, address.method)(path_of(address.name, busy), address.said)
        assert answer.headers["Cache-Control"] == "no-store, private"
        browser.logout()


def test_a_log_out_clears_what_a_browser_kept(nurse: User) -> None:
    assert logged_in(nurse).post(reverse("logout")).headers["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in logged_in(nurse).get(reverse("own")).headers


@EACH
@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_is_its_business_and_nothing_else(
    address: Address, role: Role, ward: Ward, busy: Bed
) -> None:
    browser = logged_in(person(ward, role))
    before = rows()
    status, _ = ask(browser, address, path_of(address.name, busy))
    allowed = role in address.roles
    assert status == (address.answers if allowed else address.refused)
    assert allowed or rows() == before


@EACH
def test_a_stranger_gets_nothing_and_learns_nothing_not_even_what_there_is(
    address: Address, stranger: User, busy: Bed
) -> None:
    browser = logged_in(stranger)
    before = rows()
    there = ask(browser, address, path_of(address.name, busy))
    assert there[0] == address.stranger
    assert not [secret for secret in SECRETS if secret in there[1]]
    assert ask(browser, address, path_of(address.name, busy, gone=True)) == there
    assert rows() == before


@pytest.mark.parametrize("address", [one for one in ADDRESSES if {"person_id", "key"} & converters(one.name)])
def test_what_is_another_ward_s_cannot_be_reached_through_one_s_own(
    address: Address, stranger: User, busy: Bed
) -> None:
    browser = logged_in(stranger)
    there, gone = (path_of(address.name, busy, gone) for gone in (False, True))
    before = rows()
    said = ask(browser, address, there.replace("4-north", "hospice"))
    assert said[0] == 404
    assert ask(browser, address, gone.replace("no-such-ward", "hospice")) == said
    assert rows() == before


@EACH
def test_whoever_is_not_logged_in_gets_the_log_in_page(address: Address, busy: Bed) -> None:
    before = rows()
    there = ask(Client(), address, path_of(address.name, busy))
    assert there[0] == address.anonymous
    told = there[1].replace(str(Device.objects.get().pk).encode(), b"")  # an address leads back to itself
    assert not [secret for secret in (b"Garden", b"CALM", b"0401", b"Likes it low") if secret in told]
    assert ask(Client(), address, path_of(address.name, busy, gone=True))[0] == there[0]
    assert rows() == before


@pytest.mark.parametrize("name", sorted(OWN))
def test_one_s_own_account_is_nobody_else_s(name: str, busy: Bed) -> None:
    before = rows()
    for answer in (Client().get(path_of(name, busy)), Client().post(path_of(name, busy))):
        where = answer.headers.get("Location", "")
        assert answer.status_code == 405 or (answer.status_code, where.split("?")[0]) == (302, reverse("login"))
    assert rows() == before


@pytest.mark.parametrize("role", list(Role))
def test_one_s_own_account_tells_nothing_of_music(role: Role, ward: Ward, busy: Bed) -> None:
    browser = logged_in(person(ward, role, password="lamps on the quay"))
    for name in sorted(OWN):
        said = without_tokens(browser.get(path_of(name, busy)).content)
        assert not [secret for secret in (b"Garden", b"CALM", b"0401", b"Likes it low", b"Station") if secret in said]


@pytest.mark.parametrize("name", sorted(OPEN))
def test_what_is_open_to_all_tells_nothing_of_a_ward(name: str, busy: Bed) -> None:
    before = rows()
    answer = Client().get(path_of(name, busy))
    assert answer.status_code == OPEN[name]
    assert not [secret for secret in SECRETS if secret in without_tokens(answer.content)]
    Client().post(path_of(name, busy))
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
    pages = [browser.get(reverse(name, args=[busy.pk])).content for name in ("bed", "assigned", "tile")]
    pages.append(browser.get(reverse("ward", args=["4-north"])).content)
    words = (b">Stop<", b"Assign to", b"Restore previous", b"Undo", b'type="checkbox" name="playlist"')
    assert not [word for word in words for said in pages if word in said]
    assert browser.get(reverse("assign", args=[busy.pk])).status_code == 403


@pytest.mark.parametrize("name", ["bed", "put_back", "stop"])
def test_a_post_from_another_site_writes_nothing(name: str, busy: Bed, nurse: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(nurse)
    before = rows()
    assert browser.post(reverse(name, args=[busy.pk]), {"playlist": "calm", "version": "1"}).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("name", ["put_back", "stop"])
def test_what_changes_something_cannot_be_a_link(name: str, busy: Bed, nurse: User) -> None:
    assert logged_in(nurse).get(reverse(name, args=[busy.pk])).status_code == 405


def test_a_part_of_a_page_without_a_session_reloads_the_page(busy: Bed) -> None:
    answer = Client().get(reverse("tile", args=[busy.pk]), headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    assert b"password" not in answer.content
