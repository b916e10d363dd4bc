"""What was measured is read as it was written, and nothing else is taken for it."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from device.config import calibration
from device.config.calibration import Calibration
from device.config.table import ConfigError

MEASURED = Calibration(71.5, date(2026, 3, 1), "facilities")
ROLES = st.text(min_size=1, max_size=40).filter(lambda role: role.isprintable() and role == role.strip())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.floats(40, 110), day=st.dates(), role=ROLES)
@example(number=71.5, day=date(2026, 3, 1), role='the "new" one\'s \\ Nachtwache, 夜勤')
def test_what_was_written_is_read(tmp_path: Path, number: float, day: date, role: str) -> None:
    calibration.write(tmp_path, Calibration(number, day, role))
    assert calibration.read(tmp_path) == Calibration(number, day, role)


def test_nobody_has_measured_where_no_file_is(tmp_path: Path) -> None:
    assert calibration.read(tmp_path) is None
    assert calibration.read(tmp_path / "no such folder") is None


def test_the_file_is_for_people_too(tmp_path: Path) -> None:
    calibration.write(tmp_path, MEASURED, {"serial": ("1f", "2e")})
    text = (tmp_path / calibration.FILE_NAME).read_text(encoding="utf-8")
    assert [line.startswith("#") for line in text.splitlines()] == [True, False, False, False, False]
    measured = {"full_scale_dba": 71.5, "measured_on": date(2026, 3, 1), "by": "facilities"}
    assert tomllib.loads(text) == {**measured, "machine": ["serial:1f", "serial:2e"]}


def test_a_calibration_of_another_box_is_not_believed(tmp_path: Path) -> None:
    calibration.write(tmp_path, MEASURED, {"serial": ("1f",)})
    with pytest.raises(ConfigError, match="was measured on another box: measure again"):
        calibration.read(tmp_path, {"serial": ("2e",)})
    assert calibration.read(tmp_path, {"serial": ("1f",)}) == MEASURED
    assert calibration.read(tmp_path, {}) == MEASURED, "unknown is not another"


def test_only_the_service_may_read_a_calibration(tmp_path: Path) -> None:
    calibration.write(tmp_path, MEASURED)
    assert (tmp_path / calibration.FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_only_the_file_itself_is_left_in_the_folder(tmp_path: Path) -> None:
    calibration.write(tmp_path, MEASURED)
    calibration.write(tmp_path, Calibration(70.0, date(2026, 4, 1), "facilities"))
    assert [path.name for path in tmp_path.iterdir()] == [calibration.FILE_NAME]


def test_a_torn_write_leaves_what_was_there(tmp_path: Path) -> None:
    calibration.write(tmp_path, MEASURED)
    (tmp_path / f".{calibration.FILE_NAME}.x1").write_text("full_sca")  # as the plug pulled while writing leaves it
    assert calibration.read(tmp_path) == MEASURED


WHOLE = 'full_scale_dba = 71.5\nmeasured_on = 2026-03-01\nby = "facilities"\n'
BROKEN = [
    ("", "are all needed"),
    ("full_scale_dba = 71.5\n", "are all needed"),
    (WHOLE.replace('by = "facilities"', 'by = ""'), "are all needed"),
    (WHOLE.replace("71.5", "39.9"), "full_scale_dba: must be a plain number from 40 to 110"),
    (WHOLE.replace("71.5", "110.1"), "full_scale_dba: must be a plain number from 40 to 110"),
    (WHOLE.replace("71.5", "nan"), "full_scale_dba: must be a plain number"),
    (WHOLE.replace("71.5", '"71.5"'), "full_scale_dba: must be a plain number"),
    (WHOLE.replace("2026-03-01", '"yesterday"'), "measured_on: must be a date without quotes"),
    (WHOLE.replace("facilities", "f" * 41), "by: must be a text in quotes, one line of 40"),
    (WHOLE + "cap = 3\n", "cap: unknown"),
    (WHOLE[:20], "is not valid TOML"),
    ("\0" * 300, "is not valid TOML"),
]


@pytest.mark.parametrize(("text", "problem"), BROKEN)
def test_a_broken_file_is_one_line_that_says_to_measure_again(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / calibration.FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        calibration.read(tmp_path)
    line = str(refusal.value)
    assert problem in line
    assert line.startswith(str(tmp_path / calibration.FILE_NAME))
    assert line.endswith("measure again with `nightingale-device calibrate`")
    assert "\n" not in line


def test_a_file_that_cannot_be_read_is_no_calibration(tmp_path: Path) -> None:
    (tmp_path / calibration.FILE_NAME).mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        calibration.read(tmp_path)


def test_a_day_to_come_is_a_day(tmp_path: Path) -> None:
    """A box whose clock was wrong when it was measured, or is now."""
    calibration.write(tmp_path, Calibration(71.5, date(2999, 1, 1), "facilities"))
    assert calibration.read(tmp_path) == Calibration(71.5, date(2999, 1, 1), "facilities")
