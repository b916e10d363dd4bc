"""The reports of a ward: what they show, that they identify nobody, who may open them, and the files."""

import csv
import io
import json
import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.ward.people import logged_in, person
from tests.ward.saying import NOW
from ward.assignments.assigning import assign, discharge
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist
from ward.usage.models import Answer, BoxLog, Session

MONDAY = NOW.replace(hour=7, minute=0)  # the running week began; NOW is this Monday, 14:02
LAST = "2026-W47"
READERS = (Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR, Role.AUDITOR)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def beds(ward: Ward) -> list[Bed]:
    """Twelve beds with boxes and stays since three weeks."""
    made = []
    for number in range(1, 13):
        room = Room.objects.create(ward=ward, number=str(number), position=number)
        bed = Bed.objects.create(room=room, stay=f"stay{number}", stay_since=NOW - timedelta(days=21))
        Device.objects.create(id=uuid.UUID(int=number), number=f"{number:04}", bed=bed, online=True, contact_at=NOW)
        made.append(bed)
    return made


def session(bed: Bed, at: datetime, minutes: float = 24, **said: object) -> Session:
    told = {"cause": "completed", "playlist_slug": "calm", "stay": bed.stay, "mean_dba": 46.0} | said
    key = f"s{Session.objects.count()}"
    ends = at + timedelta(minutes=minutes)
    return Session.objects.create(
        device=bed.device, bed=bed, session=key, started_at=at, ended_at=ends, heard_s=minutes * 60, **told
    )


def answer(bed: Bed, key: str, moment: str, at: datetime, **said: object) -> Answer:
    log, _ = BoxLog.objects.get_or_create(device=bed.device, log_id="log-1")
    told = {"question": "pain", "outcome": "answered", "stay": bed.stay} | said
    return Answer.objects.create(
        log=log, seq=Answer.objects.count(), device=bed.device, bed=bed, session=key, moment=moment,
        asked_at=at, answered_at=at, **told,
    )  # fmt: skip


def last_week(day: int = 2, hour: int = 10) -> datetime:
    """On the day-th day (from 0) of the week that is over."""
    return MONDAY - timedelta(days=7 - day) + timedelta(hours=hour - 7)


def html(user: User, **said: str) -> str:
    answered = logged_in(user).get(reverse("reports", args=["4-north"]), said)
    assert answered.status_code == 200
    return answered.content.decode()


def text(user: User, **said: str) -> str:
    """What the page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html(user, **said)).split())


def figures(user: User, week: str = LAST) -> dict[tuple[str, str], dict[str, object]]:
    said = logged_in(user).post(reverse("reports_json", args=["4-north"]), {"week": week})
    return {(one["group"], one["figure"]): one for one in json.loads(said.content)["figures"]}


def test_beds_without_music_come_first_then_medians(beds: list[Bed], nurse: User) -> None:
    for bed in beds[:6]:
        session(bed, last_week(), 20)
        session(bed, last_week(3), 50)
        session(bed, last_week(3, 23), 30)
    page = text(nurse, week=LAST)
    assert "n = 12 bed-days." in page
    assert page.index("Beds with and without music") < page.index("50 min is the median. Day: 35 min. Night: 30 min.")
    assert "16 November to 22 November 2026" in page


def test_a_bed_counts_as_without_music_only_if_it_was_occupied(
    beds: list[Bed], playlists: list[Playlist], nurse: User
) -> None:
    Bed.objects.update(stay=None, stay_since=None)
    for bed in beds[5:]:
        bed.refresh_from_db()
        assign(bed, playlists, nurse, last_week(0))
    for bed in beds[:5]:
        session(bed, last_week(), stay=None)
    assert "7 beds without music. 5 beds with music." in text(nurse, week=LAST)
    for bed in beds[5:7]:
        discharge(bed, nurse, last_week(1))
    assert "7 beds without music. 5 beds with music." in text(nurse, week=LAST)  # someone stayed, if only for a day
    assert figures(nurse, "2026-W46")["beds", "without_music"]["value"] == 0


def test_the_running_week_names_beds_without_music_as_the_board_does_and_counts_none(
    beds: list[Bed], nurse: User
) -> None:
    for bed in beds[:10]:
        session(bed, MONDAY + timedelta(hours=1))
    session(beds[10], MONDAY + timedelta(hours=1), stay="an earlier guest's")
    Device.objects.filter(bed=beds[11]).update(contact_at=NOW - timedelta(hours=3))
    page = text(nurse)
    assert "Beds with no music this week 2 occupied beds." in page
    assert "11 stay started 2 November 14:02 12 box offline since 11:02" in page
    assert "without music." not in page
    assert ("beds", "with_music") not in figures(nurse, "2026-W48")


def test_a_week_that_is_over_names_no_bed(beds: list[Bed], nurse: User) -> None:
    for bed in beds[:6]:
        session(bed, last_week())
    page = html(nurse, week=LAST)
    assert not re.search(r'href="/bed/\d+', page)


def test_few_beds_without_music_are_hidden_and_so_are_all_others(
    beds: list[Bed], playlists: list[Playlist], nurse: User
) -> None:
    for bed in beds:
        assign(bed, playlists, nurse, last_week(0))
    for bed in beds[:10]:
        session(bed, last_week())
    page = text(nurse, week=LAST)
    assert "Hidden: one of the two groups has fewer than 5 beds." in page
    assert "figures from fewer than 5 beds or answers are hidden" in page
    told = figures(nurse)
    assert [told["beds", name]["value"] for name in ("with_music", "without_music")] == [None, None]
    assert told["minutes", "median_a_bed_and_day"]["n"] == 10
    assert told["month", "2026-11-18"]["n"] is None  # 10 of 12 beds would tell of the two


def test_minutes_of_fewer_than_five_beds_are_hidden_however_many_sessions(beds: list[Bed], nurse: User) -> None:
    for day in range(7):
        for bed in beds[:4]:
            session(bed, last_week(day), 33)
    page = text(nurse, week=LAST)
    assert "33" not in page
    assert "Hidden: fewer than 5 beds had music." in page
    assert "is the median" not in page


def test_a_week_without_music_says_so(beds: list[Bed], nurse: User) -> None:
    page = text(nurse, week=LAST)
    assert "No music this week." in page
    assert "Finished 0" in page
    assert "No questions were asked this week." in page
    assert "fewer than" not in page


def test_ends_are_told_apart_and_a_rare_one_is_hidden_with_the_total(beds: list[Bed], nurse: User) -> None:
    for place, bed in enumerate(beds):
        session(bed, last_week(1))
        session(bed, last_week(2), cause="button", skips=1)
        if place < 6:
            session(bed, last_week(3), cause="ward")
    session(beds[0], last_week(4), cause="nurse_call")
    page = text(nurse, week=LAST)
    assert "Finished 12 Stopped at the bed 12 Stopped from the ward 6 Silenced by nurse call fewer than 5" in page
    assert "With skipped tracks 12" in page
    told = figures(nurse)
    assert told["sessions", "all_that_ended"] == {
        "group": "sessions", "figure": "all_that_ended", "value": None, "unit": "sessions", "n": None, "hidden": True
    }  # fmt: skip
    assert told["level", "median_of_means"]["n"] is None  # 31 less 30 would be the one


def test_one_bed_that_is_stopped_seven_times_stays_hidden(beds: list[Bed], nurse: User) -> None:
    for day in range(7):
        session(beds[0], last_week(day), cause="nurse_call")
    assert figures(nurse)["sessions", "ended_nurse_call"]["hidden"] is True


def test_answers_are_pairs_by_session_with_their_median_change(beds: list[Bed], nurse: User) -> None:
    for place, bed in enumerate(beds[:6]):
        key = session(bed, last_week()).session
        answer(bed, key, "before", last_week(), score=6)
        answer(bed, key, "after", last_week(), score=5 if place else 9)
    answer(beds[7], "alone", "before", last_week(), score=1)
    for bed in beds[:5]:
        answer(bed, "later", "after", last_week(), outcome="not_answered")
    page = text(nurse, week=LAST)
    assert "Pain: change from before to after Median change \N{MINUS SIGN}1. n = 6 pairs. 5 were not answered." in page
    assert figures(nurse)["pain_0_to_10", "median_change"]["value"] == -1


def test_four_pairs_and_five_pairs_of_one_bed_say_nothing(beds: list[Bed], nurse: User) -> None:
    for number in range(5):
        key = session(beds[0], last_week(number)).session
        answer(beds[0], key, "before", last_week(number), score=8)
        answer(beds[0], key, "after", last_week(number), score=1)
    page = text(nurse, week=LAST)
    assert "Hidden: fewer than 5 pairs or beds." in page
    assert "\N{MINUS SIGN}7" not in page


def test_the_answers_in_three_and_the_mornings_stand_there(beds: list[Bed], nurse: User) -> None:
    for bed in beds:
        answer(bed, "x", "after", last_week(), question="change", change="better")
        answer(bed, "x", "before", last_week(), question="sleep", score=6)
    answer(beds[0], "y", "after", last_week(), question="change", change="worse")
    page = text(nurse, week=LAST)
    assert "Better 12 The same 0 Worse fewer than 5" in page
    assert "Rare results and the total are hidden." in page
    assert "Sleep last night Median 6 of 10. n = 12 answers." in page
    assert not re.search(r"improv|respond|success|effective", page)


def test_the_level_is_the_median_of_means(beds: list[Bed], nurse: User) -> None:
    for place, bed in enumerate(beds):
        session(bed, last_week(), mean_dba=40.0 + place)
    session(beds[0], last_week(3), mean_dba=None)
    assert "Median 45.5 dB at the pillow. n = 12 sessions." in text(nurse, week=LAST)


def test_a_night_counts_by_the_wards_hours_and_to_the_week_it_began_in(beds: list[Bed], nurse: User) -> None:
    for bed in beds:
        session(bed, last_week(7, 6), 30)  # Monday 06:00: Sunday's night
    told = figures(nurse)
    assert told["minutes", "median_a_bed_by_night"]["value"] == 30
    assert told["minutes", "median_a_bed_by_day"]["value"] is None
    assert told["month", "2026-11-22"]["value"] == 30
    assert figures(nurse, "2026-W48")["minutes", "median_a_bed_and_day"]["value"] is None


def test_weeks_are_links_and_a_week_that_is_not_is_not_found(beds: list[Bed], nurse: User) -> None:
    page = html(nurse, week=LAST)
    assert 'href="/reports/4-north/?week=2026-W46" rel="prev"' in page
    assert 'href="/reports/4-north/?week=2026-W48" rel="next"' in page
    assert 'rel="next"' not in html(nurse)
    for name in ("2026-W49", "2019-W01", "../../x"):
        assert logged_in(nurse).get(reverse("reports", args=["4-north"]), {"week": name}).status_code == 404


def test_no_plot_needs_a_style_or_a_script_of_its_own(beds: list[Bed], nurse: User) -> None:
    for bed in beds:
        session(bed, last_week())
    page = html(nurse, week=LAST)
    assert page.count("<circle") == 1
    assert "style=" not in page
    assert not re.search(r"<script(?! src)|\son\w+=", page)


def test_csv_begins_with_what_the_product_is_and_holds_what_the_page_shows(beds: list[Bed], nurse: User) -> None:
    for bed in beds[:6]:
        session(bed, last_week(), 31)
    answered = logged_in(nurse).post(reverse("reports_csv", args=["4-north"]), {"week": LAST})
    assert answered.headers["Content-Disposition"] == 'attachment; filename="report-4-north-2026-W47.csv"'
    rows = list(csv.reader(io.StringIO(answered.content.decode("utf-8-sig"))))
    assert rows[0] == ["A music player for relaxation and rest. Not a medical device, not a monitor, not an alarm."]
    assert rows[7] == ["group", "figure", "value", "unit", "n", "hidden"]
    assert ["minutes", "median_a_bed_and_day", "31.0", "min", "6", "no"] in rows
    as_json = json.loads(logged_in(nurse).post(reverse("reports_json", args=["4-north"]), {"week": LAST}).content)
    assert as_json["about"] == rows[0][0]
    assert next(iter(as_json)) == "about"
    assert len(as_json["figures"]) == len(rows) - 8


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@x", " =1", "\t=1"])
def test_a_spreadsheet_runs_nothing_from_the_name_of_a_ward(name: str, ward: Ward, nurse: User) -> None:
    Ward.objects.filter(pk=ward.pk).update(name=name)
    said = logged_in(nurse).post(reverse("reports_csv", args=["4-north"]), {"week": LAST}).content.decode()
    cells = [cell for row in csv.reader(io.StringIO(said)) for cell in row]
    assert f"'{name}" in cells
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_each_file_is_recorded_and_looking_is_not(beds: list[Bed], nurse: User) -> None:
    html(nurse)
    assert not AuditRow.objects.filter(verb="exported").exists()
    logged_in(nurse).post(reverse("reports_csv", args=["4-north"]), {"week": LAST})
    row = AuditRow.objects.get(verb="exported")
    assert (row.account, row.ward_name) == (nurse.pk, "Ward 4 North")
    assert "report 2026-W47, csv" in row.after


def test_the_page_costs_the_same_number_of_queries_for_few_and_for_many(beds: list[Bed], nurse: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            html(nurse)
        return len(asked)

    session(beds[0], last_week())
    queries()  # the first log-in begins the audit
    few = queries()
    for day in range(7):
        for bed in beds:
            key = session(bed, last_week(day)).session
            answer(bed, key, "before", last_week(day), score=5)
            answer(bed, key, "after", last_week(day), score=4)
    for number in range(20, 30):
        Bed.objects.create(room=Room.objects.create(ward=beds[0].room.ward, number=str(number), position=number))
    assert queries() == few


@pytest.mark.parametrize("role", list(Role))
def test_everybody_of_the_ward_but_facilities_reads_the_reports(role: Role, ward: Ward, beds: list[Bed]) -> None:
    for bed in beds:
        session(bed, last_week(), 41)
    browser = logged_in(person(ward, role))
    allowed = role in READERS
    page = browser.get(reverse("reports", args=["4-north"]), {"week": LAST})
    assert page.status_code == (200 if allowed else 403)
    assert (b"41 min" in page.content) is allowed
    home = browser.get(reverse("board"), follow=True).content
    assert (reverse("reports", args=["4-north"]).encode() in home) is allowed
    for name in ("reports_csv", "reports_json"):
        assert browser.post(reverse(name, args=["4-north"]), {"week": LAST}).status_code == (200 if allowed else 403)
    assert AuditRow.objects.filter(verb="exported").count() == (2 if allowed else 0)


def test_a_stranger_learns_nothing_and_another_wards_sessions_do_not_count(beds: list[Bed], nurse: User) -> None:
    elsewhere = Ward.objects.create(name="Hospice", slug="hospice")
    stranger = logged_in(person(elsewhere, Role.ADMINISTRATOR, "rt"))
    for bed in beds:
        session(bed, last_week(), 41)
    for name, send in (("reports", stranger.get), ("reports_csv", stranger.post), ("reports_json", stranger.post)):
        there = send(reverse(name, args=["4-north"]), {"week": LAST})
        gone = send(reverse(name, args=["no-such-ward"]), {"week": LAST})
        assert there.status_code == gone.status_code == 404
        assert b"41 min" not in there.content
    own = stranger.get(reverse("reports", args=["hospice"]), {"week": LAST}).content.decode()
    assert "41 min" not in own
    assert "4 North" not in own


def test_a_visitor_who_is_not_signed_in_or_comes_from_another_site_gets_no_file(beds: list[Bed], nurse: User) -> None:
    assert Client().get(reverse("reports", args=["4-north"])).status_code == 302
    assert Client().post(reverse("reports_csv", args=["4-north"])).status_code == 302
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(nurse)
    assert browser.post(reverse("reports_csv", args=["4-north"])).status_code == 403
    assert browser.get(reverse("reports_csv", args=["4-north"])).status_code == 405
    assert not AuditRow.objects.filter(verb="exported").exists()


def test_twelve_weeks_are_drawn_where_they_are_asked_for(beds: list[Bed], nurse: User) -> None:
    for bed in beds[:6]:
        session(bed, last_week() - timedelta(weeks=8), 20)
    page = html(nurse, week=LAST, weeks="12")
    assert page.count('scope="row">') - html(nurse, week=LAST).count('scope="row">') == 8 * 7
    assert f"?week={LAST}&amp;weeks=4" in page
    said = {"week": LAST, "weeks": "12"}
    told = json.loads(logged_in(nurse).post(reverse("reports_json", args=["4-north"]), said).content)["figures"]
    assert len([one for one in told if one["group"] == "month"]) == 84
    assert "12 weeks" in text(nurse, week=LAST, weeks="<script>"), "what is no range is the usual one"


def test_printing_a_report_is_one_row_of_the_audit(beds: list[Bed], nurse: User) -> None:
    answered = logged_in(nurse).post(reverse("reports_print", args=["4-north"]), {"week": LAST})
    assert b'class="reports-page prints"' in answered.content
    row = AuditRow.objects.get(verb="exported")
    assert f"report {LAST}, print" in row.after
