"""When clocks are put forward or back, in zones that do it and zones that do not."""

import pytest

from firmware.simulator.summer_time import before_the_changes


@pytest.mark.parametrize(
    ("zone", "year", "times"),
    [
        ("Europe/Berlin", 2026, ["2026-03-29T01:55", "2026-10-25T02:55"]),
        ("Europe/Berlin", 2025, ["2025-03-30T01:55", "2025-10-26T02:55"]),
        ("America/New_York", 2026, ["2026-03-08T01:55", "2026-11-01T01:55"]),
        ("Australia/Lord_Howe", 2026, ["2026-04-05T01:55", "2026-10-04T01:55"]),
        ("Asia/Tokyo", 2026, []),
        ("UTC", 2026, []),
        ("", 2026, []),
        ("Europe", 2026, []),
        ("../etc/passwd", 2026, []),
    ],
)
def test_five_minutes_before_each_change_of_the_year(zone: str, year: int, times: list[str]) -> None:
    assert [each.isoformat(timespec="minutes") for each in before_the_changes(zone, year)] == times
