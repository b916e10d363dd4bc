"""What a whole ward never plays: it holds for beds that have it and for whatever is given later, by whomever."""

from collections.abc import Iterator

import msgspec
import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

import messages
from tests.ward.conftest import make_set
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.assignments.blocking import blocked
from ward.assignments.giving import GivingError, add, give, newest, put_back, rules_of, wire, with_rules
from ward.assignments.models import Blocked
from ward.audit.models import AuditRow
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.music.models import MusicSet, Piece


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(ward: Ward) -> Client:
    return logged_in(person(ward, Role.THERAPIST, "rt"))


def piece_of(music_set: MusicSet) -> Piece:
    return Piece.objects.get(setpiece__music_set=music_set)


def press(browser: Client, name: str, piece: Piece) -> int:
    return browser.post(reverse(name, args=["4-north"]), {"piece": piece.pk}).status_code


def never(bed: Bed) -> tuple[str, ...]:
    found = newest(bed)
    assert found is not None
    assert found.digest == messages.assignment_digest(wire(found))
    return wire(found).rules.never_play


def test_beds_that_have_the_piece_get_a_new_assignment_and_others_keep_theirs(
    browser: Client, bed: Bed, other_bed: Bed, device: Device, sets: list[MusicSet], nurse: User
) -> None:
    give(bed, sets[:2], nurse, NOW)
    give(other_bed, sets[2:], nurse, NOW)
    assert press(browser, "therapy_block", piece_of(sets[0])) == 302
    assert never(bed) == (piece_of(sets[0]).pk,)
    assert newest(other_bed).version == 1
    assert [held.slug for held in wire(newest(bed)).sets] == ["calm", "garden"]
    assert list(AuditRow.objects.filter(verb="blocked").values_list("ward_name", flat=True)) == ["Ward 4 North"]
    assert AuditRow.objects.filter(verb="changed_rules", bed=bed.pk).count() == 1
    assert press(browser, "therapy_block", piece_of(sets[0])) == 302  # a second tap
    assert newest(bed).version == 2


def test_whatever_is_given_later_and_by_whichever_way_holds_it_back(
    browser: Client, bed: Bed, device: Device, sets: list[MusicSet], nurse: User
) -> None:
    give(bed, sets[:1], nurse, NOW)
    Blocked.objects.create(ward=bed.room.ward, piece=piece_of(sets[0]), by=nurse, at=NOW)
    held = (piece_of(sets[0]).pk,)
    put_back(bed, nurse, NOW)
    give(bed, sets[:1], nurse, NOW)
    assert never(bed) == held
    add(bed, sets[1], nurse, NOW, AuditVerb.GAVE)
    assert never(bed) == held
    with_rules(bed, msgspec.structs.replace(rules_of(bed), never_play=()), nurse, NOW)
    assert never(bed) == held
    give(bed, sets[2:], nurse, NOW)
    put_back(bed, nurse, NOW)
    assert never(bed) == held


def test_a_reset_says_nothing_of_the_wards_list(browser: Client, bed: Bed, sets: list[MusicSet], nurse: User) -> None:
    give(bed, sets[:1], nurse, NOW)
    Blocked.objects.create(ward=bed.room.ward, piece=piece_of(sets[0]), by=nurse, at=NOW)
    put_back(bed, nurse, NOW)
    assert (newest(bed).message["sets"], never(bed)) == ([], ())


def test_another_ward_may_play_what_this_one_does_not(
    browser: Client, bed: Bed, sets: list[MusicSet], nurse: User
) -> None:
    elsewhere = Ward.objects.create(name="Hospice", slug="hospice")
    there = Bed.objects.create(room=Room.objects.create(ward=elsewhere, number="90", position=1))
    give(there, sets, nurse, NOW)
    press(browser, "therapy_block", piece_of(sets[0]))
    assert newest(there).version == 1
    give(there, sets, nurse, NOW)
    assert never(there) == ()
    assert b"90" not in browser.get(reverse("therapy_blocked", args=["4-north"])).content


def test_a_piece_that_may_play_again_is_held_back_no_longer_where_music_is_new(
    browser: Client, bed: Bed, other_bed: Bed, sets: list[MusicSet], nurse: User
) -> None:
    give(bed, sets[:1], nurse, NOW)
    press(browser, "therapy_block", piece_of(sets[0]))
    assert press(browser, "therapy_unblock", piece_of(sets[0])) == 302
    assert blocked(bed.room.ward_id) == frozenset()
    assert never(bed) == (piece_of(sets[0]).pk,)
    give(other_bed, sets[:1], nurse, NOW)
    assert never(other_bed) == ()


def test_the_page_lists_finds_and_says_who(browser: Client, bed: Bed, sets: list[MusicSet]) -> None:
    press(browser, "therapy_block", piece_of(sets[0]))
    page = browser.get(reverse("therapy_blocked", args=["4-north"]), {"piece": "PIECE den"}).content.decode()
    assert "since 14:02, RT" in page
    assert "Never play garden piece on this ward" in page
    assert "Never play calm piece" not in page
    none = browser.get(reverse("therapy_blocked", args=["4-north"]), {"piece": "<b>"}).content.decode()
    assert "No other piece has “&lt;b&gt;” in its title." in none


def test_a_list_that_is_full_says_so_and_a_piece_that_is_not_is_not_found(
    browser: Client, ward: Ward, bed: Bed, sets: list[MusicSet]
) -> None:
    pieces = [Piece(sha256=f"{number:064x}", title=f"p{number}", seconds=1.0) for number in range(200)]
    Piece.objects.bulk_create(pieces)
    Blocked.objects.bulk_create(Blocked(ward=ward, piece=piece, at=NOW) for piece in pieces)
    answered = browser.post(reverse("therapy_block", args=["4-north"]), {"piece": piece_of(sets[0]).pk})
    assert answered.status_code == 422
    assert "The list holds 200 pieces" in answered.content.decode()
    assert browser.post(reverse("therapy_block", args=["4-north"]), {"piece": "f" * 64}).status_code == 404


def test_more_pieces_than_a_box_can_hold_back_are_refused_in_one_line(
    bed: Bed, sets: list[MusicSet], nurse: User
) -> None:
    give(bed, sets[:1], nurse, NOW)
    Blocked.objects.create(ward=bed.room.ward, piece=piece_of(sets[0]), by=nurse, at=NOW)
    rules = msgspec.structs.replace(rules_of(bed), never_play=tuple(f"{number:064x}" for number in range(500)))
    with pytest.raises(GivingError, match="more than 500 pieces"):
        give(bed, [make_set("other")], nurse, NOW, rules=rules)
    assert newest(bed).version == 1
