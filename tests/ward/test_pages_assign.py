"""Giving a bed its music from the page, and putting back what it had."""

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
from ward.assignments.assigning import assign, newest
from ward.assignments.models import Assignment
from ward.beds.models import Access, Bed, Role, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(nurse: User) -> Client:
    return logged_in(nurse)


def post(browser: Client, bed: Bed, version: int, *slugs: str) -> HttpResponse:
    """What the form sends."""
    return browser.post(reverse("assign", args=[bed.pk]), {"version": str(version), "playlist": list(slugs)})


def slugs_of(bed: Bed) -> list[str]:
    """The playlists that count, in their order."""
    found = newest(bed)
    return [entry["slug"] for entry in found.message["playlists"]] if found else []


def words(answer: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_giving_writes_a_whole_assignment_and_leads_to_its_way(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    answer = post(browser, bed, 0, "garden", "calm")
    assert answer.headers["Location"] == reverse("assigned", args=[bed.pk])
    assert slugs_of(bed) == ["garden", "calm"] or slugs_of(bed) == ["calm", "garden"]
    assert Assignment.objects.get().assigned_by == nurse


def test_what_is_on_the_bed_keeps_its_order_and_what_is_new_stands_last(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, [playlists[2], playlists[1]], nurse, NOW)
    post(browser, bed, 1, "calm", "garden", "sleep")
    assert slugs_of(bed) == ["sleep", "garden", "calm"]


def test_nothing_ticked_gives_nothing_and_says_one_line(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    answer = post(browser, bed, 0)
    assert answer.status_code == 422
    assert words(answer).startswith("Not assigned: Select at least one playlist.")
    assert words(answer).count("Not assigned Select at least one playlist.") == 1
    assert not Assignment.objects.exists()


def test_a_playlist_that_is_no_longer_offered_is_not_given(
    browser: Client, bed: Bed, playlists: list[Playlist]
) -> None:
    Playlist.objects.filter(slug="garden").update(offered=False)
    for slug in ("garden", "no-such-set"):
        answer = post(browser, bed, 0, "calm", slug)
        assert answer.status_code == 422
        assert "no longer offered" in words(answer)
    assert not Assignment.objects.exists()


def test_a_playlist_on_the_bed_may_stay_though_it_is_no_longer_offered(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:2], nurse, NOW)
    Playlist.objects.filter(slug="garden").update(offered=False)
    assert post(browser, bed, 1, "calm", "garden", "sleep").status_code == 302


def test_a_playlist_without_tracks_is_refused_in_one_line_and_the_choice_is_kept(
    browser: Client, bed: Bed, playlists: list[Playlist]
) -> None:
    Playlist.objects.create(slug="empty", title="Empty", label="Empty", purpose="comfort", arc="u")
    answer = post(browser, bed, 0, "calm", "empty")
    assert answer.status_code == 422
    assert "Empty has no tracks: choose another playlist." in words(answer)
    assert re.search(r'value="calm"[^>]*checked', answer.content.decode())


def test_more_than_twelve_playlists_are_too_many(browser: Client, bed: Bed) -> None:
    made = [make_playlist(f"set-{number}") for number in range(13)]
    answer = post(browser, bed, 0, *(one.slug for one in made))
    assert "13 playlists are selected. A bed can have 12. Deselect some, then assign." in words(answer)
    assert post(browser, bed, 0, *(one.slug for one in made[:12])).status_code == 302


def test_whoever_was_overtaken_is_told_and_keeps_the_choice(
    browser: Client, ward: Ward, bed: Bed, playlists: list[Playlist]
) -> None:
    other = person(ward, Role.THERAPIST, "rt")
    assign(bed, playlists[:1], other, NOW - timedelta(minutes=4))
    answer = post(browser, bed, 0, "garden")
    assert answer.status_code == 409
    assert "changed these playlists (13:58). The new ones are shown. Your selection is kept below." in words(answer)
    assert re.search(r'value="garden"[^>]*checked', answer.content.decode())
    assert not re.search(r'value="calm"[^>]*checked', answer.content.decode())
    assert slugs_of(bed) == ["calm"]


def test_a_second_tap_on_give_gives_once(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    for _ in range(2):
        assert post(browser, bed, 0, "garden").headers["Location"] == reverse("assigned", args=[bed.pk])
    assert Assignment.objects.count() == 1


def test_the_page_after_giving_shows_four_steps_and_the_undo_for_thirty_seconds(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    post(browser, bed, 0, "garden")
    said = words(browser.get(reverse("assigned", args=[bed.pk])))
    assert "Assigned 14:02:00, by you Sent not yet On the box Playing when someone starts it at the bed" in said
    assert "Assigned to bed 1 A: 1 playlist You have 30 seconds to undo. Undo" in said
    with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
        later = words(browser.get(reverse("assigned", args=[bed.pk])))
    assert "to undo" not in later
    assert "Restore previous" in later


def said_of_play(browser: Client, bed: Bed) -> str:
    """What the page says about the buttons at the bed."""
    said = words(browser.get(reverse("assigned", args=[bed.pk])))
    return said[said.index("On the screen at the bed") : said.index("CHOOSE")]


def test_the_page_says_what_play_starts_by_day_and_at_night(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    """What was just assigned plays next, at night too; otherwise the night has its own music."""
    Playlist.objects.filter(slug="sleep").update(purpose="sleep")
    calm, garden, sleep = Playlist.objects.order_by("slug")
    assign(bed, [calm, sleep], nurse, NOW)
    assign(bed, [calm, garden, sleep], nurse, NOW)
    said = said_of_play(browser, bed)
    assert "PLAY starts GARDEN. When the next night begins, PLAY starts the sleep playlist. SLEEP starts" in said
    assign(bed, [calm, garden, sleep], nurse, NOW)
    by_day = "By day, PLAY starts the last playlist chosen."
    at_night = "At night, PLAY starts the sleep playlist or the one chosen that night."
    assert f"{by_day} {at_night} SLEEP starts" in said_of_play(browser, bed)


def test_the_page_says_that_without_a_sleep_playlist_the_box_plays_its_own(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    """As the box chooses: device/rules/state.py, `sleep_playlist` and `chosen_playlist`."""
    assign(bed, playlists[:1], nurse, NOW)
    assign(bed, playlists[:2], nurse, NOW)
    said = said_of_play(browser, bed)
    assert "PLAY starts GARDEN. When the next night begins, PLAY starts the standard sleep music." in said
    assert "SLEEP starts the standard sleep music of the box." in said
    assign(bed, playlists[:2], nurse, NOW)
    said = said_of_play(browser, bed)
    assert "At night, PLAY starts the standard sleep music or the playlist chosen that night." in said
    assert "sleep playlist" not in said


def test_continuous_music_has_no_night_for_play(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW, rules=Rules(vigil=True))
    assign(bed, playlists[:2], nurse, NOW, rules=Rules(vigil=True))
    said = said_of_play(browser, bed)
    assert "PLAY starts GARDEN." in said
    assert "night" not in said
    assign(bed, playlists[:2], nurse, NOW, rules=Rules(vigil=True))
    said = said_of_play(browser, bed)
    assert "PLAY starts the last playlist chosen." in said
    assert "night" not in said


def test_the_steps_are_told_as_they_are_done(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    post(browser, bed, 0, "garden")
    Assignment.objects.update(sent_at=NOW, applied_at=NOW, held=4, needed=5)
    assert "Sent 14:02:00 On the box 4 of 5 tracks Playing" in words(browser.get(reverse("assigned", args=[bed.pk])))
    Assignment.objects.update(held=5, played_at=NOW + timedelta(seconds=9))
    said = words(browser.get(reverse("assigned", args=[bed.pk])))
    assert "On the box 14:02:00, all 5 tracks Playing 14:02:09" in said


def test_a_page_that_tells_of_what_was_given_before_loads_itself_anew(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    """Else it shows another nurse's steps beside one's own playlists and Undo."""
    post(browser, bed, 0, "garden")
    page = browser.get(reverse("assigned", args=[bed.pk])).content.decode()
    seen = re.findall(r'name="seen"[^>]*value="([^"]+)"', page)
    pulse = reverse("bed_pulse", args=[bed.pk])
    assert "HX-Refresh" not in browser.get(pulse, {"seen": seen}).headers
    assign(bed, playlists[:1], nurse, NOW)
    assert browser.get(pulse, {"seen": seen}).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("name", ["board", "bed", "assigned", "history", "therapy_bed"])
def test_a_page_hears_what_changes_from_before_its_rows_are_read(
    name: str, bed: Bed, device: Device, playlists: list[Playlist], ward: Ward, nurse: User
) -> None:
    """What changed in between would be in neither."""
    assign(bed, playlists, nurse, NOW)
    Access.objects.create(user=nurse, ward=ward, role=Role.THERAPIST)
    path = reverse("ward", args=[ward.slug]) if name == "board" else reverse(name, args=[bed.pk])
    with CaptureQueriesContext(connection) as queries:
        page = logged_in(nurse).get(path).content.decode()
    asked = [one["sql"] for one in queries]
    since = [place for place, sql in enumerate(asked) if "beds_change" in sql]
    rows = [place for place, sql in enumerate(asked) if re.search('FROM "(assignments_assignment|fleet_device)"', sql)]
    assert bool(since) == ("data-live" in page)
    assert not since or since[0] < rows[0]


def test_the_pulse_brings_the_way_only_when_it_changed(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    post(browser, bed, 0, "garden")
    page = browser.get(reverse("assigned", args=[bed.pk])).content.decode()
    known = re.findall(r'name="seen"[^>]*value="([^"]+)"', page)
    pulse = reverse("bed_pulse", args=[bed.pk])
    assert 'id="way"' not in browser.get(pulse, {"seen": known}).content.decode()
    Assignment.objects.update(sent_at=NOW)
    assert 'id="way"' in browser.get(pulse, {"seen": known}).content.decode()


def test_the_pulse_of_a_bed_s_choice_never_brings_the_form(
    browser: Client, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists, nurse, NOW)
    said = browser.get(reverse("bed_pulse", args=[bed.pk])).content.decode()
    assert 'id="now"' in said
    assert "checkbox" not in said


def test_undo_puts_back_what_was_there(browser: Client, bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    post(browser, bed, 1, "calm", "sleep")
    browser.post(reverse("put_back", args=[bed.pk]), {"version": "2"})
    assert slugs_of(bed) == ["calm"]


def test_after_undo_the_page_says_what_stands_and_offers_no_second_undo(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    """Pressed again it would bring back the mistake."""
    assign(bed, playlists, nurse, NOW)
    post(browser, bed, 1, "calm")
    browser.post(reverse("put_back", args=[bed.pk]), {"version": "2"})
    answer = browser.get(reverse("assigned", args=[bed.pk]))
    body = answer.content.decode()
    assert "<title>Undone. Bed 1 A, " in body
    assert "Undone Bed 1 A has its 3 previous playlists again. Assign music" in words(answer)
    assert not re.search(r">Undo<|to undo|Restore previous|put-back|Assigned to bed", body)


def test_undo_of_the_first_playlists_says_that_standard_music_stands(
    browser: Client, bed: Bed, playlists: list[Playlist]
) -> None:
    post(browser, bed, 0, "calm")
    browser.post(reverse("put_back", args=[bed.pk]), {"version": "1"})
    assert "Bed 1 A has standard music only, as before." in words(browser.get(reverse("assigned", args=[bed.pk])))
    assert "Restore the stay" not in words(browser.get(reverse("history", args=[bed.pk])))


def test_what_is_assigned_after_an_undo_can_be_undone(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    post(browser, bed, 0, "calm")
    browser.post(reverse("put_back", args=[bed.pk]), {"version": "1"})
    post(browser, bed, 2, "garden")
    said = words(browser.get(reverse("assigned", args=[bed.pk])))
    assert "You have 30 seconds to undo." in said
    assert "Undone" not in said


def test_a_second_tap_on_undo_does_no_more(browser: Client, bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    post(browser, bed, 1, "calm", "sleep")
    for _ in range(2):
        browser.post(reverse("put_back", args=[bed.pk]), {"version": "2"})
    assert Assignment.objects.count() == 3


@pytest.mark.parametrize("version", ["", "x", "99"])
def test_an_undo_that_names_no_version_of_this_bed_does_nothing(
    version: str, browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)
    browser.post(reverse("put_back", args=[bed.pk]), {"version": version})
    assert slugs_of(bed) == ["calm"]


def test_a_bed_that_was_never_given_anything_shows_its_choice(browser: Client, bed: Bed) -> None:
    assert browser.get(reverse("assigned", args=[bed.pk])).headers["Location"] == reverse("bed", args=[bed.pk])


def test_three_cards_of_different_purposes_come_first(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    for slug, purpose in (("evening", "sleep"), ("kitchen", "memories")):
        make_playlist(slug)
        Playlist.objects.filter(slug=slug).update(purpose=purpose)
    page = browser.get(reverse("assign", args=[bed.pk])).content.decode()
    cards = re.findall(r'class="offer-card">.*?value="([a-z]+)"', page, re.DOTALL)
    assert cards == ["evening", "kitchen", "calm"]
