"""Last night: the rows, the sentence, which night is shown, who may see and print it, and the strip on the board."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from messages import BoxStarted, Code, Data, Fault, FaultOver, because
from messages.entries import Part
from tests.ward.nights import heard, make_night, noted, slept
from tests.ward.people import logged_in, person
from tests.ward.saying import LOG, entry, log, told_fault
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Device, OfflineTime
from ward.night.handover import handover
from ward.night.models import Opened
from ward.night.nights import hours_of, newest, nights
from ward.night.rows import Row, axis
from ward.plots.days import Day, Hours, night
from ward.usage.ingest import ingest_log
from ward.usage.models import BoxLog, FaultTime

BERLIN = ZoneInfo("Europe/Berlin")
BEGINS = datetime(2026, 11, 23, 21, tzinfo=UTC)  # a Monday
MORNING = BEGINS + timedelta(hours=10, minutes=12)
SENTENCE = "15 of 23 beds had music, median 45 min. 3 stopped early. 2 notes. 2 boxes had trouble."


@pytest.fixture
def beds(ward: Ward, nurse: User) -> dict[str, Bed]:
    """The picture's night."""
    ward.refresh_from_db()  # its night as times
    return make_night(ward, BEGINS, nurse)


def row_of(ward: Ward, name: str, now: datetime = MORNING) -> Row:
    """One bed's row of the newest night."""
    local = timezone.localtime(now)
    return next(row for row in handover(ward, newest(hours_of(ward), local), local).rows if str(row.bed) == name)


def page_of(user: User, now: datetime = MORNING, **said: str) -> str:
    with time_machine.travel(now, tick=False):
        answered = logged_in(user).get(reverse("night", args=["4-north"]), said)
    assert answered.status_code == 200
    return re.sub(r"\s+", " ", strip_tags(answered.content.decode()))


def board_of(browser: Client, now: datetime) -> str:
    with time_machine.travel(now, tick=False):
        return browser.get(reverse("ward", args=["4-north"])).content.decode()


def has_strip(page: str) -> bool:
    return 'class="small-night"' in page


# the sentence and the rows


def test_the_first_sentence_carries_all(beds: dict[str, Bed], nurse: User) -> None:
    assert f"Ward 4 North, Monday 21:00 to Tuesday 07:00. {SENTENCE}" in page_of(nurse)


def test_a_quiet_night_has_a_short_sentence(ward: Ward, bed: Bed, device: Device, nurse: User) -> None:
    assert "No bed had a patient." in page_of(nurse)
    Bed.objects.update(stay="s", stay_since=BEGINS - timedelta(days=1))
    Device.objects.update(contact_at=MORNING)
    page = page_of(nurse)
    assert "0 of 1 bed had music." in page
    assert not re.search("stopped early|note\\.|trouble", page)


def test_rows_stand_in_the_order_of_the_board_whatever_their_night_was(ward: Ward, beds: dict[str, Bed]) -> None:
    drawn = handover(ward, newest(hours_of(ward), MORNING), MORNING).rows
    assert [str(row.bed) for row in drawn] == list(beds)
    assert [str(row.bed) for row in drawn if row.begins_room][:3] == ["1 A", "2 A", "3 A"]


def test_a_row_tells_minutes_answer_note_and_box(ward: Ward, beds: dict[str, Bed]) -> None:
    row = row_of(ward, "6 B")
    assert (row.music, row.heard_s, row.score, row.dot, row.stopped_early) == ("72 min", 72 * 60, 3, "30%", True)
    assert row.notes == (("Awake from 03:20, asked for rain.", "KM"),)
    assert row.told[0] == "21:42 Night Harbour, 45 min, finished"
    assert [one.words for one in row_of(ward, "3 A").troubles] == ["Box offline 22:31 to 00:12"]
    assert [one.words for one in row_of(ward, "9 B").troubles] == ["Box: PLAY held down since 22:20"]


def test_no_answer_is_told_apart_from_a_question_that_was_not_asked(ward: Ward, beds: dict[str, Bed]) -> None:
    assert (row_of(ward, "5 A").sleep, row_of(ward, "2 A").sleep) == ("no answer", "not asked")


def test_a_score_comes_before_a_question_that_went_unanswered(ward: Ward, beds: dict[str, Bed]) -> None:
    box = Device.objects.get(bed=beds["5 A"])
    slept(box, 900, BEGINS + timedelta(hours=10, minutes=4), 9)
    assert row_of(ward, "5 A").score == 9


def test_an_answer_of_the_evening_is_not_about_this_night(ward: Ward, beds: dict[str, Bed]) -> None:
    slept(Device.objects.get(bed=beds["2 A"]), 900, BEGINS - timedelta(minutes=5), 2)
    assert row_of(ward, "2 A").score is None


def test_continuous_music_is_all_night_and_a_part_of_it_in_minutes(ward: Ward, beds: dict[str, Bed]) -> None:
    assert row_of(ward, "10").music == "all night"
    assert row_of(ward, "10").marks[0].kind == "vigil"
    heard(Device.objects.get(bed=beds["2 A"]), BEGINS + timedelta(hours=1), "long", 120, "ward")
    row = row_of(ward, "2 A")
    assert (row.music, row.stopped_early) == ("120 min", False), "it has no other end than being stopped"


def test_music_over_an_end_of_the_night_counts_with_its_part(ward: Ward, beds: dict[str, Bed]) -> None:
    box = Device.objects.get(bed=beds["2 A"])
    heard(box, BEGINS - timedelta(minutes=15), "sleep", 45, "completed")
    heard(box, BEGINS + timedelta(hours=9, minutes=50), "calm", 24, "button")
    row = row_of(ward, "2 A")
    assert (row.heard_s, row.stopped_early) == (40 * 60, False), "the stop was after the night"


def test_music_whose_length_nobody_knows_is_drawn_and_said_so(ward: Ward, beds: dict[str, Bed]) -> None:
    session = heard(Device.objects.get(bed=beds["2 A"]), BEGINS + timedelta(hours=1), "calm", 0, "restart")
    row = row_of(ward, "2 A")
    assert (session.heard_s, row.music, row.marks[0].point) == (0, "not known", True)


def test_a_box_that_ended_the_music_is_trouble(ward: Ward, beds: dict[str, Bed]) -> None:
    heard(Device.objects.get(bed=beds["2 A"]), BEGINS + timedelta(hours=1), "calm", 10, "no_sound")
    assert [one.words for one in row_of(ward, "2 A").troubles] == ["Music ended 22:10: no sound"]


def test_a_box_that_is_offline_still_says_since_when(ward: Ward, beds: dict[str, Bed]) -> None:
    Device.objects.filter(bed=beds["2 A"]).update(contact_at=BEGINS + timedelta(hours=2))
    Device.objects.filter(bed=beds["2 B"]).update(contact_at=BEGINS - timedelta(hours=2))
    gone = BEGINS + timedelta(hours=1)
    for hour in (0, 2, 4):
        since = gone + timedelta(hours=hour)
        OfflineTime.objects.create(bed=beds["3 B"], since=since, until=since + timedelta(minutes=9))
    said = [row_of(ward, name).troubles[0].words for name in ("2 A", "2 B", "3 B")]
    assert said == ["Box offline since 23:00", "Box offline all night", "Box offline 3 times"]


def test_a_fault_that_began_after_the_night_is_not_told_of_it(ward: Ward, beds: dict[str, Bed]) -> None:
    late = told_fault(Code.NO_SOUND, BEGINS + timedelta(hours=10, minutes=5), what="x")
    Device.objects.filter(bed=beds["2 A"]).update(faults={"sound": late})
    assert row_of(ward, "2 A").troubles == ()


# nothing of an earlier patient


def test_nothing_of_an_earlier_patient_is_shown(ward: Ward, beds: dict[str, Bed], nurse: User) -> None:
    bed = beds["6 B"]
    Bed.objects.filter(pk=bed.pk).update(stay="next", stay_since=BEGINS + timedelta(hours=10, minutes=2))
    row = row_of(ward, "6 B")
    assert (row.band, row.marks, row.notes, row.score, row.nobody) == (None, (), (), None, "New patient since 07:02")
    assert "asked for rain" not in page_of(nurse)
    assert "14 of 22 beds had music" in page_of(nurse)


def test_the_night_of_a_patient_who_came_in_it_begins_then(ward: Ward, beds: dict[str, Bed]) -> None:
    Bed.objects.filter(pk=beds["2 A"].pk).update(stay_since=BEGINS + timedelta(hours=5))
    band = row_of(ward, "2 A").band
    assert band is not None
    assert (band.x, band.width) == ("50%", "50%")


def test_an_empty_bed_is_told_to_be_empty(ward: Ward, beds: dict[str, Bed]) -> None:
    row = row_of(ward, "11")
    assert (row.nobody, row.music, row.sleep) == ("Empty bed", "", "")


def test_a_note_of_the_day_before_is_not_of_this_night(ward: Ward, beds: dict[str, Bed], nurse: User) -> None:
    noted(beds["2 A"], "Yesterday.", BEGINS - timedelta(minutes=1), nurse)
    noted(beds["2 A"], "Of the night.", BEGINS + timedelta(hours=10, minutes=40), nurse)
    assert [text for text, _who in row_of(ward, "2 A", MORNING + timedelta(hours=1)).notes] == ["Of the night."]


# which night


HOURS = Hours(BERLIN, time(21), time(7))


@pytest.mark.parametrize(
    ("first", "hours", "labels"),
    [
        (date(2026, 11, 23), 10, ["00", "01", "02", "03"]),
        (date(2026, 3, 28), 9, ["00", "01", "03", "04"]),
        (date(2026, 10, 24), 11, ["00", "01", "02", "02", "03"]),
    ],
)
def test_a_night_is_drawn_by_real_time_when_the_clocks_change(first: date, hours: int, labels: list[str]) -> None:
    shown = night(first, HOURS)
    assert (shown.ends - shown.begins) == timedelta(hours=hours)
    drawn = axis(shown, shown.ends.astimezone(BERLIN))
    assert (drawn[0].label, drawn[-1].label) == ("21:00", "07:00")
    inner = [tick.label[:2] for tick in drawn]
    assert inner[3 : 3 + len(labels)] == labels
    widths = [round(float(b.x[:-1]) - float(a.x[:-1]), 1) for a, b in pairwise(drawn)]
    assert set(widths) <= {round(100 / hours, 1), round(100 / hours + 0.05, 1), round(100 / hours - 0.05, 1)}


def test_a_night_that_begins_at_half_past_labels_both_ends_and_the_hours_between() -> None:
    shown = night(date(2026, 11, 23), Hours(BERLIN, time(21, 45), time(6, 30)))
    labels = [tick.label for tick in axis(shown, shown.ends.astimezone(BERLIN))]
    assert (labels[0], labels[1], labels[-2], labels[-1]) == ("21:45", "23:00", "06:00", "06:30")


def test_a_ward_without_a_night_has_one_from_nine_to_seven() -> None:
    found = hours_of(Ward(night_from=time(8), night_until=time(8)))
    assert (found.night_from, found.night_until) == (time(21), time(7))


def test_a_night_within_one_day_is_found() -> None:
    hours = Hours(BERLIN, time(1), time(6))
    shown = newest(hours, datetime(2026, 11, 24, 12, tzinfo=BERLIN))
    assert shown.begins.astimezone(BERLIN) == datetime(2026, 11, 24, 1, tzinfo=BERLIN)
    assert shown.ends.astimezone(BERLIN) == datetime(2026, 11, 24, 6, tzinfo=BERLIN)


def test_the_newest_night_is_the_one_that_began_last(ward: Ward) -> None:
    ward.refresh_from_db()

    def begun(now: datetime) -> Day:
        return newest(hours_of(ward), timezone.localtime(now))

    assert begun(BEGINS - timedelta(minutes=1)).begins == BEGINS - timedelta(days=1)
    assert begun(BEGINS).begins == begun(MORNING).begins == begun(BEGINS + timedelta(hours=23)).begins == BEGINS


def test_nights_go_back_to_the_first_stay_and_no_further_than_what_is_kept() -> None:
    now = datetime(2026, 11, 24, 8, tzinfo=BERLIN)
    since = [now - timedelta(days=5), None, now - timedelta(days=200)]
    assert nights(HOURS, now, since, 90).oldest == date(2026, 8, 25)
    assert nights(HOURS, now, since, 0).oldest == date(2026, 5, 8)
    assert nights(HOURS, now, since[:2], 90).oldest == date(2026, 11, 19)
    assert nights(HOURS, now, [None], 90).oldest == date(2026, 11, 23)


def test_an_earlier_night_can_be_chosen_and_one_that_is_not_kept_is_not_found(
    beds: dict[str, Bed], nurse: User
) -> None:
    assert "Sunday night" in page_of(nurse)
    before = page_of(nurse, **{"from": "2026-11-22"})
    assert "Sunday night" in before
    assert "Sunday 21:00 to Monday 07:00. 0 of 23 beds had music." in before
    browser = logged_in(nurse)
    with time_machine.travel(MORNING, tick=False):
        for name in ("2026-11-19", "2026-11-24", "never", "2026-13-01"):
            assert browser.get(reverse("night", args=["4-north"]), {"from": name}).status_code == 404, name


def test_while_the_night_lasts_the_page_says_so(beds: dict[str, Bed], nurse: User) -> None:
    assert "Tonight so far" in page_of(nurse, BEGINS + timedelta(hours=3))
    assert "Tonight so far" not in page_of(nurse, BEGINS + timedelta(hours=9, minutes=30))


# the page


def test_the_page_costs_the_same_queries_for_24_beds_and_for_60(ward: Ward, beds: dict[str, Bed], nurse: User) -> None:
    browser, address = logged_in(nurse), reverse("night", args=["4-north"])

    def queries() -> int:
        with time_machine.travel(MORNING, tick=False), CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code == 200
        return len(asked)

    queries()
    few = queries()
    for place in range(36):
        room = Room.objects.create(ward=ward, number=str(100 + place), position=100 + place)
        bed = Bed.objects.create(room=room, stay=f"more-{place}", stay_since=BEGINS)
        box = Device.objects.create(id=f"00000000-0000-0000-0001-{place:012}", number=f"9{place}", bed=bed)
        heard(box, BEGINS + timedelta(hours=2), "sleep", 45, "button")
        slept(box, 1, MORNING, 5)
        noted(bed, "A note.", MORNING, nurse)
        OfflineTime.objects.create(bed=bed, since=BEGINS, until=BEGINS + timedelta(hours=1))
    assert queries() == few <= 22


def test_a_large_ward_has_two_columns_and_its_notes_under_them(ward: Ward, beds: dict[str, Bed], nurse: User) -> None:
    assert "Notes and boxes" not in page_of(nurse)
    for place in range(36):
        room = Room.objects.create(ward=ward, number=str(100 + place), position=100 + place)
        Bed.objects.create(room=room)
    assert "Notes and boxes" in page_of(nurse)


def test_a_reader_gets_a_table_with_the_same_columns_and_the_picture_is_hidden(
    beds: dict[str, Bed], nurse: User
) -> None:
    with time_machine.travel(MORNING, tick=False):
        page = logged_in(nurse).get(reverse("night", args=["4-north"])).content.decode()
    table = page[page.index("<table") : page.index("</table>")]
    heads = [strip_tags(head).strip() for head in re.findall(r'<th scope="col".*?</th>', table, re.DOTALL)]
    assert [re.sub(r"\d\d:\d\d", "", head) for head in heads] == [
        "Bed", "When music played", "Music", "Sleep, 0 to 10", "Note, box",
    ]  # fmt: skip
    drawn = re.findall(r"<svg (?!class=\"(?:wedge|at)\"|x=)[^>]*>", table)
    assert drawn
    assert all('aria-hidden="true"' in one for one in drawn)
    assert "style=" not in page


def test_what_staff_wrote_is_text_on_the_page(beds: dict[str, Bed], nurse: User) -> None:
    noted(beds["2 A"], "<b>loud</b>", BEGINS + timedelta(hours=1), nurse)
    with time_machine.travel(MORNING, tick=False):
        page = logged_in(nurse).get(reverse("night", args=["4-north"])).content.decode()
    assert "&lt;b&gt;loud&lt;/b&gt; KM" in page
    assert "<b>loud</b>" not in page


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.NURSE, 200),
        (Role.THERAPIST, 200),
        (Role.ADMINISTRATOR, 200),
        (Role.FACILITIES, 403),
        (Role.AUDITOR, 403),
    ],
)
def test_who_may_see_the_night(role: Role, status: int, ward: Ward, beds: dict[str, Bed]) -> None:
    browser = logged_in(person(ward, role))
    answered = browser.get(reverse("night", args=["4-north"]))
    assert answered.status_code == status
    assert browser.post(reverse("night_print", args=["4-north"])).status_code == status
    assert (b">Last night</a>" in browser.get("/").content) == (status == 200)


# on paper


def test_printing_is_one_row_of_the_audit_and_a_page_with_date_person_and_what_to_do_with_it(
    ward: Ward, beds: dict[str, Bed], nurse: User
) -> None:
    with time_machine.travel(MORNING, tick=False):
        answered = logged_in(nurse).post(reverse("night_print", args=["4-north"]), {"from": "2026-11-23"})
    page = re.sub(r"\s+", " ", strip_tags(answered.content.decode()))
    assert "Monday 23 November to Tuesday 24 November 2026, printed 07:12 by KM" in page
    assert "Shred after handover." in page
    row = AuditRow.objects.get(verb="exported")
    assert (row.ward, row.initials) == (ward.pk, "KM")
    assert "night 2026-11-23, print" in row.after
    assert "rain" not in row.after


def test_looking_at_the_night_is_no_row_of_the_audit(beds: dict[str, Bed], nurse: User) -> None:
    page_of(nurse)
    assert not AuditRow.objects.filter(verb="exported").exists()


# the strip


@pytest.mark.parametrize(
    ("hour", "minute", "shown"),
    [(6, 29, False), (6, 30, True), (7, 12, True), (7, 59, True), (8, 0, False), (15, 0, False), (23, 0, False)],
)
def test_the_board_has_the_strip_from_half_an_hour_before_the_end_of_the_night_to_an_hour_after(
    hour: int, minute: int, shown: bool, beds: dict[str, Bed], nurse: User
) -> None:
    now = BEGINS.replace(day=24, hour=hour, minute=minute)
    assert has_strip(board_of(logged_in(nurse), now)) == shown


def test_the_strip_says_the_sentence_and_leads_to_the_page(beds: dict[str, Bed], nurse: User) -> None:
    page = board_of(logged_in(nurse), MORNING)
    assert SENTENCE in re.sub(r"\s+", " ", strip_tags(page))
    assert f'href="{reverse("night", args=["4-north"])}"' in page[page.index('id="night-strip"') :]


def test_whoever_has_opened_the_page_has_no_strip_that_morning_and_has_one_the_next(
    ward: Ward, beds: dict[str, Bed], nurse: User
) -> None:
    page_of(nurse)
    page_of(nurse)
    assert not has_strip(board_of(logged_in(nurse), MORNING))
    assert has_strip(board_of(logged_in(person(ward, Role.NURSE, "rt")), MORNING))
    assert has_strip(board_of(logged_in(nurse), MORNING + timedelta(days=1)))
    page_of(nurse, MORNING + timedelta(days=1))
    assert Opened.objects.count() == 1, "the row of the day before is used again"


def test_looking_in_the_middle_of_the_night_or_at_an_earlier_one_keeps_the_strip(
    beds: dict[str, Bed], nurse: User
) -> None:
    page_of(nurse, BEGINS + timedelta(hours=4))
    page_of(nurse, **{"from": "2026-11-22"})
    assert has_strip(board_of(logged_in(nurse), MORNING))


def test_an_auditor_has_a_board_without_the_strip(ward: Ward, beds: dict[str, Bed]) -> None:
    assert not has_strip(board_of(logged_in(person(ward, Role.AUDITOR)), MORNING))


def test_an_open_board_gets_the_strip_by_itself(beds: dict[str, Bed], nurse: User) -> None:
    browser, address = logged_in(nurse), reverse("board_pulse", args=["4-north"])
    for now, theme, shown in ((MORNING, "day", True), (MORNING + timedelta(hours=1), "day", False)):
        with time_machine.travel(now, tick=False):
            assert has_strip(browser.get(address, {"theme": theme}).content.decode()) == shown


# notes where the nurse is


def test_a_tile_has_a_mark_for_a_note_of_the_last_day(beds: dict[str, Bed], nurse: User) -> None:
    browser = logged_in(nurse)
    for now, shown in ((MORNING, True), (MORNING + timedelta(days=1), False)):
        page = board_of(browser, now)
        assert (f'id="noted-{beds["6 B"].pk}"' in page) == shown
        assert f'id="noted-{beds["2 A"].pk}"' not in page


def test_a_note_of_an_earlier_stay_marks_no_tile(beds: dict[str, Bed], nurse: User) -> None:
    Bed.objects.filter(pk=beds["6 B"].pk).update(stay="next")
    assert f'id="noted-{beds["6 B"].pk}"' not in board_of(logged_in(nurse), MORNING)


def test_the_beds_first_page_has_the_newest_note_with_initials_and_time(beds: dict[str, Bed], nurse: User) -> None:
    browser = logged_in(nurse)
    noted(beds["6 B"], "Rain on, asleep at four.", BEGINS + timedelta(hours=7, minutes=5), nurse)
    with time_machine.travel(MORNING, tick=False):
        page = browser.get(reverse("bed", args=[beds["6 B"].pk])).content.decode()
        fresh = browser.get(reverse("bed_pulse", args=[beds["6 B"].pk])).content.decode()
        other = browser.get(reverse("bed", args=[beds["2 A"].pk])).content.decode()
    for part in (page, fresh):
        note = strip_tags(part[part.index('id="bed-note"') :])
        assert "Rain on, asleep at four. KM, 04:05" in note
        assert "asked for rain" not in note
        assert "Write a note" in note
    assert "No note yet" in other


# a fault that was over before the morning


def says(box: Device, *told: tuple[float, Data]) -> None:
    """What a box says, by hours after the night's beginning."""
    first = BoxLog.objects.filter(device=box, log_id=LOG).first()
    entries = [entry(data, at=BEGINS + timedelta(hours=hour)) for hour, data in told]
    ingest_log(box, log(first.through + 1 if first else 1, *entries), MORNING)


def test_a_fault_that_was_over_before_the_morning_is_told_with_its_times(ward: Ward, beds: dict[str, Bed]) -> None:
    box = Device.objects.get(bed=beds["2 A"])
    held = because(Code.BUTTON_HELD, button="PLAY")
    stuck = Fault(part=Part.CONTROLS, reason=held.line, code=held.code, args=dict(held.args))
    says(box, (5, stuck), (5.5, FaultOver(part=Part.CONTROLS, lasted_s=1800)))
    assert [one.words for one in row_of(ward, "2 A").troubles] == ["Box: PLAY held down 02:00 to 02:30"]
    says(box, (6, stuck), (6.5, BoxStarted(software="1", board="A")))
    assert [one.words for one in row_of(ward, "2 A").troubles] == ["Box: PLAY held down 2 times"]


def test_a_fault_of_seconds_or_for_facilities_alone_is_not_told(ward: Ward, beds: dict[str, Bed]) -> None:
    at = BEGINS + timedelta(hours=3)
    for part, code, lasted in (("controls", Code.BUTTON_HELD, 30), ("clock", Code.CLOCK_NOT_SET, 900)):
        told, until = {"code": code, "args": {"button": "PLAY"}}, at + timedelta(seconds=lasted)
        FaultTime.objects.create(bed=beds["2 A"], part=part, told=told, since=at, until=until)
    assert row_of(ward, "2 A").troubles == ()


# a night that someone types


def test_a_day_is_typed_as_people_write_it(ward: Ward, beds: dict[str, Bed], nurse: User) -> None:
    for typed in ("22/11/2026", "2026-11-22", "22/11/26"):
        assert "Sunday night" in page_of(nurse, day=typed)


@pytest.mark.parametrize("typed", ["yesterday", "19/11/2026", "24/11/2026"])
def test_a_day_without_a_night_is_answered_with_the_days_that_have_one(
    ward: Ward, beds: dict[str, Bed], nurse: User, typed: str
) -> None:
    with time_machine.travel(MORNING, tick=False):
        answered = logged_in(nurse).get(reverse("night", args=["4-north"]), {"day": typed})
    page = answered.content.decode()
    assert answered.status_code == 422
    assert f"No night to show for “{typed}”. Enter a day from 20/11/2026 to 23/11/2026." in page
    assert f'value="{typed}" aria-invalid="true"' in page
