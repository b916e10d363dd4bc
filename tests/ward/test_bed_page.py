"""The page of a bed: what may be chosen there and how far it is; and which playlist PLAY starts."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.ward.people import logged_in, plays
from tests.ward.saying import NOW
from tests.ward.test_rules_page import words
from ward.assignments.assigning import assign, before_of, newest
from ward.assignments.models import Assignment
from ward.bed.overview import minutes_left
from ward.bed.playlist_offers import on_bed, starts_with_play
from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.usage.models import Session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def afternoon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(nurse: User) -> Client:
    return logged_in(nurse)


def states(browser: Client, bed: Bed) -> list[str]:
    """Each row of what may be chosen, as read."""
    page = browser.get(reverse("bed", args=[bed.pk])).content.decode()
    return [words(row) for row in re.findall(r"<li><span class=\"screen\">.*?</li>", page, re.DOTALL)]


def on_the_box(bed: Bed) -> None:
    Assignment.objects.filter(bed=bed).update(sent_at=NOW, applied_at=NOW, held=1, needed=1)


def test_each_playlist_stands_with_its_screen_label_and_its_state(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    Playlist.objects.filter(slug="sleep").update(purpose="sleep")
    assign(bed, list(Playlist.objects.order_by("slug")), nurse, NOW)
    on_the_box(bed)
    plays(device, playlists[0], NOW)
    assert states(browser, bed) == [
        "CALM Calm Comfort, 24 min Playing now",
        "GARDEN Garden Comfort, 24 min Not used yet",
        "SLEEP Sleep Sleep, 45 min On the SLEEP button",
    ]


def test_a_bed_without_a_sleep_playlist_says_what_sleep_starts(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    own = "No sleep playlist assigned: SLEEP starts the standard sleep music."
    assign(bed, playlists[:1], nurse, NOW)
    assert own in browser.get(reverse("bed", args=[bed.pk])).content.decode()
    Playlist.objects.filter(slug="sleep").update(purpose="sleep")
    assign(bed, list(Playlist.objects.all()), nurse, NOW)
    assert own not in browser.get(reverse("bed", args=[bed.pk])).content.decode()


def test_while_the_box_loads_each_new_playlist_says_how_far_it_is(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW - timedelta(days=1))
    on_the_box(bed)
    assign(bed, playlists[:2], nurse, NOW)
    assert states(browser, bed)[1].endswith("Not on the box yet")
    Assignment.objects.filter(version=2).update(sent_at=NOW, held=1, needed=2)
    assert states(browser, bed) == [
        "CALM Calm Comfort, 24 min Not used yet",
        "GARDEN Garden Comfort, 24 min 1 of 2 tracks loaded",
    ]


def test_how_long_loading_takes_is_said_only_once_something_came() -> None:
    sent = Assignment(sent_at=NOW, held=5, needed=7)
    assert minutes_left(sent, 5, NOW + timedelta(seconds=60)) is None
    assert minutes_left(sent, 3, NOW + timedelta(seconds=60)) == 1
    assert minutes_left(sent, 4, NOW + timedelta(seconds=60)) == 2
    assert minutes_left(Assignment(held=5, needed=7), 0, NOW) is None


@pytest.mark.usefixtures("playlists")
def test_the_page_of_a_bed_assigns_nothing_and_leads_to_the_page_that_does(browser: Client, bed: Bed) -> None:
    address = reverse("bed", args=[bed.pk])
    assert browser.post(address, {"version": "0", "playlist": "calm"}).status_code == 405
    assert newest(bed) is None
    page = browser.get(address).content.decode()
    assert 'type="checkbox"' not in page
    assert f'href="{reverse("assign", args=[bed.pk])}?part=volume#part-volume"' in page
    part = browser.get(reverse("assign", args=[bed.pk]), {"part": "volume"}).content.decode()
    assert re.findall(r'<details class="line" id="([\w-]+)" open>', part) == ["part-volume"]


def test_a_suggestion_has_its_playlist_selected_beside_those_on_the_bed(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    page = browser.get(reverse("bed", args=[bed.pk])).content.decode()
    found = re.search(r'href="([^"]+playlist=garden)"', page)
    assert found is not None
    chosen = browser.get(found[1].replace("&amp;", "&")).content.decode()
    assert re.findall(r'name="playlist" value="(\w+)" form="assign" checked', chosen) == ["garden", "calm"]
    assert newest(bed).version == 1  # type: ignore[union-attr]


def test_an_open_page_gets_new_states_and_reloads_for_another_assignment(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    on_the_box(bed)
    page = browser.get(reverse("bed", args=[bed.pk])).content.decode()
    seen = re.findall(r'name="seen"[^>]* value="([^"]+)"', page)
    pulse = reverse("bed_pulse", args=[bed.pk])
    assert 'id="playlists"' not in browser.get(pulse, {"seen": seen}).content.decode()
    plays(device, playlists[0], NOW)
    bed.refresh_from_db()
    Session.objects.create(
        device=device, bed=bed, stay=bed.stay, session="s1", playlist_slug=playlists[0].slug, started_at=NOW
    )
    told = browser.get(pulse, {"seen": seen}).content.decode()
    assert "Playing now" in told
    assert "playing now" in told.partition('id="sessions"')[2]  # the list under it says the same
    assign(bed, playlists[:2], nurse, NOW)
    assert browser.get(pulse, {"seen": seen}, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_play_starts_the_first_new_playlist_that_is_not_for_sleep(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    Playlist.objects.filter(slug="sleep").update(purpose="sleep")
    calm, garden, sleep = Playlist.objects.order_by("slug")
    assert play(assign(bed, [sleep, garden, calm], nurse, NOW)) == "garden"
    assert "PLAY starts GARDEN." in words(browser.get(reverse("assigned", args=[bed.pk])).content.decode())
    assert play(assign(bed, [sleep, garden], nurse, NOW)) is None
    assert play(assign(bed, [sleep, garden, calm], nurse, NOW)) == "calm"


def play(made: Assignment) -> str | None:
    """The playlist that PLAY starts after this assignment."""
    found = starts_with_play(made, before_of(made), on_bed(made, before_of(made)))
    return found.slug if found else None


def test_a_ward_without_any_playlist_says_who_adds_some(browser: Client, bed: Bed, device: Device) -> None:
    page = words(browser.get(reverse("assign", args=[bed.pk])).content.decode())
    assert "No playlists yet The library is empty. Contact IT to add playlists." in page
