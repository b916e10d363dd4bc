"""Times of day as administrators type them, and those that summer time skips."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from ward.beds.times import length_heard, minutes_heard, read_clock, skipped

BERLIN, BEIRUT = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Beirut")


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("21:00", time(21)),
        (" 7:05 ", time(7, 5)),
        ("20.30", time(20, 30)),
        ("2030", time(20, 30)),
        ("7", time(7)),
        ("0:00", time(0)),
        ("24:00", None),
        ("20:60", None),
        ("21:30:00", time(21, 30)),
        ("21h30", time(21, 30)),
        ("21h", time(21)),
        ("21.30 Uhr", time(21, 30)),
        ("21 30", time(21, 30)),
        ("930", time(9, 30)),
        ("9 pm", time(21)),
        ("9:30pm", time(21, 30)),
        ("9.30 p.m.", time(21, 30)),
        ("12 am", time(0)),
        ("12:30 PM", time(12, 30)),
        ("21 pm", None),
        ("0 am", None),
        ("9 xm", None),
        ("21:3", None),
        ("21300", None),
        ("", None),
        ("\u0667", None),
    ],
)
def test_a_time_of_day_is_read_as_people_write_it(words: str, at: time | None) -> None:
    assert read_clock(words) == at


@pytest.mark.parametrize(
    ("seconds", "words", "figure"),
    [
        (0, "0 min", "0"),
        (4, "less than 1 min", "<1"),
        (59.9, "less than 1 min", "<1"),
        (60, "1 min", "1"),
        (90, "2 min", "2"),
        (24 * 60 - 4, "24 min", "24"),
        (24 * 60 + 1.4, "24 min", "24"),
        (45 * 60 + 20, "45 min", "45"),
    ],
)
def test_what_was_heard_is_told_to_the_nearest_minute_and_never_over_the_limit_by_a_second(
    seconds: float, words: str, figure: str
) -> None:
    assert (length_heard(seconds), minutes_heard(seconds)) == (words, figure)


def test_the_hour_that_summer_time_skips_is_found_with_its_day_and_its_ends() -> None:
    found = skipped(time(2, 30), BERLIN, date(2026, 11, 30))
    assert found is not None
    assert (found.day, found.begins, found.ends) == (date(2027, 3, 28), time(2), time(3))


def test_where_clocks_change_at_midnight_a_late_evening_is_skipped() -> None:
    found = skipped(time(0, 10), BEIRUT, date(2026, 1, 1))
    assert found is not None
    assert (found.begins, found.ends) == (time(0), time(1))


@pytest.mark.parametrize("at", [time(1, 59), time(3), time(20, 30)])
def test_other_times_are_on_every_day(at: time) -> None:
    assert skipped(at, BERLIN, date(2026, 11, 30)) is None
    assert skipped(at, ZoneInfo("UTC"), date(2026, 11, 30)) is None
