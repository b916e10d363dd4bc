"""The history of a bed's stay: what it shows, that it is of this stay only, and who may open it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messages import BoxStarted, Cleaning, Data, TrackSkipped, TrackStarted
from tests.ward.people import logged_in, person, plays
from tests.ward.saying import HASH, NOW, entry
from ward.assignments.assigning import assign, discharge
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.last_seen import note_contact, remember
from ward.fleet.models import Device, OfflineTime
from ward.history.reading import told_of
from ward.music.models import Playlist, Track
from ward.notes.models import Note
from ward.usage.models import Answer, BoxLog, Entry, Session

BEGAN = NOW - timedelta(days=6, hours=5)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stay(bed: Bed, device: Device, playlists: list[Playlist], nurse: User) -> Bed:
    """A bed with a stay of six days."""
    assign(bed, playlists, nurse, BEGAN)
    return bed


def session(bed: Bed, device: Device, number: int = 0, **said: object) -> Session:
    """24 min of calm, an hour before now and a day earlier with each number."""
    since = NOW - timedelta(days=number % 6, hours=1, minutes=number // 6 * 30)
    told = {"stay": bed.stay, "heard_s": 1440.0, "cause": "completed", "playlist_slug": "calm"} | said
    ends = since + timedelta(seconds=1440)
    key = f"s{number}"
    return Session.objects.create(device=device, bed=bed, session=key, started_at=since, ended_at=ends, **told)


def tell(device: Device, bed: Bed, *told: Data, at: datetime = NOW) -> None:
    """Entries of this stay, as they came."""
    log, _ = BoxLog.objects.get_or_create(device=device, log_id="log-1")
    first = Entry.objects.count()
    rows: list[Any] = [entry(data, stay=bed.stay) for data in told]
    Entry.objects.bulk_create(
        Entry(
            log=log, seq=first + n, at=at, clock_ok=True, received=NOW, boot="b", stay=r.stay, kind=r.kind, data=r.data
        )
        for n, r in enumerate(rows, 1)
    )


def answer(bed: Bed, device: Device, number: int, moment: str, **said: object) -> Answer:
    """An answer about pain in the session of that number."""
    log, _ = BoxLog.objects.get_or_create(device=device, log_id="log-1")
    told = {"outcome": "answered", "question": "pain", "stay": bed.stay} | said
    seq = 1000 + Answer.objects.count()
    times = {"asked_at": NOW, "answered_at": NOW}
    return Answer.objects.create(
        log=log, seq=seq, device=device, bed=bed, session=f"s{number}", moment=moment, **told, **times
    )


def html(user: User, bed: Bed, **said: str) -> str:
    answered = logged_in(user).get(reverse("history", args=[bed.pk]), said)
    assert answered.status_code == 200
    return answered.content.decode()


def text(user: User, bed: Bed, **said: str) -> str:
    """What the page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html(user, bed, **said)).split())


def test_the_page_says_what_is_usual_draws_seven_days_and_lists_every_session(
    stay: Bed, device: Device, nurse: User
) -> None:
    for number in range(12):
        session(stay, device, number)
    page = html(nurse, stay)
    assert "Usually two sessions a day, about 24 min each." in page
    assert page.count('class="day"') == 7
    assert len(re.findall(r'class="comfort" x="[\d.]+%"', page)) == 12
    assert page.count("<td>finished</td>") == 12


def test_no_plot_needs_a_style_or_a_script_of_its_own(stay: Bed, device: Device, nurse: User) -> None:
    session(stay, device)
    page = html(nurse, stay)
    assert "style=" not in page
    assert not re.search(r"<script(?! src)", page)
    assert not re.search(r"\son\w+=", page)


def test_an_earlier_patients_music_answers_and_notes_are_never_shown(
    stay: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    session(stay, device, playlist_slug="garden")
    answer(stay, device, 0, "before", score=7)
    tell(device, stay, TrackSkipped(session="s0", playlist="garden", track=HASH, heard_s=2.0))
    Note.objects.create(bed=stay, stay=str(stay.stay), text="Likes harps.", written_by=nurse, written_at=NOW)
    discharge(stay, nurse, NOW)
    assign(stay, playlists[:1], nurse, NOW)
    for said in ({}, {"days": "stay", "text": "stay", "as": "table"}, {"text": "shift"}):
        page = text(nurse, stay, **said)
        assert not [word for word in ("Garden", "Likes harps", "Pain, before", "of 1 time") if word in page]
    assert "No music on these days yet." in page


def test_between_stays_the_page_shows_nothing_but_the_end(stay: Bed, device: Device, nurse: User) -> None:
    session(stay, device)
    discharge(stay, nurse, NOW)
    page = text(nurse, stay)
    assert "Waiting for the box to confirm since 14:02:00." in page
    assert "Calm" not in page
    assert "Text for patient record" not in page


def test_facilities_see_nothing_of_a_stay_and_a_stranger_not_even_that_it_is_there(
    stay: Bed, ward: Ward, device: Device
) -> None:
    session(stay, device)
    elsewhere = Ward.objects.create(name="Hospice", slug="hospice")
    for user, status in ((person(ward, Role.FACILITIES), 403), (person(elsewhere, Role.NURSE, "rt"), 404)):
        for name in ("history", "history_pulse"):
            answered = logged_in(user).get(reverse(name, args=[stay.pk]))
            assert answered.status_code == status
            assert b"Calm" not in answered.content
    assert Client().get(reverse("history", args=[stay.pk])).status_code == 302


@pytest.mark.parametrize("role", [Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR, Role.AUDITOR])
def test_everybody_who_may_see_the_board_reads_the_history_and_an_auditor_finds_nothing_to_press(
    role: Role, stay: Bed, device: Device, ward: Ward
) -> None:
    tell(device, stay, TrackSkipped(session="s0", playlist="calm", track=HASH, heard_s=2.0))
    page = html(person(ward, role), stay)
    pressed = [word for word in ("Exclude for this bed", "Write a note", "Discharge bed 1 A") if word in page]
    assert pressed == ([] if role is Role.AUDITOR else ["Exclude for this bed", "Write a note", "Discharge bed 1 A"])


def test_the_page_costs_the_same_number_of_queries_for_3_and_for_300_sessions(
    stay: Bed, device: Device, nurse: User
) -> None:
    browser, address = logged_in(nurse), reverse("history", args=[stay.pk])

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address, {"days": "stay", "text": "stay"}).status_code == 200
        return len(asked)

    def more(numbers: range) -> None:
        for number in numbers:
            session(stay, device, number)
            answer(stay, device, number, "before", score=6)
            answer(stay, device, number, "after", score=5)
            tell(device, stay, TrackSkipped(session="s0", playlist="calm", track=HASH, heard_s=2.0))
            Note.objects.create(bed=stay, stay=str(stay.stay), text="x", written_by=nurse, written_at=NOW)

    more(range(3))
    Session.objects.update(ended_at=None)  # what has no end yet asks for its box
    few = queries()
    more(range(3, 300))
    Session.objects.update(ended_at=None)
    assert queries() == few


def test_answers_are_told_with_their_medians_and_the_page_calls_nobody_better(
    stay: Bed, device: Device, nurse: User
) -> None:
    for number, (before, after) in enumerate([(7, 5), (6, 5), (5, 4), (4, 4), (3, 4)]):
        answer(stay, device, number, "before", score=before)
        answer(stay, device, number, "after", score=after)
    answer(stay, device, 9, "before", outcome="not_answered")
    page = text(nurse, stay)
    assert "Median 5 before, 4 after. n = 5 pairs." in page
    assert "3 lower, 1 the same, 1 higher (dashed). 1 was not answered." in page
    assert "Studies of recorded music report about 1 point on average." in page
    assert not re.search(r"improv|respond|success|effective", page)


def test_few_pairs_are_told_as_they_are_without_a_median(stay: Bed, device: Device, nurse: User) -> None:
    for number, (before, after) in enumerate([(6, 5), (5, 5)]):
        answer(stay, device, number, "before", score=before)
        answer(stay, device, number, "after", score=after)
    page = text(nurse, stay)
    assert "6 to 5 and 5 to 5. n = 2 pairs. Too few for a median." in page
    assert "Median" not in page
    assert "lower" not in page


def test_the_answer_in_three_and_the_mornings_sleep_stand_there(stay: Bed, device: Device, nurse: User) -> None:
    for number, word in enumerate(("better", "better", "worse")):
        answer(stay, device, number, "after", question="change", change=word)
    answer(stay, device, 0, "before", question="sleep", score=4)
    page = text(nurse, stay)
    assert "n = 3 answers." in page
    assert "Better 2 The same 0 Worse 1" in page
    assert "sleep 0" in page


def test_tracks_that_were_skipped_early_say_how_often_of_how_often(stay: Bed, device: Device, nurse: User) -> None:
    track = Track.objects.get(title="calm track").sha256
    told: list[Data] = []
    for heard_s in (3.0, 29.9, 30.0, 300.0):
        told.append(TrackStarted(session="s0", playlist="calm", track=track))
        told.append(TrackSkipped(session="s0", playlist="calm", track=track, heard_s=heard_s))
    told.append(TrackStarted(session="s0", playlist="calm", track=track, start_s=80.0))
    tell(device, stay, *told)
    assert "calm track Skipped within 30 s: 2 of 4 times (Calm)" in text(nurse, stay)


def test_an_entry_that_breaks_its_kind_stops_no_page(stay: Bed, device: Device, nurse: User) -> None:
    tell(device, stay, TrackStarted(session="s0", playlist="calm", track=HASH))
    Entry.objects.update(data=["not", "an", "object"])
    assert "No tracks were skipped within 30 seconds in this stay." in text(nurse, stay)


def test_a_track_skipped_at_its_only_play_is_told_as_once(stay: Bed, nurse: User) -> None:
    asked = {"title": "Calm", "skipped": 1, "begun": 1, "playlist_title": "Calm", "track": "x", "held_back": False}
    said = " ".join(render_to_string("history_skipped.html", {"skipped": [asked], "bed": stay}).split())
    assert "Skipped within 30 s: once, of 1 play (Calm)" in said
    said = render_to_string("history_skipped.html", {"skipped": [asked | {"playlist_title": ""}], "bed": stay})
    assert "Skipped within 30 s: once, of 1 play<" in said
    said = render_to_string("history_skipped.html", {"skipped": [asked | {"begun": 4}], "bed": stay})
    assert "Skipped within 30 s: 1 of 4 times (Calm)" in said


def test_times_when_the_box_was_offline_are_hatched_whatever_shows_them(stay: Bed, device: Device) -> None:
    OfflineTime.objects.create(bed=stay, since=NOW - timedelta(hours=9), until=NOW - timedelta(hours=8))
    tell(device, stay, Cleaning(), at=NOW - timedelta(hours=2))  # told two hours late
    tell(device, stay, BoxStarted(software="0.1.0", board="x"), at=NOW - timedelta(hours=1))
    Device.objects.update(contact_at=NOW - timedelta(minutes=30))
    told = told_of(stay, NOW)
    assert told is not None
    assert [(since, until) for since, until in told.offline] == [
        (NOW - timedelta(hours=9), NOW - timedelta(hours=8)),
        (NOW - timedelta(hours=2), NOW),
    ]
    assert told.starts == [NOW - timedelta(hours=1)]


def test_an_offline_time_is_stored_once_the_box_is_connected_again(bed: Bed, device: Device) -> None:
    remember([device], NOW + timedelta(seconds=90))
    assert not OfflineTime.objects.exists()
    note_contact([device], NOW + timedelta(hours=5))
    note_contact([device], NOW + timedelta(hours=5, seconds=30))
    found = OfflineTime.objects.get()
    assert (found.bed, found.since, found.until) == (bed, NOW, NOW + timedelta(hours=5))


def test_the_text_for_the_patient_record_is_one_line_of_music_and_answers(
    stay: Bed, device: Device, nurse: User
) -> None:
    session(stay, device, heard_s=1020.0, cause="button")
    answer(stay, device, 0, "before", score=6)
    answer(stay, device, 0, "after", score=5)
    said = "23 Nov 13:02: music 17 min (Calm), stopped at the bed. Pain 6 before, 5 after, self-reported. "
    assert f"{said}Nightingale, not a medical device." in text(nurse, stay)


def test_the_text_of_the_shift_and_of_the_stay(stay: Bed, device: Device, nurse: User) -> None:
    for number in (0, 1, 6, 7):
        session(stay, device, number)
    answer(stay, device, 0, "after", question="change", change="same")
    shift = text(nurse, stay, text="shift")
    assert "23 Nov, late shift from 14:00: no music." in shift
    with time_machine.travel(NOW - timedelta(minutes=3), tick=False):
        shift = text(nurse, stay, text="shift")
    assert (
        "23 Nov, early shift from 07:00: 2 sessions, 48 min in total (Calm). Afterwards: the same, self-reported."
        in shift
    )
    assert "17 Nov to 23 Nov: 4 sessions, 96 min in total (Calm)." in text(nurse, stay, text="stay")


def test_the_links_of_a_part_that_is_drawn_live_are_those_of_the_page(stay: Bed, device: Device, nurse: User) -> None:
    """The part is fetched from an address of its own, which says nothing of days, text or table."""
    browser = logged_in(nurse)
    page = browser.get(reverse("history", args=[stay.pk]), {"days": "stay", "text": "shift", "as": "table"}).content
    shown = re.findall(r'name="seen"[^>]* value="([^"]+)"', page.decode())
    session(stay, device)
    told = browser.get(reverse("history_pulse", args=[stay.pk]), {"theme": "day", "seen": shown}).content.decode()
    links = re.findall(r'<a href="([^"]*/history[^"]*)"', page.decode().partition('id="played"')[2])
    assert re.findall(r'<a href="([^"]*/history[^"]*)"', told.partition('id="played"')[2]) == links
    assert any("days=stay&amp;text=stay&amp;as=table#chart" in link for link in links)


def test_an_open_page_is_told_what_it_does_not_show_yet_and_nothing_else(
    stay: Bed, device: Device, nurse: User
) -> None:
    browser = logged_in(nurse)

    def seen(body: str) -> list[str]:
        return re.findall(r'name="seen"[^>]* value="([^"]+)"', body)

    shown = seen(browser.get(reverse("history", args=[stay.pk]), {"days": "stay", "text": "shift"}).content.decode())
    address = reverse("history_pulse", args=[stay.pk])
    assert b'id="played"' not in browser.get(address, {"seen": shown}).content
    session(stay, device)
    told = browser.get(address, {"seen": shown}).content.decode()
    assert 'id="played"' in told
    assert "Music: this stay" in told
    assert "late shift" in told
    assert 'id="note"' not in told  # a half-written note stays


def test_an_open_page_of_a_stay_that_ended_loads_again(stay: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    shown = re.findall(r'value="(stay:[^"]+)"', html(nurse, stay))
    address = reverse("history_pulse", args=[stay.pk])
    assert "HX-Refresh" not in browser.get(address, {"seen": shown}).headers
    discharge(stay, nurse, NOW)
    assert browser.get(address, {"seen": shown}).headers["HX-Refresh"] == "true"


def test_what_plays_can_be_stopped_from_the_history_too(
    stay: Bed, device: Device, playlists: list[Playlist], nurse: User
) -> None:
    plays(device, playlists[0])
    assert f'id="stop-{stay.pk}"' in html(nurse, stay)


def test_a_page_of_a_ward_in_another_time_zone_tells_its_local_time(
    stay: Bed, device: Device, nurse: User, settings: object
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"  # type: ignore[attr-defined]
    session(stay, device)
    assert "23 Nov 14:02: music 24 min" in text(nurse, stay)


def test_the_table_tells_the_date_of_the_calendar_also_after_midnight(stay: Bed, device: Device, nurse: User) -> None:
    Session.objects.filter(pk=session(stay, device).pk).update(started_at=NOW.replace(hour=2, minute=30))
    page = html(nurse, stay)
    assert re.search(r'<th scope="row">Mon 23</th><td>02:30</td>', page)
    assert re.search(r'<th scope="row">Sun 22</th>\s*<td><span class="unseen">1 session</span>', page)


def test_both_sides_of_a_bed_lead_to_each_other(stay: Bed, nurse: User) -> None:
    browser = logged_in(nurse)
    for name, other in (("bed", "history"), ("history", "bed")):
        page = browser.get(reverse(name, args=[stay.pk])).content.decode()
        assert f'<a href="{reverse(other, args=[stay.pk])}">' in page
        assert f'<a href="{reverse(name, args=[stay.pk])}" aria-current="true">' in page


def test_a_bed_of_another_room_is_named_in_full_where_it_is_discharged(ward: Ward, nurse: User) -> None:
    bed = Bed.objects.create(room=Room.objects.create(ward=ward, number="12", position=9), letter="B", stay="x")
    assert "Yes, discharge bed 12 B" in text(nurse, bed)


def test_colours_of_the_history_are_named_in_the_tokens_and_no_text_has_a_size_of_its_own() -> None:
    sheet = (Path(__file__).resolve().parents[2] / "ward" / "static" / "history.css").read_text()
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", sheet)) <= {"#000"}  # paper
    assert not re.search(r"font-size:\s*[\d.]+(px|rem)", sheet)
