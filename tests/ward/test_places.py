"""A ward's set-up in the database: made, changed, renamed, closed and opened again, and nothing lost on the way."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from messages import Rules
from tests.ward.saying import NOW
from ward.assignments.assigning import AssigningError, assign, discharge, newest, put_back, rules_of, wire
from ward.assignments.defaults import Defaults, choose_defaults
from ward.assignments.models import Assignment
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Room, Ward
from ward.beds.naming import read, write
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.places.closing import close_beds, close_ward, open_ward
from ward.places.errors import MeanwhileError, OccupiedError, PlacesError
from ward.places.renaming import order_rooms, rename_bed, rename_room
from ward.places.rooms import plan_of, rooms_of
from ward.places.saving import SetUp, add_ward, save, set_up_of


def with_beds(ward: Ward, text: str, **also: Any) -> SetUp:
    """The ward as it is, with these rooms."""
    was = set_up_of(ward)
    facts = {name: getattr(was, name) for name in ("name", "night_from", "night_until", "evening_at", "defaults")}
    return SetUp(**facts | {"rooms": read(text).rooms} | also)


def beds(ward: Ward) -> list[str]:
    """The board's beds, in its order."""
    rows = Bed.objects.open().filter(room__ward=ward).select_related("room").order_by("room__position", "letter")
    return [str(bed) for bed in rows]


def verbs() -> list[str]:
    """What the audit holds, the oldest first."""
    return list(AuditRow.objects.order_by("number").values_list("verb", flat=True))


@pytest.fixture
def boss(ward: Ward) -> User:
    return User.objects.create_user("aw")


def test_who_adds_a_ward_administers_it(db: None) -> None:
    boss = User.objects.create_user("aw")
    made = add_ward("Ward 4 North", boss, NOW)
    assert (made.slug, made.evening_at, beds(made)) == ("ward-4-north", time(20, 30), [])
    assert list(boss.access.values_list("ward", "role")) == [(made.pk, Role.ADMINISTRATOR)]
    assert verbs() == ["role_added", "ward_added"]


@pytest.mark.parametrize(("name", "slug"), [("Ward 4 North", "ward-4-north-2"), ("病棟", "ward"), ("x" * 60, "x" * 40)])
def test_a_ward_has_an_address_of_its_own(db: None, name: str, slug: str) -> None:
    Ward.objects.create(name="an older one", slug="ward-4-north")
    assert add_ward(name, None, NOW).slug == slug


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "ward 4 north"])
def test_a_name_that_is_empty_too_long_or_taken_makes_no_ward(ward: Ward, name: str) -> None:
    with pytest.raises(PlacesError):
        add_ward(name, None, NOW)
    assert Ward.objects.count() == 1


def test_the_text_is_the_ward_s_rooms_in_the_board_s_order(ward: Ward, boss: User) -> None:
    text = "1-3: A, B\n10, 11"
    assert save(ward, with_beds(ward, text), boss, NOW)
    assert beds(ward) == ["1 A", "1 B", "2 A", "2 B", "3 A", "3 B", "10", "11"]
    assert write(rooms_of(ward)) == text
    assert not save(ward, with_beds(ward, text), boss, NOW), "the same again changes nothing"
    assert (ward.version, verbs()) == (1, ["beds_changed"])


def test_another_order_of_lines_is_another_order_of_the_board(ward: Ward, boss: User) -> None:
    save(ward, with_beds(ward, "1, 2, 3"), boss, NOW)
    kept = {str(bed): bed.pk for bed in Bed.objects.all()}
    save(ward, with_beds(ward, "3, 5, 1, 2"), boss, NOW)
    assert beds(ward) == ["3", "5", "1", "2"]
    assert {str(bed): bed.pk for bed in Bed.objects.exclude(room__number="5")} == kept


def test_a_bed_that_is_left_out_is_closed_and_its_name_opens_it_again(
    ward: Ward, boss: User, bed: Bed, device: Device
) -> None:
    save(ward, with_beds(ward, "2"), boss, NOW)
    assert beds(ward) == ["2"]
    bed.refresh_from_db()
    device.refresh_from_db()
    assert (bed.closed_at, device.bed) == (NOW, None)
    save(ward, with_beds(ward, "1: A\n2"), boss, NOW)
    assert (beds(ward), Bed.objects.count()) == (["1 A", "2"], 2)


def test_a_bed_with_a_stay_is_not_closed_and_nothing_else_is_done(
    ward: Ward, boss: User, bed: Bed, playlists: list[Playlist]
) -> None:
    assign(bed, playlists, boss, NOW)
    with pytest.raises(OccupiedError) as refused:
        save(ward, with_beds(ward, "2, 3", name="Another name"), boss, NOW)
    assert refused.value.stays == [bed]
    assert (beds(ward), Ward.objects.get().name, Ward.objects.get().version) == (["1 A"], "Ward 4 North", 0)


def test_a_bed_whose_box_may_still_hold_the_last_stay_is_not_closed(
    ward: Ward, boss: User, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    assign(bed, playlists, boss, NOW)
    discharge(bed, boss, NOW)
    with pytest.raises(OccupiedError) as refused:
        close_beds(ward, [bed], boss, NOW)
    assert refused.value.unconfirmed == [bed]
    Assignment.objects.update(applied_at=NOW)
    close_beds(ward, [bed], boss, NOW)
    assert beds(ward) == []


def test_a_closed_bed_is_assigned_nothing_and_gets_nothing_back(
    ward: Ward, boss: User, bed: Bed, playlists: list[Playlist]
) -> None:
    assign(bed, playlists, boss, NOW)
    last = discharge(bed, boss, NOW)
    stale = Bed.objects.get(pk=bed.pk)
    close_beds(ward, [bed], boss, NOW)
    with pytest.raises(AssigningError, match="this bed is closed"):
        assign(stale, playlists, boss, NOW)
    assert put_back(stale, boss, NOW) == last


def test_two_administrators_do_not_undo_each_other(ward: Ward, boss: User) -> None:
    other = Ward.objects.get(pk=ward.pk)
    save(ward, with_beds(ward, "1"), boss, NOW, seen=0)
    with pytest.raises(MeanwhileError) as late:
        save(other, with_beds(other, "2"), boss, NOW, seen=0)
    assert (late.value.ward.changed_by, late.value.ward.changed_at, beds(ward)) == (boss, NOW, ["1"])
    assert save(other, with_beds(other, "1, 2"), boss, NOW, seen=1)


def test_a_renamed_room_keeps_its_beds_and_their_stays(
    ward: Ward, boss: User, bed: Bed, playlists: list[Playlist]
) -> None:
    assign(bed, playlists, boss, NOW)
    rename_room(ward, bed.room, " 101 ", boss, NOW)
    assert beds(ward) == ["101 A"]
    assert newest(Bed.objects.get()) is not None
    rename_bed(ward, Bed.objects.get(), "w", boss, NOW)
    assert beds(ward) == ["101 W"]
    assert verbs()[-2:] == ["room_renamed", "bed_renamed"]


@pytest.mark.parametrize("name", ["", "2", "a very long name", "☃", "1-9", "1, 5"])
def test_a_room_is_not_renamed_to_what_no_door_says(
    ward: Ward, boss: User, bed: Bed, other_bed: Bed, name: str
) -> None:
    with pytest.raises(PlacesError):
        rename_room(ward, bed.room, name, boss, NOW)
    assert Room.objects.get(pk=bed.room_id).number == "1"


def test_a_name_that_a_closed_room_has_stays_its_own(ward: Ward, boss: User, bed: Bed, other_bed: Bed) -> None:
    close_beds(ward, [other_bed], boss, NOW)
    with pytest.raises(PlacesError, match="There is or was a room 2"):
        rename_room(ward, bed.room, "2", boss, NOW)


def test_a_room_is_renamed_while_a_nurse_assigns(ward: Ward, boss: User, bed: Bed, playlists: list[Playlist]) -> None:
    seen = Bed.objects.select_related("room").get(pk=bed.pk)  # as the nurse's page has it
    rename_room(ward, Room.objects.get(pk=bed.room_id), "7", boss, NOW)
    assign(seen, playlists, boss, NOW, seen=0)
    assert newest(bed) is not None


def test_rooms_stand_in_the_order_that_was_chosen(ward: Ward, boss: User) -> None:
    save(ward, with_beds(ward, "1, 2, 3"), boss, NOW)
    keys = {room.number: room.pk for room in Room.objects.all()}
    order_rooms(ward, [keys["3"], keys["1"]], boss, NOW)
    assert beds(ward) == ["3", "1", "2"]


def test_a_ward_is_closed_with_its_beds_and_opened_without_them(ward: Ward, boss: User, bed: Bed) -> None:
    close_ward(ward, boss, NOW)
    close_ward(ward, boss, NOW + timedelta(hours=1))
    assert (Ward.objects.get().closed_at, Bed.objects.open().count()) == (NOW, 0)
    open_ward(ward, boss, NOW)
    assert (list(Ward.objects.open()), beds(ward)) == ([ward], [])
    save(ward, with_beds(ward, "1: A"), boss, NOW)
    assert (beds(ward), Bed.objects.get().pk) == (["1 A"], bed.pk)


def test_a_ward_with_a_stay_is_not_closed(
    ward: Ward, boss: User, bed: Bed, other_bed: Bed, playlists: list[Playlist]
) -> None:
    assign(bed, playlists, boss, NOW)
    with pytest.raises(OccupiedError):
        close_ward(ward, boss, NOW)
    assert (Ward.objects.open().count(), Bed.objects.open().count()) == (1, 2)


def test_a_new_stay_begins_with_the_ward_s_defaults_and_others_keep_theirs(
    ward: Ward, boss: User, bed: Bed, other_bed: Bed, playlists: list[Playlist]
) -> None:
    assign(bed, playlists, boss, NOW)
    chosen = Defaults(Rules(cap_day_dba=50.0, ask_before="pain", language="de"), days=30)
    save(ward, with_beds(ward, "1: A\n2", defaults=chosen), boss, NOW)
    assert rules_of(bed).cap_day_dba == 60
    assert rules_of(other_bed) == chosen.rules
    made = wire(assign(other_bed, playlists, boss, NOW)).rules
    assert (made.cap_day_dba, made.ask_before, made.language) == (50.0, "pain", "de")
    assert made.expires_at == NOW + timedelta(days=30)


def test_after_a_discharge_the_next_patient_begins_with_the_defaults(
    ward: Ward, boss: User, bed: Bed, playlists: list[Playlist]
) -> None:
    choose_defaults(ward, Defaults(Rules(cap_day_dba=48.0), days=7))
    assign(bed, playlists, boss, NOW, rules=Rules(cap_day_dba=63.0))
    discharge(bed, boss, NOW)
    assert wire(assign(bed, playlists, boss, NOW)).rules.cap_day_dba == 48.0


def test_a_plan_says_what_is_new_what_closes_and_what_comes_back(ward: Ward, boss: User) -> None:
    save(ward, with_beds(ward, "1: A, B\n2\n16"), boss, NOW)
    close_beds(ward, [Bed.objects.get(room__number="2")], boss, NOW)
    plan = plan_of(ward, read("1: A, B, C\n2").rooms)
    assert (plan.new, plan.opened, [str(bed) for bed in plan.closes], plan.moves) == (("1 C",), ("2",), ["16"], False)
