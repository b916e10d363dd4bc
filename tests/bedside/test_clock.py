"""When it is night."""

from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from device.clock import is_night, local_now, night_by

TODAY = datetime(2026, 11, 25, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("at", "night"),
    [
        (time(20, 59, 59), False),
        (time(21), True),
        (time(23, 59, 59), True),
        (time(0), True),
        (time(6, 59, 59), True),
        (time(7), False),
        (time(12), False),
    ],
)
def test_night_is_from_nine_to_seven(at: time, night: bool) -> None:
    assert is_night(datetime.combine(TODAY, at, TODAY.tzinfo)) is night


@pytest.mark.parametrize(
    ("at", "night"), [(time(0, 59), False), (time(1), True), (time(4, 59), True), (time(5), False)]
)
def test_a_night_may_lie_between_two_midnights(at: time, night: bool) -> None:
    assert is_night(datetime.combine(TODAY, at), time(1), time(5)) is night


def test_the_hour_is_the_zones_and_not_utc() -> None:
    assert is_night(datetime(2026, 11, 25, 20, 30, tzinfo=UTC).astimezone(TODAY.tzinfo))
    assert local_now().utcoffset() is not None


def test_an_unknown_clock_means_night() -> None:
    noon = TODAY.replace(hour=12)
    assert night_by(lambda: False, lambda: noon)()
    assert not night_by(lambda: True, lambda: noon)()
