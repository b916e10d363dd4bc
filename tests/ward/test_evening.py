"""Evening playlists for a ward: who gets it, who is not changed and why, and its undo."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messages import Rules
from tests.ward.conftest import make_playlist
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from tests.ward.test_mqttd_held import held, limited
from ward.assignments.assigning import assign, newest, wire
from ward.assignments.evening import Why, assign_evening, plan, undo
from ward.assignments.models import Assignment, Evening, EveningBed, EveningPlaylist, Took
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.limits import Limits
from ward.music.models import Playlist

PAGE = "/w/4-north/evening/"
GIVEN = "/w/4-north/evening/assigned"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(nurse: User) -> Client:
    return logged_in(nurse)


@pytest.fixture
def harbour(playlists: list[Playlist]) -> Playlist:
    """The ward's only playlist for sleep."""
    made = make_playlist("harbour")
    Playlist.objects.filter(pk=made.pk).update(purpose="sleep", title="Night Harbour")
    made.refresh_from_db()
    return made


def bed_at(ward: Ward, number: int) -> Bed:
    """A bed with a box."""
    bed = Bed.objects.create(room=Room.objects.create(ward=ward, number=str(number), position=number))
    Device.objects.create(id=f"00000000-0000-4000-8000-{number:012d}", number=str(number), bed=bed)
    return bed


def words(answer: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def field(answer: HttpResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def ticked(answer: HttpResponse) -> list[str]:
    return re.findall(r'name="bed" value="(\d+)" checked', answer.content.decode())


def post(browser: Client, *beds: Bed, key: str = "a-page") -> HttpResponse:
    return browser.post(PAGE, {"playlist": "harbour", "key": key, "bed": [str(bed.pk) for bed in beds]}, follow=True)


def slugs(bed: Bed) -> list[str]:
    found = newest(bed)
    return [held["slug"] for held in found.message["playlists"]] if found else []


def test_every_bed_says_what_becomes_of_it_and_why(
    ward: Ward, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    has, vigil, full, ended, empty = (bed_at(ward, number) for number in range(10, 15))
    no_box = Bed.objects.create(room=Room.objects.create(ward=ward, number="20", position=20))
    assign(bed, playlists, nurse, NOW)
    assign(has, [playlists[0], harbour], nurse, NOW)
    assign(vigil, playlists, nurse, NOW, rules=Rules(vigil=True))
    assign(full, [make_playlist(f"set-{number}") for number in range(12)], nurse, NOW)
    assign(ended, playlists, nurse, NOW)
    Assignment.objects.filter(bed=ended).update(expired_at=NOW)
    assign(no_box, playlists, nurse, NOW)
    assert [(one.bed, one.why) for one in plan(ward)] == [
        (bed, Why.GETS),
        (has, Why.HAS),
        (vigil, Why.VIGIL),
        (full, Why.FULL),
        (ended, Why.ENDED),
        (empty, Why.NO_STAY),
        (no_box, Why.NO_BOX),
    ]


def test_a_bed_with_a_patient_and_no_playlists_is_never_told_as_empty(
    browser: Client, ward: Ward, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    bare = bed_at(ward, 10)
    Bed.objects.filter(pk=bare.pk).update(stay="a" * 32, stay_since=NOW)
    assign(bed, playlists, nurse, NOW)
    assert [one.why for one in plan(ward)] == [Why.GETS, Why.NO_PLAYLISTS]
    said = words(browser.get(PAGE))
    assert "No playlists yet, choose them for this bed" in said
    assert "No patient assigned" not in said


def test_the_page_says_what_it_will_do_and_names_who_is_left_alone(
    browser: Client, ward: Ward, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    vigil, _empty = bed_at(ward, 10), bed_at(ward, 11)
    assign(bed, playlists, nurse, NOW)
    assign(vigil, playlists, nurse, NOW, rules=Rules(vigil=True))
    answer = browser.get(PAGE)
    said = words(answer)
    assert "1 bed will have Night Harbour on its SLEEP button." in said
    assert "Not changed Has continuous music: bed 10 No patient assigned: bed 11" in said
    assert "Assign to 1 bed" in said
    assert ticked(answer) == [str(bed.pk)]


def test_two_taps_give_it_to_all_and_each_bed_has_a_version_of_its_own(
    browser: Client, ward: Ward, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    other = bed_at(ward, 10)
    for one in (bed, other):
        assign(one, playlists[:1], nurse, NOW, rules=Rules(cap_day_dba=50.0, expires_at=NOW + timedelta(days=3)))
    answer = browser.get(PAGE)
    said = {name: field(answer, name) for name in ("playlist", "key", "opened")}
    done = browser.post(PAGE, said | {"bed": ticked(answer)}, follow=True)
    assert "Assigned to 2 beds SLEEP will start Night Harbour. You have 30 seconds to undo. Undo" in words(done)
    assert slugs(bed) == slugs(other) == ["calm", "harbour"]
    found = newest(other)
    assert found is not None
    assert wire(found).rules == Rules(cap_day_dba=50.0, expires_at=NOW + timedelta(days=3))  # its end is not put off
    assert [row.verb for row in AuditRow.objects.order_by("number")][-2:] == ["assigned_evening", "assigned_evening"]
    assert Took.objects.get().verb == "evening"


def test_a_bed_that_is_not_ticked_is_left_alone(
    browser: Client, ward: Ward, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    other = bed_at(ward, 10)
    assign(bed, playlists[:1], nurse, NOW)
    assign(other, playlists[:1], nurse, NOW)
    post(browser, other)
    assert (slugs(bed), slugs(other)) == (["calm"], ["calm", "harbour"])


def test_a_bed_that_changed_meanwhile_is_named_and_the_others_get_it(
    browser: Client, ward: Ward, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    other = bed_at(ward, 10)
    assign(bed, playlists[:1], nurse, NOW)
    assign(other, [harbour], nurse, NOW)
    assert "Assigned to 1 bed SLEEP will start Night Harbour." in words(post(browser, bed, other))
    assert [(row.bed, row.refused) for row in EveningBed.objects.filter(version=None)] == [(other, "has")]


def test_a_second_tap_finds_what_the_first_did(
    browser: Client, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    first, second = post(browser, bed), post(browser, bed)
    assert first.redirect_chain == second.redirect_chain  # type: ignore[attr-defined]
    assert Evening.objects.count() == 1
    assert Assignment.objects.count() == 2


def test_what_was_broken_off_between_two_beds_is_finished_by_the_next_press(
    browser: Client, harbour: Playlist, ward: Ward, playlists: list[Playlist], nurse: User, bed: Bed, device: Device
) -> None:
    second = bed_at(ward, 2)
    for one in (bed, second):
        assign(one, playlists, nurse, NOW)
    assign_evening(ward, [bed.pk], harbour, nurse, NOW, key="a-page")
    post(browser, bed, second)
    assert [slugs(one).count("harbour") for one in (bed, second)] == [1, 1]
    assert sorted(EveningBed.objects.values_list("bed", flat=True)) == [bed.pk, second.pk]


@pytest.mark.django_db(transaction=True)
def test_a_bed_that_somebody_holds_is_named_the_others_go_on_and_the_next_press_finishes(
    browser: Client, harbour: Playlist, ward: Ward, playlists: list[Playlist], nurse: User, bed: Bed, device: Device
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite holds no rows")
    second = bed_at(ward, 2)
    for one in (bed, second):
        assign(one, playlists, nurse, NOW)
    quick = Limits(lock_ms=100, statement_ms=5_000, idle_ms=30_000)
    with limited(quick), held(Bed.objects.filter(pk=bed.pk)):
        answer = post(browser, bed, second)
        assert "Someone else was changing this bed, assign again" in words(answer)
    assert [slugs(one).count("harbour") for one in (bed, second)] == [0, 1]
    post(browser, bed, second)
    assert [slugs(one).count("harbour") for one in (bed, second)] == [1, 1]
    with limited(quick), held(Bed.objects.filter(pk=bed.pk)):
        undo(Evening.objects.get(), nurse, NOW)
    assert [slugs(one).count("harbour") for one in (bed, second)] == [1, 0]
    assert Evening.objects.get().undone_at is None, "to be pressed again"
    undo(Evening.objects.get(), nurse, NOW)
    assert slugs(bed).count("harbour") == 0
    assert Evening.objects.get().undone_at == NOW


def test_undo_puts_all_back_as_one_action_but_not_what_somebody_gave_since(
    browser: Client, ward: Ward, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    changed, other = bed_at(ward, 10), bed_at(ward, 11)
    for one in (bed, changed, other):
        assign(one, playlists[:1], nurse, NOW)
    post(browser, bed, changed, other)
    assign(changed, [playlists[1], harbour], nurse, NOW)
    undo = reverse("evening_undo", args=["4-north"])
    for _ in range(2):
        said = words(browser.post(undo, {"of": str(Evening.objects.get().pk)}, follow=True))
    assert "Undone Each bed has its previous playlists again. Beds changed since then" in said
    assert "to undo" not in said
    assert "Restored" not in said
    assert (slugs(bed), slugs(other), slugs(changed)) == (["calm"], ["calm"], ["garden", "harbour"])
    assert Assignment.objects.filter(bed=bed).count() == 3


def test_the_undo_stands_for_thirty_seconds_and_put_back_stays(
    browser: Client, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    post(browser, bed)
    with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
        said = words(browser.get(reverse("evening_assigned", args=["4-north"])))
    assert "to undo" not in said
    assert "Restore all" in said


def test_a_playlist_that_cannot_be_given_is_told_bed_by_bed(
    browser: Client, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    harbour.places.all().delete()
    said = words(post(browser, bed))
    assert "Nothing was assigned The reasons are below." in said
    assert "Night Harbour has no tracks" in said
    assert slugs(bed) == ["calm"]


def test_a_bed_of_another_ward_is_never_given_anything(
    browser: Client, bed: Bed, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    foreign = bed_at(Ward.objects.create(name="Hospice", slug="hospice"), 50)
    assign(foreign, playlists[:1], nurse, NOW)
    post(browser, foreign)
    assert slugs(foreign) == ["calm"]


def test_nothing_ticked_and_a_playlist_that_is_gone_say_one_line(
    browser: Client, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    said = words(post(browser))
    assert said.startswith("Not assigned: Select at least one bed.")
    assert said.count("Not assigned Select at least one bed.") == 1
    Playlist.objects.update(offered=False)
    assert "No sleep playlist is offered yet" in words(browser.get(PAGE))
    assert post(browser, bed).status_code == 422


def test_the_administrator_chooses_the_ward_s_evening_playlist_and_nobody_else(
    browser: Client, ward: Ward, bed: Bed, device: Device, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    Playlist.objects.filter(slug="sleep").update(purpose="sleep", title="Zither")
    assign(bed, playlists[:1], nurse, NOW)
    choose = reverse("evening_choose", args=["4-north"])
    assert browser.post(choose, {"playlist": "sleep"}).status_code == 403
    boss = logged_in(person(ward, Role.ADMINISTRATOR))
    assert "Make Zither the ward's evening playlist" in words(boss.get(PAGE, {"playlist": "sleep"}))
    boss.post(choose, {"playlist": "calm"})  # for comfort
    assert not EveningPlaylist.objects.exists()
    boss.post(choose, {"playlist": "sleep"})
    assert "1 bed will have Zither" in words(browser.get(PAGE))
    boss.post(choose, {"playlist": "sleep"})  # the same again is no action
    row = AuditRow.objects.get(verb="chose_evening")
    assert (row.ward, row.before, row.after) == (ward.pk, '{"playlist":"harbour"}', '{"playlist":"sleep"}')
    said = words(boss.get(reverse("audit", args=["4-north"])))
    assert "administrator chose the ward's evening playlist." in said.replace("&#x27;", "'")


def test_who_may_not_give_may_not_open_it(ward: Ward, harbour: Playlist, nurse: User, bed: Bed) -> None:
    made = assign_evening(ward, [], harbour, nurse, NOW, key="k")
    addresses = [PAGE, f"{GIVEN}?of={made.pk}"]
    stranger = logged_in(User.objects.create_user("stranger"))
    for role in (Role.AUDITOR, Role.FACILITIES):
        reader = logged_in(person(ward, role))
        assert {reader.get(address).status_code for address in addresses} == {403}
        assert reader.post(reverse("evening_undo", args=["4-north"]), {"of": str(made.pk)}).status_code == 403
    assert {stranger.get(address).status_code for address in addresses} == {404}


def test_the_plan_asks_the_database_as_often_for_thirty_beds(
    browser: Client, ward: Ward, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert browser.get(PAGE).status_code == 200
        return len(counted)

    for number in range(10, 13):
        assign(bed_at(ward, number), playlists[:1], nurse, NOW)
    few = queries()
    for number in range(20, 47):
        assign(bed_at(ward, number), playlists[:1], nurse, NOW)
    assert queries() == few


def test_an_evening_of_another_ward_is_neither_shown_nor_undone(
    browser: Client, ward: Ward, harbour: Playlist, playlists: list[Playlist], nurse: User
) -> None:
    hospice = Ward.objects.create(name="Hospice", slug="hospice")
    foreign = bed_at(hospice, 50)
    assign(foreign, playlists[:1], nurse, NOW)
    made = assign_evening(hospice, [foreign.pk], harbour, nurse, NOW, key="k")
    assert browser.get(GIVEN, {"of": str(made.pk)}).headers["Location"] == PAGE
    for said in ({"of": str(made.pk)}, {}):
        assert browser.post(reverse("evening_undo", args=["4-north"]), said).headers["Location"] == PAGE
    assert slugs(foreign) == ["calm", "harbour"]


def test_none_or_all_are_ticked_at_once_and_a_room_stands_together(
    browser: Client, ward: Ward, harbour: Playlist, nurse: User
) -> None:
    for number in (21, 22):
        assign(bed_at(ward, number), [make_playlist(f"calm{number}")], nurse, NOW)
    assert len(re.findall(r'name="bed" value="\d+" checked', browser.get(PAGE).content.decode())) == 2
    page = browser.get(PAGE, {"beds": "none"}).content.decode()
    assert not re.findall(r'name="bed" value="\d+" checked', page)
    assert "Assign to 0 beds" in page
    assert page.count('class="room-ticks" role="group" aria-label="Room 2') == 2
