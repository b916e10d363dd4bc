"""The tracks that a whole ward excludes: at beds that have them, and in every later assignment."""

from collections.abc import Iterator

import msgspec
import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

import messages
from tests.ward.conftest import make_playlist
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.assignments.assigning import AssigningError, add, assign, newest, put_back, rules_of, wire, with_rules
from ward.assignments.blocking import blocked
from ward.assignments.models import Blocked
from ward.audit.models import AuditRow
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist, Track


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(ward: Ward) -> Client:
    return logged_in(person(ward, Role.THERAPIST, "rt"))


def track_of(playlist: Playlist) -> Track:
    return Track.objects.get(playlisttrack__playlist=playlist)


def press(browser: Client, name: str, track: Track) -> int:
    return browser.post(reverse(name, args=["4-north"]), {"track": track.pk}).status_code


def never(bed: Bed) -> tuple[str, ...]:
    found = newest(bed)
    assert found is not None
    assert found.digest == messages.assignment_digest(wire(found))
    return wire(found).rules.never_play


def test_beds_that_have_the_track_get_a_new_assignment_and_others_keep_theirs(
    browser: Client, bed: Bed, other_bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:2], nurse, NOW)
    assign(other_bed, playlists[2:], nurse, NOW)
    assert press(browser, "therapy_block", track_of(playlists[0])) == 302
    assert never(bed) == (track_of(playlists[0]).pk,)
    assert newest(other_bed).version == 1
    assert [held.slug for held in wire(newest(bed)).playlists] == ["calm", "garden"]
    assert list(AuditRow.objects.filter(verb="excluded_track").values_list("ward_name", flat=True)) == ["Ward 4 North"]
    assert AuditRow.objects.filter(verb="excluded_for_bed", bed=bed.pk).count() == 1
    assert press(browser, "therapy_block", track_of(playlists[0])) == 302  # a second tap
    assert newest(bed).version == 2


def test_every_later_assignment_excludes_it_however_it_is_made(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    Blocked.objects.create(ward=bed.room.ward, track=track_of(playlists[0]), by=nurse, at=NOW)
    held = (track_of(playlists[0]).pk,)
    put_back(bed, nurse, NOW)
    assign(bed, playlists[:1], nurse, NOW)
    assert never(bed) == held
    add(bed, playlists[1], nurse, NOW, AuditVerb.ASSIGNED)
    assert never(bed) == held
    with_rules(bed, msgspec.structs.replace(rules_of(bed), never_play=()), nurse, NOW)
    assert never(bed) == held
    assign(bed, playlists[2:], nurse, NOW)
    put_back(bed, nurse, NOW)
    assert never(bed) == held


def test_a_reset_says_nothing_of_the_wards_list(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    Blocked.objects.create(ward=bed.room.ward, track=track_of(playlists[0]), by=nurse, at=NOW)
    put_back(bed, nurse, NOW)
    assert (newest(bed).message["playlists"], never(bed)) == ([], ())


def test_another_ward_may_play_what_this_one_does_not(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    elsewhere = Ward.objects.create(name="Hospice", slug="hospice")
    there = Bed.objects.create(room=Room.objects.create(ward=elsewhere, number="Elsewher", position=1))
    assign(there, playlists, nurse, NOW)
    press(browser, "therapy_block", track_of(playlists[0]))
    assert newest(there).version == 1
    assign(there, playlists, nurse, NOW)
    assert never(there) == ()
    assert b"Elsewher" not in browser.get(reverse("therapy_blocked", args=["4-north"])).content


def test_a_track_that_is_allowed_again_is_not_excluded_from_new_assignments(
    browser: Client, bed: Bed, other_bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    press(browser, "therapy_block", track_of(playlists[0]))
    assert press(browser, "therapy_unblock", track_of(playlists[0])) == 302
    assert blocked(bed.room.ward_id) == frozenset()
    assert never(bed) == (track_of(playlists[0]).pk,)
    assign(other_bed, playlists[:1], nurse, NOW)
    assert never(other_bed) == ()


def test_the_page_lists_finds_and_says_who(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    press(browser, "therapy_block", track_of(playlists[0]))
    page = browser.get(reverse("therapy_blocked", args=["4-north"]), {"track": "TRACK den"}).content.decode()
    assert "since 14:02, RT" in page
    assert "Exclude garden track on this ward" in page
    assert "Exclude calm track" not in page
    none = browser.get(reverse("therapy_blocked", args=["4-north"]), {"track": "<b>"}).content.decode()
    assert "No other track has “&lt;b&gt;” in its title." in none


def test_a_full_list_says_so_and_an_unknown_track_is_not_found(
    browser: Client, ward: Ward, bed: Bed, playlists: list[Playlist]
) -> None:
    tracks = [Track(sha256=f"{number:064x}", title=f"p{number}", seconds=1.0) for number in range(200)]
    Track.objects.bulk_create(tracks)
    Blocked.objects.bulk_create(Blocked(ward=ward, track=track, at=NOW) for track in tracks)
    answered = browser.post(reverse("therapy_block", args=["4-north"]), {"track": track_of(playlists[0]).pk})
    assert answered.status_code == 422
    assert "The list is full (200 tracks)" in answered.content.decode()
    assert browser.post(reverse("therapy_block", args=["4-north"]), {"track": "f" * 64}).status_code == 404


def test_more_tracks_than_a_box_can_exclude_are_refused_in_one_line(
    bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    Blocked.objects.create(ward=bed.room.ward, track=track_of(playlists[0]), by=nurse, at=NOW)
    rules = msgspec.structs.replace(rules_of(bed), never_play=tuple(f"{number:064x}" for number in range(500)))
    with pytest.raises(AssigningError, match="more than 500 tracks"):
        assign(bed, [make_playlist("other")], nurse, NOW, rules=rules)
    assert newest(bed).version == 1
