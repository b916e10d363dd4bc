"""A month at one bed at full speed: nothing begins by itself, nothing is too loud, nothing is lost, nothing grows."""

import logging
import os
from pathlib import Path

import pytest

from messages import EntryKind
from tests.rules.month.month import Month

MONTH_DAYS = int(os.environ.get("MONTH_DAYS", "0"))  # the figures in docs/endurance.md are for 30
SEED = int(os.environ.get("MONTH_SEED", "20261001"))
# Else eight days of it: a stay that ends, power that goes at bedtime, a vigil's end, an hour that comes twice.
STRETCHES = (range(1, MONTH_DAYS + 1),) if MONTH_DAYS else (range(11, 15), range(22, 26))
MOST_GROWTH_MB = 5.0  # after two days, which fill the caches of letters and pictures


@pytest.mark.parametrize("days", STRETCHES, ids=lambda days: f"days-{days[0]}-to-{days[-1]}")
def test_day_and_night_for_weeks_nothing_begins_by_itself_is_too_loud_is_lost_or_grows(
    tmp_path: Path, days: range, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, logger="device")  # of what is pulled out every day nobody keeps a record
    month = Month(tmp_path, days, SEED)
    figures = month.run()  # the watch looks after each turn
    print("\n" + "\n".join(figures.lines()))
    assert figures.sleep_starts == month.plan.expected_starts(days)
    assert month.ward.entries.lost_now == set(), "all that was lost is back, by the log"
    assert figures.kinds[EntryKind.ANSWERED] > 0, "somebody was asked"
    assert max(figures.memory_mb[2:]) - figures.memory_mb[2] < MOST_GROWTH_MB
