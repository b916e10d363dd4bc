"""Rules, tracks that never play, what was looked at, suggestions and search, on the page of a bed."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

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
from tests.ward.test_rules import USUAL
from ward.assignments.assigning import assign, discharge, newest, wire
from ward.assignments.models import Assignment, Checked, EveningPlaylist
from ward.audit.models import AuditRow
from ward.bed.rules_form import RulesForm
from ward.bed.suggestions import last_night, reasons, sessions_of_stay
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist, Track
from ward.usage.models import Session


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(nurse: User) -> Client:
    return logged_in(nurse)


def post(browser: Client, bed: Bed, version: int, *slugs: str, **said: str | list[str]) -> HttpResponse:
    """What the form sends, rules and all."""
    return browser.post(
        reverse("assign", args=[bed.pk]),
        {"version": str(version), "playlist": list(slugs), "rules": "said", **USUAL, **said},
    )


def page(browser: Client, bed: Bed, **asked: str) -> str:
    return browser.get(reverse("assign", args=[bed.pk]), asked).content.decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_every_field_of_the_rules_stands_on_the_page(browser: Client, bed: Bed) -> None:
    """A field that the page forgets is sent as nothing, and would wipe what holds at the bed."""
    shown = set(re.findall(r'name="(\w+)"', page(browser, bed)))
    assert set(RulesForm.base_fields) - {"never"} <= shown  # the tracks have a list of their own


def rules_of(bed: Bed) -> Rules:
    found = newest(bed)
    assert found is not None
    return wire(found).rules


def heard(bed: Bed, device: Device, slug: str, at: datetime, stay: str | None, heard_s: float, cause: str) -> None:
    Session.objects.create(
        device=device,
        bed=bed,
        stay=stay,
        session=f"{slug}-{at:%d%H%M}-{stay}",
        playlist_slug=slug,
        started_at=at,
        ended_at=at + timedelta(seconds=heard_s),
        heard_s=heard_s,
        cause=cause,
    )


def reasons_of(bed: Bed) -> dict[str, str]:
    """As a page reads them, with the ward's night from the database."""
    found = Bed.objects.select_related("room__ward").get(pk=bed.pk)
    return reasons(found, sessions_of_stay(found), NOW)


def test_rules_travel_with_the_playlists_that_are_given(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    post(browser, bed, 0, "calm", cap_day="50", ask_after="change", days="7")
    assert rules_of(bed) == Rules(cap_day_dba=50.0, ask_after="change", expires_at=NOW + timedelta(days=7))


def test_a_page_that_says_no_rules_keeps_them(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    post(browser, bed, 0, "calm", cap_day="50")
    browser.post(reverse("assign", args=[bed.pk]), {"version": "1", "playlist": ["calm", "garden"]})
    assert rules_of(bed).cap_day_dba == 50.0


def test_a_rule_out_of_bounds_gives_nothing_and_keeps_what_was_typed(
    browser: Client, bed: Bed, playlists: list[Playlist]
) -> None:
    answer = post(browser, bed, 0, "garden", comfort="5", cap_day="51")
    said = answer.content.decode()
    assert answer.status_code == 422
    assert words(said).count("Enter a whole number from 10 to 45.") == 2  # over the form, and at the field
    assert re.search(r'name="comfort" value="5"[^>]*aria-invalid="true"', said)
    assert re.search(r'name="cap_day" value="51"', said)
    assert re.search(r'value="garden"[^>]*checked', said)
    assert re.search(r'<details class="line" id="part-time" open>', said)
    assert not Assignment.objects.exists()


def test_a_vigil_says_what_it_does_before_it_begins(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    answer = post(browser, bed, 0, "calm", vigil="on")
    assert answer.status_code == 422
    assert "Once started, music plays until staff or family stop it." in words(answer.content.decode())
    assert post(browser, bed, 0, "calm", vigil="on", vigil_sure="on").status_code == 302
    assert rules_of(bed).vigil


def test_the_line_of_the_rules_says_what_holds(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    assert "Time limit Stops after 24 min Sleep after 45 min Change" in words(page(browser, bed))
    assert "Volume Up to 60 dB At night up to 45 dB Change" in words(page(browser, bed))
    assert "More settings Default settings. Show" in words(page(browser, bed))
    post(browser, bed, 0, "calm", cap_day="50", reminder_1="10:00")
    said = words(page(browser, bed))
    assert "Default settings" not in said
    assert "Volume Up to 50 dB At night up to 45 dB Change" in said
    assert "Question No question Change" in said
    assert "More settings Reminders at 10:00. Show" in said
    on_bed = words(browser.get(reverse("bed", args=[bed.pk])).content.decode())
    assert "Volume Up to 50 dB At night up to 45 dB Change" in on_bed
    assert "More Reminders at 10:00. Change" in on_bed


def test_a_track_that_never_plays_is_named_and_listed_first(
    browser: Client, bed: Bed, playlists: list[Playlist]
) -> None:
    track = Track.objects.get(title="sleep track")
    post(browser, bed, 0, "calm", never=[track.pk])
    assert rules_of(bed).never_play == (track.pk,)
    said = page(browser, bed)
    assert "Excluded 1 track excluded. sleep track Change" in words(said)
    assert re.findall(r'name="never" value="[0-9a-f]+" form="assign"( checked)?>', said) == [" checked", "", ""]


def test_tracks_are_searched_by_address_and_what_is_held_back_stays(
    browser: Client, bed: Bed, playlists: list[Playlist]
) -> None:
    post(browser, bed, 0, "calm", never=[Track.objects.get(title="sleep track").pk])
    said = page(browser, bed, track="GARD")
    assert re.findall(r'<label class="tick" data-words="(\w+ track)', said) == ["sleep track", "garden track"]


def test_only_other_rules_are_kept_in_the_audit_as_that(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    post(browser, bed, 0, "calm")
    post(browser, bed, 1, "calm", cap_day="50")
    post(browser, bed, 2, "calm", "garden", cap_day="50")
    assert [row.verb for row in AuditRow.objects.order_by("number") if row.bed] == [
        "assigned",
        "changed_settings",
        "assigned",
    ]


def test_a_second_tap_gives_once_and_other_rules_are_no_second_tap(
    browser: Client, bed: Bed, playlists: list[Playlist]
) -> None:
    for _ in range(2):
        assert post(browser, bed, 0, "calm", cap_day="50").headers["Location"] == reverse("assigned", args=[bed.pk])
    assert Assignment.objects.count() == 1
    assert post(browser, bed, 0, "calm", cap_day="55").status_code == 409


def test_the_page_after_giving_names_what_changed(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    post(browser, bed, 0, "calm")
    post(browser, bed, 1, "calm", "garden", cap_day="50")
    assert "New: Garden. Maximum volume 50 dB (night 45 dB)." in words(
        browser.get(reverse("assigned", args=[bed.pk])).content.decode()
    )


def test_somebody_who_only_reads_sees_the_rules_and_no_field(
    browser: Client, ward: Ward, bed: Bed, playlists: list[Playlist]
) -> None:
    post(browser, bed, 0, "calm", cap_day="50")
    said = logged_in(person(ward, Role.AUDITOR)).get(reverse("bed", args=[bed.pk])).content.decode()
    assert "Volume Up to 50 dB At night up to 45 dB Question" in words(said)
    assert "Change" not in words(said)
    assert "Assign music" not in words(said)
    assert "Not done yet for this stay." in words(said)
    assert not re.search(r"<input (?!type=.hidden)", said.split("<main")[1])


def test_a_look_is_kept_for_the_stay_with_who_and_when_and_ends_with_it(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists, nurse, NOW)
    assert "Not done yet for this stay." in words(page(browser, bed))
    browser.post(reverse("look", args=[bed.pk]))
    assert "None apply. 14:02, by KM." in words(page(browser, bed))
    assert {field.name for field in Checked._meta.get_fields()} == {"id", "bed", "stay", "by", "at"}
    discharge(bed, nurse, NOW)
    assign(bed, playlists, nurse, NOW)
    assert "Not done yet for this stay." in words(page(browser, bed))


def test_a_look_before_the_first_music_is_kept_when_it_is_given(
    browser: Client, bed: Bed, playlists: list[Playlist], nurse: User
) -> None:
    browser.post(reverse("look", args=[bed.pk]))  # there is no stay to keep it for
    assert not Checked.objects.exists()
    post(browser, bed, 0, "calm", looked="yes")
    bed.refresh_from_db()
    found = Checked.objects.get()
    assert (found.stay, found.by, found.at) == (bed.stay, nurse, NOW)


def test_nobody_is_kept_from_giving_because_nobody_looked(browser: Client, bed: Bed, playlists: list[Playlist]) -> None:
    assert post(browser, bed, 0, "calm").status_code == 302
    assert not Checked.objects.exists()


def test_a_look_needs_a_role_that_gives(ward: Ward, bed: Bed, playlists: list[Playlist], nurse: User) -> None:
    assign(bed, playlists, nurse, NOW)
    address = reverse("look", args=[bed.pk])
    assert logged_in(person(ward, Role.AUDITOR)).post(address).status_code == 403
    assert logged_in(User.objects.create_user("stranger")).post(address).status_code == 404


def test_the_ward_s_evening_set_is_suggested_first_with_its_reason(
    browser: Client, ward: Ward, bed: Bed, playlists: list[Playlist]
) -> None:
    Playlist.objects.filter(slug__in=["garden", "sleep"]).update(purpose="sleep")
    assert list(reasons_of(bed)) == ["garden"]
    EveningPlaylist.objects.create(ward=ward, playlist=playlists[2])
    assert reasons_of(bed) == {"sleep": "The ward's evening playlist. Not assigned to this bed."}
    cards = re.findall(r'class="offer-card">.*?value="([a-z]+)".*?class="about">([^<]+)', page(browser, bed), re.DOTALL)
    assert cards[0] == ("sleep", "The ward&#x27;s evening playlist. Not assigned to this bed.")


def test_what_this_stay_heard_last_night_is_suggested_and_nobody_else_s(
    bed: Bed, other_bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW - timedelta(days=2))
    night = NOW.replace(hour=23) - timedelta(days=1)
    heard(bed, device, "garden", night, bed.stay, 1400.0, "completed")
    heard(bed, device, "sleep", night, "an-earlier-stay", 1400.0, "completed")
    heard(bed, device, "calm", NOW - timedelta(hours=2), bed.stay, 1400.0, "completed")  # by day
    assert reasons_of(bed) == {"garden": "Played at this bed last night."}


def test_what_many_stays_of_the_ward_hear_is_suggested_but_not_what_was_cut_short_here(
    bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW - timedelta(days=2))
    for number in range(5):
        for slug in ("garden", "sleep"):
            heard(bed, device, slug, NOW - timedelta(days=3, hours=number), f"stay-{number}", 1400.0, "completed")
    heard(bed, device, "sleep", NOW - timedelta(days=1), bed.stay, 90.0, "button")
    assert reasons_of(bed) == {"garden": "Popular on this ward. Not stopped early at this bed."}
    Session.objects.filter(stay="stay-4").delete()  # four stays are too few to say so
    assert reasons_of(bed) == {}


@pytest.mark.parametrize(("hour", "begins", "ends"), [(14, 15, 16), (3, 14, 15), (22, 15, 16)])
def test_last_night_is_the_newest_that_is_over(hour: int, begins: int, ends: int, ward: Ward) -> None:
    ward.refresh_from_db()
    now = datetime(2026, 11, 16, hour, tzinfo=NOW.tzinfo)
    night = (datetime(2026, 11, begins, 21, tzinfo=NOW.tzinfo), datetime(2026, 11, ends, 7, tzinfo=NOW.tzinfo))
    assert last_night(ward, now) == night


def test_playlists_are_searched_by_address_and_what_is_ticked_stays(browser: Client, bed: Bed) -> None:
    for number in range(14):
        make_playlist(f"set-{number:02d}")
    make_playlist("warm-rain")
    Playlist.objects.filter(slug="warm-rain").update(
        title="Warm Rain", about="no lyrics, rain and harp", purpose="vigil"
    )
    rows = re.compile(r'<label class="offer( late)?" data-words="([^"]+)" data-purpose="\w+"( hidden)?>')
    assert sum(not late for late, _words, _hidden in rows.findall(page(browser, bed))) == 8
    Playlist.objects.filter(slug="set-13").update(about="rain only")
    shown = [found for _late, found, hidden in rows.findall(page(browser, bed, q="RAIN only")) if not hidden]
    assert shown == ["Set-13 SET-13 rain only"]
    assert "No playlist found." in page(browser, bed, q="brass")
    assert not [1 for _l, _w, hidden in rows.findall(page(browser, bed, purpose="sleep")) if not hidden]


def test_the_page_of_a_bed_asks_the_database_as_often_for_three_hundred_beds_and_playlists(
    browser: Client, ward: Ward, bed: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    assign(bed, playlists[:1], nurse, NOW)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert browser.get(reverse("bed", args=[bed.pk])).status_code == 200
        return len(counted)

    few = queries()
    assert few <= 21
    rooms = Room.objects.bulk_create(Room(ward=ward, number=str(n), position=n) for n in range(10, 307))
    Bed.objects.bulk_create(Bed(room=room) for room in rooms)
    for number in range(40):
        make_playlist(f"more-{number}")
    for number in range(6):
        heard(bed, device, "garden", NOW - timedelta(days=2, hours=number), f"stay-{number}", 1400.0, "completed")
    assert queries() == few


def test_a_track_excluded_or_allowed_on_the_music_page_is_logged_as_that(
    browser: Client, bed: Bed, playlists: list[Playlist]
) -> None:
    one, two = (Track.objects.get(title=f"{slug} track").pk for slug in ("sleep", "garden"))
    post(browser, bed, 0, "calm")
    post(browser, bed, 1, "calm", never=[one])
    post(browser, bed, 2, "calm", never=[two])
    post(browser, bed, 3, "calm", never=[])
    post(browser, bed, 4, "calm", never=[one], cap_day="50")
    assert [row.verb for row in AuditRow.objects.order_by("number") if row.bed] == [
        "assigned",
        "excluded_for_bed",
        "excluded_for_bed",
        "allowed_for_bed",
        "changed_settings",
    ]
