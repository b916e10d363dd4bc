"""What the clock shows on the wall, in its zone and over the changes of summer time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from device.clock import local_now, wall_at, wall_by, zone_named
from tests.bedside.bench import wall

BERLIN, KOLKATA, CHATHAM = (ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Kolkata", "Pacific/Chatham"))
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "minute", "days"), [(BERLIN, 780, 0), (KOLKATA, 1050, 0), (CHATHAM, 105, 1)])
def test_the_hour_is_the_zones_and_not_utc(zone: ZoneInfo, minute: int, days: int) -> None:
    shown = wall_at(NOON, zone)
    assert (shown.day, shown.minute) == (wall("12:00").day + days, minute)
    assert shown.utc_s == wall("12:00").utc_s
    assert local_now().utcoffset() is not None


def test_in_spring_an_hour_is_left_out_and_in_autumn_one_comes_twice() -> None:
    spring = [wall_at(datetime(2026, 3, 29, 0, 59, tzinfo=UTC) + timedelta(minutes=m), BERLIN).minute for m in range(2)]
    autumn = [wall_at(datetime(2026, 10, 25, 0, 59, tzinfo=UTC) + timedelta(hours=h), BERLIN).minute for h in range(2)]
    assert spring == [119, 180]
    assert autumn == [179, 179]


def test_a_clock_that_is_not_to_be_trusted_shows_nothing() -> None:
    assert wall_by(lambda: False, UTC, lambda: NOON)() is None
    assert wall_by(lambda: True, UTC, lambda: NOON)() == wall("12:00")


def test_a_zone_that_does_not_exist_is_refused_in_one_line() -> None:
    assert zone_named("") is None
    for name in ("Europe/Berlim", "../etc/passwd", "Europe"):
        with pytest.raises(ValueError, match="is no time zone: write it like Europe/Berlin"):
            zone_named(name)
