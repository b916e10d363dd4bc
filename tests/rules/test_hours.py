"""When it is night, and when a time of the day has come, whatever the clock does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from device.clock.clock import wall_at
from device.rules.events import BedRules, Wall
from device.rules.hours import is_due, is_night, moment, seen
from tests.rules.bed import wall

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "night"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("0:00", True), ("6:59", True), ("7:00", False)],
)
def test_night_is_from_nine_to_seven(at: str, night: bool) -> None:
    assert is_night(wall(at), BedRules()) is night


@pytest.mark.parametrize(("at", "night"), [("0:59", False), ("1:00", True), ("4:59", True), ("5:00", False)])
def test_a_night_may_lie_between_two_midnights(at: str, night: bool) -> None:
    assert is_night(wall(at), BedRules(night_begins=60, night_ends=300)) is night


@pytest.mark.parametrize(("at", "night"), [("12:00", False), ("23:00", True)])
def test_rules_whose_night_has_no_length_have_the_night_of_no_rules(at: str, night: bool) -> None:
    assert is_night(wall(at), BedRules(night_begins=720, night_ends=720)) is night


def test_an_unknown_clock_means_night() -> None:
    assert is_night(None, BedRules())


def _times_due(walls: list[Wall | None], minute: int) -> list[int]:
    """At which of these looks at the clock the minute of the day has come."""
    due, seen_until = [], None
    for look, shown in enumerate(walls):
        if shown and is_due(minute, shown, seen_until):
            due.append(look)
        seen_until = seen(shown, seen_until)
    return due


def _minutes(begin: datetime, count: int, zone: ZoneInfo) -> list[Wall | None]:
    return [wall_at(begin + timedelta(minutes=minute), zone) for minute in range(count)]


def test_a_time_of_the_day_comes_once_a_day() -> None:
    looks = _minutes(datetime(2026, 11, 25, 12, tzinfo=UTC), 2 * 1440, BERLIN)
    assert [look // 1440 for look in _times_due(looks, 14 * 60)] == [0, 1]


def test_a_box_that_just_started_or_found_its_clock_begins_nothing() -> None:
    assert _times_due([wall("14:00"), wall("14:01")], 14 * 60) == []
    assert _times_due([wall("13:59"), None, wall("14:00"), wall("14:01")], 14 * 60) == []


def test_a_box_that_slept_over_a_time_by_minutes_still_does_it_and_by_hours_does_not() -> None:
    assert _times_due([wall("13:59"), wall("14:05")], 14 * 60) == [1]
    assert _times_due([wall("13:59"), wall("14:06")], 14 * 60) == []
    assert _times_due([wall("9:00"), wall("17:00")], 14 * 60) == []


def test_a_clock_that_jumps_by_hours_to_just_after_a_time_does_it_once() -> None:
    assert _times_due([wall("9:00"), wall("14:02"), wall("14:03")], 14 * 60) == [1]


def test_a_clock_that_was_a_day_ahead_does_not_lose_the_next_day() -> None:
    assert _times_due([wall("13:00", day=1), wall("13:59"), wall("14:00")], 14 * 60) == [2]


def test_a_time_at_midnight_comes_when_the_day_does() -> None:
    assert _times_due([wall("23:59"), wall("0:00", day=1), wall("0:01", day=1)], 0) == [1]
    assert _times_due([wall("23:58"), wall("0:03", day=1)], 23 * 60 + 59) == [1]


@pytest.mark.parametrize(
    ("begin", "minute", "times"),
    [
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 2 * 60 + 30, 1),  # half past two comes twice that night
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 3 * 60 + 30, 1),
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 1 * 60 + 30, 1),
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 2 * 60 + 58, 1),  # it is left out: three o'clock is two minutes later
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 2 * 60 + 30, 0),  # left out, and no hour stands for it
    ],
)
def test_a_time_in_the_hour_that_the_clocks_change_comes_once_at_most(begin: datetime, minute: int, times: int) -> None:
    assert len(_times_due(_minutes(begin, 6 * 60, BERLIN), minute)) == times


def test_night_is_longer_by_an_hour_in_autumn_and_shorter_in_spring() -> None:
    def night_minutes(begin: datetime) -> int:
        return sum(is_night(shown, BedRules()) for shown in _minutes(begin, 1440, BERLIN))

    assert night_minutes(datetime(2026, 10, 24, 12, tzinfo=UTC)) == 11 * 60
    assert night_minutes(datetime(2026, 3, 28, 12, tzinfo=UTC)) == 9 * 60
    assert night_minutes(datetime(2026, 11, 25, 12, tzinfo=UTC)) == 10 * 60


def test_a_minute_of_the_calendar_grows_by_one_a_minute() -> None:
    assert moment(wall("0:00", day=1)) - moment(wall("23:59")) == 1
