"""A ward's weeks: seven whole nights, and the nights in which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ward.plots.days import Hours
from ward.reports.weeks import Week, month_until, parts, week_named, week_of

BERLIN = Hours(ZoneInfo("Europe/Berlin"), time(21), time(7))
LATE = Hours(ZoneInfo("Europe/Berlin"), time(0, 30), time(6))
NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)


def test_a_week_begins_where_the_night_of_sunday_ends() -> None:
    week = week_of(datetime(2026, 11, 23, 5, 59, tzinfo=UTC), BERLIN)  # Monday 06:59 in Berlin
    assert (week.name, week.first) == ("2026-W47", date(2026, 11, 16))
    assert week_of(datetime(2026, 11, 23, 6, 0, tzinfo=UTC), BERLIN).name == "2026-W48"


def test_the_week_in_which_clocks_go_back_is_an_hour_longer_and_the_hour_is_in_its_night() -> None:
    week = Week(date(2026, 10, 19), BERLIN)  # clocks go back on Sunday 25 October at 03:00
    assert week.ends - week.begins == timedelta(days=7, hours=1)
    lengths = [(part.ends - part.begins) / timedelta(hours=1) for part in parts(month_until(week)[-7:], BERLIN)]
    assert lengths == [14, 10] * 5 + [14, 11] + [14, 10]


def test_the_night_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    week = Week(date(2026, 3, 23), BERLIN)
    assert week.ends - week.begins == timedelta(days=6, hours=23)
    nights = [part for part in parts(month_until(week)[-7:], BERLIN) if part.night]
    assert [(night.ends - night.begins) / timedelta(hours=1) for night in nights] == [10, 10, 10, 10, 10, 9, 10]


def test_a_night_that_begins_after_midnight_belongs_to_the_day_before() -> None:
    first = parts(month_until(Week(date(2026, 11, 23), LATE))[-7:-6], LATE)
    assert [part.night for part in first] == [False, True]
    assert first[1].begins == datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert first[1].ends == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def test_the_parts_of_a_month_follow_on_each_other_without_a_gap() -> None:
    month = month_until(Week(date(2026, 10, 26), BERLIN))
    found = parts(month, BERLIN)
    assert len(found) == 56
    assert all(one.ends == other.begins for one, other in pairwise(found))


def test_a_ward_without_a_night_has_days_only() -> None:
    always_day = Hours(UTC, time(7), time(7))
    assert not [part for part in parts(month_until(Week(date(2026, 11, 16), always_day)), always_day) if part.night]


@pytest.mark.parametrize(
    "name", ["2026-W49", "2026-W54", "2027-W53", "2026-W00", "2024-W40", "W47", "x", "2026-W4\N{FULLWIDTH DIGIT SEVEN}"]
)
def test_a_week_that_is_not_or_has_not_begun_or_is_not_kept_is_none(name: str) -> None:
    assert week_named(name, NOW, BERLIN) is None


def test_a_week_is_known_by_its_name_and_without_one_it_is_the_one_that_runs() -> None:
    running = week_named("", NOW, BERLIN)
    assert running is not None
    assert running.name == "2026-W48"
    assert week_named("2026-W47", NOW, BERLIN) == running.beside(-1)
