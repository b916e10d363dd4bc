"""What a box says of itself each minute."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import messages
from device.config import calibration
from device.config.calibration import Calibration
from device.config.settings import default_settings
from device.health import HealthReporter
from device.rules.state import State
from firmware.speaker import GlitchCounts
from messages import Part
from tests.box.linked_box import Box
from tests.box.recorded import NOON
from tests.rules.bed import ALL_TRACKS, BUILT_IN

STATE = State(boot="b00t", code="7F3A", builtin=BUILT_IN, held=ALL_TRACKS, level_dba=38.0)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path)
    yield box
    box.link.close()
    box.log.close()


def test_what_the_speaker_counted_is_told(tmp_path: Path, box: Box) -> None:
    told = HealthReporter(
        default_settings(tmp_path),
        lambda: STATE,
        box.log,
        box.link,
        utcnow=lambda: NOON,
        clock_ok=lambda: True,
        counts=lambda: GlitchCounts(late_rewrites=3, buffer_underruns=2, underruns=4, restarts=1),
    ).report(1)
    assert (told.late_rewrites, told.buffer_underruns, told.underruns, told.player_restarts) == (3, 2, 4, 1)


def test_a_lost_sound_card_is_told_and_a_player_that_restarts_is_not_lost_sound(tmp_path: Path, box: Box) -> None:
    state = [replace(STATE, faults=((Part.PLAYER, 1.0),))]
    reporter = HealthReporter(
        default_settings(tmp_path), lambda: state[0], box.log, box.link, utcnow=lambda: NOON, clock_ok=lambda: False
    )
    assert reporter.report(1).sound == "ok"
    state[0] = replace(STATE, faults=((Part.SOUND, 1.0),))
    assert reporter.report(2).sound == "lost"
    assert reporter.report(2).player_restarts == 0


@pytest.mark.parametrize(
    ("written", "read", "age_s"),
    [
        (NOON - timedelta(hours=2), NOON, 7200.0),
        (datetime(1970, 1, 1, tzinfo=UTC), NOON, 240.0),  # written before the clock was set
        (NOON, datetime(1970, 1, 1, tzinfo=UTC), 240.0),  # read after a battery ran out
        (datetime(2999, 1, 1, tzinfo=UTC), NOON, 240.0),
    ],
)
def test_an_entry_of_another_age_costs_no_message(
    tmp_path: Path, written: datetime, read: datetime, age_s: float
) -> None:
    box = Box(tmp_path / "box")
    box.log._utcnow = lambda: written
    box.record(0, 1)
    assert box.log.flush()
    told = reporter(tmp_path, box, read).report(5)
    assert told.oldest_unsent_s == age_s
    assert messages.decode(messages.Health, messages.encode(told)) == told
    box.link.close()
    box.log.close()


@pytest.mark.parametrize("said", ["", "-", "--5", "\u00b2", "nan", "-999999999", "9" * 30, "9" * 5000])
def test_a_sensor_that_says_nonsense_costs_no_message(
    tmp_path: Path, box: Box, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temp").write_text(said, encoding="utf-8")
    monkeypatch.setattr("device.health._TEMPERATURE", tmp_path / "temp")
    assert reporter(tmp_path, box, NOON).report(1).temperature_c is None


def reporter(folder: Path, box: Box, now: datetime) -> HealthReporter:
    return HealthReporter(
        default_settings(folder), lambda: STATE, box.log, box.link, utcnow=lambda: now, clock_ok=lambda: True
    )


def test_a_calibration_that_does_not_hold_counts_as_none(tmp_path: Path, box: Box) -> None:
    calibration.write(tmp_path, Calibration(71.5, date(2026, 3, 1), "facilities"))
    holds = [True]
    reporter = HealthReporter(
        default_settings(tmp_path),
        lambda: STATE,
        box.log,
        box.link,
        utcnow=lambda: NOON,
        clock_ok=lambda: True,
        calibrated=lambda: holds[0],
    )
    assert reporter.report(1).calibrated_on == "2026-03-01"
    holds[0] = False
    assert reporter.report(2).calibrated_on is None
