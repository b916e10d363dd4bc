"""What staff read of ends: music that ran out, music without an end, and why a session began and ended."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

from messages import Cause
from tests.ward.people import heard, logged_in, plays
from tests.ward.saying import NOW, expired, log
from ward.assignments.assigning import assign, discharge, issue_again
from ward.assignments.defaults import DAYS
from ward.assignments.models import Assignment
from ward.bed.views import BEGINS
from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.usage.endings import WORDS
from ward.usage.ingest import ingest_log

END = NOW + timedelta(days=DAYS)
LATER = END + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clock(device: Device) -> Iterator[None]:
    """An hour after the end, with a box that was heard just now."""
    Device.objects.filter(pk=device.pk).update(contact_at=LATER)
    device.refresh_from_db()
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def over(device: Device, bed: Bed, playlists: list[Playlist], nurse: User) -> Assignment:
    """A playlist that was on the box for 14 days, until it said that its time had run out."""
    assigned = assign(bed, playlists[:1], nurse, NOW)
    Assignment.objects.update(applied_at=NOW)
    ingest_log(device, log(1, expired(assigned.version, assigned.stay, END)), LATER)
    return assigned


def text(nurse: User, name: str, *args: object) -> str:
    """What a page says, without its tags."""
    page = logged_in(nurse).get(reverse(name, args=args)).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.usefixtures("over")
def test_the_bed_says_in_one_line_that_its_music_ended_on_its_own(bed: Bed, nurse: User) -> None:
    for name in ("bed", "assigned"):
        said = text(nurse, name, bed.pk)
        assert said.count("Expired on 7 December.") == 1
        assert "Standard music only." in said
    assert "Standard music only. Playlists expired today" in text(nurse, "board")


@pytest.mark.usefixtures("over")
def test_it_still_says_so_when_the_end_was_issued_again(bed: Bed, nurse: User) -> None:
    issue_again(bed, LATER)
    assert "Expired on 7 December" in text(nurse, "bed", bed.pk)
    assert "Playlists expired today" in text(nurse, "board")


@pytest.mark.usefixtures("over")
def test_what_ran_out_may_be_given_again_and_is_not_ticked(bed: Bed, nurse: User) -> None:
    page = logged_in(nurse).get(reverse("assign", args=[bed.pk])).content.decode()
    assert 'value="calm"' in page
    assert " checked>" not in page


def test_while_it_has_time_the_bed_says_until_when(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assign(bed, playlists, nurse, LATER)
    for name in ("bed", "assigned"):
        assert "Expires on 21 December." in text(nurse, name, bed.pk)


def test_a_bed_that_was_reset_says_nothing_of_an_end(bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assign(bed, playlists, nurse, NOW)
    discharge(bed, nurse, LATER)
    assert "on its own" not in text(nurse, "bed", bed.pk)


def test_music_without_an_end_says_so_on_tile_and_bed(
    bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assigned = assign(bed, playlists, nurse, LATER)
    assigned.message["rules"]["vigil"] = True
    assigned.save()
    plays(device, playlists[0], LATER)
    Device.objects.update(left_s=0.0, length_s=0.0)
    for name, args in (("board", ()), ("bed", (bed.pk,))):
        said = text(nurse, name, *args)
        assert "Continuous" in said
        assert "No end time" in said
        assert "min left" not in said
    assert "Comfort, no end time" in text(nurse, "assigned", bed.pk)


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"cause": "nurse_call"}, "12 min silenced by nurse call"),
        ({"cause": "cleaning"}, "12 min stopped for cleaning"),
        ({"begun_by": "timed", "cause": "completed"}, "12 min started automatically, finished"),
    ],
)
def test_the_bed_says_why_music_began_and_ended(
    bed: Bed, device: Device, playlists: list[Playlist], nurse: User, told: dict[str, str], line: str
) -> None:
    assign(bed, playlists, nurse, LATER)
    session = heard(device, bed, playlists[0], bed.stay, LATER)
    type(session).objects.update(**told)
    assert line in text(nurse, "bed", bed.pk)


def test_every_cause_of_the_wire_is_worded_where_it_ends_or_begins_a_session() -> None:
    assert {*WORDS, *BEGINS} == set(Cause)
