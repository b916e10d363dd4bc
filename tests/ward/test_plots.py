"""The plots' arithmetic: days that run from night to night, both changes of the clocks, marks, medians, sentences."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from messages import Question
from ward.fleet.models import Device
from ward.history import plot, words
from ward.history.answered import changes, scores, sleep_by_night
from ward.history.pairs import pairs
from ward.history.shifts import shift_of
from ward.history.usual import usual
from ward.plots.days import Hours, days
from ward.plots.sessions import End, Kind, Played, played
from ward.tiles.status import PlaylistFacts
from ward.usage.models import Answer, Session

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = Hours(BERLIN, time(21), time(7))
WEDNESDAY = date(2026, 11, 18)
SPRING, AUTUMN = date(2026, 3, 28), date(2026, 10, 24)  # the clocks change in the night after
BOX = Device(id=uuid.UUID(int=1), number="1")
PLAYLISTS = {
    "calm": PlaylistFacts("Slow Tide", "comfort", "u"),
    "sleep": PlaylistFacts("Night Harbour", "sleep", "descending"),
    "long": PlaylistFacts("Long Water", "vigil", "wave"),
}


def at(day: date, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    """A local time, told in UTC as the database does."""
    local = datetime.combine(day, time(hour, minute, fold=fold), BERLIN)
    return local.astimezone(UTC)


def session(since: datetime, minutes: float = 24, *, slug: str = "calm", cause: str = "completed") -> Session:
    return Session(
        device=BOX,
        session=f"s{since.timestamp()}",
        playlist_slug=slug,
        started_at=since,
        ended_at=since + timedelta(minutes=minutes),
        heard_s=minutes * 60,
        cause=cause,
    )


def row_of(
    day: date,
    *rows: Session,
    now: datetime | None = None,
    since: datetime | None = None,
    offline: Sequence[tuple[datetime, datetime]] = (),
) -> plot.Row:
    """One day drawn with these sessions."""
    shown = days(day, day, HOURS)
    now = now or shown[0].ends + timedelta(days=1)
    facts = plot.Facts(since or at(day, 7), now, played(rows, PLAYLISTS, now), offline, (), {})
    return plot.rows(shown, HOURS, facts)[0]


def share(text: str) -> float:
    return float(text.rstrip("%")) / 100


def answer(question: Question, moment: str, when: datetime, number: int = 0, **said: object) -> Answer:
    told = {"outcome": "answered", "session": f"s{number}"} | said
    return Answer(device=BOX, question=question, moment=moment, asked_at=when, answered_at=when, **told)


def pain(*found: tuple[int, int]) -> list[Answer]:
    """Answers to both questions of one session after the other."""
    return [
        answer(Question.PAIN, moment, at(WEDNESDAY, 8, number), number, score=score)
        for number, scored in enumerate(found)
        for moment, score in zip(("before", "after"), scored, strict=True)
    ]


# days


def test_a_day_runs_from_the_end_of_one_night_to_the_end_of_the_next() -> None:
    day = days(WEDNESDAY, WEDNESDAY, HOURS)[0]
    assert (day.begins, day.ends, day.hours) == (at(WEDNESDAY, 7), at(WEDNESDAY + timedelta(days=1), 7), 24)
    assert HOURS.day_of(at(WEDNESDAY, 6, 59)) == WEDNESDAY - timedelta(days=1)
    assert HOURS.day_of(at(WEDNESDAY, 7)) == WEDNESDAY


def test_the_axis_names_both_ends_and_each_third_hour_and_the_night_begins_where_the_ward_says() -> None:
    assert [tick.label for tick in plot.axis(HOURS)] == ["07", "09", "12", "15", "18", "21", "00", "03", "07"]
    assert HOURS.night_share == pytest.approx(14 / 24)
    late = Hours(BERLIN, time(0), time(6))
    assert [tick.label for tick in plot.axis(late)][:3] == ["06", "09", "12"]
    assert late.night_share == pytest.approx(18 / 24)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (WEDNESDAY, 24)])
def test_a_day_has_an_hour_less_in_spring_and_one_more_in_autumn_and_its_row_says_so(day: date, hours: int) -> None:
    assert days(day, day, HOURS)[0].hours == hours
    assert row_of(day).hours == (None if hours == 24 else hours)


@pytest.mark.parametrize("day", [SPRING, AUTUMN, WEDNESDAY])
@pytest.mark.parametrize("hour", [7, 9, 12, 21, 0, 3, 6])
def test_every_clock_time_that_the_axis_names_stands_under_its_label_also_where_the_clocks_change(
    day: date, hour: int
) -> None:
    moment = at(day if hour >= 7 else day + timedelta(days=1), hour)
    assert days(day, day, HOURS)[0].share(moment) == pytest.approx((hour - 7) % 24 / 24)


def test_the_hour_that_comes_twice_is_drawn_twice_and_in_its_order() -> None:
    sunday = AUTUMN + timedelta(days=1)
    day = days(AUTUMN, AUTUMN, HOURS)[0]
    told = [at(sunday, 2, 30), at(sunday, 2, 10, fold=1), at(sunday, 2, 30, fold=1), at(sunday, 3)]
    places = [day.share(moment) for moment in told]
    assert places == sorted(places)
    assert len(set(places)) == 4


def test_a_session_over_the_change_of_the_clocks_keeps_its_length_in_minutes() -> None:
    for day, fold in ((SPRING, 0), (AUTUMN, 1)):
        row = row_of(day, session(at(day + timedelta(days=1), 1, 50), 45, slug="sleep"))
        assert row.minutes == "45", fold
        assert share(row.marks[0].width) > 0


# marks


def test_a_bar_stands_at_its_clock_time_and_is_as_wide_as_it_was_long() -> None:
    mark = row_of(WEDNESDAY, session(at(WEDNESDAY, 13), 24)).marks[0]
    assert (mark.x, mark.width, mark.kind, mark.end) == ("25%", "1.67%", "comfort", "itself")


@pytest.mark.parametrize(
    ("cause", "end"),
    [
        ("completed", "itself"),
        ("button", "bed"),
        ("ward", "ward"),
        ("nurse_call", "nurse_call"),
        ("cleaning", "cleaning"),
        ("no_sound", "box"),
        ("a word of a later version", "unknown"),
    ],
)
def test_every_way_to_end_has_a_mark_of_its_own(cause: str, end: str) -> None:
    assert row_of(WEDNESDAY, session(at(WEDNESDAY, 13), cause=cause)).marks[0].end == end


def test_sleep_is_a_wedge_that_is_blunt_where_it_was_stopped() -> None:
    assert row_of(WEDNESDAY, session(at(WEDNESDAY, 22), 45, slug="sleep")).marks[0].kind == "sleep"
    stopped = row_of(WEDNESDAY, session(at(WEDNESDAY, 22), 9, slug="sleep", cause="button")).marks[0]
    assert stopped.kind == "sleep cut"


def test_a_session_over_the_end_of_the_night_is_split_with_its_minutes_and_ends_once() -> None:
    long = session(at(WEDNESDAY, 6, 40), 60)
    before, after = (row_of(day, long, since=at(date(2026, 11, 1), 7)) for day in (date(2026, 11, 17), WEDNESDAY))
    assert (before.minutes, after.minutes) == ("20", "40")
    assert (before.sessions, after.sessions) == (1, 0)
    assert (before.marks[0].end, after.marks[0].end) == ("", "itself")


def test_a_session_that_ended_as_the_day_did_is_not_drawn_in_the_next() -> None:
    assert row_of(WEDNESDAY, session(at(WEDNESDAY, 6, 36), 24)).marks == ()


def test_a_box_that_came_back_does_not_make_the_music_before_it_as_long_as_its_absence() -> None:
    cut = session(at(WEDNESDAY, 9), 600, cause="restart")
    cut.heard_s = 0
    row = row_of(WEDNESDAY, cut)
    assert (row.marks[0].kind, row.marks[0].width, row.minutes) == ("comfort open", "0%", "0")
    assert row.marks[0].point, "it has a mark of a fixed size: a stripe without width could not be seen"


def test_a_session_whose_end_nobody_told_is_as_wide_as_it_was_heard() -> None:
    row = row_of(WEDNESDAY, session(at(WEDNESDAY, 13), 24, cause="a word of a later version"))
    mark = row.marks[0]
    assert (mark.kind, mark.width, mark.point, row.minutes) == ("comfort open", "1.67%", False, "24")


def test_the_minutes_of_a_row_are_rounded_once_as_those_of_the_sentence_are() -> None:
    short = [session(at(WEDNESDAY, 9 + hour), 0.6) for hour in range(10)]
    assert row_of(WEDNESDAY, *short).minutes == "6"


def test_what_plays_lasts_until_now_and_the_end_is_unknown_while_the_box_is_offline() -> None:
    now = at(WEDNESDAY, 13, 10)
    sounding = session(at(WEDNESDAY, 13))
    sounding.ended_at, sounding.heard_s = None, 0
    box = Device(id=BOX.id, online=True, contact_at=now, now_at=now, playing="playing", now_session=sounding.session)
    sounding.device = box
    told = played([sounding], PLAYLISTS, now)[0]
    assert (told.end, told.until, told.heard_s) == (End.PLAYING, now, 600)
    box.contact_at = now - timedelta(minutes=5)
    told = played([sounding], PLAYLISTS, now)[0]
    assert (told.end, told.until, told.heard_s) == (End.UNKNOWN, told.since, 0)


def test_a_row_is_drawn_from_where_the_stay_began_and_says_now_only_where_it_is() -> None:
    row = row_of(WEDNESDAY, since=at(WEDNESDAY, 13), now=at(WEDNESDAY, 19))
    assert (row.band.x, row.band.width) == ("25%", "75%")
    assert row.now == plot.Now("50%", "start")
    assert row_of(WEDNESDAY, now=at(WEDNESDAY + timedelta(days=1), 6)).now == plot.Now("95.83%", "end")
    assert row_of(WEDNESDAY).now is None


def test_a_stay_that_began_at_night_has_no_night_before_it() -> None:
    row = row_of(WEDNESDAY, since=at(WEDNESDAY + timedelta(days=1), 1))
    assert row.night is not None
    assert row.night.x == row.band.x == "75%"


def test_an_offline_time_is_drawn_in_each_day_that_it_touches() -> None:
    away = (at(WEDNESDAY, 19), at(WEDNESDAY + timedelta(days=1), 13))
    first = row_of(WEDNESDAY, offline=[away])
    second = row_of(WEDNESDAY + timedelta(days=1), offline=[away])
    assert first.offline == (plot.Span("50%", "50%"),)
    assert second.offline == (plot.Span("0%", "25%"),)
    assert row_of(WEDNESDAY - timedelta(days=1), offline=[away]).offline == ()


def test_the_legend_names_what_occurs() -> None:
    rows = [row_of(WEDNESDAY, session(at(WEDNESDAY, 9), slug="long", cause="nurse_call"))]
    assert {"vigil", "nurse_call"} <= plot.legend(rows)
    assert not plot.legend(rows) & {"cleaning", "offline", "starts"}


# what is usual


def counts(*numbers: int) -> dict[date, int]:
    return {WEDNESDAY + timedelta(days=place): number for place, number in enumerate(numbers)}


@pytest.mark.parametrize(
    ("found", "lengths", "sentence"),
    [
        ((2, 3, 2, 2, 0, 4), [24, 24, 45, 11], "Usually two sessions a day, about 24 min each. None on Sunday."),
        ((1, 1, 1), [20], "Usually one session a day, about 20 min each."),
        ((2, 3, 2, 3), [24], "Usually two to three sessions a day, about 24 min each."),
        ((0, 0, 0, 2), [24], "No sessions on most days. None on Wednesday, Thursday and Friday."),
        ((12, 12, 12), [5], "Usually 12 sessions a day, about 5 min each."),
        ((1, 1, 1, 0, 1, 1, 1, 1), [24], "Usually one session a day, about 24 min each. None on 1 of 8 days."),
    ],
)
def test_the_sentence_says_what_is_usual_from_medians(
    found: tuple[int, ...], lengths: list[int], sentence: str
) -> None:
    assert usual(counts(*found), [60.0 * one for one in lengths]) == sentence


def test_before_the_third_day_is_over_nothing_is_usual() -> None:
    assert (
        usual(counts(2, 1), [60.0 * 24, 60.0 * 24, 60.0 * 11], under_way=1) == "Four sessions so far, 59 min in total."
    )
    assert usual({}, [1000.0], under_way=1) == "One session so far, 17 min in total."
    assert usual({}, [62.0, 62.0], under_way=2) == "Two sessions so far, 2 min in total.", "rounded once"
    assert usual(counts(0, 0, 0), []) == "No music on these days yet."


# answers


def test_pairs_are_of_one_question_within_one_session() -> None:
    told = [
        *pain((6, 5)),
        answer(Question.ANXIETY, "after", at(WEDNESDAY, 9), 0, score=2),
        answer(Question.PAIN, "before", at(WEDNESDAY, 11), 7, score=8),
        answer(Question.PAIN, "after", at(WEDNESDAY, 12), 8, score=3),
    ]
    found = scores(told, Question.PAIN)
    assert found is not None
    assert (found.pairs, found.alone) == ([(6, 5)], 2)


def test_two_boxes_that_use_the_same_name_for_a_session_are_not_paired() -> None:
    told = pain((6, 5))
    told[1].device = Device(id=uuid.UUID(int=2))
    found = scores(told, Question.PAIN)
    assert found is not None
    assert found.pairs == []


def test_a_median_needs_five_pairs() -> None:
    four, five = (scores(pain(*[(6, 4)] * number), Question.PAIN) for number in (4, 5))
    assert four is not None
    assert five is not None
    assert (four.medians, five.medians) == (None, (6, 4))
    assert pairs(four).median is None
    assert len(pairs(four).lines) == 4


@pytest.mark.parametrize(("value", "said"), [(5, "5"), (5.0, "5"), (4.5, "4.5")])
def test_a_median_is_told_without_a_needless_nought(value: float, said: str) -> None:
    assert words.score(value) == said
    with override("de"):
        assert words.score(value) == said.replace(".", ",")


def test_lower_same_and_higher_are_counted_and_so_is_what_was_not_answered() -> None:
    told = [
        *pain((6, 5), (5, 5), (3, 4), (0, 10), (10, 0)),
        answer(Question.PAIN, "before", at(WEDNESDAY, 20), 8, outcome="not_answered"),
        answer(Question.PAIN, "after", at(WEDNESDAY, 21), 8, outcome="declined"),
    ]
    found = scores(told, Question.PAIN)
    assert found is not None
    assert (found.lower, found.same, found.higher) == (2, 1, 2)
    assert (found.not_answered, found.declined, found.alone) == (1, 1, 0)
    assert found.asked[-1].before == "no answer"


def test_the_lines_stand_on_a_fixed_scale_and_only_higher_ones_are_dashed() -> None:
    found = scores(pain((10, 0), (0, 10), (5, 5)), Question.PAIN)
    assert found is not None
    drawn = {(line.before_y, line.after_y): line.higher for line in pairs(found).lines}
    assert drawn == {("4%", "96%"): False, ("96%", "4%"): True, ("50%", "50%"): False}


def test_lines_that_would_hide_one_another_stand_apart() -> None:
    found = scores(pain(*[(6, 5)] * 30), Question.PAIN)
    assert found is not None
    drawn = [share(line.before_y) for line in pairs(found).lines]
    assert len(set(drawn)) == 30
    assert max(drawn) - min(drawn) < 0.04


def test_better_same_and_worse_are_counted() -> None:
    told = [
        answer(Question.CHANGE, "after", at(WEDNESDAY, 9), 1, change=word) for word in ("better", "better", "worse")
    ]
    found = changes([*told, answer(Question.CHANGE, "after", at(WEDNESDAY, 9), 2, outcome="declined")])
    assert found is not None
    assert dict(found.counts) == {"better": 2, "same": 0, "worse": 1}
    assert (found.number, found.declined, found.not_answered) == (3, 1, 0)


def test_what_was_never_asked_has_no_part() -> None:
    assert scores([], Question.PAIN) is None
    assert changes(pain((6, 5))) is None


def test_the_mornings_answer_about_sleep_stands_at_the_end_of_the_night_that_it_is_about() -> None:
    thursday = WEDNESDAY + timedelta(days=1)
    told = [
        answer(Question.SLEEP, "before", at(thursday, 8), score=4),
        answer(Question.SLEEP, "before", at(thursday, 7, 30), outcome="not_answered"),
        answer(Question.SLEEP, "before", at(WEDNESDAY, 9), outcome="declined"),
    ]
    assert sleep_by_night(told, HOURS) == {WEDNESDAY: "4", WEDNESDAY - timedelta(days=1): "declined"}


@pytest.mark.parametrize(
    ("hour", "place", "begins"), [(7, 0, 7), (13, 0, 7), (14, 1, 14), (20, 1, 14), (21, 2, 21), (6, 2, 21)]
)
def test_a_shift_is_one_of_two_by_day_or_the_night(hour: int, place: int, begins: int) -> None:
    shift = shift_of(at(WEDNESDAY, hour, 30), HOURS)
    assert (shift.place, shift.begins.hour) == (place, begins)
    assert shift.begins <= at(WEDNESDAY, hour, 30)


def test_kinds_are_by_purpose_and_what_nobody_knows_is_comfort() -> None:
    told: list[Played] = played(
        [session(at(WEDNESDAY, 9), slug=slug) for slug in ("calm", "sleep", "long", "?")], PLAYLISTS, at(WEDNESDAY, 12)
    )
    assert [one.kind for one in told] == [Kind.COMFORT, Kind.SLEEP, Kind.VIGIL, Kind.COMFORT]
    assert told[-1].title == "Standard music"
