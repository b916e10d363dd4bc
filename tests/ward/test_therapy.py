"""The therapist's pages: which beds come first and why, the recorded preferences, and who may see them."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messages import Data, TrackSkipped, TrackStarted
from tests.ward.conftest import make_playlist
from tests.ward.people import logged_in, person
from tests.ward.saying import NOW, entry
from ward.assignments.assigning import assign, discharge, newest, wire
from ward.assignments.models import Blocked
from ward.assignments.stays import mark_of
from ward.audit.models import AuditRow
from ward.beds.models import Access, Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist, Track
from ward.therapy.models import Preferences, Review
from ward.usage.models import Answer, BoxLog, Entry, Session

BEGAN = NOW - timedelta(days=5)
KEPT = {"languages": ["fr"], "youth": ["1950"], "instruments": ["harp"], "comforts": "Kitchen radio", "hurts": "Bells"}
POSTS = ("therapy_preferences", "therapy_forget", "therapy_reviewed", "therapy_never")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> Bed:
    """A bed with a stay of five days, used an hour ago and reviewed two hours ago: nothing to look at."""
    assign(bed, playlists, nurse, BEGAN)
    Review.objects.create(bed=bed, stay=bed.stay, by=nurse, at=NOW - timedelta(hours=2))
    session(bed, NOW - timedelta(hours=1))
    return bed


@pytest.fixture
def rt(ward: Ward) -> User:
    return person(ward, Role.THERAPIST, "rt")


@pytest.fixture
def browser(rt: User) -> Client:
    return logged_in(rt)


def session(bed: Bed, at: datetime, heard_s: float = 1440, **said: object) -> Session:
    told = {"cause": "completed", "playlist_slug": "calm", "stay": bed.stay} | said
    key = f"s{Session.objects.count()}"
    ends = at + timedelta(seconds=heard_s)
    return Session.objects.create(
        device=bed.device, bed=bed, session=key, started_at=at, ended_at=ends, heard_s=heard_s, **told
    )


def worse(bed: Bed, key: str, at: datetime, change: str = "worse") -> Answer:
    log, _ = BoxLog.objects.get_or_create(device=bed.device, log_id="log-1")
    told = {"question": "change", "outcome": "answered", "change": change, "moment": "after", "stay": bed.stay}
    times = {"asked_at": at, "answered_at": at}
    seq = Answer.objects.count()
    return Answer.objects.create(log=log, seq=seq, device=bed.device, bed=bed, session=key, **told, **times)


def tell(bed: Bed, at: datetime, *told: Data) -> None:
    log, _ = BoxLog.objects.get_or_create(device=bed.device, log_id="log-1")
    for data in told:
        row = entry(data, stay=bed.stay)
        seq = Entry.objects.count()
        Entry.objects.create(
            log=log, seq=seq, at=at, clock_ok=True, received=at, boot="b", stay=row.stay, kind=row.kind, data=row.data
        )


def skip(bed: Bed, at: datetime, slug: str = "calm", heard_s: float = 9.0) -> None:
    """The playlist's track began and was skipped."""
    track = hash_of(slug)
    started = TrackStarted(session="s", playlist=slug, track=track)
    tell(bed, at, started, TrackSkipped(session="s", playlist=slug, track=track, heard_s=heard_s))


def hash_of(slug: str) -> str:
    return Track.objects.get(title=f"{slug} track").pk


def text(browser: Client, name: str, *args: object, **said: str) -> str:
    """What a page says, without its tags."""
    answered = browser.get(reverse(name, args=args), said)
    assert answered.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answered.content.decode()).split())


def post(browser: Client, name: str, bed: Bed, **said: object) -> int:
    return browser.post(reverse(name, args=[bed.pk]), {"stay": mark_of(bed)} | said).status_code


def test_a_bed_that_is_used_and_reviewed_is_no_reason_to_look(browser: Client, stay: Bed) -> None:
    page = text(browser, "therapy", "4-north")
    assert "Nothing to review now" in page
    assert "Other beds 1 occupied bed. 1 A Reviewed 12:02, KM" in page


def test_a_bed_that_was_not_used_for_48_hours_is_told_with_its_hours(browser: Client, stay: Bed) -> None:
    Session.objects.update(started_at=NOW - timedelta(hours=48), ended_at=NOW - timedelta(hours=47))
    Review.objects.update(at=NOW - timedelta(hours=48))
    assert "Bed 1 A No music for 2 days (last played Saturday 14:02)." in text(browser, "therapy", "4-north")
    Session.objects.update(started_at=NOW - timedelta(hours=47, minutes=59))
    assert "Nothing to review now" in text(browser, "therapy", "4-north")


def test_a_bed_whose_box_is_offline_is_never_called_unused_for_sure(browser: Client, stay: Bed) -> None:
    Session.objects.all().delete()
    Review.objects.update(at=NOW - timedelta(hours=60))
    Device.objects.update(contact_at=NOW - timedelta(hours=9))
    page = text(browser, "therapy", "4-north")
    assert "No music since the stay began 5 days ago (Wednesday 14:02)." in page
    assert "The box has been offline since 05:02, so data may be missing." in page


def test_worse_twice_is_told_once_is_not(browser: Client, stay: Bed) -> None:
    worse(stay, "s0", NOW - timedelta(hours=1))
    assert "Nothing to review now" in text(browser, "therapy", "4-north")
    worse(stay, "s0", NOW - timedelta(minutes=30))
    worse(stay, "s0", NOW - timedelta(minutes=20), "better")
    page = text(browser, "therapy", "4-north")
    assert "“Worse” was answered 2 of 3 times (last: 13:32)." in page
    assert "Since then: 1 session and “worse” 2 times." in page
    assert "“Worse” 2 times after Calm. Leave it out for now and ask the patient." in text(
        browser, "therapy_bed", stay.pk
    )


def test_a_track_skipped_early_three_times_is_listed_and_suggested_with_its_rule(browser: Client, stay: Bed) -> None:
    for minute in (50, 40):
        skip(stay, NOW - timedelta(minutes=minute))
    skip(stay, NOW - timedelta(minutes=35), heard_s=30.0)
    assert "Nothing to review now" in text(browser, "therapy", "4-north")
    skip(stay, NOW - timedelta(minutes=30))
    assert "Skipped within 30 s: calm track (3 of 4 times)." in text(browser, "therapy", "4-north")
    page = text(browser, "therapy_bed", stay.pk)
    assert "calm track was skipped early 3 of 4 times. Exclude it? Rule: skipped within 30 s, 3 times or more." in page
    assert newest(stay).version == 1  # nothing is changed by itself


def test_what_is_proposed_is_left_out_by_a_press_and_the_reason_is_gone(browser: Client, stay: Bed) -> None:
    for minute in (50, 40, 30):
        skip(stay, NOW - timedelta(minutes=minute))
    assert post(browser, "therapy_never", stay, track=hash_of("calm")) == 302
    made = wire(newest(stay))
    assert made.rules.never_play == (hash_of("calm"),)
    assert [one.slug for one in made.playlists] == ["calm", "garden", "sleep"]
    assert "Nothing to review now" in text(browser, "therapy", "4-north")
    assert "Excluded for this bed calm track" in text(browser, "therapy_bed", stay.pk)
    assert post(browser, "therapy_never", stay, track=hash_of("calm"), again="yes") == 302
    assert wire(newest(stay)).rules.never_play == ()


def test_sessions_stopped_early_again_and_again_are_told(browser: Client, stay: Bed) -> None:
    for minute in (55, 45, 35):
        session(stay, NOW - timedelta(minutes=minute), 120, cause="button")
    assert "3 of the last 4 sessions were stopped at the bed within 10 min." in text(browser, "therapy", "4-north")
    for minute in (25, 20, 15):
        session(stay, NOW - timedelta(minutes=minute), 1200)
    assert "Nothing to review now" in text(browser, "therapy", "4-north")
    assert "Calm was played to the end 4 times. Keep it." in text(browser, "therapy_bed", stay.pk)


def test_a_bed_that_nobody_reviewed_for_72_hours_is_told(browser: Client, stay: Bed) -> None:
    Review.objects.update(at=NOW - timedelta(hours=72))
    assert "Not reviewed for 3 days. Reviewed Friday 14:02, KM" in text(browser, "therapy", "4-north")
    Review.objects.all().delete()
    assert "Never reviewed (stay: 5 days)." in text(browser, "therapy", "4-north")


def test_a_bed_stands_where_the_page_says_what_to_do(browser: Client, stay: Bed) -> None:
    for minute in (50, 40, 30):
        skip(stay, NOW - timedelta(minutes=minute))
    assert "Change the playlist From what was played Bed 1 A Skipped within 30 s" in text(browser, "therapy", "4-north")
    for minute in (50, 40):
        worse(stay, "s0", NOW - timedelta(minutes=minute))
    page = text(browser, "therapy", "4-north")
    assert "Ask the patient What patients said or did Bed 1 A “Worse” was answered 2 of 2 times" in page
    assert "Change the playlist" not in page
    assert "Ward 4 North. 1 of 1 occupied bed has a reason to look. It is not urgent." in page


def test_a_playlist_that_was_followed_by_worse_is_paused_by_ticking_the_others(browser: Client, stay: Bed) -> None:
    for minute in (50, 40):
        worse(stay, "s0", NOW - timedelta(minutes=minute))
    page = browser.get(reverse("therapy", args=["4-north"])).content.decode()
    way = f"{reverse('assign', args=[stay.pk])}?playlist=garden&amp;playlist=sleep"
    assert f'href="{way}" aria-label="Pause Calm: bed 1 A"' in page
    assert newest(stay).version == 1


def test_a_track_is_excluded_from_the_list_and_the_list_comes_back(browser: Client, stay: Bed) -> None:
    for minute in (50, 40, 30):
        skip(stay, NOW - timedelta(minutes=minute))
    said = {"stay": mark_of(stay), "track": hash_of("calm"), "list": "yes"}
    answered = browser.post(reverse("therapy_never", args=[stay.pk]), said)
    assert answered.headers["Location"] == reverse("therapy", args=["4-north"])
    assert wire(newest(stay)).rules.never_play == (hash_of("calm"),)


def test_a_bed_without_music_for_72_hours_is_no_fault_while_its_box_is_connected(browser: Client, stay: Bed) -> None:
    Session.objects.update(started_at=NOW - timedelta(hours=72), ended_at=NOW - timedelta(hours=71))
    Review.objects.update(at=NOW - timedelta(hours=71))
    page = text(browser, "therapy", "4-north")
    assert "No music for 72 h Not a fault: some patients prefer silence. 1 A" in page
    assert "Mark as reviewed" not in page
    Device.objects.update(contact_at=NOW - timedelta(hours=9))
    page = text(browser, "therapy", "4-north")
    assert "Not a fault" not in page
    assert "The box has been offline since 05:02, so data may be missing." in page


def test_a_bed_whose_playlist_is_played_to_the_end_works_well(browser: Client, stay: Bed) -> None:
    Review.objects.update(at=NOW - timedelta(hours=72))
    assert "Review again Nothing else flagged Bed 1 A Not reviewed for 3 days." in text(browser, "therapy", "4-north")
    for hours in (2, 3):
        session(stay, NOW - timedelta(hours=hours))
    page = text(browser, "therapy", "4-north")
    assert "Working well Nothing to change Bed 1 A Calm was played to the end 3 times. Keep it." in page


def test_beds_come_by_reason_and_then_by_age(browser: Client, stay: Bed, ward: Ward, playlists: list[Playlist]) -> None:
    beds = [stay]
    for number in ("2", "3", "4"):
        made = Bed.objects.create(room=Room.objects.create(ward=ward, number=number, position=int(number)))
        Device.objects.create(
            id=f"6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b000{number}", number=number, bed=made, contact_at=NOW
        )
        assign(made, playlists, None, NOW - timedelta(days=6 if number == "4" else 4))
        session(made, NOW - timedelta(hours=1))
        beds.append(made)
    for minute in (50, 40):
        worse(beds[1], "s1", NOW - timedelta(minutes=minute))
    for minute in (50, 40, 30):
        skip(stay, NOW - timedelta(minutes=minute))
    page = text(browser, "therapy", "4-north")
    found = [page.index(told) for told in ("2 “Worse”", "1 A Skipped", "4 Never reviewed", "3 Never reviewed")]
    assert found == sorted(found)
    assert not re.search(r"alarm[^.]|urgent!|\d+ new", page.replace("not an alarm", ""))


def test_reviewed_says_who_and_when_and_the_bed_comes_back_only_with_something_new(
    browser: Client, stay: Bed, rt: User
) -> None:
    for minute in (50, 40, 30):
        skip(stay, NOW - timedelta(minutes=minute))
    assert post(browser, "therapy_reviewed", stay, list="yes") == 302
    page = text(browser, "therapy", "4-north")
    assert "Nothing to review now" in page
    assert "1 A Reviewed 14:02, RT" in page
    assert AuditRow.objects.filter(verb="reviewed", bed=stay.pk, account=rt.pk).count() == 1
    skip(stay, NOW + timedelta(minutes=5))
    page = text(browser, "therapy", "4-north")
    assert "Skipped within 30 s: calm track (4 of 4 times)." in page
    assert "Since then: 1 early skip." in page


def test_what_is_liked_is_kept_told_and_deleted(browser: Client, stay: Bed) -> None:
    assert post(browser, "therapy_preferences", stay, **KEPT) == 302
    page = text(browser, "therapy_bed", stay.pk)
    assert "Languages French Decades when they were young 1950s Instruments Harp" in page
    assert (
        "Comforting: details Kitchen radio Upsetting or painful: details Bells 14:02, RT. Not shown after discharge;"
        in page
    )
    assert page.count("Do not include names or diagnoses") == 2
    assert "Kitchen" not in "".join(AuditRow.objects.values_list("after", flat=True))
    assert post(browser, "therapy_forget", stay) == 302
    assert not Preferences.objects.exists()
    assert "Kitchen" not in text(browser, "therapy_bed", stay.pk)


@pytest.mark.parametrize("said", [{"comforts": "x" * 121}, {"languages": ["klingon"]}, {"youth": ["1200"]}])
def test_what_cannot_be_kept_changes_nothing_and_is_told(browser: Client, stay: Bed, said: dict[str, object]) -> None:
    post(browser, "therapy_preferences", stay, **KEPT)
    assert post(browser, "therapy_preferences", stay, **said) == 422
    assert Preferences.objects.get().comforts == "Kitchen radio"


def test_with_the_stay_all_that_was_kept_is_gone_from_the_pages_and_with_the_next_one_from_the_database(
    browser: Client, stay: Bed, playlists: list[Playlist], nurse: User
) -> None:
    post(browser, "therapy_preferences", stay, **KEPT)
    for minute in (50, 40, 30):
        skip(stay, NOW - timedelta(minutes=minute))
        worse(stay, "s0", NOW - timedelta(minutes=minute))
    old_mark = mark_of(stay)
    discharge(stay, nurse, NOW)
    page = text(browser, "therapy_bed", stay.pk)
    assert "No patient assigned" in page
    assert not [word for word in ("Kitchen", "Worse", "calm track", "French") if word in page]
    assign(stay, playlists, nurse, NOW)
    assert (Preferences.objects.count(), Review.objects.count()) == (0, 0)
    pages = text(browser, "therapy_bed", stay.pk) + text(browser, "therapy", "4-north")
    assert not [word for word in ("Kitchen", "Worse”", "calm track", "French,") if word in pages]
    for name in POSTS:  # a page that was open all the while
        answered = browser.post(reverse(name, args=[stay.pk]), {"stay": old_mark, "track": hash_of("calm")} | KEPT)
        assert answered.status_code == 409
        assert "The stay shown on this page has ended." in answered.content.decode()
    assert (Preferences.objects.count(), Review.objects.count()) == (0, 0)


def test_selected_playlists_go_to_the_page_that_assigns_and_nothing_is_assigned(browser: Client, stay: Bed) -> None:
    page = browser.get(reverse("therapy_bed", args=[stay.pk])).content.decode()
    form = page[page.index('class="choose-sets"') :]
    assert f'method="get" action="{reverse("assign", args=[stay.pk])}"' in form
    assert re.findall(r'name="playlist" value="(\w+)" checked', form) == ["calm", "garden", "sleep"]
    assert newest(stay).version == 1


def test_the_pages_cost_the_same_number_of_queries_for_few_and_for_many(
    browser: Client, stay: Bed, ward: Ward, playlists: list[Playlist]
) -> None:
    def queries() -> tuple[int, int]:
        counts = []
        for name, key in (("therapy", "4-north"), ("therapy_bed", stay.pk)):
            with CaptureQueriesContext(connection) as asked:
                browser.get(reverse(name, args=[key]))
            counts.append(len(asked))
        return counts[0], counts[1]

    skip(stay, NOW)
    few = queries()
    for number in range(10, 20):
        made = Bed.objects.create(room=Room.objects.create(ward=ward, number=str(number), position=number))
        Device.objects.create(id=f"6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b00{number}", number=str(number), bed=made)
        assign(made, [*playlists, make_playlist(f"more-{number}")], None, BEGAN)
        for one in (made, stay):
            skip(one, NOW)
            worse(one, session(one, NOW).session, NOW)
            Review.objects.create(bed=one, stay=one.stay, by=None, at=NOW)
    assert queries() == few


def test_no_page_needs_a_style_or_a_script_of_its_own(browser: Client, stay: Bed) -> None:
    for name, key in (("therapy", "4-north"), ("therapy_bed", stay.pk), ("therapy_blocked", "4-north")):
        page = browser.get(reverse(name, args=[key]), {"track": "track"}).content.decode()
        assert not re.search(r"style=|<script(?! src)|\son\w+=", page)


@pytest.mark.parametrize("role", list(Role))
def test_therapists_and_administrators_curate_and_nobody_else(role: Role, ward: Ward, stay: Bed, rt: User) -> None:
    post(logged_in(rt), "therapy_preferences", stay, **KEPT)
    before = (Review.objects.count(), newest(stay).version)
    browser = logged_in(person(ward, role, "somebody"))
    allowed = role in (Role.THERAPIST, Role.ADMINISTRATOR)
    pages = [browser.get(reverse("therapy", args=["4-north"])), browser.get(reverse("therapy_bed", args=[stay.pk]))]
    pages.append(browser.get(reverse("therapy_blocked", args=["4-north"]), {"track": "calm"}))
    assert [page.status_code for page in pages] == [200 if allowed else 403] * 3
    assert any(b"Kitchen" in page.content for page in pages) is allowed
    assert any(b"calm track" in page.content for page in pages) is allowed
    home = browser.get(reverse("board"), follow=True).content
    assert (reverse("therapy", args=["4-north"]).encode() in home) is allowed
    if not allowed:
        assert [post(browser, name, stay, track=hash_of("calm"), **KEPT) for name in POSTS] == [403] * 4
        for name in ("therapy_block", "therapy_unblock"):
            assert browser.post(reverse(name, args=["4-north"]), {"track": hash_of("calm")}).status_code == 403
        assert (Review.objects.count(), newest(stay).version) == before
        assert Preferences.objects.get().comforts == "Kitchen radio"


def test_a_therapist_of_another_ward_learns_nothing_and_changes_nothing(stay: Bed, rt: User) -> None:
    post(logged_in(rt), "therapy_preferences", stay, **KEPT)
    elsewhere = Ward.objects.create(name="Hospice", slug="hospice")
    stranger = logged_in(person(elsewhere, Role.THERAPIST, "other"))
    for name, key, none in (("therapy", "4-north", "none"), ("therapy_bed", stay.pk, 99999)):
        there, gone = (stranger.get(reverse(name, args=[one])) for one in (key, none))
        assert there.status_code == gone.status_code == 404
        assert b"Kitchen" not in there.content
        assert b"4 North" not in there.content
    assert [post(stranger, name, stay, track=hash_of("calm"), **KEPT) for name in POSTS] == [404] * 4
    assert stranger.post(reverse("therapy_block", args=["4-north"]), {"track": hash_of("calm")}).status_code == 404
    assert (Preferences.objects.get().comforts, newest(stay).version) == ("Kitchen radio", 1)
    assert not Blocked.objects.exists()
    assert "1 A" not in text(stranger, "therapy", "hospice")


def test_a_nurse_of_one_ward_and_therapist_of_another_curates_only_there(stay: Bed, nurse: User) -> None:
    elsewhere = Ward.objects.create(name="Hospice", slug="hospice")
    Access.objects.create(user=nurse, ward=elsewhere, role=Role.THERAPIST)
    browser = logged_in(nurse)
    assert browser.get(reverse("therapy", args=["hospice"])).status_code == 200
    assert browser.get(reverse("therapy", args=["4-north"])).status_code == 403
    assert post(browser, "therapy_reviewed", stay) == 403


@pytest.mark.parametrize("name", POSTS)
def test_an_action_needs_a_sign_in_a_token_and_a_post(name: str, stay: Bed, rt: User) -> None:
    address = reverse(name, args=[stay.pk])
    assert Client().post(address).status_code == 302
    checking = Client(enforce_csrf_checks=True)
    checking.force_login(rt)
    assert checking.post(address, {"stay": mark_of(stay)}).status_code == 403
    assert logged_in(rt).get(address).status_code == 405


def like(bed: Bed, **ticks: list[str]) -> None:
    """What was ticked, and a harp that is not on the bed."""
    harp = {"title": "Warm Rain", "label": "RAIN", "purpose": "comfort", "arc": "u", "about": "harp and rain"}
    Playlist.objects.update_or_create(slug="warm-rain", defaults=harp)
    said = {"bed": bed, "ticks": ticks, "written_at": NOW}
    Preferences.objects.update_or_create(stay=bed.stay, defaults=said)


def test_what_they_like_leads_to_a_playlist_that_has_it(browser: Client, stay: Bed) -> None:
    like(stay, instruments=["harp"], comforts_ticked=["rain"])
    chosen = "?playlist=calm&amp;playlist=garden&amp;playlist=sleep&amp;playlist=warm-rain"
    way = f"{reverse('assign', args=[stay.pk])}{chosen}"
    page = browser.get(reverse("therapy_bed", args=[stay.pk])).content.decode()
    assert "They like harp and rain: Warm Rain." in page
    assert f'href="{way}" aria-label="Add Warm Rain to bed 1 A"' in page
    assert "they like harp and rain" in page, "at the playlist in the list to choose from"
    Review.objects.update(at=NOW - timedelta(hours=72))
    page = browser.get(reverse("therapy", args=["4-north"])).content.decode()
    assert f'href="{way}" aria-label="Add Warm Rain to bed 1 A">Add Warm Rain</a>' in page
    assert newest(stay).version == 1


def test_nothing_is_suggested_where_nothing_fits_or_the_bed_has_it(browser: Client, stay: Bed) -> None:
    like(stay, instruments=["organ"])
    assert "They like" not in text(browser, "therapy_bed", stay.pk)
    like(stay, instruments=["harp"])
    Playlist.objects.filter(slug="warm-rain").update(purpose="vigil")
    assert "They like" not in text(browser, "therapy_bed", stay.pk)
    Playlist.objects.filter(slug="warm-rain").update(purpose="comfort", offered=False)
    assert "They like" not in text(browser, "therapy_bed", stay.pk)


def test_a_track_to_exclude_is_also_kept_by_a_press(browser: Client, stay: Bed) -> None:
    for minute in (50, 40, 30):
        skip(stay, NOW - timedelta(minutes=minute))
    page = browser.get(reverse("therapy", args=["4-north"])).content.decode()
    assert 'aria-label="Keep: bed 1 A">Keep</button>' in page
    assert browser.post(reverse("therapy_reviewed", args=[stay.pk]), {"stay": mark_of(stay), "list": "yes"})
    assert "Skipped within 30 s" not in text(browser, "therapy", "4-north")


def test_tracks_to_exclude_are_browsed_playlist_by_playlist(browser: Client, stay: Bed) -> None:
    page = text(browser, "therapy_bed", stay.pk)
    assert "Browse by playlist Calm Garden Sleep" in page
    assert "garden track" not in page
    page = text(browser, "therapy_bed", stay.pk, browse="garden")
    assert "garden track Exclude for this bed" in page
    assert "calm track" not in page
    assert post(browser, "therapy_never", stay, track=hash_of("garden")) == 302
    assert "No other track in this playlist." in text(browser, "therapy_bed", stay.pk, browse="garden")
    assert "garden track Exclude" in text(browser, "therapy_blocked", "4-north", browse="garden")
